"""Tickets that arrive from a helpdesk, by signed webhook."""

from __future__ import annotations

from typing import Any

from prefect import flow

from kontorist.domain.ids import EventId
from tasks import helpdesk as steps
from tasks import letters, replies


@flow(name="ticket triage")
def ticket_triage(event: EventId) -> dict[str, Any]:
    """Every ticket has a category with its reason, an owner and a due time; the one who asked knows it came in."""
    ticket = steps.sort_and_hand_over(event)
    steps.acknowledge(ticket, event)
    letters.send_letters(event)
    replies.answer_source(event)
    return steps.where_tickets_stand([ticket])
