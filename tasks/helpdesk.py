"""Steps with tickets. Each takes ids, may be repeated, and finds what it did before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from prefect import task

from kontorist.domain.helpdesk.hours import ESCALATE, REMIND
from kontorist.domain.ids import EventId, WorkItemId
from kontorist.services import current_services


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """Late tickets by what has not happened about them yet."""

    to_remind: list[WorkItemId]
    to_escalate: list[WorkItemId]


@task(name="sort and hand over")
def sort_and_hand_over(event: EventId) -> WorkItemId:
    """Sort the ticket by the rules, link partner and documents, and put it on the worklist of its owner."""
    return current_services().helpdesk.take_in(event)


@task(name="acknowledge")
def acknowledge(ticket: WorkItemId, event: EventId) -> None:
    """Plan the letter that tells the requester it came in; a machine is never answered."""
    current_services().helpdesk.acknowledge(ticket, event)


@task(name="find late tickets")
def find_late(event: EventId) -> Late:
    """The open tickets that are late now, or were pressed for because of `event` already."""
    found = current_services().helpdesk.late(event)
    return Late(to_remind=found[REMIND], to_escalate=found[ESCALATE])


@task(name="remind owners")
def remind_owners(tickets: Sequence[WorkItemId], event: EventId) -> None:
    """Plan one letter to the owner of each, once; without an owner to the clerks."""
    for ticket in tickets:
        current_services().helpdesk.press(ticket, REMIND, event)


@task(name="escalate")
def escalate(tickets: Sequence[WorkItemId], event: EventId) -> None:
    """Plan one letter to the controllers about each, once."""
    for ticket in tickets:
        current_services().helpdesk.press(ticket, ESCALATE, event)


@task(name="where the tickets stand")
def where_tickets_stand(tickets: Sequence[WorkItemId]) -> dict[str, Any]:
    """Per ticket ``{item, ticket, category, owner, due, state, reason}``, each once."""
    helpdesk = current_services().helpdesk
    return {"tickets": [helpdesk.summary(ticket) for ticket in dict.fromkeys(tickets)]}
