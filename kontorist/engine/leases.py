"""Keeps alive what this process is working on: each claim's lease is renewed every 5 s while its run lasts.

Each claim has an owner name of its own. When its run has ended in any way, even without being recorded (disk full),
nobody renews it any more, it expires, and the reconciler takes the event up again.
"""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from kontorist.store.database import Store

RENEW_EVERY = 5.0
"""Seconds between renewals; a lease lasts 15."""


class Leases:
    """The leases of one process."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._numbers = itertools.count(1)
        self._held: set[str] = set()
        self._lock = threading.Lock()

    @contextmanager
    def one(self) -> Iterator[str]:
        """An owner name for one claim; renewed until the block ends."""
        owner = f"{os.uname().nodename}:{os.getpid()}:{next(self._numbers)}"
        with self._lock:
            self._held.add(owner)
        try:
            yield owner
        finally:
            with self._lock:
                self._held.discard(owner)

    def renew(self) -> None:
        """Another 15 seconds for all that is being worked on."""
        with self._lock:
            owners = sorted(self._held)
        if not owners:
            return

        def again(tx: Connection) -> None:
            for owner in owners:
                self._store.inbox.renew(tx, owner, self._store.clock.now())

        self._store.record(again)  # who cannot renew for want of disk would lose what is in hand
