"""Papers are filed by type, partner and period, and found again; what no rule knows, a person says."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kontorist.archive import DocumentArchive
from kontorist.domain.approvals import ItemState, Verdict
from kontorist.domain.documents.filing import NotAType
from kontorist.domain.ids import DocumentId
from kontorist.domain.payables.draft import NotADate
from kontorist.services.carriers import NothingToCorrect
from kontorist.services.filing import PartnerUnknown, TypeMissing
from kontorist.testing.documents.letters import SampleLetter, pdf, sample_letters
from kontorist.testing.documents.mails import Enclosed, supplier_mail
from kontorist.testing.documents.suppliers import DRUKKERIJ, ELEKTRO, PAPIERHAUS
from kontorist.testing.office import TODAY, Office


@pytest.fixture(scope="module")
def letters(tmp_path_factory: pytest.TempPathFactory) -> dict[str, SampleLetter]:
    papers = sample_letters(tmp_path_factory.mktemp("letters"), today=TODAY)
    return {paper.file.name: paper for paper in papers}


def files(office: Office, file: Path) -> DocumentId:
    (document,) = office.files(office.receives_file(file))
    return document


def filed(office: Office, document: DocumentId) -> dict[str, Any]:
    with office.services.store.read() as tx:
        return office.services.store.filings.of(tx, document) or {}


def found(office: Office, words: str, **filters: Any) -> list[str]:
    archive = office.services.archive
    assert isinstance(archive, DocumentArchive)
    return [hit.id for hit in archive.find(words, **filters).hits]


def test_every_paper_is_filed_where_it_belongs_and_found_by_its_words(
    office: Office, letters: dict[str, SampleLetter]
) -> None:
    for paper in letters.values():
        document = files(office, paper.file)

        place = filed(office, document)
        assert place.get("document_type") == paper.document_type, paper.file.name
        assert office.state(document) == ("filed" if paper.document_type else "worklist")
        if paper.document_type:
            assert (place["partner_name"], place["day"]) == (paper.partner, paper.day)
            assert place["period"] == f"{paper.day:%Y-%m}"
            assert found(office, str(paper.word), document_class=paper.document_type) == [document]
        elif paper.word:
            assert found(office, paper.word) == [document]


def test_the_partners_name_finds_it_though_the_page_shows_only_the_vat_id(office: Office, tmp_path: Path) -> None:
    (tmp_path / "brief.pdf").write_bytes(pdf("Vertrag", f"USt-IdNr. {PAPIERHAUS.vat_id}", "vom 3. Mai 2026"))

    document = files(office, tmp_path / "brief.pdf")

    assert found(office, "Lindner", since=date(2026, 5, 1), until=date(2026, 5, 31)) == [document]


def test_what_no_rule_knows_is_said_by_a_person_and_filed_at_once(
    office: Office, letters: dict[str, SampleLetter]
) -> None:
    document = files(office, letters["Notiz.txt"].file)
    (item,) = office.services.worklist.items()
    assert (item.kind, item.title) == ("filing", "What is Notiz.txt?")
    assert item.reasons[0] == "No rule says what this is."

    settled = office.services.worklist.correct(
        item.id,
        office.actor("anna"),
        {"document_type": "Maintenance", "partner": ELEKTRO.name, "day": "2026-05-04"},
    )

    assert settled.state is ItemState.APPROVED
    assert office.services.worklist.items() == []
    assert office.state(document) == "filed"
    place = filed(office, document)
    assert (place["document_type"], place["partner_name"], place["period"]) == ("maintenance", ELEKTRO.name, "2026-05")
    assert (place["reasons"], place["filed_by"]) == (["Said by anna."], "anna")
    assert found(office, "Brandt", document_class="maintenance") == [document]
    with office.services.store.read() as tx:
        verbs = [note.verb for note in office.services.store.audit.of(tx, document)]
    assert verbs == ["asked what this is", "filed", "corrected"]


def test_the_partner_that_was_found_stays_unless_another_is_named(office: Office, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(f"Hausordnung von {ELEKTRO.name}")
    (tmp_path / "b.txt").write_text(f"Anfahrt zu {ELEKTRO.name}")
    kept, cleared = files(office, tmp_path / "a.txt"), files(office, tmp_path / "b.txt")

    for item in office.services.worklist.items():
        partner = {} if item.subject == kept else {"partner": ""}
        office.services.worklist.correct(item.id, office.actor("anna"), {"document_type": "rules", **partner})

    assert filed(office, kept)["partner_name"] == ELEKTRO.name
    assert filed(office, cleared)["partner_name"] is None


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"partner": "Papierhaus Lindner GmbH"}, TypeMissing),
        ({"document_type": "4711"}, NotAType),
        ({"document_type": "note", "partner": "Nobody Ltd"}, PartnerUnknown),
        ({"document_type": "note", "day": "3. Mai"}, NotADate),
        ({"net": "1.00"}, NothingToCorrect),
    ],
)
def test_what_cannot_be_meant_is_said_and_changes_nothing(
    office: Office, letters: dict[str, SampleLetter], changes: dict[str, str], error: type[Exception]
) -> None:
    document = files(office, letters["Notiz.txt"].file)
    (item,) = office.services.worklist.items()

    with pytest.raises(error):
        office.services.worklist.correct(item.id, office.actor("anna"), changes)

    assert office.state(document) == "worklist"
    assert office.services.worklist.items() == [item]


def test_there_is_nothing_to_approve_but_it_can_be_refused(office: Office, letters: dict[str, SampleLetter]) -> None:
    document = files(office, letters["scan0001.png"].file)
    (item,) = office.services.worklist.items()

    with pytest.raises(TypeMissing):
        office.services.worklist.decide(item.id, office.actor("joost"), Verdict.APPROVE)
    office.services.worklist.decide(item.id, office.actor("joost"), Verdict.REJECT, note="an advertisement")
    office.services.worklist.carry_out(item.id)

    assert office.services.payables.summary(document)["reason"] == "Rejected by joost: an advertisement"


def test_a_paper_that_looks_like_an_invoice_is_shown_to_a_person(office: Office, tmp_path: Path) -> None:
    (tmp_path / "brief.pdf").write_bytes(pdf("Muster GmbH", "Rechnung 2026-117"))

    files(office, tmp_path / "brief.pdf")

    (item,) = office.services.worklist.items()
    assert item.reasons[0].startswith("This looks like an invoice")


def test_the_mail_says_from_whom_its_attachment_is(office: Office) -> None:
    enclosed = Enclosed(name="anlage.pdf", content=pdf("Rahmenvertrag"))
    mail = supplier_mail(enclosed, sender=f"post@{DRUKKERIJ.web}", subject="Zur Unterschrift")

    (document,) = office.files(office.receives_mail(mail, "mail.eml"))

    place = filed(office, document)
    assert (place["document_type"], place["partner_name"]) == ("contract", DRUKKERIJ.name)
    assert "the sender of the mail" in place["reasons"][1]


def test_every_file_of_a_mail_is_filed_by_what_it_says_itself(office: Office, letters: dict[str, SampleLetter]) -> None:
    enclosed = [Enclosed.of(letters[name].file) for name in ("rahmenvertrag.pdf", "afschrift.csv")]

    documents = office.files(office.receives_mail(supplier_mail(*enclosed, subject="Kontoauszug u. a."), "mail.eml"))

    assert [filed(office, each)["document_type"] for each in documents] == ["contract", "bank_statement"]


def test_a_mail_without_a_file_is_filed_itself(office: Office) -> None:
    mail = supplier_mail(subject="Uw offerte", text="Zie boven.")

    (document,) = office.files(office.receives_mail(mail, "mail.eml"))

    assert filed(office, document)["document_type"] == "offer"
    assert found(office, "offerte", document_class="offer") == [document]


def test_an_unreadable_file_is_filed_by_its_name_alone(office: Office, tmp_path: Path) -> None:
    (tmp_path / "Lieferschein 12.docx").write_bytes(b"PK\x03\x04nonsense")

    document = files(office, tmp_path / "Lieferschein 12.docx")

    assert filed(office, document)["document_type"] == "delivery_note"


def test_the_same_event_again_changes_nothing(office: Office, letters: dict[str, SampleLetter]) -> None:
    events = [office.receives_file(paper.file) for paper in letters.values()]
    documents = [document for event in events for document in office.files(event)]
    before = books(office, documents)

    assert [document for event in events for document in office.files(event)] == documents
    assert books(office, documents) == before


def books(office: Office, documents: list[DocumentId]) -> tuple[Any, ...]:
    archive = office.services.archive
    assert isinstance(archive, DocumentArchive)
    places = [filed(office, document) for document in documents]
    with office.services.store.read() as tx:
        notes = len(office.services.store.audit.newest(tx, 1000))
        letters = len(office.services.store.effects.list(tx))
    return places, office.services.worklist.items(), notes, letters, archive.dump()


def test_invoices_are_found_by_their_words(office: Office) -> None:
    document = office.takes_in("papierhaus-lindner.pdf")

    assert office.services.filing.keep_text(document)

    assert found(office, "Rechnung", document_class="invoice") == [document]
    assert found(office, "Lindner") == [document]


def test_what_cannot_be_read_stops_nothing(office: Office) -> None:
    broken = next(name for name, paper in office.post.items() if paper.expectation.startswith("quarantine"))
    document = office.takes_in(broken)

    assert not office.services.filing.keep_text(document)
