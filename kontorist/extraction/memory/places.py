"""Where memory expects a value on a sheet, and where a person said that it is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kontorist.domain.payables.draft import FieldName
from kontorist.domain.payables.memory import Bearing, Said
from kontorist.extraction.candidates import Candidate
from kontorist.extraction.layout import Sheet
from kontorist.extraction.memory.spots import Printed, likeness, places_of, printed, spot_of
from kontorist.extraction.scoring import links

LIKE: Final = 0.55  #: places less alike than this are others
SURELY: Final = 0.75
JUST_SO: Final = 0.9  #: alike enough to be a second witness
_CLEAR: Final = 0.6  #: strength of a label that names what stands beside it
_AMOUNT_ROLES: Final = frozenset({"net", "subtotal", "without_tax", "tax_base", "total", "gross", "with_tax", "due"})
#: The labels that name a field by themselves.
_OWN: Final[dict[FieldName, frozenset[str]]] = {
    "invoice_number": frozenset({"invoice_number", "number_word", "kind_invoice", "kind_credit_note", "kind_receipt"}),
    "issue_date": frozenset({"issue_date", "date", "kind_invoice", "kind_credit_note", "kind_receipt"}),
    "due_date": frozenset({"due_date", "due", "terms"}),
    "net": _AMOUNT_ROLES - {"gross", "with_tax", "due"},
    "tax": frozenset({"tax", "tax_total"}),
    "gross": _AMOUNT_ROLES - {"net", "subtotal", "without_tax", "tax_base"},
}


@dataclass(slots=True, eq=False)
class Place:
    """Something printed, and how much its place is like one remembered (0 to 1)."""

    printed: Printed
    likeness: float

    @property
    def text(self) -> str:
        """As printed."""
        return self.printed.segment.text[self.printed.start : self.printed.end]


def expected(sheet: Sheet, name: FieldName, said: Said, weight: Bearing) -> list[Place]:
    """The places most like the remembered ones, or where the known value is printed; the best first."""
    if said.value is not None and weight >= Bearing.SUPPLIER:
        return [Place(each, 1.0) for each in places_of(sheet, name, said.value)]
    if not said.spots:
        return []
    found = [_like(sheet, each, said) for each in printed(sheet, name)]
    best = max((place.likeness for place in found), default=0.0)
    return sorted((p for p in found if p.likeness >= max(LIKE, best - 0.1)), key=lambda place: -place.likeness)


def _like(sheet: Sheet, each: Printed, said: Said) -> Place:
    """How like a right place it is; nearer to a wrong one, not at all."""
    seen = spot_of(sheet, each.segment, each.start, each.end)
    right = max(likeness(spot, seen) for spot in said.spots)
    wrong = max((likeness(spot, seen) for spot in said.wrong), default=0.0)
    return Place(each, right if right > wrong else 0.0)


def rejected(sheet: Sheet, name: FieldName, said: Said) -> list[Place]:
    """The places like one that a person called wrong, and what we had read there, wherever it is printed."""
    places = [Place(each, 1.0) for each in places_of(sheet, name, said.mistaken)] if said.mistaken else []
    for each in printed(sheet, name) if said.wrong else ():
        seen = spot_of(sheet, each.segment, each.start, each.end)
        if (alike := max(likeness(spot, seen) for spot in said.wrong)) >= SURELY:
            places.append(Place(each, alike))
    return places


def labelled(sheet: Sheet, name: FieldName, each: Printed) -> bool | None:
    """Does the page itself name the field there? False where it names another, None where it says nothing."""
    found = links(sheet, Candidate(None, each.segment, each.start, each.end))
    roles = [link.roles for link in found if link.strength >= _CLEAR]
    if not roles or name not in _OWN:
        return None
    return any(each & _OWN[name] for each in roles)
