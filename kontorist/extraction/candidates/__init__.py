"""Everything on the pages that could be a value, by type; which of them it is, scoring and solving decide."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from kontorist.extraction.page_text import Segment

Value = TypeVar("Value")


@dataclass(slots=True, eq=False)
class Candidate(Generic[Value]):
    """A value with the place where it is printed: characters `start` to `end` of `segment`."""

    value: Value
    segment: Segment
    start: int
    end: int
    marks: set[str] = field(default_factory=set)  #: such as range, table, buyer, whole

    @property
    def page(self) -> int:
        """The page it stands on, from 1."""
        return self.segment.page

    _area: tuple[float, float, float, float] | None = None

    @property
    def area(self) -> tuple[float, float, float, float]:
        """Its rectangle in points."""
        if self._area is None:
            self._area = self.segment.area(self.start, self.end)
        return self._area

    @property
    def text(self) -> str:
        """As printed."""
        return self.segment.text[self.start : self.end]
