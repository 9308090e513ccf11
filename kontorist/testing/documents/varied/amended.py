"""What papers say beyond the plain invoice: prices with tax, sections, retention, instalments, several accounts."""

from __future__ import annotations

import random
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from kontorist.testing.documents.varied.invented import Invented, iban, taxed
from kontorist.testing.documents.varied.words import WORDS

_CENT: Final = Decimal("0.01")
_WITHHOLDING: Final = {"es": ("15", "7", "19"), "it": ("20",), "fr": ("5",)}


def amended(paper: Invented, dice: random.Random) -> Invented:
    """The same paper with some of these drawn; its sums still add up."""
    if dice.random() < 0.3:
        paper.number = _number(paper, dice)
    if paper.seller.iban and dice.random() < 0.18:
        paper.accounts = [iban(dice, paper.seller.country)]
    if _bears_tax(paper) and dice.random() < 0.14:
        include(paper)
    elif paper.kind == "invoice" and paper.paid is None:
        _hold_back(paper, dice)
    if len(paper.lines) >= 3 and dice.random() < 0.2:
        _divide(paper, dice)
    return paper


def bill(paper: Invented, dice: random.Random) -> Invented:
    """The paper as a supplier of energy, water or telephone writes it, instalments deducted in one of three."""
    words = WORDS[paper.language]["bill_goods"]
    for line in paper.lines:
        line.text = dice.choice(words).format(n=dice.randrange(20, 4000))
    paper.parts, paper.held = [], None
    if dice.random() < 0.35:
        share = Decimal(dice.choice((60, 75, 85, 92))) / 100
        paper.advance = (paper.gross * share).quantize(_CENT, ROUND_HALF_UP)
    return paper


def till(paper: Invented, dice: random.Random) -> Invented:
    """The paper as a till prints it: few things, prices with tax, paid at once."""
    words = WORDS[paper.language]["till_goods"]
    paper.lines = paper.lines[:6]
    for line in paper.lines:
        line.text = dice.choice(words)
        line.quantity = Decimal(dice.choice((1, 1, 1, 2, 3)))
        line.price = Decimal(dice.randrange(80, 4900)) / 100
        line.total = line.quantity * line.price
    paper.charges, paper.parts, paper.held, paper.advance = [], [], None, None
    paper.seller.iban, paper.accounts = "", []
    include(paper)
    paper.kind, paper.due_as, paper.paid = "receipt", "nothing", paper.gross
    return paper


def include(paper: Invented) -> None:
    """Read the totals of the lines as holding the tax; net and taxes follow from them."""
    paper.inclusive = True
    _, bases = taxed(paper.lines, paper.charges)
    paper.taxes = []
    for rate, gross, _ in bases:
        net = (gross / (1 + rate / 100)).quantize(_CENT, ROUND_HALF_UP)
        paper.taxes.append((rate, net, gross - net))
    paper.net = sum((net for _, net, _ in paper.taxes), Decimal("0.00"))
    paper.tax = sum((tax for _, _, tax in paper.taxes), Decimal("0.00"))
    paper.gross = paper.net + paper.tax
    if paper.paid is not None:
        paper.paid = paper.gross


def _bears_tax(paper: Invented) -> bool:
    return not paper.exempt and any(rate for rate, _, _ in paper.taxes)


def _hold_back(paper: Invented, dice: random.Random) -> None:
    rates = _WITHHOLDING.get(paper.language)
    if dice.random() < (0.25 if rates else 0.02):
        rate = Decimal(dice.choice(rates or ("5", "10")))
        paper.held = (rate, (paper.net * rate / 100).quantize(_CENT, ROUND_HALF_UP))


def _divide(paper: Invented, dice: random.Random) -> None:
    count = len(paper.lines)
    first = dice.randrange(1, count)
    sizes = [first, count - first]
    if sizes[1] >= 4 and dice.random() < 0.4:
        sizes = [first, 2, sizes[1] - 2]
    titles = dice.sample(WORDS[paper.language]["parts"], len(sizes))
    paper.parts = list(zip(titles, sizes, strict=True))


def _number(paper: Invented, dice: random.Random) -> str:
    """Numbers in groups, with strokes and dots, very short and very long."""
    count, day = dice.randrange(1, 999), paper.issued
    digits = "".join(str(dice.randrange(10)) for _ in range(14))
    return dice.choice(
        (
            f"{digits[:3]} {digits[3:6]} {digits[6:10]}",
            f"1{digits[:10]}",
            f"90{digits[:8]}",
            f"{digits[:5]}-{digits[5:8]}",
            f"FV/{count}/{day:%m/%Y}",
            f"{day.year}.{count:05d}",
            f"{count}-{day.month}-{day.year}",
            f"{digits[:2]}.{digits[2:5]}.{digits[5:8]}",
            f"{digits[:4]}/{day:%y}-{dice.choice('ABCK')}",
            f"{dice.choice('KMPST')}{digits[:3]} {digits[3:5]}",
            f"{count}",
            f"{dice.choice(('AR', 'VK', 'ER', 'HS', 'RG'))}{digits[:7]}",
            f"{dice.choice(('DE', 'NL', 'EU'))}{day:%y}-{digits[:6]}-{digits[6:10]}",
            f"{count}/{dice.choice('ABE')}",
        )
    )
