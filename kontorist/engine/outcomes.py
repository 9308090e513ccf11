"""One claimed event: its flow is run, and what became of it is recorded. The same in the worker and in the pool."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from kontorist.domain.errors import LeaseLost
from kontorist.domain.events import canonical_json
from kontorist.engine.verdicts import Stop, TryAgain, Verdict, verdict

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from kontorist.store.database import Store
    from kontorist.store.inbox import Claim

_log = logging.getLogger(__name__)

Change = Callable[["Connection"], None]


AT_MOST_EVERY = 0.1
"""Seconds between two transactions with outcomes of one batch; with a commit each, a disk does some 200 a second."""


class Outcomes:
    """Records outcomes; who has been overtaken records nothing."""

    def __init__(self, store: Store, draw: Callable[[], float] = random.random) -> None:
        self._store, self._draw = store, draw

    def settle(self, claim: Claim, max_attempts: int, flow: Callable[[], Any]) -> Verdict | None:
        """Run `flow` with `claim` held and record its outcome; the verdict where it failed, None when it is done."""
        try:
            with self._store.holding(claim):
                outcome = _plain(flow())
        except Exception as error:  # noqa: BLE001  # whatever a flow raises, its event gets a state
            return self.failed(claim, max_attempts, error)
        self._write(claim, lambda tx: self._store.inbox.done(tx, claim, outcome))
        return None

    def failed(self, claim: Claim, max_attempts: int, error: Exception) -> Verdict:
        """The flow ended in `error`: tried again, or stopped."""
        _log.warning("event %s, attempt %s: %s", claim.event_id, claim.attempt, error, exc_info=True)
        decided = verdict(error, claim.attempt, max_attempts, self._draw)
        self.record(claim, decided)
        return decided

    def record(self, claim: Claim, decided: Verdict) -> None:
        """Write down what was decided."""
        inbox = self._store.inbox
        if isinstance(decided, TryAgain):
            again = self._store.clock.now() + decided.after
            self._write(claim, lambda tx: inbox.retry(tx, claim, again, decided.reason_code, decided.reason))
        elif isinstance(decided, Stop):
            self._write(claim, lambda tx: inbox.quarantine(tx, claim, decided.reason_code, decided.reason))

    def _write(self, claim: Claim, change: Change) -> None:
        self._store.record(partial(_unless_overtaken, claim=claim, change=change))


class OutcomesTogether(Outcomes):
    """Those of the events of one batch: each its own, but at most ten transactions a second.

    Who is killed in between repeats what was done since the last one, under the same keys: a tenth of a second of
    events, or those before a step that takes longer.
    """

    def __init__(self, store: Store, draw: Callable[[], float] = random.random) -> None:
        super().__init__(store, draw)
        self._known: list[tuple[Claim, Change]] = []
        self._written = store.clock.monotonic()

    def _write(self, claim: Claim, change: Change) -> None:
        self._known.append((claim, change))
        if self._store.clock.monotonic() - self._written >= AT_MOST_EVERY:
            self.flush()

    def flush(self) -> None:
        """Write what is known so far; when that fails it stays known."""
        self._store.record(self._all)
        self._known.clear()
        self._written = self._store.clock.monotonic()

    def _all(self, tx: Connection) -> None:
        for claim, change in self._known:
            _unless_overtaken(tx, claim, change)


def _plain(outcome: Any) -> dict[str, Any]:
    """What a flow gave, as plain data. ValueError or TypeError for what cannot be stored.

    Asked while it is still the flow's own fault: in the transaction it would undo the records of its neighbours too.
    """
    plain = dict(outcome) if isinstance(outcome, Mapping) else {"result": outcome}
    canonical_json(plain)
    return plain


def _unless_overtaken(tx: Connection, claim: Claim, change: Change) -> None:
    try:
        change(tx)
    except LeaseLost:
        _log.info("event %s has been taken over; nothing is recorded here", claim.event_id)
