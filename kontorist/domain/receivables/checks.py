"""What keeps an order from being invoiced by the machine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from kontorist.domain.masterdata.address import NOWHERE, Address
from kontorist.domain.payables.vat_ids import vat_id_holds
from kontorist.domain.payables.vat_rates import rates_of
from kontorist.domain.receivables.customers import Customer, country_of
from kontorist.domain.receivables.einvoice import NOBODY, Contact, EInvoiceForm, electronic_address
from kontorist.domain.receivables.orders import Order, Supply
from kontorist.domain.receivables.tax import TaxRuling, Treatment, treatment_of

#: The kinds of work items about orders: customer unknown, other doubts, another content under a known number.
ORDER_KINDS: Final = ("order_customer", "order_review", "order_changed")
#: Doubts about who the customer is or where they are reached.
_OF_THE_CUSTOMER: Final = (
    "KON-ORDER-CUSTOMER", "KON-ORDER-ADDRESS", "KON-ORDER-EMAIL", "KON-ORDER-VAT-ID", "KON-ORDER-EINVOICE"
)  # fmt: skip
_XRECHNUNG: Final = (EInvoiceForm.XRECHNUNG, EInvoiceForm.XRECHNUNG_CII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller:
    """Ourselves, as an invoice of ours has to name us."""

    name: str
    country: str
    currency: str
    address: Address = NOWHERE
    vat_id: str | None = None
    iban: str | None = None
    legal_notice: str | None = None  #: register, registered office, managers: what our letters have to say besides
    supply: Supply = Supply.SERVICES  #: what we sell where the order does not say it
    contact: Contact = NOBODY
    electronic_address: str | None = None  #: ours for e-invoices, ``scheme:identifier``
    einvoice: EInvoiceForm = EInvoiceForm.PDF  #: the form of our invoices where the customer wants no other

    def form_for(self, customer: Customer) -> EInvoiceForm:
        """The form in which `customer` gets our invoices."""
        return customer.einvoice or self.einvoice


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Why a person has to look. A `blocking` one has to be cleared; to the others people may agree."""

    code: str
    sentence: str
    blocking: bool = True

    @property
    def about_customer(self) -> bool:
        """Whether master data of the customer would clear it."""
        return self.code in _OF_THE_CUSTOMER


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRuling:
    """What the rules say of an order: no doubts = the machine invoices it. `treatment` None: nobody can tell yet."""

    doubts: tuple[Doubt, ...]
    treatment: Treatment | None = None

    def open_doubts(self, *, agreed: bool) -> tuple[Doubt, ...]:
        """The doubts that are left after people have `agreed` to what they may agree to."""
        return tuple(each for each in self.doubts if each.blocking or not agreed)


def rule_on_order(order: Order, customer: Customer | None, seller: Seller, today: date) -> OrderRuling:
    """Look at an order, its customer (None where nobody fits) and ourselves."""
    doubts = [*_about_seller(seller), *_about_currency(order, seller)]
    if customer is None:
        unknown = "No customer in the master data fits what the order says, or more than one does."
        return OrderRuling(doubts=(*doubts, Doubt(code="KON-ORDER-CUSTOMER", sentence=unknown)))
    doubts += [*_about_customer(order, customer), *_about_einvoice(customer, seller)]
    country = country_of(customer)
    if country is None:
        return OrderRuling(doubts=tuple(doubts))
    supply = order.supply or seller.supply
    ruled = treatment_of(seller=seller.country, buyer=country, buyer_vat_id=customer.vat_id, supply=supply)
    doubts += _about_tax(order, ruled, seller, today)
    return OrderRuling(doubts=tuple(doubts), treatment=ruled.treatment)


def _about_seller(seller: Seller) -> Iterator[Doubt]:
    missing = [
        name
        for name, there in (
            ("company.address", seller.address.street and seller.address.town),
            ("company.vat_id", seller.vat_id),
            ("company.ibans", seller.iban),
        )
        if not there
    ]
    if missing:
        yield Doubt(code="KON-ORDER-SELLER", sentence=f"An invoice of ours needs {', '.join(missing)} in config.yaml.")


def _about_currency(order: Order, seller: Seller) -> Iterator[Doubt]:
    if order.currency != seller.currency:
        yield Doubt(
            code="KON-ORDER-CURRENCY", sentence=f"The order is in {order.currency}, the books are in {seller.currency}."
        )


def _about_customer(order: Order, customer: Customer) -> Iterator[Doubt]:
    address = customer.address
    if not (address.street and address.town and country_of(customer)):
        sentence = "The customer's address is not complete: street, town and country (§ 14 (4) no. 1 UStG)."
        yield Doubt(code="KON-ORDER-ADDRESS", sentence=sentence)
    if not (customer.email or order.buyer.email):
        yield Doubt(code="KON-ORDER-EMAIL", sentence="There is no mail address for the invoice.")
    if customer.vat_id and vat_id_holds(customer.vat_id) is False:
        yield Doubt(code="KON-ORDER-VAT-ID", sentence="The check digits of the customer's VAT id are wrong.")


def _about_einvoice(customer: Customer, seller: Seller) -> Iterator[Doubt]:
    """What the form of the invoice needs and nobody has said: an e-invoice that lacks it would be turned away."""
    form = seller.form_for(customer)
    if not form.structured or form is EInvoiceForm.ZUGFERD:
        return
    if form in _XRECHNUNG and not customer.buyer_reference:
        sentence = "An XRechnung needs the buyer's reference, in Germany the Leitweg-ID (BR-DE-15)."
        yield Doubt(code="KON-ORDER-EINVOICE", sentence=sentence)
    if electronic_address(customer.electronic_address, None if form is EInvoiceForm.PEPPOL else customer.email) is None:
        sentence = "There is no electronic address to send the e-invoice to (BT-49)."
        yield Doubt(code="KON-ORDER-EINVOICE", sentence=sentence)
    if form in _XRECHNUNG and not customer.address.postcode:
        yield Doubt(code="KON-ORDER-EINVOICE", sentence="An XRechnung needs the customer's postcode (BR-DE-9).")
    missing = [f"company.contact.{name}" for name in seller.contact.missing()] if form in _XRECHNUNG else []
    if form in _XRECHNUNG and not seller.address.postcode:
        missing.append("company.address.postcode")  # BR-DE-4
    if electronic_address(seller.electronic_address, seller.contact.email) is None:
        missing.append("company.electronic_address")
    if missing:
        yield Doubt(
            code="KON-ORDER-SELLER", sentence=f"An e-invoice of ours needs {', '.join(missing)} in config.yaml."
        )


def _about_tax(order: Order, ruled: TaxRuling, seller: Seller, today: date) -> Iterator[Doubt]:
    if ruled.doubt:
        yield Doubt(code="KON-ORDER-TAX", sentence=ruled.doubt, blocking=False)
    rates = {each.tax_rate for each in order.positions}
    if not ruled.treatment.charges_vat:
        if any(rates):
            sentence = "The order names VAT, but the invoice will show none: the customer is in another country."
            yield Doubt(code="KON-ORDER-RATE", sentence=sentence, blocking=False)
        return
    if None in rates:
        yield Doubt(code="KON-ORDER-RATE", sentence="A line of the order has no VAT rate.")
    known = rates_of(seller.country, order.delivered or today)
    for rate in sorted(rate for rate in rates if rate is not None):
        if known is not None and rate and rate not in known:
            yield Doubt(
                code="KON-ORDER-RATE", sentence=f"{rate:f} % is not a VAT rate of {seller.country} on that day."
            )
        elif not rate:
            sentence = "A line is without VAT: that needs a ground of exemption on the invoice (§ 14 (4) no. 8 UStG)."
            yield Doubt(code="KON-ORDER-RATE", sentence=sentence)
