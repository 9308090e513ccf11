"""Orders that come in files: good ones go on as events of their own, doubtful cells are put before people.

One order that is in doubt holds back no other. Taking in a file is one transaction and may be repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection

from kontorist.config import Config
from kontorist.domain.approvals import Actor, Decision, WorkItem
from kontorist.domain.errors import NeedsAPerson
from kontorist.domain.events import Event, content_hash
from kontorist.domain.ids import SYSTEM, DocumentId, EventId, PersonKey
from kontorist.domain.ports import Archive, ArchivedDocument, Clock
from kontorist.domain.receivables.order_rows import ORDER_COLUMNS, FoundOrders, OrderRow, orders_in
from kontorist.extraction.tables import Table, TableDoubt, TableFormat, TableRow, TableUnfit, read_table
from kontorist.sandbox import Refused
from kontorist.services.carriers import About, NothingToCorrect
from kontorist.services.desk import Asked, Desk
from kontorist.store.database import Store

if TYPE_CHECKING:
    from kontorist.sandbox import Pool

KIND: Final = "order_file"
SOURCE: Final = "/kontorist/receivables/order_file"
_MOST_REASONS: Final = 100


class OrderFiles:
    """Reads files of orders. Satisfies `Carrier` for the items about what is doubtful in them."""

    def __init__(
        self,
        config: Config,
        *,
        clock: Clock,
        store: Store,
        archive: Archive,
        desk: Desk,
        pool: Callable[[], Pool],
    ) -> None:
        form = config.receivables.order_files
        self._form = TableFormat(encoding=form.encoding, delimiter=form.delimiter, named=form.columns)
        self._currency = config.company.currency
        self._clock = clock
        self._store = store
        self._archive = archive
        self._desk = desk
        self._pool = pool

    def take(self, event: EventId) -> list[dict[str, Any]]:
        """Put the good orders of the files of `event` into the inbox, each as an event `order.created`.

        The doubtful ones wait on the worklist with sheet, cell, what was seen and what was expected. Gives for each
        file ``{document, name, orders, held, doubts, item}``: numbers of orders, how many doubts, the work item if any.
        """
        with self._store.read() as tx:
            data = self._store.inbox.get(tx, event).event().data
        records = [self._archive.get(DocumentId(each["id"])) for each in data.get("documents", ())]
        return [self._take(record, event) for record in records]

    def _take(self, record: ArchivedDocument, event: EventId) -> dict[str, Any]:
        try:
            table = read_table(
                self._pool(),
                self._archive.content(record.id),
                name=record.name,
                columns=ORDER_COLUMNS,
                form=self._form,
            )
        except (Refused, TableUnfit) as error:
            return self._told(record, event, FoundOrders(good=(), held=(), doubts=()), (), unread=error)
        rows = {(each.sheet, each.row): each for each in (*table.rows, *table.spoiled)}
        found = orders_in(_in_order(table), currency=self._currency)
        own = [rows[doubt.row.sheet, doubt.row.row].doubt(doubt.column, doubt.expected) for doubt in found.doubts]
        doubts = sorted((*table.doubts, *own), key=lambda each: (each.sheet or "", each.row, each.cell))
        return self._told(record, event, found, doubts)

    def _told(
        self,
        record: ArchivedDocument,
        event: EventId,
        found: FoundOrders,
        doubts: Sequence[TableDoubt],
        unread: NeedsAPerson | None = None,
    ) -> dict[str, Any]:
        with self._store.write() as tx:
            for data in found.good:
                self._send(tx, data, record, event)
            item = None
            if doubts or unread is not None:
                asked = _asked(record, found.held, doubts, unread)
                item = self._desk.open(tx, record.id, asked, About(cause=event), identity=(KIND, record.sha256))
        return {
            "document": record.id,
            "name": record.name,
            "orders": [data["order_number"] for data in found.good],
            "held": list(found.held),
            "doubts": len(doubts),
            "item": item.id if item else None,
        }

    def _send(self, tx: Connection, data: Mapping[str, Any], record: ArchivedDocument, cause: EventId) -> None:
        """One event for each order of a file, whatever the mail or folder that brought the file, and how often."""
        number = data["order_number"]
        order = Event(
            id=content_hash([record.sha256, number]),
            source=SOURCE,
            type="order.created",
            subject=number,
            time=self._clock.now(),
            data={**data, "document": record.id},
            causationid=cause,
        )
        accepted = self._store.inbox.accept(tx, order, raw_hash=content_hash(dict(data)))
        if not (accepted.duplicate or accepted.conflict):
            after = {"event": accepted.id, "order": number}
            self._store.audit.note(
                tx, actor=SYSTEM, verb="took an order", subject=record.id, at=self._clock.now(), after=after
            )

    # --- as a carrier

    def about(self, tx: Connection, item: WorkItem) -> About:
        """Its title and reasons say all there is."""
        return About()

    def check_approvable(self, tx: Connection, item: WorkItem) -> None:
        """Whoever has dealt with it says so."""

    def granted(self, tx: Connection, item: WorkItem, agreed: tuple[PersonKey, ...]) -> None:
        """Nothing follows: a corrected file is a file of its own."""

    def refused(self, tx: Connection, item: WorkItem, said: Decision) -> None:
        """Nothing follows: the orders that were held are not invoiced."""

    def corrected(self, tx: Connection, item: WorkItem, changes: Mapping[str, str], by: Actor) -> WorkItem:
        """Raises NothingToCorrect: cells are put right in the file."""
        raise NothingToCorrect("Correct the cells in the file and send it again; orders that went on are not repeated.")


def _in_order(table: Table) -> list[OrderRow]:
    """All rows as they stand in the file, sheet by sheet."""
    rows = [*((each, True) for each in table.rows), *((each, False) for each in table.spoiled)]
    return sorted((_row(each, good) for each, good in rows), key=lambda each: (each.sheet or "", each.row))


def _row(row: TableRow, good: bool) -> OrderRow:
    return OrderRow(sheet=row.sheet, row=row.row, values=row.values, good=good)


def _asked(
    record: ArchivedDocument,
    held: Sequence[str],
    doubts: Sequence[TableDoubt],
    unread: NeedsAPerson | None,
) -> Asked:
    """What people see: every doubtful cell; approving or rejecting only says that somebody has dealt with it."""
    reasons = [
        f"{each.place}: {repr(each.seen) if each.seen else 'nothing'} was seen, expected was {each.expected}."
        for each in doubts
    ]
    title = f"Orders in {record.name}: {len(doubts)} doubts, {len(held)} orders held"
    codes = ["KON-ORDER-CELL"] * len(reasons)
    if unread is not None:
        title, reasons, codes = f"Orders in {record.name} cannot be read", [unread.sentence], ["KON-ORDER-FILE"]
    if len(reasons) > _MOST_REASONS:
        reasons = [*reasons[:_MOST_REASONS], f"And {len(reasons) - _MOST_REASONS} more, in the item's content."]
        codes = [*codes[:_MOST_REASONS], "KON-ORDER-MORE"]
    content = {
        "document": record.id,
        "file": record.name,
        "held": list(held),
        "doubts": [each.data() for each in doubts],
    }
    return Asked(kind=KIND, title=title, reasons=tuple(reasons), codes=tuple(codes), content=content)
