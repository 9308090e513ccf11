"""One claimed event: its flow is run, and what became of it is recorded. The same in the worker and in the pool."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from kontorist.domain.errors import LeaseLost
from kontorist.engine.verdicts import Stop, TryAgain, Verdict, verdict

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from kontorist.store.database import Store
    from kontorist.store.inbox import Claim

_log = logging.getLogger(__name__)


class Outcomes:
    """Records outcomes; who has been overtaken records nothing."""

    def __init__(self, store: Store, draw: Callable[[], float] = random.random) -> None:
        self._store, self._draw = store, draw

    def settle(self, claim: Claim, max_attempts: int, flow: Callable[[], Any]) -> Verdict | None:
        """Run `flow` with `claim` held and record its outcome; the verdict where it failed, None when it is done."""
        try:
            with self._store.holding(claim):
                outcome = flow()
        except Exception as error:  # noqa: BLE001  # whatever a flow raises, its event gets a state
            return self.failed(claim, max_attempts, error)
        self._done(claim, outcome)
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

    def _done(self, claim: Claim, outcome: Any) -> None:
        plain = dict(outcome) if isinstance(outcome, Mapping) else {"result": outcome}
        self._write(claim, lambda tx: self._store.inbox.done(tx, claim, plain))

    def _write(self, claim: Claim, change: Callable[[Connection], None]) -> None:
        try:
            self._store.record(change)
        except LeaseLost:
            _log.info("event %s has been taken over; nothing is recorded here", claim.event_id)
