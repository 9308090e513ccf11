"""The poll loop: files into the archive, then events and cursor into the inbox in one transaction, then `ack`.

Killed anywhere in between, the source gives the same events again, the archive and the inbox know them already, and
only the `ack` is made up for.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from kontorist.domain.errors import KontoristError
from kontorist.domain.events import Event
from kontorist.domain.ports import Archive, Batch, EventSource
from kontorist.engine.claim_check import documents_kept, hash_of
from kontorist.engine.router import PRIORITY
from kontorist.engine.taking_in import accept
from kontorist.engine.writer import Arrival
from kontorist.failpoints import failpoint, register

if TYPE_CHECKING:
    from kontorist.store.database import Store

_log = logging.getLogger(__name__)

register("intake.before_store", "intake.after_store", "intake.before_ack", "intake.after_ack")

AT_ONCE = 100
"""Events read from a source at one time."""


class Intake:
    """Reads one source into the inbox."""

    def __init__(
        self,
        name: str,
        source: EventSource,
        store: Store,
        archive: Archive,
        *,
        priority: Callable[[Event], int] = lambda event: PRIORITY,
    ) -> None:
        self.name, self._priority = name, priority
        self._source, self._store, self._archive = source, store, archive

    def poll(self) -> int:
        """Read until the source has no more; how many events were new. Errors of the source pass through."""
        new = 0
        while True:
            self._store.reserve.keep()  # the archive must not take the room that was given up for records
            batch = self._source.read(self._cursor(), AT_ONCE)
            stored, complete = self._take(batch)
            new += stored
            if not batch.more or not complete:
                return new

    def _cursor(self) -> dict[str, object] | None:
        with self._store.read() as tx:
            found = self._store.inbox.cursor(tx, self.name)
        return dict(found) if found is not None else None

    def _take(self, batch: Batch) -> tuple[int, bool]:
        originals = list(batch.events)
        arrivals: list[tuple[Event, Arrival]] = []
        for event in originals:
            try:
                arrivals.append((event, self._arrival(documents_kept(self._archive, event))))
            except (OSError, KontoristError) as error:  # the others go on; this one is read again
                _log.warning("%s: %s waits: %s", self.name, event.id, error)
        complete = len(arrivals) == len(originals)
        for refused in batch.refused:
            kept = Arrival(
                event=refused.event,
                raw_hash=hash_of(refused.event),
                state="quarantined",
                reason_code=refused.reason_code,
                reason=refused.reason,
                priority=self._priority(refused.event),
            )
            arrivals.append((refused.event, kept))
        failpoint("intake.before_store")
        new = self._store_all([arrival for _, arrival in arrivals], batch, complete)
        failpoint("intake.after_store")
        self._ack([event for event, _ in arrivals])
        return new, complete

    def _arrival(self, event: Event) -> Arrival:
        # Nobody is there to be refused, so another body is held.
        return Arrival(event=event, raw_hash=hash_of(event), priority=self._priority(event), on_conflict="hold")

    def _store_all(self, arrivals: Sequence[Arrival], batch: Batch, complete: bool) -> int:
        if not arrivals and batch.next_cursor == self._cursor():
            return 0
        with self._store.write() as tx:
            taken = [accept(self._store, tx, each) for each in arrivals]
            if complete and batch.next_cursor is not None:
                self._store.inbox.set_cursor(tx, self.name, batch.next_cursor)
        return sum(not one.duplicate for one in taken)

    def _ack(self, events: Sequence[Event]) -> None:
        for event in events:
            failpoint("intake.before_ack")
            try:
                self._source.ack(event)
            except (OSError, KontoristError) as error:  # stored it is; the next reading makes up for it
                _log.warning("%s: %s is stored but could not be filed away: %s", self.name, event.id, error)
            failpoint("intake.after_ack")
