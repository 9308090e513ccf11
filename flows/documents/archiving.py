"""Papers that no other process takes: contracts, delivery notes, letters, whatever comes."""

from __future__ import annotations

from typing import Any

from prefect import flow

from kontorist.domain.ids import EventId
from tasks import documents as steps
from tasks import letters, mails, payables


@flow(name="archiving")
def archiving(event: EventId) -> dict[str, Any]:
    """Every paper is filed by type, partner and period, and found by its words; what no rule knows, a person says."""
    documents = payables.documents_of(event, mails.unpack_mails(event))
    unknown = steps.file_by_rules(documents)
    steps.ask_what_it_is(unknown)
    letters.send_letters(event)
    return payables.what_became_of(documents)
