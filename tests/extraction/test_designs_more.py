"""Further designs that no generator of ours draws; each holds causes of misreadings that many papers share."""

from __future__ import annotations

from typing import Any

import pytest
from paper import read

PAPERS: dict[str, tuple[str, dict[str, Any]]] = {
    "cards with the label below, debited on a day": (
        """
                         KopiaTec Bürosysteme GmbH

        Segelverlag mbH
        Werftstr. 12 a
        24143 Kiel

        7781-20345             03.10.2024              288341
        Rechnungsnummer        Rechnungsdatum          Kundennummer

        V10234                 09/2024                 A4FJ02854790
        Vertrag                Abrechnungsmonat        Gerätenummer

        Leistung               Anzahl       Preis      USt        Betrag
        Miete Kopierer C454         1    100,0000      19%        100,00
        Mehrkopien s/w           2000      0,0100      19%         20,00

                                  Netto       USt 19%     Brutto
                                  120,00 €    22,80 €     142,80 €
        Den Betrag buchen wir am 08.10.2024 per SEPA-Lastschrift ab.

        Siemensstr. 18         Geschäftsführer: A. Brink      Musterbank
        48161 Münster          USt-IdNr. DE136695976          IBAN DE89 3704 0044 0532 0130 00
        """,
        {
            "invoice_number": "7781-20345",
            "issue_date": "2024-10-03",
            "due_date": "2024-10-08",
            "net": "120.00",
            "tax": "22.80",
            "gross": "142.80",
        },
    ),
    "two languages on every label, sums below their columns": (
        """
                                                             Poznań, 2023-12-15
                     Faktura VAT / VAT Invoice nr FV/7/12/2023
        Data sprzedaży / Sale date: 2023-12-14      Termin płatności / Due date: 2023-12-29

        Sprzedawca / Seller                         Nabywca / Buyer
        Studio Klon Sp. z o.o.                      Zakład Testowy Sp. z o.o.
        ul. Lipowa 29/8                             ul. Fabryczna 7
        61-806 Poznań                               43-300 Bielsko-Biała
        NIP: 525-000-11-24                          NIP: PL6256613570

        Lp.   Nazwa / Description       Ilość   Cena netto   Wartość netto    VAT   Kwota VAT   Wartość brutto
        1     Programowanie                10       200,00        2 000,00    23%      460,00         2 460,00
        2     Konsultacje                   2       100,00          200,00    23%       46,00           246,00
                          Razem / Total                           2 200,00             506,00         2 706,00
        Do zapłaty / Amount due: 2 706,00 PLN
        """,
        {
            "supplier_name": "Studio Klon Sp. z o.o.",
            "supplier_vat_id": "5250001124",
            "invoice_number": "FV/7/12/2023",
            "issue_date": "2023-12-15",
            "due_date": "2023-12-29",
            "net": "2200.00",
            "tax": "506.00",
            "gross": "2706.00",
            "currency": "PLN",
        },
    ),
    "a bill that is collected": (
        """
        tidenet
        Harbour Dental Practice
        22 Fore Street
        Truro TR1 2PZ                               Your bill
                                                    £295.01
                                                    We'll take this by Direct Debit on or after 27
                                                    Jul 2024
        Account number          TN 3959 4079
        Bill number             M558 47
        Bill date and tax point 15 Jul 2024
        Next bill due           15 Aug 2024

        Leased line rental                                   £228.90
        Call charges                                          £16.94
        Total before VAT                                     £245.84
        VAT at 20%                                            £49.17
        Total now due                                        £295.01

        Tide Net plc, Colmore Row, Birmingham B3 2QD. VAT registration number GB276618819
        """,
        {
            "invoice_number": "M558 47",
            "issue_date": "2024-07-15",
            "due_date": "2024-07-27",
            "net": "245.84",
            "tax": "49.17",
            "gross": "295.01",
            "supplier_vat_id": "GB276618819",
        },
    ),
    "a doctor's letter": (
        """
                                                              Dr. med. F. Osterberg
        Praxis Dr. F. Osterberg · Breite Str. 40 · 18055 Rostock

        Frau
        Miriam Tieck
        Alter Weg 7                                 Rostock,        25.08.2023
        18057 Rostock                               Rechnung:       71736-8
                                                    Patient:        Tieck, Miriam, geb. 04.09.1981

        Datum        GOÄ     Leistung                        Anz.   Faktor     Betrag
        05.08.23     1       Beratung                        1      2,3         10,72
                     5       Untersuchung                    1      2,3         10,72
                                                   Rechnungsbetrag EUR          21,44
        Umsatzsteuerfrei nach § 4 Nr. 14 UStG.
        Bitte überweisen Sie den Betrag unter Angabe Ihres Vertragskontos so, dass er spätestens am 22.09.2023
        auf dem Konto DE89 3704 0044
        0532 0130 00 eingegangen ist.
        """,
        {
            "invoice_number": "71736-8",
            "issue_date": "2023-08-25",
            "due_date": "2023-09-22",
            "gross": "21.44",
            "iban": "DE89370400440532013000",
        },
    ),
    "a writer named in the foot alone, a discount before the net day": (
        """
        Rechnung
        Werkzeugbau Beispiel GmbH                   Rechnungsnummer: 4711
        Handelskade 41                              Rechnungsdatum: 03.05.2024
        20459 Hamburg                               Kundennummer: 413329

        Artikel                       Menge      Preis       Gesamt
        Schrauben                         1     100,00       100,00

        Warenwert    Fracht    Nettobetrag    MwSt %    MwSt-Betrag    Endbetrag EUR
           100,00     10,00         110,00     19,00          20,90           130,90
        Zahlung: bis 10.05.2024 mit 2,00 % Skonto = 128,28 EUR, bis 02.06.2024 ohne Abzug.



















        Eisenhandel Nord KG - Energieweg 9 - 22041 Hamburg - IBAN:DE89370400440532013000BIC:COBADEFFXXX
        """,
        {
            "supplier_name": "Eisenhandel Nord KG",
            "due_date": "2024-06-02",
            "net": "110.00",
            "tax": "20.90",
            "gross": "130.90",
            "iban": "DE89370400440532013000",
        },
    ),
    "cells with the label below, sums side by side with their base, two rates in columns": (
        """
        Jansen Feinkost KG
        Ringweg 72, 47155 Bonn

        Rechnung

        13.07.2024         41-63
        Datum:             Ihre Referenz:
        5398               03.08.2024
        Rechnungsnr.:      Fällig am:
        LS6936
        Lieferschein:

        Anzahl    Artikel              Preis      Gesamt
        10        Kaffee               10,00      100,00
        2         Kanne                50,00      100,00

        Gesamt netto      zzgl. 19 % MwSt. von 100,00     zzgl. 7 % MwSt. von 100,00     Zahlbetrag
            200,00 €                          19,00 €                         7,00 €       226,00 €
        """,
        {
            "invoice_number": "5398",
            "issue_date": "2024-07-13",
            "due_date": "2024-08-03",
            "net": "200.00",
            "tax": "26.00",
            "gross": "226.00",
        },
    ),
}


@pytest.mark.parametrize("name", PAPERS)
def test_what_many_papers_share(name: str) -> None:
    drawing, truth = PAPERS[name]

    draft = read(drawing)

    assert {field: draft.value(field) for field in truth} == truth  # type: ignore[arg-type]


def test_lines_without_a_head_are_those_that_add_up_to_the_sum_below_them() -> None:
    draft = read(
        """
        Wirtshaus Zum Raben
        Rechnung 754558                  10.07.2024
        1x Rinderroulade             22,56 A
        4x Kaiserschmarrn            35,32 A
        2x Espresso                   5,54 B
        SUMME EUR                    63,42
        Netto 7% A                   54,09
        MwSt 7%                       3,79
        """
    )

    assert [str(line.total) for line in draft.lines] == ["22.56", "35.32", "5.54"]


def test_a_sum_of_all_rows_above_it_in_the_column_ends_the_lines() -> None:
    draft = read(
        """
        Inkpot Printing BV
        Invoice 2021.81942

        Product                  Pieces      Each      Amount
        Business cards                1     40.28       40.28
        Posters                       2     10.00       20.00
                                            Goods       60.28
                              Loyalty thing 10%         -6.03
                                 Shipping (DPD)         14.50
        Taxable amount                                  68.75
        VAT 21%                                         14.44
        To pay                                      EUR 83.19
        """
    )

    assert [str(line.total) for line in draft.lines] == ["40.28", "20.00"]


def test_the_word_behind_a_vat_id_is_no_part_of_it() -> None:
    draft = read("Delacroix Limited     Invoice 4711\n\nVAT registration number IE 4816263A Account holder: Delacroix")

    assert draft.value("supplier_vat_id") == "IE4816263A"
