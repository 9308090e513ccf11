"""Trial balance and result of one month, from the balances of the accounts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from kontorist.domain.ledger.chart import CHART, AccountKind
from kontorist.domain.ledger.posted import Movement
from kontorist.domain.money import Money

AccountKey = tuple[str, str]  #: account number and currency

#: The kinds of account whose movement is the result of the month, in the order in which they are read.
_OF_RESULT: Final = (AccountKind.INCOME, AccountKind.EXPENSE)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountBalance:
    """One account in one currency: where it stood before the month, what was posted, where it stands after it.

    `opening` is everything posted before the month, of income and expense too: a year that is over is closed by its
    own entries, never by arithmetic of a report. Debit is positive.
    """

    account: str
    name: str
    kind: AccountKind
    opening: Money
    debit: Money
    credit: Money

    @property
    def movement(self) -> Money:
        """Debit less credit of the month."""
        return self.debit - self.credit

    @property
    def closing(self) -> Money:
        """Where the account stands on the last day of the month."""
        return self.opening + self.movement


def trial_balance(opening: Mapping[AccountKey, Money], moved: Mapping[AccountKey, Movement]) -> list[AccountBalance]:
    """Every account with an opening balance or a movement, by number and currency.

    `opening` is what was posted before the month, `moved` what was posted in it.
    """
    rows = []
    for account, currency in sorted(opening.keys() | moved.keys()):
        movement = moved.get((account, currency), Movement.none(currency))
        rows.append(
            AccountBalance(
                account=account,
                name=CHART[account].name,
                kind=CHART[account].kind,
                opening=opening.get((account, currency), Money.zero(currency)),
                debit=movement.debit,
                credit=movement.credit,
            )
        )
    return [row for row in rows if row.opening or row.debit or row.credit]


def out_of_balance(rows: Iterable[AccountBalance]) -> dict[str, Money]:
    """By currency what the closing balances add up to, where that is not zero; empty when the books balance."""
    totals: dict[str, Money] = {}
    for row in rows:
        currency = row.closing.currency
        totals[currency] = totals.get(currency, Money.zero(currency)) + row.closing
    return {currency: total for currency, total in totals.items() if total}


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultLine:
    """What one account adds to the result of the month: income above zero, expenses below."""

    account: str
    name: str
    kind: AccountKind
    amount: Money


def profit_and_loss(rows: Iterable[AccountBalance]) -> list[ResultLine]:
    """By currency, income before expenses, by account; accounts without movement are left out."""
    lines = [
        ResultLine(account=row.account, name=row.name, kind=row.kind, amount=-row.movement)
        for row in rows
        if row.kind in _OF_RESULT and row.movement
    ]
    return sorted(lines, key=lambda line: (line.amount.currency, _OF_RESULT.index(line.kind), line.account))


def results(lines: Iterable[ResultLine]) -> dict[str, Money]:
    """The result of the month by currency: profit above zero, loss below."""
    totals: dict[str, Money] = {}
    for line in lines:
        currency = line.amount.currency
        totals[currency] = totals.get(currency, Money.zero(currency)) + line.amount
    return totals
