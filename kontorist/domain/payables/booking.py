"""How an incoming invoice is booked: cost and input VAT on the debit side, the supplier on the credit side."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from kontorist.domain.errors import NeedsAPerson
from kontorist.domain.ids import DocumentId, EntryId, PersonKey, derived_id
from kontorist.domain.ledger.chart import INPUT_TAX, PAYABLES
from kontorist.domain.ledger.journal import JournalEntry, Line
from kontorist.domain.money import Money, exact_decimal
from kontorist.domain.payables.draft import DocumentKind, FieldName, InvoiceDraft
from kontorist.domain.payables.suppliers import Supplier

_ROUNDING = "7900"


class CannotBeBooked(NeedsAPerson):
    """This invoice cannot be booked as it stands."""

    code = "KON-106"
    next_step = "Supply the field with `kontorist worklist correct ID field=value`."


@dataclass(frozen=True, slots=True, kw_only=True)
class Voucher:
    """The paper behind an entry: its archive id and the SHA-256 of its bytes."""

    document: DocumentId
    sha256: str


def entry_for(
    draft: InvoiceDraft,
    voucher: Voucher,
    supplier: Supplier,
    *,
    account: str,
    tolerance: Decimal = Decimal("0.02"),
    approved_by: tuple[PersonKey, ...] = (),
) -> JournalEntry:
    """The entry for an invoice or, with the signs turned, a credit note; posted on the invoice date.

    `account` takes the cost. A difference up to `tolerance` between net plus VAT and the total goes to the account of
    rounding differences. Raises CannotBeBooked where a field is missing, EntryNotBalanced where the amounts disagree.
    """
    currency = _needed(draft, "currency")
    day = date.fromisoformat(_needed(draft, "issue_date"))
    number = _needed(draft, "invoice_number")
    net, tax, gross = _amounts(draft)
    sign = -1 if draft.kind is DocumentKind.CREDIT_NOTE else 1
    text = f"{supplier.name} {number}"

    key = _tax_key(draft, net, tax)

    def money(amount: Decimal) -> Money:
        return Money(sign * amount, currency)

    lines = [Line(account=account, amount=money(net), origin="net", text=text, tax_key=key)]
    if tax:
        lines.append(Line(account=INPUT_TAX, amount=money(tax), origin="tax", text=text, tax_key=key))
    difference = gross - net - tax
    if difference and abs(difference) <= tolerance:
        lines.append(Line(account=_ROUNDING, amount=money(difference), origin="rounding", text=text))
    due = _due(draft, day, supplier)
    owed = Line(account=PAYABLES, amount=money(-gross), origin="gross", text=text, partner=supplier.id, due=due)
    lines.append(owed)
    return JournalEntry(
        id=EntryId(derived_id("J", "invoice", voucher.document)),
        day=day,
        text=text,
        lines=tuple(lines),
        document=voucher.document,
        document_sha256=voucher.sha256,
        approved_by=approved_by,
    )


def _needed(draft: InvoiceDraft, name: FieldName) -> str:
    value = draft.value(name)
    if value is None:
        raise CannotBeBooked(f"Without {name.replace('_', ' ')} this invoice cannot be booked.")
    return value


def _amounts(draft: InvoiceDraft) -> tuple[Decimal, Decimal, Decimal]:
    """Net, VAT and gross without the sign a credit note may print; what is not printed follows from the rest."""
    gross = abs(exact_decimal(_needed(draft, "gross")))
    net, tax = draft.amount("net"), draft.amount("tax")
    if tax is None:
        tax = gross - abs(net) if net is not None else Decimal(0)
    if net is None:
        net = gross - abs(tax)
    return abs(net), abs(tax), gross


def _tax_key(draft: InvoiceDraft, net: Decimal, tax: Decimal) -> str:
    """Our key of the input VAT: ``IN19`` for one rate of 19 %, ``INMIX`` for several, ``IN0`` without VAT."""
    rates = {line.rate for line in draft.tax_lines if line.amount}
    if not tax:
        return "IN0"
    if not rates and net:
        rates = {(tax * 100 / net).quantize(Decimal(1))}
    return f"IN{rates.pop().normalize():f}" if len(rates) == 1 else "INMIX"


def _due(draft: InvoiceDraft, issued: date, supplier: Supplier) -> date:
    due = draft.day("due_date")
    return due if due else issued + timedelta(days=supplier.payment_terms_days or 0)
