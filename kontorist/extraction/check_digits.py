"""A wrong check digit in the text of a page or an XML file is not misread: a person should ask the supplier."""

from __future__ import annotations

from kontorist.domain.payables.draft import Finding
from kontorist.extraction.candidates.iban import valid as iban_valid
from kontorist.extraction.candidates.vat_id import valid as vat_valid


def findings(iban: str | None, vat_id: str | None) -> list[Finding]:
    """What is wrong with the numbers as read; the codes are those of domain/payables/checks.py."""
    found = []
    if iban and not iban_valid(iban):
        sentence = f"The check digits of the IBAN {iban} are wrong; ask the supplier before paying."
        found.append(Finding(code="KON-IBAN", sentence=sentence, fields=("iban",)))
    if vat_id and not vat_valid(vat_id):
        sentence = f"The check digits of the VAT id {vat_id} are wrong."
        found.append(Finding(code="KON-VAT-ID", sentence=sentence, fields=("supplier_vat_id",)))
    return found
