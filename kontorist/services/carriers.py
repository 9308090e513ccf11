"""Who does what people decided: one carrier for each kind of work item (docs/decisions/0011-work-items-by-kind.md).

The worklist knows who may decide and what was said; what an item is about, and what follows from a decision, its
carrier knows. A new kind is one class with these five methods and one line in `opening.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol, runtime_checkable

from sqlalchemy import Connection

from kontorist.domain.approvals import Actor, Decision, WorkItem
from kontorist.domain.errors import NeedsAPerson
from kontorist.domain.ids import EventId, PersonKey
from kontorist.domain.money import Money
from kontorist.store.documents import Document


class NobodyCarries(NeedsAPerson):
    """Nobody here knows what to do with items of this kind."""

    code = "KON-169"
    next_step = "It was made by another version of Kontorist; go on with that one, or reject the item."


class NothingToCorrect(NeedsAPerson):
    """There is nothing in this item that could be corrected."""

    code = "KON-168"
    next_step = "Approve it, reject it or return it with a question."


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What letters, lists and reports say of an item beside its title and reasons; None where there is no such thing.

    `cause` is the event that led to it: letters planned for the item go out with that event's.
    """

    document: Document | None = None
    partner: str | None = None
    number: str | None = None
    amount: Money | None = None
    due: date | None = None
    cause: EventId | None = None


class Carrier(Protocol):
    """What follows for items of one kind. All methods work inside the transaction they are given."""

    def about(self, tx: Connection, item: WorkItem) -> About:
        """What the item is about, as the books stand now."""
        ...

    def check_approvable(self, tx: Connection, item: WorkItem) -> None:
        """Raise the sentence why this cannot be approved as it stands (NeedsAPerson)."""
        ...

    def granted(self, tx: Connection, item: WorkItem, agreed: tuple[PersonKey, ...]) -> None:
        """Do what `agreed` have approved. May be repeated: what was done before is found and not done again."""
        ...

    def refused(self, tx: Connection, item: WorkItem, said: Decision) -> None:
        """Do what follows from a rejection; `said.note` is the reason. May be repeated."""
        ...

    def corrected(self, tx: Connection, item: WorkItem, changes: Mapping[str, str], by: Actor) -> WorkItem:
        """Take the corrections of `by` and give the item in its new version (`Desk.renew`).

        Raises NothingToCorrect where nothing can be corrected, or the sentence of a value that is not one.
        """
        ...


Also = Callable[[Connection, Actor], None]  #: what else belongs into the transaction of a correction


@runtime_checkable
class Prepares(Protocol):
    """A carrier that looks at the paper before a correction: reading a foreign file takes longer than a transaction."""

    def prepared(self, item: WorkItem, changes: Mapping[str, str]) -> Also:
        """Read what has to be read, outside of any transaction; gives what is to be done inside that of the correction.

        Raises the sentence of a value that is not one.
        """
        ...
