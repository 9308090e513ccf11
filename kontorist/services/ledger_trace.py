"""From a figure of a month to the lines behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from kontorist.domain.closing.balances import AccountBalance, trial_balance
from kontorist.domain.closing.references import FigureReference
from kontorist.domain.ledger.posted import PostedLine
from kontorist.store.database import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureTrace:
    """What stands behind a figure: where its accounts stood and stand, and every line posted on them in the month.

    `lines` are in order of their entries' numbers; what stood there before the month is in `accounts` as opening.
    """

    reference: FigureReference
    accounts: tuple[AccountBalance, ...]
    lines: tuple[PostedLine, ...]

    def balances(self) -> list[dict[str, Any]]:
        """The accounts as plain data; what stood there before has the reference under which it is explained."""
        before = self.reference.period.before()
        return [
            {
                "account": row.account,
                "account_name": row.name,
                "currency": row.closing.currency,
                "opening": str(row.opening.amount),
                "opening_reference": str(FigureReference.of_account(row.account, before)) if row.opening else None,
                "debit": str(row.debit.amount),
                "credit": str(row.credit.amount),
                "closing": str(row.closing.amount),
            }
            for row in self.accounts
        ]


def trace_figure(store: Store, tx: Connection, reference: str) -> FigureTrace:
    """What is behind ``A6400@2026-10`` or ``result@2026-10``. Raises NoSuchFigure or NotAPeriod."""
    figure = FigureReference.parse(reference)
    first, last = figure.period.first, figure.period.last
    opening = store.journal.balances(tx, last=first - timedelta(days=1))
    moved = store.journal.movements(tx, first, last)
    lines = [line for account in figure.accounts for line in store.journal.lines_on(tx, account, first, last)]
    return FigureTrace(
        reference=figure,
        accounts=tuple(row for row in trial_balance(opening, moved) if row.account in figure.accounts),
        lines=tuple(sorted(lines, key=lambda each: (each.number, each.position))),
    )
