"""Whole invoices, drawn as text: which of the candidates is which field, and how sure we are."""

from __future__ import annotations

import pytest
from paper import read

from kontorist.domain.payables.draft import (
    FIELDS,
    DocumentKind,
    DraftStatus,
    FieldName,
    FieldSource,
    InvoiceDraft,
    Severity,
    from_data,
    to_data,
)
from kontorist.extraction.draft import json_line
from kontorist.extraction.profile import BuyerProfile

MUSTER = """
Papierhaus Nord GmbH · Deichweg 4 · 20457 Hamburg

Spedition Beispiel GmbH                                   Rechnungsnummer:   2024-117
Hafenstraße 61                                            Rechnungsdatum:    03.05.2024
20459 Hamburg                                             Kundennummer:      47774
                                                          Lieferdatum:       30.04.2024

Rechnung

Pos.   Bezeichnung                     Menge      Einzelpreis      MwSt.      Gesamt
1      Kopierpapier A4                     4         18,45 €       19 %      73,80 €
2      Briefumschläge DIN lang             2         13,10 €       19 %      26,20 €

                                       Zwischensumme (netto)                100,00 €
                                       zzgl. 19 % MwSt.                      19,00 €
                                       Gesamtbetrag                         119,00 €

Zahlbar bis 17.05.2024 ohne Abzug.

Papierhaus Nord GmbH        USt-IdNr. DE136695976         IBAN DE89 3704 0044 0532 0130 00
Deichweg 4                  Steuernr. 12/345/6789         BIC COBADEFFXXX
20457 Hamburg               www.papierhaus-nord.de        Musterbank
"""


def value(draft: InvoiceDraft, name: FieldName) -> str | None:
    return draft.value(name)


def test_an_ordinary_invoice_is_safe_from_name_to_account() -> None:
    draft = read(MUSTER)

    assert {name: draft.value(name) for name in FIELDS} == {
        "supplier_name": "Papierhaus Nord GmbH",
        "supplier_vat_id": "DE136695976",
        "invoice_number": "2024-117",
        "issue_date": "2024-05-03",
        "due_date": "2024-05-17",
        "currency": "EUR",
        "net": "100.00",
        "tax": "19.00",
        "gross": "119.00",
        "iban": "DE89370400440532013000",
    }
    assert draft.status is DraftStatus.SAFE
    assert draft.kind is DocumentKind.INVOICE
    assert draft.language == "de"
    assert draft.findings == ()


def test_every_value_says_where_it_stands_and_why() -> None:
    number = read(MUSTER).fields["invoice_number"]

    assert number.page == 1
    assert number.box is not None
    assert (number.box.x0, number.box.x1) == (69.17, 75.83)
    assert 10 < number.box.y0 < number.box.y1 < 12
    assert number.reason == 'right of "Rechnungsnummer"'
    assert number.source is FieldSource.CAPTURED


def test_its_lines_carry_quantity_and_price() -> None:
    first, second = read(MUSTER).lines

    assert (first.description, str(first.quantity), str(first.unit_price), str(first.total)) == (
        "Kopierpapier A4",
        "4",
        "18.45",
        "73.80",
    )
    assert second.box is not None


def test_its_tax_table_is_kept() -> None:
    (line,) = read(MUSTER).tax_lines

    assert (str(line.rate), str(line.amount)) == ("19", "19.00")


def test_the_draft_survives_the_way_to_the_parent() -> None:
    draft = read(MUSTER)

    assert from_data(to_data(draft)) == draft


def test_the_line_of_the_command() -> None:
    line = json_line("muster.pdf", read(MUSTER))

    assert line["file"] == "muster.pdf"
    assert line["gross"] == "119.00"
    assert line["status"] == "safe"
    assert line["kind"] == "invoice"
    assert line["lines"][1]["total"] == "26.20"
    assert set(line["evidence"]) == set(FIELDS)
    assert line["evidence"]["iban"]["box"][0] > 50
    assert line["reason"] is None


def test_a_wrong_total_is_reported_as_printed_and_never_repaired() -> None:
    draft = read(MUSTER.replace("119,00 €", "129,00 €"))

    assert draft.value("gross") == "129.00"
    assert draft.value("net") == "100.00"
    assert not draft.fields["gross"].safe
    assert [finding.code for finding in draft.findings] == ["KON-TOTALS"]
    assert draft.status is DraftStatus.REVIEW


def test_a_wrong_check_digit_is_a_finding_and_the_number_as_printed() -> None:
    draft = read(MUSTER.replace("DE89 3704", "DE88 3704"))

    assert draft.value("iban") == "DE88370400440532013000"
    assert [finding.code for finding in draft.findings] == ["KON-IBAN"]


def test_the_buyer_is_never_the_supplier() -> None:
    profile = BuyerProfile(
        names=("Papierhaus Nord GmbH",), vat_ids=("DE 136695976",), ibans=("DE89370400440532013000",)
    )
    draft = read(MUSTER, profile=profile)

    assert draft.value("supplier_name") != "Papierhaus Nord GmbH"
    assert draft.value("supplier_vat_id") is None
    assert draft.value("iban") is None


def test_labels_above_the_values() -> None:
    draft = read("""
        Azure Interior Ltd
        4557 De Silva St
        London EC1A 1BB

        Invoice INV/2023/03/0008

        Invoice Date:            Due Date:              Reference:
        20 March 2023            4 April 2023           CUSTREF123

        Description                    Quantity      Unit Price       Amount
        Office Chair                        1.00          70.00      £ 70.00
        Desk                                1.00          42.90      £ 42.90

                                       Subtotal                     £ 112.90
                                       VAT 20%                       £ 22.58
                                       Total                        £ 135.48
        """)

    assert (draft.value("issue_date"), draft.value("due_date")) == ("2023-03-20", "2023-04-04")
    assert draft.value("invoice_number") == "INV/2023/03/0008"
    assert draft.value("currency") == "GBP"
    assert draft.fields["gross"].safe


@pytest.mark.parametrize(
    ("printed", "issued", "safe"),
    [("03/04/2024", "2024-04-03", False), ("17/04/2024", "2024-04-17", True), ("2024-04-03", "2024-04-03", True)],
)
def test_03_04_2024_without_a_witness_is_not_safe(printed: str, issued: str, safe: bool) -> None:
    draft = read(f"""
        Greenfield Ltd
        Invoice number:   117
        Invoice date:     {printed}
        Total VAT         £ 1.00
        """)

    assert draft.value("issue_date") == issued
    assert draft.fields["issue_date"].safe is safe


def test_the_due_date_settles_the_order_of_the_issue_date() -> None:
    draft = read("""
        Stanford Plumbing
        Invoice No: 117
        Invoice Date: 7/9/18
        Due Date: 9/7/18
        Balance due $ 90.00
        """)

    assert (draft.value("issue_date"), draft.value("due_date")) == ("2018-07-09", "2018-09-07")


def test_the_day_of_the_cash_discount_is_not_the_due_date() -> None:
    draft = read(
        MUSTER.replace(
            "Zahlbar bis 17.05.2024 ohne Abzug.",
            "Zahlbar innerhalb 30 Tagen netto bis 02.06.2024, 3% Skonto innerhalb 10 Tagen bis 13.05.2024.",
        )
    )

    assert draft.value("due_date") == "2024-06-02"


def test_a_term_gives_the_due_date_by_arithmetic_and_never_safely() -> None:
    draft = read(MUSTER.replace("Zahlbar bis 17.05.2024 ohne Abzug.", "Zahlbar innerhalb von 14 Tagen netto."))
    due = draft.fields["due_date"]

    assert (due.value, due.safe, due.source) == ("2024-05-17", False, FieldSource.FORMULA)


def test_a_term_of_cash_discount_gives_no_due_date() -> None:
    draft = read(
        MUSTER.replace("Zahlbar bis 17.05.2024 ohne Abzug.", "Bei Zahlung innerhalb 14 Tagen gewähren wir 2,0% Skonto.")
    )

    assert draft.value("due_date") is None


def test_no_word_of_a_due_date_is_safely_none() -> None:
    due = read(MUSTER.replace("Zahlbar bis 17.05.2024 ohne Abzug.", "")).fields["due_date"]

    assert (due.value, due.safe) == (None, True)


@pytest.mark.parametrize(
    "sentence",
    [
        "Kindly transfer the total by 2024-05-17, quoting the number.",
        "Gelieve te betalen uiterlijk 17-05-2024.",
        "Bitte überweisen Sie den Betrag bis zum 17. Mai 2024.",
        "Merci de régler avant le 17 mai 2024.",
    ],
)
def test_the_due_date_in_a_sentence(sentence: str) -> None:
    draft = read(MUSTER.replace("Zahlbar bis 17.05.2024 ohne Abzug.", sentence))

    assert draft.value("due_date") == "2024-05-17"


TWO_RATES = """
Drukkerij Van Houten B.V.
Industrieweg 8
3542 AD Utrecht

Factuur nr.              Factuurdatum           Uiterste betaaldatum
004412                   24-12-2025             23-01-2026

Artikel                        Aantal         Prijs        Btw        Bedrag
Thee                               10          9,95         9%         99,50
Folders                             2        100,00        21%        200,00

                               Totaal exclusief btw            EUR 299,50
                               Btw 21% over EUR 200,00          EUR 42,00
                               Btw 9% over EUR 99,50             EUR 8,96
                               Totaal inclusief btw            EUR 350,46

Btw-nr.: NL999051556B01        IBAN NL91 ABNA 0417 1643 00
"""


def test_the_tax_of_two_rates_is_their_sum_when_the_total_agrees() -> None:
    draft = read(TWO_RATES)
    tax = draft.fields["tax"]

    assert (draft.value("net"), tax.value, draft.value("gross")) == ("299.50", "50.96", "350.46")
    assert (tax.source, tax.safe) == (FieldSource.FORMULA, True)
    assert [(str(line.rate), str(line.base), str(line.amount)) for line in draft.tax_lines] == [
        ("21", "200.00", "42.00"),
        ("9", "99.50", "8.96"),
    ]


def test_bases_that_happen_to_add_up_are_not_net_and_tax() -> None:
    draft = read("""
        Muster GmbH
        Rechnung Nr. 117 vom 03.05.2024

        MwSt.          Netto          Steuer
        19 %          604,70          114,89
        7 %           372,00           26,04
        Summe         976,70          140,93

        Gesamtbetrag brutto                1.117,63 EUR
        """)

    assert (draft.value("net"), draft.value("tax"), draft.value("gross")) == ("976.70", "140.93", "1117.63")


def test_the_total_with_tax_leads_not_what_is_left_to_pay() -> None:
    draft = read("""
        Muster GmbH
        Rechnung Nr. 117 vom 03.05.2024

        Summe netto                  100,00 €
        Umsatzsteuer 19 %             19,00 €
        Gesamtbetrag brutto          119,00 €
        Bereits bezahlt               50,00 €
        Offener Betrag                69,00 €
        """)

    assert draft.value("gross") == "119.00"


def test_a_charge_between_the_sums_explains_the_difference() -> None:
    draft = read("""
        Company Ltd
        Invoice no. 117          Date: 3 May 2024

        Subtotal                       £ 109.90
        VAT                             £ 10.99
        Shipping & handling              £ 5.00
        Total due by 17 May 2024       £ 125.89
        """)

    assert (draft.value("net"), draft.value("tax"), draft.value("gross")) == ("109.90", "10.99", "125.89")
    assert draft.value("due_date") == "2024-05-17"
    assert draft.findings == ()


def test_tax_that_is_not_printed_is_none() -> None:
    draft = read("""
        Tallpine, Inc.
        Invoice number 7A20C4E1-0001
        Date of issue    December 21, 2022
        Date due         December 21, 2022

        Description          Qty      Unit price       Amount
        Standard               1         $299.00      $299.00

                             Subtotal                 $299.00
                             Total                    $299.00
                             Amount due               $299.00
        """)
    tax = draft.fields["tax"]

    assert (tax.value, tax.safe) == (None, False)  # no tax shown is seldom enough that a person looks
    assert (draft.value("net"), draft.value("gross")) == ("299.00", "299.00")
    assert draft.value("supplier_vat_id") is None
    assert draft.fields["supplier_vat_id"].safe
    assert draft.fields["iban"].safe
    assert draft.value("due_date") == "2022-12-21"


def test_small_business_without_tax() -> None:
    draft = read("""
        Muster GmbH
        Rechnungsnummer: TEST1234
        Rechnungsdatum: 18. Februar 2025
        Rechnungsbetrag            14,90 €
        Gemäß § 19 UStG wird keine Umsatzsteuer ausgewiesen.
        """)

    assert draft.value("tax") is None
    assert draft.value("net") == "14.90"
    assert draft.fields["net"].source is FieldSource.FORMULA


def test_the_order_number_is_not_the_invoice_number() -> None:
    draft = read("""
        Muster GmbH
        Bestellnummer: 4711          Auftragsnr.: 0815
        Kundennummer: 123456         Lieferschein Nr. 99
        Beleg-Nr.: RK-21             Steuernr. 12/345/6789
        Gesamtbetrag 10,00 €
        """)

    assert draft.value("invoice_number") == "RK-21"


def test_a_number_that_looks_like_a_date_is_still_the_number() -> None:
    draft = read("""
        Max Mustermann • Musterstraße 37 • 12345 Musterstadt

        Erika Muster
                                            Musterstadt, November 2, 2015
        Invoice #2015-11-04

        Total 756,00 EUR
        """)

    assert draft.value("invoice_number") == "2015-11-04"
    assert draft.value("issue_date") == "2015-11-02"
    assert draft.value("supplier_name") == "Max Mustermann"


def test_the_number_of_another_invoice_is_left_aside() -> None:
    draft = read("""
        Acme Ltd
        Corrected invoice No. 1234567890
        for invoice No. 1234567889 from 12 Sep 2024
        Grand Total -24,918.42 €
        """)

    assert draft.value("invoice_number") == "1234567890"
    assert draft.value("gross") == "-24918.42"


def test_the_vat_id_of_the_buyer_is_left_aside() -> None:
    draft = read("""
        Blockwerk GmbH                 Bill to
        Donauplatz 2                   Beispiel Analytik GmbH
        4020 Linz                      06108 Halle
                                       VAT DE136695976

        Invoice number 30417752-0004
        Total €99.00
        VAT ID of Blockwerk GmbH: ATU13585627
        """)

    assert draft.value("supplier_vat_id") == "ATU13585627"
    assert draft.value("supplier_name") == "Blockwerk GmbH"


def test_the_account_that_is_debited_is_not_the_one_to_pay_to() -> None:
    draft = read("""
        Lieferant GmbH
        Rechnungsnummer 300417
        Der Betrag wird am 20.03.2014 von Ihrem Konto mit IBAN DE89370400440532013000 eingezogen.

        Bankverbindung    IBAN: DE02 1203 0000 0000 2020 51
        """)

    assert draft.value("iban") == "DE02120300000000202051"


def test_seller_and_buyer_side_by_side() -> None:
    draft = read("""
        INVOICE                                     Invoice #: 123
                                                    Created: 2018-01-01

        INVOICE FROM                                INVOICE TO
        Hadley Hardware, Inc.                      Marlow Corp.
        Lakeside Rd 1234                            123 Station Road

        Item                                             Price
        Bench Grinder                            10,000.00 USD
                                          Total: 10,000.00 USD
        """)

    assert draft.value("supplier_name") == "Hadley Hardware, Inc."
    assert draft.fields["supplier_name"].reason.startswith("named as the seller")
    assert draft.value("currency") == "USD"


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Rechnung Nr. 5", DocumentKind.INVOICE),
        ("GUTSCHRIFT", DocumentKind.CREDIT_NOTE),
        ("Facture d'avoir n° 202505012 du 4 janvier 2025", DocumentKind.CREDIT_NOTE),
        ("Credit note CN-7", DocumentKind.CREDIT_NOTE),
        ("Quittung Nr. 005283 vom 20.12.2025", DocumentKind.RECEIPT),
        ("Receipt", DocumentKind.RECEIPT),
        ("2. Mahnung", DocumentKind.REMINDER),
        ("Betalingsherinnering", DocumentKind.REMINDER),
        ("Angebot", DocumentKind.OTHER),
        ("Something", DocumentKind.INVOICE),
    ],
)
def test_what_the_paper_calls_itself(title: str, kind: DocumentKind) -> None:
    assert read(f"Muster GmbH\n\n{title}\n\nBetrag 10,00 EUR\nim Text steht Rechnung").kind is kind


def test_the_letter_e_of_a_font_is_the_euro() -> None:
    draft = read("""
        Asternhof GmbH & Co. KG
        Rechnungsnummer 2017-014
        Nettobetrag                   2 400,00 e
        Zzgl. Umsatzsteuer 19%          456,00 e
        Rechnungsbetrag               2 856,00 e
        """)

    assert (draft.value("gross"), draft.value("currency")) == ("2856.00", "EUR")
    assert not draft.fields["currency"].safe


def test_two_currencies_on_one_page_are_not_safe() -> None:
    draft = read("""
        Acme Ltd
        Invoice no. 7
        Total                         € 100.00
        equal to 108.00 USD, 94.00 CHF
        """)

    assert draft.value("currency") == "EUR"
    assert not draft.fields["currency"].safe


def test_a_table_goes_on_over_the_page() -> None:
    first = """
        Muster GmbH
        Rechnung Nr. 117 vom 03.05.2024

        Pos.    Bezeichnung       Menge     Einzelpreis      Gesamt
        1       Stuhl                 1           70,00       70,00
                                          Zwischensumme       70,00
        """
    second = """
        Muster GmbH
                                               Übertrag       70,00
        2       Tisch                 2           15,00       30,00

                                           Summe netto      100,00
                                     Umsatzsteuer 19 %       19,00
                                         Summe brutto       119,00
        """

    draft = read(first, second)

    assert [str(line.total) for line in draft.lines] == ["70.00", "30.00"]
    assert [line.page for line in draft.lines] == [1, 2]
    assert (draft.value("net"), draft.value("gross")) == ("100.00", "119.00")
    assert draft.fields["gross"].page == 2


def test_a_remark_in_the_column_of_totals_is_no_line() -> None:
    draft = read("""
        Zonnehof B.V.
        Factuurnummer: 700418523

        Artikel                     Aantal      Prijs per stuk      Bedrag
        Tablet 11 inch                   1            € 399,00    € 399,00
        Incl. thuiskopieheffing          1                          € 4,24
        Spelcomputer                     1            € 189,00    € 189,00

                                         Totaal                   € 588,00
        """)

    assert [str(line.total) for line in draft.lines] == ["399.00", "189.00"]


def test_an_empty_looking_page_gives_nothing_and_says_so() -> None:
    draft = read("nothing of an invoice stands on this page at all")

    assert draft.value("gross") is None
    assert draft.fields["gross"].reason == "not found, point to it on the page"
    assert draft.status is DraftStatus.REVIEW


def test_findings_are_errors_that_keep_the_machine_from_booking() -> None:
    (finding,) = read(MUSTER.replace("DE136695976", "DE136695977")).findings

    assert (finding.code, finding.severity) == ("KON-VAT-ID", Severity.ERROR)


def test_tax_printed_by_rate_only_is_summed_up_though_one_rate_closes_by_itself() -> None:
    draft = read(
        """
        Solaris GmbH    Rechnung Nr. 4711
        Netto                       1.899,40 €
        MwSt. 19 %                     24,06 €
        MwSt. 7 %                     124,10 €
        Gesamtbetrag                2.047,56 €

        USt-Satz   Basis       USt      Summe
        19 %       126,61      24,06    150,67
        7 %        1.772,79    124,10   1.896,89
        """
    )

    assert (draft.value("net"), draft.value("tax"), draft.value("gross")) == ("1899.40", "148.16", "2047.56")
    assert "sum of the tax lines" in draft.fields["tax"].reason


def test_the_day_of_a_cash_discount_is_not_the_due_date() -> None:
    draft = read(
        """
        Rechnung Nr. 4711      Rechnungsdatum: 01.03.2024
        Bei Zahlung bis 15.03.2024 gewähren wir 2 % Skonto.
        Bitte überweisen Sie den Betrag bis zum 31.03.2024.
        """
    )

    assert draft.value("due_date") == "2024-03-31"


def test_a_supplier_named_only_in_the_foot_is_told_from_a_recipient_without_a_label() -> None:
    draft = read(
        """
        Origineel



        Vandermeer Bouw
        Kerkweg 126
        4911 AB Zwolle


        Creditfactuur
        Datum: 15-10-2024      Factuurnummer: 2024/950

        Totaal     100,00 €










        Delacroix Groothandel     BTW-id: NL716267584B33
        Havenkade 124             IBAN: NL11 NBSA 9957 2483 90
        2771 EA Zwolle            www.delacroix.nl
        """
    )

    assert draft.value("supplier_name") == "Delacroix Groothandel"
    assert draft.value("supplier_vat_id") == "NL716267584B33"


def test_the_buyers_vat_id_is_the_buyers_wherever_it_stands() -> None:
    draft = read(
        """
        Weber Studio
        Rechnung Nr. 4711      Ihre USt-IdNr.: NL921820791B95
        Solaris BV
        USt-IdNr.: NL921820791B95
        """
    )

    assert draft.value("supplier_vat_id") is None


def test_a_term_to_the_end_of_the_month() -> None:
    draft = read(
        """
        Facture n° F-118          Date : 10/01/2024
        Total TTC     120,00 €
        Règlement : 30 jours fin de mois
        """
    )
    due = draft.fields["due_date"]

    assert (due.value, due.safe, due.source.value) == ("2024-02-29", False, "formula")
    assert "end of that month" in due.reason


def test_what_else_is_said_for_booking_and_paying() -> None:
    draft = read(
        """
        Rechnung Nr. 4711       Rechnungsdatum: 01.03.2024
        Kundennummer: K-1200    Bestellnummer: 450001234
        Gesamtbetrag  119,00 €
        Zahlbar in 30 Tagen, bei Zahlung innerhalb 10 Tagen 2 % Skonto
        IBAN: DE02 1203 0000 0000 2020 51   BIC: BYLADEM1001
        """
    )

    assert {name: each.value for name, each in draft.references.items()} == {
        "customer_number": "K-1200",
        "order_number": "450001234",
        "bic": "BYLADEM1001",
        "discount_percent": "2.00",
        "discount_until": "2024-03-11",
    }
    assert not any(each.safe for each in draft.references.values())


def test_a_printed_day_for_the_discount_and_a_bic_in_a_cell_of_its_own() -> None:
    draft = read(
        """
        Invoice No. 77            Date: 2024-03-01
        3% discount if paid by 2024-03-10
        SWIFT/BIC      KTRBNL2A
        """
    )

    assert draft.references["discount_until"].value == "2024-03-10"
    assert draft.references["bic"].value == "KTRBNL2A"


def test_the_net_holds_the_freight_that_is_taxed_with_the_goods() -> None:
    draft = read(
        """
        Invoice No. 77         Invoice date: 2024-03-01
        Subtotal               100.00 EUR
        Shipping                10.00 EUR
        VAT 20%                 22.00 EUR
        Total                  132.00 EUR
        """
    )

    assert (draft.value("net"), draft.value("tax"), draft.value("gross")) == ("110.00", "22.00", "132.00")
    assert "leaves out a charge" in draft.fields["net"].reason


def test_our_own_address_is_ours_without_a_label() -> None:
    ours = BuyerProfile(names=("Solaris Handel GmbH",))
    drawing = """
        Rechnung Nr. 4711

        Solaris Handel GmbH
        Ringweg 7
        50676 Köln
        USt-IdNr. DE111111125

        Gesamtbetrag  119,00 €     Weber Studio, Gasse 2, 10115 Berlin
        """

    assert read(drawing, profile=ours).value("supplier_vat_id") is None
    assert read(drawing, profile=ours).value("supplier_name") == "Weber Studio"
