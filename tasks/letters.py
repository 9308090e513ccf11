"""Sending what earlier steps planned."""

from __future__ import annotations

from prefect import task

from kontorist.domain.ids import EventId
from kontorist.services import current_services


@task(name="send letters")
def send_letters(event: EventId) -> int:
    """Send what was planned for this event; what cannot go out now stays planned and is sent by the dispatcher."""
    return current_services().letters.send_planned(event)
