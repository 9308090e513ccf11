"""How far a field may be relied on whose words a program recognised in a picture (docs/decisions/, recognised text)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from kontorist.domain.payables.draft import AMOUNT_FIELDS, Field, FieldName
from kontorist.extraction.candidates.iban import valid as iban_valid
from kontorist.extraction.candidates.vat_id import valid as vat_valid
from kontorist.extraction.fields import Choice
from kontorist.extraction.layout import Sheet

#: The most that is claimed: what was right of such readings on rasterised papers (benchmarks/ocr.py), rounded down.
CEILING: Final = 0.9


def weighed(name: FieldName, found: Field, choice: Choice, sheet: Sheet) -> Field:
    """The field with confidence and safety that recognised words allow; one from text alone comes back as it is."""
    spot = choice.candidate
    words = spot.segment.span(spot.start, spot.end) if spot else []
    trust = min((word.trust for word in words), default=1.0)
    if trust == 1.0 and (spot is not None or not sheet.recognised):
        return found
    notes = dict.fromkeys(word.note for word in words if word.note)
    said = "recognised in a picture" if spot else "the page is a picture, on which something may be overlooked"
    return replace(
        found,
        confidence=round(min(found.confidence, trust, CEILING), 4),
        safe=found.safe and spot is not None and _proven(name, found.value),
        reason=", ".join([found.reason, said, *notes]),
    )


def _proven(name: FieldName, value: str | None) -> bool:
    """Would a misread sign have shown? By check digits, or by the arithmetic without which no amount is safe."""
    if value is None:
        return False
    if name == "iban":
        return iban_valid(value)
    if name == "supplier_vat_id":
        return vat_valid(value)
    return name in AMOUNT_FIELDS
