"""The log: one canonical JSON line per event, each carrying the hash of the line before it.

Personal data never stand here, only ids, hashes, dates and classes; names and texts are in the record whose salted
hash the line carries, so that a record can be erased and the chain still holds.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from kontorist.archive import disk
from kontorist.archive.disk import step
from kontorist.domain.events import canonical_json

GENESIS: Final = "0" * 64  #: what the first line names as the line before it


class UnreadableLine(ValueError):
    """This line is not as the archive writes them; the message says how."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One event. `object`, `record` and `prev` are SHA-256 in hex; `actor` is opaque; `time` is in UTC."""

    seq: int
    time: datetime
    kind: str
    prev: str
    actor: str
    document: str | None = None
    object: str | None = None
    record: str | None = None
    run: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    def line(self) -> bytes:
        """Canonical JSON without the newline. `hash` covers all other keys, so a damaged line gives itself away."""
        data = {
            "actor": self.actor,
            "document": self.document,
            "facts": dict(self.facts) or None,
            "kind": self.kind,
            "object": self.object,
            "prev": self.prev,
            "record": self.record,
            "run": self.run,
            "seq": self.seq,
            "time": stamp(self.time),
        }
        return _sealed({key: value for key, value in data.items() if value is not None})


def read_line(line: bytes) -> Entry:
    """The entry of one line without its newline. Raises UnreadableLine where a single bit is not as written."""
    try:
        data = json.loads(line)
        stated = data.pop("hash")
        if _sealed(data) != line:
            raise UnreadableLine(f"its own hash {stated} does not fit it")
        return Entry(**data | {"time": read_stamp(data["time"])})
    except UnreadableLine:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise UnreadableLine("it cannot be read") from None


def _sealed(data: dict[str, Any]) -> bytes:
    return canonical_json(data | {"hash": sha256(canonical_json(data)).hexdigest()})


def line_hash(line: bytes) -> str:
    """What the next line calls this one."""
    return sha256(line).hexdigest()


def stamp(moment: datetime) -> str:
    """A time as the log writes it: UTC, microseconds, Z."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def read_stamp(text: str) -> datetime:
    """The other way round."""
    return datetime.fromisoformat(text)


def lines_of(path: Path, offset: int = 0) -> Iterator[bytes]:
    """Lines with their newline, from `offset` on; only the last of a file can be without."""
    with path.open("rb") as file:
        file.seek(offset)
        yield from file


def append(path: Path, start: int, lines: bytes) -> None:
    """Append to a segment that ends at `start`, and wait for the disk. What fails is taken back."""
    touched = disk.make_folder(path.parent)
    if start == 0:
        touched.append(path.parent)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        with step("log.write"):
            disk.write_all(descriptor, lines)
        with step("log.sync"):
            disk.sync_descriptor(descriptor)
            disk.sync([], touched)
    except BaseException:
        os.ftruncate(descriptor, start)
        raise
    finally:
        os.close(descriptor)
