"""Customers as master data: who buys from us, how they are invoiced and reached."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kontorist.domain.ids import CustomerId, derived_id
from kontorist.domain.masterdata.address import NOWHERE, Address
from kontorist.domain.payables.suppliers import compact, folded_name, same_identifier
from kontorist.domain.payables.vat_ids import vat_country
from kontorist.domain.receivables.einvoice import EInvoiceForm


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """One customer. `number` is the one in our books, as text; `default_account` the revenue account.

    `payment_terms_days` counts from the invoice date; `language` is that of invoices and mails (de, en, nl); `ibans`
    are without blanks, for refunds and for recognising incoming payments. `einvoice` is the form of our invoices to
    them (None: the usual one), `buyer_reference` what has to stand on those (BT-10, in Germany the Leitweg-ID),
    `electronic_address` where e-invoices go, as ``scheme:identifier``.
    """

    id: CustomerId
    name: str
    number: str | None = None
    vat_id: str | None = None
    email: str | None = None
    address: Address = NOWHERE
    language: str | None = None
    payment_terms_days: int | None = None
    default_account: str | None = None
    ibans: tuple[str, ...] = ()
    einvoice: EInvoiceForm | None = None
    buyer_reference: str | None = None
    electronic_address: str | None = None


def customer_id(*, number: str | None, vat_id: str | None, name: str) -> CustomerId:
    """The id of a new customer: from our number, else the VAT id, else the name."""
    return CustomerId(derived_id("C", number or compact(vat_id or "") or folded_name(name)))


def country_of(customer: Customer) -> str | None:
    """Where the customer is (ISO 3166): by the address, else by the VAT id."""
    return customer.address.country or vat_country(customer.vat_id)


def find_customer(
    customers: Iterable[Customer],
    *,
    number: str | None = None,
    vat_id: str | None = None,
    email: str | None = None,
    name: str | None = None,
) -> Customer | None:
    """The customer meant by an order: by our number, else VAT id, else e-mail address, else name.

    Two that fit a sign equally are told apart by the next one; still two are none. A customer whose own number or VAT
    id is another one is never meant.
    """
    folded = folded_name(name) if name else ""
    signs: tuple[Callable[[Customer], bool], ...] = (
        lambda each: bool(number and each.number == number),
        lambda each: bool(vat_id and each.vat_id and same_identifier(each.vat_id, vat_id)),
        lambda each: bool(email and each.email and each.email.casefold() == email.strip().casefold()),
        lambda each: bool(folded and folded_name(each.name) == folded),
    )
    candidates = [each for each in customers if not _another(each, number, vat_id)]
    for sign in signs:
        fitting = [each for each in candidates if sign(each)]
        if len(fitting) == 1:
            return fitting[0]
        candidates = fitting or candidates
    return None


def _another(each: Customer, number: str | None, vat_id: str | None) -> bool:
    if number and each.number and each.number != number:
        return True
    return bool(vat_id and each.vat_id and not same_identifier(each.vat_id, vat_id))
