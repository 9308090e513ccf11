"""Invoices that arrive, by mail, folder, webhook or by hand."""

from __future__ import annotations

from typing import Any

from prefect import flow

from kontorist.domain.ids import EventId
from tasks import documents as papers
from tasks import letters, mails
from tasks import payables as steps


@flow(name="invoice intake")
def invoice_intake(event: EventId) -> dict[str, Any]:
    """Every invoice ends booked, waiting for a person, or in quarantine with a reason; those concerned get a mail."""
    documents = steps.documents_of(event, mails.open_mails(event))
    checked = steps.check_invoices(steps.read_invoices(documents))
    taken_meanwhile = steps.book(checked.clear)
    steps.ask_people(checked.doubtful + taken_meanwhile)
    steps.set_aside(checked.unreadable)
    letters.send_letters(event)
    papers.keep_text(documents)
    return steps.what_became_of(documents)
