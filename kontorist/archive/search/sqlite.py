"""Asking the SQLite index: newest first, in pages by key, with capped counts."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from kontorist.archive.search import fold
from kontorist.archive.search.query import Question, question

COUNTED: Final = 10_000  #: beyond that a total is "10,000+"
_SHORTEST: Final = 3  #: letters; fewer stand in half of all words
_SIMILAR: Final = 400  #: words that hold what was typed, in the second attempt


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What else a document has to be; dates are those of the documents, both ends included."""

    document_class: str | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One document found. `matched` says where: body, parts, ids or infix; "" when nothing was asked for."""

    id: str
    sha256: str
    date: str
    document_class: str
    title: str
    snippet: str
    matched: str

    def data(self) -> dict[str, Any]:
        """As `archive find --json` prints it."""
        return {
            "id": self.id,
            "sha256": self.sha256,
            "date": self.date,
            "class": self.document_class,
            "title": self.title,
            "snippet": self.snippet,
            "matched": self.matched,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One page of hits. `after` is the key of the next page, None on the last."""

    query: str
    total: int
    total_capped: bool
    hits: Sequence[Hit]
    after: str | None = None

    def data(self) -> dict[str, Any]:
        """As `archive find --json` prints it."""
        return {
            "query": self.query,
            "total": self.total,
            "total_capped": self.total_capped,
            "hits": [hit.data() for hit in self.hits],
            "after": self.after,
        }


def find(
    connection: sqlite3.Connection, query: str, filters: Filters, *, limit: int, after: str | None = None
) -> Found:
    """Documents that hold every word of `query`; without one, all that pass the filters."""
    asked = question(query)
    if not query.strip():
        return _page(connection, query, None, filters, limit, after, _Matched({}))
    if not asked.words:
        return Found(query=query, total=0, total_capped=False, hits=())
    found = _page(connection, query, asked.match(), filters, limit, after, _Matched({}, asked))
    if found.hits or after:
        return found
    similar = _infix(connection, asked)
    return _page(connection, query, similar, filters, limit, after, _Matched({}, None, "infix")) if similar else found


@dataclass(frozen=True, slots=True)
class _Matched:
    """Says in which column a hit was found."""

    columns: Mapping[int, str]
    asked: Question | None = None
    otherwise: str = ""

    def of(self, connection: sqlite3.Connection, sorts: Sequence[int]) -> Mapping[int, str]:
        if self.asked is None or not sorts:
            return dict.fromkeys(sorts, self.otherwise)
        where: dict[int, str] = {}
        # The index can begin and end at a row, but not jump from one to the other (`rowid IN`).
        sql = "SELECT rowid FROM search WHERE search MATCH ? AND rowid BETWEEN ? AND ?"
        for column in ("ids", "parts", "body"):  # the plainest reason is said last and stays
            for row in connection.execute(sql, (self.asked.within(column), sorts[-1], sorts[0])):
                where[row[0]] = column
        return where


def _page(
    connection: sqlite3.Connection,
    query: str,
    match: str | None,
    filters: Filters,
    limit: int,
    after: str | None,
    matched: _Matched,
) -> Found:
    source, conditions, values = _conditions(match, filters)
    every = f"FROM {source} WHERE {' AND '.join(conditions)}"
    lean = match and not filters.document_class  # then the index alone can count
    total = _count(connection, f"FROM {'search' if lean else source} WHERE {' AND '.join(conditions)}", values)
    snippet = "snippet(search, 0, '', '', ' … ', 16)" if match else "''"
    rest = " AND document.sort < ?" if after else ""
    order = "search.rowid" if match else "document.sort"
    page = f"SELECT document.*, {snippet} AS snippet {every}{rest} ORDER BY {order} DESC LIMIT ?"
    keys = (int(after, 36),) if after else ()
    rows = connection.execute(page, (*values, *keys, limit + 1)).fetchall()
    where = matched.of(connection, [row["sort"] for row in rows[:limit]])
    return Found(
        query=query,
        total=min(total, COUNTED),
        total_capped=total > COUNTED,
        hits=tuple(_hit(row, where.get(row["sort"], "")) for row in rows[:limit]),
        after=_base36(rows[limit - 1]["sort"]) if len(rows) > limit else None,
    )


def _count(connection: sqlite3.Connection, every: str, values: Sequence[object]) -> int:
    counted = f"SELECT count(*) FROM (SELECT 1 {every} LIMIT {COUNTED + 1})"  # noqa: S608 - own words only
    number: int = connection.execute(counted, values).fetchone()[0]
    return number


def _conditions(match: str | None, filters: Filters) -> tuple[str, list[str], list[object]]:
    """Dates become a range of sort keys, which the index answers without reading the documents."""
    source, conditions, values = "document", ["1"], list[object]()
    if match:
        source = "search JOIN document ON document.sort = search.rowid"
        conditions, values = ["search MATCH ?"], [match]
    key = "search.rowid" if match else "document.sort"
    if filters.since:
        conditions.append(f"{key} >= ?")
        values.append(filters.since.toordinal() << 32)
    if filters.until:
        conditions.append(f"{key} < ?")
        values.append((filters.until.toordinal() + 1) << 32)
    if filters.document_class:
        conditions.append("document.class = ?")
        values.append(filters.document_class)
    return source, conditions, values


def _infix(connection: sqlite3.Connection, asked: Question) -> str | None:
    """The second attempt: words of the index that hold what was typed, such as "prüfung" in "Rechnungsprüfung"."""
    groups = []
    for word, number in zip(asked.words, asked.tokens, strict=True):
        pieces = [number] if number else fold.words(word)
        terms = [term for piece in pieces if len(piece) >= _SHORTEST for term in _holding(connection, piece)]
        if not terms:
            return None
        groups.append("(" + " OR ".join('"' + term.replace('"', '""') + '"' for term in terms) + ")")
    return " AND ".join(groups)


def _holding(connection: sqlite3.Connection, piece: str) -> list[str]:
    plain = fold.undotted(piece)
    rows = connection.execute(
        "SELECT term FROM vocabulary WHERE instr(term, ?) ORDER BY doc DESC LIMIT ?", (plain, _SIMILAR)
    )
    return [row[0] for row in rows]


def _hit(row: sqlite3.Row, matched: str) -> Hit:
    return Hit(
        id=row["id"],
        sha256=row["sha256"],
        date=row["date"],
        document_class=row["class"],
        title=row["title"],
        snippet=" ".join(row["snippet"].split()),
        matched=matched,
    )


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + digits
    return digits or "0"
