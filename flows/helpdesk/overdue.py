"""Tickets that nobody has settled in time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from prefect import flow

from kontorist.domain.ids import EventId
from tasks import helpdesk as steps
from tasks import letters


@flow(name="overdue tickets")
def overdue(event: EventId, schedule: str | None = None, planned: datetime | None = None) -> dict[str, Any]:
    """The owner of a late ticket is reminded once; later the controllers are told, once."""
    late = steps.find_late(event)
    steps.remind_owners(late.to_remind, event)
    steps.escalate(late.to_escalate, event)
    letters.send_letters(event)
    return steps.where_tickets_stand(late.to_remind + late.to_escalate)
