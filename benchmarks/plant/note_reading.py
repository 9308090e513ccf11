"""A reading of a machine: looked at, nothing else."""

from __future__ import annotations

from typing import Any

from prefect import flow

from kontorist.domain.ids import EventId
from kontorist.services import current_services


@flow(name="note reading")
def note_reading(event: EventId) -> dict[str, Any]:
    """The event is read from the inbox; its length is the outcome."""
    store = current_services().store
    with store.read() as tx:
        reading = store.inbox.get(tx, event).event()
    return {"letters": len(reading.data["text"])}
