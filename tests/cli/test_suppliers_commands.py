"""kontorist suppliers: teach from a paper, look at what is remembered, take it with you, undo it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kontorist.cli.suppliers import _words
from kontorist.config import load
from kontorist.domain.ids import SYSTEM
from kontorist.domain.payables.draft import Box
from kontorist.domain.payables.memory import Said, Spot
from kontorist.services import open_services
from kontorist.testing.documents.facts import InvoiceFacts
from kontorist.testing.documents.layouts import drawn_layout
from kontorist.testing.documents.pages import render
from kontorist.testing.documents.suppliers import drawn_invoice
from tests.cli.conftest import Kontorist


def facts(number: int) -> InvoiceFacts:
    return replace(drawn_invoice(number, "de"), supplier=drawn_invoice(3, "de").supplier)


@pytest.fixture
def papers(company: Path) -> tuple[str, str]:
    """Two invoices of one supplier in one design."""
    for number in (3, 4):
        (company / f"{number}.pdf").write_bytes(render(facts(number), drawn_layout(7)))
    return "3.pdf", "4.pdf"


def reading(kontorist: Kontorist, file: str, field: str) -> dict[str, object]:
    (line,) = kontorist("read", "invoice", file, "--jsonl", "--config", ".").lines
    evidence: dict[str, object] = line["evidence"][field]
    return evidence


def test_one_paper_teaches_how_the_next_is_read_until_it_is_taken_back(
    kontorist: Kontorist, papers: tuple[str, str]
) -> None:
    first, second = papers
    before = reading(kontorist, second, "tax")
    assert before["value"] is not None

    said = kontorist("suppliers", "correct", first, f"invoice_number={facts(3).number}", "tax=")
    taught = reading(kontorist, second, "tax")

    assert said.code == 0
    assert said.stdout.startswith(f"lesson 1 about {facts(3).supplier.name}")
    assert "the paper shows none" in said.stdout
    assert "an earlier paper" in str(taught["reason"])
    assert not taught["safe"]
    assert "as a person showed" in str(reading(kontorist, second, "invoice_number")["reason"])

    assert kontorist("suppliers", "forget", "--lesson", "1").stdout == "taken back: lesson 1\n"
    assert reading(kontorist, second, "tax") == before
    assert kontorist("suppliers", "forget", "--lesson", "1", "--json").json["forgotten"] == []


def test_what_is_remembered_is_shown_in_words_and_exported_whole(kontorist: Kontorist, papers: tuple[str, str]) -> None:
    supplier = facts(3).supplier.name
    assert "Nobody has taught anything" in kontorist("suppliers", "show").stderr
    kontorist("suppliers", "correct", papers[0], f"supplier_name={supplier}")

    (listed,) = kontorist("suppliers", "show", "--json").json["lessons"]
    (whole,) = kontorist("suppliers", "export", supplier).json["lessons"]

    assert (listed["name"], listed["by"], listed["forgotten_by"]) == (supplier, "anna", None)
    assert supplier in kontorist("suppliers", "show").stdout
    assert f"always {supplier}" in kontorist("suppliers", "show", supplier).stdout
    assert whole["lesson"]["said"]["supplier_name"]["spots"]
    assert len(whole["paper"]) == 64


def test_what_was_exported_is_taken_in_elsewhere_once(
    kontorist: Kontorist, papers: tuple[str, str], company: Path
) -> None:
    kontorist("suppliers", "correct", papers[0], f"invoice_number={facts(3).number}")
    kontorist("suppliers", "correct", papers[0], "currency=EUR")
    kontorist("suppliers", "forget", "--lesson", "2")
    saved = kontorist("suppliers", "export").stdout
    (company / "saved.json").write_text(saved)
    (company / "elsewhere.json").write_text(saved.replace(facts(3).supplier.name, "Lindner & Co."))
    (company / "no.json").write_text('{"lessons": [{"lesson": {"version": 7}}]}')

    again = kontorist("suppliers", "import", "saved.json", "--json").json
    assert (again["read"], again["new"], again["lessons"]) == (2, 0, [])
    assert kontorist("suppliers", "import", "elsewhere.json", "--dry-run").stdout == "2 in the file, 1 new\n"
    assert kontorist("suppliers", "import", "elsewhere.json").stdout == "2 in the file, 1 new: lesson 3\n"
    assert "KON-119" in kontorist("suppliers", "import", "no.json").stderr

    assert [each["number"] for each in kontorist("suppliers", "show", "--json").json["lessons"]] == [1, 3]


def test_all_of_a_supplier_is_taken_back_at_once_and_stays_in_sight(
    kontorist: Kontorist, papers: tuple[str, str]
) -> None:
    for _ in range(2):
        kontorist("suppliers", "correct", papers[0], "currency=EUR")

    said = kontorist("suppliers", "forget", facts(3).supplier.name)

    assert said.stdout == "taken back: lesson 1, lesson 2\n"
    assert kontorist("suppliers", "show", "--json").json["lessons"] == []
    assert "taken back" in kontorist("suppliers", "show", "--forgotten").stdout
    assert "taken back by anna" in kontorist("suppliers", "show", facts(3).supplier.name, "--forgotten").stdout


def test_a_place_is_pointed_to_with_and_without_the_value(kontorist: Kontorist, papers: tuple[str, str]) -> None:
    found = reading(kontorist, papers[0], "invoice_number")
    page, box = found["page"], found["box"]
    assert isinstance(box, list)
    place = f"invoice_number@{page},{','.join(map(str, box))}"

    said = kontorist("suppliers", "correct", papers[0], place, "--json")
    nowhere = kontorist("suppliers", "correct", papers[0], "invoice_number@1,1,98,2,99")

    assert "invoice_number" in said.json["remembered"]
    assert (nowhere.code, "KON-118" in nowhere.stderr) == (1, True)


def test_a_document_of_the_archive_teaches_too(kontorist: Kontorist, papers: tuple[str, str], company: Path) -> None:
    with open_services(load(company)) as services:
        content = (company / papers[0]).read_bytes()
        kept = services.archive.add(
            content, name="3.pdf", media_type="application/pdf", source="/t", source_id="1", actor=SYSTEM
        )

    assert kontorist("suppliers", "correct", kept.id, "currency=EUR").code == 0


@pytest.mark.parametrize("word", ["net", "nett=1", "net@1,2,3", "net@1,2,3,4,500", "net@1,2,3,4,5.5.5"])
def test_what_is_no_field_and_no_place_is_wrong_usage(kontorist: Kontorist, papers: tuple[str, str], word: str) -> None:
    assert kontorist("suppliers", "correct", papers[0], word).code == 2


def test_what_teaches_nothing_is_said(kontorist: Kontorist, company: Path) -> None:
    (company / "broken.pdf").write_bytes(b"%PDF-1.7")
    (company / "no.xml").write_text("<a/>")

    assert "KON-117" in kontorist("suppliers", "correct", "broken.pdf", "net=1.00").stderr
    assert "KON-117" in kontorist("suppliers", "correct", "no.xml", "net=1.00").stderr
    assert "KON-150" in kontorist("suppliers", "correct", "there-is-no-such-file", "net=1.00").stderr
    assert kontorist("suppliers", "forget").code == 2


def test_each_thing_remembered_has_its_words() -> None:
    spot = Spot(page=1, box=Box(x0=10, y0=20, x1=30, y1=22), zone="head", form="99", left="", above="nummer")
    said = Said(silent=True, spots=(spot,), wrong=(spot,), day_first=False, days=14)

    assert list(_words(said)) == [
        "left as it was read",
        'page 1, 10 % across and 20 % down, below "nummer", as 99',
        "not on page 1, 20 % down",
        "month before day",
        "14 days after the issue date",
    ]
