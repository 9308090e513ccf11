"""Steps with mails, before anybody knows what they are about."""

from __future__ import annotations

from prefect import task

from kontorist.domain.ids import DocumentId, EventId
from kontorist.services import current_services


@task(name="open mails")
def open_mails(event: EventId) -> list[DocumentId]:
    """The papers that came with the event; attachments are archived beside their mail, and may be so again."""
    return current_services().mails.papers_of(event)


@task(name="unpack mails")
def unpack_mails(event: EventId) -> list[DocumentId]:
    """The same with every file that came, of whatever kind."""
    return current_services().mails.files_of(event)
