"""The dispatcher: claims events, runs their flow in this process, records what became of each.

One event has a run of its own, or the events of a route in the lane `batch` share one; even then each has its own
claim, attempt and verdict, so that one which fails stops nobody but itself. Those for the pool are put aside for
kontorist/engine/pool.py; without one (`kontorist run`) they have a run of their own here.
Nothing is claimed while Prefect does not answer: the events wait, `kontorist status` turns amber, and they are
drained afterwards.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from kontorist.engine.lanes import Portion, next_portion
from kontorist.engine.leases import Leases
from kontorist.engine.outcomes import Outcomes, OutcomesTogether
from kontorist.engine.pool import PoolLane
from kontorist.engine.router import Route, Router
from kontorist.engine.sources import parameters_of, run_key
from kontorist.engine.verdicts import Stop, Verdict
from kontorist.failpoints import failpoint, register

if TYPE_CHECKING:
    from kontorist.store.database import Store
    from kontorist.store.inbox import Claim

register("dispatcher.after_claim", "dispatcher.before_run", "dispatcher.after_run", "dispatcher.after_done")

Work = Callable[[str, Callable[[], Any]], Mapping[str, str]]
"""Deals with one event of a batch: is given its id and its flow's call, and gives a row for the run's table."""


class Runs(Protocol):
    """What the dispatcher needs of the bridge."""

    def reachable(self) -> bool:
        """Whether runs can be started."""
        ...

    def run(
        self,
        name: str,
        *,
        parameters: Mapping[str, Any],
        key: str,
        tags: Sequence[str] = (),
        created: Callable[[str], None] = ...,
    ) -> Any:
        """Run a flow here and return what it returns."""
        ...

    def run_batch(
        self,
        name: str,
        *,
        events: Sequence[str],
        work: Work,
        key: str,
        tags: Sequence[str] = (),
        created: Callable[[str], None] = ...,
    ) -> None:
        """Run a flow here for each of `events`, in one flow run, by way of `work`."""
        ...


class Dispatcher:
    """Works off the inbox, one flow run after the other."""

    def __init__(
        self,
        store: Store,
        router: Router,
        runs: Runs,
        leases: Leases,
        *,
        key: Callable[[str, int], str] = run_key,
        draw: Callable[[], float] = random.random,
        pool: PoolLane | None = None,
    ) -> None:
        self._store, self._router, self._runs, self._leases, self._pool = store, router, runs, leases, pool
        self._key, self._draw, self._outcomes = key, draw, Outcomes(store, draw)

    def step(self) -> bool:
        """Deal with one event, or one batch; False when nobody's turn has come or Prefect is away."""
        portion = self._next()
        if portion is None:
            return False
        if self._pool is not None and portion.route is not None and portion.route.pooled:
            self._pool.put_aside(portion.rows[0], portion.route)
            return True
        if not self._runs.reachable():
            return False
        with self._leases.one() as owner:
            claims = self._claim(owner, portion)
            if not claims:
                return False
            failpoint("dispatcher.after_claim")
            if portion.route is not None and portion.route.batch is not None:
                self._settle_together(claims, portion.route)
            else:
                self._settle(claims[0], portion.route)
        return True

    def _next(self) -> Portion | None:
        now = self._store.clock.now()
        aside = self._pool.aside() if self._pool is not None else ()
        with self._store.read() as tx:
            rows = self._store.inbox.waiting(tx, now, self._router.look_ahead, besides=aside)
        return next_portion(rows, self._router.route, now)

    def _claim(self, owner: str, portion: Portion) -> list[Claim]:
        wanted = [row.seq for row in portion.rows]
        with self._store.write() as tx:
            return self._store.inbox.claim(tx, owner=owner, now=self._store.clock.now(), limit=len(wanted), only=wanted)

    def _settle(self, claim: Claim, route: Route | None) -> None:
        if route is None:
            sentence = f"No route in config.yaml takes {claim.row.type}; `kontorist events test` shows why."
            self._outcomes.record(claim, Stop(reason_code="no_route", reason=sentence))
            return
        if self._outcomes.settle(claim, route.max_attempts, lambda: self._run(claim, route)) is None:
            failpoint("dispatcher.after_done")

    def _run(self, claim: Claim, route: Route) -> Any:
        failpoint("dispatcher.before_run")
        outcome = self._runs.run(
            route.run,
            parameters={"event": claim.event_id, **parameters_of(claim.row.event())},
            key=self._key(claim.event_id, claim.fence),
            tags=[f"inbox:{claim.event_id}", f"route:{route.on}"],
            created=partial(self._set_run, [claim]),
        )
        failpoint("dispatcher.after_run")
        return outcome

    def _settle_together(self, claims: Sequence[Claim], route: Route) -> None:
        """One flow run for all; those that it did not get to share its error."""
        left: dict[str, Claim] = {claim.event_id: claim for claim in claims}
        outcomes = OutcomesTogether(self._store, self._draw)

        def work(event: str, call: Callable[[], Any]) -> Mapping[str, str]:
            row = _row(event, outcomes.settle(left.pop(event), route.max_attempts, call))
            if not left:
                outcomes.flush()  # before Prefect says that the run is completed
            failpoint("dispatcher.after_done")
            return row

        failpoint("dispatcher.before_run")
        try:
            self._runs.run_batch(
                route.run,
                events=list(left),
                work=work,
                key="batch:" + self._key(claims[0].event_id, claims[0].fence),
                tags=[f"route:{route.on}", "lane:batch"],
                created=partial(self._set_run, claims),
            )
        except Exception as error:  # noqa: BLE001  # Prefect's, not the flow's: that never leaves `outcomes.settle`
            for claim in left.values():
                outcomes.failed(claim, route.max_attempts, error)
            outcomes.flush()
        failpoint("dispatcher.after_run")

    def _set_run(self, claims: Sequence[Claim], run: str) -> None:
        with self._store.write() as tx:
            self._store.inbox.set_run_of_all(tx, claims, run)


def _row(event: str, failed: Verdict | None) -> Mapping[str, str]:
    """One row of the table that the run of a batch shows."""
    if failed is None:
        return {"event": event, "became": "done", "code": ""}
    return {"event": event, "became": failed.state, "code": failed.reason_code}
