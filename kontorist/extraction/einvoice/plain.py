"""An e-invoice as plain data for JSON: `kontorist read einvoice` and the views show this."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from kontorist.domain.payables.draft import FIELDS, Finding
from kontorist.extraction.einvoice import EInvoice
from kontorist.extraction.einvoice.discounts import cash_discounts
from kontorist.extraction.einvoice.terms import TERMS, Kind

_PARTIES = ("seller", "buyer", "payee", "tax_representative")
_TOTALS = (
    "line_sum", "allowance_sum", "charge_sum", "net", "tax", "accounting_tax", "gross", "prepaid", "rounding", "due"
)  # fmt: skip
_REFERENCES = (
    "buyer_reference", "project", "contract", "order", "sales_order", "receiving_advice", "despatch_advice", "tender",
    "invoiced_object", "buyer_accounting", "preceding",
)  # fmt: skip
_PAYMENT = ("payment", "remittance", "mandate", "creditor_id", "payment_terms", "due_date")


def invoice_data(invoice: EInvoice) -> dict[str, Any]:
    """The ten fields, lines, table of tax, parties, references and whatever else of EN 16931 the invoice says."""
    data = terms_data(invoice.terms)
    rest = {
        "discounts",
        "lines",
        "taxes",
        *_PARTIES,
        *_TOTALS,
        *_REFERENCES,
        *_PAYMENT,
        "number",
        "issue_date",
        "currency",
    }
    return {
        **{name: invoice.values[name] for name in FIELDS},
        "kind": invoice.kind.value,
        "lines": [
            {
                **line,
                "description": read.description,
                "quantity": _text(read.quantity),
                "unit_price": _text(read.unit_price),
                "tax_rate": _text(read.tax_rate),
                "total": line.get("total"),
            }
            for line, read in zip(data.get("lines", ()), invoice.lines, strict=True)
        ],
        "tax_breakdown": data.get("taxes", []),
        "parties": _of(data, _PARTIES),
        "references": _of(data, _REFERENCES),
        "totals": _of(data, _TOTALS),
        "payment": _of(data, _PAYMENT) | _discounts(invoice),
        "more": {name: value for name, value in data.items() if name not in rest},
    }


def _discounts(invoice: EInvoice) -> dict[str, Any]:
    found = [
        {"percent": _text(each.percent), "until": each.until.isoformat() if each.until else None}
        for each in cash_discounts(invoice.terms)
    ]
    return {"cash_discounts": found} if found else {}


def _of(data: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: data[name] for name in names if name in data}


def terms_data(value: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Terms as plain data: amounts with two decimals at least, numbers as written, days ISO 8601."""
    return {name: _plain(each, prefix + name) for name, each in value.items()}


def _plain(value: Any, name: str) -> Any:
    if isinstance(value, list):
        return [_plain(each, name) for each in value]
    if isinstance(value, dict):
        return terms_data(value, f"{name}.")
    if isinstance(value, Decimal):
        return _amount(value) if TERMS[name].kind is Kind.AMOUNT else _text(value)
    return value.isoformat() if isinstance(value, date) else value


def _amount(value: Decimal) -> str:
    exponent = value.as_tuple().exponent
    return f"{value:.2f}" if not isinstance(exponent, int) or exponent > -2 else f"{value:f}"


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"


def finding_data(finding: Finding) -> dict[str, str]:
    """A defect or a difference in the form of the rules' findings."""
    return {
        "rule": finding.code,
        "severity": finding.severity.value,
        "location": ", ".join(finding.fields),
        "text": finding.sentence,
    }
