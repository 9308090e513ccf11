"""Who has to agree before something happens, and whether they have.

A `WorkItem` is one thing that waits for people. A `Decision` is what one of them said about one version of it, bound
to the hash of what was shown; it is only ever added. Nothing here knows a screen or a database.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from kontorist.domain.errors import NeedsAPerson
from kontorist.domain.ids import SYSTEM, PersonKey, WorkItemId


class NotAllowed(NeedsAPerson):
    """This person may not do this."""

    code = "KON-101"
    next_step = "Ask somebody who has the role; `kontorist worklist show ID` says who is next."


class ItemChanged(NeedsAPerson):
    """The item has changed since it was shown."""

    code = "KON-102"
    next_step = "Look at it again with `kontorist worklist show ID`, then decide."


class ItemClosed(NeedsAPerson):
    """The item is settled already; nothing more can be decided about it."""

    code = "KON-103"
    next_step = "`kontorist worklist show ID` shows who settled it and when."


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The person who acts: known by operating-system user, never named by somebody else."""

    person: PersonKey
    roles: frozenset[str] = frozenset()
    email: str | None = None
    language: str = "en"


class Verdict(StrEnum):
    """What a person can say about an item."""

    APPROVE = "approve"
    RETURN = "return"
    POSTPONE = "postpone"
    REJECT = "reject"


class ItemState(StrEnum):
    """`open` waits for people; the others are settled, `returned` waits for the one who prepared it."""

    OPEN = "open"
    RETURNED = "returned"
    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """`needed` different people, each with one of the roles `any_of`, must agree in this step.

    Raises ValueError for a step that nobody has to, or that nobody can, take.
    """

    any_of: tuple[str, ...]
    needed: int = 1

    def __post_init__(self) -> None:
        if self.needed < 1 or not self.any_of:
            raise ValueError("an approval step needs at least one person and one role")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRule:
    """Which steps an amount needs. `below` is compared with the absolute value; without it the rule always matches."""

    steps: tuple[Step, ...]
    below: Decimal | None = None
    supplier_trusted: bool | None = None
    kind: tuple[str, ...] = ()

    def matches(self, amount: Decimal | None, *, supplier_trusted: bool, kind: str) -> bool:
        """Whether this rule speaks for an amount (company currency; a credit note counts by absolute value).

        An amount that is not known (None) is below no limit.
        """
        if self.below is not None and (amount is None or abs(amount) >= self.below):
            return False
        if self.supplier_trusted is not None and self.supplier_trusted is not supplier_trusted:
            return False
        return not self.kind or kind in self.kind


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalPolicy:
    """Rules in order, first match wins. Without a match everything needs one approver."""

    rules: tuple[ApprovalRule, ...] = ()
    four_eyes: bool = True

    def steps_for(self, amount: Decimal | None, *, supplier_trusted: bool, kind: str) -> tuple[Step, ...]:
        """The steps an amount needs; none means that the machine may book it alone."""
        for rule in self.rules:
            if rule.matches(amount, supplier_trusted=supplier_trusted, kind=kind):
                return rule.steps
        return (Step(any_of=("approver",)),)


def with_two_people(steps: Sequence[Step]) -> tuple[Step, ...]:
    """`steps`, made to need at least two different people: for changed or first-used bank details, any amount."""
    people = sum(step.needed for step in steps)
    if people >= 2:
        return tuple(steps)
    first = steps[0] if steps else Step(any_of=("approver", "controller"))
    return (replace(first, needed=2),)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkItem:
    """One thing that waits for people.

    `subject` is what it is about (a document id), `content` what is shown, as plain data; `content_hash` is its
    SHA-256 and `version` counts the changes. `prepared_by` are all who made or corrected it: none of them approves.
    `reasons` are sentences for the clerk; `codes` the stable codes behind them, in the same order. Raises ValueError
    without steps: what nobody has to approve is no work item.
    """

    id: WorkItemId
    kind: str
    subject: str
    title: str
    reasons: tuple[str, ...]
    codes: tuple[str, ...]
    content: Mapping[str, Any]
    content_hash: str
    created: datetime
    steps: tuple[Step, ...] = (Step(any_of=("approver",)),)
    four_eyes: bool = True
    version: int = 1
    state: ItemState = ItemState.OPEN
    prepared_by: tuple[PersonKey, ...] = (SYSTEM,)
    owner: PersonKey | None = None
    due: date | None = None
    postponed_until: date | None = None

    def __post_init__(self) -> None:
        if not self.steps:
            raise ValueError(f"{self.title}: a work item needs at least one approval step")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What one person said about one version of an item. Only ever added, never changed."""

    item: WorkItemId
    version: int
    content_hash: str
    person: PersonKey
    verdict: Verdict
    time: datetime
    channel: str = "cli"
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where an item stands: the open step (None when complete), who agreed so far, how many are still missing."""

    step: Step | None
    agreed: tuple[PersonKey, ...] = ()
    missing: int = 0

    @property
    def complete(self) -> bool:
        """Everybody who has to agree has agreed."""
        return self.step is None


def valid_decisions(item: WorkItem, decisions: Iterable[Decision]) -> list[Decision]:
    """Those about this very item, version and content: a change since voids what was said before."""
    shown = (item.id, item.version, item.content_hash)
    return [each for each in decisions if (each.item, each.version, each.content_hash) == shown]


def progress(item: WorkItem, decisions: Iterable[Decision], people: Mapping[PersonKey, Actor]) -> Progress:
    """How far the approval of `item` has come, `decisions` oldest first.

    Steps are taken in order: who agrees before it is the turn of a step does not count in it. Nobody counts twice,
    not even in two steps. A return or rejection wipes out what was agreed before it.
    """
    agreed: list[PersonKey] = []
    for decision in valid_decisions(item, decisions):
        step, _ = _open_step(item.steps, len(agreed))
        if decision.verdict in (Verdict.RETURN, Verdict.REJECT):
            agreed = []
        elif decision.verdict is Verdict.APPROVE and step and _counts(item, step, people, decision.person, agreed):
            agreed.append(decision.person)
    step, missing = _open_step(item.steps, len(agreed))
    return Progress(step=step, agreed=tuple(agreed), missing=missing)


def _open_step(steps: Iterable[Step], agreed: int) -> tuple[Step | None, int]:
    """The step whose turn it is after `agreed` people, and how many of its people are missing."""
    for step in steps:
        if agreed < step.needed:
            return step, step.needed - agreed
        agreed -= step.needed
    return None, 0


def _counts(
    item: WorkItem, step: Step, people: Mapping[PersonKey, Actor], person: PersonKey, agreed: Container[PersonKey]
) -> bool:
    return person not in agreed and _may(item, step, people, person)


def _may(item: WorkItem, step: Step, people: Mapping[PersonKey, Actor], person: PersonKey) -> bool:
    if person == SYSTEM or (item.four_eyes and person in item.prepared_by):
        return False
    return person in people and not people[person].roles.isdisjoint(step.any_of)


def check_decision(
    item: WorkItem, decision: Decision, decisions: Sequence[Decision], people: Mapping[PersonKey, Actor]
) -> None:
    """Refuse a decision that does not count: raises ItemClosed, ItemChanged or NotAllowed with a sentence."""
    if item.state not in (ItemState.OPEN, ItemState.RETURNED):
        raise ItemClosed(f"{item.title}: already {item.state.value}.")
    if not valid_decisions(item, [decision]):
        raise ItemChanged(f"{item.title}: changed since it was shown (now version {item.version}).")
    if decision.person not in people:
        raise NotAllowed(f"{decision.person} is not among the people in config.yaml.")
    if decision.verdict is Verdict.APPROVE:
        _check_approval(item, decision, decisions, people)
    elif decision.person not in item.prepared_by and people[decision.person].roles.isdisjoint(_office(item)):
        raise NotAllowed(f"{decision.person} has no role in this office that decides such things.")


def _office(item: WorkItem) -> set[str]:
    """The roles that may return, postpone or reject: those who approve it and the office; no auditor, no operator."""
    return {"clerk", "approver", "controller"}.union(*(step.any_of for step in item.steps))


def _check_approval(
    item: WorkItem, decision: Decision, decisions: Sequence[Decision], people: Mapping[PersonKey, Actor]
) -> None:
    if item.four_eyes and decision.person in item.prepared_by:
        raise NotAllowed(f"{decision.person} prepared or corrected this; another person has to approve it.")
    now = progress(item, decisions, people)
    if decision.person in now.agreed:
        raise NotAllowed(f"{decision.person} has approved this already; another person has to.")
    if now.step is None:
        raise ItemClosed(f"{item.title}: everybody has agreed already.")
    if not _may(item, now.step, people, decision.person):
        roles = " or ".join(now.step.any_of)
        raise NotAllowed(f"{decision.person} may not approve this; it needs the role {roles}.")


def next_people(item: WorkItem, decisions: Sequence[Decision], people: Mapping[PersonKey, Actor]) -> list[Actor]:
    """Who can bring the item on now: those of the open step who have not agreed and did not prepare it."""
    now = progress(item, decisions, people)
    if now.step is None:
        return []
    return [actor for key, actor in people.items() if _counts(item, now.step, people, key, now.agreed)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """An item with all that was said about it, oldest first."""

    item: WorkItem
    decisions: tuple[Decision, ...] = field(default=())
