"""Net, tax and gross."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from kontorist.domain.payables.draft import FieldName, FieldSource, Finding, Severity, TaxLine
from kontorist.extraction.candidates import Candidate
from kontorist.extraction.candidates.amount import AmountReading, amounts, decimal_sign_of, rates
from kontorist.extraction.fields import Choice, absent, found_by
from kontorist.extraction.labels import fold
from kontorist.extraction.layout import Sheet
from kontorist.extraction.scoring import Link, fit, links, weights
from kontorist.extraction.solving import TOLERANCE, Evidence, Scored, Totals, amount_like, choose_totals

_NAMES: tuple[FieldName, ...] = ("net", "tax", "gross")
_DIGIT = re.compile(r"\d")
_FRACTION = re.compile(r"[.,]\d")
_THOUSANDS = re.compile(r"[.,]\d{3}$")
_MONEY = re.compile(r"\d[.,]\d\d")
_DOT_LANGUAGES = frozenset({"en"})


@dataclass(slots=True)
class Money:
    """All amounts of the pages in the document's notation."""

    found: list[Candidate[AmountReading]]
    decimal_sign: str
    certain: bool  #: the pages themselves show what the separators mean
    _values: dict[AmountReading, Decimal] = field(default_factory=dict)

    def value(self, each: Candidate[AmountReading]) -> Decimal:
        """The amount as a number."""
        reading = each.value
        if reading not in self._values:
            self._values[reading] = reading.value(self.decimal_sign)
        return self._values[reading]


def find_money(sheet: Sheet, taken: dict[int, list[tuple[int, int]]]) -> Money:
    """All amounts outside the places of dates and ids, and the document's decimal sign."""
    found = [
        each
        for segment in sheet.segments
        if _DIGIT.search(segment.text)
        for each in amounts(segment, taken.get(segment.index, ()))
    ]
    sign = decimal_sign_of(found)
    return Money(found, sign or ("." if sheet.language in _DOT_LANGUAGES else ","), sign is not None)


def choose_amounts(sheet: Sheet, money: Money, line_sums: set[Decimal]) -> tuple[Totals, list[TaxLine]]:
    """Net, tax and gross together, and the lines of the tax table."""
    near = {id(each): _amount_links(sheet, each) for each in money.found}
    scored: dict[FieldName, list[Scored]] = {name: [] for name in _NAMES}
    for each in money.found:
        parted = sheet.in_zone(each.segment, "by_rate")
        for name, one in _scores(money, each, near[id(each)], _place_worth(sheet, each), parted=parted).items():
            one.score += sheet.hints.evidence(name, each)
            scored[name].append(one)
    printed = [abs(money.value(each)) for each in money.found if amount_like(each.value)]
    charges = {
        money.value(each)
        for each in money.found
        if any(link.strength > 0.6 and not link.roles.isdisjoint(_CHARGES) for link in near[id(each)])
    }
    rows = tax_lines(sheet, money, scored["tax"])
    scored["tax"] += _sum_of_rates(rows, scored["tax"])
    largest = max(printed, default=Decimal(0))
    evidence = Evidence(rates(sheet.text), largest, line_sums, charges - {Decimal(0)}, _tax_sums(rows))
    return choose_totals(scored["net"], scored["tax"], scored["gross"], evidence), rows


def _amount_links(sheet: Sheet, each: Candidate[AmountReading]) -> list[Link]:
    """Links whose roles are made one for each place: ``Total`` beside ``excl. VAT`` is the net, not three things."""
    by_place: dict[tuple[str, float], list[Link]] = {}
    plain = []
    for link in _without_far_heads(links(sheet, each), in_table=sheet.in_zone(each.segment, "sums")):
        by_place.setdefault((link.relation, round(link.strength, 1)), []).append(link)
    for (relation, _), group in by_place.items():
        roles = frozenset(role for link in group for role in link.roles)
        strength = max(link.strength for link in group)
        words = " ".join(link.words for link in (reversed(group) if relation == "inline" else group))
        plain.append(Link(relation, strength, _one_meaning(roles), words))
    if _contained(sheet, each):
        return [Link("inline", 1.0, frozenset({"tax"}), "tax")]
    return plain


_CONTAINS = re.compile(
    r"^\W*(?:in[ck]l\w*|dont|davon|darin|waarvan|of which|di cui|zawiera|w tym|enthal\w*|includes?)\W*(?:[a-z]{3}\W*)?$"
)


def _contained(sheet: Sheet, each: Candidate[AmountReading]) -> bool:
    """``incl. 13.32 VAT (21 %)``: the tax in the total, its name behind it."""
    text = each.segment.text
    behind = next((hit for hit in sheet.mark(each.segment).hits if hit.start >= each.end), None)
    if behind is None or "tax" not in behind.roles or text[each.end : behind.start].strip():
        return False
    return _CONTAINS.match(fold(text[: each.start])) is not None


_SUM_ROLES = frozenset({"total", "subtotal", "gross", "due", "net", "tax", "tax_total", "paid"})


_CHARGES = frozenset({"charge", "discount"})
_CLEAR = frozenset({"net", "gross", "due", "with_tax", "without_tax", "subtotal", "paid", "discount", "charge"})
_COLUMNS = frozenset({"net", "gross", "tax", "tax_base", "tax_total", "total"})


def _without_far_heads(found: list[Link], *, in_table: bool) -> list[Link]:
    """A label in the same line speaks louder than the head of the column; in a table of sums it is the other way."""
    named = any(link.relation != "above" and link.roles & _CLEAR and link.strength > 0.5 for link in found)
    if in_table and not named and any(link.relation == "above" and link.roles & _COLUMNS for link in found):
        return [link for link in found if link.relation == "above"]
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


def _scores(
    money: Money, each: Candidate[AmountReading], near: list[Link], base: float, *, parted: bool
) -> dict[FieldName, Scored]:
    """An amount as net, as tax and as gross; `parted` where it is that of one rate among several."""
    value = money.value(each)
    if not near:
        return {name: Scored(each, value, base, None) for name in _NAMES}
    table = weights()["amount"]
    if not value:  # "BTW verlegd 0,00" prints the tax of nothing
        near = [replace(link, roles=link.roles | {"tax"}) if "no_tax" in link.roles else link for link in near]
    fits = {name: fit(table[name], near) for name in _NAMES}
    against, contra = fit(table["against"], near)
    found = {}
    for name, (worth, link) in fits.items():
        rivals = max(fits[other][0] for other in _NAMES if other != name)
        minus = against * 0.5 if link is not None and contra is link else against
        score = base + worth - minus - table["cross"] * (rivals if rivals > worth else 0.0)
        score += table["by_rate"] if parted and name != "tax" else 0.0
        found[name] = Scored(each, value, score, link)
    return found


def _place_worth(sheet: Sheet, each: Candidate[AmountReading]) -> float:
    """What place and form say, the same for all three amounts."""
    table = weights()["amount"]
    score = float(table["base"])
    if sheet.in_zone(each.segment, "table") and not sheet.in_zone(each.segment, "sums"):
        score += table["table"]
    if not amount_like(each.value):
        score += table["whole"]
    elif not each.value.cents and _FRACTION.search(each.value.digits) and not _THOUSANDS.search(each.value.digits):
        score += table["odd_places"]
    if each.page == max(sheet.pages):
        score += table["last_page"]
    score += table["lower"] * _sum_position(sheet, each)
    score += table["taxed_base"] if "base" in each.marks else 0.0
    return float(score)


def _sum_position(sheet: Sheet, each: Candidate[AmountReading]) -> float:
    """In a table of sums the last row holds them (1); elsewhere 0."""
    if not sheet.in_zone(each.segment, "sums"):
        return 0.0
    below = (other for other in sheet.below(each.segment, reach=3) if sheet.in_zone(other, "sums"))
    return 0.0 if any(_MONEY.search(other.text) for other in below) else 1.0


def tax_lines(sheet: Sheet, money: Money, taxes: Iterable[Scored]) -> list[TaxLine]:
    """One line for each rate: in a line of print with a rate, the amount labelled as tax, and its base beside it."""
    rows: dict[tuple[int, int], list[Scored]] = {}
    for each in taxes:
        if each.score > 0 and each.link is not None and each.value:
            rows.setdefault((each.candidate.page, each.candidate.segment.line), []).append(each)
    found = _taxes_by_head(sheet, taxes)
    for (page, line), scored in rows.items():
        row = _tax_line(sheet, money, scored, page, line)
        if row is not None:
            found.setdefault(row.rate, row)
    return list(found.values())


def _taxes_by_head(sheet: Sheet, taxes: Iterable[Scored]) -> dict[Decimal, TaxLine]:
    """Each rate a column of its own: ``19 % MwSt. | 7 % MwSt.`` as heads, the amounts below."""
    found: dict[Decimal, TaxLine] = {}
    for each in taxes:
        head = sheet.heads.get(each.candidate.segment.index)
        printed = rates(head[0].text) if head else set()
        if each.score > 0 and each.value and len(printed) == 1:
            rate = next(iter(printed))
            found.setdefault(rate, TaxLine(rate=rate, base=None, amount=each.value))
    return found if len(found) > 1 else {}


def _tax_line(sheet: Sheet, money: Money, scored: list[Scored], page: int, line: int) -> TaxLine | None:
    segments = sheet.line(page, line)
    printed = rates(" ".join(segment.text for segment in segments))
    if len(printed) != 1:
        return None
    rate = next(iter(printed))
    beside = [money.value(each) for each in money.found if each.segment in segments]
    for each in sorted(scored, key=lambda one: -one.candidate.area[2]):
        for base in beside:
            if base != each.value and abs(base * rate / 100 - each.value) <= TOLERANCE:
                return TaxLine(rate=rate, base=base, amount=each.value)
    last = max(scored, key=lambda one: one.candidate.area[2])
    return TaxLine(rate=rate, base=None, amount=last.value) if "base" not in last.candidate.marks else None


def _sum_of_rates(rows: Sequence[TaxLine], taxes: Sequence[Scored]) -> list[Scored]:
    """Tax printed only apart by rate, summed up: a candidate that stands where the last of them stands."""
    if len(rows) < 2:
        return []
    total = sum((row.amount for row in rows), Decimal(0))
    parts = [each for each in taxes if each.value in {row.amount for row in rows} and each.link is not None]
    if not parts or any(each.value == total for each in taxes if each.score > 0):
        return []
    last = max(parts, key=lambda one: one.score)
    place = last.candidate
    summed = Candidate(place.value, place.segment, place.start, place.end, {"sum"})
    return [Scored(summed, total, last.score + 0.5, last.link)]


def _tax_sums(rows: Sequence[TaxLine]) -> set[tuple[Decimal, Decimal | None]]:
    """The tax of all rates, with the sum of the bases where each is printed."""
    if not rows:
        return set()
    bases = [row.base for row in rows if row.base is not None]
    base = sum(bases, Decimal(0)) if len(bases) == len(rows) else None
    return {(sum((row.amount for row in rows), Decimal(0)), base)}


def choices(
    sheet: Sheet, money: Money, totals: Totals, lines: Sequence[TaxLine], line_sums: set[Decimal]
) -> dict[str, Choice]:
    """The three fields with their evidence. Safe needs the arithmetic of the page as second witness."""
    closed = totals.closes and totals.tax is not None
    strong = closed and _labelled(totals.tax) and (totals.by_rate or _labelled(totals.net))
    summed = totals.explained and totals.tax is None and _labelled(totals.net)
    plain = _same_without_tax(totals, line_sums) and totals.tax is None and not _tax_is_mentioned(sheet)
    witness = money.certain and (strong or summed or plain) and _labelled(totals.gross)
    witness = witness and not totals.outdone and not totals.rivalled
    result: dict[str, Choice] = {
        name: _choice(totals, getattr(totals, name), witness=witness, closed=closed) for name in _NAMES
    }
    if totals.tax is None:
        result["tax"] = _without_tax(totals, witness=witness)
    result.update(_net_with_charges(sheet, totals))
    if totals.net is None and totals.gross is not None:
        result.update(_without_net(sheet, totals, totals.gross, lines))
    return result


def _net_with_charges(sheet: Sheet, totals: Totals) -> dict[str, Choice]:
    """A subtotal before freight or discount is not the net where the tax is of both together (EN 16931 BT-109)."""
    net, tax, gross = totals.net, totals.tax, totals.gross
    if not totals.explained or net is None or tax is None or gross is None or not tax.value:
        return {}
    whole = gross.value - tax.value
    if not any(abs(abs(whole) * rate / 100 - abs(tax.value)) <= TOLERANCE for rate in rates(sheet.text)):
        return {}
    why = "gross less tax: the printed subtotal leaves out a charge or a discount"
    return {"net": Choice(f"{whole:.2f}", totals.margin, False, why, net.candidate, FieldSource.FORMULA)}


def _without_net(sheet: Sheet, totals: Totals, gross: Scored, lines: Sequence[TaxLine]) -> dict[str, Choice]:
    """Where no net is printed: summed up from the tax table, or the gross itself where no tax is shown."""
    for tax, base in _tax_sums(lines):
        if base is not None and totals.tax is None and abs(base + tax - gross.value) <= TOLERANCE:
            return {
                "net": _formula(base, "sum of the bases in the tax table"),
                "tax": _formula(tax, "sum of the tax lines"),
            }
    if totals.tax is not None and totals.tax.value != 0:
        return {}
    exempt = any("no_tax" in hit.roles for mark in sheet.marks for hit in mark.hits)
    why = "no tax is shown, so the total is the net" + (" (the page says tax-free)" if exempt else "")
    return {"net": Choice(f"{gross.value:.2f}", 0.0, False, why, gross.candidate, FieldSource.FORMULA)}


def _formula(value: Decimal, why: str) -> Choice:
    return Choice(f"{value:.2f}", 1.0, False, why, None, FieldSource.FORMULA)


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


def _choice(totals: Totals, scored: Scored | None, *, witness: bool, closed: bool) -> Choice:
    if scored is None:
        return absent(0.0, witness=False)
    odds = totals.margin if closed else min(totals.margin, scored.score)
    if "sum" in scored.candidate.marks:
        why = "sum of the tax lines" + (", which net and gross confirm" if closed else "")
        return Choice(f"{scored.value:.2f}", odds, witness, why, scored.candidate, FieldSource.FORMULA)
    reason = found_by(scored.link, otherwise="by arithmetic with the other amounts")
    if closed:
        reason += ", net and tax give the gross"
    return Choice(f"{scored.value:.2f}", odds, witness, reason, scored.candidate)


def _without_tax(totals: Totals, *, witness: bool) -> Choice:
    if totals.explained and totals.net is not None and totals.gross is not None:
        difference = totals.gross.value - totals.net.value
        why = "sum of the tax lines, which is the difference of gross and net"
        return Choice(f"{difference:.2f}", totals.margin, witness, why, None, FieldSource.FORMULA)
    return absent(totals.margin, witness=witness)


def less_is_due(sheet: Sheet, money: Money, totals: Totals) -> list[Finding]:
    """Where a part is paid already, or comes later, the whole is not to be paid without a look."""
    gross = totals.gross
    if gross is None:
        return []
    for each in money.found:
        due = money.value(each)
        named = any("due" in link.roles and link.strength >= 0.7 for link in _amount_links(sheet, each))
        if named and amount_like(each.value) and TOLERANCE < due < gross.value - 1:
            sentence = f"The total is {gross.value:.2f}, but the page says that {due:.2f} is to be paid."
            return [Finding(code="KON-LESS-DUE", sentence=sentence, fields=("gross",), severity=Severity.WARNING)]
    return []


def findings(totals: Totals) -> list[Finding]:
    """A page whose printed amounts do not add up is read as printed, and said so."""
    net, tax, gross = totals.net, totals.tax, totals.gross
    if net is None or tax is None or gross is None or totals.closes or totals.explained:
        return []
    sentence = (
        f"Net {net.value:.2f} and tax {tax.value:.2f} do not give the gross {gross.value:.2f} printed on the page."
    )
    return [Finding(code="KON-TOTALS", sentence=sentence, fields=("net", "tax", "gross"))]
