"""Order lines and goods receipts from tables."""

from __future__ import annotations

from typing import Any

from kontorist.domain.masterdata.matching import Ambiguous, Known
from kontorist.domain.masterdata.records import Values
from kontorist.domain.masterdata.trade import order_doubt, order_line_from, receipt_from
from kontorist.domain.procurement.orders import GoodsReceipt, OrderLine, OrderSide
from kontorist.extraction.tables import TableRow
from kontorist.services.masterdata.run import ImportRun, plain


class Partners:
    """Suppliers and customers as rows of orders and open items name them."""

    def __init__(self, run: ImportRun) -> None:
        suppliers = run.store.suppliers.list(run.tx)
        self._run = run
        self._suppliers = Known(each for each in suppliers if not each.provisional)
        self._customers = Known(run.store.customers.list(run.tx))

    def named(self, row: TableRow, *, supplier: bool) -> str | None:
        """The id of the supplier or customer that the row names; None after a doubt was noted."""
        signs = {name: row.values.get(f"partner_{name}") for name in ("number", "vat_id", "name")}
        known: Known[Any] = self._suppliers if supplier else self._customers
        try:
            found = known.find(**signs)
        except Ambiguous:
            found = None
        if found is not None:
            partner: str = found.id
            return partner
        column = next((f"partner_{name}" for name in signs if f"partner_{name}" in row.cells), "partner_number")
        self._run.doubt(row, column, f"a {'supplier' if supplier else 'customer'} of the master data")
        return None


def take_orders(run: ImportRun) -> None:
    """Each row a line of an order; one that is known is brought up to date."""
    partners = Partners(run)
    known = {each.id: each for side in OrderSide for each in run.store.orders.lines(run.tx, side)}
    rows: dict[str, TableRow] = {}
    for row in run.table.rows:
        if (doubt := order_doubt(row.values)) is not None:
            run.doubt(row, *doubt)
            continue
        side = OrderSide(row.values.get("side") or run.side)
        partner = partners.named(row, supplier=side is OrderSide.PURCHASE)
        if partner is None:
            continue
        line = order_line_from(row.values, side=side, partner=partner, currency=run.currency)
        if _is_second(run, rows, line.id, row):
            continue
        before = known.get(line.id)
        run.count(known=before is not None, changed=before != line)
        if before != line:
            run.store.orders.put(run.tx, line)
            run.note("changed" if before else "entered", line.id, after=_line_facts(line))


def take_receipts(run: ImportRun) -> None:
    """Each row what came in of one line of a purchase order, which has to be there."""
    rows: dict[str, TableRow] = {}
    for row in run.table.rows:
        receipt = receipt_from(row.values)
        if _is_second(run, rows, receipt.id, row) or not _ordered(run, row, receipt):
            continue
        before = run.store.orders.receipt(run.tx, receipt.id)
        run.count(known=before is not None, changed=before != receipt)
        if before != receipt:
            run.store.orders.receive(run.tx, receipt)
            facts = {"order": receipt.order, "position": receipt.position, "quantity": str(receipt.quantity)}
            run.note("changed" if before else "entered", receipt.id, after=facts)


def _ordered(run: ImportRun, row: TableRow, receipt: GoodsReceipt) -> bool:
    lines = run.store.orders.lines(run.tx, OrderSide.PURCHASE, order=receipt.order)
    if not lines:
        run.doubt(row, "order", "a purchase order that we know")
    elif all(each.id != receipt.line for each in lines):
        run.doubt(row, "position", f"a position of order {receipt.order}")
    return any(each.id == receipt.line for each in lines)


def _is_second(run: ImportRun, rows: dict[str, TableRow], record: str, row: TableRow) -> bool:
    earlier = rows.setdefault(record, row)
    if earlier is row:
        return False
    run.doubt(row, _position_column(row.values), f"each one once; row {earlier.row} is the same")
    return True


def _position_column(values: Values) -> str:
    return "position" if "position" in values else "number"


def _line_facts(line: OrderLine) -> dict[str, Any]:
    return {
        name: plain(getattr(line, name)) for name in ("side", "order", "position", "partner", "quantity", "unit_price")
    }
