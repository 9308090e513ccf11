"""One writer at a time, for milliseconds: a lock taken per batch, freed by the kernel when its holder dies."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from kontorist.archive.errors import ArchiveBusy

_PATIENCE: Final = 30.0  #: seconds; a batch takes milliseconds


@contextlib.contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Nobody else writes, in any process or thread. Raises ArchiveBusy after 30 seconds."""
    with _locked(os.open(path, os.O_RDWR | os.O_CREAT, 0o644), fcntl.LOCK_EX, path):
        yield


@contextlib.contextmanager
def shared(path: Path) -> Iterator[None]:
    """Nobody writes while we look; on a read-only copy without a lock file nobody could."""
    if not path.exists():
        yield
        return
    with _locked(os.open(path, os.O_RDONLY), fcntl.LOCK_SH, path):
        yield


@contextlib.contextmanager
def _locked(descriptor: int, kind: int, path: Path) -> Iterator[None]:
    """Each caller has a descriptor of its own (close-on-exec), so threads exclude one another too."""
    try:
        _wait(descriptor, kind, path)
        yield
    finally:
        os.close(descriptor)


def _wait(descriptor: int, kind: int, path: Path) -> None:
    until, pause = time.monotonic() + _PATIENCE, 0.0005
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > until:
                raise ArchiveBusy(place=str(path)) from None
        time.sleep(pause)
        pause = min(pause * 2, 0.02)
