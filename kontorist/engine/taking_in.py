"""Arrivals into the inbox, inside the transaction of the writer.

Where a sender uses a known id for other content and its door says `on_conflict: hold`, the other content is stored too:
quarantined, under an id of its own, with a question on the worklist in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from kontorist.domain.conflicts import conflict_item
from kontorist.domain.ids import SYSTEM, EventId
from kontorist.engine.writer import Arrival
from kontorist.store.arrivals import Accepted
from kontorist.store.database import Store
from kontorist.store.inbox import CONFLICTING_BODY

_REASON = "The sender used a known id for other content; a person decides which one holds."


def accept(store: Store, tx: Connection, arrival: Arrival) -> Accepted:
    """Put `arrival` into the inbox, or keep it for a person to decide."""
    return accept_many(store, tx, [arrival])[0]


def accept_many(store: Store, tx: Connection, arrivals: Sequence[Arrival]) -> list[Accepted]:
    """Put all of `arrivals` into the inbox; of two under one id the first is stored, then the others are held."""
    answers = store.inbox.accept_many(tx, arrivals)
    for place, (arrival, answer) in enumerate(zip(arrivals, answers, strict=True)):
        if answer.conflict and arrival.on_conflict == "hold":
            answers[place] = _hold(store, tx, arrival, answer.id)
    return answers


def _hold(store: Store, tx: Connection, arrival: Arrival, known: EventId) -> Accepted:
    event = replace(arrival.event, id=f"{arrival.event.id}#{arrival.raw_hash[:16]}", causationid=arrival.event.id)
    other = replace(arrival, event=event, state="quarantined", reason_code=CONFLICTING_BODY, reason=_REASON)
    (held,) = store.inbox.accept_many(tx, [other])
    if not held.duplicate:
        first = store.inbox.get(tx, known).event()
        item = conflict_item(first, event, known_id=known, held_id=held.id, now=store.clock.now())
        store.worklist.add(tx, item)
        facts = {"item": item.id, "known": known}
        store.audit.note(tx, actor=SYSTEM, verb="held", subject=held.id, at=item.created, after=facts)
    return held
