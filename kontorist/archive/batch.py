"""One batch: files first, then the lines that name them, then the tables. Decided and written under the lock."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from kontorist.archive import disk, recovery
from kontorist.archive.disk import NewFile, Placement
from kontorist.archive.errors import DocumentChanged
from kontorist.archive.layout import Layout, segment_number
from kontorist.archive.log import Entry, append
from kontorist.archive.projection import View
from kontorist.archive.records import new_record
from kontorist.domain.ids import SYSTEM, PersonKey

SEGMENT_LINES: Final = 10_000  #: about 5 MB; then the segment is sealed


class Batch:
    """Collects files and entries, and brings them to the disk in the order that survives a crash at any point."""

    def __init__(self, layout: Layout, view: View, now: datetime) -> None:
        self.layout = layout
        self.view = view
        self._at = recovery.recover(layout, view)
        self.time = max(now.astimezone(UTC), self._at.time)  # a clock put back does not put the log back
        self._files: list[NewFile] = []
        self._entries: list[tuple[Entry, bytes]] = []
        self._replaced: list[Path] = []
        self._start = 0
        self._objects: dict[str, str] = {}
        torn = recovery.torn_end(layout, view, self._at)
        if torn:
            self.note("tail_recovered", facts=torn)

    def note(
        self,
        kind: str,
        *,
        actor: PersonKey = SYSTEM,
        document: str | None = None,
        address: str | None = None,
        record: Mapping[str, Any] | None = None,
        facts: Mapping[str, Any] | None = None,
        run: str | None = None,
    ) -> int:
        """One more line; its number. What names a person goes into `record`, never into `facts`."""
        self._open_segment()
        hashed, known_as = None, str(actor)
        if record is not None or actor != SYSTEM:
            file, hashed, known_as = new_record(actor, {"document": document, "kind": kind, **(record or {})})
            self._files.append(file)
        entry = Entry(
            seq=self._at.seq + 1,
            time=self.time,
            kind=kind,
            prev=self._at.line,
            actor=known_as,
            document=document,
            object=address,
            record=hashed,
            run=run,
            facts=facts or {},
        )
        line = entry.line() + b"\n"
        self._at.advance(entry, line)
        self._entries.append((entry, line))
        return entry.seq

    def first_with(self, address: str) -> str | None:
        """The document that came first with these bytes, in this batch or before."""
        return self.view.first_with(address) or self._objects.get(address)

    def add_object(self, address: str, content: bytes, document: str) -> None:
        """Bytes are stored once. Raises DocumentChanged where something else lies at their address."""
        path = self.layout.object(address)
        if address in self._objects:
            return
        self._objects[address] = document
        if not path.exists():
            self._files.append(NewFile(f"object.{address}", content))
        elif sha256(path.read_bytes()).hexdigest() != address:
            raise DocumentChanged(place=self.layout.name(path))

    def add_derived(self, address: str, name: str, content: bytes) -> None:
        """Derived files are the only ones that may be replaced."""
        self._replaced.append(self.layout.derived(address, name))
        self._files.append(NewFile(f"derived.{address}.{name}", content))

    def write(self) -> Placement:
        """Files, log, tables, each durable before the next; the answer is to be cleared after the commit."""
        placement = Placement(self.layout, self._files)
        if not self._entries:
            return placement
        segment = self.layout.root / self._at.segment
        try:
            placement.stage()
            disk.remove(self._replaced)
            placement.place()
            append(segment, self._start, b"".join(line for _, line in self._entries))
        except BaseException:
            if _size(segment) == self._start:  # the log names none of them
                with contextlib.suppress(OSError):
                    placement.undo()
            raise
        for entry, _ in self._entries:
            self.view.apply(entry)
        self.view.move_to(self._at)
        return placement

    def _open_segment(self) -> None:
        """The first line decides where the batch goes, and whether a head is due before it."""
        if self._entries:
            return
        segment = self._at.segment
        month = f"{self.time:%Y-%m}"
        if not segment or self._at.lines >= SEGMENT_LINES or f"{self._at.time:%Y-%m}" != month:
            number = segment_number(Path(segment)) + 1 if segment else 1
            segment = self.layout.name(self.layout.segment(number, month))
        head = self._at.go_to(segment, self.time)
        if head:
            self._files.append(NewFile(f"head.{self._at.heads:06d}", head))
        self._start = self._at.end


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
