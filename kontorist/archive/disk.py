"""Bringing bytes to the disk so that they are there after a power cut.

Every write, sync, link and removal stands between two failpoints, where the tests kill the process.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kontorist.archive.errors import DiskFull, FolderNotWritable, WriterStopped
from kontorist.archive.layout import Layout
from kontorist.failpoints import failpoint, register

STEPS: Final = (
    "stage.write",
    "stage.sync",
    "place.link",
    "place.sync",
    "log.write",
    "log.sync",
    "projection.commit",
    "unstage",
    "torn.move",
    "torn.cut",
)
register(*(f"archive.{step}.{edge}" for step in STEPS for edge in ("before", "after")))

_MANY: Final = 8  #: from here on one barrier for the whole file system is cheaper than one per file


class SyncFailed(OSError):
    """The kernel could not bring bytes to the disk; it must not be asked about them again."""


@contextlib.contextmanager
def step(name: str) -> Iterator[None]:
    """One step of an ingest, with a failpoint on each side."""
    failpoint(f"archive.{name}.before")
    yield
    failpoint(f"archive.{name}.after")


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file on its way in: `staged` names it in staging/ and, through the layout, its place."""

    staged: str
    content: bytes


class Placement:
    """Brings files to their places so that a crash leaves either nothing or something that is recognised.

    A staged file stays beside its placed twin until the log names it. What is found placed *and* staged after a
    crash, but not in the log, was never acknowledged and goes.
    """

    def __init__(self, layout: Layout, files: Sequence[NewFile]) -> None:
        self._layout = layout
        self._files = {file.staged: file.content for file in files}
        self._placed: list[Path] = []

    def stage(self) -> None:
        """Write all files into staging/, and wait for the disk."""
        folder = self._layout.staging
        for name, content in self._files.items():
            with step("stage.write"):
                write_new(folder / name, content)
        with step("stage.sync"):
            sync([folder / name for name in self._files], [folder] if self._files else [])

    def place(self) -> None:
        """Give each its final name, which is never given twice, and wait for the disk."""
        touched: set[Path] = set()
        for name in self._files:
            target = self._layout.target(name)
            touched.update(make_folder(target.parent), [target.parent])
            with step("place.link"):
                os.link(self._layout.staging / name, target)
                self._placed.append(target)
        with step("place.sync"):
            sync([], sorted(touched))

    def undo(self) -> None:
        """Something failed before the log named them: they go, and nothing is half done."""
        remove(self._placed)
        remove(self._layout.staging / name for name in self._files)

    def clear(self) -> None:
        """The log names them now: the staged twins go."""
        for name in self._files:
            with step("unstage"):
                (self._layout.staging / name).unlink(missing_ok=True)


def write_new(path: Path, content: bytes) -> None:
    """A new file that only may be read from now on (mode 0444); not yet synced."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444)
    try:
        write_all(descriptor, content)
        os.fchmod(descriptor, 0o444)  # whatever the umask says
    finally:
        os.close(descriptor)


def write_all(descriptor: int, content: bytes) -> None:
    """Write all of it: a full disk takes part of the bytes first and complains at the next call."""
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def make_folder(folder: Path) -> list[Path]:
    """Create `folder` with its parents; the answer lists the folders whose entries changed."""
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for path in reversed(missing):
        path.mkdir(exist_ok=True)  # another process may be as fast
    return [path.parent for path in missing]


def sync(files: Sequence[Path], folders: Sequence[Path]) -> None:
    """Return when the content of `files` and the entries of `folders` are on the disk. Raises SyncFailed."""
    paths = [*files, *folders]
    if len(paths) > _MANY and _SYNCFS is not None:
        _sync_file_system(paths[0])
        return
    for path in paths:
        sync_path(path)


def sync_path(path: Path) -> None:
    """`fsync` of one file or folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        sync_descriptor(descriptor)
    finally:
        os.close(descriptor)


def sync_descriptor(descriptor: int) -> None:
    """`fsync`; on macOS through the drive's own cache as well. Raises SyncFailed."""
    try:
        if sys.platform == "darwin":
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
        else:
            os.fsync(descriptor)
    except OSError as error:
        raise SyncFailed(error.errno, error.strerror) from error


def _sync_file_system(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        if _SYNCFS is not None and _SYNCFS(descriptor) != 0:
            raise SyncFailed(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    finally:
        os.close(descriptor)


def cut(path: Path, length: int) -> None:
    """Shorten a file to `length` bytes, durably."""
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.ftruncate(descriptor, length)
        sync_descriptor(descriptor)
    finally:
        os.close(descriptor)


def remove(paths: Iterable[Path]) -> None:
    """Remove files, those that are not there included."""
    for path in paths:
        path.unlink(missing_ok=True)


def troubles(root: Path, error: OSError) -> Exception:
    """What an error of the operating system means to the office."""
    if isinstance(error, SyncFailed):
        return WriterStopped(place=str(root))
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return DiskFull(place=str(root))
    sentence = f"The folder of the archive cannot be written to: {error.strerror or error}."
    return FolderNotWritable(sentence, place=str(root))


# syncfs(2) reports write errors since Linux 5.8; elsewhere each file gets its own fsync.
_SYNCFS: Final = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None) if sys.platform == "linux" else None
