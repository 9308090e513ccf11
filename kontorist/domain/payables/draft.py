"""What was read from one invoice, with the evidence for each field.

A draft says what the page says and how sure we are of the reading. It decides nothing.
Boxes are percent of the visible page (crop box after rotation), origin top left; pages count from 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal, get_args

from kontorist.domain.errors import NeedsAPerson
from kontorist.domain.money import exact_decimal

FieldName = Literal[
    "supplier_name",
    "supplier_vat_id",
    "invoice_number",
    "issue_date",
    "due_date",
    "currency",
    "net",
    "tax",
    "gross",
    "iban",
]
FIELDS: tuple[FieldName, ...] = get_args(FieldName)
Reference = Literal["order_number", "customer_number", "bic", "discount_percent", "discount_until"]
REFERENCES: tuple[Reference, ...] = get_args(Reference)
AMOUNT_FIELDS: tuple[FieldName, ...] = ("net", "tax", "gross")
DATE_FIELDS: tuple[FieldName, ...] = ("issue_date", "due_date")


class NotADate(NeedsAPerson):
    """This is not a date."""

    code = "KON-111"
    next_step = "Write it as year-month-day, such as 2024-05-31."


class FieldSource(StrEnum):
    """Where a value comes from; the validation screen shows an icon for each."""

    CAPTURED = "captured"  #: read from the page, has a box
    EINVOICE = "einvoice"  #: from the structured part of an e-invoice
    MASTER_DATA = "master_data"  #: known of this supplier
    FORMULA = "formula"  #: derived, such as a due date from a printed term
    MANUAL = "manual"  #: entered or corrected by a person


class DocumentKind(StrEnum):
    """What sort of paper it is."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    RECEIPT = "receipt"
    REMINDER = "reminder"
    OTHER = "other"


class DraftStatus(StrEnum):
    """`safe`: all ten fields safe and no finding. `quarantined`: not readable, `reason` says why.

    What is only information is no finding in this sense.
    """

    SAFE = "safe"
    REVIEW = "review"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle on a page, in percent of its visible width and height, origin top left."""

    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of an invoice with its evidence; `value` is None when the page shows none.

    Amounts are text with a dot and two decimals, dates ISO 8601, currency ISO 4217, ids without blanks.
    `confidence` is between 0 and 1; `safe` says that the reading may be relied on without a look at the page.
    """

    value: str | None
    confidence: float
    safe: bool
    reason: str
    page: int | None = None
    box: Box | None = None
    source: FieldSource = FieldSource.CAPTURED


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceLine:
    """One line item; what the page does not show is None. `tax_rate` is in percent, `total` as printed."""

    description: str | None = None
    position: str | None = None
    quantity: Decimal | None = None
    unit: str | None = None
    unit_price: Decimal | None = None
    tax_rate: Decimal | None = None
    total: Decimal | None = None
    page: int | None = None
    box: Box | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxLine:
    """One rate of the tax table: `rate` in percent, `base` and `amount` in the invoice's currency."""

    rate: Decimal
    base: Decimal | None
    amount: Decimal


class Severity(StrEnum):
    """Information is only shown. A warning (may well be right) and an error (something is wrong) go to a person."""

    INFORMATION = "information"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something a person has to look at, in a sentence. `code` is stable, `fields` names what it is about."""

    code: str
    sentence: str
    fields: tuple[FieldName, ...] = ()
    severity: Severity = Severity.ERROR

    @property
    def stops_the_machine(self) -> bool:
        """Whether a person has to look before this is booked: the machine books only what has no finding."""
        return self.severity is not Severity.INFORMATION


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceDraft:
    """What one document says, field by field. `reason` is a sentence, always there when it is quarantined."""

    fields: Mapping[FieldName, Field]
    kind: DocumentKind = DocumentKind.INVOICE
    lines: tuple[InvoiceLine, ...] = ()
    tax_lines: tuple[TaxLine, ...] = ()
    findings: tuple[Finding, ...] = ()
    pages: int = 0
    language: str | None = None
    syntax: str | None = None  #: of the e-invoice inside: cii, zugferd1, ubl-invoice, ubl-creditnote
    refused: str | None = None  #: reason code of an unreadable file, such as encrypted or timed_out
    reason: str | None = field(default=None)
    #: What else is said for booking and paying: percent with two decimals, the last day for the discount as ISO 8601.
    references: Mapping[Reference, Field] = field(default_factory=dict)

    def value(self, name: FieldName) -> str | None:
        """The text of one field, None when the page shows none."""
        found = self.fields.get(name)
        return found.value if found else None

    def amount(self, name: FieldName) -> Decimal | None:
        """An amount field as Decimal in the invoice's currency. Raises NotAnAmount."""
        text = self.value(name)
        return None if text is None else exact_decimal(text)

    def day(self, name: FieldName) -> date | None:
        """A date field. Raises NotADate."""
        text = self.value(name)
        return None if text is None else _iso_day(text)

    @property
    def credit(self) -> bool:
        """Whether the supplier owes us: a credit note, or an invoice whose total is printed with a minus."""
        gross = self.amount("gross")
        return self.kind is DocumentKind.CREDIT_NOTE or (gross is not None and gross < 0)

    def signed(self, name: FieldName) -> Decimal | None:
        """An amount as we owe it: below zero on a credit, whether the credit note prints a minus or not.

        All amounts of a document turn together, by the sign of the total, so that a net amount and a total whose
        printed signs contradict each other still do.
        """
        amount, gross = self.amount(name), self.amount("gross")
        turned = self.kind is DocumentKind.CREDIT_NOTE and (gross is None or gross > 0)
        return -amount if amount is not None and turned else amount

    @property
    def status(self) -> DraftStatus:
        """Safe only when every one of the ten fields is safe and there is no finding."""
        if self.refused is not None:
            return DraftStatus.QUARANTINED
        all_safe = all(name in self.fields and self.fields[name].safe for name in FIELDS)
        disturbed = any(finding.stops_the_machine for finding in self.findings)
        return DraftStatus.SAFE if all_safe and not disturbed else DraftStatus.REVIEW

    @classmethod
    def quarantined(cls, code: str, sentence: str) -> InvoiceDraft:
        """The draft of a file that could not be read: `code` such as ``encrypted``, `sentence` for the clerk."""
        return cls(fields={}, kind=DocumentKind.OTHER, refused=code, reason=sentence)


def to_data(draft: InvoiceDraft) -> dict[str, Any]:
    """The draft as plain data for JSON; Decimals are text. `from_data` reads it back unchanged."""
    return {
        "kind": draft.kind.value,
        "fields": {name: _field_data(each) for name, each in draft.fields.items()},
        "lines": [_line_data(each) for each in draft.lines],
        "tax_lines": [
            {"rate": str(each.rate), "base": _text(each.base), "amount": str(each.amount)} for each in draft.tax_lines
        ],
        "findings": [
            {
                "code": each.code,
                "sentence": each.sentence,
                "fields": list(each.fields),
                "severity": each.severity.value,
            }
            for each in draft.findings
        ],
        "pages": draft.pages,
        "language": draft.language,
        "syntax": draft.syntax,
        "refused": draft.refused,
        "reason": draft.reason,
        "references": {name: _field_data(each) for name, each in draft.references.items()},
    }


def from_data(data: Mapping[str, Any]) -> InvoiceDraft:
    """Read what `to_data` wrote. Raises KeyError, TypeError, ValueError or NotAnAmount where the shape is another."""
    return InvoiceDraft(
        kind=DocumentKind(data["kind"]),
        fields={name: _field(data["fields"][name]) for name in FIELDS if name in data["fields"]},
        lines=tuple(_line(each) for each in data["lines"]),
        tax_lines=tuple(
            TaxLine(rate=exact_decimal(each["rate"]), base=_decimal(each["base"]), amount=exact_decimal(each["amount"]))
            for each in data["tax_lines"]
        ),
        findings=tuple(_finding(each) for each in data["findings"]),
        pages=int(data["pages"]),
        language=data["language"],
        syntax=data["syntax"],
        refused=data["refused"],
        reason=data["reason"],
        references={
            name: _field(data["references"][name]) for name in REFERENCES if name in data.get("references", {})
        },
    )


def _iso_day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise NotADate(f"{text[:40]!r} is not a date.") from None
    if day.isoformat() != text:  # Python also takes 20240531 and 2024-W22-5
        raise NotADate(f"{text[:40]!r} is not a date of the form 2024-05-31.")
    return day


def box_data(box: Box | None) -> list[float] | None:
    """A box as ``[x0, y0, x1, y1]``, in percent."""
    return None if box is None else [box.x0, box.y0, box.x1, box.y1]


def _box(data: list[float] | None) -> Box | None:
    if data is None:
        return None
    x0, y0, x1, y1 = (float(each) for each in data)
    return Box(x0=x0, y0=y0, x1=x1, y1=y1)


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _decimal(value: str | None) -> Decimal | None:
    return None if value is None else exact_decimal(value)


def _field_data(each: Field) -> dict[str, Any]:
    return {
        "value": each.value,
        "confidence": each.confidence,
        "safe": each.safe,
        "reason": each.reason,
        "page": each.page,
        "box": box_data(each.box),
        "source": each.source.value,
    }


def _field(data: Mapping[str, Any]) -> Field:
    return Field(
        value=data["value"],
        confidence=float(data["confidence"]),
        safe=bool(data["safe"]),
        reason=str(data["reason"]),
        page=data["page"],
        box=_box(data["box"]),
        source=FieldSource(data["source"]),
    )


def _line_data(each: InvoiceLine) -> dict[str, Any]:
    return {
        "description": each.description,
        "position": each.position,
        "quantity": _text(each.quantity),
        "unit": each.unit,
        "unit_price": _text(each.unit_price),
        "tax_rate": _text(each.tax_rate),
        "total": _text(each.total),
        "page": each.page,
        "box": box_data(each.box),
    }


def _line(data: Mapping[str, Any]) -> InvoiceLine:
    return InvoiceLine(
        description=data["description"],
        position=data["position"],
        quantity=_decimal(data["quantity"]),
        unit=data["unit"],
        unit_price=_decimal(data["unit_price"]),
        tax_rate=_decimal(data["tax_rate"]),
        total=_decimal(data["total"]),
        page=data["page"],
        box=_box(data["box"]),
    )


def _finding(data: Mapping[str, Any]) -> Finding:
    return Finding(
        code=data["code"],
        sentence=data["sentence"],
        fields=tuple(data["fields"]),
        severity=Severity(data["severity"]),
    )
