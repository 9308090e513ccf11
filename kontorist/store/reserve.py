"""Room on the disk that is kept for the record of what has already happened.

A payment that went out must not be forgotten because the disk is full. So a file of some MiB lies beside the database.
Where a record meets a full disk, the file is given up and the record takes its room (`Store.record`); until there is
room again to make it anew, nothing else is written, and senders are told to come again.
"""

from __future__ import annotations

import errno
import logging
import os
import shutil
import tempfile
from pathlib import Path
from typing import IO, Final

from kontorist.store.errors import StoreFull

_log = logging.getLogger(__name__)

#: Bytes: as far as SQLite lets its log grow before it writes it from the beginning again.
SIZE: Final = 4 * 1024**2
#: What a full disk says, and one of which somebody has used up his share.
NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT)
_A_LITTLE: Final = 64 * 1024  #: bytes


class Reserve:
    """The file that is given up when the disk is full; all processes of an installation share it."""

    def __init__(self, database: Path, size: int = SIZE) -> None:
        self.file: Final = database.with_suffix(".reserve")
        self._unfinished = database.with_suffix(".reserve.new")
        self._size = size

    def there(self) -> bool:
        """Whether all of it is there: two processes that make it at once may leave a part when the disk fills up."""
        try:
            return self.file.stat().st_size >= self._size
        except OSError:
            return False

    def give_up(self) -> bool:
        """Make its room free; False when that was done before."""
        self._unfinished.unlink(missing_ok=True)
        try:
            self.file.unlink()
        except FileNotFoundError:
            return False
        _log.error(
            "the disk is full: the reserve %s was given up; nothing new is written until there is room", self.file
        )
        return True

    def keep(self) -> None:
        """Have it there before something new is written. Raises StoreFull without room for twice its size.

        Where it cannot be made for another reason (no right to), the work goes on without it.
        """
        if self.there():
            return
        try:
            if shutil.disk_usage(self.file.parent).free < 2 * self._size:
                raise StoreFull
            self._make()
        except OSError as error:
            self._unfinished.unlink(missing_ok=True)
            if error.errno in NO_ROOM:
                raise StoreFull from error

    def _make(self) -> None:
        with open(os.open(self._unfinished, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as file:
            _take(file, self._size)
        os.replace(self._unfinished, self.file)


def no_room(folder: Path) -> bool:
    """Whether `folder` takes nothing more because the disk is full or a quota used up; found out by trying."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            _take(file, _A_LITTLE)
            os.fsync(file.fileno())
    except OSError as error:
        return error.errno in NO_ROOM
    return False


def _take(file: IO[bytes], size: int) -> None:
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file.fileno(), 0, size)
    else:  # macOS; and nothing that the disk could make smaller
        file.write(os.urandom(size))
