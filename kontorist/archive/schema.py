"""The tables of archive.db, and how it is opened."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

PATIENCE: Final = 30.0  #: seconds to wait for another connection; only a stranger's can take that long
VERSION: Final = 1  #: another one in the file means: make it again

TABLES: Final = {
    "position": "id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL, line TEXT NOT NULL, "
    "length INTEGER NOT NULL, time TEXT NOT NULL, segment TEXT NOT NULL, byte INTEGER NOT NULL, "
    "lines INTEGER NOT NULL, heads INTEGER NOT NULL, head TEXT NOT NULL, peaks TEXT NOT NULL",
    "entry": "seq INTEGER PRIMARY KEY, time TEXT NOT NULL, kind TEXT NOT NULL, document TEXT, object TEXT, record TEXT",
    "document": "id TEXT PRIMARY KEY, sha256 TEXT NOT NULL, name TEXT NOT NULL, media_type TEXT NOT NULL, "
    "size INTEGER NOT NULL, received TEXT NOT NULL, source TEXT NOT NULL, source_id TEXT NOT NULL, "
    "class TEXT NOT NULL, seq INTEGER NOT NULL, duplicate_of TEXT, date TEXT NOT NULL, title TEXT NOT NULL, "
    "sort INTEGER NOT NULL UNIQUE",
    "link": "document TEXT NOT NULL, relation TEXT NOT NULL, target TEXT NOT NULL, seq INTEGER NOT NULL, "
    "PRIMARY KEY (document, relation, target)",
    "derived": "object TEXT NOT NULL, name TEXT NOT NULL, sha256 TEXT NOT NULL, seq INTEGER NOT NULL, "
    "PRIMARY KEY (object, name)",
    "passage": "sort INTEGER PRIMARY KEY, body TEXT NOT NULL, parts TEXT NOT NULL, ids TEXT NOT NULL",
}
_SCHEMA: Final = (
    *(f"CREATE TABLE {name} ({columns})" for name, columns in TABLES.items()),
    "CREATE INDEX document_object ON document (sha256, seq)",
    "CREATE INDEX entry_record ON entry (record)",
    # The sort key is the row number, so the newest come first without sorting.
    "CREATE VIRTUAL TABLE search USING fts5(body, parts, ids, content='passage', content_rowid='sort', "
    "tokenize='unicode61 remove_diacritics 2')",
    "CREATE VIRTUAL TABLE vocabulary USING fts5vocab('search', 'row')",
)


def connect(path: Path | str) -> sqlite3.Connection:
    """A connection in which a commit is on the disk before it returns."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=PATIENCE, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def create(connection: sqlite3.Connection) -> None:
    """Empty tables."""
    connection.execute("BEGIN IMMEDIATE")
    make_tables(connection)
    connection.execute("COMMIT")


def make_tables(connection: sqlite3.Connection) -> None:
    """The same, within a transaction of the caller."""
    for statement in _SCHEMA:
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {VERSION}")
