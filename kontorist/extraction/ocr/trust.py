"""How far a field may be relied on whose words a program recognised in a picture (docs/decisions/, recognised text)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Final

from kontorist.domain.payables.draft import AMOUNT_FIELDS, Field, FieldName
from kontorist.extraction.candidates.iban import valid as iban_valid
from kontorist.extraction.candidates.vat_id import valid as vat_valid
from kontorist.extraction.fields import Choice
from kontorist.extraction.layout import Sheet

Fields = dict[FieldName, Field]
#: The most that is claimed: what was right of such readings on rasterised papers (benchmarks/ocr.py), rounded down.
_CEILING: Final = 0.9
_ABSENT: Final = 0.5  #: claimed where nothing was seen: how much a program overlooks was not counted
_CEILINGS: Final[Mapping[FieldName, float]] = {"supplier_name": 0.75, "tax": 0.8}


def weighed(fields: Mapping[FieldName, Field], chosen: Mapping[FieldName, Choice], sheet: Sheet) -> Fields:
    """The fields with confidence and safety that recognised words allow; those from text alone stay as they are."""
    exact = _adds_up(*(fields[name].value for name in AMOUNT_FIELDS))
    return {name: _weighed(name, found, chosen[name], sheet, exact) for name, found in fields.items()}


def _weighed(name: FieldName, found: Field, choice: Choice, sheet: Sheet, exact: bool) -> Field:
    spot = choice.candidate
    words = spot.segment.span(spot.start, spot.end) if spot else []
    trust = min((word.trust for word in words), default=1.0)
    if trust == 1.0 and (spot is not None or not sheet.recognised):
        return found
    notes = dict.fromkeys(word.note for word in words if word.note)
    said = "recognised in a picture" if spot else "the page is a picture, on which something may be overlooked"
    return replace(
        found,
        confidence=round(min(found.confidence, trust, _CEILINGS.get(name, _CEILING) if spot else _ABSENT), 4),
        safe=found.safe and spot is not None and _proven(name, found.value, exact),
        reason=", ".join([found.reason, said, *notes]),
    )


def _proven(name: FieldName, value: str | None, exact: bool) -> bool:
    """Would a misread sign have shown? By check digits, or by a sum that holds to the cent."""
    if value is None:
        return False
    if name == "iban":
        return iban_valid(value)
    if name == "supplier_vat_id":
        return vat_valid(value)
    return name in AMOUNT_FIELDS and exact


def _adds_up(net: str | None, tax: str | None, gross: str | None) -> bool:
    """To the cent: what rounding allows on a page of text could be a misread last digit here."""
    if net is None or gross is None:
        return False
    return abs(Decimal(gross)) in {abs(Decimal(net) + sign * Decimal(tax or 0)) for sign in (1, -1)}
