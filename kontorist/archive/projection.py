"""The projection archive.db: what the files say, as tables. A cache: whatever is in it can be made again."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from kontorist.archive.derived import read_text
from kontorist.archive.disk import remove, step
from kontorist.archive.errors import ArchiveBusy, DatabaseDamaged, DiskFull, FolderNotWritable
from kontorist.archive.layout import TEXT, Layout
from kontorist.archive.log import Entry, read_stamp, stamp
from kontorist.archive.merkle import Tree
from kontorist.archive.position import Position
from kontorist.archive.records import read_record
from kontorist.archive.schema import TABLES, VERSION, connect, create, make_tables
from kontorist.archive.search import fold
from kontorist.domain.ids import DocumentId
from kontorist.domain.ports import ArchivedDocument


class Projection:
    """Opens archive.db, and makes transactions.

    One connection writes and one reads, each for one thread at a time: reading never waits for a batch.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._writer = _Connection(layout.database)
        self._reader = _Connection(layout.database)

    @contextlib.contextmanager
    def writing(self) -> Iterator[View]:
        """One transaction; the caller holds the archive's lock. An outdated or broken file is emptied first."""
        with self._writer.lock:
            connection = self._usable()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield View(connection, self._layout)
                with step("projection.commit"):
                    connection.execute("COMMIT")
            except BaseException:
                connection.rollback()
                raise

    @contextlib.contextmanager
    def reading(self) -> Iterator[View]:
        """The tables as they stand after the last transaction. Raises DatabaseDamaged, ArchiveBusy."""
        try:
            with self._reader.lock:
                yield View(self._reader.get(), self._layout)
        except sqlite3.Error as error:
            raise database_trouble(self._layout, error) from error

    def usable(self) -> bool:
        """False where somebody has deleted or replaced the file since."""
        try:
            with self._reader.lock:
                return _version(self._reader.get()) == VERSION
        except sqlite3.DatabaseError:
            return False

    def discard(self) -> None:
        """Delete the file; the next transaction finds an empty one. Other processes notice by its inode."""
        with self._writer.lock, self._reader.lock:
            self.close()
            remove(self._layout.database.with_name("archive.db" + end) for end in ("", "-wal", "-shm"))

    def close(self) -> None:
        """Close both connections; the next use opens them again."""
        for connection in (self._writer, self._reader):
            connection.close()

    def _usable(self) -> sqlite3.Connection:
        try:
            connection = self._writer.get()
            if _version(connection) == VERSION:
                return connection
        except sqlite3.OperationalError:
            raise  # locked, full, not to be opened: deleting it would not help
        except sqlite3.DatabaseError:
            pass
        self.discard()
        connection = self._writer.get()
        create(connection)
        return connection


class _Connection:
    """A connection that is opened again when another process has replaced the file."""

    def __init__(self, path: Path) -> None:
        self.lock = threading.RLock()
        self._path = path
        self._open: tuple[sqlite3.Connection, int] | None = None

    def get(self) -> sqlite3.Connection:
        """To be used while holding `lock`."""
        if self._open and self._open[1] == _inode(self._path):
            return self._open[0]
        self.close()
        connection = connect(self._path)
        self._open = (connection, _inode(self._path))
        return connection

    def close(self) -> None:
        with self.lock:
            if self._open:
                self._open[0].close()
            self._open = None


class View:
    """Reads and changes the tables within one connection."""

    def __init__(self, connection: sqlite3.Connection, layout: Layout, *, searchable: bool = True) -> None:
        self.connection = connection
        self._layout = layout
        self._searchable = searchable  #: without, the index over the passages is left alone

    def clear(self) -> None:
        """Empty tables, within the transaction: what fails afterwards leaves the former ones."""
        for name in ("vocabulary", "search", *TABLES):
            self.connection.execute(f"DROP TABLE IF EXISTS {name}")
        make_tables(self.connection)

    # --- where we are in the log

    def position(self) -> Position:
        """Up to which line the tables are made."""
        row = self._one("SELECT * FROM position")
        if row is None:
            return Position()
        return Position(
            seq=row["seq"],
            line=row["line"],
            length=row["length"],
            time=read_stamp(row["time"]),
            segment=row["segment"],
            end=row["byte"],
            lines=row["lines"],
            heads=row["heads"],
            head=row["head"],
            tree=Tree(row["seq"], [bytes.fromhex(peak) for peak in json.loads(row["peaks"])]),
        )

    def move_to(self, at: Position) -> None:
        """The tables are made up to here."""
        peaks = json.dumps([peak.hex() for peak in at.tree.peaks])
        values = (at.seq, at.line, at.length, stamp(at.time), at.segment, at.end, at.lines, at.heads, at.head, peaks)
        self.connection.execute("REPLACE INTO position VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)

    # --- what the log names

    def names_object(self, sha256: str) -> bool:
        """Whether some document has these bytes."""
        return self._one("SELECT 1 FROM document WHERE sha256 = ?", sha256) is not None

    def names_record(self, sha256: str) -> bool:
        """Whether some line carries this record."""
        return self._one("SELECT 1 FROM entry WHERE record = ?", sha256) is not None

    def derived_hash(self, sha256: str, name: str) -> str | None:
        """The hash of the derived file the log knows last."""
        row = self._one("SELECT sha256 FROM derived WHERE object = ? AND name = ?", sha256, name)
        return row["sha256"] if row else None

    def kind_of(self, seq: int) -> str | None:
        """The kind of line `seq`."""
        row = self._one("SELECT kind FROM entry WHERE seq = ?", seq)
        return row["kind"] if row else None

    # --- documents

    def document(self, document: str) -> sqlite3.Row | None:
        """The row of one document."""
        return self._one("SELECT * FROM document WHERE id = ?", document)

    def first_with(self, sha256: str) -> str | None:
        """The document that came first with these bytes."""
        row = self._one("SELECT id FROM document WHERE sha256 = ? ORDER BY seq LIMIT 1", sha256)
        return row["id"] if row else None

    def links(self, document: str) -> list[tuple[str, str]]:
        """Relation and target, in the order they were made."""
        rows = self.connection.execute("SELECT relation, target FROM link WHERE document = ? ORDER BY seq", (document,))
        return [(row["relation"], row["target"]) for row in rows]

    # --- one line of the log

    def apply(self, entry: Entry) -> None:
        """Take in one line. Always the same from the same files, so that a rebuild gives the same tables."""
        values = (entry.seq, stamp(entry.time), entry.kind, entry.document, entry.object, entry.record)
        self.connection.execute("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?)", values)
        record = (read_record(self._layout, entry.record) if entry.record else None) or {}
        if entry.kind == "ingested":
            self._ingested(entry, record)
        elif entry.kind == "metadata_changed":
            self._metadata_changed(entry, record)
        elif entry.kind == "linked":
            link = (entry.document, entry.facts["relation"], record.get("target", ""), entry.seq)
            self.connection.execute("INSERT OR IGNORE INTO link VALUES (?, ?, ?, ?)", link)
        elif entry.kind == "derived_added":
            derived = (entry.object, entry.facts["name"], entry.facts["sha256"], entry.seq)
            self.connection.execute("REPLACE INTO derived VALUES (?, ?, ?, ?)", derived)
            self._index_object(entry.object)

    def _ingested(self, entry: Entry, record: Mapping[str, Any]) -> None:
        """A record that is gone leaves a document without a name, not a projection that cannot be made."""
        day = entry.facts["date"]
        values = (
            entry.document,
            entry.object,
            record.get("name", ""),
            record.get("media_type", "application/octet-stream"),
            entry.facts["size"],
            stamp(entry.time),
            record.get("source", ""),
            record.get("source_id", ""),
            entry.facts["class"],
            entry.seq,
            self.first_with(str(entry.object)),
            day,
            record.get("name", ""),
            sort_key(day, entry.seq),
        )
        marks = ", ".join("?" * len(values))
        self.connection.execute(f"INSERT INTO document VALUES ({marks})", values)  # noqa: S608 - question marks only
        self._index(entry.document)

    def _metadata_changed(self, entry: Entry, record: Mapping[str, Any]) -> None:
        """A corrected date moves the row: the sort key is made of it."""
        row = self.document(str(entry.document))
        if row is None:
            return
        self._unindex(row["sort"])
        day = entry.facts["date"]
        self.connection.execute(
            "UPDATE document SET class = ?, date = ?, title = ?, sort = ? WHERE id = ?",
            (entry.facts["class"], day, record.get("title", ""), sort_key(day, row["seq"]), entry.document),
        )
        self._index(entry.document)

    def _index_object(self, sha256: str | None) -> None:
        for row in self.connection.execute("SELECT id, sort FROM document WHERE sha256 = ?", (sha256,)).fetchall():
            self._unindex(row["sort"])
            self._index(row["id"])

    def _index(self, document: str | None) -> None:
        row = self.document(str(document))
        if row is None:
            return
        derived = self.derived_hash(row["sha256"], TEXT)
        text = read_text(self._layout, row["sha256"], derived) if derived else ""
        values = (row["sort"], *_passage(row, text or ""))
        self.connection.execute("INSERT INTO passage VALUES (?, ?, ?, ?)", values)
        if self._searchable:
            self.connection.execute("INSERT INTO search (rowid, body, parts, ids) VALUES (?, ?, ?, ?)", values)

    def _unindex(self, sort: int) -> None:
        """The index keeps no text of its own: it forgets by being told what it once was told."""
        row = self._one("SELECT * FROM passage WHERE sort = ?", sort)
        if row is None:
            return
        if self._searchable:
            forget = "INSERT INTO search (search, rowid, body, parts, ids) VALUES ('delete', ?, ?, ?, ?)"
            self.connection.execute(forget, tuple(row))
        self.connection.execute("DELETE FROM passage WHERE sort = ?", (sort,))

    def dump(self) -> Iterator[str]:
        """Every row of every table of ours, in one order: equal files give equal dumps."""
        for table in TABLES:
            for row in self.connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3"):  # noqa: S608 - own names
                yield f"{table} {tuple(row)!r}"

    def _one(self, sql: str, *values: object) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self.connection.execute(sql, values).fetchone()
        return row


def sort_key(day: str, seq: int) -> int:
    """Date first, then the order of arrival."""
    return date.fromisoformat(day).toordinal() << 32 | seq


def archived(row: sqlite3.Row) -> ArchivedDocument:
    """A row as the rest of the product knows it."""
    return ArchivedDocument(
        id=DocumentId(row["id"]),
        sha256=row["sha256"],
        name=row["name"],
        media_type=row["media_type"],
        size=row["size"],
        received=datetime.fromisoformat(row["received"]),
        source=row["source"],
        source_id=row["source_id"],
        document_class=row["class"],
        seq=row["seq"],
        status="duplicate" if row["duplicate_of"] else "archived",
        duplicate_of=row["duplicate_of"],
    )


def _passage(row: sqlite3.Row, text: str) -> tuple[str, str, str]:
    """What is searched: names and text, their other spellings, and their numbers."""
    named = row["title"] if row["title"] == row["name"] else f"{row['title']}\n{row['name']}"
    body = f"{named}\n{fold.clean(text)}"
    ids = [row["id"].lower(), fold.token(row["source_id"]), *fold.numbers(body)]
    return body, fold.respelled(body), " ".join(dict.fromkeys(ids))


def database_trouble(layout: Layout, error: sqlite3.Error) -> Exception:
    """What an error of SQLite means to the office."""
    place = str(layout.database)
    if error.sqlite_errorcode in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE):
        return DiskFull(place=place)
    if error.sqlite_errorcode in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return ArchiveBusy(place=place)
    if error.sqlite_errorcode in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        return FolderNotWritable(f"The archive's database cannot be opened: {error}.", place=place)
    return DatabaseDamaged(place=place)


def _version(connection: sqlite3.Connection) -> int:
    number: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return number


def _inode(path: Path) -> int:
    try:
        return os.stat(path).st_ino
    except FileNotFoundError:
        return 0
