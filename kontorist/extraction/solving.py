"""Choosing net, tax and gross together, and issue and due date together: arithmetic and order decide among candidates.

Nothing is repaired: a page whose amounts do not add up keeps what is printed, and gets a finding elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import permutations, product
from typing import Any, Final

from kontorist.extraction.candidates import Candidate
from kontorist.extraction.candidates.amount import AmountReading
from kontorist.extraction.scoring import Link, Signs, weights

MOST_TAX: Final = Decimal("0.35")  #: of the net; the highest rate of VAT in Europe is 27 % (Hungary)
_BEAM: Final = 7  #: candidates of one field that are tried together
_ALIKE: Final = 2.0  #: two choices whose scores are nearer than this are told apart by nothing printed
_HOPELESS: Final = -6.0  #: no arithmetic lifts a candidate from below this score
#: The most that can be added to a choice is the sum of these.
_BONUSES: Final = ("largest", "lines", "lines", "net_is_gross_printed", "bases", "closes", "rate", "zero_tax")
TOLERANCE: Final = Decimal("0.02")


@dataclass(slots=True, eq=False)
class Scored:
    """A candidate with its value in the document's notation and its score as one field."""

    candidate: Candidate[Any]
    value: Any
    score: float
    link: Link | None = None
    figure: float = 0.0  #: an amount, near enough for a first look
    signs: Signs = field(default_factory=dict)  #: what the score is made of


@dataclass(slots=True)
class Totals:
    """The chosen amounts, and what arithmetic says of them."""

    net: Scored | None
    tax: Scored | None
    gross: Scored | None
    score: float
    closes: bool = False  #: net + tax = gross with all three printed
    by_rate: bool = False  #: and the tax is the net at a rate printed on the page
    explained: bool = False  #: the difference is a printed charge or the sum of the tax lines
    margin: float = 0.0  #: to the best choice with another gross
    outdone: bool = False  #: a larger amount is labelled as the total too
    rivalled: bool = False  #: another net and tax give another gross, with labels as good


@dataclass(slots=True)
class Evidence:
    """What else the page says about its sums."""

    rates: set[Decimal]
    largest: Decimal
    line_sums: set[Decimal]
    charges: set[Decimal]  #: printed as charge or discount, with their sign
    tax_sums: set[tuple[Decimal, Decimal | None]] = field(default_factory=set)  #: tax by rate summed up, with its bases


def best(scored: Iterable[Scored], count: int = _BEAM) -> list[Scored]:
    """The highest scores, one for each value and place at most `count`."""
    kept: dict[tuple[Any, int], Scored] = {}
    for each in sorted((one for one in scored if one.score > _HOPELESS), key=lambda one: -one.score):
        kept.setdefault((each.value, each.candidate.segment.index), each)
    chosen = list(kept.values())[:count]
    for each in chosen:
        each.figure = float(each.value)
    return chosen


def choose_totals(
    nets: Sequence[Scored], taxes: Sequence[Scored], grosses: Sequence[Scored], evidence: Evidence
) -> Totals:
    """The combination of highest score; each field may also be absent from the page."""
    table = weights()["amount"]
    pairs = [
        (_worth(net, table["none_net"]) + _worth(tax, table["none_tax"]), net, tax)
        for net, tax in product([*best(nets), None], [*best(taxes), None])
    ]
    pairs.sort(key=lambda pair: -pair[0])
    found = [_best_with(gross, pairs, evidence, table) for gross in [*best(grosses), None]]
    found.sort(key=lambda each: -each.score)
    closed = [each for each in found if each.closes and each.tax is not None and each.tax.value]
    winner = _after_deposits(found[0], closed)
    rivals = [each.score for each in found if _value(each.gross) != _value(winner.gross)]
    winner.margin = winner.score - rivals[0] if rivals else 20.0
    winner.outdone = any(_outdoes(each, winner) for each in best(grosses))
    winner.rivalled = any(
        _value(each.gross) != _value(winner.gross) and each.score > winner.score - _ALIKE for each in closed
    )
    return winner


def _after_deposits(winner: Totals, closed: Sequence[Totals]) -> Totals:
    """A final invoice takes off what was paid on account, net, tax and gross; what it asks for stands below."""
    if winner not in closed:
        return winner
    for paid, rest in permutations([each for each in closed if each is not winner], 2):
        differs = any(abs(a - b) != abs(c) for a, b, c in zip(*map(_three, (winner, paid, rest)), strict=True))
        if not differs and _on_account(paid) and max(_lines(winner) + _lines(paid)) < min(_lines(rest)):
            return rest
    return winner


def _three(totals: Totals) -> list[Decimal]:
    return [abs(each.value) for each in _printed(totals)]


def _lines(totals: Totals) -> list[tuple[int, int]]:
    return [(each.candidate.page, each.candidate.segment.line) for each in _printed(totals)]


def _printed(totals: Totals) -> list[Scored]:
    return [each for each in (totals.net, totals.tax, totals.gross) if each]


def _on_account(totals: Totals) -> bool:
    return any(each.link is not None and each.link.roles & {"paid", "discount"} for each in _printed(totals))


def _outdoes(each: Scored, winner: Totals) -> bool:
    chosen = winner.gross
    return chosen is not None and abs(each.value) > abs(chosen.value) and each.score > 0 and _strong(each)


def _strong(scored: Scored) -> bool:
    return scored.link is not None and scored.link.strength >= 0.7


_Pair = tuple[float, Scored | None, Scored | None]


def _best_with(gross: Scored | None, pairs: Sequence[_Pair], evidence: Evidence, table: dict[str, Any]) -> Totals:
    """The best net and tax for one gross; `pairs` come best first, so that what cannot win any more is not judged."""
    start = _worth(gross, table["none_gross"])
    most = sum(table[name] for name in _BONUSES)
    own = _bonus_alone(gross, evidence, table)
    extras = [0.0, *map(float, evidence.charges)]
    winner: Totals | None = None
    for score, net, tax in pairs:
        if winner is not None:
            if start + score + most <= winner.score:
                break
            bonus = own + (table["bases"] if net is None and tax is None else 0.0)
            bonus += table["lines"] if net is not None and net.value in evidence.line_sums else 0.0
            if start + score + bonus <= winner.score and not _may_close(net, tax, gross, extras):
                continue
        tried = _judged(Totals(net, tax, gross, start + score), evidence, table)
        if winner is None or tried.score > winner.score:
            winner = tried
    assert winner is not None  # noqa: S101 - the pair of none and none is always there
    return winner


def _bonus_alone(gross: Scored | None, evidence: Evidence, table: dict[str, Any]) -> float:
    """What a gross may gain without any sum that closes."""
    if gross is None:
        return 0.0
    largest = table["largest"] if abs(gross.value) >= evidence.largest else 0.0
    return float(largest + (table["lines"] if gross.value in evidence.line_sums else 0.0))


def _may_close(net: Scored | None, tax: Scored | None, gross: Scored | None, extras: list[float]) -> bool:
    """In floats, to be quick: could the sum close, were it by a charge or only by a sign?"""
    if net is None or gross is None:
        return False
    if tax is None or net.figure < 0:
        return True
    rest = net.figure + tax.figure - gross.figure
    for extra in extras:  # noqa: SIM110 - asked for every pair; a generator takes three times as long
        if -0.03 < rest + extra < 0.03:
            return True
    return False


def _worth(scored: Scored | None, none: float) -> float:
    return scored.score if scored else none


def _value(scored: Scored | None) -> Decimal | None:
    return scored.value if scored else None


def _judged(totals: Totals, evidence: Evidence, table: dict[str, Any]) -> Totals:
    net, tax, gross = totals.net, totals.tax, totals.gross
    places = [each.candidate for each in (net, tax, gross) if each]
    if len(set(map(id, places))) < len(places):
        totals.score += table["same_place"]
    if gross is not None:
        named = gross.link is not None and gross.score > table["base"] + 1.0
        totals.score += 0.0 if named or tax is not None else table["unnamed_gross"]
        totals.score += table["largest"] if abs(gross.value) >= evidence.largest else 0.0
        totals.score += table["lines"] if gross.value in evidence.line_sums and not net else 0.0
    if net is not None:
        totals.score += table["lines"] if net.value in evidence.line_sums else 0.0
    if net is not None and tax is not None and abs(tax.value) > MOST_TAX * abs(net.value):
        totals.score += table["implausible_tax"]
    if net is None or gross is None:
        if gross is not None and tax is None and _bases(evidence, gross.value) is not None:
            totals.score += table["bases"]
        return totals
    if abs(gross.value) < abs(net.value):
        totals.score += table["gross_below_net"]
    if tax is None:
        _judge_without_tax(totals, gross.value - net.value, evidence, table)
        return totals
    _judge_three(totals, net.value, tax.value, gross.value, evidence, table)
    return totals


def _bases(evidence: Evidence, gross: Decimal) -> tuple[Decimal, Decimal] | None:
    """Net and tax summed up from the tax table, where together they are the gross."""
    for tax, base in evidence.tax_sums:
        if base is not None and abs(base + tax - gross) <= TOLERANCE:
            return base, tax
    return None


def _judge_without_tax(totals: Totals, difference: Decimal, evidence: Evidence, table: dict[str, Any]) -> None:
    if difference == 0:
        totals.score += table["net_is_gross_printed"]
    elif any(abs(tax - difference) <= TOLERANCE for tax, _ in evidence.tax_sums):
        totals.explained = True
        totals.score += table["closes"]
    else:
        totals.score += table["disagrees"]


def _judge_three(
    totals: Totals, net: Decimal, tax: Decimal, gross: Decimal, evidence: Evidence, table: dict[str, Any]
) -> None:
    # A credit note may print its tax without the minus of its net; the sum still closes.
    totals.closes = any(abs(net + sign * tax - gross) <= TOLERANCE for sign in (1, -1 if net < 0 else 1))
    if not totals.closes:
        extra = totals.net is not None and totals.net.link is not None
        extra = extra and any(abs(net + tax + charge - gross) <= TOLERANCE for charge in evidence.charges)
        totals.explained = extra
        totals.score += table["closes_with_charge"] if extra else table["disagrees"]
        return
    if tax == 0:
        totals.score += table["zero_tax"] + table["net_is_gross_printed"]
        return
    totals.score += table["closes"]
    summed = totals.tax is not None and "sum" in totals.tax.candidate.marks
    totals.by_rate = summed or any(
        abs(abs(net) * rate / 100 - abs(tax)) <= TOLERANCE for rate in evidence.rates if rate
    )
    totals.score += table["rate"] if totals.by_rate else 0.0


def amount_like(reading: AmountReading) -> bool:
    """Two decimals or a currency: printed as money is."""
    return reading.cents or reading.currency is not None
