"""Words that no lexicon has: German and Dutch put two words together, and the last says what the whole is.

``Vertragskontonummer`` is a number that is not the invoice's, ``Abholdatum`` a date that is not its date.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_INVOICE: Final = r"(?:rechnung|faktur|factuur|gutschrift|beleg|quittung|storno|credit(?:nota|factuur)|honorarnote)"
#: Folded words from one letter to the last, and their role; the first that fits counts.
_RULES: Final = tuple(
    (re.compile(pattern), role)
    for pattern, role in (
        (rf"\w*{_INVOICE}\w{{0,4}}(?:nummer|nr|kennung)", "invoice_number"),
        (r"\w{3,}(?:nummer|nr|kennung|kennzeichen|kenmerk|zeichen)", "other_number"),
        (rf"\w*{_INVOICE}\w{{0,4}}(?:datum|tag)", "issue_date"),
        (
            r"(?:fallig|zahlung|nettofallig|verval|betaal|betaling|incasso|abbuchung|einzug)\w*(?:datum|termin|tag)",
            "due_date",
        ),
        (r"(?:fallig|nettofallig)\w+", "due_date"),
        (r"\w{3,}(?:datum|termin|zeitraum|zeitpunkt|periode|monat|zeit|maand)", "other_date"),
        (r"netto\w*(?:betrag|summe|bedrag|total|totaal|wert|preis|honorar)", "net"),
        (
            r"(?:umsatz|mehrwert|gesamt)?steuer\w*(?:betrag|summe|anteil)|(?:mwst|ust|btw)\w*(?:betrag|summe|bedrag)",
            "tax",
        ),
        (r"(?:brutto|rechnung|end|gesamt|schluss|faktur|factuur|eind)\w*(?:betrag|summe|bedrag|total|totaal)", "gross"),
        (r"(?:zahl|uberweisung|rest|forderung|lastschrift|abbuchung|erstattung|auszahlung)\w*(?:betrag|summe)", "due"),
        (r"(?:anzahlung|abschlag|akonto|vorauszahlung|teilzahlung)\w*", "paid"),
        (r"\w*(?:rabatt|nachlass|skonto|korting)\w{0,3}(?:betrag|bedrag)?", "discount"),
        (r"\w{3,}(?:zuschlag|pauschale|gebuhr|gebuhren|spesen|toeslag)", "charge"),
        (r"(?:storno|korrektur|credit)\w*(?:rechnung|factuur|nota)|\w{3,}gutschrift", "kind_credit_note"),
        (r"\w{3,}(?:rechnung|factuur)", "kind_invoice"),
    )
)


@lru_cache(maxsize=8192)
def role_of(word: str) -> str | None:
    """The role of a folded word by its parts; None where they tell nothing."""
    if len(word) < 6 or not word.isalpha():
        return None
    return next((role for pattern, role in _RULES if pattern.fullmatch(word)), None)
