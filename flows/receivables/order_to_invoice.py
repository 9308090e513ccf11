"""Orders of customers, sent by the front office as they are made."""

from __future__ import annotations

from typing import Any

from prefect import flow

from kontorist.domain.ids import EventId
from tasks import letters, replies
from tasks.receivables import steps


@flow(name="order to invoice")
def order_to_invoice(event: EventId, order: EventId | None = None) -> dict[str, Any]:
    """Every order ends invoiced, or waiting for a person with the reason; customer and source are told.

    `order` names the event to work on where somebody at the keyboard asks for it.
    """
    orders = steps.enter_orders(order or event)
    checked = steps.check_orders(orders)
    steps.ask_people(checked.doubtful)
    steps.issue_papers(checked.clear)
    steps.hand_over(orders, event)
    letters.send_letters(event)
    replies.answer_source(event)
    return steps.what_became_of(orders)
