"""Invented companies, what they sell, and invoices drawn from both by a seed. None of these companies exists."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal

from kontorist.domain.payables.draft import DocumentKind
from kontorist.testing.documents.facts import InvoiceFacts, Item, Language, Party
from kontorist.testing.documents.identity import iban, vat_id

#: Standard rate and reduced rate in percent, by country (2024 to 2026).
RATES = {
    "DE": (Decimal(19), Decimal(7)),
    "NL": (Decimal(21), Decimal(9)),
    "FR": (Decimal(20), Decimal(10)),
    "IE": (Decimal(23), Decimal("13.5")),
}


def _company(name: str, street: str, place: tuple[str, str], country: str, account: int, **rest: str) -> Party:
    return Party(
        name=name,
        street=street,
        postcode=place[0],
        city=place[1],
        country=country,
        vat_id=vat_id(country, account // (1 if country != "IE" else 10)),
        iban=iban(country, account),
        bank={"DE": "Musterbank Rhein", "NL": "Kontorbank", "FR": "Banque Exemple", "IE": "Sample Bank"}[country],
        bic={"DE": "KTRBDE33XXX", "NL": "KTRBNL2AXXX", "FR": "KTRBFRPPXXX", "IE": "KTRBIE2DXXX"}[country],
        **rest,
    )


PAPIERHAUS = _company(
    "Papierhaus Lindner GmbH",
    "Gerberstraße 14",
    ("50676", "Köln"),
    "DE",
    99904711,
    register="Amtsgericht Köln HRB 990411",
    tax_number="215/5790/0411",
    phone="Tel. 0221 990411-0",
    web="papierhaus-lindner.example",
)
ELEKTRO = _company(
    "Elektro Brandt & Söhne KG",
    "Am Güterbahnhof 3",
    ("10559", "Berlin"),
    "DE",
    99904822,
    register="Amtsgericht Charlottenburg HRA 990482",
    tax_number="34/990/04822",
    phone="Tel. 030 990482-20",
    web="elektro-brandt.example",
)
REINIGUNG = _company(
    "Blitzblank Gebäudereinigung GmbH",
    "Ulmenweg 27",
    ("80993", "München"),
    "DE",
    99904933,
    register="Amtsgericht München HRB 990493",
    tax_number="143/990/49331",
    phone="Tel. 089 990493",
    web="blitzblank-reinigung.example",
)
KOFFIE = _company(
    "Koffiebranderij De Zwaan B.V.",
    "Prinsenkade 112",
    ("1013 KL", "Amsterdam"),
    "NL",
    99905044,
    tax_number="99050441",
    phone="T 020 990 5044",
    web="koffie-dezwaan.example",
)
DRUKKERIJ = _company(
    "Drukkerij Van Houten B.V.",
    "Industrieweg 8",
    ("3542 AD", "Utrecht"),
    "NL",
    99905155,
    tax_number="99051551",
    phone="T 030 990 5155",
    web="drukkerij-vanhouten.example",
)
SOFTWARE = _company(
    "Harbourlight Software Ltd",
    "7 Quay Lane",
    ("D02 XY45", "Dublin"),
    "IE",
    99905266,
    tax_number="990526",
    phone="+353 1 990 5266",
    web="harbourlight.example",
)
ATELIER = _company(
    "Atelier Morel SARL",
    "18 rue des Tanneurs",
    ("69005", "Lyon"),
    "FR",
    99905377,
    tax_number="999 053 771",
    register="RCS Lyon 999 053 771",
    phone="Tél. 04 99 05 37 70",
    web="atelier-morel.example",
)

BY_LANGUAGE: dict[Language, tuple[Party, ...]] = {
    "de": (PAPIERHAUS, ELEKTRO, REINIGUNG),
    "nl": (KOFFIE, DRUKKERIJ),
    "en": (SOFTWARE,),
    "fr": (ATELIER,),
}

_BUYERS: dict[Language, Party] = {
    "de": Party(
        name="Spedition Nordlicht GmbH", street="Hafenstraße 61", postcode="20457", city="Hamburg", country="DE"
    ),
    "nl": Party(
        name="Fietsenmakerij Het Wiel", street="Oudegracht 240", postcode="3511 NR", city="Utrecht", country="NL"
    ),
    "en": Party(name="Greenfield Bakery Ltd", street="22 Mill Road", postcode="T12 AB34", city="Cork", country="IE"),
    "fr": Party(
        name="Librairie du Pont SAS", street="5 place du Marché", postcode="38000", city="Grenoble", country="FR"
    ),
}

#: description, unit, price, whether the reduced rate may apply
_GOODS: dict[Language, tuple[tuple[str, str, str, bool], ...]] = {
    "de": (
        ("Kopierpapier A4, 80 g, weiß, Karton zu 5 x 500 Blatt", "Karton", "24.90", False),
        ("Briefumschläge DIN lang mit Fenster, selbstklebend", "Pack", "18.45", False),
        ("Fachbuch Umsatzsteuer, 12. Auflage", "Stück", "49.90", True),
        (
            "Austausch von Leuchtmitteln im Treppenhaus einschließlich Anfahrt, Prüfung der Zuleitung und Entsorgung",
            "Std.",
            "62.00",
            False,
        ),
        ("Leuchtstoffröhre 58 W", "Stück", "7.35", False),
        ("Mineralwasser, Kiste 12 x 0,7 l", "Kiste", "6.20", True),
        ("Unterhaltsreinigung der Büroräume", "Monat", "389.00", False),
    ),
    "nl": (
        ("Koffiebonen espresso, zak van 1 kg", "zak", "17.80", True),
        (
            "Onderhoudsbeurt koffiemachine inclusief voorrijkosten en vervanging van de waterfilter",
            "stuk",
            "85.00",
            False,
        ),
        ("Visitekaartjes, dubbelzijdig, 350 grams", "doos", "42.50", False),
        ("Folders A5, full colour", "1000 st", "129.95", False),
        ("Thee, assortiment van zes smaken", "doos", "9.95", True),
        ("Opmaak en drukproef", "uur", "55.00", False),
    ),
    "en": (
        ("Licence Harbourlight Desk, per user and month", "user", "29.00", False),
        (
            "On-site support and repair of network cabinet, including travel and testing of all ports",
            "hour",
            "95.00",
            False,
        ),
        ("Data migration, fixed price", "pcs", "640.00", False),
        ("Backup storage 500 GB", "month", "14.50", False),
        ("Cleaning of server room", "hour", "38.00", True),
    ),
    "fr": (
        (
            "Réfection d'un fauteuil, tissu fourni par l'atelier, transport aller et retour compris",
            "pièce",
            "410.00",
            False,
        ),
        ("Petits travaux de rénovation", "heure", "48.00", True),
        ("Cadre en chêne 60 x 80 cm", "pièce", "118.50", False),
        ("Pose et réglage des étagères", "heure", "52.00", False),
        ("Cire naturelle, pot de 500 ml", "pot", "16.75", False),
    ),
}

_NUMBERS = ("RE-{year}-{count:04d}", "{year}{count:05d}", "{count:05d}/{year}", "F{year2}-{count:04d}", "{count:06d}")


def drawn_invoice(seed: int, language: Language, *, kind: DocumentKind = DocumentKind.INVOICE) -> InvoiceFacts:
    """An invoice of one to seven lines drawn at random, free of defects; the same seed draws the same."""
    draw = random.Random(f"invoice {language} {seed}")
    supplier = draw.choice(BY_LANGUAGE[language])
    issued = date(2025, 1, 2) + timedelta(days=draw.randrange(600))
    paid = kind is DocumentKind.RECEIPT
    credit = kind is DocumentKind.CREDIT_NOTE
    return InvoiceFacts(
        kind=kind,
        supplier=supplier,
        buyer=_BUYERS[language],
        number=_number(draw, issued),
        issued=issued,
        due=None if paid or credit else issued + timedelta(days=draw.choice((10, 14, 21, 30))),
        delivered=issued - timedelta(days=draw.randrange(1, 9)) if draw.random() < 0.4 else None,
        language=language,
        items=drawn_items(draw, language, supplier.country, draw.randint(1, 7)),
        customer_number=f"{draw.randrange(10000, 99999)}" if draw.random() < 0.6 else None,
        order_number=f"B-{draw.randrange(1000, 9999)}" if draw.random() < 0.4 else None,
        corrects=_number(draw, issued) if credit else None,
    )


def drawn_items(draw: random.Random, language: Language, country: str, count: int) -> tuple[Item, ...]:
    """`count` lines of what is sold in that language, at the country's rates."""
    standard, reduced = RATES[country]
    return tuple(
        Item(
            description=name,
            quantity=Decimal(draw.randint(1, 12))
            if unit not in ("Std.", "uur", "hour", "heure")
            else Decimal(draw.randint(2, 18)) / 2,
            unit=unit,
            unit_price=Decimal(price),
            rate=reduced if cheaper else standard,
        )
        for name, unit, price, cheaper in _goods(draw, language, count)
    )


def _goods(draw: random.Random, language: Language, count: int) -> list[tuple[str, str, str, bool]]:
    """Different goods as long as there are enough; a long invoice names some again."""
    shelf = _GOODS[language]
    return draw.sample(shelf * (1 + (count - 1) // len(shelf)), count)


def _number(draw: random.Random, issued: date) -> str:
    return draw.choice(_NUMBERS).format(year=issued.year, year2=issued.year % 100, count=draw.randrange(1, 9999))
