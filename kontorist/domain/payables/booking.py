"""How an incoming invoice is booked: cost and input VAT on the debit side, the supplier on the credit side."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TypeVar

from kontorist.domain.errors import NeedsAPerson
from kontorist.domain.ids import DocumentId, EntryId, PersonKey, derived_id
from kontorist.domain.ledger.chart import INPUT_TAX, PAYABLES
from kontorist.domain.ledger.journal import JournalEntry, Line
from kontorist.domain.money import Money
from kontorist.domain.payables.draft import FieldName, InvoiceDraft
from kontorist.domain.payables.suppliers import Supplier
from kontorist.domain.payables.vat_ids import vat_country
from kontorist.domain.payables.vat_rates import rates_of

_ROUNDING = "7900"
_COIN = Decimal("0.01")
#: Where the supplier's country is not known, the one whole rate that fits is taken for the rate.
_WHOLE_RATES = tuple(Decimal(rate) for rate in range(1, 28))


T = TypeVar("T")


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
    time: int = 1,
) -> JournalEntry:
    """The entry for an invoice or, with the other sign, for a credit; posted on the invoice date.

    A credit note and an invoice whose total is below zero are both credits (`InvoiceDraft.credit`); neither is ever
    turned into a debt by dropping a minus. `account` takes the cost, one line for each VAT rate where the VAT table is
    complete. A difference up to `tolerance` between net plus VAT and the total goes to the account of rounding
    differences. `time` counts how often the voucher is booked: 2 once its first entry was taken back by a reversal.
    Raises CannotBeBooked where a field is missing, EntryNotBalanced where the amounts disagree or their signs
    contradict each other.
    """
    currency = _needed(draft.value("currency"), "currency")
    day = _needed(draft.day("issue_date"), "issue_date")
    text = f"{supplier.name} {_needed(draft.value('invoice_number'), 'invoice_number')}"
    net, tax, gross = _amounts(draft)
    lines = []
    for key, base, amount in _by_rate(draft, supplier, net, tax):
        lines.append(Line(account=account, amount=Money(base, currency), origin="net", text=text, tax_key=key))
        if amount:
            lines.append(Line(account=INPUT_TAX, amount=Money(amount, currency), origin="tax", text=text, tax_key=key))
    difference = gross - net - tax
    if difference and abs(difference) <= tolerance:
        lines.append(Line(account=_ROUNDING, amount=Money(difference, currency), origin="rounding", text=text))
    again = () if time == 1 else (str(time),)
    owed, due = Money(-gross, currency), _due(draft, day, supplier)
    lines.append(Line(account=PAYABLES, amount=owed, origin="gross", text=text, partner=supplier.id, due=due))
    return JournalEntry(
        id=EntryId(derived_id("J", "invoice", voucher.document, *again)),
        day=day,
        text=text,
        lines=tuple(lines),
        document=voucher.document,
        document_sha256=voucher.sha256,
        purpose=":".join(("invoice", *again)),
        approved_by=approved_by,
    )


def _needed(value: T | None, name: FieldName) -> T:
    if value is None:
        raise CannotBeBooked(f"Without {name.replace('_', ' ')} this invoice cannot be booked.")
    return value


def _amounts(draft: InvoiceDraft) -> tuple[Decimal, Decimal, Decimal]:
    """Net, VAT and total as we owe them, below zero on a credit.

    VAT that the page does not state is none: it is not deducted (§ 15 (1) no. 1 UStG). Net follows from the rest.
    """
    gross = _needed(draft.signed("gross"), "gross")
    tax = draft.signed("tax") or Decimal(0)
    net = draft.signed("net")
    return gross - tax if net is None else net, tax, gross


def _by_rate(draft: InvoiceDraft, supplier: Supplier, net: Decimal, tax: Decimal) -> list[tuple[str, Decimal, Decimal]]:
    """(key, net, VAT) for each rate of the VAT table where it accounts for all of net and VAT, else for the whole."""
    sign = -1 if net < 0 else 1
    table = [(line.rate, sign * abs(line.base), sign * abs(line.amount)) for line in draft.tax_lines if line.base]
    complete = sum(base for _, base, _ in table) == net and sum(amount for _, _, amount in table) == tax
    if complete and len(table) > 1:
        return [(_key(rate), base, amount) for rate, base, amount in table]
    return [(_tax_key(draft, supplier, net, tax), net, tax)]


def _tax_key(draft: InvoiceDraft, supplier: Supplier, net: Decimal, tax: Decimal) -> str:
    """Our key of the input VAT: ``IN19`` for one rate of 19 %, ``INMIX`` for several, ``IN0`` without VAT."""
    if not tax:
        return "IN0"
    rates = {line.rate for line in draft.tax_lines if line.amount}
    if not rates:
        allowed = _COIN * max(2, len(draft.lines))  # VAT may be rounded in each line
        rates = {rate for rate in _usual_rates(draft, supplier) if abs(net * rate / 100 - tax) <= allowed}
    return _key(rates.pop()) if len(rates) == 1 else "INMIX"


def _usual_rates(draft: InvoiceDraft, supplier: Supplier) -> tuple[Decimal, ...]:
    country = vat_country(draft.value("supplier_vat_id")) or vat_country(supplier.vat_id)
    day = draft.day("issue_date")
    return (rates_of(country, day) if country and day else None) or _WHOLE_RATES


def _key(rate: Decimal) -> str:
    return f"IN{rate.normalize():f}"


def _due(draft: InvoiceDraft, issued: date, supplier: Supplier) -> date:
    due = draft.day("due_date")
    return due if due else issued + timedelta(days=supplier.payment_terms_days or 0)
