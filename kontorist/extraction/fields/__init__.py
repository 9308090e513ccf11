"""One module for each kind of field: candidates in, the chosen value with its evidence out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from kontorist.domain.payables.draft import Field, FieldName, FieldSource
from kontorist.extraction import calibration
from kontorist.extraction.candidates import Candidate
from kontorist.extraction.layout import Sheet
from kontorist.extraction.scoring import Link

Watch = Callable[[FieldName, Sequence[Any]], None]  #: is told the scored candidates of a field, for training


def unwatched(name: FieldName, scored: Sequence[Any]) -> None:
    """Nobody is training."""


NOT_FOUND = "not found, point to it on the page"


@dataclass(slots=True)
class Choice:
    """What was chosen for a field; `value` None says that the page shows none.

    `odds` is how far it stands above its rivals, in log-odds; calibration makes a confidence of it. `witness` says that
    something else than the score speaks for it too: arithmetic, a label, check digits.
    """

    value: str | None
    odds: float
    witness: bool
    reason: str
    candidate: Candidate[Any] | None = None
    source: FieldSource = FieldSource.CAPTURED

    def field(self, name: FieldName, sheet: Sheet) -> Field:
        """As the draft carries it, with page and box in percent."""
        spot = self.candidate
        sure = calibration.confidence(self.key(name), self.odds)
        return Field(
            value=self.value,
            confidence=sure,
            safe=self.witness and sure >= calibration.safe_from(self.key(name)),
            reason=self.reason,
            page=spot.page if spot else None,
            box=sheet.pages[spot.page].percent(spot.area) if spot else None,
            source=self.source,
        )

    def key(self, name: FieldName) -> str:
        """Under which name its confidence is kept: absent and derived values are judged apart from printed ones."""
        if self.value is None:
            return f"{name}.absent"
        return f"{name}.formula" if self.source is FieldSource.FORMULA else name


def found_by(link: Link | None, *, otherwise: str) -> str:
    """How a value was found, as part of a sentence: by which label, standing where."""
    if link is None:
        return otherwise
    where = {"inline": "behind", "right": "right of", "above": "below"}[link.relation]
    return f'{where} "{link.words[:40]}"'


def absent(odds: float, *, witness: bool, why: str = "the page shows none") -> Choice:
    """No value: with a witness the page speaks for there being none, otherwise it was only not found."""
    return Choice(None, odds, witness, why if witness else NOT_FOUND)
