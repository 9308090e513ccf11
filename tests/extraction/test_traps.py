"""Traps of amounts, sums, dates, ids, names and pages, each printed on a real PDF page and read from there.

Most are one plain invoice with one thing changed. Where a field is None the page shows none, and none may be read.
"""

from __future__ import annotations

import pytest
from pdfs import printed

from kontorist.domain.payables.draft import DocumentKind, DraftStatus, FieldName, InvoiceDraft, from_data
from kontorist.extraction.intake import read_invoice

TABLE = """
Pos.   Bezeichnung                     Menge      Einzelpreis      MwSt.      Gesamt
1      Kopierpapier A4                     4         18,45 €       19 %      73,80 €
2      Briefumschläge DIN lang             2         13,10 €       19 %      26,20 €
"""
SUMS = """
                                       Zwischensumme (netto)                100,00 €
                                       zzgl. 19 % MwSt.                      19,00 €
                                       Gesamtbetrag                         119,00 €
"""
TERM = "Zahlbar bis 17.05.2024 ohne Abzug."
ACCOUNT = "IBAN DE89 3704 0044 0532 0130 00"
MUSTER = f"""
Papierhaus Nord GmbH · Deichweg 4 · 20457 Hamburg

Spedition Beispiel GmbH                                   Rechnungsnummer:   2024-117
Hafenstraße 61                                            Rechnungsdatum:    03.05.2024
20459 Hamburg                                             Kundennummer:      47774
                                                          Lieferdatum:       30.04.2024

Rechnung
{TABLE}{SUMS}
{TERM}

Papierhaus Nord GmbH        USt-IdNr. DE136695976         {ACCOUNT}
Deichweg 4                  Steuernr. 12/345/6789         BIC COBADEFFXXX
20457 Hamburg               www.papierhaus-nord.de        Musterbank
"""


def muster(*changes: str) -> str:
    """The plain invoice with each second text in place of the one before it."""
    text = MUSTER
    for old, new in zip(changes[::2], changes[1::2], strict=True):
        assert old in text, old
        text = text.replace(old, new)
    return text


def sums(net: str, tax: str, gross: str, *changes: str) -> str:
    """The plain invoice with other amounts and without lines."""
    changed = f"""
                                       Zwischensumme (netto)           {net:>13}
                                       zzgl. 19 % MwSt.                {tax:>13}
                                       Gesamtbetrag                    {gross:>13}
"""
    return muster(TABLE, "", SUMS, changed, *changes)


def credit(net: str, tax: str, gross: str) -> str:
    return sums(net, tax, gross, "Rechnung\n", "Gutschrift\n", "Rechnungsnummer", "Gutschriftsnummer")


def read(*pages: str) -> InvoiceDraft:
    return from_data(read_invoice(printed(*pages), visual_only=True, profile=None))


def without_tax(note: str, *, rate: str = "", printed_tax: str = "") -> str:
    """The plain invoice of 100.00 on which no VAT is charged."""
    tax = "                                       zzgl. 19 % MwSt.                      19,00 €\n"
    table = TABLE.replace("19 %", f"{rate:>4}")
    return muster(tax, printed_tax, "119,00 €", "100,00 €", TABLE, table, TERM, f"{TERM}\n{note}")


Expected = dict[FieldName, str | None]
PLAIN: Expected = {"net": "100.00", "tax": "19.00", "gross": "119.00", "currency": "EUR"}
LARGE: Expected = {"net": "1234.00", "tax": "234.46", "gross": "1468.46"}
BACK: Expected = {"net": "-100.00", "tax": "-19.00", "gross": "-119.00"}
FREE = "zzgl.  0 % MwSt.                       0,00 €\n"
OWED = "Steuerschuldnerschaft des Leistungsempfängers (§ 13b UStG)."

AMOUNTS: dict[str, tuple[str, Expected]] = {
    "dots part thousands": (sums("1.234,00 €", "234,46 €", "1.468,46 €"), LARGE),
    "a no-break space parts thousands": (sums("1\u00a0234,00 €", "234,46 €", "1\u00a0468,46 €"), LARGE),
    "a blank parts thousands": (sums("1 234,00 €", "234,46 €", "1 468,46 €"), LARGE),
    "apostrophes part thousands": (
        sums("CHF 1'234.00", "CHF 234.46", "CHF 1'468.46"),
        {**LARGE, "currency": "CHF"},
    ),
    "two dashes for no cents": (sums("1.234,-- €", "234,46 €", "1.468,46 €"), LARGE),
    "one dash for no cents": (sums("1.234,- €", "234,46 €", "1.468,46 €"), LARGE),
    "three digits behind the dot are thousands here": (
        sums("1.234 €", "234 €", "1.468 €"),
        {"net": "1234.00", "tax": "234.00", "gross": "1468.00"},
    ),
    "the minus behind": (credit("100,00-", "19,00-", "119,00-"), BACK),
    "brackets for minus": (credit("(100,00)", "(19,00)", "(119,00)"), BACK),
    "CR for minus": (credit("100,00 CR", "19,00 CR", "119,00 CR"), {"gross": "-119.00"}),
    "the currency before": (sums("€ 100,00", "€ 19,00", "€ 119,00"), PLAIN),
    "the currency glued before": (sums("€100,00", "€19,00", "€119,00"), PLAIN),
    "the currency glued behind": (sums("100,00EUR", "19,00EUR", "119,00EUR"), PLAIN),
    "the currency only in the table's head": (muster(" €", "", "Gesamt\n", "EUR\n"), PLAIN),
    "the currency only in a sentence": (muster(" €", "", "Rechnung\n", "Rechnung\n\nAlle Beträge in EUR\n"), PLAIN),
    "a font whose euro is the letter e": (muster(" €", " e"), PLAIN),
    "a column of rates like amounts": (muster("19 %      73", "19,00     73", "19 %      26", "19,00     26"), PLAIN),
    "rates and quantities like amounts": (
        """
Papierhaus Nord GmbH · Deichweg 4 · 20457 Hamburg

Spedition Beispiel GmbH                                   Rechnungsnummer:   2024-117
Hafenstraße 61                                            Rechnungsdatum:    03.05.2024
20459 Hamburg

Rechnung

Menge      Bezeichnung                  MwSt %     Einzelpreis          Gesamt
1,000      Kopierpapier A4               19,00          200,00          200,00
2,000      Briefumschläge                19,00          100,00          200,00

                                       Netto                            400,00
                                       MwSt 19,00 %                      76,00
                                       Gesamtbetrag EUR                 476,00

Papierhaus Nord GmbH        USt-IdNr. DE136695976
""",
        {"net": "400.00", "tax": "76.00", "gross": "476.00"},
    ),
    "a receipt that is paid": (
        muster(
            SUMS,
            SUMS
            + "                                       Bereits bezahlt                     -119,00 €\n"
            + "                                       Noch zu zahlen                         0,00 €\n",
            TERM,
            "Betrag dankend erhalten.",
        ),
        PLAIN,
    ),
    "another currency beside": (
        muster(SUMS, SUMS + "                                       entspricht                         USD 129,71\n"),
        PLAIN,
    ),
    "a total with and one without cash discount": (
        muster(
            TERM,
            "Zahlbar bis 17.05.2024 ohne Abzug 119,00 €.\nBei Zahlung bis 10.05.2024 abzüglich 2 % Skonto 116,62 €.",
        ),
        {**PLAIN, "due_date": "2024-05-17"},
    ),
}

ARITHMETIC: dict[str, tuple[str, Expected]] = {
    "a total that is printed wrong": (
        sums("1.420,00 €", "269,80 €", "1.589,80 €"),
        {"net": "1420.00", "tax": "269.80", "gross": "1589.80"},
    ),
    "rounded line by line": (
        sums("100,03 €", "19,02 €", "119,05 €"),
        {"net": "100.03", "tax": "19.02", "gross": "119.05"},
    ),
    "reverse charge without any tax": (without_tax(OWED), {"gross": "100.00", "tax": None}),
    "reverse charge with a tax of nothing": (
        without_tax(OWED, rate="0 %", printed_tax=" " * 39 + FREE),
        {"net": "100.00", "tax": "0.00", "gross": "100.00"},
    ),
    "a small business": (
        without_tax("Gemäß § 19 UStG wird keine Umsatzsteuer berechnet."),
        {"gross": "100.00", "tax": None},
    ),
    "reverse charge in Dutch": (
        """
Drukkerij Van Houten B.V.
Industrieweg 8
3542 AD Utrecht

Factuurnummer:   004412
Factuurdatum:    24-12-2025

Omschrijving                    Aantal         Prijs        Bedrag
Folders                             2        100,00        200,00

                               Totaal                    € 200,00
Btw verlegd

Btw-nr.: NL999051556B01        IBAN NL91 ABNA 0417 1643 00
""",
        {"gross": "200.00", "tax": None, "invoice_number": "004412", "issue_date": "2025-12-24"},
    ),
    "reverse charge in French": (
        """
Imprimerie Dubois SARL
8 rue des Lilas
69003 Lyon

Facture n° F-2025-044
Date : 24/12/2025

Désignation                     Qté         PU HT        Total HT
Brochures                         2        100,00        200,00

                               Total HT                  200,00 €
                               Net à payer               200,00 €
Autoliquidation de la TVA

TVA intracommunautaire FR40303265045
""",
        {"gross": "200.00", "net": "200.00", "tax": None, "invoice_number": "F-2025-044"},
    ),
    "a deposit that was paid before": (
        muster(
            SUMS,
            SUMS
            + "                                       abzgl. Anzahlung vom 01.04.2024      -50,00 €\n"
            + "                                       Restbetrag                           69,00 €\n",
        ),
        {**PLAIN, "issue_date": "2024-05-03"},
    ),
    "prices with VAT included": (
        """
Teeladen Muster e.K.
Marktplatz 2
50667 Köln

Rechnung Nr. 4711                                   Datum: 03.05.2024

Artikel                     Menge       Preis        Gesamt
Tee                             2       59,50        119,00

                            Gesamtbetrag             119,00 €
                            darin enthalten 19 % MwSt.     19,00 €

USt-IdNr. DE136695976
""",
        {"gross": "119.00", "tax": "19.00"},
    ),
    "a line that gives a discount": (
        muster(
            "2      Briefumschläge DIN lang             2         13,10 €       19 %      26,20 €",
            "2      Briefumschläge DIN lang             2         23,10 €       19 %      46,20 €\n"
            "3      Treuerabatt                                                   19 %     -20,00 €",
        ),
        PLAIN,
    ),
    "a discount between the sums": (
        muster(
            SUMS,
            """
                                       Zwischensumme                        100,00 €
                                       abzgl. 10 % Rabatt                   -10,00 €
                                       Nettobetrag                           90,00 €
                                       zzgl. 19 % MwSt.                      17,10 €
                                       Gesamtbetrag                         107,10 €
""",
        ),
        {"net": "90.00", "tax": "17.10", "gross": "107.10"},
    ),
}

DATES: dict[str, tuple[str, Expected]] = {
    "a month by its name": (muster("03.05.2024", "3. Mai 2024"), {"issue_date": "2024-05-03"}),
    "a year of two digits": (muster("03.05.2024", "03.05.24", TERM, ""), {"issue_date": "2024-05-03"}),
    "blanks in a date": (muster("03.05.2024", "03. 05. 2024"), {"issue_date": "2024-05-03"}),
    "English ordinals": (
        """
Company Ltd
12 High Street
London EC1A 1AA

Invoice no. 117
Invoice date: 3rd May 2024
Due date: May 17th, 2024

Consulting                      £ 100.00
VAT 20%                          £ 20.00
Total                           £ 120.00

VAT no. GB980780684
""",
        {"issue_date": "2024-05-03", "due_date": "2024-05-17", "gross": "120.00"},
    ),
    "days of order, delivery, print and period": (
        muster(
            "Lieferdatum:       30.04.2024",
            "Lieferdatum:       30.04.2024\n"
            + "                                                          Bestelldatum:      21.04.2024\n"
            + "                                                          Druckdatum:        05.05.2024\n"
            + "                                                          Leistungszeitraum: 01.04.2024 - 30.04.2024",
        ),
        {"issue_date": "2024-05-03", "due_date": "2024-05-17"},
    ),
    "the day of delivery first": (
        muster(
            "                                                          Lieferdatum:       30.04.2024\n", "",
            "Rechnungsnummer:   2024-117", "Lieferdatum:       30.04.2024",
            "Kundennummer:      47774", "Rechnungsnummer:   2024-117",
        ),
        {"issue_date": "2024-05-03", "invoice_number": "2024-117"},
    ),
    "a day that contradicts the term": (
        muster(TERM, "Zahlbar innerhalb von 30 Tagen. Fälligkeitsdatum: 03.09.2024"),
        {"due_date": "2024-09-03"},
    ),
    "a day for the cash discount before the net day": (
        muster(TERM, "Bis 10.05.2024 3 % Skonto, bis 02.06.2024 netto."),
        {"due_date": "2024-06-02"},
    ),
    "due at once": (muster(TERM, "Zahlbar sofort ohne Abzug."), {"issue_date": "2024-05-03"}),
    "the first of January 1970": (muster("03.05.2024", "01.01.1970", TERM, ""), {"issue_date": "1970-01-01"}),
    "a number that looks like a day": (
        muster("2024-117", "2015-11-04"),
        {"invoice_number": "2015-11-04", "issue_date": "2024-05-03"},
    ),
}  # fmt: skip

IDS: dict[str, tuple[str, Expected]] = {
    "the buyer's VAT id beside": (
        muster("Kundennummer:      47774", "Ihre USt-IdNr.:    DE123456788"),
        {"supplier_vat_id": "DE136695976"},
    ),
    "blanks in a VAT id": (muster("DE136695976", "DE 136 695 976"), {"supplier_vat_id": "DE136695976"}),
    "dots in a VAT id": (
        muster("USt-IdNr. DE136695976", "BTW-nr NL.9990.51.556.B01"),
        {"supplier_vat_id": "NL999051556B01"},
    ),
    "a tax number is no VAT id": (muster("USt-IdNr. DE136695976", ""), {"supplier_vat_id": None}),
    "a Dutch VAT number without its country": (
        """
Drukkerij Van Houten B.V.
Industrieweg 8
3542 AD Utrecht

Factuurnummer:   004412
Factuurdatum:    24-12-2025

                               Totaal excl. btw          € 200,00
                               Btw 21%                    € 42,00
                               Totaal                    € 242,00

KvK 12345678   Btw 999051556B01        IBAN NL91 ABNA 0417 1643 00
""",
        {"gross": "242.00", "supplier_vat_id": None},
    ),
    "a French register number is no VAT id": (
        """
Imprimerie Dubois SARL
8 rue des Lilas
69003 Lyon

Facture n° F-2025-044
Date : 24/12/2025

                               Total HT                  200,00 €
                               TVA 20 %                   40,00 €
                               Total TTC                 240,00 €

SIREN 303 265 045   RCS Lyon
""",
        {"gross": "240.00", "supplier_vat_id": None},
    ),
    "an IBAN over two lines": (
        muster(ACCOUNT, "IBAN DE89 3704 0044", "BIC COBADEFFXXX", "     0532 0130 00"),
        {"iban": "DE89370400440532013000"},
    ),
    "IBAN and BIC glued together": (
        muster(ACCOUNT, "IBAN:DE89370400440532013000BIC:COBADEFFXXX", "BIC COBADEFFXXX", ""),
        {"iban": "DE89370400440532013000"},
    ),
    "a masked IBAN": (muster(ACCOUNT, "IBAN DE89 **** **** **** **30 00"), {"iban": None}),
    "the IBAN that is debited": (
        muster(ACCOUNT, "", TERM, "Wir buchen den Betrag von Ihrem Konto DE89 3704 0044 0532 0130 00 ab."),
        {"iban": None},
    ),
    "a wrong check digit": (muster("DE89 3704", "DE88 3704"), {"iban": "DE88370400440532013000"}),
    "labels over two lines": (
        f"""
Papierhaus Nord GmbH
Deichweg 4
20457 Hamburg

                                        Rechnung        Datum          Kunden-
                                        Nr.                            Nr.
                                        2024-117        03.05.2024     47774
{SUMS}
USt-IdNr. DE136695976
""",
        {"invoice_number": "2024-117", "issue_date": "2024-05-03"},
    ),
    "delivery note, contract and order": (
        muster(
            "Kundennummer:      47774", "Lieferschein-Nr.:  LS-99881",
            "Lieferdatum:       30.04.2024",
            "Vertragsnummer:    V-2020-4\n"
            + "                                                          Bestellnummer:     B-555",
        ),
        {"invoice_number": "2024-117"},
    ),
    "the order number first": (
        muster(
            "Rechnungsnummer:   2024-117", "Bestellnummer:     4500012345",
            "Kundennummer:      47774", "Rechnungsnummer:   2024-117",
        ),
        {"invoice_number": "2024-117"},
    ),
    "no number on the page": (muster("Rechnungsnummer:   2024-117", ""), {"invoice_number": None}),
}  # fmt: skip

NAMES: dict[str, tuple[str, Expected]] = {
    "a payment provider is named": (
        muster("Musterbank", "Musterbank\n\nZahlung über PayPal (Europe) S.à r.l. et Cie, S.C.A."),
        {"supplier_name": "Papierhaus Nord GmbH"},
    ),
    "a person as supplier": (
        """
Erika Mustermann
Übersetzungen
Gartenweg 7
50667 Köln

Kontor Beispiel GmbH
Hafenstraße 61
20459 Hamburg

Rechnung Nr. 2024-12                                  Köln, den 03.05.2024

Übersetzung Vertrag                                                 250,00 €
zzgl. 19 % MwSt.                                                     47,50 €
Gesamtbetrag                                                        297,50 €

Steuernummer 12/345/6789       IBAN DE89 3704 0044 0532 0130 00
""",
        {"supplier_name": "Erika Mustermann", "supplier_vat_id": None, "gross": "297.50", "issue_date": "2024-05-03"},
    ),
}

TRAPS = {**AMOUNTS, **ARITHMETIC, **DATES, **IDS, **NAMES}


@pytest.mark.parametrize("trap", TRAPS)
def test_what_is_printed_is_read(trap: str) -> None:
    page, expected = TRAPS[trap]
    draft = read(page)

    assert {name: draft.value(name) for name in expected} == expected


def test_a_page_that_cannot_be_right_waits_for_a_person() -> None:
    for trap in ("a total that is printed wrong", "a wrong check digit"):
        draft = read(TRAPS[trap][0])

        assert draft.status is DraftStatus.REVIEW, trap
        assert draft.findings, trap


def test_of_several_banks_one_is_read() -> None:
    second = "Musterbank\n" + " " * 58 + "Volksbank IBAN DE02 1203 0000 0000 2020 51"

    assert read(muster("Musterbank", second)).value("iban") in {"DE89370400440532013000", "DE02120300000000202051"}


def test_a_french_credit_note_with_negative_amounts() -> None:
    draft = read("""
Imprimerie Dubois SARL
8 rue des Lilas
69003 Lyon

AVOIR n° A-2025-004
Date : 24/12/2025
Sur facture n° F-2025-044

                               Total HT                 -200,00 €
                               TVA 20 %                  -40,00 €
                               Total TTC                -240,00 €

N° TVA FR40303265045
""")

    assert (draft.kind, draft.value("gross")) == (DocumentKind.CREDIT_NOTE, "-240.00")
    assert draft.value("invoice_number") == "A-2025-004"


def test_conditions_of_sale_on_the_next_page_do_not_matter() -> None:
    conditions = """
Allgemeine Geschäftsbedingungen

§ 1 Geltung. Diese Bedingungen gelten ab 01.01.2019 für alle Lieferungen der Papierhaus Nord GmbH.
§ 2 Zahlung. Rechnungen sind innerhalb von 8 Tagen zahlbar, Verzugspauschale 40,00 EUR.
§ 3 Haftung. Die Haftung ist auf 5.000.000,00 EUR begrenzt.
"""
    draft = read(MUSTER, conditions)

    assert (draft.value("gross"), draft.value("issue_date"), draft.value("due_date")) == (
        "119.00",
        "2024-05-03",
        "2024-05-17",
    )


# --- several invoices in one file

OTHER = muster("2024-117", "2024-118", "119,00 €", "238,00 €", "100,00 €", "200,00 €", " 19,00 €", " 38,00 €")


def test_of_two_invoices_in_one_file_the_first_is_read_and_the_second_is_said() -> None:
    draft = read(MUSTER, OTHER)

    assert {name: draft.value(name) for name in ("invoice_number", "net", "tax", "gross")} == {
        "invoice_number": "2024-117",
        "net": "100.00",
        "tax": "19.00",
        "gross": "119.00",
    }
    (finding,) = draft.findings
    assert finding.code == "KON-SEVERAL-INVOICES"
    assert "Page 2 begins another invoice (2024-118)" in finding.sentence
    assert (draft.status, draft.pages) == (DraftStatus.REVIEW, 2)


def test_a_third_invoice_behind_a_page_of_the_first() -> None:
    more = muster(SUMS, "", TERM, "")
    drafts = read(more, MUSTER, OTHER), read(MUSTER, MUSTER)

    assert ["Page 3" in each.findings[0].sentence if each.findings else None for each in drafts] == [True, None]


def test_titles_without_a_label_tell_two_invoices_apart_too() -> None:
    first, second = (
        muster("Rechnungsnummer:   2024-117", "", "Rechnung\n", f"Rechnung {n}\n") for n in ("A-77", "A-78")
    )

    assert [each.code for each in read(first, second).findings] == ["KON-SEVERAL-INVOICES"]


def test_the_number_of_an_earlier_invoice_on_a_later_page_is_none_of_its_own() -> None:
    list_of_them = """
Zu Ihrer Kenntnis: offene Posten

Rechnungsnummer       Datum            Betrag
2024-090              01.02.2024       50,00 €
2024-101              01.03.2024       60,00 €
                      Gesamtbetrag    110,00 €
"""
    draft = read(MUSTER, list_of_them)

    assert draft.findings == ()
    assert draft.value("invoice_number") == "2024-117"
