"""Keeps alive what this process is working on: each claim's lease is renewed every 5 s while its run lasts.

Each claim has an owner name of its own. When its run has ended in any way, even without being recorded (disk full),
nobody renews it any more, it expires, and the reconciler takes the event up again.

A claim that is handed to another process is kept alive here until that one takes it over, at most two minutes.
"""

from __future__ import annotations

import itertools
import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from kontorist.store.database import Store

RENEW_EVERY = 5.0
"""Seconds between renewals; a lease lasts 15."""


POOL = "pool:"
"""How the names of owners begin whose events are for the pool, or with it."""

HANDED = POOL + "handed:"
"""How their names begin until a process of the pool has taken over."""

TAKEN_OVER_WITHIN = 120.0
"""Seconds that a claim waits for the process that it was handed to."""

#: In a container each start has the same host and pid, and must not renew what its dead predecessor held.
_THIS_START = secrets.token_hex(4)


def owner_here(number: int, kind: str = "") -> str:
    """A name for who holds a claim in this process."""
    return f"{kind}{os.uname().nodename}:{os.getpid()}:{_THIS_START}:{number}"


class Leases:
    """The leases of one process."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._numbers = itertools.count(1)
        self._held: set[str] = set()
        self._handed: dict[str, float] = {}  # until when, in seconds of the monotonic clock
        self._lock = threading.Lock()

    @contextmanager
    def one(self) -> Iterator[str]:
        """An owner name for one claim; renewed until the block ends."""
        owner = owner_here(next(self._numbers))
        with self._lock:
            self._held.add(owner)
        try:
            yield owner
        finally:
            with self._lock:
                self._held.discard(owner)

    def giver(self) -> str:
        """An owner name for one claim that is to be handed to the pool; renewed after `hand_over`."""
        return owner_here(next(self._numbers), HANDED)

    def hand_over(self, owner: str) -> None:
        """Keep the claim of `owner` until it is taken over, or nobody came."""
        with self._lock:
            self._handed[owner] = self._store.clock.monotonic() + TAKEN_OVER_WITHIN

    def renew(self) -> None:
        """Another 15 seconds for all that is being worked on, or waits to be taken over."""
        with self._lock:
            owners = sorted(self._held)
            handed = sorted(self._handed)
        if not owners and not handed:
            return
        now = self._store.clock.now()

        def again(tx: Connection) -> list[str]:
            for owner in owners:
                self._store.inbox.renew(tx, owner, now)
            return [owner for owner in handed if self._still_handed(tx, owner)]

        waiting = self._store.record(again)  # who cannot renew for want of disk would lose what is in hand
        with self._lock:
            for owner in set(handed) - set(waiting):
                del self._handed[owner]

    def _still_handed(self, tx: Connection, owner: str) -> bool:
        if self._store.clock.monotonic() > self._handed[owner]:
            return False
        return self._store.inbox.renew(tx, owner, self._store.clock.now()) > 0
