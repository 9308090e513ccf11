"""Words and their places, however the page was turned, cropped or written."""

from __future__ import annotations

from typing import Any

import pytest
from pdfs import changed, pdf, text

from kontorist.extraction.intake import pdf_pages
from kontorist.extraction.page_text import Page, Segment


def only_page(content: bytes) -> Page:
    pages, count = pdf_pages(content)
    assert count == 1
    return pages[0]


def find(page: Page, words: str) -> Segment:
    return next(segment for segment in page.segments if segment.text == words)


def test_words_of_a_line_are_one_segment_and_a_wide_gap_ends_it() -> None:
    page = only_page(pdf(text((50, 700, "Rechnung Nr. 4711"), (300, 700, "Datum"), (50, 680, "Menge"))))

    assert [segment.text for segment in page.segments] == ["Rechnung Nr. 4711", "Datum", "Menge"]
    assert page.segments[0].line == page.segments[1].line == 0
    assert page.characters == 25


def test_boxes_are_percent_of_the_page_from_the_top_left() -> None:
    page = only_page(pdf(text((60, 720, "Betrag"))))
    segment = page.segments[0]
    box = page.percent(segment.area(0, 6))

    assert box.x0 == pytest.approx(10, abs=0.5)
    assert 8 < box.y0 < 10.1 < box.y1 < 11
    assert 14 < box.x1 < 16


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_turned_page_is_read_as_it_is_seen(turn: int) -> None:
    def draw(canvas: Any) -> None:
        canvas.setFont("Helvetica", 10)
        canvas.translate(300, 400)
        canvas.rotate(turn)
        canvas.drawString(-100, 100, "Rechnung 4711")

    def rotate(writer: Any) -> None:
        writer.pages[0].rotate(turn)

    page = only_page(changed(pdf(draw), rotate))
    box = page.percent(find(page, "Rechnung 4711").area(0, 13))

    assert (page.width, page.height) == ((600, 800) if turn in {0, 180} else (800, 600))
    assert box.x0 < box.x1 < 51
    assert box.y0 < box.y1 < 51


def test_text_that_stands_upright_on_the_page_is_left_out() -> None:
    def draw(canvas: Any) -> None:
        text((100, 700, "Rechnung"))(canvas)
        canvas.rotate(90)
        canvas.drawString(100, -50, "sideways")

    assert [segment.text for segment in only_page(pdf(draw)).segments] == ["Rechnung"]


def test_a_cropped_page_is_measured_by_what_is_seen() -> None:
    from pypdf.generic import RectangleObject

    def crop(writer: Any) -> None:
        writer.pages[0].cropbox = RectangleObject((100, 400, 400, 800))

    content = changed(pdf(text((130, 760, "Betrag"), (10, 100, "outside"), (500, 500, "also outside"))), crop)
    page = only_page(content)
    box = page.percent(page.segments[0].area(0, 6))

    assert (page.width, page.height) == (300, 400)
    assert [segment.text for segment in page.segments] == ["Betrag"]
    assert box.x0 == pytest.approx(10, abs=0.5)
    assert 7 < box.y0 < 10.1 < box.y1


def test_a_media_box_below_zero() -> None:
    from pypdf.generic import RectangleObject

    def shift(writer: Any) -> None:
        for name in ("mediabox", "cropbox"):
            setattr(writer.pages[0], name, RectangleObject((-100, -100, 500, 700)))

    page = only_page(changed(pdf(text((20, 500, "Betrag"))), shift))

    assert page.percent(page.segments[0].area(0, 6)).x0 == pytest.approx(20, abs=0.5)


def test_text_printed_twice_for_bold_counts_once() -> None:
    page = only_page(pdf(text((50, 700, "Summe 100,00"), (50.4, 700, "Summe 100,00"))))

    assert [segment.text for segment in page.segments] == ["Summe 100,00"]


def test_letters_placed_one_by_one_are_words() -> None:
    letters = [(50 + 5.6 * index, 700.0, letter) for index, letter in enumerate("4711")]

    assert [segment.text for segment in only_page(pdf(text(*letters))).segments] == ["4711"]


def test_columns_written_in_any_order_read_from_top_left() -> None:
    page = only_page(pdf(text((300, 680, "d"), (50, 680, "c"), (300, 700, "b"), (50, 700, "a"))))

    assert [segment.text for segment in page.segments] == ["a", "b", "c", "d"]


def test_dashes_become_plain() -> None:
    def draw(canvas: Any) -> None:
        import reportlab
        from reportlab.pdfbase import pdfmetrics
        from reportlab.pdfbase.ttfonts import TTFont

        pdfmetrics.registerFont(TTFont("Vera", f"{reportlab.__path__[0]}/fonts/Vera.ttf"))
        canvas.setFont("Vera", 10)
        canvas.drawString(50, 700, "12\u201317 \u20ac")

    assert only_page(pdf(draw)).segments[0].text == "12-17 €"


def test_a_page_without_text_is_not_usable() -> None:
    page = only_page(pdf(lambda canvas: canvas.rect(50, 50, 400, 400)))

    assert not page.usable
    assert page.characters == 0


def test_a_part_of_a_word_has_a_part_of_its_box() -> None:
    page = only_page(pdf(text((100, 700, "Nr.4711"))))
    segment = page.segments[0]
    left, _, right, _ = segment.area(3, 7)

    assert segment.x0 < left < right == pytest.approx(segment.x1)


def coloured(*lines: tuple[float, float, str, float]) -> Any:
    """Paint words in a grey: 0 is black, 1 white."""

    def draw(canvas: Any) -> None:
        for x, y, words, grey in lines:
            canvas.setFillGray(grey)
            canvas.drawString(x, y, words)

    return draw


def test_white_text_on_white_paper_is_not_there_for_the_reader_and_said() -> None:
    page = only_page(pdf(coloured((50, 700, "Gesamt 100,00", 0), (50, 650, "IBAN DE99", 1))))

    assert [segment.text for segment in page.segments] == ["Gesamt 100,00"]
    assert page.hidden == "IBAN DE99"


def test_white_text_on_a_dark_band_is_print() -> None:
    def draw(canvas: Any) -> None:
        canvas.setFillGray(0.2)
        canvas.rect(0, 690, 600, 40, stroke=0, fill=1)
        coloured((50, 700, "Papierhaus GmbH", 1))(canvas)

    page = only_page(pdf(draw))

    assert [segment.text for segment in page.segments] == ["Papierhaus GmbH"]
    assert page.hidden == ""


def test_white_text_on_a_white_field_is_hidden_all_the_same() -> None:
    def draw(canvas: Any) -> None:
        canvas.setFillGray(1)
        canvas.rect(0, 690, 600, 40, stroke=0, fill=1)
        coloured((50, 700, "unseen", 1))(canvas)

    assert only_page(pdf(draw)).hidden == "unseen"


def test_letters_too_small_to_read_are_hidden() -> None:
    def draw(canvas: Any) -> None:
        canvas.setFont("Helvetica", 0.8)
        canvas.drawString(50, 700, "prompt 4711")

    assert only_page(pdf(draw)).hidden == "prompt 4711"


def test_ligatures_and_halves_of_accents_become_letters() -> None:
    from kontorist.extraction.characters import _plain

    assert _plain("O\ufb03ce") == "Office"
    assert _plain("Mu\u0308ller") == "Müller"
    assert _plain("end\u00adless") == "end-less"
