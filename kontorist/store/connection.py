"""The connection to SQLite, set up so that a commit is on disk, and its troubles turned into sentences.

Every write is one BEGIN IMMEDIATE transaction: a deferred one would fail with "locked" at its first write. Every
connection is asked back whether it really writes with WAL and synchronous=FULL; NORMAL loses acknowledged events in
a power cut (measured: 65 %).
"""

from __future__ import annotations

import errno
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from kontorist.domain.errors import KontoristError
from kontorist.store.errors import (
    StoreBusy,
    StoreDamaged,
    StoreFull,
    StoreNotDurable,
    StoreNotSupported,
    StoreUnwritable,
)
from kontorist.store.reserve import NO_ROOM, no_room

BUSY_SECONDS: Final = 30.0  #: how long a writer waits for another one, where nobody waits for it in turn
SYNCHRONOUS: Final = "FULL"  #: never NORMAL, not even as an option
_FULL: Final = 2  # what the pragma answers for FULL
_OLDEST_SQLITE: Final = (3, 37)  # STRICT tables

WRITES: Final = "kontorist_writes"  # execution option: this connection is for writing


def sqlite_file(url: str) -> Path:
    """The file behind a ``sqlite:///`` address. Raises StoreNotSupported for anything else."""
    try:
        parsed: URL = make_url(url)
    except ArgumentError:
        raise StoreNotSupported(f"{url!r} is not the address of a database.") from None
    if parsed.get_backend_name() != "sqlite":
        raise StoreNotSupported(f"{parsed.get_backend_name()} is not supported; the database is an SQLite file.")
    if not parsed.database or parsed.database == ":memory:":
        raise StoreNotSupported("The database needs a file: what is only in memory is lost when the power goes.")
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        raise StoreNotSupported(f"SQLite {sqlite3.sqlite_version} is too old; 3.37 or newer is needed.")
    return Path(parsed.database).absolute()


def connect(file: Path, patience: float = BUSY_SECONDS) -> Engine:
    """An engine for `file`, which is made readable for its owner only if it is not there yet.

    `patience` is how many seconds a writer waits for another one.
    """
    _make(file)
    engine = create_engine(f"sqlite:///{file}", connect_args={"timeout": patience}, pool_timeout=patience)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _make(file: Path) -> None:
    """A file that is there is not opened here: whoever closes it gives up the locks of its whole process (POSIX).

    Connections of this process would go on without theirs. The next process to close the database would take itself
    for the last one and remove the log, and what those connections write from then on would be lost.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            with suppress(FileExistsError):  # another process was as fast
                os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        elif not file.is_file():
            raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
        elif not os.access(file, os.R_OK | os.W_OK):
            raise OSError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise StoreUnwritable(f"The database cannot be opened: {error.strerror}.", place=str(file)) from error


def _prepare(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions are begun by `_begin`, never by the driver
    _write_ahead(connection)
    connection.execute(f"PRAGMA synchronous = {SYNCHRONOUS}")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA recursive_triggers = ON")  # INSERT OR REPLACE meets the DELETE triggers too
    connection.execute("PRAGMA fullfsync = ON")  # macOS: without it fsync leaves data in the disk's cache
    connection.execute("PRAGMA checkpoint_fullfsync = ON")
    _read_back(connection)


def _write_ahead(connection: Any) -> None:
    """Two that change a new database at once would wait for one another: SQLite refuses one of them, who asks again."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
        time.sleep(0.01)


def _read_back(connection: Any) -> None:
    journal = connection.execute("PRAGMA journal_mode").fetchone()[0]
    synchronous = connection.execute("PRAGMA synchronous").fetchone()[0]
    foreign_keys = connection.execute("PRAGMA foreign_keys").fetchone()[0]
    if (journal, synchronous, foreign_keys) != ("wal", _FULL, 1):
        raise StoreNotDurable(
            "The database was not opened, because it does not write safely: "
            f"journal {journal}, synchronous {synchronous} (wanted wal, {_FULL})."
        )


def _begin(connection: Connection) -> None:
    """Through the driver itself, and `query_only` only where it changes: half of what an empty transaction cost."""
    writes = bool(connection.get_execution_options().get(WRITES))
    driver: Any = connection.connection.dbapi_connection
    if connection.info.get(WRITES) is not writes:
        driver.execute(f"PRAGMA query_only = {int(not writes)}")
        connection.info[WRITES] = writes
    driver.execute("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def translated(file: Path) -> Iterator[None]:
    """Turn the own errors of the database in `file` into StoreBusy, StoreFull, StoreUnwritable or StoreDamaged."""
    try:
        yield
    except PoolTimeout as error:
        raise StoreBusy("The database has too many users in this process.") from error
    except DBAPIError as error:
        if (meant := _meaning(error.orig, file)) is None:
            raise
        raise meant from error
    except sqlite3.DatabaseError as error:
        raise (_meaning(error, file) or StoreUnwritable(str(error))) from error
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        raise StoreFull() from error


_MEANINGS: Final[dict[int, type[KontoristError]]] = {
    sqlite3.SQLITE_BUSY: StoreBusy,
    sqlite3.SQLITE_LOCKED: StoreBusy,
    sqlite3.SQLITE_FULL: StoreFull,
    sqlite3.SQLITE_IOERR: StoreUnwritable,
    sqlite3.SQLITE_CANTOPEN: StoreUnwritable,
    sqlite3.SQLITE_READONLY: StoreUnwritable,
    sqlite3.SQLITE_CORRUPT: StoreDamaged,
    sqlite3.SQLITE_NOTADB: StoreDamaged,
}


def _meaning(error: BaseException | None, file: Path) -> KontoristError | None:
    code = getattr(error, "sqlite_errorcode", None)
    if code is None or (kind := _MEANINGS.get(code & 0xFF)) is None:  # the low byte is the family
        return None
    # a quota that is used up is for SQLite any error of writing, and it does not say which
    used_up = code & 0xFF == sqlite3.SQLITE_IOERR and no_room(file.parent)
    return StoreFull() if used_up else kind()
