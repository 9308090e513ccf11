"""What becomes of the papers of the sample month, step by step, on the real database."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from kontorist.domain.errors import TransientError
from kontorist.domain.ids import DocumentId
from kontorist.domain.money import Money
from kontorist.testing.documents.einvoice import cii_xml, hybrid
from kontorist.testing.documents.layouts import layout
from kontorist.testing.documents.pages import render
from kontorist.testing.documents.suppliers import drawn_invoice
from kontorist.testing.office import Office


def test_a_clean_invoice_of_a_known_supplier_is_booked_by_the_machine(office: Office) -> None:
    document = office.takes_in("papierhaus-lindner.pdf")

    with office.services.store.read() as tx:
        (posted,) = office.services.store.journal.of_document(tx, document)
    assert office.state(document) == "booked"
    assert [(line.account, line.origin) for line in posted.entry.lines] == [
        ("6400", "net"), ("1500", "tax"), ("2000", "gross"),
    ]  # fmt: skip
    assert sum((line.amount.amount for line in posted.entry.lines), Money.zero("EUR").amount) == 0


def test_the_same_invoice_in_another_file_waits_for_a_person(office: Office) -> None:
    first = office.takes_in("koffiebranderij-de-zwaan.pdf")
    second = office.takes_in("koffie-kopie.pdf")

    assert office.state(first) == "booked"
    assert office.state(second) == "worklist"
    assert office.services.payables.summary(second)["reason_code"] == "KON-DUPLICATE"


def test_a_total_that_is_not_the_sum_is_reported_as_printed(office: Office) -> None:
    document = office.takes_in("elektro-brandt.pdf")

    summary = office.services.payables.summary(document)
    assert summary["state"] == "worklist"
    assert summary["reason_code"] == "KON-TOTALS"


def test_another_bank_account_needs_two_people_whatever_the_amount(office: Office) -> None:
    office.takes_in("papierhaus-neue-bank.pdf")

    (item,) = office.services.worklist.items()
    assert item.kind == "bank_change"
    assert sum(step.needed for step in item.steps) == 2


def test_a_broken_file_is_set_aside_with_a_sentence_and_the_clerk_is_told(office: Office) -> None:
    document = office.takes_in("download.pdf")

    summary = office.services.payables.summary(document)
    assert summary["state"] == "quarantined"
    assert summary["reason"]
    assert [action["to"] for action in office.sink.done.values()] == [["anna@example.org"]]


@pytest.mark.parametrize("name", ["papierhaus-lindner.pdf", "koffie-kopie.pdf", "download.pdf"])
def test_the_same_event_worked_on_twice_changes_nothing(office: Office, name: str) -> None:
    event = office.receives(name)
    office.intake(event)
    before = _books(office)

    office.intake(event)

    assert _books(office) == before


def test_those_who_can_decide_get_one_letter_each(office: Office) -> None:
    office.takes_in("drukkerij-brochures.pdf")

    assert sorted(action["to"][0] for action in office.sink.done.values()) == ["carla@example.org", "joost@example.org"]


def test_a_letter_that_cannot_go_out_now_stays_planned(office: Office) -> None:
    office.sink.troubles.append(TransientError())

    office.takes_in("download.pdf")

    with office.services.store.read() as tx:
        assert office.services.store.effects.counts(tx)["planned"] == 1


FACTS = replace(drawn_invoice(7, "de"), delivered=date(2026, 5, 3))


def _takes(office: Office, folder: Path, name: str, content: bytes) -> DocumentId:
    (folder / name).write_bytes(content)
    (document,) = office.intake(office.receives_file(folder / name))
    return document


def _reasons(office: Office, document: DocumentId) -> dict[str, str]:
    (item,) = [item for item in office.services.worklist.items() if item.subject == document]
    return dict(zip(item.codes, item.reasons, strict=True))


def test_an_e_invoice_that_breaks_its_rules_waits_with_the_rule(office: Office, tmp_path: Path) -> None:
    wrong = re.sub(rb"<ram:CategoryCode>S<", b"<ram:CategoryCode>Q<", cii_xml(FACTS))
    document = _takes(office, tmp_path, "wrong.xml", wrong)
    right = _takes(office, tmp_path, "right.xml", cii_xml(replace(FACTS, number="RE-2")))

    assert "FX-SCH-A-000619" in _reasons(office, document)["KON-EINVOICE-RULES"]
    assert "KON-EINVOICE-RULES" not in _reasons(office, right)


def test_a_page_that_differs_from_its_xml_waits_with_both_values(office: Office, tmp_path: Path) -> None:
    xml = cii_xml(replace(FACTS, number="XX-9999"))
    document = _takes(office, tmp_path, "two.pdf", hybrid(render(FACTS, layout("formal")), xml))

    reason = _reasons(office, document)["KON-PAGE-XML-invoice_number"]
    assert ("XX-9999" in reason, FACTS.number in reason) == (True, True)


def test_rules_that_are_not_here_are_said_and_stop_nothing(office: Office) -> None:
    profile = b"urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0<"
    (finding,) = office.services.einvoices.findings_on(cii_xml(FACTS).replace(b"urn:cen.eu:en16931:2017<", profile))

    assert (finding.code, finding.stops_the_machine) == ("KON-EINVOICE-UNCHECKED", False)
    assert office.services.einvoices.findings_on(cii_xml(FACTS)) == []


def test_an_e_invoice_that_nothing_could_check_waits(office: Office) -> None:
    for content in (b"%PDF-1.7", b"<Invoice/>"):
        (finding,) = office.services.einvoices.findings_on(content)

        assert (finding.code, finding.stops_the_machine) == ("KON-EINVOICE-UNCHECKED", True)


def _books(office: Office) -> tuple[object, ...]:
    store = office.services.store
    with store.read() as tx:
        entries = store.journal.entries(tx)
        return (
            [posted.number for posted in entries],
            [(row.id, row.state) for row in store.documents.list(tx)],
            [(item.id, item.version) for item in store.worklist.list(tx, states=None)],
            [(effect.key, effect.state, effect.attempts) for effect in store.effects.list(tx)],
        )
