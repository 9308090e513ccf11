"""Two contents under one id: a sender says the same thing twice, differently, and a person decides which one holds."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from kontorist.domain.approvals import Step, WorkItem
from kontorist.domain.events import Event, content_hash
from kontorist.domain.ids import EventId, WorkItemId, derived_id

KIND: Final = "event_conflict"
_ANYBODY: Final = (Step(any_of=("clerk", "approver", "controller")),)


def conflict_item(known: Event, arrived: Event, *, known_id: EventId, held_id: EventId, now: datetime) -> WorkItem:
    """The question which of two contents holds: approved, the one that arrived later is worked on as well.

    What events of payroll say is not shown; who decides sees the ids only.
    """
    shown = not arrived.type.startswith("payroll.")
    content: dict[str, Any] = {
        "known_event": known_id,
        "held_event": held_id,
        "known": dict(known.data) if shown else None,
        "arrived": dict(arrived.data) if shown else None,
    }
    about = f" about {arrived.subject}" if arrived.subject else ""
    return WorkItem(
        id=WorkItemId(derived_id("W", KIND, held_id)),
        kind=KIND,
        subject=held_id,
        title=f"Two contents of one message from {arrived.source.rpartition('/')[2]}{about}",
        reasons=("The sender used an id that is known, with other content. What came first is worked on as usual.",),
        codes=("KON-CONFLICT",),
        content=content,
        content_hash=content_hash(content),
        created=now,
        steps=_ANYBODY,
    )
