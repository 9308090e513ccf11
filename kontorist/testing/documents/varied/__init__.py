"""Invoices of suppliers nobody has seen before: words, numbers and places drawn at random, with the truth beside them.

`invented.invoice(seed)` draws what the paper says, `sheets.paper(invoice, seed)` where and how it is printed;
`paper(seed)` does both. Same seed, same bytes. For training and tests of the reader.
"""

from __future__ import annotations

from typing import Any

from kontorist.testing.documents.varied.invented import invoice
from kontorist.testing.documents.varied.sheets import draw


def paper(seed: int) -> tuple[bytes, dict[str, Any]]:
    """A PDF and what is true of it, in the words of the scorer: the ten fields and the totals of the lines."""
    drawn = invoice(seed)
    return draw(drawn, seed), drawn.truth()
