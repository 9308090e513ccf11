"""What the parts of an e-invoice are called in its readable view: German, Dutch, English."""

from __future__ import annotations

from typing import Final

LANGUAGES: Final = ("de", "nl", "en")
LOCALES: Final = {"de": "de_DE", "nl": "nl_NL", "en": "en_GB"}

#: A term of EN 16931 (a party's by its last part), or a heading: (de, nl, en).
WORDS: Final[dict[str, tuple[str, str, str]]] = {
    "invoice": ("Rechnung", "Factuur", "Invoice"),
    "credit_note": ("Gutschrift, Rechnungskorrektur", "Creditnota", "Credit note"),
    "seller": ("Verkäufer", "Verkoper", "Seller"),
    "buyer": ("Käufer", "Koper", "Buyer"),
    "payee": ("Zahlungsempfänger", "Begunstigde", "Payee"),
    "tax_representative": ("Steuervertreter", "Fiscaal vertegenwoordiger", "Tax representative"),
    "delivery": ("Lieferung an", "Levering aan", "Delivered to"),
    "facts": ("Angaben", "Gegevens", "Details"),
    "lines": ("Positionen", "Regels", "Lines"),
    "allowances": ("Nachlässe", "Kortingen", "Allowances"),
    "charges": ("Zuschläge", "Toeslagen", "Charges"),
    "taxes": ("Umsatzsteuer", "Btw", "VAT"),
    "totals": ("Summen", "Totalen", "Totals"),
    "payment": ("Zahlung", "Betaling", "Payment"),
    "notes": ("Bemerkungen", "Opmerkingen", "Notes"),
    "documents": ("Anlagen", "Bijlagen", "Attached documents"),
    "findings": ("Prüfung", "Controle", "Check"),
    "accept": ("Angenommen", "Aanvaard", "Accepted"),
    "accept_with_warnings": ("Angenommen mit Hinweisen", "Aanvaard met waarschuwingen", "Accepted with warnings"),
    "reject": ("Abgelehnt", "Afgewezen", "Rejected"),
    "not_checked": ("Nicht ganz geprüft", "Niet geheel gecontroleerd", "Not fully checked"),
    "error": ("Fehler", "Fout", "Error"),
    "warning": ("Warnung", "Waarschuwing", "Warning"),
    "information": ("Hinweis", "Informatie", "Information"),
    "nothing_found": ("Keine Beanstandung.", "Geen bevindingen.", "Nothing was found."),
    "original": (
        "Lesbare Ansicht; maßgeblich ist die XML-Datei.",
        "Leesbare weergave; het XML-bestand is leidend.",
        "A readable view; the XML file is what counts.",
    ),
    "number": ("Nummer", "Nummer", "Number"),
    "issue_date": ("Datum", "Datum", "Date"),
    "due_date": ("Fällig am", "Vervaldatum", "Due date"),
    "type_code": ("Art (UNTDID 1001)", "Soort (UNTDID 1001)", "Type (UNTDID 1001)"),
    "currency": ("Währung", "Valuta", "Currency"),
    "accounting_currency": ("Währung der Steuer", "Valuta van de btw", "VAT accounting currency"),
    "tax_point_date": ("Datum der Steuer", "Btw-datum", "Tax point date"),
    "tax_point_code": ("Steuerzeitpunkt (Code)", "Btw-tijdstip (code)", "Tax point (code)"),
    "buyer_reference": ("Käuferreferenz, Leitweg-ID", "Referentie koper", "Buyer reference"),
    "project": ("Projekt", "Project", "Project"),
    "contract": ("Vertrag", "Contract", "Contract"),
    "order": ("Bestellung", "Bestelling", "Purchase order"),
    "sales_order": ("Auftrag", "Verkooporder", "Sales order"),
    "receiving_advice": ("Wareneingang", "Ontvangstbewijs", "Receiving advice"),
    "despatch_advice": ("Lieferschein", "Pakbon", "Despatch advice"),
    "tender": ("Vergabe, Los", "Aanbesteding", "Tender or lot"),
    "invoiced_object": ("Abgerechnetes Objekt", "Gefactureerd object", "Invoiced object"),
    "buyer_accounting": ("Kontierung des Käufers", "Boekingsreferentie koper", "Buyer's accounting reference"),
    "preceding": ("Vorherige Rechnung", "Voorgaande factuur", "Preceding invoice"),
    "process": ("Geschäftsprozess", "Bedrijfsproces", "Business process"),
    "profile": ("Profil", "Profiel", "Profile"),
    "period": ("Zeitraum", "Periode", "Period"),
    "date": ("Geliefert am", "Geleverd op", "Delivered on"),
    "trading_name": ("Handelsname", "Handelsnaam", "Trading name"),
    "id": ("Kennung", "Identificatie", "Identifier"),
    "registration": ("Registernummer", "Registratienummer", "Registration"),
    "vat_id": ("USt-IdNr.", "Btw-nummer", "VAT number"),
    "tax_number": ("Steuernummer", "Belastingnummer", "Tax number"),
    "legal_notice": ("Rechtliche Angaben", "Juridische gegevens", "Legal information"),
    "endpoint": ("Elektronische Adresse", "Elektronisch adres", "Electronic address"),
    "contact": ("Kontakt", "Contactpersoon", "Contact"),
    "phone": ("Telefon", "Telefoon", "Telephone"),
    "email": ("E-Mail", "E-mail", "E-mail"),
    "position": ("Pos.", "Pos.", "Pos."),
    "description": ("Bezeichnung", "Omschrijving", "Description"),
    "quantity": ("Menge", "Aantal", "Quantity"),
    "price": ("Einzelpreis", "Stukprijs", "Unit price"),
    "rate": ("Steuer", "Btw", "VAT"),
    "total": ("Netto", "Netto", "Net"),
    "base": ("Grundbetrag", "Grondslag", "Base"),
    "amount": ("Betrag", "Bedrag", "Amount"),
    "reason": ("Grund", "Reden", "Reason"),
    "line_sum": ("Summe der Positionen", "Som van de regels", "Sum of lines"),
    "allowance_sum": ("Nachlässe", "Kortingen", "Allowances"),
    "charge_sum": ("Zuschläge", "Toeslagen", "Charges"),
    "net": ("Summe ohne Umsatzsteuer", "Totaal zonder btw", "Total without VAT"),
    "tax": ("Umsatzsteuer", "Btw", "VAT"),
    "accounting_tax": ("Umsatzsteuer in Landeswährung", "Btw in boekhoudvaluta", "VAT in accounting currency"),
    "gross": ("Rechnungsbetrag", "Totaal met btw", "Total with VAT"),
    "prepaid": ("Bereits gezahlt", "Reeds betaald", "Paid already"),
    "rounding": ("Rundung", "Afronding", "Rounding"),
    "due": ("Zu zahlen", "Te betalen", "Amount due"),
    "remittance": ("Verwendungszweck", "Betalingskenmerk", "Remittance information"),
    "mandate": ("Lastschriftmandat", "Incassomachtiging", "Direct debit mandate"),
    "creditor_id": ("Gläubiger-ID", "Incassant-ID", "Creditor identifier"),
    "payment_terms": ("Zahlungsbedingungen", "Betalingsvoorwaarden", "Payment terms"),
    "cash_discount": ("Skonto bei Zahlung bis", "Betalingskorting bij betaling tot", "Cash discount if paid by"),
    "code": ("Zahlungsart", "Betaalwijze", "Payment means"),
    "text": ("Hinweis zur Zahlung", "Toelichting betaling", "Payment means text"),
    "account": ("IBAN oder Konto", "IBAN of rekening", "IBAN or account"),
    "account_name": ("Kontoinhaber", "Rekeninghouder", "Account name"),
    "bic": ("BIC", "BIC", "BIC"),
    "card": ("Karte", "Kaart", "Card"),
    "card_holder": ("Karteninhaber", "Kaarthouder", "Card holder"),
    "debited_account": ("Belastetes Konto", "Gedebiteerde rekening", "Debited account"),
    "seller_id": ("Artikelnr. des Verkäufers", "Artikelnr. verkoper", "Seller's item no."),
    "buyer_id": ("Artikelnr. des Käufers", "Artikelnr. koper", "Buyer's item no."),
    "standard_id": ("Artikelkennung", "Artikelcode", "Item identifier"),
    "classification": ("Klassifikation", "Classificatie", "Classification"),
    "origin": ("Ursprungsland", "Land van herkomst", "Country of origin"),
    "object": ("Objekt", "Object", "Object"),
    "order_line": ("Position der Bestellung", "Bestelregel", "Order line"),
    "accounting": ("Kontierung", "Boekingsreferentie", "Accounting reference"),
    "gross_price": ("Bruttopreis", "Brutoprijs", "Gross price"),
    "price_discount": ("Preisnachlass", "Prijskorting", "Price discount"),
    "rule": ("Regel", "Regel", "Rule"),
    "location": ("Stelle", "Plaats", "Place"),
    "severity": ("Schwere", "Ernst", "Severity"),
}

#: Categories of VAT (UNTDID 5305).
CATEGORIES: Final[dict[str, tuple[str, str, str]]] = {
    "S": ("Regelsatz", "normaal", "standard"),
    "Z": ("Nullsatz", "nultarief", "zero rated"),
    "E": ("steuerbefreit", "vrijgesteld", "exempt"),
    "AE": ("Steuerschuld beim Empfänger", "verlegd", "reverse charge"),
    "K": ("innergemeinschaftlich", "intracommunautair", "intra-Community"),
    "G": ("Ausfuhr", "uitvoer", "export"),
    "O": ("nicht steuerbar", "niet belastbaar", "outside scope"),
    "L": ("IGIC", "IGIC", "IGIC"),
    "M": ("IPSI", "IPSI", "IPSI"),
}
#: Units of UN/ECE recommendation 20 that are not their own name.
UNITS: Final[dict[str, tuple[str, str, str]]] = {
    **dict.fromkeys(("C62", "H87", "EA", "XPP"), ("Stk.", "st.", "pcs")),
    "HUR": ("Std.", "uur", "h"),
    "DAY": ("Tage", "dagen", "days"),
    "MON": ("Monate", "maanden", "months"),
    "ANN": ("Jahre", "jaren", "years"),
    "LS": ("pauschal", "vast bedrag", "lump sum"),
    "KGM": ("kg", "kg", "kg"),
    "LTR": ("l", "l", "l"),
    "MTR": ("m", "m", "m"),
    "MTK": ("m²", "m²", "m²"),
    "KWH": ("kWh", "kWh", "kWh"),
    "MIN": ("Min.", "min.", "min"),
}
#: Payment means (UNTDID 4461).
MEANS: Final[dict[str, tuple[str, str, str]]] = {
    "10": ("Bargeld", "contant", "cash"),
    "20": ("Scheck", "cheque", "cheque"),
    **dict.fromkeys(("30", "31", "42"), ("Überweisung", "overschrijving", "credit transfer")),
    "48": ("Karte", "kaart", "card"),
    "49": ("Lastschrift", "automatische incasso", "direct debit"),
    "57": ("Dauerauftrag", "doorlopende opdracht", "standing order"),
    "58": ("SEPA-Überweisung", "SEPA-overschrijving", "SEPA credit transfer"),
    "59": ("SEPA-Lastschrift", "SEPA-incasso", "SEPA direct debit"),
    "97": ("Verrechnung", "verrekening", "clearing"),
}


def word(key: str, language: str) -> str:
    """What a term or heading is called; a term without a word of its own is called by its name."""
    return said(WORDS, key, language)


def said(table: dict[str, tuple[str, str, str]], key: str, language: str) -> str:
    """The entry of `table` for a code in `language`, else the code itself."""
    entry = table.get(key)
    return entry[LANGUAGES.index(language)] if entry else key.replace("_", " ")
