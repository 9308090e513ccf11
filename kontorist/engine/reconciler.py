"""The reconciler: takes up what a dead worker left, and makes Prefect's list of runs tell the truth.

Expired leases go back to retry (or, after too many deaths, to quarantine). A run that Prefect shows as alive while
nobody works on its events is set Crashed; one whose events are settled meanwhile is set Completed. A dry run has no
events in the inbox: it is Crashed when its process is gone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from kontorist.domain.ids import EventId
from kontorist.engine.prefect_bridge import OpenRun
from kontorist.engine.router import MAX_ATTEMPTS
from kontorist.store.errors import NotInStore

if TYPE_CHECKING:
    from kontorist.store.database import Store
    from kontorist.store.inbox import InboxRow

_log = logging.getLogger(__name__)

LOOK_EVERY = 5.0
"""Seconds; with the lease of 15 s a dead worker's events are taken up well within 30 s."""

_LOOK_AT_RUNS_EVERY = 12  # steps, so once a minute
_CRASHED = "Its worker died; the event is taken up again under a new attempt."
_DRY_RUN_DIED = "The dry run was ended before this; nothing of it was kept."
_COMPLETED = "It ended while Prefect was away; the inbox has its outcome."


class RunList(Protocol):
    """What the reconciler needs of the bridge."""

    def reachable(self) -> bool:
        """Whether Prefect answers."""
        ...

    def open_runs(self) -> list[OpenRun]:
        """The runs that Prefect takes for alive."""
        ...

    def crash(self, run: str, reason: str) -> None:
        """Show the run as Crashed."""
        ...

    def complete(self, run: str, reason: str) -> None:
        """Show the run as Completed."""
        ...


class Reconciler:
    """Looks after the dead."""

    def __init__(
        self,
        store: Store,
        runs: RunList,
        *,
        attempts_allowed: Callable[[InboxRow], int] = lambda row: MAX_ATTEMPTS,
        dry_run_goes_on: Callable[[str], bool] = lambda name: True,
    ) -> None:
        self._store, self._runs, self._attempts_allowed = store, runs, attempts_allowed
        self._dry_run_goes_on = dry_run_goes_on
        self._until_runs = 0  # at the first step: something may have been left by the last process

    def step(self) -> list[InboxRow]:
        """Take back expired leases; after a death, and now and then, compare Prefect's list with the inbox."""
        with self._store.write() as tx:
            taken = self._store.inbox.expired(tx, self._store.clock.now(), attempts_allowed=self._attempts_allowed)
        for row in taken:
            _log.warning("event %s: its worker died; now %s", row.id, row.state)
        if taken or self._until_runs == 0:
            self._until_runs = 0 if not self._settle_runs() else _LOOK_AT_RUNS_EVERY
        else:
            self._until_runs -= 1
        return taken

    def _settle_runs(self) -> bool:
        """False when Prefect did not answer; then it is asked again at the next step."""
        if not self._runs.reachable():
            return False
        for run in self._runs.open_runs():
            self._settle_run(run)
        return True

    def _settle_run(self, run: OpenRun) -> None:
        if run.key.startswith("batch:inbox:"):
            self._settle_batch(run)
            return
        if name := _dry_run(run.key):
            self._settle_dry_run(run, name)
            return
        known = _event_and_fence(run.key)
        if known is None:  # somebody else's
            return
        row = self._row(known[0])
        if row is not None and row.state == "claimed" and row.fence == known[1]:
            return
        if row is not None and row.state == "done" and row.run_id == run.id:
            self._runs.complete(run.id, _COMPLETED)
        else:
            self._runs.crash(run.id, _CRASHED)

    def _settle_batch(self, run: OpenRun) -> None:
        first = _event_and_fence(run.key.removeprefix("batch:"))
        row = self._row(first[0]) if first else None
        if row is not None and first is not None and row.state == "claimed" and row.fence == first[1]:
            return  # just begun, or at its first event
        with self._store.read() as tx:
            states = self._store.inbox.states_of_run(tx, run.id)
        if "claimed" in states:
            return
        if states and states <= {"done", "quarantined"}:
            self._runs.complete(run.id, _COMPLETED)
        else:
            self._runs.crash(run.id, _CRASHED)

    def _settle_dry_run(self, run: OpenRun, name: str) -> None:
        if not self._dry_run_goes_on(name):
            self._runs.crash(run.id, _DRY_RUN_DIED)

    def _row(self, event: EventId) -> InboxRow | None:
        try:
            with self._store.read() as tx:
                return self._store.inbox.get(tx, event)
        except NotInStore:
            return None


def _event_and_fence(key: str) -> tuple[EventId, int] | None:
    origin, _, rest = key.partition(":")
    event, _, fence = rest.rpartition(":")
    return (EventId(event), int(fence)) if origin == "inbox" and fence.isdigit() else None


def _dry_run(key: str) -> str | None:
    """The name in the key of a dry run, whether of one event or of a batch."""
    origin, _, rest = key.removeprefix("batch:").partition(":")
    return rest.partition(":")[0] if origin == "dry" else None
