"""kontorist worklist: what waits, and what people do with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from kontorist.config import load
from kontorist.domain.ids import SYSTEM, DocumentId
from kontorist.domain.payables.draft import FIELDS, Field, FieldName, InvoiceDraft
from kontorist.services import open_services
from tests.cli.conftest import Kontorist

READ: dict[FieldName, str] = {
    "supplier_name": "Muster GmbH",
    "supplier_vat_id": "DE136695976",
    "invoice_number": "2026-117",
    "issue_date": "2026-11-03",
    "due_date": "2026-11-17",
    "currency": "EUR",
    "net": "100.00",
    "tax": "19.00",
    "gross": "119.00",
    "iban": "DE89370400440532013000",
}


@pytest.fixture
def item(company: Path) -> str:
    """The number of the item of an invoice that was read with some doubt and therefore waits."""
    with open_services(load(company)) as services:
        archived = services.archive.add(
            b"%PDF-1.7", name="Muster.pdf", media_type="application/pdf", source="/test", source_id="1", actor=SYSTEM
        )
        draft = InvoiceDraft(
            fields={
                name: Field(value=READ[name], confidence=0.9, safe=name != "due_date", reason="printed", page=1)
                for name in FIELDS
            }
        )
        with services.store.write() as tx:
            services.store.documents.add(tx, archived)
            services.payables.keep_draft(tx, DocumentId(archived.id), draft)
        services.payables.ask_people(DocumentId(archived.id))
        (waiting,) = services.worklist.items()
        return waiting.id


def test_what_waits_is_listed_with_its_reason(kontorist: Kontorist, item: str) -> None:
    said = kontorist("worklist", "list", "--json")

    (listed,) = said.json["items"]
    assert (listed["id"], listed["state"], listed["version"]) == (item, "open", 1)
    assert listed["reasons"]
    assert "Muster GmbH" in kontorist("worklist", "list").stdout


def test_an_empty_worklist_says_so(kontorist: Kontorist, company: Path) -> None:
    said = kontorist("worklist", "list")

    assert (said.code, said.stdout, said.stderr) == (0, "", "Nothing waits.\n")


def test_a_program_can_ask_whether_a_person_is_needed(kontorist: Kontorist, item: str) -> None:
    assert kontorist("worklist", "list").code == 0
    assert kontorist("worklist", "list", "--exit-code").code == 4


def test_an_item_shows_its_fields_and_who_is_next(kontorist: Kontorist, item: str) -> None:
    facts = kontorist("worklist", "show", item, "--json").json

    assert facts["fields"]["gross"]["value"] == "119.00"
    assert facts["next"] == ["joost"]
    shown = kontorist("worklist", "show", item).stdout
    assert "119.00" in shown
    assert "next: joost" in shown


def test_a_clerk_corrects_and_then_somebody_else_has_to_approve(kontorist: Kontorist, item: str) -> None:
    corrected = kontorist("worklist", "correct", item, "due_date=2026-12-01", "account=6400", "--json")
    assert (corrected.code, corrected.json["version"]) == (0, 2)
    assert kontorist("worklist", "show", item, "--json").json["fields"]["due_date"]["value"] == "2026-12-01"
    assert "said by a person" in kontorist("worklist", "show", item).stdout

    own = kontorist("worklist", "approve", item)
    assert own.code == 1
    assert own.stderr.startswith("KON-101: anna prepared or corrected this; another person has to approve it.")

    approved = kontorist("worklist", "approve", item, "--note", "stimmt", user="joost")
    assert (approved.code, approved.stderr) == (0, "")
    assert "approved" in approved.stdout
    assert kontorist("worklist", "list").stderr == "Nothing waits.\n"
    assert "joost: approve (version 2) stimmt" in kontorist("worklist", "show", item).stdout


def test_a_version_that_is_no_longer_the_one_shown_is_refused(kontorist: Kontorist, item: str) -> None:
    kontorist("worklist", "correct", item, "due_date=2026-12-01", "account=6400")

    said = kontorist("worklist", "approve", item, "--version", "1", user="joost")

    assert said.code == 1
    assert said.stderr.startswith("KON-102: ")


def test_a_refusal_needs_its_reason(kontorist: Kontorist, item: str) -> None:
    silent = kontorist("worklist", "reject", item, user="joost")
    spoken = kontorist("worklist", "reject", item, "--note", "Nie bestellt", user="joost")

    assert silent.code == 1
    assert "--note TEXT" in silent.stderr
    assert (spoken.code, spoken.stdout.split()[1]) == (0, "rejected")
    assert len(kontorist("worklist", "list", "--all", "--json").json["items"]) == 1


def test_a_question_gives_the_item_back(kontorist: Kontorist, item: str) -> None:
    said = kontorist("worklist", "return", item, "--note", "Welche Kostenstelle?", "--json", user="joost")

    assert (said.code, said.json["state"]) == (0, "returned")


def test_an_item_is_put_off_and_given_to_somebody(kontorist: Kontorist, item: str) -> None:
    assert kontorist("worklist", "postpone", item, "--until", "2026-12-24").code == 0
    assert kontorist("worklist", "assign", item, "joost").code == 0

    (listed,) = kontorist("worklist", "list", "--json").json["items"]
    assert (listed["owner"], listed["postponed_until"]) == ("joost", "2026-12-24")


def test_nobody_acts_whom_the_configuration_does_not_know(kontorist: Kontorist, item: str) -> None:
    said = kontorist("worklist", "approve", item, user="root")

    assert said.code == 3
    assert said.stderr.startswith('KON-323: Nobody under people: in config.yaml has the login "root".')
    assert "Add below people: the line `root: {login: root, roles: [clerk]}`." in said.stderr


def test_an_unknown_item_is_a_sentence(kontorist: Kontorist, item: str) -> None:
    said = kontorist("worklist", "show", "W123")

    assert said.code == 1
    assert "W123" in said.stderr


@pytest.mark.parametrize("words", [["correct", "W1", "net"], ["postpone", "W1"], ["postpone", "W1", "--until", "bald"]])
def test_wrong_words_are_wrong_usage(kontorist: Kontorist, company: Path, words: list[str]) -> None:
    assert kontorist("worklist", *words).code == 2


def test_a_file_handed_in_is_archived_and_waits_in_the_inbox_once(kontorist: Kontorist, company: Path) -> None:
    (company / "Brief.pdf").write_bytes(b"%PDF-1.7")

    first = kontorist("worklist", "add", "Brief.pdf", "--json").json["events"][0]
    again = kontorist("worklist", "add", "Brief.pdf", "--json").json["events"][0]

    assert (first["duplicate"], again["duplicate"]) == (False, True)
    assert first["event"] == again["event"]
    assert kontorist("archive", "find", "brief", "--json").json["total"] == 1
    (event,) = kontorist("events", "list", "--json").json["events"]
    assert (event["type"], event["state"], event["source"]) == ("document.received", "new", "/kontorist/cli/anna")
