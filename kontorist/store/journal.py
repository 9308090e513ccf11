"""The journal: entries with gap-free numbers, chained, never changed, corrected only by their reversal."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Text, and_, or_, select, true, type_coerce
from sqlalchemy.dialects.sqlite import insert

from kontorist.domain.events import content_hash
from kontorist.domain.ids import DocumentId, EntryId, PersonKey
from kontorist.domain.ledger.journal import JournalEntry, Line, reversal
from kontorist.domain.ledger.posted import Movement, PostedEntry, PostedLine
from kontorist.domain.money import Money
from kontorist.domain.ports import Clock
from kontorist.failpoints import failpoint, register
from kontorist.store.chain import GENESIS, last_number, link_hash, next_number
from kontorist.store.columns import utc_text
from kontorist.store.errors import AlreadyBooked, NotInStore, already_booked
from kontorist.store.tables import entry, line

_SERIES: Final = "journal"

register("journal.before_post", "journal.after_post")


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """An entry in the journal, with its number, the time of posting and its link in the chain."""

    number: int
    entry: JournalEntry
    posted: datetime
    hash: str


class Journal:
    """Posts and reads entries."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def post(self, tx: Connection, new: JournalEntry) -> int:
        """Post `new` and give its number. The same entry again gives the number it has already.

        One document is booked once per purpose: raises AlreadyBooked for anything else under the same id, the same
        document and purpose, or as a second reversal of one entry.
        """
        failpoint("journal.before_post")
        known = tx.execute(select(*entry.c).where(_same(new))).first()
        if known is not None:
            return _repeated(known, new)
        number = next_number(tx, _SERIES)
        tx.execute(insert(entry).values(self._entry_values(number, new, self.head(tx))))
        tx.execute(insert(line), [_line_values(number, position, each) for position, each in enumerate(new.lines, 1)])
        failpoint("journal.after_post")
        return number

    def _entry_values(self, number: int, new: JournalEntry, previous: str) -> dict[str, Any]:
        posted = self._clock.now()
        facts = _facts(number, utc_text(posted), new.content_hash())
        return {
            "number": number,
            "id": new.id,
            "day": new.day,
            "text": new.text,
            "document": new.document,
            "document_sha256": new.document_sha256,
            "purpose": new.purpose,
            "reversal_of": new.reversal_of,
            "prepared_by": new.prepared_by,
            "approved_by": list(new.approved_by),
            "posted": posted,
            "content_hash": new.content_hash(),
            "previous_hash": previous,
            "hash": link_hash(previous, facts),
        }

    def reverse(
        self,
        tx: Connection,
        wrong: EntryId,
        *,
        day: date,
        reason: str,
        by: PersonKey,
        approved_by: tuple[PersonKey, ...] = (),
    ) -> int:
        """Take an entry back by its reversal, posted on `day`. Raises NotInStore, or AlreadyBooked when it was."""
        taken_back = reversal(self.get(tx, wrong).entry, day=day, reason=reason, by=by, approved_by=approved_by)
        return self.post(tx, taken_back)

    def head(self, tx: Connection) -> str:
        """The hash of the last entry; it goes into the archive's log once a day."""
        found: str | None = tx.execute(select(entry.c.hash).order_by(entry.c.number.desc()).limit(1)).scalar()
        return found or GENESIS

    def get(self, tx: Connection, wanted: EntryId) -> Posted:
        """One entry. Raises NotInStore."""
        found = self._posted(tx, entry.c.id == wanted)
        if not found:
            raise NotInStore(f"There is no entry {wanted}.")
        return found[0]

    def numbered(self, tx: Connection, number: int) -> Posted:
        """The entry with this number. Raises NotInStore."""
        found = self._posted(tx, entry.c.number == number)
        if not found:
            raise NotInStore(f"There is no entry {number} in the journal.")
        return found[0]

    def reversal_of(self, tx: Connection, wrong: EntryId) -> Posted | None:
        """The entry that took `wrong` back, None as long as it stands."""
        return next(iter(self._posted(tx, entry.c.reversal_of == wrong)), None)

    def of_document(self, tx: Connection, document: DocumentId) -> list[Posted]:
        """The entries of one document, reversals among them, in order of their numbers."""
        return self._posted(tx, entry.c.document == document)

    def entries(self, tx: Connection, first: date | None = None, last: date | None = None) -> list[Posted]:
        """The entries posted on the days from `first` to `last`, both included, in order of their numbers."""
        return self._posted(tx, _between(first, last))

    def posted_between(self, tx: Connection, since: datetime, until: datetime) -> list[Posted]:
        """The entries that were posted from the moment `since` to before `until`, in order of their numbers."""
        return self._posted(tx, and_(entry.c.posted >= since, entry.c.posted < until))

    def _posted(self, tx: Connection, wanted: ColumnElement[bool]) -> list[Posted]:
        lines = select(*line.c).join(entry).where(wanted).order_by(line.c.entry, line.c.position)
        by_entry: dict[int, list[Line]] = {}
        for row in tx.execute(lines):
            by_entry.setdefault(row.entry, []).append(_line(row))
        rows = tx.execute(select(*entry.c).where(wanted).order_by(entry.c.number))
        return [_posted(row, by_entry[row.number]) for row in rows]

    def balances(
        self, tx: Connection, first: date | None = None, last: date | None = None
    ) -> dict[tuple[str, str], Money]:
        """What was moved on each account from `first` to `last`: ``{(account, currency): Money}``, debit positive."""
        moved = select(line.c.account, line.c.currency, line.c.amount).join(entry).where(_between(first, last))
        result: dict[tuple[str, str], Money] = {}
        for account, currency, amount in tx.execute(moved.order_by(line.c.account)):
            before = result.get((account, currency), Money.zero(currency))
            result[account, currency] = before + Money(amount, currency)
        return result

    def movements(
        self, tx: Connection, first: date | None = None, last: date | None = None
    ) -> dict[tuple[str, str], Movement]:
        """Debits and credits of each account from `first` to `last`: ``{(account, currency): Movement}``."""
        moved = select(line.c.account, line.c.currency, line.c.amount).join(entry).where(_between(first, last))
        result: dict[tuple[str, str], Movement] = {}
        for account, currency, amount in tx.execute(moved.order_by(line.c.account)):
            before = result.get((account, currency), Movement.none(currency))
            result[account, currency] = before.plus(Money(amount, currency))
        return result

    def lines_on(
        self, tx: Connection, account: str, first: date | None = None, last: date | None = None
    ) -> list[PostedLine]:
        """The lines on `account` posted on the days from `first` to `last`, in order of their entries' numbers."""
        facts = [entry.c.number, entry.c.id, entry.c.day, entry.c.document, entry.c.reversal_of]
        columns: list[ColumnElement[Any]] = [*line.c, *facts, entry.c.text.label("entry_text")]
        wanted = select(*columns).join(entry).order_by(*line.primary_key)
        return [_posted_line(row) for row in tx.execute(wanted.where(line.c.account == account, _between(first, last)))]

    def headings(self, tx: Connection, first: date | None = None, last: date | None = None) -> list[PostedEntry]:
        """The entries posted on the days from `first` to `last` without their lines, in order of their numbers."""
        wanted = (
            select(*(entry.c[name] for name in PostedEntry.__slots__))
            .where(_between(first, last))
            .order_by(entry.c.number)
        )
        return [PostedEntry(**{**row._mapping, "approved_by": tuple(row.approved_by)}) for row in tx.execute(wanted)]

    def verify(self, tx: Connection) -> list[str]:
        """A sentence for every entry that was changed, removed or moved; none when the journal is whole."""
        return list(_findings(tx))


def _same(new: JournalEntry) -> ColumnElement[bool]:
    same: list[ColumnElement[bool]] = [entry.c.id == new.id]
    if new.document is not None:
        same.append(and_(entry.c.document == new.document, entry.c.purpose == new.purpose))
    if new.reversal_of is not None:
        same.append(entry.c.reversal_of == new.reversal_of)
    return or_(*same)


def _repeated(known: Row[Any], new: JournalEntry) -> int:
    if known.id == new.id and known.content_hash == new.content_hash():
        number: int = known.number
        return number
    if new.reversal_of is not None:
        raise AlreadyBooked(f"This entry was taken back already, by entry {known.number}.")
    raise already_booked(known.number, known.day)


def _between(first: date | None, last: date | None) -> ColumnElement[bool]:
    since = true() if first is None else entry.c.day >= first
    until = true() if last is None else entry.c.day <= last
    return and_(since, until)


def _line_values(number: int, position: int, each: Line) -> dict[str, Any]:
    return {
        "entry": number,
        "position": position,
        "account": each.account,
        "amount": each.amount.amount,
        "currency": each.amount.currency,
        "origin": each.origin,
        "tax_key": each.tax_key,
        "cost_centre": each.cost_centre,
        "partner": each.partner,
        "due": each.due,
        "text": each.text,
    }


def _line(row: Row[Any]) -> Line:
    return Line(
        account=row.account,
        amount=Money(row.amount, row.currency),
        origin=row.origin,
        tax_key=row.tax_key,
        cost_centre=row.cost_centre,
        partner=row.partner,
        due=row.due,
        text=row.text,
    )


def _posted_line(row: Row[Any]) -> PostedLine:
    return PostedLine(
        number=row.number,
        position=row.position,
        entry=row.id,
        day=row.day,
        text=row.entry_text,
        line=_line(row),
        document=row.document,
        reversal_of=row.reversal_of,
    )


def _posted(row: Row[Any], lines: Sequence[Line]) -> Posted:
    known = JournalEntry(
        id=row.id,
        day=row.day,
        text=row.text,
        lines=tuple(lines),
        document=row.document,
        document_sha256=row.document_sha256,
        purpose=row.purpose,
        reversal_of=row.reversal_of,
        prepared_by=row.prepared_by,
        approved_by=tuple(row.approved_by),
    )
    return Posted(number=row.number, entry=known, posted=row.posted, hash=row.hash)


# Checking: everything is read as the text that stands in the database, so that nothing an intruder wrote there can
# stop the check.


def _facts(number: int, posted: str, content: str) -> dict[str, Any]:
    return {"number": number, "posted": posted, "content": content}


def _findings(tx: Connection) -> Iterator[str]:
    lines = _raw_lines(tx)
    expected, previous = 1, GENESIS
    for row in tx.execute(select(*_raw(entry)).order_by(entry.c.number)).mappings():
        number = row["number"]
        if number != expected:
            yield f"Before entry {number} {number - expected} entries are missing."
        if row["previous_hash"] != previous:
            yield f"Entry {number} does not follow the entry before it."
        content = _content_hash(dict(row), lines.get(number, []))
        if row["hash"] != link_hash(row["previous_hash"], _facts(number, row["posted"], content)):
            yield f"Entry {number} was changed after it was posted."
        expected, previous = number + 1, row["hash"]
    if (posted := last_number(tx, _SERIES)) != expected - 1:
        yield f"The journal ends at entry {expected - 1}, but {posted} entries were posted."


def _raw(table: Any) -> list[ColumnElement[Any]]:
    return [type_coerce(column, Text).label(column.name) for column in table.c]


def _raw_lines(tx: Connection) -> dict[int, list[dict[str, Any]]]:
    by_entry: dict[int, list[dict[str, Any]]] = {}
    for row in tx.execute(select(*_raw(line)).order_by(line.c.entry, line.c.position)).mappings():
        by_entry.setdefault(row["entry"], []).append(dict(row))
    return by_entry


_LINE_FACTS: Final = ("account", "amount", "currency", "origin", "tax_key", "cost_centre", "partner", "due", "text")
_ENTRY_FACTS: Final = (
    "id", "day", "text", "document", "document_sha256", "purpose", "reversal_of", "prepared_by"
)  # fmt: skip


def _content_hash(row: dict[str, Any], lines: list[dict[str, Any]]) -> str:
    """The same hash as `JournalEntry.content_hash`, from the raw columns; of an unreadable row, one that never fits."""
    facts = {name: row[name] for name in _ENTRY_FACTS}
    try:
        facts["approved_by"] = json.loads(row["approved_by"])
    except ValueError:
        return "unreadable"
    return content_hash({**facts, "lines": [{name: each[name] for name in _LINE_FACTS} for each in lines]})
