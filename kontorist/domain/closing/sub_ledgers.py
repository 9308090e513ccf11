"""The sub-ledgers of a control account: what is open with each partner, how old it is, and whether it ties out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kontorist.domain.closing.balances import AccountBalance
from kontorist.domain.ids import DocumentId, EntryId
from kontorist.domain.ledger.chart import CHART, AccountKind
from kontorist.domain.ledger.posted import PostedLine
from kontorist.domain.money import Money


class Age(StrEnum):
    """How long something is overdue, in days."""

    NOT_DUE = "not_due"
    TO_30 = "1-30"
    TO_60 = "31-60"
    TO_90 = "61-90"
    OVER_90 = "over_90"

    @classmethod
    def of(cls, days: int) -> Age:
        """The age of what has been overdue for `days`; zero or less is not overdue."""
        for age, most in ((cls.NOT_DUE, 0), (cls.TO_30, 30), (cls.TO_60, 60), (cls.TO_90, 90)):
            if days <= most:
                return age
        return cls.OVER_90


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenItem:
    """One entry that is not settled: `amount` is above zero where it is owed the usual way, below for a credit.

    `number` is that of the entry, `days` how long it has been overdue on the day looked at.
    """

    partner: str
    number: int
    day: date
    due: date
    text: str
    amount: Money
    days: int
    document: DocumentId | None = None

    @property
    def age(self) -> Age:
        """The column in which it stands."""
        return Age.of(self.days)


@dataclass(frozen=True, slots=True, kw_only=True)
class TieOut:
    """What the general ledger says of a control account, and what its sub-ledger adds up to, in one currency."""

    account: str
    ledger: Money
    sub_ledger: Money

    @property
    def difference(self) -> Money:
        """Zero when both say the same; else what stands on the account without a partner."""
        return self.ledger - self.sub_ledger


def open_items(lines: Iterable[PostedLine], as_of: date) -> list[OpenItem]:
    """What is open on a control account after all its `lines`, by partner, day and number of the entry.

    An entry and its reversal settle each other. Without a due date a claim is due at once (§ 271 (1) BGB). Lines
    without a partner belong to nobody and are in no sub-ledger: `tie_outs` shows them.
    """
    groups: dict[tuple[str, EntryId, date | None, str], list[PostedLine]] = defaultdict(list)
    for each in lines:
        if each.line.partner is not None:
            root = each.reversal_of or each.entry
            groups[each.line.partner, root, each.line.due, each.line.amount.currency].append(each)
    items = [_open_item(partner, group, as_of) for (partner, *_), group in groups.items()]
    return sorted((item for item in items if item.amount), key=lambda item: (item.partner, item.day, item.number))


def _open_item(partner: str, group: list[PostedLine], as_of: date) -> OpenItem:
    first = min(group, key=lambda each: each.number)
    total = Money.total([each.line.amount for each in group], first.line.amount.currency)
    due = first.line.due or first.day
    return OpenItem(
        partner=partner,
        number=first.number,
        day=first.day,
        due=due,
        text=first.text,
        amount=as_owed(first.line.account, total),
        days=(as_of - due).days,
        document=first.document,
    )


def as_owed(account: str, amount: Money) -> Money:
    """An amount of a control account as people say it: what we owe and what is owed to us are both above zero."""
    return -amount if CHART[account].kind is AccountKind.LIABILITY else amount


def tie_outs(account: str, rows: Iterable[AccountBalance], items: Iterable[OpenItem]) -> list[TieOut]:
    """Compare the closing balance of a control account with its open items, in each currency of either."""
    balances = {row.closing.currency: row.closing for row in rows if row.account == account}
    known = list(items)
    currencies = balances.keys() | {item.amount.currency for item in known}
    return [
        TieOut(
            account=account,
            ledger=as_owed(account, balances.get(currency, Money.zero(currency))),
            sub_ledger=Money.total([each.amount for each in known if each.amount.currency == currency], currency),
        )
        for currency in sorted(currencies)
    ]
