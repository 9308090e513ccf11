"""Steps with papers that are kept. Each takes ids, may be repeated, and finds what it did before."""

from __future__ import annotations

from collections.abc import Sequence

from prefect import task

from kontorist.domain.ids import DocumentId
from kontorist.services import current_services


@task(name="file by rules")
def file_by_rules(documents: Sequence[DocumentId]) -> list[DocumentId]:
    """Keep the text of each, and file those that a rule knows; gives back those that no rule knows."""
    filing = current_services().filing
    return [document for document in documents if not filing.file(document)]


@task(name="ask what it is")
def ask_what_it_is(documents: Sequence[DocumentId]) -> None:
    """Put each on the worklist: a person says what it is, and that files it."""
    for document in documents:
        current_services().filing.ask(document)


@task(name="keep the text")
def keep_text(documents: Sequence[DocumentId]) -> list[DocumentId]:
    """Make invoices findable by their words; gives back those that could not be read, which stops nothing."""
    filing = current_services().filing
    return [document for document in documents if not filing.keep_text(document)]
