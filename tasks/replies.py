"""Telling other systems what earlier steps planned to tell them."""

from __future__ import annotations

from prefect import task

from kontorist.domain.ids import EventId
from kontorist.services import current_services


@task(name="answer the source")
def answer_source(event: EventId) -> int:
    """Send the answers planned for this event; what cannot go out now stays planned and is sent by the dispatcher."""
    return current_services().replies.send_planned(event)
