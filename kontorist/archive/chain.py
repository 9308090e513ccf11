"""Reading the whole log against itself: which lines are changed, missing, added, twice or at another place."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kontorist.archive.findings import Finding, Kind
from kontorist.archive.layout import Layout, segment_number
from kontorist.archive.log import Entry, UnreadableLine, line_hash, read_line
from kontorist.archive.position import Position


@dataclass(frozen=True, slots=True)
class Named:
    """A file the log names: for which document, its size where the log says it, its hash."""

    document: str | None
    sha256: str
    size: int | None = None


@dataclass(slots=True)
class Chain:
    """What the log says, and what is wrong with it."""

    findings: list[Finding] = field(default_factory=list)
    objects: dict[str, Named] = field(default_factory=dict)
    records: dict[str, Named] = field(default_factory=dict)
    derived: dict[tuple[str, str], Named] = field(default_factory=dict)
    heads: list[bytes] = field(default_factory=list)  #: as they have to be, up to the first finding
    at: Position = field(default_factory=Position)  #: the same
    last: int = 0  #: highest line number read
    torn: str | None = None  #: the segment whose last line has no end


def read_chain(
    layout: Layout, segments: Mapping[Path, int], known: int, each: Callable[[Entry, Position], None] | None = None
) -> Chain:
    """Read the log up to the sizes given. `known` is the number of lines the projection has seen, 0 for no idea.

    `each` sees the entries as long as nothing is wrong.
    """
    walk = _Walk(Chain(), each)
    _check_names(layout, segments, walk.chain)
    last = max(segments, key=segment_number, default=None)
    for path in sorted(segments, key=segment_number):
        name = layout.name(path)
        if segments[path] == 0:
            walk.without_end(name, 1, path == last)
        for number, line in enumerate(_lines(path, segments[path]), start=1):
            if line.endswith(b"\n"):
                walk.line(name, number, line)
            else:
                walk.without_end(name, number, path == last)
    walk.end(known)
    return walk.chain


class _Walk:
    """Goes from line to line. Lines that cannot be read wait for the next good one, which says what they were."""

    def __init__(self, chain: Chain, each: Callable[[Entry, Position], None] | None) -> None:
        self.chain = chain
        self._each = each
        self._next = 1
        self._before = chain.at.line  #: hash of the line before
        self._before_file = ""
        self._unread: list[tuple[str, int, str]] = []
        self._gaps: list[tuple[int, int, str]] = []
        self._strays: list[tuple[str, Entry]] = []

    def line(self, file: str, number: int, line: bytes) -> None:
        bare = line.removesuffix(b"\n")
        try:
            entry = read_line(bare)
        except UnreadableLine as fault:
            self._unread.append((file, number, str(fault)))
            return
        self._remember(entry)
        if entry.seq < self._next:
            self._strays.append((file, entry))
            return
        self._arrive(file, entry)
        if not self.chain.findings and not self._strays and not self._gaps:
            head = self.chain.at.go_to(file, entry.time)
            self.chain.heads += [head] if head else []
            self.chain.at.advance(entry, line)
            if self._each:
                self._each(entry, self.chain.at)
        self._before, self._before_file, self._next = line_hash(bare), file, entry.seq + 1

    def without_end(self, file: str, number: int, last: bool) -> None:
        """At the very end of the log a crash may have done it."""
        if last:
            self.chain.torn = file
        else:
            self.finding(file, "truncated", f"Line {number} of {file} has no end, though the log goes on.")

    def end(self, known: int) -> None:
        """Now it is clear which lines were only misplaced, and whether unreadable ones at the end were ever ours."""
        end = self._next + len(self._unread)
        self._settle(min(end, known + 1) if known else end, "")
        self.chain.last = max(self.chain.last, self._next - 1)
        self._report_gaps(self._report_strays())

    def _report_strays(self) -> dict[int, str]:
        """Lines that came too late: from a gap they were moved, else they stand here a second time."""
        moved: dict[int, str] = {}
        for file, entry in self._strays:
            if any(low <= entry.seq <= high for low, high, _ in self._gaps):
                moved[entry.seq] = file
                self._about(
                    file, "reordered", entry, f"Line {entry.seq} of the log stands at another place, in {file}."
                )
            else:
                self._about(file, "duplicated", entry, f"Line {entry.seq} of the log stands a second time in {file}.")
        return moved

    def _report_gaps(self, moved: Mapping[int, str]) -> None:
        for low, high, file in self._gaps:
            elsewhere = sorted({moved[seq] for seq in moved if low <= seq <= high} - {file})
            if elsewhere:
                self.finding(file, "reordered", f"Lines of the log that belong into {file} stand in {elsewhere[0]}.")
            for first, last in _without(low, high, moved.keys()):
                lines = f"Line {first} of the log is" if first == last else f"Lines {first} to {last} of the log are"
                self.finding(file, "missing", f"{lines} missing in {file}.", expected=f"{first}-{last}")

    def finding(
        self, file: str, kind: Kind, sentence: str, *, expected: str | None = None, found: str | None = None
    ) -> None:
        self.chain.findings.append(Finding(file=file, kind=kind, sentence=sentence, expected=expected, found=found))

    def _about(self, file: str, kind: Kind, entry: Entry, sentence: str) -> None:
        self.chain.findings.append(Finding(file=file, kind=kind, document=entry.document, sentence=sentence))

    def _arrive(self, file: str, entry: Entry) -> None:
        whole = not self._unread
        gap = entry.seq - self._next
        self._settle(entry.seq, file)
        if whole and gap == 0 and entry.prev != self._before:
            where = self._before_file or file
            sentence = f"Line {entry.seq - 1} of the log is not the one that line {entry.seq} was written after."
            self.finding(where, "changed", sentence, expected=entry.prev, found=self._before)
        if not self.chain.findings and not self._gaps and entry.time < self.chain.at.time:
            sentence = f"Line {entry.seq} of the log claims a time before that of the line before it."
            self._about(file, "changed", entry, sentence)

    def _settle(self, seq: int, file: str) -> None:
        """Unreadable lines stood for the numbers up to `seq`; what is over was added, what lacks is missing."""
        for name, number, fault in self._unread:
            if self._next < seq:
                self.finding(name, "changed", f"Line {self._next} of the log was changed: {fault}.")
                self._next += 1
            else:
                self.finding(name, "inserted", f"Line {number} of {name} was never written by the archive: {fault}.")
        self._unread.clear()
        if self._next < seq:
            self._gaps.append((self._next, seq - 1, file))

    def _remember(self, entry: Entry) -> None:
        chain = self.chain
        chain.last = max(chain.last, entry.seq)
        if entry.record:
            chain.records[entry.record] = Named(entry.document, entry.record)
        if entry.kind == "ingested" and entry.object:
            chain.objects.setdefault(entry.object, Named(entry.document, entry.object, entry.facts["size"]))
        if entry.kind == "derived_added" and entry.object:
            facts = entry.facts
            chain.derived[entry.object, facts["name"]] = Named(entry.document, facts["sha256"], facts["size"])


def _check_names(layout: Layout, segments: Mapping[Path, int], chain: Chain) -> None:
    """Segments are numbered without a gap."""
    numbers = [segment_number(path) for path in segments]
    for number in sorted(set(range(1, max(numbers, default=0) + 1)) - set(numbers)):
        file = _called(layout, number)
        sentence = f"Segment {number} of the log is missing."
        chain.findings.append(Finding(file=file, kind="missing", sentence=sentence))


def _called(layout: Layout, number: int) -> str:
    """Where a missing segment was: when it was sealed, a head took down its name."""
    file = f"{number:06d}.jsonl"
    for head in sorted((layout.root / "heads").glob("*.json")):
        with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
            segment: str = json.loads(head.read_bytes())["segment"]
            if segment.endswith(file):
                return segment
    return f"log/{file}"


def _lines(path: Path, size: int) -> Iterator[bytes]:
    """Lines of the first `size` bytes: a writer may be adding more while we read."""
    with path.open("rb") as file:
        while size > 0 and (line := file.readline(size)):
            size -= len(line)
            yield line


def _without(low: int, high: int, moved: Collection[int]) -> Iterator[tuple[int, int]]:
    """The ranges of what is really missing between two numbers."""
    first = low
    for number in sorted(seq for seq in moved if low <= seq <= high):
        if first < number:
            yield first, number - 1
        first = number + 1
    if first <= high:
        yield first, high
