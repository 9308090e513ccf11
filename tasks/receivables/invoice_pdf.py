"""Our invoices and credit notes as PDF: one A4 letter, the address where a window envelope shows it (DIN 5008, form B).

All statements of § 14 (4) and § 14a UStG and of art. 35a Wet OB 1968 are on it: names and addresses of both sides, VAT
ids, number, date, date of supply, quantity and kind, net and rate and VAT, the ground where no VAT is charged; besides
terms, account and what the law of the company wants on letters. The same paper always has the same bytes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

from kontorist.domain.masterdata.address import Address
from kontorist.domain.money import Money
from kontorist.domain.receivables.checks import Seller
from kontorist.domain.receivables.invoices import PaperKind, SalesPaper
from kontorist.notifications.formats import LOCALES, date_text, money_text
from tasks.receivables.words import word

_MM: Final = 72 / 25.4
_WIDTH, _HEIGHT = 210 * _MM, 297 * _MM
_LEFT, _RIGHT = 25 * _MM, 190 * _MM
_ADDRESS = (20 * _MM, 207 * _MM, 85 * _MM, 40 * _MM)  #: x, y, width, height of the window (DIN 5008, form B)
_BODY_TOP, _LATER_TOP, _BOTTOM = 195 * _MM, 265 * _MM, 32 * _MM
_FACTS_AT = 118 * _MM
_COLUMNS: Final = tuple(width * _MM for width in (10, 70, 19, 26, 14, 26))
#: Names of our own: other writers in this process register the same files under theirs.
_PLAIN, _BOLD = "Kontorist", "KontoristBold"
_FILES: Final = {_PLAIN: "Vera.ttf", _BOLD: "VeraBd.ttf"}
_GREY = "#555555"


@dataclass(frozen=True, slots=True)
class _Letter:
    """A paper with its seller, and how both are said in the customer's language; `sign` is -1 on a credit note."""

    paper: SalesPaper
    seller: Seller

    @property
    def abroad(self) -> bool:
        return self.paper.address.country != self.seller.country

    @property
    def sign(self) -> int:
        return 1 if self.paper.kind is PaperKind.INVOICE else -1

    def say(self, key: str, **facts: object) -> str:
        return word(key, self.paper.language, **facts)

    def money(self, amount: Money) -> str:
        return money_text(Money(self.sign * amount.amount, amount.currency), self._language)

    def number(self, value: Decimal, least: int = 0) -> str:
        """With the decimals it has, at least `least`."""
        from babel.numbers import format_decimal

        pattern = "#,##0." + "0" * least + "#" * (6 - least)
        return str(format_decimal(value, pattern, locale=LOCALES[self._language]))

    def country(self, code: str | None) -> str:
        from babel import Locale

        return str(Locale.parse(LOCALES[self._language]).territories.get(code or "", code or ""))

    def day(self, value: Any) -> str:
        return date_text(value, self._language)

    @property
    def _language(self) -> str:
        return self.paper.language if self.paper.language in LOCALES else "en"


def write_paper(paper: SalesPaper, seller: Seller) -> bytes:
    """The invoice or credit note as a PDF file of one or more A4 pages."""
    letter = _Letter(paper, seller)
    content, pages = _built(letter, pages=1)
    return content if pages == 1 else _built(letter, pages=pages)[0]


def _built(letter: _Letter, pages: int) -> tuple[bytes, int]:
    """The file, and how many pages it has; `pages` is what the page numbers say."""
    from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate

    _register_fonts()
    out = BytesIO()
    document = BaseDocTemplate(
        out,
        pagesize=(_WIDTH, _HEIGHT),
        invariant=1,
        title=f"{letter.say(letter.paper.kind.value)} {letter.paper.number}",
        author=letter.seller.name,
        lang=letter.paper.language,
    )
    width = _RIGHT - _LEFT
    frames = [
        Frame(_LEFT, _BOTTOM, width, top - _BOTTOM, 0, 0, 0, 0, id=name)
        for name, top in (("first", _BODY_TOP), ("later", _LATER_TOP))
    ]
    draw: list[Callable[[Any, Any], None]] = [
        lambda canvas, _: _first_page(canvas, letter, pages),
        lambda canvas, _: _footer(canvas, letter, pages),
    ]
    document.addPageTemplates(
        [
            PageTemplate("first", [frames[0]], onPage=draw[0], autoNextPageTemplate="later"),
            PageTemplate("later", [frames[1]], onPage=draw[1]),
        ]
    )
    document.build(list(_story(letter)))
    return out.getvalue(), document.page


@lru_cache
def _register_fonts() -> None:
    """ReportLab's own free fonts, embedded: the paper looks the same everywhere, for as long as it is kept."""
    import reportlab
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    for name, file in _FILES.items():
        pdfmetrics.registerFont(TTFont(name, str(Path(reportlab.__file__).parent / "fonts" / file)))


@lru_cache
def _letters_we_have() -> frozenset[int]:
    from reportlab.pdfbase import pdfmetrics

    _register_fonts()
    return frozenset(pdfmetrics.getFont(_PLAIN).face.charToGlyph)


def _shown(text: str) -> str:
    """`text` for the page: printable, with the plain letter where the font lacks one with a mark (``ą`` as ``a``)."""
    known, letters = _letters_we_have(), []
    for letter in unicodedata.normalize("NFC", text):
        if not letter.isprintable():
            letter = " "
        if ord(letter) not in known:
            letter = "".join(each for each in unicodedata.normalize("NFKD", letter) if ord(each) in known) or "?"
        letters.append(letter)
    return "".join(letters)


# --- the page around the text


def _first_page(canvas: Any, letter: _Letter, pages: int) -> None:
    canvas.setFont(_BOLD, 15)
    canvas.drawRightString(_RIGHT, 277 * _MM, _shown(letter.seller.name))
    x, y, _, height = _ADDRESS
    canvas.setFont(_PLAIN, 6.5)
    canvas.setFillColor(_GREY)
    canvas.drawString(x + 5 * _MM, y + height + 1.5 * _MM, _shown(" · ".join(_sender_lines(letter.seller))))
    canvas.setFillColor("black")
    _recipient(canvas, letter)
    _facts(canvas, letter)
    _footer(canvas, letter, pages)


def _recipient(canvas: Any, letter: _Letter) -> None:
    from reportlab.platypus import Frame, KeepInFrame

    x, y, width, height = _ADDRESS
    lines = [letter.paper.name, *_address_lines(letter.paper.address)]
    if letter.abroad:
        lines.append(letter.country(letter.paper.address.country).upper())
    frame = Frame(x, y, width, height, 5 * _MM, 0, 0, 0)
    block = KeepInFrame(width - 5 * _MM, height, [_text(line) for line in lines], mode="shrink")
    frame.addFromList([block], canvas)


def _address_lines(address: Address) -> Iterator[str]:
    if address.street:
        yield address.street
    yield " ".join(part for part in (address.postcode, address.town) if part)


def _sender_lines(seller: Seller) -> list[str]:
    return [seller.name, *_address_lines(seller.address)]


def _facts(canvas: Any, letter: _Letter) -> None:
    """The block at the right: what identifies the paper."""
    paper, y = letter.paper, 244 * _MM
    facts = [
        ("number", paper.number),
        ("day", letter.day(paper.day)),
        ("corrects", paper.corrects),
        ("delivered", letter.day(paper.delivered)),
        ("order", paper.order),
        ("customer_number", paper.customer_number),
        ("your_vat_id", paper.vat_id),
    ]
    for key, value in facts:
        if value:
            canvas.setFont(_PLAIN, 8)
            canvas.setFillColor(_GREY)
            canvas.drawString(_FACTS_AT, y, letter.say(key))
            canvas.setFillColor("black")
            _fitting(canvas, _shown(value), _FACTS_AT + 34 * _MM, y, _RIGHT)
            y -= 5 * _MM


def _fitting(canvas: Any, text: str, x: float, y: float, right: float) -> None:
    """`text` on one line, smaller where it would go beyond `right`."""
    width = canvas.stringWidth(text, _PLAIN, 8)
    canvas.setFont(_PLAIN, min(8, 8 * (right - x) / width))
    canvas.drawString(x, y, text)


def _footer(canvas: Any, letter: _Letter, pages: int) -> None:
    from reportlab.platypus import Frame, KeepInFrame

    seller = letter.seller
    canvas.setStrokeColor(_GREY)
    canvas.setLineWidth(0.4)
    canvas.line(_LEFT, 27 * _MM, _RIGHT, 27 * _MM)
    numbers = [
        f"{letter.say('our_vat_id')} {seller.vat_id}" if seller.vat_id else "",
        f"{letter.say('iban')} {_grouped(seller.iban)}" if seller.iban else "",
    ]
    sender = [*_sender_lines(seller), letter.country(seller.country) if letter.abroad else ""]
    lines = [" · ".join(filter(None, sender)), " · ".join(filter(None, numbers)), seller.legal_notice or ""]
    block = [_text(line, size=7, colour=_GREY) for line in lines if line]
    height = 14 * _MM
    Frame(_LEFT, 11 * _MM, _RIGHT - _LEFT, height, 0, 0, 0, 0).addFromList(
        [KeepInFrame(_RIGHT - _LEFT, height, block, mode="shrink")], canvas
    )
    canvas.setFont(_PLAIN, 7)
    canvas.setFillColor(_GREY)
    page = letter.say("page", page=canvas.getPageNumber(), pages=pages)
    canvas.drawRightString(_RIGHT, 7 * _MM, _shown(f"{letter.paper.number} · {page}"))
    canvas.setFillColor("black")


def _grouped(iban: str) -> str:
    return " ".join(iban[place : place + 4] for place in range(0, len(iban), 4))


# --- the text


def _text(text: str, *, size: float = 9, bold: bool = False, right: bool = False, colour: str = "black") -> Any:
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph

    style = ParagraphStyle(
        "text",
        fontName=_BOLD if bold else _PLAIN,
        fontSize=size,
        leading=size * 1.4,
        alignment=2 if right else 0,
        textColor=colour,
    )
    return Paragraph(escape(_shown(text)), style)


def _story(letter: _Letter) -> Iterator[Any]:
    from reportlab.platypus import KeepTogether, Spacer

    paper = letter.paper
    yield _text(f"{letter.say(paper.kind.value)} {paper.number}", size=14, bold=True)
    yield Spacer(1, 6 * _MM)
    yield _lines(letter)
    yield Spacer(1, 4 * _MM)
    yield KeepTogether([_totals(letter), Spacer(1, 8 * _MM), *_closing(letter)])


def _lines(letter: _Letter) -> Any:
    from reportlab.platypus import Table

    keys = ("position", "description", "quantity", "unit_price", "rate", "net")
    rows = [[_text(letter.say(key), size=8, bold=True, right=key not in keys[:2]) for key in keys]]
    currency = letter.paper.currency
    for number, each in enumerate(letter.paper.positions, start=1):
        cells = (
            letter.number(letter.sign * each.quantity),
            letter.number(each.unit_price, least=2),
            f"{letter.number(each.tax_rate or Decimal(0))} %",
            letter.money(each.net(currency)),
        )
        rows.append(
            [_text(str(number), size=8.5), _text(each.description, size=8.5)]
            + [_text(cell, size=8.5, right=True) for cell in cells]
        )
    style = [
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, "black"),
        ("LINEBELOW", (0, 1), (-1, -1), 0.25, _GREY),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 2),
        ("RIGHTPADDING", (0, 0), (-1, -1), 2),
    ]
    return Table(rows, colWidths=_COLUMNS, repeatRows=1, style=style)


def _totals(letter: _Letter) -> Any:
    from reportlab.platypus import Table

    paper = letter.paper
    rows = [(letter.say("net_total"), letter.money(paper.net))]
    rows += [
        (letter.say("tax_of", rate=letter.number(each.rate), net=letter.money(each.net)), letter.money(each.tax))
        for each in paper.totals
    ]
    if len(paper.totals) > 1:
        rows.append((letter.say("tax_total"), letter.money(paper.tax)))
    last = ("gross" if paper.kind is PaperKind.INVOICE else "gross_back", letter.money(paper.gross))
    cells = [[_text(label, right=True), _text(amount, right=True)] for label, amount in rows]
    cells.append([_text(letter.say(last[0]), bold=True, right=True), _text(last[1], bold=True, right=True)])
    style = [
        ("LINEABOVE", (0, -1), (-1, -1), 0.8, "black"),
        ("RIGHTPADDING", (0, 0), (-1, -1), 2),
        ("TOPPADDING", (0, 0), (-1, -1), 1),
    ]
    return Table(cells, colWidths=(78 * _MM, 36 * _MM), hAlign="RIGHT", style=style)


def _closing(letter: _Letter) -> Iterator[Any]:
    from reportlab.platypus import Spacer

    paper = letter.paper
    if not paper.treatment.charges_vat:
        yield _text(letter.say(paper.treatment.value), bold=True)
        yield Spacer(1, 3 * _MM)
    if paper.corrects is not None and paper.corrects_day is not None:
        yield _text(letter.say("taken_back", corrects=paper.corrects, day=letter.day(paper.corrects_day)))
        return
    facts = {"amount": letter.money(paper.gross), "due": letter.day(paper.due), "number": paper.number}
    yield _text(letter.say("pay", iban=_grouped(letter.seller.iban or ""), **facts))
