"""What a clerk corrects on the worklist is known when the supplier's next paper comes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from kontorist.domain.approvals import WorkItem
from kontorist.domain.ids import DocumentId, SupplierId
from kontorist.domain.payables.corrections import NotAValue
from kontorist.domain.payables.draft import FieldName, InvoiceDraft
from kontorist.domain.payables.memory import Signs
from kontorist.domain.payables.suppliers import Supplier
from kontorist.failpoints import REGISTRY
from kontorist.services.lessons_import import NotLessons, lessons_in
from kontorist.services.memory import exported
from kontorist.store.errors import NotInStore
from kontorist.testing.documents.layouts import drawn_layout
from kontorist.testing.documents.pages import render
from kontorist.testing.documents.suppliers import drawn_invoice
from kontorist.testing.office import Office


def paper(number: int) -> bytes:
    """The invoices of one supplier unknown to the office, in one design."""
    facts = drawn_invoice(number, "de")
    return render(replace(facts, supplier=drawn_invoice(3, "de").supplier), drawn_layout(7))


def takes_in(office: Office, number: int) -> DocumentId:
    record = office.services.archive.add(
        paper(number), name=f"{number}.pdf", media_type="application/pdf", source="/t", source_id=str(number), actor="a"
    )
    event = office.receives("papierhaus-neue-bank.pdf")
    (document,) = office.services.payables.documents_of(event, [record.id])
    office.services.payables.read(document)
    office.services.payables.ask_people(document)
    return document


def item_of(office: Office, document: DocumentId) -> WorkItem:
    (item,) = (each for each in office.services.worklist.items() if each.subject == document)
    return item


def correct(office: Office, document: DocumentId, **changes: str) -> None:
    office.services.worklist.correct(item_of(office, document).id, office.actor("anna"), changes)


def draft_of(office: Office, document: DocumentId) -> InvoiceDraft:
    with office.services.store.read() as tx:
        draft = office.services.store.documents.get(tx, document).draft
    assert draft is not None
    return draft


def reason(office: Office, document: DocumentId, name: FieldName) -> str:
    return draft_of(office, document).fields[name].reason


def test_the_correction_and_what_it_teaches_are_kept_together_and_used_for_the_next_paper(office: Office) -> None:
    first = takes_in(office, 3)
    number = draft_of(office, first).value("invoice_number")
    assert number is not None

    correct(office, first, invoice_number=number, tax="")
    second = takes_in(office, 4)

    (taught,) = office.services.memory.lessons()
    assert taught.by == "anna"
    assert {name for name, said in taught.lesson.said.items() if not said.silent} == {"invoice_number", "tax"}
    assert "as a person showed on an earlier paper" in reason(office, second, "invoice_number")
    with office.services.store.read() as tx:
        note = next(each for each in office.services.store.audit.of(tx, first) if each.verb == "taught")
    assert (note.actor, note.after["fields"]) == ("anna", ["invoice_number", "tax"])  # type: ignore[index]


def test_a_wrong_correction_is_undone_by_itself(office: Office) -> None:
    before = takes_in(office, 5)
    first = takes_in(office, 3)
    number = draft_of(office, first).value("invoice_number")
    assert number is not None
    correct(office, first, invoice_number=number)
    correct(office, first, supplier_name="Ganz anders AG")
    wrong = office.services.memory.lessons()[-1]
    assert draft_of(office, takes_in(office, 4)).fields["supplier_name"].safe is False

    assert office.services.memory.forget(wrong.number, office.actor("joost"))
    assert not office.services.memory.forget(wrong.number, office.actor("joost"))
    third = takes_in(office, 6)

    name = draft_of(office, third).fields["supplier_name"]
    assert name == replace(draft_of(office, before).fields["supplier_name"], box=name.box)
    assert "as a person showed" in reason(office, third, "invoice_number")
    assert [each.number for each in office.services.memory.lessons(forgotten=True)] == [1, 2]
    with office.services.store.read() as tx:
        told = [(note.actor, note.verb) for note in office.services.store.audit.of(tx, first)]
    assert [each for each in told if each[1] in ("taught", "forgot")] == [
        ("anna", "taught"), ("anna", "taught"), ("joost", "forgot")
    ]  # fmt: skip
    with pytest.raises(NotInStore):
        office.services.memory.forget(77, office.actor("joost"))


def test_what_is_no_value_teaches_nothing_and_changes_nothing(office: Office) -> None:
    first = takes_in(office, 3)

    with pytest.raises(NotAValue):
        correct(office, first, net="plenty")
    correct(office, first, account="6400")

    assert office.services.memory.lessons() == []


def test_killed_between_correction_and_lesson_neither_is_there(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "lessons.before_teach" in REGISTRY
    first = takes_in(office, 3)
    before = item_of(office, first)

    def dies(*_: object, **__: object) -> int:
        raise RuntimeError("killed")

    monkeypatch.setattr(office.services.store.lessons, "teach", dies)
    with pytest.raises(RuntimeError):
        correct(office, first, invoice_number="4711")

    assert item_of(office, first) == before
    assert draft_of(office, first).value("invoice_number") != "4711"


def test_a_supplier_is_named_as_people_name_it(office: Office) -> None:
    first = takes_in(office, 3)
    supplier = drawn_invoice(3, "de").supplier
    correct(office, first, currency="EUR")
    with office.services.store.write() as tx:
        known = Supplier(id=SupplierId("S1"), name="Unter anderem Namen", vat_id=supplier.vat_id, number="70017")
        office.services.store.suppliers.put(tx, known)
    lessons = office.services.memory.lessons
    (taught,) = lessons()

    assert supplier.vat_id is not None
    for word in (supplier.name, supplier.vat_id.lower(), taught.lesson.key, "S1", "70017", "unter anderem namen"):
        assert lessons(word) == [taught], word
    assert lessons("Somebody else") == []


def test_master_data_are_recalled_before_what_people_taught(office: Office) -> None:
    with office.services.store.read() as tx:
        known = next(each for each in office.services.store.suppliers.list(tx) if each.vat_id)
    assert known.vat_id is not None

    lessons = office.services.memory.recall(Signs(vat_ids=frozenset({known.vat_id})))

    assert [each.name for each in lessons] == [known.name]
    assert all(said.silent for said in lessons[0].said.values())


def saved(office: Office, **changes: Any) -> bytes:
    """An export of what was taught, with `changes` to its one lesson; a value below is named by its path."""
    (taught,) = office.services.memory.lessons()
    data = json.loads(json.dumps(exported(taught)))
    for path, value in changes.items():
        *way, last = path.split("__")
        place = data
        for step in way:
            place = place[int(step) if step.isdecimal() else step]
        place[last] = value
    return json.dumps({"lessons": [data]}).encode()


def test_lessons_of_another_office_count_here_as_brought_by_whoever_takes_them_in(office: Office) -> None:
    first = takes_in(office, 3)
    correct(office, first, invoice_number="4711")
    content = saved(office, by="somebody there", paper="a" * 64)
    memory = office.services.memory

    assert memory.take_in(content, office.actor("anna"), dry_run=True).lessons == ()
    assert len(memory.lessons()) == 1
    found = memory.take_in(content, office.actor("anna"))
    assert memory.take_in(content, office.actor("anna")).new == 0

    (known, brought) = memory.lessons()
    assert (brought.number, brought.by, brought.lesson) == (found.lessons[0], "anna", known.lesson)
    with office.services.store.read() as tx:
        said = [each.after for each in office.services.store.audit.of(tx, known.lesson.key)]
    assert said[-1] is not None
    assert said[-1]["brought_from"] == "somebody there"


WRONG: list[dict[str, Any]] = [
    {"paper": "elsewhere"},
    {"lesson__version": 2},
    {"lesson__key": "anything"},
    {"lesson__name": 5},
    {"lesson__signs__names": ["x" * 501]},
    {"lesson__signs__cells": [str(number) for number in range(5001)]},
    {"lesson__said__gross__value": ["DE1"]},
    {"lesson__said__gross__days": 14.5},
    {"lesson__said__gross__day_first": "yes"},
    {"lesson__said__gross__spots__0__box": [0, 0, 1000, 1]},
    {"lesson__said__gross__spots__0__offset": [1]},
    {"lesson__said__gross__spots__0__zone": "margin"},
]


def test_what_is_no_lesson_of_ours_is_not_taken_in(office: Office) -> None:
    correct(office, takes_in(office, 3), invoice_number="2024-1")
    assert lessons_in(saved(office))

    for changes in WRONG:
        with pytest.raises(NotLessons, match=r"form|says"):
            office.services.memory.take_in(saved(office, **changes), office.actor("anna"))
    assert len(office.services.memory.lessons()) == 1


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"lessons": 1}', b'{"lessons": [1]}'])
def test_what_is_no_export_is_not_taken_in(content: bytes) -> None:
    with pytest.raises(NotLessons):
        lessons_in(content)
