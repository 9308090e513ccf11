"""The words of our invoices and credit notes in the customer's language: German, Dutch, English.

A German credit note is a `Rechnungskorrektur`: `Gutschrift` names an invoice that the buyer writes (§ 14 (2) UStG).
The notes on VAT cite Directive 2006/112/EC, which holds whatever member state the seller is in; the wording is that of
Art. 226 no. 11 and 11a in each language.
"""

from __future__ import annotations

from typing import Final

from tasks.wording import Words, in_language

#: key: (de, nl, en)
_WORDS: Final[Words] = {
    "invoice": ("Rechnung", "Factuur", "Invoice"),
    "credit_note": ("Rechnungskorrektur", "Creditnota", "Credit note"),
    "number": ("Nummer", "Nummer", "Number"),
    "day": ("Ausstellungsdatum", "Datum van uitgifte", "Date of issue"),
    "delivered": ("Leistungsdatum", "Leverdatum", "Date of supply"),
    "order": ("Ihre Bestellung", "Uw bestelling", "Your order"),
    "customer_number": ("Kundennummer", "Klantnummer", "Customer number"),
    "your_vat_id": ("Ihre USt-IdNr.", "Uw btw-nummer", "Your VAT number"),
    "our_vat_id": ("USt-IdNr.", "Btw-nummer", "VAT number"),
    "corrects": ("Zur Rechnung", "Bij factuur", "For invoice"),
    "position": ("Pos.", "Pos.", "Pos."),
    "description": ("Bezeichnung", "Omschrijving", "Description"),
    "quantity": ("Menge", "Aantal", "Quantity"),
    "unit_price": ("Einzelpreis", "Stukprijs", "Unit price"),
    "rate": ("USt.", "Btw", "VAT"),
    "net": ("Netto", "Netto", "Net"),
    "net_total": ("Summe netto", "Totaal netto", "Net total"),
    "tax_of": (
        "{rate} % Umsatzsteuer auf {net}", "{rate} % btw over {net}", "{rate} % VAT on {net}",
    ),
    "tax_total": ("Summe Umsatzsteuer", "Totaal btw", "Total VAT"),
    "gross": ("Rechnungsbetrag", "Te betalen", "Total due"),
    "gross_back": ("Korrekturbetrag", "Totaal creditnota", "Total credited"),
    "pay": (
        "Bitte überweisen Sie {amount} bis zum {due} auf das Konto {iban}. Verwendungszweck: {number}.",
        "Wij verzoeken u {amount} uiterlijk {due} over te maken naar {iban} onder vermelding van {number}.",
        "Please transfer {amount} by {due} to account {iban}, quoting {number}.",
    ),
    "taken_back": (
        "Diese Rechnungskorrektur hebt die Rechnung {corrects} vom {day} ganz auf. Bereits Gezahltes wird erstattet.",
        "Met deze creditnota vervalt factuur {corrects} van {day} geheel. Wat al is betaald, wordt terugbetaald.",
        "This credit note cancels invoice {corrects} of {day} in full. What has been paid already is refunded.",
    ),
    "reverse_charge": (
        "Steuerschuldnerschaft des Leistungsempfängers (Art. 196 der Richtlinie 2006/112/EG).",
        "Btw verlegd (artikel 196 van Richtlijn 2006/112/EG).",
        "Reverse charge (Article 196 of Directive 2006/112/EC).",
    ),
    "intra_community": (
        "Steuerfreie innergemeinschaftliche Lieferung (Art. 138 der Richtlinie 2006/112/EG).",
        "Intracommunautaire levering, vrijgesteld van btw (artikel 138 van Richtlijn 2006/112/EG).",
        "Intra-Community supply, exempt from VAT (Article 138 of Directive 2006/112/EC).",
    ),
    "export": (
        "Steuerfreie Ausfuhrlieferung (Art. 146 der Richtlinie 2006/112/EG).",
        "Uitvoer, vrijgesteld van btw (artikel 146 van Richtlijn 2006/112/EG).",
        "Export, exempt from VAT (Article 146 of Directive 2006/112/EC).",
    ),
    "outside": (
        "Hier nicht steuerbar: Ort der Leistung ist das Land des Empfängers (Art. 44 der Richtlinie 2006/112/EG).",
        "Hier niet belast: de plaats van dienst is het land van de afnemer (artikel 44 van Richtlijn 2006/112/EG).",
        "Outside the scope of VAT here: the place of supply is the customer's country (Article 44 of Directive "
        "2006/112/EC).",
    ),
    "page": ("Seite {page} von {pages}", "Pagina {page} van {pages}", "Page {page} of {pages}"),
    "iban": ("IBAN", "IBAN", "IBAN"),
}  # fmt: skip


def word(key: str, language: str, **facts: object) -> str:
    """What `key` is called in `language` (another one than ours is English), with `facts` filled in."""
    return in_language(_WORDS, key, language, **facts)
