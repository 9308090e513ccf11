"""From the terms of EN 16931 to the fields of our books, and the arithmetic that every invoice has to keep."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from kontorist.domain.money import places_of
from kontorist.domain.payables.draft import DocumentKind, FieldName, InvoiceLine, Severity, TaxLine
from kontorist.extraction.einvoice import EInvoice
from kontorist.extraction.einvoice.notation import Notation
from kontorist.extraction.einvoice.terms import REQUIRED, Terms, number_of

#: UNTDID 1001: the codes of credit notes.
_CREDIT_NOTES: Final = frozenset({"81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "532"})
_IBAN: Final = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{8,30}")  #: by its shape; an account number of a country is none
_SUBJECT: Final = re.compile(r"#([A-Z]{3})#(.+)", re.DOTALL)
_CENT: Final = Decimal("0.01")
_FIELDS: Final[dict[str, FieldName]] = {
    "number": "invoice_number",
    "seller.name": "supplier_name",
    "issue_date": "issue_date",
    "currency": "currency",
    "net": "net",
    "tax": "tax",
    "gross": "gross",
}
_SUMS: Final = ("line_sum", "allowance_sum", "charge_sum", "net", "tax", "gross", "prepaid", "rounding", "due")
#: What is added and taken away: BR-CO-13 and BR-CO-16.
_PARTS: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "net": (("charge_sum",), ("allowance_sum",)),
    "due": (("rounding",), ("prepaid",)),
}


def einvoice_from(syntax: str, terms: Terms, notation: Notation) -> EInvoice:
    """The invoice that `terms` describe, with the defects of notation, of what is missing and of its sums."""
    for note in terms.get("notes", ()):
        _part_subject(note)
    values = _values(terms)
    _check(terms, notation)
    negative = terms.get("gross") is not None and terms["gross"] < 0
    credit = syntax == "ubl-creditnote" or terms.get("type_code") in _CREDIT_NOTES or negative
    return EInvoice(
        syntax=syntax,
        profile=terms.get("profile"),
        kind=DocumentKind.CREDIT_NOTE if credit else DocumentKind.INVOICE,
        values=values,
        lines=[_line(each) for each in terms.get("lines", ())],
        tax_lines=list(_taxes(terms.get("taxes", ()))),
        defects=notation.defects,
        terms=terms,
    )


def _part_subject(note: Terms) -> None:
    """``#AAI#text``: how UBL writes the subject of a note (CEN/TS 16931-3-2, BT-21)."""
    marked = _SUBJECT.match(note.get("text", ""))
    if marked and "subject" not in note:
        note |= {"subject": marked[1], "text": marked[2]}


def _values(terms: Terms) -> dict[FieldName, str | None]:
    seller = terms.get("seller", {})
    accounts = [_bare(each.get("account")) for each in terms.get("payment", ())]
    return {
        "supplier_name": seller.get("name") or seller.get("trading_name"),
        "supplier_vat_id": _bare(seller.get("vat_id")),
        "invoice_number": terms.get("number"),
        "issue_date": _day(terms.get("issue_date")),
        "due_date": _day(max(terms.get("due_date", ()), default=None)),
        "currency": _currency(terms.get("currency")),
        "net": _amount(terms.get("net"), terms),
        "tax": _amount(tax_of(terms), terms),
        "gross": _amount(terms.get("gross"), terms),
        "iban": next((each for each in accounts if each and _IBAN.fullmatch(each)), None),
    }


def tax_of(terms: Terms) -> Decimal | None:
    """The tax of the invoice, from its table where it names no total (ZUGFeRD 1.0, UBL before EN 16931)."""
    amounts = [each.get("amount") for each in terms.get("taxes", ())]
    if terms.get("tax") is None and amounts and None not in amounts:
        return sum(amounts, Decimal(0))
    found: Decimal | None = terms.get("tax")
    return found


def _line(line: Terms) -> InvoiceLine:
    same = {name: line.get(name) for name in ("quantity", "unit", "total")}
    return InvoiceLine(
        position=line.get("number"),
        description=line.get("name") or line.get("description"),
        unit_price=_piece_price(line),
        tax_rate=line.get("rate"),
        **same,
    )


def _piece_price(line: Terms) -> Decimal | None:
    """The price of one piece: BT-146 is for as many as BT-149 says."""
    price, base = line.get("price"), line.get("base_quantity")
    found: Decimal | None = price if price is None or not base else price / base
    return found


def _taxes(taxes: Iterable[Terms]) -> Iterator[TaxLine]:
    for tax in taxes:
        if tax.get("amount") is not None:
            yield TaxLine(rate=tax.get("rate") or Decimal(0), base=tax.get("base"), amount=tax["amount"])


def _check(terms: Terms, notation: Notation) -> None:
    for name in REQUIRED:
        if value_at(terms, name) is None:
            notation.defect("MISSING", f"{number_of(name)} is missing in the e-invoice.", fields=(_FIELDS[name],))
    if (said := terms.get("currency")) is not None and said.upper() != _currency(said):
        notation.defect(
            "CURRENCY", f"{number_of('currency')} is no currency of ISO 4217: {said[:30]!r}.", fields=("currency",)
        )
    net, tax, gross = terms.get("net"), tax_of(terms), terms.get("gross")
    if net is not None and gross is not None and abs(net + (tax or 0) - gross) > _CENT:
        text = f"In the e-invoice net {net} and tax {tax or 0} do not give the total {gross} (BR-CO-15)."
        notation.defect("TOTALS", text, fields=("net", "tax", "gross"))
    _check_sums(terms, notation)
    _check_lines(terms, notation)
    for name in ("net", "tax", "gross"):
        amount = terms.get(name)
        if amount is not None and amount != round(amount, _places(terms)):
            text = f"{number_of(name)} has more decimals than its currency: {amount:f}."
            notation.defect("DECIMALS", text, Severity.WARNING, (_FIELDS[name],))


def _check_sums(terms: Terms, notation: Notation) -> None:
    """The sums that the standard asks for beside net and tax; ZUGFeRD 1.0 has no rules that would tell."""
    taxes = [each.get("amount") for each in terms.get("taxes", ())]
    said: dict[str, Decimal] = {name: terms[name] for name in _SUMS if terms.get(name) is not None}
    zero = Decimal(0)
    expected = {
        ("net", "BR-CO-13"): said.get("line_sum"),
        ("tax", "BR-CO-14"): sum(taxes, zero) if taxes and None not in taxes else None,
        ("due", "BR-CO-16"): said.get("gross"),
    }
    expected = {key: value if value is None else value + _beside(key[0], said) for key, value in expected.items()}
    for (name, rule), value in expected.items():
        if value is not None and name in said and abs(value - said[name]) > _CENT:
            text = f"In the e-invoice {number_of(name)} is {said[name]}, by its parts it is {value} ({rule})."
            notation.defect("TOTALS", text, fields=(_FIELDS[name],) if name in _FIELDS else ())


def _beside(name: str, said: Mapping[str, Decimal]) -> Decimal:
    """What is added to and taken from a sum."""
    plus, minus = _PARTS.get(name, ((), ()))
    zero = Decimal(0)
    return sum((said.get(each, zero) for each in plus), zero) - sum((said.get(each, zero) for each in minus), zero)


def _check_lines(terms: Terms, notation: Notation) -> None:
    lines, total = terms.get("lines"), terms.get("line_sum")
    if not lines or total is None:
        return
    summed = sum((line["total"] for line in lines if "total" in line), Decimal(0))
    if abs(summed - total) > _CENT:
        notation.defect("LINES", f"In the e-invoice the lines sum up to {summed}, not to {total} (BR-CO-10).")


def value_at(terms: Terms, name: str) -> Any:
    """The value of ``seller.name``; None where it or its group is not there."""
    found: Any = terms
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _currency(said: str | None) -> str | None:
    """A code of ISO 4217; the euro also by its sign."""
    code = {"€": "EUR", "EURO": "EUR"}.get(said.upper(), said.upper()) if said else ""
    return code if re.fullmatch(r"[A-Z]{3}", code) else None


def _bare(value: str | None) -> str | None:
    return re.sub(r"[\s.-]", "", value).upper() or None if value else None


def _amount(value: Decimal | None, terms: Terms) -> str | None:
    """With the decimals of its currency: dinars have three."""
    return None if value is None else f"{value:.{_places(terms)}f}"


def _places(terms: Terms) -> int:
    return max(2, places_of((terms.get("currency") or "").upper()))


def _day(value: Any) -> str | None:
    return None if value is None else str(value.isoformat())
