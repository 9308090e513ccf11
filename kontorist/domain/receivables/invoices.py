"""Our own sales invoices and credit notes: lines, totals per rate, and how they are booked.

Mandatory statements: § 14 (4) and § 14a UStG, art. 35a Wet OB 1968 (both by Art. 226 of Directive 2006/112/EC).
Rounding: each line to the coin, VAT once per rate from the sum of its lines (EN 16931, BR-CO-10 and BR-CO-17).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from kontorist.domain.ids import CustomerId, DocumentId, EntryId, PersonKey, derived_id
from kontorist.domain.ledger.journal import JournalEntry, Line, reversal
from kontorist.domain.ledger.open_items import CONTROL, OpenItem, Side, open_item_id
from kontorist.domain.masterdata.address import Address
from kontorist.domain.money import Money
from kontorist.domain.receivables.customers import Customer, country_of
from kontorist.domain.receivables.einvoice import EInvoiceForm
from kontorist.domain.receivables.orders import Order, Position
from kontorist.domain.receivables.tax import Treatment, tax_key

OUTPUT_TAX: Final = "2100"
SALES: Final = "4000"
SALES_WITHOUT_VAT: Final = "4100"


class PaperKind(StrEnum):
    """What the paper is; each kind has its own series of numbers."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


@dataclass(frozen=True, slots=True, kw_only=True)
class RateTotal:
    """What the lines of one VAT rate come to."""

    rate: Decimal
    net: Money
    tax: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesPaper:
    """A sales invoice, or the credit note that takes one back whole (`corrects` is its number).

    Amounts are above zero on both kinds. `email` is where it goes, `language` its language (de, nl, en), `form` what it
    is sent as.
    """

    number: str
    kind: PaperKind
    order: str
    day: date
    delivered: date
    due: date
    customer: CustomerId
    name: str
    address: Address
    customer_number: str | None
    vat_id: str | None
    email: str | None
    language: str
    account: str
    treatment: Treatment
    currency: str
    positions: tuple[Position, ...]
    corrects: str | None = None
    corrects_day: date | None = None
    form: EInvoiceForm = EInvoiceForm.PDF
    buyer_reference: str | None = None
    electronic_address: str | None = None

    @property
    def totals(self) -> tuple[RateTotal, ...]:
        """Per rate, highest first."""
        rates = sorted({_rate(each) for each in self.positions}, reverse=True)
        return tuple(_rate_total(rate, self.positions, self.currency) for rate in rates)

    @property
    def net(self) -> Money:
        """The sum of the lines."""
        return Money.total([each.net for each in self.totals], self.currency)

    @property
    def tax(self) -> Money:
        """The VAT of all rates."""
        return Money.total([each.tax for each in self.totals], self.currency)

    @property
    def gross(self) -> Money:
        """What is to be paid, or is given back."""
        return self.net + self.tax

    def data(self) -> dict[str, Any]:
        """The paper as plain data, in the form `paper_from` reads."""
        facts = asdict(self)
        facts["positions"] = [_texts(asdict(each)) for each in self.positions]
        return _texts(facts)


def _texts(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, Decimal | date) else value for name, value in facts.items()}


def paper_from(data: Mapping[str, Any]) -> SalesPaper:
    """Read what `SalesPaper.data` wrote."""
    days = {name: date.fromisoformat(data[name]) for name in ("day", "delivered", "due")}
    corrected = data["corrects_day"]
    return SalesPaper(
        **{
            **data,
            **days,
            "kind": PaperKind(data["kind"]),
            "treatment": Treatment(data["treatment"]),
            "form": EInvoiceForm(data.get("form", "pdf")),  # papers of before were papers alone
            "address": Address(**data["address"]),
            "positions": tuple(_position(each) for each in data["positions"]),
            "corrects_day": date.fromisoformat(corrected) if corrected else None,
        }
    )


def _position(data: Mapping[str, Any]) -> Position:
    return Position(
        description=data["description"],
        quantity=Decimal(data["quantity"]),
        unit_price=Decimal(data["unit_price"]),
        tax_rate=Decimal(data["tax_rate"]),
    )


def _rate(position: Position) -> Decimal:
    return position.tax_rate or Decimal(0)


def _rate_total(rate: Decimal, positions: Iterable[Position], currency: str) -> RateTotal:
    net = Money.total([each.net(currency) for each in positions if _rate(each) == rate], currency)
    return RateTotal(rate=rate, net=net, tax=Money.rounded(net.amount * rate / 100, currency))


def invoice_for(
    order: Order,
    customer: Customer,
    treatment: Treatment,
    *,
    number: str,
    day: date,
    due: date,
    language: str,
    form: EInvoiceForm = EInvoiceForm.PDF,
) -> SalesPaper:
    """The invoice for an order; without our VAT every rate is zero, whatever the order says."""
    charged = treatment.charges_vat
    return SalesPaper(
        number=number,
        kind=PaperKind.INVOICE,
        order=order.number,
        day=day,
        delivered=order.delivered or day,
        due=due,
        customer=customer.id,
        name=customer.name,
        address=replace(customer.address, country=country_of(customer)),
        customer_number=customer.number,
        vat_id=customer.vat_id,
        email=customer.email or order.buyer.email,
        language=language,
        account=customer.default_account or (SALES if charged else SALES_WITHOUT_VAT),
        treatment=treatment,
        currency=order.currency,
        positions=tuple(replace(each, tax_rate=_rate(each) if charged else Decimal(0)) for each in order.positions),
        form=form,
        buyer_reference=customer.buyer_reference,
        electronic_address=customer.electronic_address,
    )


def credit_note_for(invoice: SalesPaper, *, number: str, day: date) -> SalesPaper:
    """The credit note that takes `invoice` back whole; it names number and day of the invoice (§ 31 (5) UStDV)."""
    return replace(
        invoice,
        number=number,
        kind=PaperKind.CREDIT_NOTE,
        day=day,
        due=day,
        corrects=invoice.number,
        corrects_day=invoice.day,
    )


def entry_for_invoice(
    paper: SalesPaper, *, document: DocumentId, sha256: str, approved_by: tuple[PersonKey, ...] = ()
) -> JournalEntry:
    """The customer's debt against sales and output VAT, one line each per rate."""
    text = f"{paper.name} {paper.number}"
    claim = Line(
        account=CONTROL[Side.RECEIVABLE],
        amount=paper.gross,
        origin="gross",
        partner=paper.customer,
        due=paper.due,
        text=text,
    )
    lines = [claim]
    for total in paper.totals:
        key = tax_key(paper.treatment, total.rate)
        lines.append(Line(account=paper.account, amount=-total.net, origin="net", tax_key=key, text=text))
        if total.tax:
            lines.append(Line(account=OUTPUT_TAX, amount=-total.tax, origin="tax", tax_key=key, text=text))
    return JournalEntry(
        id=EntryId(derived_id("J", "invoice", document)),
        day=paper.day,
        text=text,
        lines=tuple(lines),
        document=document,
        document_sha256=sha256,
        approved_by=approved_by,
    )


def entry_for_credit_note(
    paper: SalesPaper, invoiced: JournalEntry, *, document: DocumentId, sha256: str
) -> JournalEntry:
    """The reversal of what was booked for the invoice; its voucher is the credit note."""
    entry = reversal(invoiced, day=paper.day, reason=f"credit note {paper.number}", by=invoiced.prepared_by)
    return replace(entry, document=document, document_sha256=sha256)


def open_item_for(paper: SalesPaper, *, document: DocumentId, entry: EntryId) -> OpenItem:
    """What the customer owes by the invoice; below zero what we owe by the credit note."""
    return OpenItem(
        id=open_item_id(Side.RECEIVABLE, paper.customer, paper.number),
        side=Side.RECEIVABLE,
        partner=paper.customer,
        number=paper.number,
        amount=paper.gross if paper.kind is PaperKind.INVOICE else -paper.gross,
        issue_date=paper.day,
        due=paper.due,
        document=document,
        entry=entry,
    )
