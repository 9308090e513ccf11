"""What can be wrong with an invoice, each as a finding with a stable code and a sentence.

Findings speak of the business, not of the reading: however surely a field was read, a finding sends the document to
a person. Nothing is ever corrected here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from stdnum import iban as stdnum_iban
from stdnum.eu import vat as stdnum_vat

from kontorist.domain.payables.draft import FIELDS, DocumentKind, FieldName, Finding, InvoiceDraft, Severity
from kontorist.domain.payables.suppliers import Supplier, compact
from kontorist.domain.payables.vat_rates import rates_of

CENT: Final = Decimal("0.01")
_REQUIRED: Final[tuple[FieldName, ...]] = ("supplier_name", "invoice_number", "issue_date", "currency", "gross")
_WORDS: Final[dict[FieldName, str]] = {
    "supplier_name": "supplier",
    "supplier_vat_id": "VAT id",
    "invoice_number": "invoice number",
    "issue_date": "invoice date",
    "due_date": "due date",
    "currency": "currency",
    "net": "net amount",
    "tax": "VAT amount",
    "gross": "total",
    "iban": "IBAN",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a check may know beside the draft: the day, the books' currency, the supplier as master data has it.

    `tolerance` is the largest difference in totals that is put down to rounding, in the invoice's currency.
    """

    today: date
    currency: str = "EUR"
    supplier: Supplier | None = None
    tolerance: Decimal = Decimal("0.02")


def word_for(name: FieldName) -> str:
    """The field in an English sentence."""
    return _WORDS[name]


def findings_of(draft: InvoiceDraft, around: Circumstances) -> tuple[Finding, ...]:
    """Everything that is wrong with `draft`, in the order of `CHECKS`; what the reader found stands first."""
    found = [finding for check in CHECKS for finding in check(draft, around)]
    return (*draft.findings, *found)


def missing_fields(draft: InvoiceDraft, around: Circumstances) -> Iterator[Finding]:
    """Without these an invoice cannot be booked (§ 14 (4) UStG asks for more; a person judges those)."""
    for name in _REQUIRED:
        if draft.value(name) is None:
            yield Finding(code="KON-MISSING", sentence=f"The {word_for(name)} was not found.", fields=(name,))


def unsure_fields(draft: InvoiceDraft, around: Circumstances) -> Iterator[Finding]:
    """A field that was read but not surely enough for the machine."""
    for name in FIELDS:
        each = draft.fields.get(name)
        if each and not each.safe and (each.value is not None or name not in _REQUIRED):
            shown = each.value if each.value is not None else "nothing"
            yield Finding(
                code="KON-UNSURE",
                sentence=f"The {word_for(name)} needs a look: read {shown} ({each.confidence:.0%}). {each.reason}",
                fields=(name,),
            )


def not_an_invoice(draft: InvoiceDraft, around: Circumstances) -> Iterator[Finding]:
    """Reminders and other papers are filed, never booked."""
    if draft.kind in (DocumentKind.REMINDER, DocumentKind.OTHER):
        yield Finding(code="KON-KIND", sentence=f"This does not look like an invoice but like: {draft.kind.value}.")


def totals(draft: InvoiceDraft, around: Circumstances) -> Iterator[Finding]:
    """Net plus VAT is the total (EN 16931 BR-CO-15)."""
    net, tax, gross = draft.amount("net"), draft.amount("tax"), draft.amount("gross")
    if net is None or tax is None or gross is None:
        return
    if abs(net + tax - gross) > around.tolerance:
        yield Finding(
            code="KON-TOTALS",
            sentence=f"Net {net} plus VAT {tax} is {net + tax}, but the total says {gross}.",
            fields=("net", "tax", "gross"),
        )


def line_sum(draft: InvoiceDraft, around: Circumstances) -> Iterator[Finding]:
    """The lines add up to net, or to the total where prices include VAT (EN 16931 BR-CO-10).

    A difference is only a warning: discounts and charges on the whole invoice are common and need not stand in a line.
    """
    values = [line.total for line in draft.lines if line.total is not None]
    net, gross = draft.amount("net"), draft.amount("gross")
    if not values or len(values) != len(draft.lines) or (net is None and gross is None):
        return
    allowed = max(around.tolerance, CENT * len(values))
    if not any(
        amount is not None and abs(abs(sum(values, Decimal(0))) - abs(amount)) <= allowed for amount in (net, gross)
    ):
        yield Finding(
            code="KON-LINES",
            sentence=f"The lines add up to {sum(values, Decimal(0))}, which is neither the net amount nor the total.",
            fields=("net", "gross"),
            severity=Severity.WARNING,
        )


def tax_rates(draft: InvoiceDraft, around: Circumstances) -> Iterator[Finding]:
    """The VAT fits the rates of the supplier's country on the invoice date."""
    net, tax, day = draft.amount("net"), draft.amount("tax"), draft.day("issue_date")
    rates = rates_of(_country(draft), day) if day else None
    if net is None or tax is None or rates is None or not tax:
        return
    allowed = max(around.tolerance, CENT * max(1, len(draft.lines)))
    if any(abs(_share(net, rate) - tax) <= allowed for rate in rates):
        return
    if draft.tax_lines:
        yield from _tax_table(draft, rates, allowed)
    elif abs(tax) > abs(_share(net, rates[0])) + allowed:
        yield Finding(
            code="KON-TAX-RATE",
            sentence=f"VAT of {tax} on {net} is more than the highest rate of {rates[0]} % in {_country(draft)}.",
            fields=("net", "tax"),
        )


def _tax_table(draft: InvoiceDraft, rates: tuple[Decimal, ...], allowed: Decimal) -> Iterator[Finding]:
    for line in draft.tax_lines:
        if line.rate and line.rate not in rates:
            yield Finding(
                code="KON-TAX-RATE",
                sentence=f"{line.rate} % is no VAT rate of {_country(draft)} on the invoice date.",
                fields=("tax",),
            )
        elif line.base is not None and abs(_share(line.base, line.rate) - line.amount) > allowed:
            yield Finding(
                code="KON-TAX-SUM",
                sentence=f"{line.rate} % of {line.base} is {_share(line.base, line.rate)}, not {line.amount}.",
                fields=("tax",),
            )


def vat_id(draft: InvoiceDraft, around: Circumstances) -> Iterator[Finding]:
    """The check digits of the supplier's VAT id (python-stdnum, by country)."""
    value = draft.value("supplier_vat_id")
    if value is not None and not stdnum_vat.is_valid(value):
        yield Finding(
            code="KON-VAT-ID",
            sentence=f"The VAT id {value} has wrong check digits or a wrong length.",
            fields=("supplier_vat_id",),
        )


def iban(draft: InvoiceDraft, around: Circumstances) -> Iterator[Finding]:
    """The check digits of the IBAN (ISO 13616, modulo 97)."""
    value = draft.value("iban")
    if value is not None and not stdnum_iban.is_valid(value, check_country=False):
        yield Finding(
            code="KON-IBAN", sentence=f"The IBAN {value} has wrong check digits or a wrong length.", fields=("iban",)
        )


def changed_iban(draft: InvoiceDraft, around: Circumstances) -> Iterator[Finding]:
    """Other bank details than those we know: two people, and a channel other than this mail (fraud)."""
    value, supplier = draft.value("iban"), around.supplier
    if value is None or supplier is None or supplier.provisional:
        return
    if compact(value) not in map(compact, supplier.ibans):
        known = ", ".join(supplier.ibans) or "none"
        yield Finding(
            code="KON-IBAN-CHANGED",
            sentence=f"The bank details of {supplier.name} are not the known ones (on the invoice {value}, known "
            f"{known}). Two people have to look; call the supplier on a number you already had.",
            fields=("iban",),
        )


def dates(draft: InvoiceDraft, around: Circumstances) -> Iterator[Finding]:
    """Due on or after the invoice date, and the invoice date not in the future."""
    issued, due = draft.day("issue_date"), draft.day("due_date")
    if issued and due and due < issued:
        yield Finding(
            code="KON-DUE",
            sentence=f"Due on {due}, before the invoice date {issued}.",
            fields=("issue_date", "due_date"),
        )
    if issued and issued > around.today + timedelta(days=1):
        yield Finding(
            code="KON-FUTURE", sentence=f"The invoice date {issued} lies in the future.", fields=("issue_date",)
        )


def currency(draft: InvoiceDraft, around: Circumstances) -> Iterator[Finding]:
    """The machine books in the company's currency only."""
    value = draft.value("currency")
    if value is not None and value != around.currency:
        yield Finding(
            code="KON-CURRENCY",
            sentence=f"The invoice is in {value}, the books are kept in {around.currency}.",
            fields=("currency",),
        )


def supplier_known(draft: InvoiceDraft, around: Circumstances) -> Iterator[Finding]:
    """An unknown supplier is never booked by the machine."""
    supplier = around.supplier
    if supplier is None or supplier.provisional:
        name = draft.value("supplier_name") or "on this paper"
        yield Finding(
            code="KON-SUPPLIER", sentence=f"The supplier {name} is not in the master data.", fields=("supplier_name",)
        )
    elif supplier.default_account is None:
        yield Finding(
            code="KON-ACCOUNT",
            sentence=f"{supplier.name} has no default account to book to.",
            fields=("supplier_name",),
        )


CHECKS: Final[tuple[Callable[[InvoiceDraft, Circumstances], Iterator[Finding]], ...]] = (
    not_an_invoice,
    missing_fields,
    supplier_known,
    changed_iban,
    totals,
    tax_rates,
    line_sum,
    vat_id,
    iban,
    dates,
    currency,
    unsure_fields,
)


def _share(base: Decimal, rate: Decimal) -> Decimal:
    return (base * rate / 100).quantize(CENT, rounding=ROUND_HALF_UP)


def _country(draft: InvoiceDraft) -> str:
    value = (draft.value("supplier_vat_id") or draft.value("iban") or "")[:2]
    return value if value.isalpha() else ""
