"""References to figures of the books, as they stand in reports.

``A6400@2026-10`` is an account in a month; ``income@2026-10``, ``expense@2026-10`` and ``result@2026-10`` are all
accounts of that kind together, ``balance@2026-10`` all there are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Self

from kontorist.domain.errors import NeedsAPerson
from kontorist.domain.ledger.chart import CHART, AccountKind
from kontorist.domain.periods import Period

_WRITTEN: Final = re.compile(r"(A\d{1,9}|income|expense|result|balance)@(\d{4}-\d{2})", re.ASCII)
_KINDS: Final = {
    "income": (AccountKind.INCOME,),
    "expense": (AccountKind.EXPENSE,),
    "result": (AccountKind.INCOME, AccountKind.EXPENSE),
    "balance": tuple(AccountKind),
}


class NoSuchFigure(NeedsAPerson):
    """There is no figure with this reference."""

    code = "KON-196"
    next_step = "References stand beside the figures of a report, such as A6400@2026-10."


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureReference:
    """A figure of a month: one account (``A6400``), all of a kind (``income``, ``expense``, ``result``), or all."""

    figure: str
    period: Period

    @classmethod
    def of_account(cls, account: str, period: Period) -> Self:
        """The reference of one account in a month."""
        return cls(figure=f"A{account}", period=period)

    @classmethod
    def of_all_accounts(cls, period: Period) -> Self:
        """The reference of the trial balance of a month."""
        return cls(figure="balance", period=period)

    @classmethod
    def looks_like(cls, text: str) -> bool:
        """Whether `text` is written like such a reference."""
        return _WRITTEN.fullmatch(text) is not None

    @classmethod
    def parse(cls, text: str) -> Self:
        """The reference written ``A6400@2026-10``. Raises NoSuchFigure, also for an account not in the chart."""
        written = _WRITTEN.fullmatch(text)
        if written is None or not (written[1] in _KINDS or written[1].removeprefix("A") in CHART):
            raise NoSuchFigure(f"There is no figure {text[:40]!r} in the books.")
        return cls(figure=written[1], period=Period.parse(written[2]))

    @property
    def accounts(self) -> list[str]:
        """The accounts the figure is made of, by number."""
        kinds = _KINDS.get(self.figure)
        if kinds is None:
            return [self.figure.removeprefix("A")]
        return [number for number, account in CHART.items() if account.kind in kinds]

    def __str__(self) -> str:
        return f"{self.figure}@{self.period}"
