"""The report pack of a month as a workbook: Summary, trial balance, P&L, open items, Exceptions, Checks, Sources.

Each row says under which reference `kontorist trace` shows what is behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from kontorist.domain.closing.balances import AccountBalance, ResultLine
from kontorist.domain.closing.month import Missing, MonthFigures
from kontorist.domain.closing.references import FigureReference
from kontorist.domain.closing.sub_ledgers import Age, OpenItem
from kontorist.domain.ledger.chart import AccountKind
from kontorist.domain.money import Money
from tasks.reporting.month_summary import CheckRow, check_rows, reference_of, write_check_formulas, write_summary
from tasks.reporting.sheets import Column, Formats, clean, new_workbook, set_up_page, write_table
from tasks.reporting.words import word

_SHEETS = (
    "summary", "trial_balance", "profit_and_loss", "payables", "receivables", "exceptions", "checks", "sources"
)  # fmt: skip


def write_month_workbook(figures: MonthFigures, language: str = "en") -> bytes:
    """The .xlsx file of the month, in the reader's language (de, nl, en; any other reads English).

    The same figures give the same bytes. Totals, counts and tie-outs are formulas over the tables and carry their
    computed values, so they show in a viewer that does not calculate.
    """
    out = BytesIO()
    with new_workbook(out) as workbook:
        last = figures.period.last
        created = datetime(last.year, last.month, last.day)  # noqa: DTZ001 (a property, no moment)
        title = clean(f"{word('month_title', language)} {figures.period} · {figures.company}")
        workbook.set_properties({"title": title, "author": "Kontorist", "created": created})
        formats = Formats(workbook, language)
        sheets = {key: workbook.add_worksheet(word(key, language)) for key in _SHEETS}
        for sheet in sheets.values():
            set_up_page(sheet, title, language)
        _write_tables(sheets, formats, figures)
        write_check_formulas(sheets["checks"], formats, figures)
        write_summary(workbook, sheets["summary"], formats, figures, title)
    return out.getvalue()


def _write_tables(sheets: dict[str, Any], formats: Formats, figures: MonthFigures) -> None:
    zone, language = ZoneInfo(figures.timezone), formats.language
    total = {key: reference_of(figures, key) for key in ("balance", "result", "payables", "receivables")}
    tables: tuple[tuple[str, str, list[Column], Sequence[Any], str | None], ...] = (
        ("trial_balance", "TrialBalance", _account_columns(figures, language), figures.accounts, total["balance"]),
        ("profit_and_loss", "ProfitLoss", _result_columns(figures, language), figures.result_lines, total["result"]),
        ("payables", "Payables", _open_item_columns(figures), figures.payables, total["payables"]),
        ("receivables", "Receivables", _open_item_columns(figures), figures.receivables, total["receivables"]),
        ("exceptions", "Exceptions", _exception_columns(language), figures.missing, None),
        ("checks", "Checks", _check_columns(language), check_rows(figures), None),
        ("sources", "Sources", _source_columns(), figures.entries, None),
    )
    for key, name, columns, rows, reference in tables:
        write_table(
            sheets[key],
            formats,
            name,
            columns,
            rows,
            zone=zone,
            currencies=figures.currencies,
            total_reference=reference,
        )


def _account_columns(figures: MonthFigures, language: str) -> list[Column]:
    def reference(row: AccountBalance | ResultLine) -> str:
        return str(FigureReference.of_account(row.account, figures.period))

    return [
        Column(key="account", width=10, kind="text", value=lambda row: row.account),
        Column(key="account_name", width=32, kind="wrapped", value=lambda row: row.name),
        Column(key="kind", width=13, kind="text", value=lambda row: word(row.kind.value, language)),
        Column(key="opening", width=15, kind="amount", value=lambda row: row.opening, summed=True),
        Column(key="debit", width=15, kind="amount", value=lambda row: row.debit, summed=True),
        Column(key="credit", width=15, kind="amount", value=lambda row: row.credit, summed=True),
        Column(key="closing", width=15, kind="amount", value=lambda row: row.closing, summed=True),
        Column(key="currency", width=10, kind="code", value=lambda row: row.closing.currency),
        Column(key="reference", width=16, kind="text", value=reference),
    ]


def _result_columns(figures: MonthFigures, language: str) -> list[Column]:
    def income(row: ResultLine) -> Money | None:
        return row.amount if row.kind is AccountKind.INCOME else None

    def expense(row: ResultLine) -> Money | None:
        return -row.amount if row.kind is AccountKind.EXPENSE else None

    def reference(row: ResultLine) -> str:
        return str(FigureReference.of_account(row.account, figures.period))

    return [
        Column(key="kind", width=13, kind="text", value=lambda row: word(row.kind.value, language)),
        Column(key="account", width=10, kind="text", value=lambda row: row.account),
        Column(key="account_name", width=32, kind="wrapped", value=lambda row: row.name),
        Column(key="income", width=15, kind="amount", value=income, summed=True),
        Column(key="expense", width=15, kind="amount", value=expense, summed=True),
        Column(key="result", width=15, kind="amount", value=lambda row: row.amount, summed=True),
        Column(key="currency", width=10, kind="code", value=lambda row: row.amount.currency),
        Column(key="reference", width=16, kind="text", value=reference),
    ]


def _open_item_columns(figures: MonthFigures) -> list[Column]:
    def aged(age: Age) -> Column:
        def value(row: OpenItem) -> Money | None:
            return row.amount if row.age is age else None

        return Column(key=age.value, width=12, kind="amount", value=value, summed=True)

    return [
        Column(key="partner", width=26, kind="wrapped", value=lambda row: figures.partner(row.partner)),
        Column(key="text", width=30, kind="wrapped", value=lambda row: row.text),
        Column(key="day", width=12, kind="date", value=lambda row: row.day),
        Column(key="due", width=12, kind="date", value=lambda row: row.due),
        Column(key="days", width=10, kind="integer", value=lambda row: max(0, row.days)),
        Column(key="amount", width=13, kind="amount", value=lambda row: row.amount, summed=True),
        *(aged(age) for age in Age),
        Column(key="currency", width=10, kind="code", value=lambda row: row.amount.currency),
        Column(key="reference", width=11, kind="text", value=lambda row: row.number),
    ]


def _exception_columns(language: str) -> list[Column]:
    def who(row: Missing) -> str:
        return ", ".join(row.who) or word("nobody", language)

    def currency(row: Missing) -> str | None:
        return None if row.amount is None else row.amount.currency

    return [
        Column(key="check", width=24, kind="wrapped", value=lambda row: word(f"check_{row.check.value}", language)),
        Column(key="what", width=30, kind="wrapped", value=lambda row: row.what),
        Column(key="reason", width=50, kind="wrapped", value=lambda row: row.reason),
        Column(key="amount", width=13, kind="amount", value=lambda row: row.amount, summed=True),
        Column(key="currency", width=10, kind="code", value=currency),
        Column(key="day", width=12, kind="date", value=lambda row: row.day),
        Column(key="who", width=16, kind="wrapped", value=who),
        Column(key="reference", width=24, kind="text", value=lambda row: row.reference),
    ]


def _check_columns(language: str) -> list[Column]:
    def verdict(row: CheckRow) -> str:
        return word("some_missing", language, count=row.missing) if row.missing else word("fine", language)

    return [
        Column(key="check", width=32, kind="wrapped", value=lambda row: word(f"check_{row.check.value}", language)),
        Column(key="verdict", width=18, kind="text", value=verdict),
        Column(key="ledger", width=15, kind="amount", value=lambda row: row.ledger),
        Column(key="sub_ledger", width=15, kind="amount", value=lambda row: row.sub_ledger),
        Column(key="difference", width=15, kind="amount", value=lambda row: row.difference),
        Column(key="currency", width=10, kind="code", value=lambda row: row.currency),
        Column(key="reference", width=16, kind="text", value=lambda row: row.reference),
    ]


def _source_columns() -> list[Column]:
    return [
        Column(key="reference", width=11, kind="text", value=lambda row: row.number),
        Column(key="day", width=12, kind="date", value=lambda row: row.day),
        Column(key="text", width=46, kind="wrapped", value=lambda row: row.text),
        Column(key="prepared_by", width=14, kind="text", value=lambda row: row.prepared_by),
        Column(key="approved_by", width=18, kind="wrapped", value=lambda row: ", ".join(row.approved_by) or None),
        Column(key="document", width=24, kind="text", value=lambda row: row.document),
        Column(key="sha256", width=40, kind="wrapped", value=lambda row: row.document_sha256),
    ]
