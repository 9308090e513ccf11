"""A wrong entry is taken back by two people, and its document is booked anew or refused."""

from __future__ import annotations

import pytest

from kontorist.domain.approvals import ItemState, NotAllowed, Verdict, WorkItem
from kontorist.domain.ids import DocumentId
from kontorist.domain.ledger.journal import balances
from kontorist.domain.payables.corrections import NotAValue
from kontorist.services.carriers import NothingToCorrect
from kontorist.services.worklist import ReasonMissing
from kontorist.store.errors import AlreadyBooked, NotInStore
from kontorist.store.journal import Posted
from kontorist.testing.office import Office

PAPER = "papierhaus-lindner.pdf"  # booked by the machine


@pytest.fixture
def booked(office: Office) -> DocumentId:
    document = office.takes_in(PAPER)
    assert office.state(document) == "booked"
    return document


def asks(office: Office, afterwards: str = "worklist", number: int = 1, reason: str = "wrong account") -> WorkItem:
    return office.services.reversals.ask(number, office.actor("anna"), reason=reason, afterwards=afterwards)


def agrees(office: Office, item: WorkItem, name: str = "joost") -> None:
    office.services.worklist.decide(item.id, office.actor(name), Verdict.APPROVE)
    office.services.worklist.carry_out(item.id)


def entries(office: Office, document: DocumentId) -> list[Posted]:
    with office.services.store.read() as tx:
        return office.services.store.journal.of_document(tx, document)


def open_items(office: Office) -> list[str]:
    return [item.kind for item in office.services.worklist.items()]


def test_an_entry_is_taken_back_when_another_person_agrees(office: Office, booked: DocumentId) -> None:
    item = asks(office)
    assert (item.kind, item.title) == ("reversal", f"Reversal of entry 1: {entries(office, booked)[0].entry.text}")
    with pytest.raises(NotAllowed, match="prepared"):
        office.services.worklist.decide(item.id, office.actor("anna"), Verdict.APPROVE)
    assert len(entries(office, booked)) == 1

    agrees(office, item)

    wrong, back = (posted.entry for posted in entries(office, booked))
    assert (back.reversal_of, back.prepared_by, back.approved_by) == (wrong.id, "anna", ("joost",))
    assert back.text.endswith("wrong account")
    assert not any(balances([wrong, back]).values())


def test_the_document_waits_again_and_is_booked_as_corrected(office: Office, booked: DocumentId) -> None:
    agrees(office, asks(office))
    summary = office.services.payables.summary(booked)
    assert (summary["state"], summary["entry"]) == ("worklist", None)
    assert summary["reason"] == "Entry 1 was taken back: wrong account"

    (waiting,) = office.services.worklist.items()
    office.services.worklist.correct(waiting.id, office.actor("anna"), {"account": "6200"})
    agrees(office, waiting)

    assert office.state(booked) == "booked"
    wrong, _, right = entries(office, booked)
    assert [posted.number for posted in entries(office, booked)] == [1, 2, 3]
    assert right.entry.purpose == "invoice:2"
    assert {line.account for line in right.entry.lines} - {line.account for line in wrong.entry.lines} == {"6200"}


def test_a_document_booked_anew_can_be_taken_back_again(office: Office, booked: DocumentId) -> None:
    for number in (1, 3):
        agrees(office, asks(office, number=number))
        (waiting,) = office.services.worklist.items()
        office.services.worklist.correct(waiting.id, office.actor("anna"), {"account": "6200"})
        agrees(office, waiting)

    assert [posted.entry.purpose for posted in entries(office, booked)][::2] == ["invoice", "invoice:2", "invoice:3"]


def test_a_rejected_document_frees_its_number_for_the_corrected_paper(office: Office, booked: DocumentId) -> None:
    agrees(office, asks(office, "rejected"))

    assert office.services.payables.summary(booked)["reason"] == "Entry 1 was taken back: wrong account"
    assert office.state(booked) == "rejected"
    assert open_items(office) == []
    with office.services.store.read() as tx:
        row = office.services.store.documents.get(tx, booked)
    assert row.supplier_id is not None
    assert row.invoice_number is not None
    other = office.takes_in("sonnental.pdf")
    with office.services.store.write() as tx:  # the same number on another paper
        office.services.store.documents.claim_number(tx, other, row.supplier_id, row.invoice_number)


def test_a_refused_reversal_leaves_the_entry_and_can_be_asked_for_again(office: Office, booked: DocumentId) -> None:
    item = asks(office)
    office.services.worklist.decide(item.id, office.actor("joost"), Verdict.REJECT, note="it is right")
    office.services.worklist.carry_out(item.id)
    assert len(entries(office, booked)) == 1

    again = asks(office, reason="it is wrong all the same")

    assert (again.id, again.version, again.state) == (item.id, 2, ItemState.OPEN)


def test_asking_twice_is_asking_once(office: Office, booked: DocumentId) -> None:
    assert asks(office) == asks(office)
    assert asks(office, reason="another reason").version == 2


def test_what_cannot_be_taken_back_is_said(office: Office, booked: DocumentId) -> None:
    with pytest.raises(NotInStore, match="no entry 99"):
        asks(office, number=99)
    with pytest.raises(ReasonMissing):
        asks(office, reason="  ")
    with pytest.raises(NotAValue, match="none of"):
        asks(office, afterwards="the bin")
    agrees(office, asks(office))
    with pytest.raises(AlreadyBooked, match="by entry 2"):
        asks(office)
    with pytest.raises(AlreadyBooked, match="itself a reversal"):
        asks(office, number=2)


def test_a_reversal_asked_for_can_be_said_otherwise(office: Office, booked: DocumentId) -> None:
    item = asks(office)

    renewed = office.services.worklist.correct(item.id, office.actor("anna"), {"afterwards": "rejected"})

    assert renewed.reasons[1] == "Afterwards its document is rejected."
    with pytest.raises(NothingToCorrect, match="amount"):
        office.services.worklist.correct(item.id, office.actor("anna"), {"amount": "1.00"})


def test_those_who_can_agree_get_a_letter(office: Office, booked: DocumentId) -> None:
    asks(office)

    with office.services.store.read() as tx:
        letters = [each.request for each in office.services.store.effects.list(tx, states=["planned"])]
    assert sorted(letter["to"][0] for letter in letters) == ["carla@example.org", "joost@example.org"]
    assert "wrong account" in letters[0]["text"]
