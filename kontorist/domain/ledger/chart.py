"""Our own plain chart of accounts. Full charts (SKR03, SKR04, RGS) come from the user's file in a later issue."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class AccountKind(StrEnum):
    """On which side of which statement an account stands."""

    ASSET = "asset"
    LIABILITY = "liability"
    EQUITY = "equity"
    INCOME = "income"
    EXPENSE = "expense"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account: `number` is text (leading zeros count), `name` is English, `control` names its sub-ledger."""

    number: str
    name: str
    kind: AccountKind
    control: str | None = None  #: "payables" or "receivables"


PAYABLES: Final = "2000"
INPUT_TAX: Final = "1500"
EXPENSES: Final = "7000"

_ROWS: Final[dict[AccountKind, str]] = {
    AccountKind.ASSET: """
        1000 Cash
        1100 Bank
        1200 Money in transit
        1300 Receivables
        1400 Deposits paid
        1500 Input VAT
        1600 Prepaid expenses
        1700 Office and operating equipment
        1800 Stock""",
    AccountKind.LIABILITY: """
        2000 Payables
        2100 Output VAT
        2110 VAT owed under reverse charge
        2200 Wages payable
        2300 Wage tax and social security payable
        2400 Accrued expenses
        2500 Deposits received
        2600 Loans""",
    AccountKind.EQUITY: """
        3000 Capital
        3100 Result carried forward""",
    AccountKind.INCOME: """
        4000 Sales
        4100 Sales without VAT
        4900 Other income""",
    AccountKind.EXPENSE: """
        5000 Goods and materials
        5100 Services bought
        6000 Wages and salaries
        6100 Social security
        6200 Rent and premises
        6300 Energy
        6400 Office supplies
        6500 Software and hosting
        6600 Telephone and internet
        6700 Travel and vehicles
        6800 Advertising
        6900 Advice and audit
        7000 Other expenses
        7900 Rounding differences""",
}
_CONTROL: Final = {"1300": "receivables", "2000": "payables"}


def _accounts() -> dict[str, Account]:
    chart = {}
    for kind, text in _ROWS.items():
        for row in text.strip().splitlines():
            number, name = row.split(maxsplit=1)
            chart[number] = Account(number=number, name=name, kind=kind, control=_CONTROL.get(number))
    return chart


CHART: Final[dict[str, Account]] = _accounts()
