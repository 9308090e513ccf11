"""Lessons put to use on a page: evidence for candidates before the choice, a word in the draft after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from kontorist.domain.payables.draft import FieldName, InvoiceDraft
from kontorist.domain.payables.memory import Bearing, Lesson, Said, Signs, bearing_on
from kontorist.extraction.candidates import Candidate
from kontorist.extraction.layout import Sheet
from kontorist.extraction.memory.judging import Judge
from kontorist.extraction.memory.places import Place, expected, rejected
from kontorist.extraction.memory.signs import signs_of
from kontorist.extraction.profile import BuyerProfile

#: Log-odds of a place that is just like the one remembered, by what the lesson has to do with the paper.
_STRENGTH: Final = {Bearing.LAYOUT: 4.0, Bearing.SUPPLIER: 5.0, Bearing.BOTH: 7.0}
_SILENT: Final = 0.6  #: of the strength, where a person only left a value as it was read
_WRONG: Final = -8.0  #: where a person said that it is not
_ABSENT: Final = -2.5  #: anywhere, where a person said that the paper shows none: a clear label is heard all the same


class Memory:
    """The lessons that may bear on one paper. `signs` are the paper's, once it has been met."""

    def __init__(self, lessons: Sequence[Lesson] = (), profile: BuyerProfile | None = None) -> None:
        self._lessons = lessons
        self._profile = profile or BuyerProfile()
        self._judge: Judge | None = None
        self.signs = Signs()

    def meets(self, sheet: Sheet) -> bool:
        """Take the paper's signs, and give the sheet what speaks for and against its candidates, if anything does."""
        self.signs = signs_of(sheet, self._profile)
        counting = bearing_on(self._lessons, self.signs) if self._lessons else {}
        if counting:
            found = {name: expected(sheet, name, *each) for name, each in counting.items()}
            refused = {name: rejected(sheet, name, said) for name, (said, _) in counting.items()}
            sheet.hints = Recollection(counting, found, refused)
            self._judge = Judge(sheet, counting, found, refused)
        return bool(counting)

    def told(self, alone: InvoiceDraft, hinted: InvoiceDraft) -> InvoiceDraft:
        """What to take of the paper read `alone` and with hints, and what memory says of each field."""
        return alone if self._judge is None else self._judge.told(alone, hinted)


class Recollection:
    """What is remembered, laid over one sheet. Satisfies `Hints`."""

    def __init__(
        self,
        counting: Mapping[FieldName, tuple[Said, Bearing]],
        found: Mapping[FieldName, Sequence[Place]],
        refused: Mapping[FieldName, Sequence[Place]],
    ) -> None:
        self._counting: dict[str, tuple[Said, Bearing]] = dict(counting.items())
        self._right: dict[str, Sequence[Place]] = dict(found.items())
        self._wrong: dict[str, Sequence[Place]] = dict(refused.items())

    def evidence(self, field: str, candidate: Candidate[Any]) -> float:
        """For a place like the remembered one, against one that a person called wrong, against all where none is."""
        if field not in self._counting:
            return 0.0
        said, weight = self._counting[field]
        strength = _STRENGTH[weight] * (_SILENT if said.silent else 1.0)
        here = [place.likeness for place in self._right[field] if _covers(place, candidate)]
        if here:
            return strength * max(here)
        scale = strength / _STRENGTH[Bearing.BOTH]
        if any(_covers(place, candidate) for place in self._wrong[field]):
            return _WRONG * scale
        return _ABSENT * scale if said.absent else 0.0


def _covers(place: Place, candidate: Candidate[Any]) -> bool:
    return place.printed.covers(candidate.segment, candidate.start, candidate.end)
