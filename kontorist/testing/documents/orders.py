"""What the front office of the sample company sends in a month: three orders and a cancellation, and who they are from.

Every name is invented. An expectation is a sentence for people and tests; nothing that handles the orders reads it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kontorist.domain.masterdata.address import Address
from kontorist.domain.receivables.customers import Customer, customer_id
from kontorist.testing.documents.identity import vat_id


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleOrder:
    """One message of the front office: event type, subject (the order number) and data."""

    type: str
    subject: str
    data: dict[str, Any]
    expectation: str


def _customer(number: str, name: str, **facts: Any) -> Customer:
    identity = customer_id(number=number, vat_id=None, name=name)
    return Customer(id=identity, number=number, name=name, **facts)


THEATRE = _customer(
    "10021",
    "Theaterhuis De Lantaarn",
    vat_id=vat_id("NL", 99905521),
    email="inkoop@lantaarn.example",
    address=Address(street="Oudegracht 990", postcode="3511 AL", town="Utrecht", country="NL"),
    language="nl",
    payment_terms_days=30,
)
BAKERY = _customer(
    "10022",
    "Bäckerei Sonnenfeld & Söhne GmbH",
    vat_id=vat_id("DE", 99905522),
    email="buchhaltung@sonnenfeld.example",
    address=Address(street="Lindenallee 99", postcode="10999", town="Berlin", country="DE"),
    language="de",
)
STUDIO = _customer(
    "10023",
    "Harbour Street Studio Ltd",
    email="accounts@harbourstreet.example",
    address=Address(street="99 Harbour Street", postcode="CT5 9ZZ", town="Whitstable", country="GB"),
    language="en",
    payment_terms_days=21,
)


def sample_customers() -> list[Customer]:
    """The customers the company knows."""
    return [THEATRE, BAKERY, STUDIO]


def line(description: str, quantity: str, unit_price: str, tax_rate: str) -> dict[str, str]:
    """One line of an order as the front office writes it; all numbers are text."""
    return {"description": description, "quantity": quantity, "unit_price": unit_price, "tax_rate": tax_rate}


def sample_orders() -> list[SampleOrder]:
    """Three orders (at home, a service in the union, goods beyond it) and the cancellation of the second."""
    at_home = {
        "order_number": "WEB-1001",
        "customer": {"number": THEATRE.number, "name": THEATRE.name},
        "lines": [
            line("Seizoensbrochure, ontwerp en opmaak", "1", "1250.00", "21"),
            line("Programmaboekje, per stuk", "300", "0.4150", "9"),
        ],
        "currency": "EUR",
        "delivery_date": "2026-05-18",
    }
    in_the_union = {
        "order_number": "WEB-1002",
        "customer": {"vat_id": BAKERY.vat_id, "name": BAKERY.name},
        "lines": [line("Beratung Büroorganisation, Tagessatz", "2", "940.00", "0")],
        "currency": "EUR",
        "delivery_date": "2026-05-19",
    }
    beyond = {
        "order_number": "WEB-1003",
        "customer": {"email": STUDIO.email},
        "lines": [line("Poster set, framed", "3", "199.90", "0")],
        "currency": "EUR",
        "supply": "goods",
    }
    return [
        SampleOrder(type="order.created", subject="WEB-1001", data=at_home, expectation="invoiced with Dutch VAT"),
        SampleOrder(
            type="order.created", subject="WEB-1002", data=in_the_union, expectation="invoiced, reverse charge"
        ),
        SampleOrder(type="order.created", subject="WEB-1003", data=beyond, expectation="invoiced as an export"),
        SampleOrder(
            type="order.cancelled",
            subject="WEB-1002",
            data={"order_number": "WEB-1002"},
            expectation="credited: the invoice had gone out",
        ),
    ]
