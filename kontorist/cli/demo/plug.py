"""The plug is pulled in the demo's month: the worker is killed over an event, and a sender says a thing twice."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Any

from kontorist.cli.demo.company import Company
from kontorist.cli.demo.month import WITHIN, DemoTooSlow

if TYPE_CHECKING:
    from kontorist.domain.ids import EventId
    from kontorist.services import Services
    from kontorist.store.inbox import InboxRow


def pull(company: Company, services: Services) -> EventId:
    """Kill the worker as soon as it has an order in hand; which event. Raises DemoTooSlow."""
    from kontorist.engine.instance import notice_of

    row = _in_hand(services)
    notice = notice_of(company.config.var) or {}
    worker = next(part["pid"] for part in notice["parts"] if part["name"] == "worker")
    os.kill(worker, signal.SIGKILL)
    return row.id


def _in_hand(services: Services) -> InboxRow:
    deadline = time.monotonic() + WITHIN
    while time.monotonic() < deadline:
        with services.store.read() as tx:
            claimed = services.store.inbox.list(tx, states=("claimed",), limit=1)
        if claimed and claimed[0].type == "order.created":
            return claimed[0]
        time.sleep(0.02)
    raise DemoTooSlow("No order was worked on.")


def what_became_of(services: Services, event: EventId) -> dict[str, Any]:
    """The event as it stands in the books: how often it was `begun`, and of its `effects` how many are `done`.

    Effects are letters and answers that it ordered, each under a key of its own.
    """
    with services.store.read() as tx:
        row = services.store.inbox.get(tx, event)
        effects = services.store.effects.list(tx, cause=event, limit=1000)
    done = sum(each.state == "done" for each in effects)
    return {
        "event": event,
        "type": row.type,
        "state": row.state,
        "begun": row.attempts,
        "effects": len(effects),
        "done": done,
    }
