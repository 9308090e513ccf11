"""A month of one company: its figures, and what is missing before it can be closed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from enum import Enum, StrEnum
from typing import Any

from kontorist.domain.closing.balances import (
    AccountBalance,
    ResultLine,
    out_of_balance,
    profit_and_loss,
    results,
)
from kontorist.domain.closing.references import FigureReference
from kontorist.domain.closing.sub_ledgers import OpenItem, TieOut
from kontorist.domain.events import content_hash
from kontorist.domain.ids import PersonKey
from kontorist.domain.ledger.posted import PostedEntry
from kontorist.domain.money import Money
from kontorist.domain.periods import Period


class Check(StrEnum):
    """What is looked at, in the order in which a report says it."""

    WORKLIST = "worklist"  #: nothing of the month waits for a person
    EVENTS = "events"  #: everything that came in was worked off
    DOCUMENTS = "documents"  #: every document is booked, or refused with a reason
    BANK_FILE = "bank_file"  #: a bank statement of the month is in the archive
    ARCHIVE = "archive"  #: every file of the archive is as it was written (quick)
    JOURNAL = "journal"  #: no entry was changed, removed or moved
    AUDIT = "audit"  #: nor a line of the audit trail
    TRIAL_BALANCE = "trial_balance"  #: the accounts add up to zero
    PAYABLES = "payables"  #: what is open with suppliers equals its control account
    RECEIVABLES = "receivables"  #: what is open with customers equals its control account


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """One thing that keeps the month open: `what` it is about, the `reason` as a sentence, and `who` has it.

    `reference` is the item, document, event or figure it is about; nobody in `who` means that config.yaml names
    nobody for it. `day` is the day of the books it belongs to, where it has one.
    """

    check: Check
    reason: str
    what: str | None = None
    who: tuple[PersonKey, ...] = ()
    reference: str | None = None
    amount: Money | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthFigures:
    """One month of one company, as the books stand. The same books give equal figures, whenever they are taken.

    `partners` are names by id, `entries` those of the month in order of their numbers.
    """

    company: str
    period: Period
    currency: str
    timezone: str
    accounts: tuple[AccountBalance, ...] = ()
    payables: tuple[OpenItem, ...] = ()
    receivables: tuple[OpenItem, ...] = ()
    ties: tuple[TieOut, ...] = ()
    missing: tuple[Missing, ...] = ()
    entries: tuple[PostedEntry, ...] = ()
    partners: Mapping[str, str]

    @property
    def ready(self) -> bool:
        """Nothing is missing."""
        return not self.missing

    @property
    def checks(self) -> Mapping[Check, int]:
        """How much is missing by each check; none means that it is passed."""
        found = [each.check for each in self.missing]
        return {check: found.count(check) for check in Check}

    @property
    def result_lines(self) -> list[ResultLine]:
        """Income and expenses of the month."""
        return profit_and_loss(self.accounts)

    @property
    def currencies(self) -> tuple[str, ...]:
        """Every currency of the month, the company's own first."""
        amounts = [*(row.closing for row in self.accounts), *(each.amount for each in self.missing)]
        seen = {amount.currency for amount in amounts if amount is not None}
        return (self.currency, *sorted(seen - {self.currency}))

    @property
    def results(self) -> Mapping[str, Money]:
        """Profit (above zero) or loss by currency, every currency named."""
        found = results(self.result_lines)
        return {currency: found.get(currency, Money.zero(currency)) for currency in self.currencies}

    def owed(self, currency: str) -> tuple[Money, Money]:
        """What we owe and what is owed to us, in `currency`."""
        return _total(self.payables, currency), _total(self.receivables, currency)

    def partner(self, identity: str) -> str:
        """The partner's name, or its id where no name is known."""
        return self.partners.get(identity, identity)

    def data(self) -> dict[str, Any]:
        """All of it as plain data: amounts as text with their currency, days in ISO 8601."""
        plain: dict[str, Any] = _plain(self)
        return plain | {"period": str(self.period)}

    def fingerprint(self) -> str:
        """SHA-256 of the figures: the same books have the same one."""
        return content_hash(self.data())


def _total(items: Iterable[OpenItem], currency: str) -> Money:
    return Money.total([item.amount for item in items if item.amount.currency == currency], currency)


def unbalanced(rows: Iterable[AccountBalance], period: Period, who: tuple[PersonKey, ...]) -> list[Missing]:
    """What is missing when the accounts do not add up to zero."""
    return [
        Missing(
            check=Check.TRIAL_BALANCE,
            reason=f"The accounts add up to {total}, not to zero.",
            who=who,
            reference=str(FigureReference.of_all_accounts(period)),
            amount=total,
        )
        for _, total in sorted(out_of_balance(rows).items())
    ]


def untied(check: Check, ties: Iterable[TieOut], period: Period, who: tuple[PersonKey, ...]) -> list[Missing]:
    """What is missing when a sub-ledger does not equal its control account."""
    return [
        Missing(
            check=check,
            reason=f"Account {tie.account} says {tie.ledger}, its open items add up to {tie.sub_ledger}.",
            who=who,
            reference=str(FigureReference.of_account(tie.account, period)),
            amount=tie.difference,
        )
        for tie in ties
        if tie.difference
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, Money):
        return {"amount": str(value.amount), "currency": value.currency}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value
