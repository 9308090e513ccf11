"""What comes in: PDFs, pictures, XML and rubbish, each ends in a state with a name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pdfs import encrypted, pdf, text

from kontorist.domain.payables.draft import FIELDS, DraftStatus, InvoiceDraft
from kontorist.extraction.reading import MOST_BYTES, open_pool, read_invoice
from kontorist.sandbox import SENTENCES, Pool, ReasonCode

WORDS = text((50, 700, "Muster GmbH"), (50, 650, "Rechnungsnummer: 4711"), (50, 600, "Gesamtbetrag 119,00 EUR"))


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with open_pool() as opened:
        yield opened


def read(pool: Pool, content: bytes) -> InvoiceDraft:
    return read_invoice(pool, content, name="paper")


def test_a_pdf_becomes_a_draft(pool: Pool) -> None:
    draft = read(pool, pdf(WORDS))

    assert draft.value("invoice_number") == "4711"
    assert draft.value("gross") == "119.00"
    assert draft.pages == 1


def test_bytes_before_the_head_of_a_pdf_do_no_harm(pool: Pool) -> None:
    assert read(pool, b"\n\n" + pdf(WORDS)).value("gross") == "119.00"


@pytest.mark.parametrize("password", ["", "geheim"])
def test_a_password_keeps_us_out_unless_it_is_empty(pool: Pool, password: str) -> None:
    draft = read(pool, encrypted(pdf(WORDS), password))

    if password:
        assert (draft.status, draft.refused) == (DraftStatus.QUARANTINED, "encrypted")
        assert draft.reason == SENTENCES[ReasonCode.ENCRYPTED]
    else:
        assert draft.value("gross") == "119.00"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "damaged"),
        (b"\x00\x01\x02", "unsupported"),
        (b"PK\x03\x04 a workbook", "unsupported"),
        (b"From: somebody\r\n\r\nan invoice", "unsupported"),
        (b"%PDF-1.7\nnothing behind the head", "damaged"),
        (b"<html><body>an invoice</body></html>", "unsupported"),
        (b"<Invoice", "damaged"),
    ],
)
def test_rubbish_is_named(pool: Pool, content: bytes, code: str) -> None:
    draft = read(pool, content)

    assert (draft.status, draft.refused) == (DraftStatus.QUARANTINED, code)
    assert (draft.reason or "").endswith(".")


def test_half_a_pdf_is_read_or_damaged_but_never_a_crash(pool: Pool) -> None:
    whole = pdf(WORDS)
    states = {read(pool, whole[:cut]).status for cut in range(100, len(whole), len(whole) // 12)}

    assert states <= {DraftStatus.QUARANTINED, DraftStatus.REVIEW}


def test_a_file_beyond_all_size_is_not_even_opened(pool: Pool) -> None:
    draft = read(pool, bytes(MOST_BYTES + 1))

    assert draft.refused == "too_large"
    assert (draft.reason or "").startswith("The file is larger than 50 MiB. Nothing is lost")


def test_a_page_larger_than_any_paper_is_refused(pool: Pool) -> None:
    assert read(pool, pdf(WORDS, size=(20_000, 800))).refused == "forbidden_construct"


def test_a_book_is_refused(pool: Pool) -> None:
    draft = read(pool, pdf(lambda canvas: None, pages=2001))

    assert draft.refused == "too_many_pages"
    assert (draft.reason or "").startswith("The document has 2001 pages; we read up to 2000. Nothing is lost")


def test_of_a_long_document_the_first_and_last_pages_are_read_and_that_is_said(pool: Pool) -> None:
    draft = read(pool, pdf(WORDS, pages=60))

    assert draft.pages == 60
    assert draft.value("gross") == "119.00"
    assert [finding.code for finding in draft.findings] == ["KON-PARTLY-READ"]


@pytest.fixture
def no_recognition(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kontorist.extraction.ocr.recognising.chosen", lambda: None)


def test_an_empty_page_says_so(pool: Pool) -> None:
    assert read(pool, pdf(lambda canvas: None)).reason == "there is no text on this page"


@pytest.mark.usefixtures("no_recognition")
def test_a_scan_waits_for_a_person(pool: Pool) -> None:
    draft = read(pool, pdf(lambda canvas: canvas.rect(50, 50, 400, 400)))

    assert draft.status is DraftStatus.REVIEW
    assert draft.reason == "this page is a picture; install kontorist[ocr]"
    assert set(draft.fields) == set(FIELDS)


def picture(kind: str) -> bytes:
    import io

    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (30, 30), "white").save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.usefixtures("no_recognition")
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
def test_a_picture_waits_for_a_person(pool: Pool, kind: str) -> None:
    draft = read(pool, picture(kind))

    assert (draft.status, draft.pages) == (DraftStatus.REVIEW, 1)
    assert draft.reason == "this page is a picture; install kontorist[ocr]"


def test_ruled_cells_settle_what_alignment_does_not(pool: Pool) -> None:
    """Totals stand left in their cells, so that no right edge is shared."""

    def draw(canvas: Any) -> None:
        text((50, 750, "Muster GmbH"), (50, 730, "Rechnungsnummer: 4711"))(canvas)
        rows = [
            ("Artikel", "Menge", "Betrag"),
            ("Stuhl", "1", "1.070,00"),
            ("Tisch", "2", "30,00"),
            ("Bank", "1", "5,00"),
        ]
        for line, row in enumerate(rows):
            for column, cell in enumerate(row):
                canvas.rect(50 + 150 * column, 600 - 20 * line, 150, 20)
                canvas.drawString(55 + 150 * column, 606 - 20 * line, cell)
        text((50, 400, "Gesamtbetrag 1.105,00 EUR"))(canvas)

    draft = read(pool, pdf(draw))

    assert [str(line.total) for line in draft.lines] == ["1070.00", "30.00", "5.00"]
    assert draft.lines[0].description == "Stuhl"


class LyingPool:
    """A child taken over by its file answers what it likes."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def call(self, function: str, content: bytes, **arguments: Any) -> Any:
        from kontorist.sandbox import Outcome

        return Outcome(value=self.answer)


@pytest.mark.parametrize("answer", [None, [], {"kind": "invoice"}, {"kind": 7, "fields": {}}, "safe"])
def test_an_answer_of_another_shape_is_not_believed(answer: Any) -> None:
    draft = read_invoice(LyingPool(answer), b"%PDF-", name="paper")  # type: ignore[arg-type]

    assert draft.refused == "parser_died"


def test_a_bug_of_ours_is_logged(pool: Pool, caplog: pytest.LogCaptureFixture) -> None:
    from kontorist.sandbox import Outcome, ReasonCode, Refusal

    class Stumbling:
        def call(self, *arguments: Any, **named: Any) -> Outcome:
            return Outcome(refused=Refusal(code=ReasonCode.DAMAGED, sentence="Damaged.", detail="KeyError: 'x'"))

    draft = read_invoice(Stumbling(), b"%PDF-", name="muster.pdf")  # type: ignore[arg-type]

    assert draft.refused == "damaged"
    assert "muster.pdf" in caplog.text
    assert "KeyError" in caplog.text
