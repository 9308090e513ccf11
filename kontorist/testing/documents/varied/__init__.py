"""Invoices of suppliers nobody has seen before: words, numbers and places drawn at random, with the truth beside them.

`invented.invoice(seed)` draws what the paper says, `sheets.draw(invoice, seed)` where and how it is printed;
`paper(seed)` does both. Same seed, same bytes. `breadth` is generator 2: more kinds of papers, more designs, two
writers. For training and tests of the reader.
"""

from __future__ import annotations

from typing import Any

from kontorist.testing.documents.varied import breadth
from kontorist.testing.documents.varied.invented import invoice
from kontorist.testing.documents.varied.sheets import draw


def paper(seed: int, *, generator: int = 1) -> tuple[bytes, dict[str, Any]]:
    """A PDF and what is true of it, in the words of the scorer: the ten fields and the totals of the lines.

    `generator` is 1 or 2; what one of them draws from a seed never changes.
    """
    if generator == 2:
        return breadth.paper(seed)
    drawn = invoice(seed)
    return draw(drawn, seed), drawn.truth()
