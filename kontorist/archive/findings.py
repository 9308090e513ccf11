"""What `verify` says: each finding names a file, where it can a document, and is a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

Kind = Literal[
    "changed",  # other bytes than were written
    "truncated",  # the end is gone
    "missing",
    "unexpected",  # nobody wrote it
    "swapped",  # the bytes of another file of ours
    "inserted",  # a line nobody wrote
    "duplicated",  # a line a second time
    "reordered",  # a line at another place
    "projection",  # the database does not say what the files say
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as it was written. `file` is a name below the archive, `expected` and `found` are facts."""

    file: str
    kind: Kind
    sentence: str
    document: str | None = None
    expected: str | None = None
    found: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """The answer of `verify`. `level` is quick or full, `checked` counts files.

    `anchored_until` is the time up to which somebody outside holds a head; None as long as nobody does.
    """

    ok: bool
    level: Literal["quick", "full"]
    checked: int
    findings: Sequence[Finding]
    anchored_until: str | None = None

    def data(self) -> dict[str, Any]:
        """As `archive verify --json` prints it."""
        return asdict(self) | {"findings": [asdict(finding) for finding in self.findings]}
