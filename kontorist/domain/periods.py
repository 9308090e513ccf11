"""Months of the books."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

from kontorist.domain.errors import NeedsAPerson

_WRITTEN = re.compile(r"(\d{4})-(\d{2})", re.ASCII)


class NotAPeriod(NeedsAPerson):
    """This is not a month of the books."""

    code = "KON-195"
    next_step = "Write year and month, such as 2026-10."


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """One calendar month: ``Period(2026, 10)``, written ``2026-10``. Raises NotAPeriod."""

    year: int
    month: int

    def __post_init__(self) -> None:
        if not (1900 <= self.year <= 9998 and 1 <= self.month <= 12):
            raise NotAPeriod(f"{self.year}-{self.month} is not a month of the books.")

    @classmethod
    def parse(cls, text: str) -> Self:
        """The period written ``2026-10``. Raises NotAPeriod for anything else."""
        written = _WRITTEN.fullmatch(text.strip())
        if written is None:
            raise NotAPeriod(f"{text[:40]!r} is not a month of the books.")
        return cls(int(written[1]), int(written[2]))

    @classmethod
    def of(cls, day: date) -> Self:
        """The period in which `day` lies."""
        return cls(day.year, day.month)

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.month, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        return self.following().first - timedelta(days=1)

    def following(self) -> Period:
        """The month after it."""
        return Period(self.year + self.month // 12, self.month % 12 + 1)

    def before(self) -> Period:
        """The month before it."""
        return Period.of(self.first - timedelta(days=1))

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"
