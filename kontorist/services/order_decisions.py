"""What follows from what people decide about an order: the carrier of its work items."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from kontorist.domain.approvals import Actor, Decision, WorkItem
from kontorist.domain.errors import NeedsAPerson
from kontorist.domain.ids import OrderId, PersonKey
from kontorist.domain.receivables.orders import order_from
from kontorist.services.carriers import About, NothingToCorrect
from kontorist.services.desk import Desk
from kontorist.services.order_items import about_order, asked_about_order
from kontorist.services.receivables import Receivables
from kontorist.store.database import Store
from kontorist.store.sales import SalesOrder

_INVOICED = ("booked", "invoiced", "crediting")


class OrderInvoiced(NeedsAPerson):
    """This order is invoiced; another content cannot take its place."""

    code = "KON-181"
    next_step = "Let the front office cancel the order first: the invoice is credited, then this can be approved."


class OrderNotClear(NeedsAPerson):
    """This order cannot be invoiced as it stands."""

    code = "KON-182"
    next_step = "Complete the master data, or name the customer: `kontorist worklist correct ID customer=10021`."


class CustomerUnknown(NeedsAPerson):
    """There is no customer with this number."""

    code = "KON-183"
    next_step = "Enter the customer first: `kontorist masterdata import customers FILE`."


class OrderDecisions:
    """Satisfies `Carrier` for the kinds ORDER_KINDS. An approved order is invoiced by receivables/order_decision."""

    def __init__(self, *, store: Store, desk: Desk, receivables: Receivables) -> None:
        self._store = store
        self._desk = desk
        self._receivables = receivables

    def about(self, tx: Connection, item: WorkItem) -> About:
        """The order's number and who the order says it is from."""
        row = self._row(tx, item)
        return about_order(row.event)

    def check_approvable(self, tx: Connection, item: WorkItem) -> None:
        """Raise OrderNotClear where something is missing that nobody can agree to, OrderInvoiced as it says."""
        row = self._row(tx, item)
        if item.kind == "order_changed":
            if row.state in _INVOICED:
                raise OrderInvoiced
        elif row.state == "waiting" and (missing := self._missing(tx, row)):
            raise OrderNotClear(" ".join(missing))

    def _missing(self, tx: Connection, row: SalesOrder) -> list[str]:
        ruling, _ = self._receivables.ruling(tx, row)
        return [each.sentence for each in ruling.open_doubts(agreed=True)]

    def granted(self, tx: Connection, item: WorkItem, agreed: tuple[PersonKey, ...]) -> None:
        """Let the order go on with the names of those who agreed, or let the other content take its place."""
        row = self._row(tx, item)
        if item.kind == "order_changed":
            self._replace(tx, row, item)
        elif row.state == "waiting":
            self._store.sales.change(tx, row.id, "received", agreed=list(agreed))

    def _replace(self, tx: Connection, row: SalesOrder, item: WorkItem) -> None:
        order = order_from(item.content["arrived"])
        if row.content_hash == order.content_hash() or row.state in _INVOICED:
            return
        self._receivables.withdraw_items(tx, row.id, "The order was replaced by another content.")
        self._store.sales.change(
            tx,
            row.id,
            "received",
            revision=row.revision + 1,
            content=order.data(),
            content_hash=order.content_hash(),
            customer=None,
            agreed=[],
        )

    def refused(self, tx: Connection, item: WorkItem, said: Decision) -> None:
        """A refused order is not invoiced, and its source is told; a refused other content changes nothing."""
        row = self._row(tx, item)
        if item.kind == "order_changed" or row.state != "waiting":
            return
        reason = f"Rejected by {said.person}: {said.note}"
        self._store.sales.change(tx, row.id, "rejected", reason_code="KON-REJECTED", reason=reason)
        self._receivables.answer(tx, row, "refused", row.event)

    def corrected(self, tx: Connection, item: WorkItem, changes: Mapping[str, str], by: Actor) -> WorkItem:
        """Say who the customer is: ``customer=10021``. Raises NothingToCorrect or CustomerUnknown."""
        row = self._row(tx, item)
        if item.kind == "order_changed" or set(changes) != {"customer"} or row.state != "waiting":
            raise NothingToCorrect("Of an order only the customer can be named here: `customer=NUMBER`.")
        customer = self._store.customers.find(tx, number=changes["customer"])
        if customer is None:
            raise CustomerUnknown(f"There is no customer with the number {changes['customer']!r}.")
        self._store.sales.change(
            tx, row.id, "waiting", customer=customer.id, reason_code=row.reason_code, reason=row.reason
        )
        row = self._row(tx, item)
        ruling, _ = self._receivables.ruling(tx, row)
        asked = asked_about_order(row, ruling, customer)
        return self._desk.renew(tx, item, asked, about_order(row.event), by=by.person)

    def _row(self, tx: Connection, item: WorkItem) -> SalesOrder:
        return self._store.sales.get(tx, OrderId(item.subject))
