"""Does archive.db say what the files say? Compared on a copy, so that nothing in the archive is touched."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final

from kontorist.archive.findings import Finding
from kontorist.archive.layout import Layout
from kontorist.archive.log import Entry
from kontorist.archive.position import Position
from kontorist.archive.projection import View
from kontorist.archive.schema import TABLES, VERSION, connect, create

_FILE: Final = "archive.db"
# Which document a row of each table is about.
_ABOUT: Final = {
    "position": "NULL",
    "entry": "document",
    "document": "id",
    "link": "document",
    "derived": "(SELECT id FROM {db}.document WHERE sha256 = object ORDER BY seq LIMIT 1)",
    "passage": "(SELECT id FROM {db}.document AS d WHERE d.sort = passage.sort)",
}


class CacheCopy:
    """A copy of the projection, and beside it in memory the one the files ask for."""

    def __init__(
        self,
        layout: Layout,
        folder: tempfile.TemporaryDirectory[str] | None,
        *,
        full: bool,
        broken: str | None = None,
    ) -> None:
        self._layout = layout
        self._folder = folder
        self._path = Path(folder.name, _FILE) if folder else layout.database
        self._cache: View | None = None
        self._expected: View | None = None
        self._broken = broken
        if broken is None and self._path.exists():
            self._open(full)

    @classmethod
    def take(cls, layout: Layout, *, full: bool) -> CacheCopy:
        """Copy it, while nobody writes; to know only where it ends, an idle one is read in place."""
        log = layout.database.with_name(f"{_FILE}-wal")
        busy = log.exists() and log.stat().st_size > 0
        if not layout.database.exists() or not (full or busy):
            return cls(layout, None, full=full)
        folder = tempfile.TemporaryDirectory(prefix="kontorist-verify-")
        try:
            _copy(layout.database, Path(folder.name, _FILE), busy=busy)
        except sqlite3.DatabaseError as error:
            return cls(layout, folder, full=full, broken=str(error))
        return cls(layout, folder, full=full)

    def __enter__(self) -> CacheCopy:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for view in (self._cache, self._expected):
            if view:
                view.connection.close()
        if self._folder:
            self._folder.cleanup()

    def known(self) -> Position:
        """The line up to which the projection was made; the beginning where it does not say."""
        try:
            return self._cache.position() if self._cache else Position()
        except (sqlite3.DatabaseError, ValueError):
            return Position()

    def replay(self, entry: Entry, at: Position) -> None:
        """Take in one line of the log; a projection that a crash left behind catches up on the copy."""
        if self._expected is None or self._cache is None:
            return
        self._expected.apply(entry)
        try:
            if entry.seq > self._behind:
                self._cache.apply(entry)
                self._cache.move_to(at)
        except sqlite3.DatabaseError as error:
            self._broken = str(error)

    def compare(self, at: Position, *, documents: set[str | None], texts: set[str]) -> list[Finding]:
        """Row by row. `documents` are named already; of `texts` (addresses) the derived file is not there."""
        if self._broken is None and (self._expected is None or self._cache is None):
            return []
        try:
            return self._compare(at, documents, texts)
        except sqlite3.DatabaseError as error:
            return [self._finding(None, f"archive.db cannot be read: {self._broken or error}.")]

    def _open(self, full: bool) -> None:
        try:
            if not full and self._folder is None:
                connection = _read_only(self._path, "mode=ro&immutable=1")
                connection.row_factory = sqlite3.Row
            else:
                connection = connect(self._path)
            version = connection.execute("PRAGMA user_version").fetchone()[0]
        except sqlite3.DatabaseError as error:
            self._broken = str(error)
            return
        if version != VERSION:  # an older Kontorist's: the next start makes it again
            connection.close()
            return
        self._cache = View(connection, self._layout)
        self._behind = self.known().seq
        if full:
            memory = connect(":memory:")
            create(memory)
            self._expected = View(memory, self._layout, searchable=False)

    def _compare(self, at: Position, documents: set[str | None], texts: set[str]) -> list[Finding]:
        if self._expected is None or self._cache is None or self._broken:
            raise sqlite3.DatabaseError(self._broken or "not a database")
        if at.seq:
            self._expected.move_to(at)
        self._cache.connection.close()
        connection = self._expected.connection
        connection.execute("ATTACH ? AS cache", (str(self._path),))
        found = [finding for table in TABLES for finding in self._table(connection, table, documents, texts)]
        connection.execute("INSERT INTO cache.search (search) VALUES ('integrity-check')")
        return found

    def _table(
        self, connection: sqlite3.Connection, table: str, documents: set[str | None], texts: set[str]
    ) -> Iterator[Finding]:
        expected, found = (_difference(connection, table, one, other) for one, other in _BOTH_WAYS)
        absent = {row["id"] for row in connection.execute("SELECT id, sha256 FROM document") if row["sha256"] in texts}
        for key in sorted(expected.keys() | found.keys()):
            document = expected.get(key, found.get(key, (None, "")))[0]
            if (document and document in documents) or (table == "passage" and document in absent):
                continue
            sentence = (
                f"The table {table} of archive.db does not say what the files say; `archive rebuild` makes it again."
            )
            yield self._finding(document, sentence, expected.get(key, (None, None))[1], found.get(key, (None, None))[1])

    def _finding(
        self, document: str | None, sentence: str, expected: str | None = None, found: str | None = None
    ) -> Finding:
        return Finding(
            file=_FILE, kind="projection", document=document, sentence=sentence, expected=expected, found=found
        )


def _copy(database: Path, target: Path, *, busy: bool) -> None:
    """Copy it through SQLite: whoever closes the file himself gives up the locks of his whole process (POSIX).

    A neighbour who closes a busy one may move pages. Where SQLite cannot open it, as on a disk that is read only,
    nobody has it open. Raises sqlite3.DatabaseError where it is no database.
    """
    try:
        with (
            contextlib.closing(_read_only(database, "mode=ro" if busy else "mode=ro&immutable=1")) as source,
            contextlib.closing(sqlite3.connect(target)) as copy,
        ):
            source.backup(copy)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
            raise
        for each in (database, database.with_name(f"{_FILE}-wal")):
            if each.exists():
                shutil.copyfile(each, target.with_name(each.name))


def _read_only(path: Path, how: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True)


_BOTH_WAYS: Final = (("main", "cache"), ("cache", "main"))


def _difference(connection: sqlite3.Connection, table: str, one: str, other: str) -> dict[str, tuple[str | None, str]]:
    """Rows of `one` that `other` does not have, by their key, with the document they are about."""
    about = _ABOUT[table].format(db=one)
    rows_of_one = f"SELECT * FROM {one}.{table} EXCEPT SELECT * FROM {other}.{table}"  # noqa: S608 - our own names
    sql = f"SELECT {about} AS about, * FROM ({rows_of_one}) AS {table}"  # noqa: S608 - our own names
    rows = connection.execute(sql).fetchall()
    return {_key(table, row): (row["about"], repr(tuple(row)[1:])[:300]) for row in rows}


def _key(table: str, row: sqlite3.Row) -> str:
    wide = {"link": 3, "derived": 2}.get(table, 1)
    return " ".join(str(value) for value in tuple(row)[1 : 1 + wide])
