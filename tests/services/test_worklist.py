"""People decide, correct and ask; the machine carries it out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from kontorist.domain.approvals import ItemChanged, ItemClosed, ItemState, NotAllowed, Verdict, WorkItem
from kontorist.domain.ids import DocumentId, PersonKey
from kontorist.domain.payables.booking import CannotBeBooked
from kontorist.domain.payables.corrections import NotAValue
from kontorist.services.worklist import NothingChanged, ReasonMissing
from kontorist.store.errors import DuplicateInvoice
from kontorist.testing.office import Office


def only_item(office: Office) -> WorkItem:
    (item,) = office.services.worklist.items()
    return item


def decides(office: Office, name: str, verdict: Verdict, note: str = "") -> WorkItem:
    return office.services.worklist.decide(only_item(office).id, office.actor(name), verdict, note=note)


def events(office: Office) -> list[str]:
    with office.services.store.read() as tx:
        return [row.type for row in office.services.store.inbox.list(tx) if row.type.startswith("approval.")]


def test_an_invoice_above_both_limits_is_booked_when_approver_and_controller_agree(office: Office) -> None:
    document = office.takes_in("drukkerij-brochures.pdf")
    item = only_item(office)

    half = decides(office, "joost", Verdict.APPROVE)
    settled = decides(office, "carla", Verdict.APPROVE)
    office.services.worklist.carry_out(item.id)

    assert half.state is ItemState.OPEN
    assert settled.state is ItemState.APPROVED
    assert events(office) == ["approval.granted"]
    assert office.state(document) == "booked"
    with office.services.store.read() as tx:
        (posted,) = office.services.store.journal.of_document(tx, document)
    assert posted.entry.approved_by == ("joost", "carla")


def test_a_clerk_may_not_approve(office: Office) -> None:
    office.takes_in("drukkerij-brochures.pdf")

    with pytest.raises(NotAllowed, match="approver"):
        decides(office, "anna", Verdict.APPROVE)
    assert events(office) == []


def test_changed_bank_details_wait_for_the_second_person(office: Office) -> None:
    document = office.takes_in("papierhaus-neue-bank.pdf")
    item = only_item(office)

    assert decides(office, "joost", Verdict.APPROVE).state is ItemState.OPEN
    with pytest.raises(NotAllowed, match="already"):
        decides(office, "joost", Verdict.APPROVE)
    assert decides(office, "carla", Verdict.APPROVE).state is ItemState.APPROVED

    office.services.worklist.carry_out(item.id)
    assert office.state(document) == "booked"


def test_a_correction_voids_what_was_said_and_the_corrector_cannot_approve(office: Office) -> None:
    office.takes_in("papierhaus-neue-bank.pdf")
    item = only_item(office)
    decides(office, "joost", Verdict.APPROVE)

    renewed = office.services.worklist.correct(item.id, office.actor("carla"), {"due_date": "2026-06-30"})

    assert renewed.version == 2
    with pytest.raises(NotAllowed, match="prepared or corrected"):
        decides(office, "carla", Verdict.APPROVE)
    with pytest.raises(ItemChanged):
        office.services.worklist.decide(item.id, office.actor("joost"), Verdict.APPROVE, version=1)


def test_a_corrected_total_is_checked_again_and_needs_another_person(office: Office) -> None:
    document = office.takes_in("elektro-brandt.pdf")
    item = only_item(office)
    _, about = office.services.worklist.show(item.id)
    paper = about.document
    assert paper is not None
    assert paper.draft is not None
    net, tax = paper.draft.amount("net"), paper.draft.amount("tax")
    assert net is not None
    assert tax is not None

    with pytest.raises(Exception, match="differ from zero"):
        decides(office, "joost", Verdict.APPROVE)
    renewed = office.services.worklist.correct(item.id, office.actor("anna"), {"gross": str(net + tax)})

    assert "KON-TOTALS" not in renewed.codes
    decides(office, "joost", Verdict.APPROVE)
    office.services.worklist.carry_out(item.id)
    assert office.state(document) == "booked"


def test_an_unknown_supplier_is_booked_once_somebody_names_the_account(office: Office) -> None:
    document = office.takes_in("sonnental.pdf")
    item = only_item(office)

    with pytest.raises(CannotBeBooked, match="no account"):
        decides(office, "joost", Verdict.APPROVE)
    office.services.worklist.correct(item.id, office.actor("anna"), {"account": "6200"})
    decides(office, "joost", Verdict.APPROVE)
    office.services.worklist.carry_out(item.id)

    assert office.state(document) == "booked"


def test_a_duplicate_cannot_be_approved_but_rejected(office: Office) -> None:
    office.takes_in("koffiebranderij-de-zwaan.pdf")
    copy = office.takes_in("koffie-kopie.pdf")
    item = only_item(office)

    with pytest.raises(DuplicateInvoice):
        decides(office, "joost", Verdict.APPROVE)
    decides(office, "joost", Verdict.REJECT, "we have this one")
    office.services.worklist.carry_out(item.id)

    assert office.state(copy) == "rejected"
    assert office.services.payables.summary(copy)["reason"] == "Rejected by joost: we have this one"


def test_a_rejection_needs_its_words(office: Office) -> None:
    office.takes_in("sonnental.pdf")

    with pytest.raises(ReasonMissing):
        decides(office, "joost", Verdict.REJECT)


def test_a_question_goes_to_the_clerks_and_the_item_comes_back_when_it_is_answered(office: Office) -> None:
    office.takes_in("drukkerij-brochures.pdf")
    item = only_item(office)
    office.sink.done.clear()

    decides(office, "joost", Verdict.RETURN, "which campaign is this for?")
    with office.services.store.read() as tx:
        event = next(row.id for row in office.services.store.inbox.list(tx) if row.type == "approval.returned")
    office.services.worklist.ask_back(item.id, event)
    office.services.letters.send_planned(event)

    (action,) = office.sink.done.values()
    assert action["to"] == ["anna@example.org"]
    assert "which campaign is this for?" in action["text"]
    office.services.worklist.correct(item.id, office.actor("anna"), {"account": "6800"})
    assert only_item(office).state is ItemState.OPEN


def test_an_approval_is_void_when_the_facts_changed_since(office: Office) -> None:
    document = office.takes_in("drukkerij-brochures.pdf")
    item = only_item(office)
    decides(office, "joost", Verdict.APPROVE)
    decides(office, "carla", Verdict.APPROVE)
    with office.services.store.write() as tx:
        row = office.services.store.documents.get(tx, DocumentId(item.subject))
        assert row.supplier_id is not None
        supplier = office.services.store.suppliers.get(tx, row.supplier_id)
        office.services.store.suppliers.put(tx, replace(supplier, name="Somebody Else B.V."))

    office.services.worklist.carry_out(item.id)

    assert office.state(document) == "worklist"
    assert only_item(office).codes == ("KON-ASK-AGAIN",)


def test_a_settled_item_takes_nothing_more(office: Office) -> None:
    office.takes_in("drukkerij-brochures.pdf")
    item = only_item(office)
    decides(office, "joost", Verdict.APPROVE)
    decides(office, "carla", Verdict.APPROVE)

    with pytest.raises(ItemClosed):
        office.services.worklist.decide(item.id, office.actor("carla"), Verdict.APPROVE)
    with pytest.raises(ItemClosed):
        office.services.worklist.correct(item.id, office.actor("anna"), {"net": "1.00"})


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({}, NothingChanged),
        ({"net": "a lot"}, NotAValue),
        ({"issue_date": "30.2.2026"}, NotAValue),
        ({"colour": "blue"}, NotAValue),
        ({"kind": "poem"}, NotAValue),
    ],
)
def test_a_correction_that_is_none_is_refused_with_the_words(
    office: Office, changes: dict[str, str], error: type[Exception]
) -> None:
    office.takes_in("sonnental.pdf")

    with pytest.raises(error):
        office.services.worklist.correct(only_item(office).id, office.actor("anna"), changes)
    assert only_item(office).version == 1


def test_an_item_can_be_assigned_and_put_off(office: Office) -> None:
    office.takes_in("sonnental.pdf")
    item = only_item(office)

    office.services.worklist.assign(item.id, office.actor("joost"), PersonKey("anna"))
    office.services.worklist.postpone(item.id, office.actor("anna"), date(2026, 6, 1), "supplier is on holiday")

    assert only_item(office).owner == "anna"
    assert only_item(office).postponed_until == date(2026, 6, 1)
    with pytest.raises(NotAllowed):
        office.services.worklist.assign(item.id, office.actor("joost"), PersonKey("nobody"))


def test_everything_said_stands_in_the_audit_trail(office: Office) -> None:
    document = office.takes_in("drukkerij-brochures.pdf")
    item = only_item(office)
    decides(office, "joost", Verdict.APPROVE)
    decides(office, "carla", Verdict.APPROVE)
    office.services.worklist.carry_out(item.id)

    with office.services.store.read() as tx:
        notes = office.services.store.audit.of(tx, document)
    assert [(note.actor, note.verb) for note in notes] == [
        ("system", "asked people"), ("joost", "approved"), ("carla", "approved"), ("carla", "booked"),
    ]  # fmt: skip
