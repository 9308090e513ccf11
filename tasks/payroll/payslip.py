"""The payslip as a PDF page. The same line gives the same bytes, so a repeated step archives nothing new."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from kontorist.domain.money import Money
from kontorist.notifications.formats import month_text
from kontorist.services.payroll.releases import Slip
from tasks.payroll.words import slip_word
from tasks.reporting.words import amount_text
from tasks.wording import ours

_LEFT, _RIGHT, _TOP = 62.0, 533.0, 770.0  # points on A4
_DARK, _GREY, _PALE, _BLACK = "#1d3c5a", "#5c6670", "#eef2f5", "#1a1a1a"


def write_payslip(slip: Slip) -> bytes:
    """One page, A4, in the language of the slip."""
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen.canvas import Canvas

    out = BytesIO()
    page = Canvas(out, pagesize=A4, invariant=1)
    period = slip.figures.period
    title = f"{slip_word('title', slip.language)} {month_text(period.first, ours(slip.language))}"
    page.setTitle(title)
    page.setAuthor(slip.company)
    bottom = _amounts(page, slip, _facts(page, slip, _heading(page, slip, title)))
    _notes(page, slip, bottom)
    page.showPage()
    page.save()
    return out.getvalue()


def _heading(page: Any, slip: Slip, title: str) -> float:
    _text(page, _LEFT, _TOP, slip.company, size=10, colour=_GREY)
    _text(page, _LEFT, _TOP - 34, title, size=20, bold=True, colour=_DARK)
    page.setStrokeColor(_DARK)
    page.setLineWidth(1.2)
    page.line(_LEFT, _TOP - 46, _RIGHT, _TOP - 46)
    return _TOP - 74


def _facts(page: Any, slip: Slip, top: float) -> float:
    line, language = slip.line, slip.language
    facts = [
        ("employee", line.name),
        ("number", line.number),
        ("cost_centre", line.cost_centre),
        ("hours", _hours(line.minutes) if line.minutes else None),
        ("version", str(slip.figures.release) if slip.figures.release > 1 else None),
    ]
    for key, value in facts:
        if value is not None:
            _text(page, _LEFT, top, slip_word(key, language), colour=_GREY)
            _text(page, _LEFT + 190, top, value, bold=key == "employee")
            top -= 17
    return top - 16


def _amounts(page: Any, slip: Slip, top: float) -> float:
    language, currency = slip.language, slip.figures.currency
    _right(page, top, slip_word("amounts", language, currency=currency), colour=_GREY, size=9)
    top -= 8
    for key, amount, strong in _rows(slip):
        top -= 24
        if strong:
            page.setFillColor(_PALE)
            page.rect(_LEFT - 8, top - 8, _RIGHT - _LEFT + 16, 24, stroke=0, fill=1)
        _text(page, _LEFT, top, slip_word(key, language), bold=strong)
        _right(page, top, _figure(amount, language), bold=strong)
    top -= 34
    _text(page, _LEFT, top, slip_word("employer", language), colour=_GREY, size=9)
    _right(page, top, _figure(slip.line.employer, language), colour=_GREY, size=9)
    return top - 26


def _rows(slip: Slip) -> Iterator[tuple[str, Money, bool]]:
    line = slip.line
    yield "gross", line.gross, True
    if line.wage_tax is not None and line.social is not None:
        yield "wage_tax", -line.wage_tax, False
        yield "social", -line.social, False
    else:
        yield "deductions", -line.deductions, False
    yield "net", line.net, True


def _notes(page: Any, slip: Slip, top: float) -> None:
    notes = [slip_word("by_bureau", slip.language)]
    if slip.former is not None:
        difference = slip.line.net - slip.former.net
        fills = {"former": _money(slip.former.net, slip.language), "difference": _money(difference, slip.language)}
        notes.insert(0, slip_word("corrected", slip.language, **fills))
    for note in notes:
        for part in _wrapped(note):
            _text(page, _LEFT, top, part, colour=_GREY, size=9)
            top -= 13
        top -= 5


def _wrapped(note: str) -> list[str]:
    from reportlab.lib.utils import simpleSplit

    found: list[str] = simpleSplit(note, _face(bold=False), 9, _RIGHT - _LEFT)
    return found


def _text(
    page: Any, x: float, y: float, text: str, *, size: float = 10, bold: bool = False, colour: str = _BLACK
) -> None:
    page.setFillColor(colour)
    page.setFont(_face(bold=bold), size)
    page.drawString(x, y, _shown(text))


def _right(page: Any, y: float, text: str, *, size: float = 10, bold: bool = False, colour: str = _BLACK) -> None:
    page.setFillColor(colour)
    page.setFont(_face(bold=bold), size)
    page.drawRightString(_RIGHT, y, _shown(text))


def _face(*, bold: bool) -> str:
    """The font that comes with ReportLab and, unlike the built-in ones, has letters such as Ł, ş and č."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    for name, file in (("Vera", "Vera.ttf"), ("Vera-Bold", "VeraBd.ttf")):
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, file))
    return "Vera-Bold" if bold else "Vera"


def _shown(text: str) -> str:
    """`text` with letters that the font lacks by their base letter (ő as o), else by a question mark."""
    from reportlab.pdfbase import pdfmetrics

    glyphs = pdfmetrics.getFont(_face(bold=False)).face.charToGlyph

    def letter(each: str) -> str:
        base = unicodedata.normalize("NFKD", each)[0]
        return each if ord(each) in glyphs else base if ord(base) in glyphs else "?"

    return "".join(letter(each) for each in text)


def _money(amount: Money, language: str) -> str:
    return amount_text(amount.amount, amount.currency, language)


def _figure(amount: Money, language: str) -> str:
    return _money(amount, language).split("\u00a0")[0]


def _hours(minutes: int) -> str:
    """``168:30``, which no two offices read differently."""
    return f"{minutes // 60}:{minutes % 60:02d}"
