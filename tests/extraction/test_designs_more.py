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
}


@pytest.mark.parametrize("name", PAPERS)
def test_what_many_papers_share(name: str) -> None:
    drawing, truth = PAPERS[name]

    draft = read(drawing)

    assert {field: draft.value(field) for field in truth} == truth  # type: ignore[arg-type]
