"""The sample company of the demo and a month of its post.

Kontor Beispiel B.V. of Amsterdam has a branch in Berlin, so its post is Dutch, German, French and English and German
VAT is charged where the branch is served. Every name is invented. An expectation is a sentence for people and tests;
nothing that handles the papers reads it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from kontorist.domain.payables.draft import DocumentKind
from kontorist.testing.documents import einvoice, spoiled
from kontorist.testing.documents import suppliers as known
from kontorist.testing.documents.facts import InvoiceFacts, Item, Party
from kontorist.testing.documents.identity import iban, vat_id
from kontorist.testing.documents.layouts import layout
from kontorist.testing.documents.pages import render
from kontorist.testing.documents.suppliers import RATES

COMPANY = Party(
    name="Kontor Beispiel B.V.",
    street="Herengracht 990",
    postcode="1017 BT",
    city="Amsterdam",
    country="NL",
    vat_id="NL000099998B57",
    iban=iban("NL", 990990),
)
BRANCH = replace(
    COMPANY, department="Zweigniederlassung Berlin", street="Lindenufer 99", postcode="10179", city="Berlin",
    country="DE",
)  # fmt: skip

_GARDENER = Party(
    name="Gärtnerei Sonnental e.K.",
    street="Feldstraße 2",
    postcode="14469",
    city="Potsdam",
    country="DE",
    vat_id=vat_id("DE", 99905488),
    iban=iban("DE", 99905488),
    bank="Musterbank Havel",
    bic="KTRBDE33XXX",
    register="Amtsgericht Potsdam HRA 990548",
    phone="Tel. 0331 990548",
    web="sonnental.example",
)

How = Literal["folder", "mail", "webhook"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplePaper:
    """One paper: its file, what it is, the way it comes in, and what the office expects to become of it."""

    file: Path
    what: str
    how: How
    expectation: str


def supplier_masterdata() -> list[dict[str, Any]]:
    """The suppliers the company knows, as plain data; the gardener is deliberately not among them.

    Keys: name, vat_id, ibans, default_account (number in our chart), trusted, payment_terms_days, mail_domain.
    """
    rows = (
        (known.PAPIERHAUS, "6400", 14),
        (known.ELEKTRO, "6200", 14),
        (known.REINIGUNG, "6200", 14),
        (known.KOFFIE, "6400", 21),
        (known.DRUKKERIJ, "6800", 30),
        (known.SOFTWARE, "6500", 30),
        (known.ATELIER, "1700", 30),
    )
    return [
        {
            "name": party.name,
            "vat_id": party.vat_id,
            "ibans": [party.iban],
            "default_account": account,
            "trusted": True,
            "payment_terms_days": days,
            "mail_domain": party.web,
        }
        for party, account, days in rows
    ]


def sample_month(folder: Path, *, today: date) -> list[SamplePaper]:
    """Write a month of post into `folder`, dated within the 28 days before `today`, and say what each paper is.

    The same `today` gives the same bytes. The limit above which people decide is meant to be 1,000.00 EUR.
    """
    folder.mkdir(parents=True, exist_ok=True)
    papers = []
    for name, what, how, expectation, content in _post(today):
        path = folder / name
        path.write_bytes(content())
        papers.append(SamplePaper(file=path, what=what, how=how, expectation=expectation))
    return papers


_Post = tuple[str, str, How, str, Callable[[], bytes]]


def _post(today: date) -> list[_Post]:
    return [*_ordinary(today), *_for_people(today)]


def _ordinary(today: date) -> list[_Post]:
    """Papers without a fault: the machine books them, save those from abroad, whose VAT a person judges."""
    booked = "booked: known supplier, everything adds up, below the limit"
    paper, coffee, cleaning = _paper(today), _coffee(today), _cleaning(today)
    return [
        ("papierhaus-lindner.pdf", "invoice, German", "mail", booked, lambda: _window(paper)),
        ("koffiebranderij-de-zwaan.pdf", "invoice, Dutch, two VAT rates", "webhook", booked, lambda: _ledger(coffee)),
        (
            "blitzblank-e-rechnung.pdf", "e-invoice (Factur-X), German", "mail",
            booked + "; read from its structured part",
            lambda: einvoice.hybrid(_grid(cleaning), einvoice.cii_xml(cleaning)),
        ),
        (
            "atelier-morel.pdf", "invoice, French", "webhook",
            "worklist: VAT of a country where we are not registered", lambda: _formal(_frames(today)),
        ),
        (
            "harbourlight.pdf", "invoice, English, reverse charge", "webhook",
            "worklist: without VAT from abroad, we may owe it ourselves", lambda: _modern(_licences(today)),
        ),
        ("drukkerij-van-houten.pdf", "invoice, Dutch", "folder", booked, lambda: _stacked(_cards(today))),
    ]  # fmt: skip


def _for_people(today: date) -> list[_Post]:
    """What a person has to look at, each for another reason."""
    coffee, printing, repair = _coffee(today), _brochures(today), _repair(today)
    moved = spoiled.with_account(_more_paper(today), iban("DE", 77004711))
    return [
        (
            "koffie-kopie.pdf", "copy of the Dutch coffee invoice", "mail",
            "duplicate: the same invoice came in another file; one of the two is booked",
            lambda: _ledger(spoiled.copy_of(coffee)),
        ),
        (
            "elektro-brandt.pdf", "invoice, German, the total is not the sum", "mail",
            "worklist: net plus VAT is not the printed total", lambda: _typewriter(spoiled.misprinted(repair)),
        ),
        (
            "papierhaus-neue-bank.pdf", "invoice, German, with another bank account", "mail",
            "worklist: the account is not the known one, two people look", lambda: _window(moved),
        ),
        (
            "drukkerij-brochures.pdf", "invoice, Dutch, large", "mail",
            "worklist: above the limit, waits for approval", lambda: _stacked(printing),
        ),
        (
            "papierhaus-gutschrift.pdf", "credit note, German", "mail",
            "credit note: recognised as such, never paid out", lambda: _window(_returned(today)),
        ),
        (
            "sonnental.pdf", "invoice, German, from a supplier not yet known", "mail",
            "worklist: the supplier is not in the master data", lambda: _centred(_plants(today)),
        ),
        (
            "scan-0001.pdf", "invoice, German, a picture from the scanner", "mail",
            "worklist: the page is a picture, unless text recognition is installed",
            lambda: spoiled.picture_of(_typewriter(_lamps(today))),
        ),
        (
            "download.pdf", "broken file", "webhook",
            "quarantine: the file cannot be opened", lambda: spoiled.broken(_stacked(printing)),
        ),
    ]  # fmt: skip


def _in(design: str) -> Callable[[InvoiceFacts], bytes]:
    return lambda facts: render(facts, layout(design))


def _formal(facts: InvoiceFacts) -> bytes:
    """With the month by name: 01/11/2026 would be read for sure on some days of the year and not on others."""
    return render(facts, replace(layout("formal"), dates="long"))


_window, _ledger, _grid = _in("window"), _in("ledger"), _in("grid")
_modern, _stacked, _typewriter, _centred = _in("modern"), _in("stacked"), _in("typewriter"), _in("centred")


def _items(country: str, *rows: tuple[str, str, str, str] | tuple[str, str, str, str, str]) -> tuple[Item, ...]:
    """Rows of description, quantity, unit, price and, where it is not the standard one, the rate."""
    standard = RATES[country][0]
    return tuple(
        Item(
            description=row[0],
            quantity=Decimal(row[1]),
            unit=row[2],
            unit_price=Decimal(row[3]),
            rate=Decimal(row[4]) if len(row) == 5 else standard,
        )
        for row in rows
    )


def _paper(today: date) -> InvoiceFacts:
    issued = today - timedelta(days=19)
    return InvoiceFacts(
        supplier=known.PAPIERHAUS, buyer=BRANCH, language="de", number=f"RE-{issued.year}-0417", issued=issued,
        due=issued + timedelta(days=30), delivered=issued - timedelta(days=3), customer_number="10482",
        items=_items(
            "DE",
            ("Kopierpapier A4, 80 g, weiß, Karton zu 5 x 500 Blatt", "4", "Karton", "24.90"),
            ("Briefumschläge DIN lang mit Fenster, selbstklebend", "3", "Pack", "18.45"),
        ),
    )  # fmt: skip


def _more_paper(today: date) -> InvoiceFacts:
    issued = today - timedelta(days=5)
    return replace(
        _paper(today), number=f"RE-{issued.year}-0466", issued=issued, due=issued + timedelta(days=30),
        delivered=issued - timedelta(days=2),
        items=_items("DE", ("Aktenordner A4, Rücken 8 cm, sortiert", "20", "Stück", "2.65")),
    )  # fmt: skip


def _returned(today: date) -> InvoiceFacts:
    issued = today - timedelta(days=8)
    return replace(
        _paper(today), kind=DocumentKind.CREDIT_NOTE, number=f"GS-{issued.year}-0031", issued=issued, due=None,
        delivered=None, corrects=_paper(today).number,
        items=_items("DE", ("Rücknahme: Briefumschläge DIN lang mit Fenster", "1", "Pack", "18.45")),
    )  # fmt: skip


def _coffee(today: date) -> InvoiceFacts:
    issued = today - timedelta(days=16)
    return InvoiceFacts(
        supplier=known.KOFFIE, buyer=COMPANY, language="nl", number=f"{issued.year}01187", issued=issued,
        due=issued + timedelta(days=21), customer_number="K-2207",
        items=_items(
            "NL",
            ("Koffiebonen espresso, zak van 1 kg", "8", "zak", "17.80", "9"),
            ("Thee, assortiment van zes smaken", "3", "doos", "9.95", "9"),
            ("Onderhoudsbeurt koffiemachine inclusief voorrijkosten", "1", "stuk", "85.00"),
        ),
    )  # fmt: skip


def _cleaning(today: date) -> InvoiceFacts:
    issued = today - timedelta(days=12)
    return InvoiceFacts(
        supplier=known.REINIGUNG, buyer=BRANCH, language="de", number=f"{issued.year}-3309", issued=issued,
        due=issued + timedelta(days=14), delivered=issued - timedelta(days=1), order_number="KB-118",
        items=_items(
            "DE",
            ("Unterhaltsreinigung der Büroräume", "1", "Monat", "389.00"),
            ("Glasreinigung innen und außen, zweites Obergeschoss", "3.5", "Std.", "34.00"),
        ),
    )  # fmt: skip


def _frames(today: date) -> InvoiceFacts:
    issued = today - timedelta(days=21)
    return InvoiceFacts(
        supplier=known.ATELIER, buyer=COMPANY, language="fr", number=f"F{issued.year % 100}-0288", issued=issued,
        due=issued + timedelta(days=30), customer_number="NL-77",
        items=_items(
            "FR",
            ("Cadre en chêne 60 x 80 cm, retiré à l'atelier", "4", "pièce", "118.50"),
            ("Cire naturelle, pot de 500 ml", "2", "pot", "16.75"),
        ),
    )  # fmt: skip


def _licences(today: date) -> InvoiceFacts:
    """Services from another member state to a business: VAT is the recipient's (2006/112/EC, art. 44 and 196)."""
    issued = today - timedelta(days=9)
    return InvoiceFacts(
        supplier=known.SOFTWARE, buyer=COMPANY, language="en", number=f"HL-{issued.year}-10553", issued=issued,
        due=issued + timedelta(days=30), reverse_charge=True,
        items=_items(
            "IE",
            ("Licence Harbourlight Desk, per user and month", "11", "user", "29.00", "0"),
            ("Backup storage 500 GB", "1", "month", "14.50", "0"),
        ),
    )  # fmt: skip


def _cards(today: date) -> InvoiceFacts:
    issued = today - timedelta(days=24)
    return InvoiceFacts(
        supplier=known.DRUKKERIJ, buyer=COMPANY, language="nl", number=f"VH{issued.year}-0642", issued=issued,
        due=issued + timedelta(days=30), order_number="KB-109",
        items=_items(
            "NL",
            ("Visitekaartjes, dubbelzijdig, 350 grams", "4", "doos", "42.50"),
            ("Opmaak en drukproef", "1.5", "uur", "55.00"),
        ),
    )  # fmt: skip


def _brochures(today: date) -> InvoiceFacts:
    issued = today - timedelta(days=4)
    return replace(
        _cards(today), number=f"VH{issued.year}-0698", issued=issued, due=issued + timedelta(days=30),
        order_number="KB-131",
        items=_items(
            "NL",
            ("Jaarbrochure A4, 48 pagina's, full colour, gelijmd", "2500", "stuk", "2.18"),
            ("Opmaak en drukproef", "12", "uur", "55.00"),
            ("Bezorging op pallet", "1", "stuk", "95.00"),
        ),
    )  # fmt: skip


def _repair(today: date) -> InvoiceFacts:
    issued = today - timedelta(days=14)
    return InvoiceFacts(
        supplier=known.ELEKTRO, buyer=BRANCH, language="de", number=f"{issued.year}/0881", issued=issued,
        due=issued + timedelta(days=14),
        items=_items(
            "DE",
            ("Austausch von Leuchtmitteln im Treppenhaus inklusive Anfahrt und Entsorgung", "2.5", "Std.", "62.00"),
            ("Leuchtstoffröhre 58 W", "12", "Stück", "7.35"),
        ),
    )  # fmt: skip


def _lamps(today: date) -> InvoiceFacts:
    issued = today - timedelta(days=7)
    return replace(
        _repair(today), number=f"{issued.year}/0904", issued=issued, due=issued + timedelta(days=14),
        items=_items("DE", ("LED-Strahler 30 W, anthrazit", "3", "Stück", "41.20")),
    )  # fmt: skip


def _plants(today: date) -> InvoiceFacts:
    issued = today - timedelta(days=10)
    return InvoiceFacts(
        supplier=_GARDENER, buyer=BRANCH, language="de", number=f"{issued.year}-114", issued=issued,
        due=issued + timedelta(days=14),
        items=_items(
            "DE",
            ("Zimmerpflanzen, Bestückung Empfang", "6", "Stück", "27.50", "7"),
            ("Pflege und Düngung", "2", "Std.", "39.00"),
        ),
    )  # fmt: skip
