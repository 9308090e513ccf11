"""What the front office of the sample company sends in a month: orders, a cancellation, a workbook of a sales agent.

Every name is invented. An expectation is a sentence for people and tests; nothing that handles the orders reads it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from kontorist.domain.masterdata.address import Address
from kontorist.domain.receivables.customers import Customer, customer_id
from kontorist.testing.documents.identity import vat_id
from kontorist.testing.documents.tables import Formula, SampleTable, Sheet, day_text, workbook

DAY: Final = date(2026, 5, 20)  #: the day on which everything happens where nobody says another


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


def sample_orders(today: date = DAY) -> list[SampleOrder]:
    """Three orders (at home, a service in the union, goods beyond it) and the cancellation of the second."""
    at_home = {
        "order_number": "WEB-1001",
        "customer": {"number": THEATRE.number, "name": THEATRE.name},
        "lines": [
            line("Seizoensbrochure, ontwerp en opmaak", "1", "1250.00", "21"),
            line("Programmaboekje, per stuk", "300", "0.4150", "9"),
        ],
        "currency": "EUR",
        "delivery_date": (today - timedelta(days=2)).isoformat(),
    }
    in_the_union = {
        "order_number": "WEB-1002",
        "customer": {"vat_id": BAKERY.vat_id, "name": BAKERY.name},
        "lines": [line("Beratung Büroorganisation, Tagessatz", "2", "940.00", "0")],
        "currency": "EUR",
        "delivery_date": (today - timedelta(days=1)).isoformat(),
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


def order_of_a_stranger() -> SampleOrder:
    """An order of somebody the company does not know."""
    data = {
        "order_number": "WEB-1004",
        "customer": {"name": "Kulturverein Eckstein e.V.", "email": "vorstand@eckstein.example"},
        "lines": [line("Plakat A2, Satz und Druck", "50", "3.20", "21")],
        "currency": "EUR",
    }
    return SampleOrder(
        type="order.created", subject="WEB-1004", data=data, expectation="waits: nobody knows the customer"
    )


_HEADERS: Final = {
    "de": ("Auftragsnummer", "Pos.", "Kunden-Nr.", "Kunde", "Bezeichnung", "Menge", "Einzelpreis (EUR)", "MwSt-Satz",
           "Gesamt", "Liefertermin"),
    "nl": ("Ordernummer", "Regel", "Klantnr.", "Klant", "Omschrijving", "Aantal", "Stukprijs", "Btw-tarief", "Totaal",
           "Leverdatum"),
}  # fmt: skip


def order_workbook(today: date = DAY) -> SampleTable:
    """Orders as a sales agent keeps them, one sheet in German and one in Dutch; `planted` are the cells with an error.

    Formulas with and without saved results, an order number merged over its lines, numbers as text of the country,
    dates as dates and as text, titles above, totals below. Good are AG-1, AG-2, AG-7 and NL-1; AG-3 to AG-6, AG-8, NL-2
    and NL-3 are in doubt.
    """
    german, dutch = _german_orders(today), _dutch_orders(today)
    content = workbook([german, dutch, Sheet("Notizen", [["Rückfragen an die Vertretung Nord."]])])
    return SampleTable(
        name="auftraege.xlsx", content=content, good=4, planted=frozenset(german.planted | dutch.planted)
    )


def dutch_order_workbook(today: date = DAY) -> SampleTable:
    """The Dutch sheet alone: NL-1 is good, NL-2 and NL-3 are in doubt."""
    sheet = _dutch_orders(today)
    return SampleTable(name="orders.xlsx", content=workbook([sheet]), good=1, planted=frozenset(sheet.planted))


def _german_orders(today: date) -> Sheet:
    bakery, theatre = (BAKERY.number, BAKERY.name), (THEATRE.number, THEATRE.name)
    typed, days = day_text(today - timedelta(days=1), "de"), today - timedelta(days=3)
    sheet = Sheet("Aufträge", [["Aufträge Vertretung Nord", *[None] * 9], [None] * 10, list(_HEADERS["de"])])
    sheet.merged.append((0, 0, 0, 9))
    sheet.merged.append((3, 0, 4, 0))
    sheet.rows += [
        ["AG-1", 1, *bakery, "Etiketten, per Stück", "1.500", "0,2350", 0, Formula("=F4*G4", 352.5), typed],
        [None, 2, *bakery, "Einrichtung", 1, "€ 1.180,50", 0, Formula("=F5*G5", 1180.5), None],
        ["AG-2", 1, *theatre, "Plakate", Formula("=2*30", 60), 12.5, 0.21, Formula("=F6*G6", 750), days],
        ["AG-3", 1, *theatre, "Eintrittskarten", "zwölf", "8,00", "21 %", None, typed],
        ["AG-3", 2, *theatre, "Versand", 1, "4,95", "21 %", None, typed],
        ["AG-4", 1, *bakery, "Tüten", 100, Formula("=1/0", "#DIV/0!"), 0, None, typed],
        ["AG-5", 1, *theatre, "Handzettel", 200, "0,11", "21 %", None, "31.02.2026"],
        ["AG-6", 1, *theatre, "Aufkleber", 10, "1,00", "21 %", None, typed],
        ["AG-6", 2, *bakery, "Aufkleber", 10, "1,00", "21 %", None, typed],
        ["AG-7", 1, None, STUDIO.name, "Korrekturlesen", "2,5", "64,00", 0, Formula("=F13*G13", 160), typed],
        ["AG-8", 1, *theatre, "Banner", 1, Formula("=VLOOKUP(A1,B:C,2)", None), "21 %", None, typed],
        ["Summe", *[None] * 7, Formula("=SUM(I4:I14)", 2443.0), None],
    ]
    sheet.planted |= {f"{sheet.name}!{cell}" for cell in ("F7", "G9", "J10", "C12", "D12", "G14")}
    return sheet


def _dutch_orders(today: date) -> Sheet:
    theatre = (THEATRE.number, THEATRE.name)
    typed = day_text(today - timedelta(days=2), "nl")
    sheet = Sheet("Orders NL", [list(_HEADERS["nl"])])
    sheet.rows += [
        ["NL-1", 1, *theatre, "Zaalplattegrond", "1,5", "€ 1.250,00", "21%", Formula("=F2*G2", 1875), typed],
        ["NL-2", 1, *theatre, "Flyers", 0, "0,10", "9%", None, typed],
        ["NL-3", 1, *theatre, "Vaandel", 2, "95,00", "21%", None, typed],
        ["NL-3", 1, *theatre, "Vaandel", 2, "95,00", "21%", None, typed],
        ["Totaal", *[None] * 7, Formula("=SUM(I2:I5)", 1875), None],
    ]
    sheet.planted |= {f"{sheet.name}!{cell}" for cell in ("F3", "B5")}
    return sheet
