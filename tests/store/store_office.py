"""What the examples share: a clock, events, and short words for the steps of a worker."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from kontorist.domain.events import Event, content_hash
from kontorist.store.arrivals import Accepted
from kontorist.store.database import Store
from kontorist.store.inbox import Claim


class OfficeClock:
    """Wall and monotonic time, moved by hand and apart from one another."""

    def __init__(self) -> None:
        self.wall = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
        self.running = 1000.0

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.running

    def passes(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.running += seconds


def letter(
    number: int | str = 1, *, subject: str | None = None, source: str = "/kontorist/folder/post", **data: Any
) -> Event:
    """A document that arrived."""
    return Event(id=str(number), source=source, type="document.received", subject=subject, data=data)


def accept(store: Store, *events: Event, **rest: Any) -> list[Accepted]:
    with store.write() as tx:
        return [store.inbox.accept(tx, each, raw_hash=content_hash(each.envelope()), **rest) for each in events]


def claim(store: Store, owner: str = "anna", limit: int = 10) -> list[Claim]:
    with store.write() as tx:
        return store.inbox.claim(tx, owner=owner, now=store.clock.now(), limit=limit)


def finish(store: Store, *claims: Claim) -> None:
    with store.write() as tx:
        for each in claims:
            store.inbox.done(tx, each, {"state": "booked"})


def state_of(store: Store, accepted: Accepted) -> str:
    with store.read() as tx:
        return store.inbox.get(tx, accepted.id).state
