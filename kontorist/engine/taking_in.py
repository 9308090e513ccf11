"""One arrival into the inbox, inside the transaction of the writer.

Where a sender uses a known id for other content and its door says `on_conflict: hold`, the other content is stored too:
quarantined, under an id of its own, with a question on the worklist in the same transaction.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from kontorist.domain.conflicts import conflict_item
from kontorist.domain.ids import SYSTEM, EventId
from kontorist.engine.router import PRIORITY
from kontorist.engine.writer import Arrival
from kontorist.store.database import Store
from kontorist.store.inbox import CONFLICTING_BODY, Accepted

_REASON = "The sender used a known id for other content; a person decides which one holds."


def accept(store: Store, tx: Connection, arrival: Arrival, *, priority: int = PRIORITY) -> Accepted:
    """Put `arrival` into the inbox, or keep it for a person to decide."""
    taken = _offer(store, tx, arrival, priority)
    if taken.conflict and arrival.on_conflict == "hold":
        return _hold(store, tx, arrival, taken.id, priority)
    return taken


def _offer(store: Store, tx: Connection, arrival: Arrival, priority: int) -> Accepted:
    return store.inbox.accept(
        tx,
        arrival.event,
        raw_hash=arrival.raw_hash,
        state=arrival.state,
        reason_code=arrival.reason_code,
        reason=arrival.reason,
        priority=priority,
    )


def _hold(store: Store, tx: Connection, arrival: Arrival, known: EventId, priority: int) -> Accepted:
    event = replace(arrival.event, id=f"{arrival.event.id}#{arrival.raw_hash[:16]}", causationid=arrival.event.id)
    other = replace(arrival, event=event, state="quarantined", reason_code=CONFLICTING_BODY, reason=_REASON)
    held = _offer(store, tx, other, priority)
    if not held.duplicate:
        first = store.inbox.get(tx, known).event()
        item = conflict_item(first, event, known_id=known, held_id=held.id, now=store.clock.now())
        store.worklist.add(tx, item)
        facts = {"item": item.id, "known": known}
        store.audit.note(tx, actor=SYSTEM, verb="held", subject=held.id, at=item.created, after=facts)
    return held
