"""Orders of customers and the invoices and credit notes we write for them."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, select, update
from sqlalchemy.dialects.sqlite import insert

from kontorist.domain.ids import CustomerId, DocumentId, EntryId, EventId, OrderId, PersonKey, derived_id
from kontorist.domain.ports import Clock
from kontorist.domain.receivables.invoices import PaperKind, SalesPaper, paper_from
from kontorist.domain.receivables.orders import Order, order_from
from kontorist.failpoints import failpoint, register
from kontorist.store.chain import last_number, next_number
from kontorist.store.counts import count_states
from kontorist.store.errors import NotInStore
from kontorist.store.tables import sales_order, sales_paper

STATES: Final = ("received", "waiting", "rejected", "booked", "invoiced", "cancelled", "crediting", "credited")

for _step in ("add", "change", "write_paper", "file_paper"):
    register(f"sales.before_{_step}", f"sales.after_{_step}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesOrder:
    """One order with its state.

    received -> waiting | booked | cancelled; waiting -> received (people agreed) | rejected | cancelled;
    booked (number taken, entry posted) -> invoiced (archived, mail and status planned); booked, invoiced -> crediting
    (cancelled afterwards) -> credited. `order` is None where only a cancellation came; `agreed` are the people who
    agreed to invoice it in spite of doubts; `revision` counts the versions that people let take the place of another.
    """

    id: OrderId
    number: str
    revision: int
    state: str
    order: Order | None
    content_hash: str | None
    customer: CustomerId | None
    agreed: tuple[PersonKey, ...]
    event: EventId | None
    reply_to: str | None
    reason_code: str | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """One paper of ours that is booked; `pdf`, and the `xml` that goes beside it, are there until they are archived."""

    paper: SalesPaper
    order: OrderId
    revision: int
    document: DocumentId
    document_sha256: str
    entry: EntryId
    pdf: bytes | None
    xml: bytes | None = None


def order_id(number: str) -> OrderId:
    """The id of the order with this number."""
    return OrderId(derived_id("O", number))


class Sales:
    """Keeps orders and papers. Every method works inside the transaction it is given."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    # Orders

    def add(
        self,
        tx: Connection,
        number: str,
        *,
        order: Order | None,
        event: EventId,
        reply_to: str | None,
        state: str = "received",
    ) -> bool:
        """Enter an order; False when one with its number is there, which changes nothing."""
        failpoint("sales.before_add")
        values = {
            "id": order_id(number),
            "number": number,
            "revision": 1,
            "state": state,
            "content": order.data() if order else None,
            "content_hash": order.content_hash() if order else None,
            "agreed": [],
            "event": event,
            "reply_to": reply_to,
            "changed": self._clock.now(),
        }
        added = tx.execute(insert(sales_order).values(values).on_conflict_do_nothing()).rowcount == 1
        failpoint("sales.after_add")
        return added

    def change(self, tx: Connection, wanted: OrderId, state: str, **values: Any) -> None:
        """Give an order its new state and other columns. Raises NotInStore."""
        failpoint("sales.before_change")
        changed = {"state": state, "reason_code": None, "reason": None, "changed": self._clock.now(), **values}
        if tx.execute(update(sales_order).where(sales_order.c.id == wanted).values(changed)).rowcount != 1:
            raise NotInStore(f"There is no order {wanted}.")
        failpoint("sales.after_change")

    def get(self, tx: Connection, wanted: OrderId) -> SalesOrder:
        """One order. Raises NotInStore."""
        found = tx.execute(select(*sales_order.c).where(sales_order.c.id == wanted)).one_or_none()
        if found is None:
            raise NotInStore(f"There is no order {wanted}.")
        return _sales_order(found)

    def counts(self, tx: Connection) -> dict[str, int]:
        """How many orders are in each state."""
        return count_states(tx, sales_order, STATES)

    # Papers

    def coming_count(self, tx: Connection, kind: PaperKind) -> int:
        """What the next paper of this kind will be counted as; nothing is taken yet."""
        return last_number(tx, _series(kind)) + 1

    def write_paper(self, tx: Connection, issued: Issued) -> int:
        """Keep a paper and count it, without gaps, in the transaction that books it; gives its count in the series."""
        failpoint("sales.before_write_paper")
        if issued.pdf is None:
            raise ValueError("a paper is written with its PDF")
        count = next_number(tx, _series(issued.paper.kind))
        values: Mapping[str, Any] = {
            "number": issued.paper.number,
            "order_id": issued.order,
            "revision": issued.revision,
            "kind": issued.paper.kind.value,
            "counted": count,
            "day": issued.paper.day,
            "data": issued.paper.data(),
            "document": issued.document,
            "document_sha256": issued.document_sha256,
            "entry": issued.entry,
            "pdf": base64.b64encode(issued.pdf).decode(),
            "xml": base64.b64encode(issued.xml).decode() if issued.xml else None,
            "changed": self._clock.now(),
        }
        tx.execute(insert(sales_paper).values({sales_paper.c[name]: value for name, value in values.items()}))
        failpoint("sales.after_write_paper")
        return count

    def file_paper(self, tx: Connection, number: str) -> bool:
        """The paper is in the archive now, its bytes need not stand here any more; False when that was said before."""
        failpoint("sales.before_file_paper")
        waiting = update(sales_paper).where(sales_paper.c.number == number, sales_paper.c.pdf.is_not(None))
        filed = tx.execute(waiting.values(pdf=None, xml=None, changed=self._clock.now())).rowcount == 1
        failpoint("sales.after_file_paper")
        return filed

    def papers(self, tx: Connection, order: OrderId | None = None) -> list[Issued]:
        """The papers of an order, or all, in the order in which they were written."""
        wanted = select(*sales_paper.c).order_by(
            sales_paper.c.revision, sales_paper.c.kind.desc(), sales_paper.c.counted
        )
        if order is not None:
            wanted = wanted.where(sales_paper.c.order_id == order)
        return [_issued(row) for row in tx.execute(wanted)]

    def of_entry(self, tx: Connection, entry: EntryId) -> Issued | None:
        """The paper that an entry was posted for, None where it is not one of ours."""
        found = tx.execute(select(*sales_paper.c).where(sales_paper.c.entry == entry)).one_or_none()
        return None if found is None else _issued(found)


def _series(kind: PaperKind) -> str:
    return f"sales_{kind.value}"


def _sales_order(row: Row[Any]) -> SalesOrder:
    known = row._mapping
    same = {name: known[name] for name in ("id", "number", "revision", "state", "content_hash", "customer", "event")}
    return SalesOrder(
        **same,
        order=order_from(row.content) if row.content else None,
        agreed=tuple(row.agreed),
        reply_to=row.reply_to,
        reason_code=row.reason_code,
        reason=row.reason,
    )


def _issued(row: Row[Any]) -> Issued:
    return Issued(
        paper=paper_from(row.data),
        order=row._mapping[sales_paper.c.order_id],
        revision=row.revision,
        document=row.document,
        document_sha256=row.document_sha256,
        entry=row.entry,
        pdf=base64.b64decode(row.pdf) if row.pdf else None,
        xml=base64.b64decode(row.xml) if row.xml else None,
    )
