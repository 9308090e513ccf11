"""UN/CEFACT Cross Industry Invoice D16B: Factur-X, ZUGFeRD 2.x and XRechnung in CII.

Elements are found by local name, so that prefixes, comments and unknown additions do not matter. The names BT-1, BT-2,
... are the business terms of EN 16931-1. Nothing here raises for what an invoice says: a value that cannot be read is a
defect beside the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from kontorist.domain.payables.draft import (
    DocumentKind,
    FieldName,
    Finding,
    InvoiceLine,
    Severity,
    TaxLine,
)
from kontorist.extraction.einvoice import EInvoice

if TYPE_CHECKING:
    from lxml.etree import _Element

_CREDIT_NOTES: Final = frozenset(
    {"81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "532"}
)  # UNTDID 1001
_LONGEST: Final = 26  #: characters of a number; longer ones are attacks
_CENT: Final = Decimal("0.01")
#: What every invoice must have (EN 16931-1, cardinality 1..1), by term and path below the root.
_REQUIRED: Final[dict[FieldName, str]] = {
    "invoice_number": "BT-1",
    "issue_date": "BT-2",
    "currency": "BT-5",
    "supplier_name": "BT-27",
    "net": "BT-109",
    "gross": "BT-112",
}


def read(root: _Element) -> EInvoice:
    """Values, lines, tax table and defects of one invoice."""
    return _Reading(root).result()


class _Reading:
    """One pass over the tree, collecting defects."""

    def __init__(self, root: _Element) -> None:
        self.root = root
        self.defects: list[Finding] = []
        self.trade = _child(root, "SupplyChainTradeTransaction")
        self.settlement = _child(self.trade, "ApplicableHeaderTradeSettlement")
        self.sums = _child(self.settlement, "SpecifiedTradeSettlementHeaderMonetarySummation")

    def result(self) -> EInvoice:
        values = self._values()
        lines, taxes = list(self._lines()), list(self._taxes())
        self._check(values, lines)
        code = _text(self.root, "ExchangedDocument/TypeCode")
        negative = (values["gross"] or "").startswith("-")
        kind = DocumentKind.CREDIT_NOTE if code in _CREDIT_NOTES or negative else DocumentKind.INVOICE
        context = "ExchangedDocumentContext/GuidelineSpecifiedDocumentContextParameter/ID"
        return EInvoice("cii", _text(self.root, context), kind, values, lines, taxes, self.defects)

    def _values(self) -> dict[FieldName, str | None]:
        seller = _at(self.trade, "ApplicableHeaderTradeAgreement/SellerTradeParty")
        currency = _text(self.settlement, "InvoiceCurrencyCode")
        means = _children(self.settlement, "SpecifiedTradeSettlementPaymentMeans")
        accounts = [_text(each, "PayeePartyCreditorFinancialAccount/IBANID") for each in means]
        terms = _children(self.settlement, "SpecifiedTradePaymentTerms")
        dues = [self._day(_at(each, "DueDateDateTime/DateTimeString"), "BT-9") for each in terms]
        return {
            "supplier_name": _text(seller, "Name"),
            "supplier_vat_id": _bare(_vat_id(seller)),
            "invoice_number": _text(self.root, "ExchangedDocument/ID"),
            "issue_date": self._day(_at(self.root, "ExchangedDocument/IssueDateTime/DateTimeString"), "BT-2"),
            "due_date": max((each for each in dues if each), default=None),
            "currency": currency.upper() if currency else None,
            "net": _cents(self._amount(_child(self.sums, "TaxBasisTotalAmount"), "BT-109")),
            "tax": _cents(self._tax_total(currency)),
            "gross": _cents(self._amount(_child(self.sums, "GrandTotalAmount"), "BT-112")),
            "iban": next((_bare(each) for each in accounts if each), None),
        }

    def _tax_total(self, currency: str | None) -> Decimal | None:
        """BT-110; a second total in the currency of accounting (BT-111) is left aside."""
        totals = _children(self.sums, "TaxTotalAmount")
        own = [each for each in totals if each.get("currencyID") in {None, currency}]
        return self._amount(next(iter(own or totals), None), "BT-110")

    def _lines(self) -> Iterator[InvoiceLine]:
        for item in _children(self.trade, "IncludedSupplyChainTradeLineItem"):
            quantity = _at(item, "SpecifiedLineTradeDelivery/BilledQuantity")
            settlement = _child(item, "SpecifiedLineTradeSettlement")
            total = _at(settlement, "SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount")
            price = _at(item, "SpecifiedLineTradeAgreement/NetPriceProductTradePrice/ChargeAmount")
            yield InvoiceLine(
                position=_text(item, "AssociatedDocumentLineDocument/LineID"),
                description=_text(item, "SpecifiedTradeProduct/Name"),
                quantity=self._amount(quantity, "BT-129"),
                unit=quantity.get("unitCode") if quantity is not None else None,
                unit_price=self._amount(price, "BT-146"),
                tax_rate=self._amount(_at(settlement, "ApplicableTradeTax/RateApplicablePercent"), "BT-152"),
                total=self._amount(total, "BT-131"),
            )

    def _taxes(self) -> Iterator[TaxLine]:
        for tax in _children(self.settlement, "ApplicableTradeTax"):
            rate = self._amount(_child(tax, "RateApplicablePercent"), "BT-119")
            amount = self._amount(_child(tax, "CalculatedAmount"), "BT-117")
            base = self._amount(_child(tax, "BasisAmount"), "BT-116")
            if amount is not None:
                yield TaxLine(rate=rate or Decimal(0), base=base, amount=amount)

    def _amount(self, element: _Element | None, term: str) -> Decimal | None:
        """A decimal; blanks inside and a decimal comma are read and named as defects."""
        if element is None or not (element.text or "").strip():
            return None
        printed = (element.text or "").strip()
        plain = re.sub(r"\s", "", printed)
        if "," in plain and "." not in plain:
            plain = plain.replace(",", ".")
        number = Decimal(plain) if re.fullmatch(r"[+-]?\d*\.?\d+", plain) and len(plain) <= _LONGEST else None
        if number is None:
            self._defect("AMOUNT", f"{term} is not an amount: {printed[:30]!r}.")
        elif plain != printed:
            self._defect("NOTATION", f"{term} is not written as XML wants it: {printed[:30]!r}.", Severity.WARNING)
        return number

    def _day(self, element: _Element | None, term: str) -> str | None:
        """A date of format 102 (20240131); ISO 8601 is read and named as a defect."""
        if element is None or not (element.text or "").strip():
            return None
        printed = (element.text or "").strip()
        match = re.fullmatch(r"(\d{4})(-?)(\d{2})\2(\d{2})(?:T.*)?", printed)
        try:
            day = date(int(match[1]), int(match[3]), int(match[4])) if match else None
        except ValueError:
            day = None
        if day is None:
            self._defect("DATE", f"{term} is not a date: {printed[:30]!r}.")
            return None
        if match is not None and match[2]:
            self._defect("NOTATION", f"{term} is not written as XML wants it: {printed[:30]!r}.", Severity.WARNING)
        return day.isoformat()

    def _check(self, values: dict[FieldName, str | None], lines: list[InvoiceLine]) -> None:
        for name, term in _REQUIRED.items():
            if values[name] is None:
                self._defect("MISSING", f"{term} is missing in the e-invoice.", fields=(name,))
        net, tax, gross = (_number(values[name]) for name in ("net", "tax", "gross"))
        if net is not None and gross is not None and abs(net + (tax or 0) - gross) > _CENT:
            text = f"In the e-invoice net {net} and tax {tax or 0} do not give the total {gross} (BR-CO-15)."
            self._defect("TOTALS", text, fields=("net", "tax", "gross"))
        self._check_lines(lines)

    def _check_lines(self, lines: list[InvoiceLine]) -> None:
        total = self._amount(_child(self.sums, "LineTotalAmount"), "BT-106")
        summed = sum((line.total for line in lines if line.total is not None), Decimal(0))
        if lines and total is not None and abs(summed - total) > _CENT:
            self._defect("LINES", f"In the e-invoice the lines sum up to {summed}, not to {total} (BR-CO-10).")

    def _defect(
        self, code: str, sentence: str, severity: Severity = Severity.ERROR, fields: tuple[FieldName, ...] = ()
    ) -> None:
        self.defects.append(Finding(code=f"KON-EINVOICE-{code}", sentence=sentence, severity=severity, fields=fields))


def _children(parent: _Element | None, name: str) -> list[_Element]:
    """Direct children by local name; comments and processing instructions are stepped over."""
    if parent is None:
        return []
    return list(parent.iterchildren("{*}" + name))


def _child(parent: _Element | None, name: str) -> _Element | None:
    return next(iter(_children(parent, name)), None)


def _at(parent: _Element | None, path: str) -> _Element | None:
    for name in path.split("/"):
        parent = _child(parent, name)
    return parent


def _text(parent: _Element | None, path: str) -> str | None:
    element = _at(parent, path)
    if element is None:
        return None
    own = (element.text or "") + "".join(child.tail or "" for child in element)  # comments inside are stepped over
    return " ".join(own.split()) or None


def _vat_id(seller: _Element | None) -> str | None:
    """BT-31: the registration of scheme VA; the tax number (FC) is another thing."""
    for registration in _children(seller, "SpecifiedTaxRegistration"):
        identifier = _child(registration, "ID")
        if identifier is not None and identifier.get("schemeID") == "VA":
            return (identifier.text or "").strip() or None
    return None


def _bare(value: str | None) -> str | None:
    return re.sub(r"[\s.-]", "", value).upper() or None if value else None


def _cents(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:.2f}"


def _number(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)
