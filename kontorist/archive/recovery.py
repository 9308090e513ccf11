"""Taking up what a dead process left: at every start, and before every batch.

A line that ends in a newline was meant: if it cannot be read, somebody changed it, and nothing more is written.
A last line without one was cut off by a crash before anyone was told of it: it is put aside, and the log says so.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Final

from kontorist.archive import disk
from kontorist.archive.disk import step
from kontorist.archive.errors import LogChanged
from kontorist.archive.layout import Layout, segment_number
from kontorist.archive.log import UnreadableLine, line_hash, lines_of, read_line
from kontorist.archive.position import Position
from kontorist.archive.projection import View

TORN: Final = "torn."  #: staged files of this name are torn ends of the log, numbered by the line they were to be


def recover(layout: Layout, view: View) -> Position:
    """Bring the tables up to the log, put a torn end aside, and sweep staging/. The caller holds the lock."""
    at = view.position()
    check_end(layout, at)
    _drop_empty_segment(layout)
    if _behind(layout, at):
        _catch_up(layout, view, at)
        view.move_to(at)
    _sweep(layout, view, at)
    return at


def check_end(layout: Layout, at: Position) -> None:
    """The line the tables were made up to must still be there. Raises LogChanged."""
    if at.seq == 0:
        return
    path = layout.root / at.segment
    try:
        with path.open("rb") as file:
            file.seek(at.end - at.length)
            line = file.read(at.length)
    except OSError:
        line = b""
    if line_hash(line.removesuffix(b"\n")) != at.line or not line.endswith(b"\n"):
        raise LogChanged(f"Line {at.seq} of the log is no longer the one that was written.", place=at.segment)


def torn_end(layout: Layout, view: View, at: Position) -> dict[str, int | str] | None:
    """What the log still has to say about a torn end that was put aside: its size and hash."""
    path = _torn_path(layout, at.seq + 1)
    if not path.exists() or view.kind_of(at.seq + 1):
        return None
    content = path.read_bytes()
    return {"sha256": sha256(content).hexdigest(), "size": len(content)}


def _behind(layout: Layout, at: Position) -> bool:
    last = layout.last_segment()
    return last is not None and (layout.name(last) != at.segment or last.stat().st_size != at.end)


def _drop_empty_segment(layout: Layout) -> None:
    """A crash between making a segment and writing its first line leaves an empty file."""
    last = layout.last_segment()
    if last is not None and last.stat().st_size == 0:
        last.unlink()


def _catch_up(layout: Layout, view: View, at: Position) -> None:
    current = segment_number(Path(at.segment)) if at.segment else 0
    ahead = [path for number, path in layout.segments().items() if number >= current]
    for path in ahead:
        name = layout.name(path)
        for line in lines_of(path, at.end if name == at.segment else 0):
            if line.endswith(b"\n"):
                _take_in(view, at, name, line)
            elif path == ahead[-1]:
                _put_aside(layout, path, at, line)
            else:
                raise LogChanged(f"The end of {name} is torn, though the log goes on after it.", place=name)


def _take_in(view: View, at: Position, segment: str, line: bytes) -> None:
    try:
        entry = read_line(line.removesuffix(b"\n"))
    except UnreadableLine as fault:
        raise LogChanged(f"Line {at.seq + 1} of the log was changed: {fault}.", place=segment) from None
    if (entry.seq, entry.prev) != (at.seq + 1, at.line):
        raise LogChanged(f"Line {entry.seq} of the log does not follow line {at.seq}.", place=segment)
    at.go_to(segment, entry.time)
    view.apply(entry)
    at.advance(entry, line)


def _put_aside(layout: Layout, path: Path, at: Position, torn: bytes) -> None:
    """Torn a second time at the same place, it was only the notice about the first."""
    aside = _torn_path(layout, at.seq + 1)
    if not aside.exists():
        with step("torn.move"):
            disk.write_new(aside, torn)
            disk.sync([aside], [layout.staging])
    with step("torn.cut"):
        disk.cut(path, path.stat().st_size - len(torn))


def _torn_path(layout: Layout, seq: int) -> Path:
    return layout.staging / f"{TORN}{seq:012d}"


def _sweep(layout: Layout, view: View, at: Position) -> None:
    """A file that was placed, but that the log does not name, was never acknowledged: it goes with its twin."""
    for path in layout.staging.iterdir():
        if path.name.startswith(TORN):
            continue
        target = layout.target(path.name)
        if target.exists() and not _named(view, at, path.name, target):
            target.unlink()
        path.unlink()


def _named(view: View, at: Position, staged: str, target: Path) -> bool:
    kind, key, *rest = staged.split(".", 2)
    if kind == "object":
        return view.names_object(key)
    if kind == "record":
        return view.names_record(key)
    if kind == "head":
        return int(key) <= at.heads
    return view.derived_hash(key, rest[0]) == sha256(target.read_bytes()).hexdigest()
