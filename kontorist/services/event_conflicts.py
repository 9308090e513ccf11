"""What follows from a decision about two contents under one id: the carrier of items of the kind `event_conflict`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

from sqlalchemy import Connection

from kontorist.domain.approvals import Actor, Decision, WorkItem
from kontorist.domain.ids import EventId, PersonKey
from kontorist.services.carriers import About, NothingToCorrect
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
