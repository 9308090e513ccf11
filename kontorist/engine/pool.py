"""The lane `pool`: claimed events are handed over to processes of their own, as many as there is room for.

The dispatcher puts the events of this lane aside, so that they hold nobody up. Here one is claimed as soon as a place
is free, its run is made, named in the inbox and offered to Prefect's work pool, and the claim is kept alive until the
process that Prefect starts takes it over (kontorist/engine/pool_process.py).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from kontorist.engine.leases import POOL, Leases
from kontorist.engine.outcomes import Outcomes
from kontorist.engine.router import Route
from kontorist.engine.sources import parameters_of, run_key

if TYPE_CHECKING:
    from kontorist.store.database import Store
    from kontorist.store.inbox import Claim, InboxRow

LOOK_EVERY = 1.0
"""Seconds."""


class PoolRuns(Protocol):
    """What the lane needs of the bridge."""

    def reachable(self) -> bool:
        """Whether Prefect answers."""
        ...

    def pool_attended(self) -> bool:
        """Whether a worker would take up what is offered."""
        ...

    def offer(
        self,
        name: str,
        *,
        parameters: Mapping[str, Any],
        key: str,
        tags: Sequence[str] = (),
        created: Callable[[str], None] = ...,
    ) -> None:
        """Have a flow run by a process of the pool."""
        ...


class PoolLane:
    """Hands over one event after the other while there are places."""

    def __init__(self, store: Store, runs: PoolRuns, leases: Leases, *, places: int) -> None:
        self._store, self._runs, self._leases, self._places = store, runs, leases, places
        self._outcomes = Outcomes(store)
        self._aside: dict[int, Route] = {}
        self._lock = threading.Lock()

    def put_aside(self, row: InboxRow, route: Route) -> None:
        """`row` waits for a place in the pool."""
        with self._lock:
            self._aside[row.seq] = route

    def aside(self) -> list[int]:
        """The numbers of the rows that were put aside."""
        with self._lock:
            return list(self._aside)

    def step(self) -> bool:
        """Hand over one event; False when none waits, no place is free, or nobody would take it up."""
        if not self.aside() or not self._has_room() or not self._runs.reachable() or not self._runs.pool_attended():
            return False
        owner = self._leases.giver()
        claim = self._claim(owner)
        if claim is None:
            self._forget()
            return False
        self._hand_over(claim, self._route_of(claim))
        self._leases.hand_over(owner)
        return True

    def _has_room(self) -> bool:
        with self._store.read() as tx:
            return self._store.inbox.held_by(tx, POOL) < self._places

    def _claim(self, owner: str) -> Claim | None:
        now, wanted = self._store.clock.now(), self.aside()
        with self._store.write() as tx:
            claims = self._store.inbox.claim(tx, owner=owner, now=now, limit=1, only=wanted)
        return claims[0] if claims else None

    def _forget(self) -> None:
        """Others have dealt with them, or their time has not come; the dispatcher finds them again when it has."""
        with self._lock:
            self._aside.clear()

    def _route_of(self, claim: Claim) -> Route:
        with self._lock:
            return self._aside.pop(claim.row.seq)

    def _hand_over(self, claim: Claim, route: Route) -> None:
        try:
            self._runs.offer(
                route.run,
                parameters={"event": claim.event_id, **parameters_of(claim.row.event())},
                key=run_key(claim.event_id, claim.fence),
                tags=[f"inbox:{claim.event_id}", f"route:{route.on}", "lane:pool"],
                created=partial(self._set_run, claim),
            )
        except Exception as error:  # noqa: BLE001  # whatever Prefect raises, the event gets a state
            self._outcomes.failed(claim, route.max_attempts, error)

    def _set_run(self, claim: Claim, run: str) -> None:
        with self._store.write() as tx:
            self._store.inbox.set_run(tx, claim, run)
