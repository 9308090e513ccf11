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

from kontorist.domain.payables.draft import FIELDS, DocumentKind, Field, FieldName, Finding, InvoiceDraft, Severity
from kontorist.domain.payables.suppliers import Supplier, folded_name, same_identifier
from kontorist.domain.payables.vat_ids import vat_country, vat_id_holds
from kontorist.domain.payables.vat_rates import HIGHEST, rates_of

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

    `tolerance` is the largest difference in totals that is put down to rounding, in the invoice's currency; `country`
    (ISO 3166) is the company's own, without it nothing is said about VAT across borders; `registered_in` are other
    countries where it is registered for VAT, such as for a branch.
    """

    today: date
    currency: str = "EUR"
    supplier: Supplier | None = None
    tolerance: Decimal = Decimal("0.02")
    country: str | None = None
    registered_in: tuple[str, ...] = ()


def word_for(name: FieldName) -> str:
    """The field in an English sentence."""
    return _WORDS[name]


def findings_of(draft: InvoiceDraft, around: Circumstances) -> tuple[Finding, ...]:
    """Everything that is wrong with `draft`, each once, in the order of `CHECKS`; what the reader found stands first.

    Where nothing at all was read (a picture), what the reader says of it is the one thing to say.
    Raises NotAnAmount or NotADate where a field holds neither.
    """
    if draft.findings and not any(draft.value(name) for name in FIELDS):
        return draft.findings
    said = {(each.code, each.fields) for each in draft.findings}
    found = [each for check in CHECKS for each in check(draft, around) if (each.code, each.fields) not in said]
    return tuple(dict.fromkeys([*draft.findings, *found]))


def missing_fields(draft: InvoiceDraft, around: Circumstances) -> Iterator[Finding]:
    """Without these an invoice cannot be booked (§ 14 (4) UStG asks for more; a person judges those)."""
    for name in _REQUIRED:
        if draft.value(name) is None:
            yield Finding(code="KON-MISSING", sentence=f"The {word_for(name)} was not found.", fields=(name,))


def unsure_fields(draft: InvoiceDraft, around: Circumstances) -> Iterator[Finding]:
    """A field that was read but not surely enough for the machine."""
    for name in FIELDS:
        each = draft.fields.get(name)
        unread = each is None or each.value is None
        if (each is None or not each.safe) and not (unread and name in _REQUIRED):
            yield Finding(code="KON-UNSURE", sentence=_doubt(name, each), fields=(name,))


def _doubt(name: FieldName, each: Field | None) -> str:
    word = word_for(name)
    if each is None:
        return f"Nobody has looked for the {word} yet."
    sure = f"{int(each.confidence * 100)} % sure"  # cut, not rounded: what needs a look is never "100 % sure"
    if each.value is None:
        said = f"No {word} was found; please look whether there is none ({sure})."
    else:
        said = f"The {word} was read as {each.value}, please compare it with the page ({sure})."
    return f"{said} {each.reason}".strip()


def not_an_invoice(draft: InvoiceDraft, around: Circumstances) -> Iterator[Finding]:
    """Reminders and other papers are filed, never booked; a receipt may be paid, and a total of zero books nothing."""
    if draft.kind is DocumentKind.REMINDER:
        yield Finding(code="KON-KIND", sentence="This does not look like an invoice but like a reminder.")
    elif draft.kind is DocumentKind.OTHER:
        yield Finding(code="KON-KIND", sentence="This does not look like an invoice.")
    elif draft.kind is DocumentKind.RECEIPT:
        yield Finding(
            code="KON-PAID",
            sentence="This is a receipt: it is probably paid already. Approved as it is, it is booked as owed.",
            severity=Severity.WARNING,
        )
    if draft.amount("gross") == 0:
        yield Finding(code="KON-ZERO", sentence="The total is zero; there is nothing to book.", fields=("gross",))


def totals(draft: InvoiceDraft, around: Circumstances) -> Iterator[Finding]:
    """Net plus VAT is the total (EN 16931 BR-CO-15); no VAT is deducted that the page does not state (§ 15 UStG)."""
    net, tax, gross = draft.amount("net"), draft.amount("tax"), draft.amount("gross")
    if net is None or gross is None:
        return
    if tax is None:
        if abs(gross - net) > around.tolerance:
            yield Finding(
                code="KON-TAX-MISSING",
                sentence=f"Net {net} and total {gross} differ by {gross - net}, but no VAT amount was found.",
                fields=("tax",),
            )
    elif abs(net + tax - gross) > around.tolerance:
        yield Finding(
            code="KON-TOTALS",
            sentence=f"Net {net} plus VAT {tax} is {net + tax}, but the total says {gross}.",
            fields=("net", "tax", "gross"),
        )


def line_sum(draft: InvoiceDraft, around: Circumstances) -> Iterator[Finding]:
    """The lines add up to net, or to the total where prices include VAT (EN 16931 BR-CO-10).

    A difference is a warning, no error: discounts and charges on the whole invoice need not stand in a line.
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
    net, tax, gross, day = draft.amount("net"), draft.amount("tax"), draft.amount("gross"), draft.day("issue_date")
    if net is None and tax is not None and gross is not None:
        net = gross - tax
    if net is None or not tax:
        return
    country = country_of(draft, around)
    rates = rates_of(country, day) if country and day else None
    allowed = max(around.tolerance, CENT * max(1, len(draft.lines)))
    if rates and any(abs(_share(net, rate) - tax) <= allowed for rate in rates):
        return
    if draft.tax_lines:
        yield from _tax_table(draft, rates, country, allowed)
    highest, where = (rates[0], country) if rates else (HIGHEST, "Europe")
    if abs(tax) > abs(_share(net, highest)) + allowed:
        yield Finding(
            code="KON-TAX-RATE",
            sentence=f"VAT of {tax} on {net} is more than the highest rate of {highest} % in {where}.",
            fields=("net", "tax"),
        )


def _tax_table(
    draft: InvoiceDraft, rates: tuple[Decimal, ...] | None, country: str | None, allowed: Decimal
) -> Iterator[Finding]:
    for line in draft.tax_lines:
        if rates and line.rate and line.rate not in rates:
            yield Finding(
                code="KON-TAX-RATE",
                sentence=f"{line.rate} % is no VAT rate of {country} on the invoice date.",
                fields=("tax",),
            )
        elif line.base is not None and abs(_share(line.base, line.rate) - line.amount) > allowed:
            yield Finding(
                code="KON-TAX-SUM",
                sentence=f"{line.rate} % of {line.base} is {_share(line.base, line.rate)}, not {line.amount}.",
                fields=("tax",),
            )


def tax_sum(draft: InvoiceDraft, around: Circumstances) -> Iterator[Finding]:
    """The amounts of the VAT table add up to the VAT amount (EN 16931 BR-CO-14)."""
    tax, stated = draft.amount("tax"), sum((line.amount for line in draft.tax_lines), Decimal(0))
    if draft.tax_lines and tax is not None and abs(abs(stated) - abs(tax)) > around.tolerance:
        yield Finding(
            code="KON-TAX-SUM",
            sentence=f"The VAT of the single rates adds up to {stated}, but the VAT amount says {tax}.",
            fields=("tax",),
        )


def tax_across_borders(draft: InvoiceDraft, around: Circumstances) -> Iterator[Finding]:
    """VAT of another country is no input tax here (refund: Directive 2008/9/EC); without VAT we may owe it ourselves.

    Reverse charge: Directive 2006/112/EC, Art. 194 to 196 (§ 13b UStG; art. 12 Wet OB). Judged by VAT id only: an
    account abroad does not make a supplier foreign. Where we are registered too, VAT is input tax of that country.
    """
    country = _country_of_vat_ids(draft, around)
    if around.country is None or country is None or country in (around.country, *around.registered_in):
        return
    if draft.amount("tax"):
        yield Finding(
            code="KON-FOREIGN-VAT",
            sentence=f"This is VAT of {country}; it cannot be deducted in {around.country} but has to be claimed back.",
            fields=("tax",),
        )
    else:
        yield Finding(
            code="KON-REVERSE-CHARGE",
            sentence=f"The supplier is in {country} and charges no VAT: we may owe it ourselves (reverse charge).",
            fields=("tax",),
        )


def vat_id(draft: InvoiceDraft, around: Circumstances) -> Iterator[Finding]:
    """The check digits of the supplier's VAT id, where we know the rule of its country."""
    value = draft.value("supplier_vat_id")
    if value is not None and vat_id_holds(value) is False:
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
    """Other bank details than those we know: two people, and a channel other than this mail (fraud).

    Also where we know them only from an earlier paper; the very first ones of an unknown supplier are none we know.
    """
    value, supplier = draft.value("iban"), around.supplier
    if value is None or supplier is None or (supplier.provisional and not supplier.ibans):
        return
    if not any(same_identifier(value, each) for each in supplier.ibans):
        known = ", ".join(supplier.ibans) or "none"
        yield Finding(
            code="KON-IBAN-CHANGED",
            sentence=f"Other bank details than the known ones: the invoice says {value}, we know {known}. Two people "
            "have to look; call the supplier on a number you already had.",
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


def supplier_agrees(draft: InvoiceDraft, around: Circumstances) -> Iterator[Finding]:
    """The invoice is from the supplier it was put down to: firms share bank accounts (factoring) and names."""
    supplier, value, name = around.supplier, draft.value("supplier_vat_id"), draft.value("supplier_name")
    if supplier is None or supplier.provisional:
        return
    if value and supplier.vat_id:
        if not same_identifier(value, supplier.vat_id):
            yield Finding(
                code="KON-SUPPLIER-VAT-ID",
                sentence=f"The VAT id on the invoice is {value}, that of {supplier.name} is {supplier.vat_id}.",
                fields=("supplier_vat_id",),
            )
    elif name and set(folded_name(name).split()).isdisjoint(folded_name(supplier.name).split()):
        yield Finding(
            code="KON-SUPPLIER-NAME",
            sentence=f"The invoice names {name}, but its bank account is that of {supplier.name}.",
            fields=("supplier_name",),
        )


CHECKS: Final[tuple[Callable[[InvoiceDraft, Circumstances], Iterator[Finding]], ...]] = (
    not_an_invoice,
    missing_fields,
    supplier_known,
    supplier_agrees,
    changed_iban,
    totals,
    tax_rates,
    tax_sum,
    tax_across_borders,
    line_sum,
    vat_id,
    iban,
    dates,
    currency,
    unsure_fields,
)


def _share(base: Decimal, rate: Decimal) -> Decimal:
    return (base * rate / 100).quantize(CENT, rounding=ROUND_HALF_UP)


def country_of(draft: InvoiceDraft, around: Circumstances) -> str | None:
    """Where the supplier is (ISO 3166): by the VAT id on the page, else in the master data, else by the IBAN."""
    return _country_of_vat_ids(draft, around) or vat_country(draft.value("iban"))


def _country_of_vat_ids(draft: InvoiceDraft, around: Circumstances) -> str | None:
    known = around.supplier.vat_id if around.supplier else None
    return vat_country(draft.value("supplier_vat_id")) or vat_country(known)
