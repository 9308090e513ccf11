"""kontorist journal, trace and audit: what was posted, where it comes from, who said what."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from kontorist.config import load
from kontorist.domain.approvals import Verdict
from kontorist.domain.ids import SYSTEM, DocumentId, WorkItemId
from kontorist.domain.payables.draft import FIELDS, Box, Field, InvoiceDraft
from kontorist.services import open_services
from tests.cli.conftest import Kontorist
from tests.cli.test_worklist_commands import READ


@pytest.fixture
def document(company: Path) -> str:
    """An invoice that joost has agreed to: entry 1."""
    with open_services(load(company)) as services:
        archived = services.archive.add(
            b"%PDF-1.7", name="Muster.pdf", media_type="application/pdf", source="/test", source_id="1", actor=SYSTEM
        )
        box = Box(x0=70, y0=80, x1=90, y1=82)
        draft = InvoiceDraft(
            fields={
                name: Field(value=READ[name], confidence=0.99, safe=True, reason="printed", page=1, box=box)
                for name in FIELDS
            }
        )
        with services.store.write() as tx:
            services.store.documents.add(tx, archived)
            services.payables.keep_draft(tx, DocumentId(archived.id), draft)
        services.payables.ask_people(DocumentId(archived.id))
        (item,) = services.worklist.items()
        people = services.config.actors()
        services.worklist.correct(item.id, people["anna"], {"account": "6400"})  # type: ignore[index]  # a plain key
        services.worklist.decide(item.id, people["joost"], Verdict.APPROVE)  # type: ignore[index]
        services.worklist.carry_out(item.id)
        return archived.id


def test_entries_are_listed_and_shown_with_where_they_were_read(kontorist: Kontorist, document: str) -> None:
    listed = kontorist("journal", "list", "--json").json
    shown = kontorist("journal", "show", "1").stdout

    assert (listed["total"], listed["entries"][0]["document"]) == (1, document)
    assert "119.00 EUR" in kontorist("journal", "list").stdout
    assert "agreed by joost" in shown
    assert "gross = 119.00  page 1 (70,80)-(90,82)  printed" in shown


@pytest.mark.parametrize(
    ("words", "total"),
    [
        (("--account", "6400"), 1),
        (("--account", "1000"), 0),
        (("--since", "2026-11-04"), 0),
        (("--until", "2026-11-03"), 1),
    ],
)
def test_the_list_is_narrowed(kontorist: Kontorist, document: str, words: tuple[str, str], total: int) -> None:
    assert kontorist("journal", "list", *words, "--json").json["total"] == total


def test_a_reversal_waits_for_somebody_else(kontorist: Kontorist, document: str, company: Path) -> None:
    asked = kontorist("journal", "reverse", "E1", "--reason", "falscher Lieferant", "--json").json

    assert (asked["kind"], asked["state"]) == ("reversal", "open")
    assert kontorist("worklist", "approve", asked["id"]).stderr.startswith("KON-101: anna prepared")
    assert kontorist("worklist", "approve", asked["id"], user="joost").code == 0
    with open_services(load(company)) as services:
        services.worklist.carry_out(WorkItemId(asked["id"]))
    assert kontorist("journal", "show", "2", "--json").json["reverses"] == 1
    assert "taken back by entry E2" in kontorist("journal", "show", "1").stdout
    assert kontorist("journal", "reverse", "1", "--reason", "x").stderr.startswith("KON-163: ")


@pytest.mark.parametrize(
    ("words", "code"), [(("reverse", "1"), 2), (("show", "1.1"), 2), (("show", "9"), 1), (("show", "x"), 1)]
)
def test_wrong_words_are_said(kontorist: Kontorist, document: str, words: tuple[str, ...], code: int) -> None:
    assert kontorist("journal", *words).code == code


def test_a_line_is_traced_to_its_field(kontorist: Kontorist, document: str) -> None:
    facts = kontorist("trace", "1.2", "--json").json

    (line,) = facts["entries"][0]["lines"]
    assert line["evidence"][0] | {"confidence": 1} == {
        "field": "tax",
        "value": "19.00",
        "page": 1,
        "box": {"x0": 70, "y0": 80, "x1": 90, "y1": 82},
        "confidence": 1,
        "safe": True,
        "source": "captured",
        "reason": "printed",
    }
    assert kontorist("trace", "17").stderr.startswith("KON-165: There is no entry 17 in the journal.")
    assert kontorist("trace", "17").code == 1


def test_a_figure_of_the_month_is_traced_to_its_lines_and_their_fields(kontorist: Kontorist, document: str) -> None:
    said = kontorist("trace", "A6400@2026-11").stdout

    assert said.startswith("6400 Office supplies              0.00 + 100.00 - 0.00 = 100.00 EUR")
    assert "net = 100.00  page 1 (70,80)-(90,82)  printed" in said
    assert "tax = 19.00" not in said
    assert kontorist("trace", "A6400@2026-10").stderr.strip() == "There is no entry and no document behind this."
    assert kontorist("trace", "A9999@2026-11").stderr.startswith("KON-196: There is no figure 'A9999@2026-11'")


def test_a_story_is_told(kontorist: Kontorist, document: str) -> None:
    lines = kontorist("audit", "show", document, "--json").json["lines"]

    assert [line["what"] for line in lines if line["about"] == document and line["who"] in ("anna", "joost")] == [
        "corrected",
        "approved",
        "booked",
    ]
    assert "account=6400" in kontorist("audit", "show", "E1").stdout


def test_the_chains_are_verified(kontorist: Kontorist, document: str, company: Path) -> None:
    assert kontorist("audit", "verify").code == 0
    intruder = sqlite3.connect(company / "var" / "kontorist.db")
    intruder.executescript("DROP TRIGGER audit_refuses_delete; DELETE FROM audit WHERE seq = 2")
    intruder.close()

    said = kontorist("audit", "verify", "--json")

    assert said.code == 1
    assert said.json["findings"][0] == "Before line 3 of the audit trail 1 lines are missing."
    assert "NOT all as it was written." in kontorist("audit", "verify").stdout
