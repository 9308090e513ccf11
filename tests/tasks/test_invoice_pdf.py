"""Our invoices as customers get them: every statement the law wants, in their language, always the same bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Final

import pytest

from kontorist.domain.ids import CustomerId
from kontorist.domain.masterdata.address import Address
from kontorist.domain.payables.draft import FieldName
from kontorist.domain.receivables.checks import Seller
from kontorist.domain.receivables.invoices import PaperKind, SalesPaper, credit_note_for
from kontorist.domain.receivables.orders import Position
from kontorist.domain.receivables.tax import Treatment
from kontorist.extraction.reading import read_invoice
from kontorist.sandbox import Pool
from tasks.receivables.invoice_pdf import write_paper

SELLER = Seller(
    name="Kontor Beispiel B.V.",
    country="NL",
    currency="EUR",
    address=Address(street="Herengracht 990", postcode="1017 BT", town="Amsterdam", country="NL"),
    vat_id="NL000099998B57",
    iban="NL06KTRB0000990990",
    legal_notice="KvK 99099099",
)
POSITIONS = (
    Position(description="Brochure", quantity=Decimal(1), unit_price=Decimal("1250"), tax_rate=Decimal(21)),
    Position(description="Boekje", quantity=Decimal("300"), unit_price=Decimal("0.4150"), tax_rate=Decimal(9)),
)
PAPER = SalesPaper(
    number="2026-00001",
    kind=PaperKind.INVOICE,
    order="WEB-1001",
    day=date(2026, 5, 20),
    delivered=date(2026, 5, 18),
    due=date(2026, 6, 19),
    customer=CustomerId("C1"),
    name="Theaterhuis De Lantaarn",
    address=Address(street="Oudegracht 990", postcode="3511 AL", town="Utrecht", country="NL"),
    customer_number="10021",
    vat_id="NL000099998B57",
    email="inkoop@lantaarn.example",
    language="nl",
    account="4000",
    treatment=Treatment.DOMESTIC,
    currency="EUR",
    positions=POSITIONS,
)


def pages(content: bytes) -> list[str]:
    from pypdf import PdfReader

    return [re.sub(r"\s+", " ", page.extract_text()) for page in PdfReader(BytesIO(content)).pages]


def said(paper: SalesPaper) -> str:
    (page,) = pages(write_paper(paper, SELLER))
    return page


@pytest.mark.parametrize(
    ("language", "facts"),
    [
        ("de", ["Rechnung 2026-00001", "Leistungsdatum 18.05.2026", "21 % Umsatzsteuer auf 1.250,00 €", "262,50 €",
                "9 % Umsatzsteuer auf 124,50 €", "11,21 €", "Rechnungsbetrag 1.648,21 €", "bis zum 19.06.2026",
                "USt-IdNr. NL000099998B57", "Seite 1 von 1"]),
        ("nl", ["Factuur 2026-00001", "Leverdatum 18 mei 2026", "21 % btw over € 1.250,00", "€ 262,50",
                "9 % btw over € 124,50", "€ 11,21", "Te betalen € 1.648,21", "uiterlijk 19 jun 2026",
                "Btw-nummer NL000099998B57", "Pagina 1 van 1"]),
        ("en", ["Invoice 2026-00001", "Date of supply 18 May 2026", "21 % VAT on €1,250.00", "€262.50",
                "9 % VAT on €124.50", "€11.21", "Total due €1,648.21", "by 19 Jun 2026",
                "VAT number NL000099998B57", "Page 1 of 1"]),
    ],
)  # fmt: skip
def test_every_statement_the_law_wants_is_on_it_in_the_customers_language(language: str, facts: list[str]) -> None:
    page = said(replace(PAPER, language=language))

    always = [
        "Kontor Beispiel B.V.", "Herengracht 990", "1017 BT Amsterdam", "KvK 99099099", "NL06 KTRB 0000 9909 90",
        "Theaterhuis De Lantaarn", "Oudegracht 990", "3511 AL Utrecht", "WEB-1001", "10021", "Brochure", "Boekje",
    ]  # fmt: skip
    assert [fact for fact in always + facts if fact not in page] == []


@pytest.mark.parametrize(
    ("treatment", "language", "note"),
    [
        (Treatment.REVERSE_CHARGE, "de", "Steuerschuldnerschaft des Leistungsempfängers"),
        (Treatment.REVERSE_CHARGE, "nl", "Btw verlegd"),
        (Treatment.REVERSE_CHARGE, "en", "Reverse charge"),
        (Treatment.INTRA_COMMUNITY, "de", "Steuerfreie innergemeinschaftliche Lieferung"),
        (Treatment.EXPORT, "nl", "Uitvoer, vrijgesteld van btw"),
        (Treatment.OUTSIDE, "en", "Outside the scope of VAT here"),
    ],
)
def test_where_no_vat_is_charged_the_ground_is_given(treatment: Treatment, language: str, note: str) -> None:
    free = tuple(replace(each, tax_rate=Decimal(0)) for each in POSITIONS)
    page = said(replace(PAPER, treatment=treatment, language=language, positions=free))

    assert note in page
    assert "21 %" not in page


def test_a_customer_abroad_finds_both_countries() -> None:
    page = said(replace(PAPER, language="de", address=replace(PAPER.address, town="Berlin", country="DE")))

    assert "DEUTSCHLAND" in page
    assert "Amsterdam · Niederlande" in page


def test_a_credit_note_names_the_invoice_and_gives_the_amounts_back() -> None:
    page = said(credit_note_for(PAPER, number="CN-00001", day=date(2026, 6, 1)))

    assert "Creditnota CN-00001" in page
    assert "factuur 2026-00001 van 20 mei 2026" in page
    assert "Totaal creditnota € -1.648,21" in page
    assert "NL06 KTRB" in page  # ours, in the footer; nothing is to be transferred
    assert "over te maken" not in page


def test_the_same_paper_has_the_same_bytes_and_another_number_has_others() -> None:
    first = write_paper(PAPER, SELLER)

    assert write_paper(PAPER, SELLER) == first
    assert write_paper(replace(PAPER, number="2026-00002"), SELLER) != first


def test_a_long_order_goes_on_over_pages_with_its_heading_and_number_on_each() -> None:
    content = write_paper(replace(PAPER, positions=POSITIONS * 40), SELLER)

    found = pages(content)
    assert len(found) > 2
    for number, page in enumerate(found, start=1):
        assert f"2026-00001 · Pagina {number} van {len(found)}" in page
    assert all("Omschrijving" in page for page in found[:-1])
    assert "80 Boekje" in " ".join(found)


def test_foreign_texts_are_shown_and_never_obeyed() -> None:
    strange = Position(
        description="<b>Łódź</b> & \u202efdp.exe " + "x" * 200,
        quantity=Decimal("0.125"),
        unit_price=Decimal("1.234567"),
        tax_rate=Decimal(21),
    )
    page = said(replace(PAPER, name="Ąkademia " * 40, positions=(strange,), order="W" * 60))

    assert "<b>Łódz</b> &" in page  # the font has no ź
    assert "Akademia" in page
    assert "\u202e" not in page
    assert "1,234567" in page


def test_a_language_we_do_not_write_is_answered_in_english() -> None:
    assert "Invoice 2026-00001" in said(replace(PAPER, language="fr"))


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(size=1) as pool:
        yield pool


def shown(pool: Pool, paper: SalesPaper) -> list[str | None]:
    draft = read_invoice(pool, write_paper(paper, SELLER), name="paper.pdf", visual_only=True)
    return [draft.value("invoice_number"), *(draft.value(name) for name in _SUMS), draft.value("issue_date")]


_SUMS: Final[tuple[FieldName, ...]] = ("net", "tax", "gross")


@pytest.mark.parametrize("language", ["de", "nl", "en"])
def test_our_own_reader_reads_it_as_programs_of_customers_have_to(pool: Pool, language: str) -> None:
    paper = replace(PAPER, language=language)
    credit_note = credit_note_for(paper, number="CN-00001", day=date(2026, 5, 21))

    assert shown(pool, paper) == ["2026-00001", "1374.50", "273.71", "1648.21", "2026-05-20"]
    assert shown(pool, credit_note) == ["CN-00001", "-1374.50", "-273.71", "-1648.21", "2026-05-21"]


def test_an_invoice_without_vat_is_read_as_such(pool: Pool) -> None:
    paper = replace(PAPER, treatment=Treatment.EXPORT, positions=(replace(POSITIONS[0], tax_rate=Decimal(0)),))

    assert shown(pool, paper)[1:4] == ["1250.00", "0.00", "1250.00"]
