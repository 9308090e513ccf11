"""The dispatcher: claims an event, runs its flow in this process, records what became of it.

Nothing is claimed while Prefect does not answer: the events wait, `kontorist status` turns amber, and they are
drained afterwards.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from kontorist.domain.errors import LeaseLost
from kontorist.engine.leases import Leases
from kontorist.engine.router import Route, Router
from kontorist.engine.sources import parameters_of
from kontorist.engine.verdicts import GoneOn, Stop, TryAgain, verdict
from kontorist.failpoints import failpoint, register
from kontorist.store.inbox import claimable

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from kontorist.store.database import Store
    from kontorist.store.inbox import Claim

_log = logging.getLogger(__name__)

register("dispatcher.after_claim", "dispatcher.before_run", "dispatcher.after_run", "dispatcher.after_done")


def run_key(event: str, fence: int) -> str:
    """Prefect's idempotency key of one claim; without its fence a retry would be handed the dead run.

    The fence and not the attempt: attempts are counted anew when somebody replays the event.
    """
    return f"inbox:{event}:{fence}"


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


class Dispatcher:
    """Works off the inbox, one event after the other."""

    def __init__(
        self,
        store: Store,
        router: Router,
        runs: Runs,
        leases: Leases,
        *,
        key: Callable[[str, int], str] = run_key,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._store, self._router, self._runs, self._leases = store, router, runs, leases
        self._key, self._draw = key, draw

    def step(self) -> bool:
        """Deal with one event; False when none is waiting or Prefect is away."""
        if not self._something_waits() or not self._runs.reachable():
            return False
        with self._leases.one() as owner:
            claim = self._claim(owner)
            if claim is None:
                return False
            failpoint("dispatcher.after_claim")
            self._settle(claim)
        return True

    def _something_waits(self) -> bool:
        with self._store.read() as tx:
            return tx.execute(claimable(self._store.clock.now()).limit(1)).first() is not None

    def _claim(self, owner: str) -> Claim | None:
        with self._store.write() as tx:
            claims = self._store.inbox.claim(tx, owner=owner, now=self._store.clock.now(), limit=1)
        return claims[0] if claims else None

    def _settle(self, claim: Claim) -> None:
        route = self._router.route(claim.row.event())
        if route is None:
            sentence = f"No route in config.yaml takes {claim.row.type}; `kontorist events test` shows why."
            self._record(claim, Stop(reason_code="no_route", reason=sentence))
            return
        try:
            outcome = self._run(claim, route)
        except Exception as error:  # noqa: BLE001  # whatever a flow raises, its event gets a state
            _log.warning("event %s, attempt %s: %s", claim.event_id, claim.attempt, error, exc_info=True)
            self._record(claim, verdict(error, claim.attempt, route.max_attempts, self._draw))
            return
        self._done(claim, outcome)

    def _run(self, claim: Claim, route: Route) -> Any:
        failpoint("dispatcher.before_run")
        with self._store.holding(claim):
            outcome = self._runs.run(
                route.run,
                parameters={"event": claim.event_id, **parameters_of(claim.row.event())},
                key=self._key(claim.event_id, claim.fence),
                tags=[f"inbox:{claim.event_id}", f"route:{route.on}"],
                created=lambda run: self._set_run(claim, run),
            )
        failpoint("dispatcher.after_run")
        return outcome

    def _set_run(self, claim: Claim, run: str) -> None:
        with self._store.write() as tx:
            self._store.inbox.set_run(tx, claim, run)

    def _done(self, claim: Claim, outcome: Any) -> None:
        plain = dict(outcome) if isinstance(outcome, Mapping) else {"result": outcome}
        self._write(claim, lambda tx: self._store.inbox.done(tx, claim, plain))
        failpoint("dispatcher.after_done")

    def _record(self, claim: Claim, decided: TryAgain | Stop | GoneOn) -> None:
        inbox = self._store.inbox
        if isinstance(decided, TryAgain):
            again = self._store.clock.now() + decided.after
            self._write(claim, lambda tx: inbox.retry(tx, claim, again, decided.reason_code, decided.reason))
        elif isinstance(decided, Stop):
            self._write(claim, lambda tx: inbox.quarantine(tx, claim, decided.reason_code, decided.reason))

    def _write(self, claim: Claim, change: Callable[[Connection], None]) -> None:
        try:
            with self._store.write() as tx:
                change(tx)
        except LeaseLost:
            _log.info("event %s has been taken over; nothing is recorded here", claim.event_id)
