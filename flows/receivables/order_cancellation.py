"""Orders that customers or the front office take back."""

from __future__ import annotations

from typing import Any

from prefect import flow

from kontorist.domain.ids import EventId
from tasks import letters, replies
from tasks.receivables import steps


@flow(name="order cancellation")
def order_cancellation(event: EventId, order: EventId | None = None) -> dict[str, Any]:
    """An order not invoiced yet never will be; an invoiced one is credited, whole; customer and source are told.

    `order` names the event to work on where somebody at the keyboard asks for it.
    """
    orders = steps.cancel_orders(order or event)
    steps.issue_papers(orders)
    steps.hand_over(orders, event)
    letters.send_letters(event)
    replies.answer_source(event)
    return steps.what_became_of(orders)
