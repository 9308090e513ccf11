"""One module for each kind of field: candidates in, the chosen value with its evidence out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kontorist.domain.payables.draft import Field, FieldSource
from kontorist.extraction.candidates import Candidate
from kontorist.extraction.layout import Sheet
from kontorist.extraction.scoring import Link

NOT_FOUND = "not found, point to it on the page"


@dataclass(slots=True)
class Choice:
    """What was chosen for a field; `value` None says that the page shows none."""

    value: str | None
    confidence: float
    safe: bool
    reason: str
    candidate: Candidate[Any] | None = None
    source: FieldSource = FieldSource.CAPTURED

    def field(self, sheet: Sheet) -> Field:
        """As the draft carries it, with page and box in percent."""
        spot = self.candidate
        return Field(
            value=self.value,
            confidence=round(min(max(self.confidence, 0.01), 0.99), 3),
            safe=self.safe,
            reason=self.reason,
            page=spot.page if spot else None,
            box=sheet.pages[spot.page].percent(spot.area) if spot else None,
            source=self.source,
        )


def found_by(link: Link | None, *, otherwise: str) -> str:
    """How a value was found, as part of a sentence: by which label, standing where."""
    if link is None:
        return otherwise
    where = {"inline": "behind", "right": "right of", "above": "below"}[link.relation]
    return f'{where} "{link.words[:40]}"'


def absent(*, safe: bool, why: str = "the page shows none", confidence: float | None = None) -> Choice:
    """No value: either safely not on the page, or not found."""
    if safe:
        return Choice(None, confidence or 0.95, True, why)
    return Choice(None, confidence or 0.5, False, NOT_FOUND)
