"""Open items, by partner: those that were taken over, and those of our own sales invoices."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, Row, func, select

from kontorist.domain.ids import OpenItemId
from kontorist.domain.ledger.open_items import OpenItem, Side
from kontorist.domain.money import Money
from kontorist.domain.payables.duplicates import normalised_number
from kontorist.domain.ports import Clock
from kontorist.failpoints import failpoint, register
from kontorist.store.tables import open_item
from kontorist.store.upsert import upsert

register("open_items.before_put", "open_items.after_put")

_COLUMNS: Final = ("id", "partner", "number", "issue_date", "due", "document", "entry")

_ENTER: Final = upsert(open_item, "id")


class OpenItems:
    """Keeps and finds open items. Every method works inside the transaction it is given."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def put(self, tx: Connection, new: OpenItem) -> None:
        """Enter an item, or make the one with its id look like `new`; the caller notes it in the audit trail."""
        failpoint("open_items.before_put")
        values: dict[str, Any] = {name: getattr(new, name) for name in _COLUMNS}
        values |= {"side": new.side.value, "amount": new.amount.amount, "currency": new.amount.currency}
        values |= {"normalised_number": normalised_number(new.number), "changed": self._clock.now()}
        tx.execute(_ENTER, values)
        failpoint("open_items.after_put")

    def get(self, tx: Connection, wanted: OpenItemId) -> OpenItem | None:
        """One item, None where it is not known."""
        found = tx.execute(select(*open_item.c).where(open_item.c.id == wanted)).one_or_none()
        return None if found is None else _open_item(found)

    def list(self, tx: Connection, *, side: Side | None = None, partner: str | None = None) -> list[OpenItem]:
        """The items of one side and partner where named, by invoice date."""
        wanted = select(*open_item.c).order_by(open_item.c.issue_date, open_item.c.id)
        for column, value in ((open_item.c.side, side), (open_item.c.partner, partner)):
            if value is not None:
                wanted = wanted.where(column == value)
        return [_open_item(row) for row in tx.execute(wanted)]

    def count(self, tx: Connection) -> int:
        """How many items there are, of both sides."""
        return tx.execute(select(func.count()).select_from(open_item)).scalar_one()


def _open_item(row: Row[Any]) -> OpenItem:
    facts = {name: row._mapping[name] for name in _COLUMNS}
    return OpenItem(**facts, side=Side(row.side), amount=Money(row.amount, row.currency))
