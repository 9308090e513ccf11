"""Steps with incoming invoices. Each takes ids, may be repeated, and finds what it did before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from prefect import task

from kontorist.domain.ids import DocumentId, EventId
from kontorist.domain.payables.intake_rules import Fate
from kontorist.services import current_services


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """Documents by what the rules say of them."""

    clear: list[DocumentId]
    doubtful: list[DocumentId]
    unreadable: list[DocumentId]


@task(name="documents of the event")
def documents_of(event: EventId, papers: Sequence[DocumentId]) -> list[DocumentId]:
    """The papers that came with an event; they are entered in our books here."""
    return current_services().payables.documents_of(event, papers)


@task(name="read invoices")
def read_invoices(documents: Sequence[DocumentId]) -> list[DocumentId]:
    """Read each one in a limited child; an unreadable one is a result, not an error. Read ones are not read again."""
    payables = current_services().payables
    for document in documents:
        payables.read(document)
    return list(documents)


@task(name="check invoices")
def check_invoices(documents: Sequence[DocumentId]) -> Checked:
    """Sort the documents that are not settled yet by what the rules say of them today."""
    payables = current_services().payables
    fates = {document: payables.rule_on(document).fate for document in payables.unsettled(documents)}

    def those(fate: Fate) -> list[DocumentId]:
        return [document for document, found in fates.items() if found is fate]

    return Checked(clear=those(Fate.BOOK), doubtful=those(Fate.WORKLIST), unreadable=those(Fate.QUARANTINE))


@task(name="book")
def book(documents: Sequence[DocumentId]) -> list[DocumentId]:
    """Post the entry of each; gives back those that the rules no longer let through (a twin came first)."""
    payables = current_services().payables
    return [document for document in documents if not payables.book(document)]


@task(name="ask people")
def ask_people(documents: Sequence[DocumentId]) -> None:
    """Put each on the worklist with its reasons, and plan a letter to those who can decide."""
    for document in documents:
        current_services().payables.ask_people(document)


@task(name="set aside")
def set_aside(documents: Sequence[DocumentId]) -> None:
    """Quarantine what cannot be read, with its reason, and plan a letter to the clerks."""
    for document in documents:
        current_services().payables.set_aside(document)


@task(name="what became of the documents")
def what_became_of(documents: Sequence[DocumentId]) -> dict[str, Any]:
    """Per document what became of it and why, as plain data: ``{"documents": [{document, name, state, reason}]}``."""
    return {"documents": [current_services().payables.summary(document) for document in documents]}
