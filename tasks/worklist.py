"""Steps with what people decided on the worklist. Each takes ids, may be repeated, and finds what it did before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from prefect import task

from kontorist.domain.ids import DocumentId, EventId, WorkItemId
from kontorist.services import current_services


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """Work items by what people decided, and the documents they are about."""

    granted: list[WorkItemId]
    refused: list[WorkItemId]
    returned: list[WorkItemId]
    items: list[WorkItemId]
    documents: list[DocumentId]


@task(name="decision of the event")
def decision_of(event: EventId) -> Decided:
    """What was decided, re-read from the books: a decision about an older version counts for nothing."""
    found = current_services().worklist.decided(event)

    def where(verdict: str) -> list[WorkItemId]:
        return [found.item] if found.verdict == verdict else []

    return Decided(
        granted=where("granted"),
        refused=where("refused"),
        returned=where("returned"),
        items=[found.item],
        documents=[found.document] if found.document else [],
    )


@task(name="carry out what was granted")
def carry_out_granted(items: Sequence[WorkItemId]) -> None:
    """Do what was approved, with the names of those who agreed: what that is, the kind of the item says."""
    for item in items:
        current_services().worklist.carry_out(item)


@task(name="file what was refused")
def file_refused(items: Sequence[WorkItemId]) -> None:
    """What was rejected is marked so, with the reason given."""
    for item in items:
        current_services().worklist.carry_out(item)


@task(name="ask back")
def ask_back(items: Sequence[WorkItemId], event: EventId) -> None:
    """Plan a letter with the question to those who can answer it."""
    for item in items:
        current_services().worklist.ask_back(item, event)


@task(name="where the items stand")
def where_they_stand(items: Sequence[WorkItemId]) -> dict[str, Any]:
    """Per item where it stands now: ``{"items": [{item, kind, subject, title, state}]}``."""
    return {"items": [current_services().worklist.summary(item) for item in items]}
