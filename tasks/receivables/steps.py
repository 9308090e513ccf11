"""Steps with orders of customers. Each takes ids, may be repeated, and finds what it did before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from prefect import task

from kontorist.domain.ids import EventId, OrderId, WorkItemId
from kontorist.services import current_services
from tasks.receivables.einvoice import write_papers


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """Orders by what they need now; what is settled is in neither list."""

    clear: list[OrderId]
    doubtful: list[OrderId]


@task(name="enter orders")
def enter_orders(event: EventId) -> list[OrderId]:
    """The order of the event, entered in our books; the same order again is the same one."""
    return [current_services().receivables.enter(event)]


@task(name="take order files")
def take_order_files(event: EventId) -> list[dict[str, Any]]:
    """Put each good order of the files into the inbox, the doubtful ones on the worklist.

    Per file, as plain data: ``{document, name, orders, held, doubts, item}``.
    """
    return current_services().order_files.take(event)


@task(name="cancel orders")
def cancel_orders(event: EventId) -> list[OrderId]:
    """The order that the event cancels: stopped where nothing is invoiced yet, else marked to be credited."""
    return [current_services().receivables.cancel(event)]


@task(name="orders behind the items")
def orders_behind(items: Sequence[WorkItemId]) -> list[OrderId]:
    """The orders that were decided about."""
    return current_services().receivables.orders_behind(items)


@task(name="check orders")
def check_orders(orders: Sequence[OrderId]) -> Checked:
    """Find the customer and the VAT treatment of each, and sort the orders by whether anything is in doubt."""
    needs = {order: current_services().receivables.next_step(order) for order in orders}
    return Checked(
        clear=[order for order in orders if needs[order] == "issue"],
        doubtful=[order for order in orders if needs[order] == "ask"],
    )


@task(name="ask people")
def ask_people(orders: Sequence[OrderId]) -> None:
    """Put each on the worklist with its reasons, and plan a letter to those who can decide."""
    for order in orders:
        current_services().receivables.ask_people(order)


@task(name="issue papers")
def issue_papers(orders: Sequence[OrderId]) -> None:
    """Write the invoice or credit note each order needs, under the next number, and book it in one go.

    Where another run takes the number first, the paper is written again under the one after it. An e-invoice that
    breaks a rule is not booked: OwnEInvoiceWrong.
    """
    services = current_services()
    papers = services.sales_papers
    for order in orders:
        while paper := papers.draft(order):
            written = write_papers(paper, papers.seller)
            services.einvoices.check_ours(written.xml)
            if papers.book(order, paper, written.pdf, xml=written.xml if written.beside else None):
                break


@task(name="hand over papers")
def hand_over(orders: Sequence[OrderId], event: EventId) -> None:
    """Archive each paper, and with it plan the mail to the customer and the answer to the source."""
    for order in orders:
        current_services().sales_papers.hand_over(order, event)


@task(name="what became of the orders")
def what_became_of(orders: Sequence[OrderId]) -> dict[str, Any]:
    """Per order what became of it and why, as plain data: ``{"orders": [{order, number, state, reason, papers}]}``."""
    return {"orders": [current_services().receivables.summary(order) for order in orders]}
