"""Two contents under one id: who is told that they wait, and what follows from the decision (`event_conflict`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

from sqlalchemy import Connection

from kontorist.domain.approvals import Actor, Decision, ItemState, WorkItem
from kontorist.domain.conflicts import KIND
from kontorist.domain.ids import EventId, PersonKey
from kontorist.services.carriers import About, NothingToCorrect
from kontorist.services.desk import Desk
from kontorist.store.database import Store


class ConflictDecisions:
    """Satisfies `Carrier`. Approved, the held event is worked on too; rejected, it is put away with the reason."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def about(self, tx: Connection, item: WorkItem) -> About:
        """The event that is held."""
        return About(cause=EventId(item.subject))

    def check_approvable(self, tx: Connection, item: WorkItem) -> None:
        """Nothing stands against it: the process that takes the event has rules of its own for changed content."""

    def granted(self, tx: Connection, item: WorkItem, agreed: tuple[PersonKey, ...]) -> None:
        """Let the held event go its way."""
        self._store.inbox.release(tx, EventId(item.subject))

    def refused(self, tx: Connection, item: WorkItem, said: Decision) -> None:
        """Put the held event away: done, with who said so and why."""
        self._store.inbox.put_away(tx, EventId(item.subject), {"rejected_by": said.person, "reason": said.note})

    def corrected(self, tx: Connection, item: WorkItem, changes: Mapping[str, str], by: Actor) -> NoReturn:
        """What somebody sent is not corrected here. Raises NothingToCorrect."""
        raise NothingToCorrect("What the sender sent is not changed here; approve it, or reject it with the reason.")


class ConflictNotices:
    """Writes to those who can decide: the receiver, which opens these items, stays small and writes no letters."""

    def __init__(self, store: Store, desk: Desk) -> None:
        self._store, self._desk = store, desk

    def tell(self) -> int:
        """Write about each open conflict that nobody was written to about; how many there were."""
        with self._store.read() as tx:
            if not self._untold(tx):
                return 0
        with self._store.write() as tx:
            untold = self._untold(tx)
            for item in untold:
                self._desk.tell_deciders(tx, item, About(cause=EventId(item.subject)))
        return len(untold)

    def _untold(self, tx: Connection) -> list[WorkItem]:
        items = self._store.worklist.list(tx, kind=KIND, states=[ItemState.OPEN])
        return [item for item in items if not self._told(tx, item) and self._desk.can_tell(tx, item)]

    def _told(self, tx: Connection, item: WorkItem) -> bool:
        """A held event is not worked on, so that what it has caused are the letters about it."""
        return bool(self._store.effects.list(tx, cause=EventId(item.subject), limit=1))
