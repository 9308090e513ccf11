"""Net, tax and gross."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from kontorist.domain.payables.draft import FieldSource, Finding, TaxLine
from kontorist.extraction.candidates import Candidate
from kontorist.extraction.candidates.amount import AmountReading, amounts, decimal_sign_of, rates
from kontorist.extraction.fields import Choice, absent, found_by
from kontorist.extraction.layout import Sheet
from kontorist.extraction.scoring import Link, fit, links, probability, weights
from kontorist.extraction.solving import TOLERANCE, Evidence, Scored, Totals, amount_like, choose_totals

_DOT_LANGUAGES = frozenset({"en"})


@dataclass(slots=True)
class Money:
    """All amounts of the pages in the document's notation."""

    found: list[Candidate[AmountReading]]
    decimal_sign: str
    certain: bool  #: the pages themselves show what the separators mean

    def value(self, each: Candidate[AmountReading]) -> Decimal:
        """The amount as a number."""
        return each.value.value(self.decimal_sign)


def find_money(sheet: Sheet, taken: dict[int, list[tuple[int, int]]]) -> Money:
    """All amounts outside the places of dates and ids, and the document's decimal sign."""
    found = [
        each
        for segment in sheet.segments
        if re.search(r"\d", segment.text)
        for each in amounts(segment, taken.get(segment.index, ()))
    ]
    sign = decimal_sign_of(found)
    return Money(found, sign or ("." if sheet.language in _DOT_LANGUAGES else ","), sign is not None)


def choose_amounts(sheet: Sheet, money: Money, line_sums: set[Decimal]) -> tuple[Totals, list[TaxLine]]:
    """Net, tax and gross together, and the lines of the tax table."""
    near = {id(each): _amount_links(sheet, each) for each in money.found}
    scored = {
        field: [_score(sheet, money, each, field, near[id(each)]) for each in money.found]
        for field in ("net", "tax", "gross")
    }
    printed = [abs(money.value(each)) for each in money.found if amount_like(each.value)]
    charges = {
        money.value(each)
        for each in money.found
        if any(link.roles & {"charge", "discount"} and link.strength > 0.6 for link in near[id(each)])
    }
    printed_rates = rates(sheet.text)
    rows = tax_lines(money, scored["tax"], printed_rates)
    tax_sum = sum((row.amount for row in rows), Decimal(0)) if len(rows) > 1 else None
    largest = max(printed, default=Decimal(0))
    evidence = Evidence(printed_rates, largest, line_sums, charges - {Decimal(0)}, tax_sum)
    return choose_totals(scored["net"], scored["tax"], scored["gross"], evidence), rows


def _amount_links(sheet: Sheet, each: Candidate[AmountReading]) -> list[Link]:
    """Links whose roles are made one for each place: ``Total`` beside ``excl. VAT`` is the net, not three things."""
    by_place: dict[tuple[str, float], list[Link]] = {}
    plain = []
    for link in _without_far_heads(links(sheet, each)):
        by_place.setdefault((link.relation, round(link.strength, 1)), []).append(link)
    for (relation, _), group in by_place.items():
        roles = frozenset(role for link in group for role in link.roles)
        strength = max(link.strength for link in group)
        words = " ".join(link.words for link in (reversed(group) if relation == "inline" else group))
        plain.append(Link(relation, strength, _one_meaning(roles), words))
    return plain


_SUM_ROLES = frozenset({"total", "subtotal", "gross", "due", "net", "tax", "tax_total", "paid"})


def _without_far_heads(found: list[Link]) -> list[Link]:
    """A label in the same line speaks louder than the head of the column."""
    beside = any(link.relation != "above" and link.strength > 0.6 and link.roles & _SUM_ROLES for link in found)
    return [link for link in found if not beside or link.relation != "above"]


def _one_meaning(roles: frozenset[str]) -> frozenset[str]:
    if "without_tax" in roles:
        return (roles - {"gross", "total", "tax", "due", "with_tax", "subtotal", "vat_id"}) | {"net"}
    if "with_tax" in roles and roles & _SUM_ROLES:
        return (roles - {"net", "tax", "subtotal", "total", "vat_id"}) | {"gross"}
    if "tax" in roles and "total" in roles and not roles & {"net", "gross", "subtotal"}:
        return (roles - {"total"}) | {"tax_total"}
    if "gross" in roles and "due" not in roles:
        return roles - {"tax", "total"}
    return roles - {"total"} if roles & {"net", "subtotal", "discount", "charge", "paid"} else roles


def _score(sheet: Sheet, money: Money, each: Candidate[AmountReading], field: str, near: list[Link]) -> Scored:
    table = weights()["amount"]
    worth, link = fit(table[field], near)
    rivals = max((fit(table[other], near)[0] for other in ("net", "tax", "gross") if other != field), default=0.0)
    against, contra = fit(table["against"], near)
    if contra is link and link is not None:
        against *= 0.5
    score = table["base"] + worth - against - table["cross"] * (rivals if rivals > worth else 0.0)
    if sheet.in_zone(each.segment, "table") and not sheet.in_zone(each.segment, "sums"):
        score += table["table"]
    if not amount_like(each.value):
        score += table["whole"]
    elif (
        not each.value.cents
        and re.search(r"[.,]\d", each.value.digits)
        and not re.search(r"[.,]\d{3}$", each.value.digits)
    ):
        score += table["odd_places"]
    if each.page == max(sheet.pages):
        score += table["last_page"]
    score += table["lower"] * _sum_position(sheet, each)
    return Scored(each, money.value(each), score, link)


def _sum_position(sheet: Sheet, each: Candidate[AmountReading]) -> float:
    """In a table of sums the last row holds them (1); elsewhere 0."""
    if not sheet.in_zone(each.segment, "sums"):
        return 0.0
    below = (other for other in sheet.below(each.segment, reach=3) if sheet.in_zone(other, "sums"))
    return 0.0 if any(re.search(r"\d[.,]\d\d", other.text) for other in below) else 1.0


def tax_lines(money: Money, taxes: Iterable[Scored], printed_rates: set[Decimal]) -> list[TaxLine]:
    """Amounts labelled as tax that are a printed rate of another printed amount, in the order of the page."""
    values = {money.value(each) for each in money.found if amount_like(each.value)}
    lines: dict[tuple[Decimal, Decimal], TaxLine] = {}
    for each in taxes:
        if each.score < 0 or each.link is None or each.value == 0:
            continue
        for rate in sorted(rate for rate in printed_rates if rate):
            bases = [one for one in sorted(values) if abs(one * rate / 100 - each.value) <= TOLERANCE / 2]
            if bases:
                lines.setdefault((rate, bases[0]), TaxLine(rate=rate, base=bases[0], amount=each.value))
    return list(lines.values())


def choices(
    sheet: Sheet, money: Money, totals: Totals, lines: Sequence[TaxLine], line_sums: set[Decimal]
) -> dict[str, Choice]:
    """The three fields with their evidence. Safe needs the arithmetic of the page as second witness."""
    exempt = any("no_tax" in hit.roles for mark in sheet.marks for hit in mark.hits)
    taxed = _tax_is_mentioned(sheet)
    closed = totals.closes and totals.tax is not None
    strong = closed and _labelled(totals.tax) and (totals.by_rate or _labelled(totals.net))
    plain = _same_without_tax(totals, line_sums) and totals.tax is None and not taxed
    safe = money.certain and (strong or plain) and _labelled(totals.gross) and totals.margin >= 1.0
    result = {name: _choice(getattr(totals, name), safe=safe, closed=closed) for name in ("net", "tax", "gross")}
    if totals.net is None and totals.gross is not None and (totals.tax is None or totals.tax.value == 0):
        result["net"] = _net_is_gross(totals.gross, exempt=exempt)
    if totals.tax is None:
        result["tax"] = _without_tax(totals, lines, safe=safe and plain)
    return result


def _labelled(scored: Scored | None) -> bool:
    return scored is not None and scored.link is not None and scored.link.strength >= 0.7


def _same_without_tax(totals: Totals, line_sums: set[Decimal]) -> bool:
    """Net and gross printed apart with one value, or the lines sum up to the gross."""
    if totals.gross is None:
        return False
    if totals.net is not None:
        return bool(totals.net.value == totals.gross.value and _labelled(totals.net))
    return totals.gross.value in line_sums


def _tax_is_mentioned(sheet: Sheet) -> bool:
    """A word for tax beside an amount that is not zero, or a rate above zero."""
    if any(rate > 0 for rate in rates(sheet.text)):
        return True
    return any(
        hit.roles & {"tax", "tax_total"} and not hit.roles & {"vat_id"} for mark in sheet.marks for hit in mark.hits
    )


def _choice(scored: Scored | None, *, safe: bool, closed: bool) -> Choice:
    if scored is None:
        return absent(safe=False)
    sure = probability(scored.score, [0.0])
    reason = found_by(scored.link, otherwise="by arithmetic with the other amounts")
    if closed:
        reason += ", net and tax give the gross"
        sure = max(sure, 0.9)
    return Choice(f"{scored.value:.2f}", sure if closed else min(sure, 0.85), safe, reason, scored.candidate)


def _net_is_gross(gross: Scored, *, exempt: bool) -> Choice:
    why = "no tax is shown, so the total is the net" + (" (the page says tax-free)" if exempt else "")
    return Choice(f"{gross.value:.2f}", 0.7, False, why, gross.candidate, FieldSource.FORMULA)


def _without_tax(totals: Totals, lines: Sequence[TaxLine], *, safe: bool) -> Choice:
    if totals.net is not None and totals.gross is not None and totals.net.value != totals.gross.value:
        difference = totals.gross.value - totals.net.value
        if lines and abs(sum((each.amount for each in lines), Decimal(0)) - difference) <= TOLERANCE:
            return Choice(f"{difference:.2f}", 0.85, False, "sum of the tax lines", None, FieldSource.FORMULA)
    return absent(safe=safe)


def findings(totals: Totals) -> list[Finding]:
    """A page whose printed amounts do not add up is read as printed, and said so."""
    net, tax, gross = totals.net, totals.tax, totals.gross
    if net is None or tax is None or gross is None or totals.closes or totals.explained:
        return []
    sentence = (
        f"Net {net.value:.2f} and tax {tax.value:.2f} do not give the gross {gross.value:.2f} printed on the page."
    )
    return [Finding(code="KON-TOTALS", sentence=sentence, fields=("net", "tax", "gross"))]
