"""Lines of purchase and sales orders, and what came in of them."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, Row, func, select

from kontorist.domain.ids import OrderLineId, ReceiptId
from kontorist.domain.ports import Clock
from kontorist.domain.procurement.orders import GoodsReceipt, OrderLine, OrderSide
from kontorist.failpoints import failpoint, register
from kontorist.store.errors import NotInStore
from kontorist.store.tables import goods_receipt, order_line
from kontorist.store.upsert import upsert

register("orders.before_put", "orders.after_put", "orders.before_receive", "orders.after_receive")

_ENTER: Final = upsert(order_line, "id")
_RECEIVE: Final = upsert(goods_receipt, "id")


class Orders:
    """Keeps and finds order lines and goods receipts. Every method works inside the transaction it is given."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def put(self, tx: Connection, new: OrderLine) -> None:
        """Enter a line, or make the one with its id look like `new`; the caller notes it in the audit trail."""
        failpoint("orders.before_put")
        values: dict[str, Any] = {name: getattr(new, name) for name in _COLUMNS}
        values |= {"side": new.side.value, "order_number": new.order, "changed": self._clock.now()}
        tx.execute(_ENTER, values)
        failpoint("orders.after_put")

    def get(self, tx: Connection, wanted: OrderLineId) -> OrderLine:
        """One line. Raises NotInStore."""
        found = tx.execute(select(*order_line.c).where(order_line.c.id == wanted)).one_or_none()
        if found is None:
            raise NotInStore(f"There is no order line {wanted}.")
        return _order_line(found)

    def lines(
        self, tx: Connection, side: OrderSide, *, order: str | None = None, partner: str | None = None
    ) -> list[OrderLine]:
        """The lines of one side, of one order or partner where named, by order and position."""
        wanted = select(*order_line.c).where(order_line.c.side == side.value)
        for column, value in ((order_line.c.order_number, order), (order_line.c.partner, partner)):
            if value is not None:
                wanted = wanted.where(column == value)
        by_place = wanted.order_by(order_line.c.order_number, order_line.c.position)
        return [_order_line(row) for row in tx.execute(by_place)]

    def count(self, tx: Connection) -> int:
        """How many lines there are, of both sides."""
        return tx.execute(select(func.count()).select_from(order_line)).scalar_one()

    def receive(self, tx: Connection, new: GoodsReceipt) -> None:
        """Enter what came in, or make the receipt with its id look like `new`. Its order line has to be there."""
        failpoint("orders.before_receive")
        values: dict[str, Any] = {name: getattr(new, name) for name in _RECEIPT_COLUMNS}
        values |= {"order_number": new.order, "line": new.line, "changed": self._clock.now()}
        tx.execute(_RECEIVE, values)
        failpoint("orders.after_receive")

    def receipt(self, tx: Connection, wanted: ReceiptId) -> GoodsReceipt | None:
        """One receipt, None where it is not known."""
        found = tx.execute(select(*goods_receipt.c).where(goods_receipt.c.id == wanted)).one_or_none()
        return None if found is None else _receipt(found)

    def receipts(self, tx: Connection, line: OrderLineId | None = None) -> list[GoodsReceipt]:
        """What came in, of one order line where named, in order of days."""
        wanted = select(*goods_receipt.c).order_by(goods_receipt.c.received, goods_receipt.c.id)
        if line is not None:
            wanted = wanted.where(goods_receipt.c.line == line)
        return [_receipt(row) for row in tx.execute(wanted)]


_COLUMNS: Final = (
    "id", "position", "partner", "text", "quantity", "unit_price", "currency", "item", "unit", "tax_rate", "ordered",
    "due", "account", "cost_centre",
)  # fmt: skip
_RECEIPT_COLUMNS: Final = ("id", "number", "position", "quantity", "received")


def _order_line(row: Row[Any]) -> OrderLine:
    known = row._mapping
    facts = {name: known[order_line.c[name]] for name in _COLUMNS}
    return OrderLine(
        **facts,
        side=OrderSide(row.side),
        order=known[order_line.c.order_number],
    )


def _receipt(row: Row[Any]) -> GoodsReceipt:
    known = row._mapping
    facts = {name: known[goods_receipt.c[name]] for name in _RECEIPT_COLUMNS}
    return GoodsReceipt(**facts, order=known[goods_receipt.c.order_number])
