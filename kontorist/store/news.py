"""Whether anybody has written to the database: what a reader who waits asks instead of looking again and again."""

from __future__ import annotations

import sqlite3
from pathlib import Path


class News:
    """True once after others have committed; a question costs microseconds. Asked by one thread at a time.

    SQLite counts the commits of all other connections, of this process and of others (PRAGMA data_version).
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._connection: sqlite3.Connection | None = None
        self._version = -1

    def __call__(self) -> bool:
        """Whether something was written since the last question; False too where that cannot be told."""
        try:
            known, self._version = self._version, self._asked()
        except sqlite3.Error:
            self.close()
            return False
        return known != self._version

    def _asked(self) -> int:
        if self._connection is None:
            self._connection = sqlite3.connect(self._file, isolation_level=None, check_same_thread=False)
        version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        return version

    def close(self) -> None:
        """Give the connection back; a further question opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
