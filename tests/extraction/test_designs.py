"""Papers in designs that no generator of ours draws: what offices, shops and programs really print, in our words."""

from __future__ import annotations

from typing import Any

import pytest
from paper import read

PAPERS: dict[str, tuple[str, dict[str, Any]]] = {
    "a report of an open-source ERP": (
        """
        OurFirm
        250 Executive Park Blvd, Suite 3400
        San Francisco CA 94134
        United States

                                                                          Lazuli Interior
                                                                          4557 De Silva St
                                                                          Fremont CA 94538
                                                                          United States

        Invoice INV/2021/00001

        Invoice Date:      Due Date:       Source:
        05/01/2021         05/31/2021      S00015

        Description                          Quantity      Unit Price     Taxes          Amount
        [F-77] Office Chair             3.00 Units    70.00          Tax 15.00%     $ 210.00

                                                           Untaxed Amount       $ 210.00
                                                           Tax 15%              $ 31.50
                                                           Total                $ 241.50

        Please use the following communication for your payment : INV/2021/00001
        Payment terms: 30 Days

        +1 (650) 555-0111   info@ourfirm.com   http://www.example.com
        """,
        {
            "supplier_name": "OurFirm",
            "invoice_number": "INV/2021/00001",
            "issue_date": "2021-05-01",
            "due_date": "2021-05-31",
            "net": "210.00",
            "tax": "31.50",
            "gross": "241.50",
            "currency": "USD",
        },
    ),
    "seller and buyer under From and To": (
        """
                                                               INVOICE

        From:                                                  Invoice Number      INV-3337
        DEMO - Slim Invoices                                 Order Number        12345
        Suite 5A-1204                                          Invoice Date        January 25, 2016
        123 Somewhere Street                                   Due Date            January 31, 2016
        Your City AZ 12345                                     Total Due           $93.50
        admin@sliminvoices.com

        To:
        Test Business
        123 Somewhere St
        Melbourne, VIC 3000
        test@test.com

        Hrs/Qty      Service                        Rate/Price     Adjust      Sub Total
        1.00         Web Design                     $85.00         0.00%       $85.00
                     This is a sample description...
                                                                   Sub Total   $85.00
                                                                   Tax         $8.50
                                                                   Total       $93.50
        ANZ Bank
        ACC # 1234 1234
        BSB # 4321 432

        Payment is due within 30 days from date of invoice. Late payment is subject to fees of 5% per month.
        Thanks for choosing DEMO - Slim Invoices | admin@sliminvoices.com
        Page 1/1
        """,
        {
            "supplier_name": "DEMO - Slim Invoices",
            "invoice_number": "INV-3337",
            "issue_date": "2016-01-25",
            "due_date": "2016-01-31",
            "net": "85.00",
            "tax": "8.50",
            "gross": "93.50",
        },
    ),
    "a telephone bill": (
        """
                                                  Facture n°562044387 du 02 juillet 2015
        Libre - Service Clients
        Libre SAS au capital de 3 441 812 euros - RCS PARIS B 421 938 861
        8 rue de la ville l'évêque, 75008 PARIS
        N° TVA : FR 60 421 938 861
                                                   Mme Marie Dupont
                                                   12 rue des Lilas
                                                   69003 LYON
        Identifiant : 12345678
        Période du 01/07/2015 au 31/07/2015
        Désignation                                Montant HT     TVA      Montant TTC
        Forfait Internet                            24,99          20%      29,99
        Total HT                                   24,99
        Total TVA 20,00%                           5,00
        Total facture TTC                          29,99 euros
        Prélèvement automatique le 07/07/2015 sur le compte FR76 3000 1000 0100 0000 0000 000
        """,
        {
            "invoice_number": "562044387",
            "issue_date": "2015-07-02",
            "net": "24.99",
            "tax": "5.00",
            "gross": "29.99",
            "supplier_vat_id": "FR60421938861",
            "currency": "EUR",
        },
    ),
    "letterhead in columns": (
        """
        ACME Design                     www.acme.design        12 Market Street
                                        hello@acme.design      London W1A 1AA
                                        +44 20 7946 0000       VAT: GB123456789

        INVOICE
        Invoice Number    0042                    Jane Client Ltd
        PO Number         77                      1 Client Road
        Invoice Date      12 Mar 2023             Bristol BS1 1AA
        Due Date          26 Mar 2023
        Balance Due       £1,440.00

        Item          Description             Unit Cost      Quantity     Line Total
        Design        Logo redesign           £600.00        2            £1,200.00

                                              Subtotal                    £1,200.00
                                              VAT 20%                     £240.00
                                              Paid to Date                £0.00
                                              Balance Due                 £1,440.00
        """,
        {
            "supplier_name": "ACME Design",
            "invoice_number": "0042",
            "issue_date": "2023-03-12",
            "due_date": "2023-03-26",
            "net": "1200.00",
            "tax": "240.00",
            "gross": "1440.00",
            "supplier_vat_id": "GB123456789",
            "currency": "GBP",
        },
    ),
    "a person as supplier, place and date above the title": (
        """
        Max Mustermann
        Grafikdesign
        Musterweg 1, 12345 Berlin


        Beispiel AG
        Frau Schmidt
        Hauptstraße 5
        54321 Köln

                                                                 Berlin, 3. Februar 2022

        Rechnung 2022-007

        Sehr geehrte Frau Schmidt,
        für meine Leistungen im Januar 2022 erlaube ich mir zu berechnen:

        Logoentwicklung      10 Std. à 80,00 €           800,00 €
        Briefbogen           pauschal                    200,00 €

        Summe                                          1.000,00 €
        + 19 % MwSt.                                     190,00 €
        Rechnungsbetrag                                1.190,00 €

        Bitte überweisen Sie den Betrag innerhalb von 14 Tagen auf das Konto
        IBAN DE02 1203 0000 0000 2020 51, BIC BYLADEM1001
        Steuernummer: 12/345/67890
        """,
        {
            "supplier_name": "Max Mustermann",
            "invoice_number": "2022-007",
            "issue_date": "2022-02-03",
            "net": "1000.00",
            "tax": "190.00",
            "gross": "1190.00",
            "iban": "DE02120300000000202051",
            "supplier_vat_id": None,
        },
    ),
    "a date with a blank before its comma": (
        """
        Nimbus Web Services EMEA SARL
        38 avenue John F. Kennedy, L-1855 Luxembourg
        VAT Number: LU26888617
                                                           Invoice
                                                           Invoice Number:     NIMFR23-12345
        Bill to Address:                                   Invoice Date:       3 August , 2023
        Firma Kunde GmbH                                   TOTAL AMOUNT DUE ON 3 August , 2023     EUR 119.00
        Account number: 1234567
        VAT Number: DE123456789

        This invoice is for the billing period July 1 - July 31 , 2023

        Summary
        Service Charges                                                   EUR 100.00
           Charges                                                            EUR 100.00
           VAT - 19%                                                          EUR 19.00
        Total for this invoice                                                EUR 119.00
        """,
        {
            "supplier_name": "Nimbus Web Services EMEA SARL",
            "invoice_number": "NIMFR23-12345",
            "issue_date": "2023-08-03",
            "due_date": "2023-08-03",
            "gross": "119.00",
            "tax": "19.00",
            "supplier_vat_id": "LU26888617",
        },
    ),
    "a baker's bill": (
        """
        Bakkerij Jansen
        Dorpsstraat 12
        1234 AB Amersfoort
        KvK 12345678  BTW NL001234567B01
        bank NL91 ABNA 0417 1643 00

        FACTUUR

        Aan: Hotel De Wereld
        Stationsplein 1
        6811 KG Arnhem

        Factuurnr: 2023.0456     Datum: 5 mei 2023

        Omschrijving                Aantal   Prijs     Totaal
        Brood wit                   100      1,50      150,00
        Croissants                  200      0,80      160,00

        Subtotaal                                      310,00
        BTW 9%                                          27,90
        Totaal te voldoen                            € 337,90

        Gelieve binnen 14 dagen te voldoen o.v.v. factuurnummer.
        """,
        {
            "supplier_name": "Bakkerij Jansen",
            "invoice_number": "2023.0456",
            "issue_date": "2023-05-05",
            "net": "310.00",
            "tax": "27.90",
            "gross": "337.90",
            "iban": "NL91ABNA0417164300",
            "supplier_vat_id": "NL001234567B01",
            "currency": "EUR",
        },
    ),
    "a receipt named after its writer": (
        """
        Receipt from Papermill Labs, Inc.

        Invoice number    2E7F3A-0004
        Receipt number    2345-6789
        Date paid         March 7, 2024
        Payment method    Visa - 4242

        Papermill Labs, Inc.                     Bill to
        2300 Harrison St                      Erika Muster
        San Francisco, California 94110       Musterstr. 3
        United States                         10115 Berlin
        team@papermill.com                   Germany

        $96.00 paid on March 7, 2024

        Description                   Qty     Unit price    Amount
        Plus Plan                     1       $96.00        $96.00
        Mar 7, 2024 – Mar 7, 2025
                                      Subtotal              $96.00
                                      Total                 $96.00
                                      Amount paid           $96.00
        """,
        {
            "supplier_name": "Papermill Labs, Inc.",
            "invoice_number": "2E7F3A-0004",
            "issue_date": "2024-03-07",
            "gross": "96.00",
            "net": "96.00",
            "tax": None,
            "due_date": None,
            "currency": "USD",
        },
    ),
    "a small business without VAT": (
        """
        Jean Dupuis                                            Facture n° F2023-017
        Développeur freelance
        5 rue de la Paix                                       Lyon, le 15 mars 2023
        69001 Lyon
        SIRET : 123 456 789 00012

                                            Société Exemple SAS
                                            10 avenue des Champs
                                            75008 Paris

        Désignation               Quantité     Prix unitaire     Total
        Développement site web    5 jours      400,00 €          2 000,00 €

                                               Total HT          2 000,00 €
        TVA non applicable, art. 293 B du CGI
                                               Net à payer       2 000,00 €

        Paiement à réception par virement : IBAN FR76 3000 6000 0112 3456 7890 189
        """,
        {
            "supplier_name": "Jean Dupuis",
            "invoice_number": "F2023-017",
            "issue_date": "2023-03-15",
            "gross": "2000.00",
            "net": "2000.00",
            "tax": None,
            "iban": "FR7630006000011234567890189",
        },
    ),
    "sums side by side": (
        """
        TALLERES GARCIA S.L.                                  FACTURA
        C/ Industria 24                                       Nº: A/2023/118
        28906 Getafe (Madrid)                                 Fecha: 12/04/2023
        CIF: B-12345678
        Tel. 916 000 000                                      Cliente:
                                                              Transportes López S.A.
                                                              CIF: A87654321
                                                              Avda. Europa 3
                                                              28100 Alcobendas
        Cant.    Concepto                      Precio       Importe
        1        Cambio de aceite              60,00        60,00
        4        Neumáticos                    95,00        380,00
                               Base imponible    21% IVA     TOTAL
                               440,00            92,40       532,40 €
        Forma de pago: Domiciliación bancaria
        Vencimiento: 12/05/2023
        """,
        {
            "supplier_name": "TALLERES GARCIA S.L.",
            "invoice_number": "A/2023/118",
            "issue_date": "2023-04-12",
            "due_date": "2023-05-12",
            "net": "440.00",
            "tax": "92.40",
            "gross": "532.40",
        },
    ),
    "two rates with their bases and a cash discount": (
        """
        Lieferant GmbH
        Lieferantenstraße 20
        80333 München

        Kunden AG Mitte
        Hans Muster
        Kundenstraße 15
        69876 Frankfurt

                                               Rechnung 471102
                                               Rechnungsdatum 05.03.2013
                                               Leistungsdatum 05.03.2013
                                               Kundennummer  GE2020211

        Artikel   Bezeichnung          Menge      Einzelpreis   MwSt   Gesamt
        TB100A4   Trennblätter A4      20 Stk     9,90          19%    198,00
        ARNR2     Joghurt Banane       50 Stk     5,50          7%     275,00

        Warenwert                                                      473,00
        MwSt. 19% von 198,00                                            37,62
        MwSt. 7% von 275,00                                             19,25
        Bruttosumme                                                    529,87

        Zahlbar innerhalb 30 Tagen netto bis 04.04.2013, 3% Skonto innerhalb 10 Tagen bis 15.03.2013
        Lieferant GmbH Handelsregisternr. H A 123 Amtsgericht München USt-ID DE123456789
        """,
        {
            "supplier_name": "Lieferant GmbH",
            "invoice_number": "471102",
            "issue_date": "2013-03-05",
            "due_date": "2013-04-04",
            "net": "473.00",
            "tax": "56.87",
            "gross": "529.87",
            "supplier_vat_id": "DE123456789",
        },
    ),
    "address in single lines": (
        """
                                                                  Brown & Green Ltd
                                                                  Unit 4, Mill Park
                                                                  Leeds
                                                                  LS1 4AB
                                                                  VAT Reg: GB 123 4567 89
        INVOICE
        To:                                            Invoice no: 1187
        Mrs A Smith                                    Date: 03/04/24
        14 Elm Road                                    Terms: 30 days
        York YO1 7AA

        Qty    Description             Unit price      VAT      Net
        3      Oak shelf               45.00           20%      135.00
        1      Delivery                15.00           20%      15.00

                                       Net total                £150.00
                                       VAT                      £30.00
                                       Total                    £180.00
        BACS: Sort code 12-34-56  Account 12345678  Brown & Green Ltd
        Registered in England No 01234567
        """,
        {
            "supplier_name": "Brown & Green Ltd",
            "invoice_number": "1187",
            "issue_date": "2024-04-03",
            "net": "150.00",
            "tax": "30.00",
            "gross": "180.00",
            "supplier_vat_id": "GB123456789",
            "currency": "GBP",
        },
    ),
    "apostrophes and a VAT number with its ending": (
        """
        Muster AG, Bahnhofstrasse 1, 8001 Zürich

        Herr
        Peter Beispiel
        Dorfstrasse 7
        3000 Bern

        Rechnung                              Zürich, 12. März 2024

        Rechnungs-Nr.     10042
        Kunden-Nr.        5587
        Zahlbar bis       11.04.2024

        Beschreibung                 Anzahl     Preis      Total CHF
        Beratung                     12.5       180.00     2'250.00
        Spesen                                             85.50

        Zwischentotal                                      2'335.50
        MWST 8.1%                                            189.20
        Total CHF                                          2'524.70

        MWST-Nr. CHE-123.456.789 MWST
        IBAN CH93 0076 2011 6238 5295 7
        """,
        {
            "supplier_name": "Muster AG",
            "invoice_number": "10042",
            "issue_date": "2024-03-12",
            "due_date": "2024-04-11",
            "net": "2335.50",
            "tax": "189.20",
            "gross": "2524.70",
            "supplier_vat_id": "CHE123456789MWST",
            "iban": "CH9300762011623852957",
            "currency": "CHF",
        },
    ),
    "a tax named by letters": (
        """
        TAX INVOICE
        ABC Traders Pvt Ltd                      Invoice No. : AB/23-24/0087
        12, MG Road, Bengaluru 560001            Dated : 14-Aug-2023
        GSTIN: 29ABCDE1234F1Z5
        Buyer (Bill to)
        XYZ Stores
        44 Anna Salai, Chennai 600002
        GSTIN: 33XYZDE1234F1Z9

        Sl  Description of Goods    HSN     Quantity   Rate       Amount
        1   Ball pens               9608    100 Nos    10.00      1,000.00
        2   Notebooks               4820    50 Nos     40.00      2,000.00
            IGST 18%                                              540.00
            Total                           150 Nos               ₹ 3,540.00
        Amount chargeable (in words): INR Three Thousand Five Hundred Forty Only
        """,
        {
            "supplier_name": "ABC Traders Pvt Ltd",
            "invoice_number": "AB/23-24/0087",
            "issue_date": "2023-08-14",
            "tax": "540.00",
            "gross": "3540.00",
            "currency": "INR",
        },
    ),
    "a credit note that names its invoice": (
        """
        Muster GmbH
        Weg 1, 10115 Berlin

        Kunde KG
        Platz 2
        20095 Hamburg

        Gutschrift Nr. GS-2024-003                      Datum: 10.05.2024
        zur Rechnung Nr. RE-2024-117 vom 02.05.2024

        Pos   Bezeichnung      Menge    Preis      Betrag
        1     Retoure Stuhl    -1       119,00     -119,00

        Netto                                      -119,00
        zzgl. 19% USt                               -22,61
        Gutschriftbetrag                           -141,61 EUR
        USt-IdNr. DE123456789
        """,
        {
            "supplier_name": "Muster GmbH",
            "invoice_number": "GS-2024-003",
            "issue_date": "2024-05-10",
            "net": "-119.00",
            "tax": "-22.61",
            "gross": "-141.61",
        },
    ),
    "number and form glued": (
        """
        ROSSI IMPIANTI SRL                         FATTURA N. 45/2023
        Via Milano 3 - 20121 Milano (MI)           Data 30/06/2023
        P.IVA 01234567890 - C.F. 01234567890

                                                   Spett.le
                                                   BIANCHI S.P.A.
                                                   Corso Torino 8
                                                   10100 Torino (TO)
                                                   P.IVA 09876543210

        Descrizione               Q.tà    Prezzo      IVA    Importo
        Manutenzione caldaia      1       250,00      22     250,00

        Imponibile                                           250,00
        IVA 22%                                               55,00
        TOTALE FATTURA                                    €  305,00
        Scadenza: 31/07/2023 bonifico IBAN IT60X0542811101000000123456
        """,
        {
            "supplier_name": "ROSSI IMPIANTI SRL",
            "invoice_number": "45/2023",
            "issue_date": "2023-06-30",
            "due_date": "2023-07-31",
            "net": "250.00",
            "tax": "55.00",
            "gross": "305.00",
            "iban": "IT60X0542811101000000123456",
        },
    ),
    "stars behind the name, tax included": (
        """
        Hotel Adler ****
        Inh. Maria Huber · Seestraße 9 · 83209 Prien

        Frau Karin Meier
        Parkweg 4
        50667 Köln

        Rechnung Nr. 20231/A              Prien, 14.08.2023
        Anreise 12.08.2023   Abreise 14.08.2023   Zimmer 12

        2 x Übernachtung Doppelzimmer     95,00       190,00
        2 x Frühstück                     12,50        25,00
        Kurtaxe                                         6,00

        Gesamtbetrag                                  221,00 EUR
        enthaltene MwSt 7%  auf 190,00 netto 177,57    12,43
        enthaltene MwSt 19% auf  25,00 netto  21,01     3,99
        Betrag dankend per EC-Karte erhalten.
        St.-Nr. 156/123/45678
        """,
        {
            "supplier_name": "Hotel Adler",
            "invoice_number": "20231/A",
            "issue_date": "2023-08-14",
            "gross": "221.00",
            "due_date": None,
            "currency": "EUR",
        },
    ),
    "parties side by side with ids": (
        """
        Seller                                  Client
        Global Parts Inc.                       Mueller Maschinenbau
        77 Wall Ave                             Industriestr. 4
        Newport, RI 02840                       70173 Stuttgart
        Tax Id: 987-65-4321                     Tax Id: 912-34-5678
        IBAN: GB75MCRL06841367619257

        Invoice no: 51109338
        Date of issue: 04/13/2013

        ITEMS
        No.   Description          Qty    UM     Net price   Net worth   VAT [%]   Gross worth
        1.    CLEARANCE! Desktop   3,00   each   209,00      627,00      10%       689,70
        2.    HP Tower             2,00   each   100,00      200,00      10%       220,00

        SUMMARY
                  VAT [%]    Net worth    VAT      Gross worth
                  10%        827,00       82,70    909,70
        Total                $ 827,00     $ 82,70  $ 909,70
        """,
        {
            "supplier_name": "Global Parts Inc.",
            "invoice_number": "51109338",
            "issue_date": "2013-04-13",
            "net": "827.00",
            "tax": "82.70",
            "gross": "909.70",
            "iban": "GB75MCRL06841367619257",
            "currency": "USD",
            "due_date": None,
        },
    ),
    "a part invoice of a builder": (
        """
        Bauhandwerk Seidel GmbH · Am Steinbruch 4 · 01257 Dresden

        Familie Lange                                    Datum           17.06.2024
        Rosenweg 8                                       Rechnungs-Nr.   24-0388
        01326 Dresden                                    Kunden-Nr.      10077
                                                         Bauvorhaben     Dachausbau

        Schlussrechnung

        Pos.  Leistung                          Menge    EP          GP
        1     Dämmung                           80 m²    35,00 €     2.800,00 €
        2     Gipskarton                        80 m²    42,50 €     3.400,00 €

        Summe netto                                                  6.200,00 €
        zzgl. 19 % MwSt.                                             1.178,00 €
        Gesamtsumme                                                  7.378,00 €
        abzgl. 1. Abschlagsrechnung 24-0301 vom 02.05.2024          -3.000,00 €
        Restbetrag                                                   4.378,00 €

        Zahlbar bis 01.07.2024 ohne Abzug.
        Bauhandwerk Seidel GmbH   Sparkasse Dresden   IBAN DE12 8505 0300 0123 4567 89   USt-IdNr. DE234567890
        """,
        {
            "supplier_name": "Bauhandwerk Seidel GmbH",
            "invoice_number": "24-0388",
            "issue_date": "2024-06-17",
            "due_date": "2024-07-01",
            "net": "6200.00",
            "tax": "1178.00",
            "gross": "7378.00",
            "iban": "DE12850503000123456789",
            "supplier_vat_id": "DE234567890",
        },
    ),
    "a market place names the seller": (
        """
        Rechnung
        Verkauft von Lampenladen Kirsch e.K.
        USt-IDNr. DE198765432

                                              Rechnungsdatum / Lieferdatum    04. Januar 2024
                                              Rechnungsnummer                 DE400ABC12DE
                                              Zahlbetrag                      48,90 €
        Rechnungsadresse       Lieferadresse         Verkauft von
        Ute Sommer             Ute Sommer            Lampenladen Kirsch e.K.
        Ringstr. 5             Ringstr. 5            Hafengasse 9
        22767 Hamburg          22767 Hamburg         18055 Rostock

        Bestelldatum 02. Januar 2024
        Bestellnummer 303-1234567-7654321

        Beschreibung           Menge    Stückpreis      USt. %    Stückpreis      Zwischensumme
                                        (ohne USt.)               (inkl. USt.)    (inkl. USt.)
        Stehlampe Oslo         1        41,09 €         19%       48,90 €         48,90 €

                                                         Gesamtpreis              48,90 €
        USt. %     Zwischensumme (ohne USt.)     USt.
        19%        41,09 €                       7,81 €
        Gesamt     41,09 €                       7,81 €
        """,
        {
            "supplier_name": "Lampenladen Kirsch e.K.",
            "invoice_number": "DE400ABC12DE",
            "issue_date": "2024-01-04",
            "net": "41.09",
            "tax": "7.81",
            "gross": "48.90",
            "supplier_vat_id": "DE198765432",
        },
    ),
    "a shop with tax included": (
        """
        Teehaus Morgenrot                                          Rechnung #10052
        Marktplatz 3                                               12. Mai 2024
        79098 Freiburg

        Rechnungsadresse
        Lea Winter
        Seeweg 2
        78462 Konstanz

        Artikel                     Anzahl    Einzelpreis    Preis
        Assam 250 g                 2         9,90 €         19,80 €
        Teekanne                    1         24,00 €        24,00 €

        Zwischensumme                                        43,80 €
        Versand                                               4,90 €
        Gesamtsumme                                          48,70 €
        Enthaltene MwSt. 7 %                                  1,30 €
        Enthaltene MwSt. 19 %                                 4,61 €

        Bezahlt mit PayPal
        USt-IdNr.: DE111222333
        """,
        {
            "supplier_name": "Teehaus Morgenrot",
            "invoice_number": "10052",
            "issue_date": "2024-05-12",
            "tax": "5.91",
            "gross": "48.70",
            "supplier_vat_id": "DE111222333",
            "due_date": None,
        },
    ),
    "a word processor's template": (
        """
        Cedar Works                                                INVOICE
        123 Street, Anytown, WA 98000                              INVOICE # 100
        Phone 425-555-0100  Fax 425-555-0101                       DATE: 9/1/2019

        TO:                                        SHIP TO:
        Meadow Dairy                              Meadow Dairy
        456 Farm Road                              456 Farm Road
        Othertown, WA 98111                        Othertown, WA 98111

        SALESPERSON     P.O. NUMBER     SHIPPED VIA     TERMS
        J. Doe          7781            Truck           Due on receipt

        QUANTITY     DESCRIPTION             UNIT PRICE      TOTAL
        4            Cedar planks            25.00           100.00
        1            Delivery                15.00           15.00

                                             SUBTOTAL        115.00
                                             SALES TAX       9.20
                                             TOTAL DUE       $124.20
        Make all checks payable to Cedar Works
        """,
        {
            "supplier_name": "Cedar Works",
            "invoice_number": "100",
            "issue_date": "2019-09-01",
            "net": "115.00",
            "tax": "9.20",
            "gross": "124.20",
            "currency": "USD",
        },
    ),
    "hours and a balance": (
        """
        INVOICE #58
        Inkwell Studio LLC
        200 Pine St, Suite 9, Seattle, WA 98101
        hello@inkwell.studio

        BILLED TO                     DATE ISSUED           DUE DATE
        Harbor Coffee Inc.            February 3, 2023      March 5, 2023
        9 Pier Rd, Tacoma, WA 98402

        Service                       Hours       Rate        Amount
        Illustration                  12          $90.00      $1,080.00
        Layout                        6           $80.00      $480.00

        Total                                                 $1,560.00
        Amount paid                                           $0.00
        Balance due                                           $1,560.00
        """,
        {
            "supplier_name": "Inkwell Studio LLC",
            "invoice_number": "58",
            "issue_date": "2023-02-03",
            "due_date": "2023-03-05",
            "net": "1560.00",
            "gross": "1560.00",
            "tax": None,
        },
    ),
    "payable to": (
        """
        Lumen Interiors
        14 Quay Street
        Galway H91 AB12
        (091) 555 010

        Invoice
        Submitted on 03/21/2023

        Invoice for             Payable to              Invoice #
        Mary Burke              Lumen Interiors         0123
        8 Hill Road
        Galway H91 XY34         Project                 Due date
                                Kitchen                 04/04/2023

        Description             Qty       Unit price        Total price
        Lamp                    2         €60.00            €120.00
        Fitting                 1         €80.00            €80.00

                                Subtotal                    €200.00
                                VAT 23%                     €46.00
                                Total                       €246.00
        """,
        {
            "supplier_name": "Lumen Interiors",
            "invoice_number": "0123",
            "issue_date": "2023-03-21",
            "due_date": "2023-04-04",
            "net": "200.00",
            "tax": "46.00",
            "gross": "246.00",
            "currency": "EUR",
        },
    ),
    "an Austrian office": (
        """
        Dr. Gruber Steuerberatung GmbH
        Mariahilfer Straße 50
        1070 Wien
        UID-Nr.: ATU12345678, FN 123456a

        Weingut Berger
        Kellergasse 3
        2070 Retz

        Honorarnote Nr. 2024-15                                  Wien, am 29.02.2024

        Leistungszeitraum: Jänner 2024

        Buchhaltung                                   EUR        350,00
        Lohnverrechnung                               EUR        120,00
        Summe                                         EUR        470,00
        20% USt                                       EUR         94,00
        Gesamtbetrag                                  EUR        564,00

        Zahlbar binnen 14 Tagen. IBAN: AT61 1904 3002 3457 3201
        """,
        {
            "supplier_name": "Dr. Gruber Steuerberatung GmbH",
            "invoice_number": "2024-15",
            "issue_date": "2024-02-29",
            "net": "470.00",
            "tax": "94.00",
            "gross": "564.00",
            "supplier_vat_id": "ATU12345678",
            "iban": "AT611904300234573201",
        },
    ),
    "a Belgian invoice": (
        """
        Drukkerij De Pers NV
        Nieuwstraat 10 - 9000 Gent
        BTW BE 0123.456.789 - RPR Gent
        IBAN BE68 5390 0754 7034 - BIC KREDBEBB

        FACTUUR                                Klant
        Factuurnummer: V2024/0098              Atelier Noord BV
        Factuurdatum: 15/03/2024               Kaai 7
        Vervaldag: 14/04/2024                  2000 Antwerpen
        Uw ref.: bestelling maart              BTW BE 0987.654.321

        Omschrijving              Aantal     Prijs      Totaal
        Flyers A5                 1000       0,12       120,00
        Affiches                  50         3,50       175,00

        Maatstaf van heffing      BTW %      BTW        Totaal
        295,00                    21         61,95      356,95

        Te betalen: € 356,95
        Mededeling: +++123/4567/89012+++
        """,
        {
            "supplier_name": "Drukkerij De Pers NV",
            "invoice_number": "V2024/0098",
            "issue_date": "2024-03-15",
            "due_date": "2024-04-14",
            "net": "295.00",
            "tax": "61.95",
            "gross": "356.95",
            "supplier_vat_id": "BE0123456789",
            "iban": "BE68539007547034",
            "currency": "EUR",
        },
    ),
    "a taxi": (
        """
        Taxi Blitz
        Inhaber: Ali Demir
        Hansaring 4, 48155 Münster
        St.-Nr. 336/5012/3456

        Quittung Nr. 3391             Datum 07.11.2023

        Fahrt von Hauptbahnhof nach Flughafen
        Fahrpreis inkl. 7% MwSt       32,10 EUR
        Nettobetrag                   30,00 EUR
        MwSt 7%                        2,10 EUR
        Betrag bar erhalten
        """,
        {
            "invoice_number": "3391",
            "issue_date": "2023-11-07",
            "net": "30.00",
            "tax": "2.10",
            "gross": "32.10",
            "currency": "EUR",
        },
    ),
    "a French firm": (
        """
        SARL MARTIN PLOMBERIE
        12 rue des Acacias - 31000 Toulouse
        Tél : 05 61 00 00 00 - contact@martin-plomberie.fr
        SIRET 123 456 789 00011 - TVA intracommunautaire FR12123456789

                                                        M. et Mme Petit
                                                        4 impasse du Lac
                                                        31200 Toulouse

        Facture N° : FA00231                            Toulouse, le 05/02/2024
        Échéance : 06/03/2024

        Réf      Désignation             Qté      P.U. HT      TVA      Montant HT
        PLB1     Chauffe-eau 200 L       1        480,00       10       480,00
        MO       Main d'œuvre            4        45,00        10       180,00

                                                  Total HT              660,00
                                                  TVA 10 %               66,00
                                                  Total TTC             726,00
                                                  Acompte               200,00
                                                  Net à payer           526,00 €
        """,
        {
            "supplier_name": "SARL MARTIN PLOMBERIE",
            "invoice_number": "FA00231",
            "issue_date": "2024-02-05",
            "due_date": "2024-03-06",
            "net": "660.00",
            "tax": "66.00",
            "gross": "726.00",
            "supplier_vat_id": "FR12123456789",
        },
    ),
}


@pytest.mark.parametrize("design", PAPERS)
def test_a_design_nobody_drew_for_us(design: str) -> None:
    drawing, truth = PAPERS[design]
    draft = read(drawing)

    assert {name: draft.value(name) for name in truth} == truth  # type: ignore[arg-type]
