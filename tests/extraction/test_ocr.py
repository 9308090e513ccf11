"""Pages that are pictures: recognised where a program for that is there, with the reason where they are not."""

from __future__ import annotations

import base64
import json
import string
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pdfs import pdf
from recognition import Copyist, words
from reportlab.lib.utils import ImageReader
from scans import as_file, as_pdf, scan

from kontorist.domain.payables.draft import FIELDS, DraftStatus, InvoiceDraft
from kontorist.extraction.candidates.iban import valid
from kontorist.extraction.intake import pdf_pages
from kontorist.extraction.labels import LANGUAGES
from kontorist.extraction.ocr import engines, recognising
from kontorist.extraction.ocr import tesseract as tesseract_command
from kontorist.extraction.ocr.pages import recognised_page
from kontorist.extraction.ocr.pictures import render
from kontorist.extraction.ocr.repair import repaired
from kontorist.extraction.page_text import Page, Word, segments_of
from kontorist.extraction.reading import open_pool, read_invoice
from kontorist.sandbox import Outcome, Pool, Refusal, Refused

IBAN, VAT_ID = "DE89370400440532013000", "DE136695976"


def paint(canvas: Any) -> None:
    """An invoice on half a sheet."""
    lines = [
        (20, 380, 14, "Muster Technik GmbH"),
        (20, 364, 8, "Hauptweg 5, 10115 Berlin, www.muster-technik.de"),
        (20, 330, 9, "Beispiel AG, Nordring 8, 20095 Hamburg"),
        (20, 300, 13, "Rechnung"),
        (20, 280, 9, "Rechnungsnummer: RE-2024-0815"),
        (20, 266, 9, "Rechnungsdatum: 14.03.2024"),
        (20, 252, 9, "Fällig am: 28.03.2024"),
        (20, 210, 9, "Beschreibung"),
        (300, 210, 9, "Betrag"),
        (20, 194, 9, "Wartung der Anlage"),
        (300, 194, 9, "1.200,00 EUR"),
        (200, 160, 9, "Nettobetrag"),
        (300, 160, 9, "1.200,00 EUR"),
        (200, 146, 9, "USt. 19 %"),
        (300, 146, 9, "228,00 EUR"),
        (200, 132, 9, "Rechnungsbetrag"),
        (300, 132, 9, "1.428,00 EUR"),
        (20, 60, 8, f"Bank: Musterbank, IBAN: {IBAN}"),
        (20, 46, 8, f"USt-IdNr.: {VAT_ID}"),
    ]
    for x, y, size, text in lines:
        canvas.setFont("Helvetica", size)
        canvas.drawString(x, y, text)


PAPER = pdf(paint, size=(400, 420))
SAID = {
    "supplier_name": "Muster Technik GmbH",
    "supplier_vat_id": VAT_ID,
    "invoice_number": "RE-2024-0815",
    "issue_date": "2024-03-14",
    "due_date": "2024-03-28",
    "currency": "EUR",
    "net": "1200.00",
    "tax": "228.00",
    "gross": "1428.00",
    "iban": IBAN,
}


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with open_pool() as opened:
        yield opened


def said(draft: InvoiceDraft) -> dict[str, str | None]:
    return {name: draft.value(name) for name in FIELDS}


@pytest.fixture
def tesseract(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recognising, "chosen", lambda: engines.TESSERACT)


def test_a_crooked_scan_that_lies_on_its_side_is_read(pool: Pool) -> None:
    """By RapidOCR, in a child that can open no socket: no model is fetched."""
    draft = read_invoice(pool, as_file(scan(PAPER, dpi=130, degrees=92, noise=8), dpi=130), name="scan.jpg")

    assert engines.chosen() is engines.RAPID
    assert said(draft) == SAID
    assert [each.code for each in draft.findings if each.stops_the_machine] == []
    assert "KON-RECOGNISED" in [each.code for each in draft.findings]
    assert draft.status is DraftStatus.REVIEW
    assert pool._apart["kontorist.extraction.ocr.rapid"].network_closed_by() is not None


@pytest.mark.systems("tesseract", install="apt-get install tesseract-ocr tesseract-ocr-deu")
def test_tesseract_reads_a_scan_that_stands_on_its_head(pool: Pool, tesseract: None) -> None:
    draft = read_invoice(pool, as_file(scan(PAPER, dpi=130, degrees=178), dpi=130), name="scan.jpg")

    assert said(draft) == SAID
    assert max(each.confidence for each in draft.fields.values()) <= 0.5
    box = draft.fields["gross"].box
    assert box is not None
    assert (box.x0, box.y0) == pytest.approx((11, 31), abs=4)  # in the corner opposite to where it was painted
    assert pool._apart["kontorist.extraction.ocr.tesseract"].network_closed_by() is not None


def test_tesseract_is_asked_for_every_language_we_read() -> None:
    names = {"de": "deu", "en": "eng", "nl": "nld", "fr": "fra", "es": "spa", "it": "ita", "pl": "pol", "pt": "por"}

    assert {names[each] for each in LANGUAGES} == set(tesseract_command.LANGUAGES)


def test_recognised_words_come_as_words_of_text_do(pool: Pool) -> None:
    picture = render(as_pdf(scan(PAPER, dpi=130)), page=1)
    found = pool.call(
        engines.RAPID.reader,
        base64.b64decode(picture["pixels"]),
        width=picture["width"],
        height=picture["height"],
        level=True,
    ).value
    page = recognised_page(1, {**found, "points": picture["points"], "most": engines.RAPID.most})

    [printed], _ = pdf_pages(PAPER)
    ours = {segment.text: page.percent((segment.x0, segment.y0, segment.x1, segment.y1)) for segment in page.segments}
    theirs = {each.text: printed.percent((each.x0, each.y0, each.x1, each.y1)) for each in printed.segments}
    assert set(ours) == set(theirs)
    for text, box in ours.items():
        assert (box.x0, box.x1) == pytest.approx((theirs[text].x0, theirs[text].x1), abs=2)
        assert (box.y0 + box.y1) / 2 == pytest.approx((theirs[text].y0 + theirs[text].y1) / 2, abs=1)
    assert all(0.5 < word.trust < 1 for segment in page.segments for word in segment.words)


INVOICE = words(
    (50, 60, "Muster Technik GmbH"),
    (50, 200, "Rechnungsnummer: 4711"),
    (300, 400, "Nettobetrag"), (450, 400, "100,00 EUR"),
    (300, 420, "USt. 19 %"), (450, 420, "19,00 EUR"),
    (300, 440, "Rechnungsbetrag"), (450, 440, "119,00 EUR"),
    (50, 780, "IBAN: DE89 3704 O044 0532 0130 00"),
    (50, 795, "USt-IdNr.: DE136695977"),
)  # fmt: skip


@pytest.fixture
def blank() -> Any:
    from PIL import Image

    return Image.new("L", (595, 842), 255)


@pytest.fixture(autouse=True)
def rapid_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recognising, "chosen", lambda: engines.RAPID)


def read(pool: Any, content: bytes, **how: Any) -> InvoiceDraft:
    return read_invoice(pool, content, name="x", **how)


def test_what_a_program_recognised_is_safe_only_where_a_misread_sign_would_show(pool: Pool, blank: Any) -> None:
    draft = read(Copyist(pool, INVOICE), as_pdf(blank))

    assert {name for name in FIELDS if draft.fields[name].safe} == {"net", "tax", "gross", "iban"}
    assert draft.value("supplier_vat_id") == "DE136695977"  # its check digits are wrong
    assert max(draft.fields[name].confidence for name in FIELDS) <= 0.9
    assert draft.status is DraftStatus.REVIEW


def test_a_letter_read_for_a_digit_is_put_right_by_check_digits_and_told(pool: Pool, blank: Any) -> None:
    draft = read(Copyist(pool, INVOICE), as_pdf(blank))

    assert draft.value("iban") == IBAN
    assert draft.fields["iban"].reason.endswith('read as "O044", which the check digits correct')


@pytest.mark.parametrize(("tax", "safe"), [("l9,O0", True), ("l9,2O", False)])
def test_letters_in_an_amount_are_digits_only_where_the_sum_then_holds(
    pool: Pool, blank: Any, tax: str, safe: bool
) -> None:
    answer = json.loads(json.dumps(INVOICE).replace('"19,00"', f'"{tax}"'))

    draft = read(Copyist(pool, answer), as_pdf(blank))

    assert (draft.value("tax") == "19.00") is safe
    assert draft.fields["tax"].safe is draft.fields["gross"].safe is safe
    assert ("which the sum of the amounts corrects" in draft.fields["tax"].reason) is safe


def test_amounts_that_miss_their_sum_by_a_cent_are_not_safe(pool: Pool, blank: Any) -> None:
    """On a page of text rounding explains a cent; in a picture it may be a misread digit."""
    answer = json.loads(json.dumps(INVOICE).replace('"19,00"', '"19,01"'))

    draft = read(Copyist(pool, answer), as_pdf(blank))

    assert draft.value("tax") == "19.01"
    assert not any(draft.fields[name].safe for name in ("net", "tax", "gross"))


def test_without_a_program_the_page_waits_and_says_what_to_install(
    pool: Pool, blank: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recognising, "chosen", lambda: None)

    draft = read(pool, as_pdf(blank))

    assert (draft.status, draft.reason) == (
        DraftStatus.REVIEW,
        "this page is a picture; install kontorist[ocr]",
    )


def test_a_page_on_which_the_program_fails_says_why(pool: Pool, blank: Any) -> None:
    late = Outcome(refused=Refusal(code="timed_out", sentence="Reading the file took too long and was stopped."))  # type: ignore[arg-type]

    draft = read(Copyist(pool, late), as_pdf(blank))

    assert draft.reason == "this page is a picture; Reading the file took too long and was stopped."
    assert draft.status is DraftStatus.REVIEW


def test_of_many_pictured_pages_the_first_and_last_are_recognised_and_that_is_said(pool: Pool, blank: Any) -> None:
    copyist = Copyist(pool, INVOICE)

    draft = read(copyist, as_pdf(*[blank] * 12))

    assert len(copyist.asked) == 10
    sentences = [each.sentence for each in draft.findings if each.code == "KON-PICTURE"]
    assert sentences == [
        "Page 6 is a picture and is not read; it is one of 12 pages that are pictures, "
        "of which the first and last 5 are recognised"
    ]
    assert draft.value("gross") == "119.00"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
def test_image_files_are_read_like_scans_in_a_pdf(pool: Pool, blank: Any, kind: str) -> None:
    draft = read(Copyist(pool, INVOICE), as_file(blank, kind))

    assert (draft.value("gross"), draft.pages) == ("119.00", 1)


def test_every_page_of_a_tiff_is_read(pool: Pool, blank: Any) -> None:
    letter = words((50, 300, "Anbei erhalten Sie unsere Rechnung über die Arbeiten im Mai."))

    draft = read(Copyist(pool, letter, INVOICE), as_file(blank, "TIFF", more=(blank,)))

    assert (draft.pages, draft.value("gross"), draft.fields["gross"].page) == (2, "119.00", 2)


def test_a_name_that_stands_only_in_a_pictured_letterhead_is_found(pool: Pool) -> None:
    from PIL import Image

    def draw(canvas: Any) -> None:
        canvas.drawImage(ImageReader(Image.new("L", (200, 60), 200)), 50, 760, 200, 60)
        for y, text in ((600, "Rechnungsnummer: 4711"), (400, "Rechnungsbetrag 119,00 EUR")):
            canvas.drawString(50, y, text)

    copyist = Copyist(pool, words((10, 30, "Muster Technik GmbH"), size=16, width=833, height=250))

    draft = read(copyist, pdf(draw, size=(595, 842)))

    assert [each["level"] for each in copyist.asked] == [True]
    name = draft.fields["supplier_name"]
    assert (name.value, name.safe) == ("Muster Technik GmbH", False)
    assert name.box is not None
    assert name.box.y1 < 10
    assert draft.fields["invoice_number"].confidence > 0.9  # the text of the page is trusted as before


def test_text_that_lies_unseen_over_a_scan_is_read_but_never_safe(pool: Pool, blank: Any) -> None:
    def layer(canvas: Any) -> None:
        text = canvas.beginText(50, 780)
        text.setTextRenderMode(3)
        text.setFont("Helvetica", 10)
        for line in ("Muster Technik GmbH", "Rechnungsnummer: 4711", "Rechnungsbetrag 119,00 EUR", f"IBAN: {IBAN}"):
            text.textLine(line)
        canvas.drawText(text)

    copyist = Copyist(pool, INVOICE)
    draft = read(copyist, as_pdf(blank, layer=layer))

    assert copyist.asked == []
    assert (draft.value("gross"), draft.value("iban")) == ("119.00", IBAN)
    assert "KON-HIDDEN-TEXT" not in [each.code for each in draft.findings]
    assert not draft.fields["invoice_number"].safe


def test_a_scan_with_a_line_printed_on_it_is_a_picture_all_the_same(pool: Pool, blank: Any) -> None:
    def stamp(canvas: Any) -> None:
        canvas.drawString(50, 30, "Eingegangen am 03.04.2024, Vorgang 20240403-118")

    copyist = Copyist(pool, INVOICE)
    draft = read(copyist, as_pdf(blank, layer=stamp))

    assert [each["level"] for each in copyist.asked] == [False]
    assert (draft.value("gross"), draft.value("iban")) == ("119.00", IBAN)


def test_a_short_letter_with_a_logo_is_no_picture(pool: Pool, blank: Any) -> None:
    def letter(canvas: Any) -> None:
        canvas.drawImage(ImageReader(blank), 300, 500, 250, 250)
        canvas.drawString(50, 700, "Rechnungsnummer: 4711, Rechnungsbetrag 119,00 EUR")

    assert [page.shows for page in pdf_pages(pdf(letter))[0]] == ["nothing"]


def test_unseen_text_over_nothing_stays_hidden(pool: Pool) -> None:
    def draw(canvas: Any) -> None:
        canvas.drawString(50, 700, "Rechnungsnummer: 4711, Rechnungsbetrag 119,00 EUR")
        text = canvas.beginText(50, 600)
        text.setTextRenderMode(3)
        text.textLine(f"IBAN: {IBAN}")
        canvas.drawText(text)

    draft = read(pool, pdf(draw))

    assert draft.value("iban") is None
    assert "KON-HIDDEN-TEXT" in [each.code for each in draft.findings]


@pytest.mark.parametrize("side", [5_001, 60_000])
def test_a_picture_of_too_many_pixels_is_not_unfolded(pool: Pool, side: int) -> None:
    def block(name: bytes, data: bytes) -> bytes:  # as PNG has them
        return len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")

    size = side.to_bytes(4, "big") * 2
    content = b"\x89PNG\r\n\x1a\n" + block(b"IHDR", size + b"\x08\x00\x00\x00\x00") + block(b"IEND", b"")

    draft = read(Copyist(pool, INVOICE), content)

    assert draft.refused == "too_large"
    assert "more than 25 million pixels" in (draft.reason or "")


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xffnothing", b"II*\x00" + b"\xff" * 40])
def test_a_broken_picture_says_so(pool: Pool, content: bytes) -> None:
    assert read(Copyist(pool, INVOICE), content).refused == "damaged"


def test_a_poster_is_rendered_within_bounds() -> None:
    picture = render(pdf(lambda canvas: canvas.rect(9, 9, 500, 500), size=(14_000, 9_000)), page=1)

    assert picture["width"] * picture["height"] <= 9_000_000
    assert picture["points"] == (14_000, 9_000)


def test_pixels_that_are_fewer_than_said_are_refused() -> None:
    from kontorist.extraction.ocr.pixels import packed, unpacked

    assert unpacked(packed(bytes(6)), 3, 2).shape == (2, 3)
    for content, width in ((packed(bytes(5)), 3), (b"no zlib", 3), (packed(bytes(6)), 10**9)):
        with pytest.raises(Refused):
            unpacked(content, width, 2)


def line(text: str) -> list[Any]:
    return segments_of([Word(text=each, x0=0.0, y0=0.0, x1=9.0, y1=9.0, trust=0.9) for each in text.split()], 1)


LOOKS_LIKE = {"0": "OQD", "1": "Il", "5": "S", "8": "B", "2": "Z", "6": "G"}


@given(st.text(string.digits, min_size=18, max_size=18), st.data())
def test_an_iban_misread_as_letters_comes_back(account: str, data: st.DataObject) -> None:
    rest = 98 - int(account + "131400") % 97
    iban = f"DE{rest:02}{account}"
    read = "DE" + "".join(data.draw(st.sampled_from(each + LOOKS_LIKE.get(each, ""))) for each in iban[2:])

    [segment] = repaired(line(f"IBAN: {read}"))

    assert valid(iban)
    assert segment.text == f"IBAN: {iban}"
    assert all("check digits" in word.note for word in segment.words if word.text != read and word.text != "IBAN:")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("USt-IdNr. DEl36695976", "USt-IdNr. DE136695976"),
        ("BTW NL8O7162914B01", "BTW NL8O7162914B01"),  # the digits do not hold that way either
        ("IBAN DE89 3704 0044 0532 0130 01", "IBAN DE89 3704 0044 0532 0130 01"),  # a wrong digit is not guessed
        ("IBAN NL91 ABNA O417 1643 OO", "IBAN NL91 ABNA 0417 1643 00"),
        ("IBAN NL91 A8NA 0417 1643 00", "IBAN NL91 ABNA 0417 1643 00"),
        ("Bestellung DEB5OIS vom Mai", "Bestellung DEB5OIS vom Mai"),
    ],
)
def test_only_what_check_digits_prove_is_put_right(text: str, meant: str) -> None:
    assert [segment.text for segment in repaired(line(text))] == [meant]


def test_a_page_that_was_made_level_tells_places_as_it_was_shown() -> None:
    page = Page(number=1, width=842, height=595, segments=[], back=(0, -1 / 595, 1, 1 / 842, 0, 0), recognised=True)

    box = page.percent((0, 0, 84.2, 59.5))

    assert (box.x0, box.y0, box.x1, box.y1) == (90, 0, 100, 10)


def test_what_the_child_answers_is_only_taken_as_numbers_and_words(pool: Pool, blank: Any) -> None:
    nonsense = json.loads('{"words": "all", "width": 5}')

    draft = read(Copyist(pool, nonsense), as_pdf(blank))

    assert draft.reason is not None
    assert draft.status is not DraftStatus.SAFE
