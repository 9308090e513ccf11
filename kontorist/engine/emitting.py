"""Events from the keyboard: into the same inbox, by the same rules as those from outside."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from typing import Any

from kontorist.config import Config
from kontorist.domain.errors import KontoristError
from kontorist.domain.events import Event
from kontorist.domain.ids import EventId
from kontorist.domain.ports import Clock
from kontorist.engine.claim_check import hash_of
from kontorist.engine.router import Explanation, Router, routes_of
from kontorist.engine.sources import CLI
from kontorist.store.clock import SystemClock
from kontorist.store.database import Store
from kontorist.store.inbox import InboxRow

SETTLED = ("done", "quarantined")
_LOOK_EVERY = 0.2


class OtherData(KontoristError):
    """An event with this id is known with other data; nothing was stored."""

    code = "KON-290"
    next_step = "Give the event another id, or leave --id away."


def emit(
    config: Config,
    type: str,  # noqa: A002  # the CloudEvents word
    data: Mapping[str, Any],
    id: str | None = None,  # noqa: A002
    subject: str | None = None,
    wait: float = 0.0,
    clock: Clock | None = None,
) -> dict[str, Any]:
    """Put one event into the inbox and, with `wait` seconds, see what becomes of it.

    Gives ``{inbox_id, accepted, duplicate, state, run_id, attempts, outcome, reason_code, reason}``. Without an
    `id` every call is an event of its own. Raises OtherData for a known id with other data.
    """
    clock = clock or SystemClock()
    event = Event(id=id or str(uuid.uuid4()), source=CLI, type=type, subject=subject, time=clock.now(), data=dict(data))
    priority = Router(routes_of(config)).priority(event)
    with Store.open(config.database_url, clock=clock) as store:
        with store.write() as tx:
            accepted = store.inbox.accept(tx, event, raw_hash=hash_of(event), priority=priority)
        if accepted.conflict:
            raise OtherData
        row = settled_row(store, accepted.id, wait)
    return {"inbox_id": row.id, "accepted": not accepted.duplicate, "duplicate": accepted.duplicate, **told(row)}


def settled_row(store: Store, event: EventId, within: float) -> InboxRow:
    """The event's row once it is done or quarantined, or as it is after `within` seconds."""
    deadline = time.monotonic() + within
    while True:
        with store.read() as tx:
            row = store.inbox.get(tx, event)
        if row.state in SETTLED or time.monotonic() >= deadline:
            return row
        time.sleep(_LOOK_EVERY)


def told(row: InboxRow) -> dict[str, Any]:
    """What became of an event, as plain data."""
    return {
        "state": row.state,
        "run_id": row.run_id,
        "attempts": row.attempts,
        "outcome": dict(row.outcome) if row.outcome is not None else None,
        "reason_code": row.reason_code,
        "reason": row.reason,
    }


def explain(config: Config, event: Event) -> list[Explanation]:
    """Which route would take `event`, and why those before it do not; stores nothing.

    The routes that every office has are named only where they are about such an event.
    """
    said = Router(routes_of(config)).explain(event)
    own = len(config.routes)
    return said[:own] + [each for each in said[own:] if each.route.on == event.type]
