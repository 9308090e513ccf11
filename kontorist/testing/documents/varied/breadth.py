"""Generator 2: the papers of generator 1 and more kinds of them, on sheets of more designs, by one of two writers."""

from __future__ import annotations

import random
from io import BytesIO
from typing import Any

from kontorist.testing.documents.varied.amended import amended, bill, till
from kontorist.testing.documents.varied.invented import Invented, invoice
from kontorist.testing.documents.varied.second_writer import SecondWriter
from kontorist.testing.documents.varied.sheets import first_writer, page_size
from kontorist.testing.documents.varied.tills import Till
from kontorist.testing.documents.varied.wide import Wide


def paper(seed: int) -> tuple[bytes, dict[str, Any]]:
    """A PDF and what is true of it; the same seed draws the same bytes."""
    dice, drawn, out = random.Random(f"breadth {seed}"), invoice(seed), BytesIO()
    if dice.random() < (0.6 if drawn.kind == "receipt" else 0.04):
        drawn = till(drawn, dice)
        size = (dice.choice((164.0, 204.0, 226.8)), 420.0 + 24 * len(drawn.lines))
        Till(drawn, dice, _writer(out, size, dice), *size).print()
        return out.getvalue(), drawn.truth()
    drawn, size = amended(drawn, dice), page_size(drawn)
    sheet = Wide(drawn, dice, _writer(out, size, dice), *size)
    if _could_be_a_bill(drawn) and dice.random() < 0.12:
        bill(drawn, dice)
        sheet.style["bill"] = True
    sheet.print()
    return out.getvalue(), drawn.truth()


def _writer(out: BytesIO, size: tuple[float, float], dice: random.Random) -> Any:
    return SecondWriter(out, *size, dice) if dice.random() < 0.45 else first_writer(out, size)


def _could_be_a_bill(paper: Invented) -> bool:
    return paper.kind == "invoice" and paper.paid is None and len(paper.lines) < 10
