"""Whatever EN 16931 can say about money is written so that schema and rules hold, and read back as it was."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from kontorist.extraction.checking import Checker
from kontorist.extraction.einvoice import reader
from kontorist.extraction.einvoice.terms import Terms
from kontorist.extraction.einvoice.writer import write

PLACE: Terms = {"street": "Weg 1", "postcode": "12345", "town": "Ort", "country": "DE"}
FRAME: Terms = {
    "profile": "urn:cen.eu:en16931:2017",
    "number": "R-1",
    "issue_date": date(2026, 5, 4),
    "type_code": "380",
    "currency": "EUR",
    "seller": {"name": "Hofladen Celle GmbH", "vat_id": "DE136695976", **PLACE},
    "buyer": {"name": "Kontor Beispiel B.V.", **PLACE},
    "delivery": {"date": date(2026, 5, 3)},
    "payment": [{"code": "58", "account": "DE89370400440532013000"}],
    "due_date": [date(2026, 6, 3)],
    "payment_terms": ["#SKONTO#TAGE=7#PROZENT=2.00#"],
}
_CENT = Decimal("0.01")


def change(amount: str, reason: str, **more: str) -> Terms:
    """An allowance or charge; percent and base as written."""
    numbers = {name: Decimal(value) for name, value in more.items() if name != "code"}
    return {
        "amount": Decimal(amount),
        "reason": reason,
        **({"code": more["code"]} if "code" in more else {}),
        **numbers,
    }


def taxed(amount: str, reason: str, rate: str, **more: str) -> Terms:
    return {**change(amount, reason, **more), "category": "S", "rate": Decimal(rate)}


def line(price: str, rate: str, quantity: str = "1", **changes: list[Terms]) -> Terms:
    allowances, charges = changes.get("allowances", []), changes.get("charges", [])
    total = (Decimal(quantity) * Decimal(price)).quantize(_CENT) - _sum(allowances) + _sum(charges)
    category = "S" if Decimal(rate) else "Z"
    said = {"name": "Apples", "quantity": Decimal(quantity), "unit": "C62", "price": Decimal(price), "total": total}
    return {**said, "category": category, "rate": Decimal(rate), "allowances": allowances, "charges": charges}


def _sum(changes: list[Terms]) -> Decimal:
    return sum((each["amount"] for each in changes), Decimal(0))


def invoice(*lines: Terms, prepaid: str = "0", rounding: str = "0", **changes: list[Terms]) -> Terms:
    """The whole invoice, its sums worked out."""
    allowances, charges = changes.get("allowances", []), changes.get("charges", [])
    bases: dict[Decimal, Decimal] = defaultdict(Decimal)
    for sign, group in ((1, lines), (-1, allowances), (1, charges)):
        for each in group:
            bases[each["rate"]] += sign * each.get("total", each.get("amount", 0))
    taxes = [
        {"base": base, "amount": (base * rate / 100).quantize(_CENT), "category": "S" if rate else "Z", "rate": rate}
        for rate, base in bases.items()
    ]
    line_sum, tax = (
        sum((each["total"] for each in lines), Decimal(0)),
        sum((each["amount"] for each in taxes), Decimal(0)),
    )
    net = line_sum - _sum(allowances) + _sum(charges)
    sums = {"line_sum": line_sum, "net": net, "tax": tax, "gross": net + tax}
    sums |= {"due": net + tax - Decimal(prepaid) + Decimal(rounding)}
    for name, value in (("prepaid", Decimal(prepaid)), ("rounding", Decimal(rounding))):
        sums |= {name: value} if value else {}
    for name, group in (("allowance_sum", allowances), ("charge_sum", charges)):
        sums |= {name: _sum(group)} if group else {}
    numbered = [{"number": str(number), **each} for number, each in enumerate(lines, start=1)]
    return {**FRAME, **sums, "taxes": taxes, "lines": numbered, "allowances": allowances, "charges": charges}


INVOICES = {
    "three rates, prices with parts of a cent": invoice(
        line("10", "19", "2"), line("3.333", "7", "1.5"), line("5", "0")
    ),
    "a discount on all": invoice(
        line("100", "19", "2"), allowances=[taxed("20", "Rabatt", "19", percent="10", base="200", code="95")]
    ),
    "freight": invoice(line("100", "19", "2"), charges=[taxed("9.90", "Fracht", "19", code="FC")]),
    "a discount and packing on a line": invoice(
        line(
            "100",
            "19",
            "2",
            allowances=[change("10", "Rabatt", percent="5", base="200")],
            charges=[change("3", "Verpackung")],
        )
    ),
    "paid in part before": invoice(line("100", "19", "2"), prepaid="100"),
    "rounded to be paid": invoice(line("100.01", "19", "2"), rounding="0.01"),
    "nothing to pay": invoice(line("100", "19", "2"), allowances=[taxed("200", "Kulanz", "19")]),
    "goods taken back": invoice(line("100", "19", "2"), line("100", "19", "-1")),
}


@pytest.fixture(scope="module")
def checker(einvoice_checker: Checker) -> Checker:
    return einvoice_checker


@pytest.mark.parametrize("syntax", ["cii", "ubl-invoice", "ubl-creditnote"])
@pytest.mark.parametrize("name", INVOICES)
def test_whatever_is_said_of_money_keeps_the_rules_and_is_read_back(checker: Checker, name: str, syntax: str) -> None:
    terms = INVOICES[name] | ({"type_code": "381"} if syntax == "ubl-creditnote" else {})
    xml = write(terms, syntax)
    found, judged = reader.read(xml), checker.judged(xml)

    assert (judged["verdict"], judged["findings"]) == ("accept", [])
    assert found.terms == dict(said(terms))
    assert found.defects == []


def said(terms: Terms) -> Iterator[tuple[str, object]]:
    """Without what stands empty."""
    for name, value in terms.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            yield name, [dict(said(each)) for each in value]
        elif value != []:
            yield name, value
