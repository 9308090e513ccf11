"""How a paper writes: fonts, words, figures, money and dates, each drawn once for a sheet."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from kontorist.testing.documents.varied.invented import Invented
from kontorist.testing.documents.varied.words import WORDS

_FONTS: Final = (
    ("Helvetica", "Helvetica-Bold"),
    ("Times-Roman", "Times-Bold"),
    ("Courier", "Courier-Bold"),
    ("Vera", "VeraBd"),
)
_SYMBOLS: Final = {"EUR": "€", "USD": "$", "GBP": "£"}
_POINT: Final = {
    "en": (",", "."),
    "de": (".", ","),
    "nl": (".", ","),
    "es": (".", ","),
    "it": (".", ","),
    "fr": (" ", ","),
    "pl": (" ", ","),
}
#: Letters that the fonts at hand do not have, as many printers print them.
PLAIN: Final = str.maketrans("ąćęłńśźżĄĆĘŁŃŚŹŻ", "acelnszzACELNSZZ")
Rows = list[tuple[str, str]]


@dataclass(slots=True)
class Pen:
    """One sheet being printed, from top to bottom; `y` is the next line, in points from the lower edge.

    `style` holds what was drawn for this sheet, and what has been printed already.
    """

    paper: Invented
    dice: random.Random
    canvas: Any
    width: float
    height: float
    y: float = 0.0
    page: int = 1
    style: dict[str, Any] = field(default_factory=dict)

    def say(self, key: str, **fills: Any) -> str:
        """One of the words for `key`, always the same on one sheet."""
        chosen = self.style.setdefault("words", {})
        if key not in chosen:
            chosen[key] = self.dice.choice(WORDS[self.paper.language][key])
        return str(chosen[key]).format(**fills) if fills else str(chosen[key])

    def figure(self, value: Decimal, places: int = 2) -> str:
        """A number as the country writes it."""
        group, point = self.style["signs"]
        text = f"{abs(value):,.{places}f}".replace(",", "\0").replace(".", point).replace("\0", group)
        return f"-{text}" if value < 0 else text

    def money(self, value: Decimal, *, always: bool = False) -> str:
        """An amount with its currency, where the sheet prints one at amounts."""
        form = self.style["money"]
        if form == "plain":
            form = self.style["money_of_totals"] if always else "plain"
        code = self.paper.currency
        sign = _SYMBOLS.get(code, code)
        figure = self.figure(value)
        return {"plain": figure, "after": f"{figure} {sign}", "before": f"{sign}{' ' * (len(sign) > 1)}{figure}",
                "code": f"{figure} {code}", "code_before": f"{code} {figure}"}[form]  # fmt: skip

    def day(self, value: date) -> str:
        """A date in the sheet's form."""
        return _day(value, self.style["dates"], self.paper.language)

    def rate(self, value: Decimal) -> str:
        """A percentage."""
        text = f"{value.normalize():f}".replace(".", self.style["signs"][1])
        return f"{text}{self.style['percent']}"

    def put(
        self, x: float, text: str, *, bold: bool = False, size: float = 0, align: str = "left", y: float | None = None
    ) -> None:
        """Text at `x` on the line `y` (the current one by default)."""
        fonts, points = self.style["fonts"], size or self.style["size"]
        text = text.translate(PLAIN)
        self.canvas.setFont(fonts[1] if bold else fonts[0], points)
        paint = {
            "left": self.canvas.drawString,
            "right": self.canvas.drawRightString,
            "centre": self.canvas.drawCentredString,
        }[align]
        room = {"left": self.edge - x, "right": x - 12, "centre": self.width - 24}[align]
        wide = self.canvas.stringWidth(text, fonts[bold], points)
        if wide > room:
            self.canvas.setFontSize(points * room / wide)
        paint(x, self.y if y is None else y, text)

    def down(self, lines: float = 1.0) -> None:
        """Move down by lines of the running size."""
        self.y -= lines * self.style["lead"]

    def column(
        self, x: float, lines: list[str], *, align: str = "left", bold_first: bool = False, size: float = 0
    ) -> None:
        """Lines under one another; the cursor ends below them."""
        for index, line in enumerate(lines):
            self.put(x, line, align=align, bold=bold_first and index == 0, size=size)
            self.down((size or self.style["size"]) / self.style["size"])

    def _wide(self, text: str) -> float:
        return float(self.canvas.stringWidth(text, self.style["fonts"][0], self.style["size"]))

    @property
    def right(self) -> float:
        """The right margin."""
        return self.width - float(self.style["left"])

    @property
    def edge(self) -> float:
        """How far text may run to the right; longer text is printed smaller."""
        return self.width - 12

    def label(self, key: str) -> str:
        """The word for `key` with the sheet's colon."""
        word = self.say(key)
        word = word.upper() if self.style["upper"] else word
        return word if word.endswith(":") else f"{word}{self.style['colon']}"

    def choose(self) -> None:
        """Draw the design, once, before anything is printed."""
        paper, dice = self.paper, self.dice
        size = dice.choice((8.0, 8.5, 9.0, 9.5, 10.0, 11.0))
        signs = _POINT[paper.language]
        if paper.country == "CH":
            signs = ("'", ".")
        elif paper.language == "en" and paper.country in ("NL", "DE", "DK") and dice.random() < 0.5:
            signs = (".", ",")
        self.style |= {
            "size": size,
            "lead": size * dice.choice((1.2, 1.35, 1.5)),
            "fonts": dice.choices(_FONTS, (6, 2, 1, 3))[0],
            "signs": ("", signs[1]) if dice.random() < 0.12 else signs,
            "percent": dice.choice((" %", "%")),
            "money": dice.choices(
                ("plain", "after", "before", "code", "code_before"), (4, 3, 3 if paper.language == "en" else 1, 1, 1)
            )[0],
            "money_of_totals": dice.choice(("after", "before", "code")),
            "dates": dice.choice(_date_forms(paper)),
            "left": dice.choice((42.0, 50.0, 57.0, 71.0)),
            "top": dice.choice((40.0, 52.0, 70.0)),
            "colon": dice.choice((":", ":", ":", "", "", " :" if paper.language == "fr" else "")),
            "head": dice.choice(("left", "right", "centre", "left", "right", "logo")),
            "details": dice.choice(("rows", "rows", "rows", "above", "grid", "inline", "title", "row_right")),
            "details_at": dice.choice(("right", "right", "left")),
            "buyer": dice.choice(("window", "labelled", "labelled", "plain", "beside")),
            "totals": dice.choice(("right", "right", "right", "near", "columns", "wide", "across")),
            "rules": dice.choice(("none", "lines", "grid", "head")),
            "bank": dice.choice(("text", "foot", "foot", "inline", "rows")),
            "foot": dice.choice((0, 1, 2, 3, 4)),
            "numbers": dice.choice(("head", "foot", "foot", "text")),
            "upper": dice.random() < 0.12,
        }
        paper.shown["tax"] = False


def _date_forms(paper: Invented) -> list[str]:
    if paper.country == "US":
        return ["%m/%d/%Y", "long_us", "%Y-%m-%d", "short_us"]
    return {
        "de": ["%d.%m.%Y", "%d.%m.%Y", "%d.%m.%y", "long_de"],
        "en": ["%d/%m/%Y", "long", "%Y-%m-%d", "short", "long_us", "%d-%m-%Y"],
        "nl": ["%d-%m-%Y", "%d-%m-%Y", "long", "%d/%m/%Y"],
        "fr": ["%d/%m/%Y", "%d/%m/%Y", "long"],
        "es": ["%d/%m/%Y", "%d-%m-%Y", "long_es"],
        "it": ["%d/%m/%Y", "%d-%m-%Y", "long"],
        "pl": ["%d.%m.%Y", "%Y-%m-%d", "long"],
    }[paper.language]


def _day(value: date, form: str, language: str) -> str:
    if "%" in form:
        return value.strftime(form)
    month = WORDS[language]["months"][value.month - 1]
    return {
        "long": f"{value.day} {month} {value.year}",
        "long_de": f"{value.day}. {month} {value.year}",
        "long_us": f"{month} {value.day}, {value.year}",
        "long_es": f"{value.day} de {month} de {value.year}",
        "short": f"{value.day} {month[:3]} {value.year}",
        "short_us": f"{month[:3]} {value.day}, {value.year}",
    }[form]
