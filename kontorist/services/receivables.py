"""Orders of customers: entered, ruled on, asked about, cancelled. A repeated act does nothing twice.

What an act changes, it changes in one transaction. The papers themselves are written in sales_papers.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from kontorist.config import Config
from kontorist.domain.approvals import ItemState
from kontorist.domain.events import Event
from kontorist.domain.ids import SYSTEM, EventId, OrderId, PersonKey, WorkItemId
from kontorist.domain.ports import Clock
from kontorist.domain.receivables.checks import OrderRuling, rule_on_order
from kontorist.domain.receivables.customers import Customer
from kontorist.domain.receivables.orders import Order, order_from, order_number_of
from kontorist.services.desk import Desk
from kontorist.services.order_items import about_order, asked_about_order, asked_which, seller_of
from kontorist.services.replies import Replies
from kontorist.store.database import Store
from kontorist.store.sales import SalesOrder, order_id

_UNSETTLED = (ItemState.OPEN, ItemState.RETURNED)


class Receivables:
    """What the office does with an order until it can be invoiced."""

    def __init__(self, config: Config, *, clock: Clock, store: Store, desk: Desk, replies: Replies) -> None:
        self._config = config
        self._clock = clock
        self._store = store
        self._desk = desk
        self._replies = replies
        self._zone = ZoneInfo(config.company.timezone)
        self.seller = seller_of(config)

    # --- arriving

    def enter(self, event: EventId) -> OrderId:
        """Enter the order of an event `order.created`. Raises OrderUnreadable.

        The same order again changes nothing. Another content under its number waits for a person; the books stay.
        """
        with self._store.write() as tx:
            found = self._store.inbox.get(tx, event).event()
            order, sales = order_from(found.data), self._store.sales
            if sales.add(tx, order.number, order=order, event=event, reply_to=self._reply_to(found)):
                self.note(tx, SYSTEM, "received", order_id(order.number), {"event": event})
            known = sales.get(tx, order_id(order.number))
            if known.order is None:  # its cancellation came first
                sales.change(tx, known.id, known.state, content=order.data(), content_hash=order.content_hash())
            elif known.content_hash != order.content_hash():
                self._ask_which(tx, known, order, event)
            return known.id

    def _ask_which(self, tx: Connection, known: SalesOrder, arrived: Order, event: EventId) -> None:
        asked = asked_which(known, arrived)
        identity = (asked.kind, known.id, arrived.content_hash())
        self._desk.open(tx, known.id, asked, about_order(event), identity=identity)

    def cancel(self, event: EventId) -> OrderId:
        """Take in an event `order.cancelled`: before the invoice nothing is invoiced, afterwards it is credited.

        A cancellation that comes before its order is remembered. Raises OrderUnreadable.
        """
        with self._store.write() as tx:
            found, sales = self._store.inbox.get(tx, event).event(), self._store.sales
            number, reply_to = order_number_of(found.data), self._reply_to(found)
            sales.add(tx, number, order=None, event=event, reply_to=reply_to)
            known = sales.get(tx, order_id(number))
            answered = {"reply_to": reply_to or known.reply_to}
            if known.state in ("received", "waiting", "rejected"):
                sales.change(tx, known.id, "cancelled", **answered)
                self.withdraw_items(tx, known.id, "The order was cancelled.")
                self.answer(tx, sales.get(tx, known.id), "cancelled", event)
            elif known.state in ("booked", "invoiced"):
                sales.change(tx, known.id, "crediting", **answered)
            else:
                return known.id
            self.note(tx, SYSTEM, "cancelled", known.id, {"event": event, "before": known.state})
            return known.id

    def withdraw_items(self, tx: Connection, order: OrderId, reason: str) -> None:
        """What was asked about an order that is cancelled or replaced needs no answer any more."""
        for item in self._store.worklist.list(tx, subject=order):
            self._store.worklist.replace(tx, replace(item, state=ItemState.REJECTED), item.version)
            self.note(tx, SYSTEM, "withdrawn", order, {"item": item.id, "reason": reason})

    def orders_behind(self, items: Iterable[WorkItemId]) -> list[OrderId]:
        """The orders that work items are about."""
        with self._store.read() as tx:
            return [OrderId(self._store.worklist.get(tx, item).subject) for item in items]

    # --- ruling

    def next_step(self, order: OrderId) -> str | None:
        """What the order needs: ``issue`` (an invoice or a credit note), ``ask`` (people), None where it is settled."""
        with self._store.read() as tx:
            row = self._store.sales.get(tx, order)
            if row.state == "crediting":
                return "issue"
            if row.state != "received":
                return None
            ruling, _ = self.ruling(tx, row)
            return "ask" if ruling.open_doubts(agreed=bool(row.agreed)) else "issue"

    def ruling(self, tx: Connection, row: SalesOrder) -> tuple[OrderRuling, Customer | None]:
        """What the rules say of an order as the books stand now, and who its customer is."""
        if row.order is None:
            raise ValueError(f"of order {row.number} only the cancellation is known")
        customer = self._customer(tx, row, row.order)
        return rule_on_order(row.order, customer, self.seller, self.today()), customer

    def _customer(self, tx: Connection, row: SalesOrder, order: Order) -> Customer | None:
        if row.customer is not None:
            return self._store.customers.get(tx, row.customer)
        buyer = order.buyer
        return self._store.customers.find(
            tx, number=buyer.number, vat_id=buyer.vat_id, email=buyer.email, name=buyer.name
        )

    def ask_people(self, order: OrderId) -> None:
        """Put an order on the worklist with its doubts; those who can decide get a letter."""
        with self._store.write() as tx:
            row = self._store.sales.get(tx, order)
            if row.state != "received":
                return
            ruling, customer = self.ruling(tx, row)
            doubts = ruling.open_doubts(agreed=bool(row.agreed))
            if not doubts:
                return
            asked, about = asked_about_order(row, ruling, customer), about_order(row.event)
            item = self._desk.open(tx, order, asked, about, identity=("order", order, str(row.revision)))
            if item.state not in _UNSETTLED:  # agreed to before, and the facts have changed since
                item = self._desk.renew(tx, item, asked, about, by=SYSTEM)
            self._store.sales.change(tx, order, "waiting", reason_code=doubts[0].code, reason=doubts[0].sentence)
            self.note(tx, SYSTEM, "asked people", order, {"item": item.id, "reasons": list(item.reasons)})

    # --- telling

    def answer(
        self,
        tx: Connection,
        row: SalesOrder,
        status: str,
        cause: EventId | None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        """Plan the event ``order.<status>`` for whoever sent the order, where the route names a `reply_to`."""
        body = {
            "type": f"order.{status}",
            "timestamp": self._clock.now().isoformat(),
            "subject": row.number,
            "data": {"order_number": row.number, "status": status, **(more or {})},
        }
        self._replies.plan(tx, row.reply_to, body, key=f"{row.id}/{row.revision}/{status}", cause=cause)

    def summary(self, order: OrderId) -> dict[str, Any]:
        """What became of an order, as plain data: order, number, state, reason_code, reason, papers, waiting items."""
        with self._store.read() as tx:
            row = self._store.sales.get(tx, order)
            papers = self._store.sales.papers(tx, order)
            items = self._store.worklist.list(tx, subject=order)
        return {
            "order": row.id,
            "number": row.number,
            "state": row.state,
            "reason_code": row.reason_code,
            "reason": row.reason,
            "papers": [each.paper.number for each in papers],
            "items": [item.id for item in items],
        }

    def today(self) -> date:
        """The day at the company."""
        return self._clock.now().astimezone(self._zone).date()

    def note(self, tx: Connection, actor: PersonKey, verb: str, subject: str, after: Mapping[str, Any]) -> None:
        """A line in the audit trail."""
        self._store.audit.note(tx, actor=actor, verb=verb, subject=subject, at=self._clock.now(), after=after)

    def _reply_to(self, event: Event) -> str | None:
        route = self._config.route_of(event)
        return route.reply_to if route else None
