"""Work items about orders, and ourselves as our papers name us."""

from __future__ import annotations

from kontorist.config import Config
from kontorist.domain.ids import EventId
from kontorist.domain.masterdata.address import NOWHERE, Address
from kontorist.domain.receivables.checks import OrderRuling, Seller
from kontorist.domain.receivables.customers import Customer
from kontorist.domain.receivables.einvoice import NOBODY, Contact
from kontorist.domain.receivables.orders import Order
from kontorist.services.carriers import About
from kontorist.services.desk import Asked
from kontorist.store.sales import SalesOrder


def asked_about_order(row: SalesOrder, ruling: OrderRuling, customer: Customer | None) -> Asked:
    """What people are asked about an order, and what they see of it."""
    doubts = ruling.open_doubts(agreed=bool(row.agreed))
    return Asked(
        kind="order_customer" if any(each.about_customer for each in doubts) else "order_review",
        title=_title(row.number, customer.name if customer else row.order.buyer.name if row.order else None),
        reasons=tuple(each.sentence for each in doubts) or ("Nothing is left to clear; somebody else has to agree.",),
        codes=tuple(each.code for each in doubts) or ("KON-CLEARED",),
        content={
            "order": row.order.data() if row.order else None,
            "customer": {"id": customer.id, "name": customer.name} if customer else None,
            "treatment": ruling.treatment.value if ruling.treatment else None,
        },
    )


def asked_which(known: SalesOrder, arrived: Order) -> Asked:
    """Two contents under one number: which of them counts?"""
    return Asked(
        kind="order_changed",
        title=_title(known.number, arrived.buyer.name),
        reasons=("An order with this number is here already, with other content.",),
        codes=("KON-ORDER-CHANGED",),
        content={"known": known.order.data() if known.order else None, "arrived": arrived.data()},
    )


def _title(number: str, name: str | None) -> str:
    return f"Order {number}" + (f" of {name}" if name else "")


def about_order(cause: EventId | None) -> About:
    """The facts of an order for letters and lists; its title says which it is."""
    return About(cause=cause)


def seller_of(config: Config) -> Seller:
    """The company of config.yaml as its invoices name it."""
    company, where = config.company, config.company.address
    address = NOWHERE
    if where is not None:
        address = Address(street=where.street, postcode=where.postcode, town=where.town, country=company.country)
    return Seller(
        name=company.name,
        country=company.country,
        currency=company.currency,
        address=address,
        vat_id=company.vat_id,
        iban=company.ibans[0] if company.ibans else None,
        legal_notice=company.legal_notice,
        supply=config.receivables.supplies,
        contact=Contact(**company.contact.model_dump()) if company.contact else NOBODY,
        electronic_address=company.electronic_address,
        einvoice=config.receivables.einvoice,
    )
