"""A second PDF writer with the few strokes of ReportLab's canvas that the papers use, over fpdf2.

Its fonts, boxes and spaces are others, and it writes a page's text in an order and in pieces of its own: by rows, by
columns, the bold text first; line by line, word by word or letter by letter. Readers must not lean on either.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO
from operator import attrgetter
from pathlib import Path
from typing import Final

from kontorist.testing.documents.varied.pen import PLAIN

_FAMILIES: Final = {"Helvetica": "helvetica", "Times": "times", "Courier": "courier", "Vera": "vera"}
_ORDERS: Final = ("drawn", "rows", "columns", "bold", "mixed")
_PIECES: Final = ("lines", "words", "letters")


@dataclass(frozen=True, slots=True)
class _Run:
    """A piece of text; `x` and `y` in points from the left and lower edge."""

    x: float
    y: float
    text: str
    family: str
    style: str
    size: float


class SecondWriter:
    """Keeps the text of a page until the page is finished and prints it then, in the order drawn for the paper."""

    def __init__(self, out: BytesIO, width: float, height: float, dice: random.Random) -> None:
        from fpdf import FPDF

        self._out, self._height, self._dice = out, height, dice
        self._order = dice.choice(_ORDERS)
        self._pieces = dice.choices(_PIECES, (6, 3, 1))[0]
        self._pdf = FPDF(unit="pt", format=(width, height))
        self._pdf.core_fonts_encoding = "windows-1252"
        self._pdf.set_creation_date(datetime(2020, 1, 1, tzinfo=UTC))
        self._pdf.set_auto_page_break(auto=False)
        self._pdf.add_page()
        self._font = ("helvetica", "", 10.0)
        self._runs: list[_Run] = []

    def setFont(self, name: str, size: float) -> None:  # noqa: N802 - the names of ReportLab's canvas
        """Choose the font by ReportLab's name for it."""
        family, _, style = name.partition("-")
        bold = "B" if style == "Bold" or family.endswith("Bd") else ""
        self._font = (_FAMILIES[family.removesuffix("Bd")], bold, size)
        if self._font[0] == "vera" and f"vera{bold}" not in self._pdf.fonts:
            self._pdf.add_font("vera", bold, _folder_of_fonts() / f"{name}.ttf")

    def setFontSize(self, size: float) -> None:  # noqa: N802
        """Change only the size."""
        self._font = (*self._font[:2], size)

    def stringWidth(self, text: str, name: str, size: float) -> float:  # noqa: N802
        """How wide the text would be, in points."""
        kept = self._font
        self.setFont(name, size)
        width = self._wide(text)
        self._font = kept
        return width

    def drawString(self, x: float, y: float, text: str) -> None:  # noqa: N802
        """Text that begins at `x`."""
        self._runs.append(_Run(x, y, text, *self._font))

    def drawRightString(self, x: float, y: float, text: str) -> None:  # noqa: N802
        """Text that ends at `x`."""
        self.drawString(x - self._wide(text), y, text)

    def drawCentredString(self, x: float, y: float, text: str) -> None:  # noqa: N802
        """Text around `x`."""
        self.drawString(x - self._wide(text) / 2, y, text)

    def line(self, x: float, y: float, to_x: float, to_y: float) -> None:
        """A thin line."""
        self._pdf.line(x, self._height - y, to_x, self._height - to_y)

    def rect(self, x: float, y: float, width: float, height: float, *, fill: int = 0, stroke: int = 1) -> None:
        """A box by its lower left corner."""
        style = "F" * bool(fill) + "D" * bool(stroke)
        self._pdf.rect(x, self._height - y - height, width, height, style=style)

    def circle(self, x: float, y: float, radius: float, *, fill: int = 0) -> None:
        """A circle around a point."""
        self._pdf.circle(x, self._height - y, radius, style="F" if fill else "D")

    def setFillGray(self, grey: float) -> None:  # noqa: N802
        """Grey for what is filled from now on; text stays black."""
        self._pdf.set_fill_color(round(grey * 255))

    def showPage(self) -> None:  # noqa: N802
        """Finish the page and begin the next."""
        self._print()
        self._pdf.add_page()

    def save(self) -> None:
        """Finish the paper."""
        self._print()
        self._out.write(bytes(self._pdf.output()))

    def _wide(self, text: str) -> float:
        self._pdf.set_font(*self._font)
        return float(self._pdf.get_string_width(text.translate(PLAIN)))

    def _print(self) -> None:
        runs = [piece for run in self._sorted() for piece in self._cut(run)]
        for run in runs:
            self._pdf.set_font(run.family, run.style, run.size)
            self._pdf.text(run.x, self._height - run.y, run.text)
        self._runs = []

    def _sorted(self) -> list[_Run]:
        runs = [run for run in self._runs if run.text.strip()]
        if self._order == "rows":
            runs.sort(key=lambda run: (-run.y, run.x))
        elif self._order == "columns":
            runs.sort(key=lambda run: (round(run.x / 90), -run.y))
        elif self._order == "bold":
            runs.sort(key=attrgetter("style"), reverse=True)
        elif self._order == "mixed":
            self._dice.shuffle(runs)
        return runs

    def _cut(self, run: _Run) -> list[_Run]:
        """The run in the pieces of this paper, each set at its own place, without the spaces between them."""
        self._font = (run.family, run.style, run.size)
        if self._pieces == "lines":
            return [run]
        found, at = [], 0
        for piece in run.text.split(" ") if self._pieces == "words" else run.text:
            if piece.strip():
                found.append(replace(run, x=run.x + self._wide(run.text[:at]), text=piece))
            at += len(piece) + (self._pieces == "words")
        return found


def _folder_of_fonts() -> Path:
    import reportlab

    return Path(reportlab.__file__).parent / "fonts"
