"""A dry run reads what is real and writes beside it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from kontorist.archive import DocumentArchive, DocumentUnknown, Overlay
from kontorist.domain.ids import SYSTEM, DocumentId
from kontorist.domain.ports import Archive, ArchivedDocument
from kontorist.testing.fakes import FakeClock
from tests.archive.office import FOLDER, bring


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[DocumentArchive]:
    scratch = DocumentArchive(tmp_path / "scratch", clock=FakeClock())
    yield scratch
    scratch.close()


@pytest.fixture
def overlay(archive: DocumentArchive, scratch: DocumentArchive) -> Archive:
    return Overlay(archive, scratch)


def try_out(overlay: Archive, content: bytes, source_id: str) -> ArchivedDocument:
    return overlay.add(
        content, name="x.pdf", media_type="application/pdf", source=FOLDER, source_id=source_id, actor=SYSTEM
    )


def test_what_a_dry_run_adds_is_there_for_it_and_not_in_the_archive(archive: DocumentArchive, overlay: Archive) -> None:
    added = try_out(overlay, b"invoice", "1")
    overlay.add_text(added.id, "Rechnung")
    overlay.link(added.id, "voucher", "J1", actor=SYSTEM)

    assert (added.status, overlay.content(added.id), overlay.get(added.id)) == ("archived", b"invoice", added)
    assert archive.find("").total == 0


def test_a_dry_run_says_already_of_what_the_archive_holds(archive: DocumentArchive, overlay: Archive) -> None:
    real = bring(archive, b"invoice", "1")
    before = archive.dump()

    tried = try_out(overlay, b"invoice", "1")
    overlay.add_text(real.id, "Rechnung")
    overlay.link(real.id, "voucher", "J1", actor=SYSTEM)

    assert (tried.status, tried.id, overlay.content(real.id)) == ("already", real.id, b"invoice")
    assert archive.dump() == before


def test_a_dry_run_sees_the_documents_of_both_by_class_and_date(archive: DocumentArchive, overlay: Archive) -> None:
    real = bring(archive, b"statement", "1")
    archive.describe(real.id, date=date(2026, 10, 31), document_class="bank_statement")
    tried = overlay.add(
        b"another", name="x.xml", media_type="application/xml", source=FOLDER, source_id="2", actor=SYSTEM,
        document_class="bank_statement",
    )  # fmt: skip
    bring(archive, b"letter", "3")

    assert overlay.dated("bank_statement", date(2026, 10, 1), date(2026, 10, 31)) == [real.id]
    assert set(overlay.dated("bank_statement", date.min, date.max)) == {real.id, tried.id}


def test_a_dry_run_says_what_is_wrong_with_the_real_archive(archive: DocumentArchive, overlay: Archive) -> None:
    assert overlay.faults() == []
    bring(archive, b"invoice", "1")
    (file,) = (each for each in archive._layout.path("objects").rglob("*") if each.is_file())
    file.unlink()

    (fault,) = overlay.faults()

    assert "missing" in fault


def test_a_document_that_neither_holds_is_unknown(overlay: Archive) -> None:
    unknown = DocumentId("D0")

    with pytest.raises(DocumentUnknown):
        overlay.get(unknown)
    with pytest.raises(DocumentUnknown):
        overlay.link(unknown, "voucher", "J1", actor=SYSTEM)
    with pytest.raises(DocumentUnknown):
        overlay.add_text(unknown, "Rechnung")
