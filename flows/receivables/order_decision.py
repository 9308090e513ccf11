"""What people decided about an order is carried out, and the order goes on."""

from __future__ import annotations

from typing import Any

from prefect import flow

from kontorist.domain.ids import EventId
from tasks import letters, replies, worklist
from tasks.receivables import steps


@flow(name="order decision")
def order_decision(event: EventId) -> dict[str, Any]:
    """An approved order is invoiced if nothing else is in doubt, a rejected one is not; the source knows."""
    decided = worklist.decision_of(event)
    worklist.carry_out_granted(decided.granted)
    worklist.file_refused(decided.refused)
    worklist.ask_back(decided.returned, event)
    orders = steps.orders_behind(decided.items)
    checked = steps.check_orders(orders)
    steps.ask_people(checked.doubtful)
    steps.issue_papers(checked.clear)
    steps.hand_over(orders, event)
    letters.send_letters(event)
    replies.answer_source(event)
    return steps.what_became_of(orders)
