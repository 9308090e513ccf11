"""Bank details come into force when two people agree: who imported them, and somebody else."""

from __future__ import annotations

import pytest

from kontorist.domain.approvals import ItemChanged, ItemState, NotAllowed, Verdict, WorkItem
from kontorist.domain.ids import WorkItemId
from kontorist.domain.masterdata.names import Kind
from kontorist.domain.payables.suppliers import Supplier
from kontorist.services.carriers import NothingToCorrect
from kontorist.services.masterdata import ImportReport
from kontorist.testing.documents import tables
from kontorist.testing.documents.identity import iban
from kontorist.testing.office import Office

OLD, NEW, OTHER = iban("DE", 7_001), iban("DE", 8_001), iban("NL", 9_001)


def imports(office: Office, text: str, by: str = "anna", kind: Kind = Kind.SUPPLIERS) -> ImportReport:
    actor = office.actor(by)
    return office.services.masterdata.import_file(kind, text.encode(), name="table.csv", actor=actor)


def supplier(office: Office, number: str = "070001") -> Supplier:
    with office.services.store.read() as tx:
        found = office.services.store.suppliers.with_number(tx, number)
    assert found is not None
    return found


def decides(
    office: Office, name: str, item: WorkItemId, verdict: Verdict = Verdict.APPROVE, note: str = ""
) -> WorkItem:
    decided = office.services.worklist.decide(item, office.actor(name), verdict, note=note)
    office.services.worklist.carry_out(item)
    return decided


def known_supplier(office: Office) -> None:
    """A supplier whose details were agreed on."""
    (item,) = imports(office, f"Kreditor;Name;IBAN\n070001;Muster GmbH;{OLD}").waiting
    decides(office, "joost", item)


def test_the_first_details_of_new_suppliers_are_one_item_for_a_second_person(office: Office) -> None:
    table = tables.supplier_table()
    report = office.services.masterdata.import_file(
        Kind.SUPPLIERS, table.content, name=table.name, actor=office.actor("joost")
    )
    (item,) = report.waiting

    assert supplier(office).ibans == ()
    with pytest.raises(NotAllowed, match="prepared"):
        decides(office, "joost", item)
    with pytest.raises(NotAllowed, match="role"):
        decides(office, "anna", item)
    assert decides(office, "carla", item).state is ItemState.APPROVED

    assert supplier(office).ibans == (OLD,)
    with office.services.store.read() as tx:
        note = office.services.store.audit.of(tx, supplier(office).id)[-1]
    assert (note.actor, note.verb, note.after["prepared_by"]) == ("carla", "agreed to bank details", "joost")


def test_new_details_of_a_known_supplier_are_in_force_when_a_second_person_agrees(office: Office) -> None:
    known_supplier(office)

    (item,) = imports(office, f"Kreditor;Name;IBAN\n070001;Muster GmbH;{NEW}").waiting

    waiting, about = office.services.worklist.show(item)
    assert (waiting.item.kind, about.partner) == ("bank_details", "Muster GmbH")
    assert waiting.item.content["changes"][0]["known"] == [OLD]
    assert waiting.item.content["changes"][0]["new"] == [NEW]
    assert supplier(office).ibans == (OLD,)
    decides(office, "joost", item)
    assert supplier(office).ibans == (NEW,)
    office.services.worklist.carry_out(item)
    assert supplier(office).ibans == (NEW,)


def test_details_that_were_refused_stay_refused_when_the_file_comes_again(office: Office) -> None:
    known_supplier(office)
    text = f"Kreditor;Name;IBAN\n070001;Muster GmbH;{NEW}"
    (item,) = imports(office, text).waiting
    decides(office, "joost", item, Verdict.REJECT, "called them: not theirs")

    again = imports(office, text)

    assert again.waiting == []
    assert office.services.worklist.items() == []
    assert supplier(office).ibans == (OLD,)
    (anew,) = imports(office, f"Kreditor;Name;IBAN;Ort\n070001;Muster GmbH;{NEW};Bonn").waiting
    assert anew != item


def test_other_details_while_some_wait_void_what_was_said(office: Office) -> None:
    known_supplier(office)
    (item,) = imports(office, f"Kreditor;Name;IBAN\n070001;Muster GmbH;{NEW}").waiting

    (same,) = imports(office, f"Kreditor;Name;IBAN\n070001;Muster GmbH;{OTHER}", by="joost").waiting

    assert same == item
    with pytest.raises(ItemChanged):
        office.services.worklist.decide(item, office.actor("carla"), Verdict.APPROVE, version=1)
    with pytest.raises(NotAllowed):
        decides(office, "joost", item)
    decides(office, "carla", item)
    assert supplier(office).ibans == (OTHER,)


def test_only_what_was_shown_is_agreed_on(office: Office) -> None:
    known_supplier(office)
    (item,) = imports(office, f"Kreditor;Name;IBAN\n070001;Muster GmbH;{NEW}").waiting
    with office.services.store.write() as tx:  # somebody with the database in his hands
        (change,) = office.services.store.bank_changes.of(tx, office.services.store.worklist.get(tx, item).subject)
        office.services.store.bank_changes.put(tx, type(change)(**{**_facts(change), "ibans": (OTHER,)}))

    with pytest.raises(ItemChanged):
        decides(office, "joost", item)
    assert supplier(office).ibans == (OLD,)


def _facts(change: object) -> dict[str, object]:
    return {name: getattr(change, name) for name in type(change).__slots__}  # type: ignore[attr-defined]


def test_trust_takes_two_people_too_and_is_lost_by_one(office: Office) -> None:
    known_supplier(office)

    (item,) = imports(office, "Kreditor;Name;Vertrauenswürdig\n070001;Muster GmbH;ja").waiting
    assert not supplier(office).trusted
    decides(office, "joost", item)
    assert (supplier(office).trusted, supplier(office).ibans) == (True, (OLD,))

    report = imports(office, "Kreditor;Name;Vertrauenswürdig\n070001;Muster GmbH;nein")
    assert (report.waiting, supplier(office).trusted) == ([], False)


def test_a_file_that_knows_one_iban_of_two_changes_nothing(office: Office) -> None:
    (item,) = imports(office, f"Kreditor;Name;IBAN\n070001;Muster GmbH;{OLD}, {OTHER}").waiting
    decides(office, "joost", item)

    report = imports(office, f"Kreditor;Name;IBAN\n070001;Muster GmbH;{OTHER}")

    assert (report.waiting, report.unchanged) == ([], 1)
    assert supplier(office).ibans == (OLD, OTHER)


def test_details_of_customers_and_employees_wait_as_well(office: Office) -> None:
    (customer,) = imports(office, f"Debitor;Name;IBAN\n1;Kunde AG;{NEW}", kind=Kind.CUSTOMERS).waiting
    (employee,) = imports(office, f"Pers.-Nr.;Name;IBAN\n00001;Eva Beispiel;{NEW}", "carla", Kind.EMPLOYEES).waiting

    decides(office, "joost", customer)
    with pytest.raises(NotAllowed):  # the only one with the role brought them
        decides(office, "carla", employee)

    with office.services.store.read() as tx:
        (kunde,) = office.services.store.customers.list(tx)
        (eva,) = office.services.store.employees.list(tx)
    assert (kunde.ibans, eva.iban) == ((NEW,), None)
    shown, _ = office.services.worklist.show(employee)
    assert NEW not in repr(shown)
    assert "Beispiel" not in repr(shown)


def test_an_employees_details_are_agreed_on_without_a_trace_of_them(office: Office) -> None:
    office.people = {**office.people}
    payroll = type(office.actor("carla"))(person=office.actor("anna").person, roles=frozenset({"payroll"}))
    report = office.services.masterdata.import_file(
        Kind.EMPLOYEES, f"Pers.-Nr.;Name;IBAN\n00001;Eva;{NEW}".encode(), name="e.csv", actor=payroll
    )
    decides(office, "carla", report.waiting[0])

    with office.services.store.read() as tx:
        (eva,) = office.services.store.employees.list(tx)
        trail = repr(office.services.store.audit.newest(tx))
    assert eva.iban == NEW
    assert NEW not in trail


def test_bank_details_are_not_corrected_by_hand(office: Office) -> None:
    (item,) = imports(office, f"Kreditor;Name;IBAN\n070001;Muster GmbH;{OLD}").waiting

    with pytest.raises(NothingToCorrect):
        office.services.worklist.correct(item, office.actor("anna"), {"iban": NEW})


def test_where_preparers_may_approve_two_others_are_not_needed_but_two_people_are(office: Office) -> None:
    office.services.carriers["bank_details"]._needed = 2  # type: ignore[attr-defined]  # as with four_eyes: false

    (item,) = imports(office, f"Kreditor;Name;IBAN\n070001;Muster GmbH;{OLD}").waiting

    assert decides(office, "joost", item).state is ItemState.OPEN
    assert decides(office, "carla", item).state is ItemState.APPROVED
