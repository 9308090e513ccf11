"""Where the end of the log is, and which Merkle head is due before it goes on.

A head is due when a UTC day ends and when a segment is sealed. Everything in it follows from the log, so `verify`
knows which heads there have to be and what they say; a head is worth something once it is in somebody else's hands.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from kontorist.archive.log import GENESIS, Entry, line_hash, stamp
from kontorist.archive.merkle import Tree
from kontorist.domain.events import canonical_json

LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)  #: the time of the line before the first


@dataclass(slots=True, kw_only=True)
class Position:
    """After line `seq`, which hashes to `line` and ends at byte `end` of `segment` (a name below the archive)."""

    seq: int = 0
    line: str = GENESIS
    length: int = 0  #: of that line, with its newline
    time: datetime = LONG_AGO
    segment: str = ""
    end: int = 0
    lines: int = 0  #: in this segment
    heads: int = 0  #: how many there are
    head: str = GENESIS  #: hash of the last one
    tree: Tree = field(default_factory=Tree)

    def go_to(self, segment: str, time: datetime) -> bytes | None:
        """Before a line of this segment and time. The answer is the head that is due now over all lines so far."""
        due = self.seq > 0 and (segment != self.segment or time.date() != self.time.date())
        head = self._next_head() if due else None
        if segment != self.segment:
            self.segment, self.end, self.lines = segment, 0, 0
        return head

    def advance(self, entry: Entry, line: bytes) -> None:
        """Go past `line` (with its newline), which says `entry`."""
        bare = line.rstrip(b"\n")
        self.seq, self.time = entry.seq, entry.time
        self.line, self.length = line_hash(bare), len(line)
        self.end += len(line)
        self.lines += 1
        self.tree.append(bare)

    def _next_head(self) -> bytes:
        self.heads += 1
        content = canonical_json(
            {
                "chain_head": self.line,
                "number": self.heads,
                "previous": self.head,
                "root": self.tree.root(),
                "segment": self.segment,
                "time": stamp(self.time),
                "tree_size": self.tree.size,
            }
        )
        self.head = sha256(content).hexdigest()
        return content + b"\n"
