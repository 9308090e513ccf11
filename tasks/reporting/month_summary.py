"""The first sheet of the month's pack, and the rows of its checks: formulas over the other sheets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kontorist.domain.closing.balances import ResultLine
from kontorist.domain.closing.month import Check, MonthFigures
from kontorist.domain.closing.references import FigureReference
from kontorist.domain.closing.sub_ledgers import TieOut
from kontorist.domain.ledger.chart import CHART, AccountKind
from kontorist.domain.money import Money
from tasks.reporting.sheets import Formats, write_text
from tasks.reporting.words import amount_text, word

_FIRST_TABLE = 3  #: the row below title, answer and result
_CHART_HEIGHT = 300  #: pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRow:
    """One check, or one currency of one that compares amounts: how much is missing, and what was compared."""

    check: Check
    missing: int
    tie: TieOut | None = None
    balance: Money | None = None  #: what all accounts add up to
    reference: str | None = None

    @property
    def ledger(self) -> Money | None:
        """What the general ledger says."""
        return self.tie.ledger if self.tie else self.balance

    @property
    def sub_ledger(self) -> Money | None:
        """What the open items add up to."""
        return self.tie.sub_ledger if self.tie else None

    @property
    def difference(self) -> Money | None:
        """What keeps the month open where it is not zero."""
        return self.tie.difference if self.tie else self.balance

    @property
    def currency(self) -> str | None:
        """The currency compared in."""
        return None if self.ledger is None else self.ledger.currency


def check_rows(figures: MonthFigures) -> list[CheckRow]:
    """Every check in order; those that compare amounts once in each currency there is."""
    return [row for check, missing in figures.checks.items() for row in _rows_of(figures, check, missing)]


def _rows_of(figures: MonthFigures, check: Check, missing: int) -> Iterator[CheckRow]:
    compared = False
    for tie in figures.ties:
        if CHART[tie.account].control == check.value:
            reference = str(FigureReference.of_account(tie.account, figures.period))
            compared = True
            yield CheckRow(check=check, missing=missing, tie=tie, reference=reference)
    for currency in figures.currencies if check is Check.TRIAL_BALANCE else ():
        closing = [row.closing for row in figures.accounts if row.closing.currency == currency]
        compared = True
        reference = str(FigureReference.of_all_accounts(figures.period))
        yield CheckRow(check=check, missing=missing, balance=Money.total(closing, currency), reference=reference)
    if not compared:
        yield CheckRow(check=check, missing=missing)


def write_check_formulas(sheet: Any, formats: Formats, figures: MonthFigures) -> None:
    """Put formulas over the other tables in place of the amounts compared: whoever opens the file computes them."""
    for index, row in enumerate(check_rows(figures), start=1):
        if row.ledger is None or row.difference is None:
            continue
        look = formats.amount(row.ledger.currency)
        sheet.write_formula(index, 2, _ledger_formula(row, index + 1, formats), look, float(row.ledger.amount))
        if row.sub_ledger is not None:
            table = "Payables" if row.check is Check.PAYABLES else "Receivables"
            formula = f"=SUMIFS({_column(table, 'amount', formats)},{_column(table, 'currency', formats)},F{index + 1})"
            sheet.write_formula(index, 3, formula, look, float(row.sub_ledger.amount))
        sheet.write_formula(index, 4, f"=ROUND(C{index + 1}-D{index + 1},2)", look, float(row.difference.amount))


def _ledger_formula(row: CheckRow, line: int, formats: Formats) -> str:
    same_currency = f"{_column('TrialBalance', 'currency', formats)},F{line}"
    closing = _column("TrialBalance", "closing", formats)
    if row.tie is None:
        return f"=ROUND(SUMIFS({closing},{same_currency}),2)"
    sign = "-" if CHART[row.tie.account].kind is AccountKind.LIABILITY else ""
    account = f'{_column("TrialBalance", "account", formats)},"{row.tie.account}"'
    return f"={sign}SUMIFS({closing},{account},{same_currency})"


def _column(table: str, key: str, formats: Formats) -> str:
    return f"{table}[{word(key, formats.language)}]"


def write_summary(workbook: Any, sheet: Any, formats: Formats, figures: MonthFigures, title: str) -> None:
    """The answer stands in the first ten rows: a sentence, the result, the figures and the checks."""
    for row, height in enumerate((26, 18, 24)):
        sheet.set_row(row, height)
    language = formats.language
    write_text(sheet, formats, 0, 0, title, bold=True, font_size=15)
    write_text(sheet, formats, 1, 0, answer(figures, language), bold=True)
    write_text(sheet, formats, 2, 0, _in_short(figures, language))
    below_figures = _write_figures(workbook, sheet, formats, figures, _FIRST_TABLE)
    below_checks = _write_checks(sheet, formats, figures, _FIRST_TABLE)
    foot = _write_chart(workbook, sheet, formats, figures, below_figures + 2)
    last = max(foot, below_checks) + 2
    number, link = (figures.entries[-1].number, figures.entries[-1].hash) if figures.entries else (0, "-")
    write_text(sheet, formats, last, 0, f"{word('books', language, entry=number)} {link}", font_color="#666666")
    for column, width in enumerate((24, 10, 15, 17, 4, 34, 12)):
        sheet.set_column(column, column, width)
    sheet.print_area(0, 0, last, 7)


def answer(figures: MonthFigures, language: str) -> str:
    """The month in one sentence."""
    if figures.ready:
        return word("month_ready", language)
    return word("month_missing", language, count=len(figures.missing))


def _in_short(figures: MonthFigures, language: str) -> str:
    """Result and open items in running text, by currency."""
    parts = []
    for currency in figures.currencies:
        payables, receivables = figures.owed(currency)
        for key, amount in (
            ("result", figures.results[currency]), ("payables", payables), ("receivables", receivables)
        ):  # fmt: skip
            parts.append(f"{word(key, language)} {amount_text(amount.amount, currency, language)}")
    return " · ".join(parts)


def _write_figures(workbook: Any, sheet: Any, formats: Formats, figures: MonthFigures, top: int) -> int:
    """Income, expenses, result and open items by currency, as formulas; each has a name such as ``Result_EUR``.

    Gives the last row.
    """
    language = formats.language
    shown = [(key, currency) for currency in figures.currencies for key in _FIGURES]
    last = top + len(shown)
    headings = ("figure", "currency", "amount", "reference")
    sheet.add_table(top, 0, last, 3, {
        "name": "Figures", "style": "Table Style Light 1", "autofilter": False,
        "columns": [
            {
                "header": word(key, language),
                "header_format": formats.heading({"amount": "amount", "currency": "code"}.get(key, "text")),  # type: ignore[arg-type]  # both are kinds
            }
            for key in headings
        ],
    })  # fmt: skip
    for row, (key, currency) in enumerate(shown, start=top + 1):
        write_text(sheet, formats, row, 0, word(key, language), align="left", indent=1)
        write_text(sheet, formats, row, 1, currency, align="center")
        table, column = _FIGURES[key]
        formula = f"=SUMIFS({_column(table, column, formats)},{_column(table, 'currency', formats)},B{row + 1})"
        amount = _amount_of(figures, key, currency)
        sheet.write_formula(row, 2, formula, formats.amount(currency), float(amount.amount))
        write_text(sheet, formats, row, 3, reference_of(figures, key), align="left", indent=1)
        workbook.define_name(f"{key.capitalize()}_{currency}", f"='{word('summary', language)}'!$C${row + 1}")
    return last


#: Figure: the table and its column that it is the sum of.
_FIGURES = {
    "income": ("ProfitLoss", "income"),
    "expense": ("ProfitLoss", "expense"),
    "result": ("ProfitLoss", "result"),
    "payables": ("Payables", "amount"),
    "receivables": ("Receivables", "amount"),
}


def _amount_of(figures: MonthFigures, key: str, currency: str) -> Money:
    lines = [line for line in figures.result_lines if line.amount.currency == currency]
    if key in ("income", "expense"):
        total = Money.total([line.amount for line in lines if line.kind.value == key], currency)
        return total if key == "income" else -total
    if key == "result":
        return figures.results[currency]
    payables, receivables = figures.owed(currency)
    return payables if key == "payables" else receivables


def reference_of(figures: MonthFigures, key: str) -> str:
    """The reference of a figure: open items stand on their control account, the others are named as they are."""
    account = next((number for number, each in CHART.items() if each.control == key), None)
    if account is None:
        return str(FigureReference(figure=key, period=figures.period))
    return str(FigureReference.of_account(account, figures.period))


def _write_checks(sheet: Any, formats: Formats, figures: MonthFigures, top: int) -> int:
    """How much is missing by check, counted by formula in the sheet of exceptions; gives the last row."""
    language = formats.language
    last = top + len(Check) + 1
    sheet.add_table(top, 5, last, 6, {
        "name": "Missing", "style": "Table Style Light 1", "autofilter": False, "total_row": True,
        "columns": [
            {"header": word("check", language), "header_format": formats.heading()},
            {
                "header": word("missing", language), "header_format": formats.heading("amount"),
                "total_function": "sum", "total_value": len(figures.missing),
            },
        ],
    })  # fmt: skip
    heading = word("check", language)
    for row, (check, count) in enumerate(figures.checks.items(), start=top + 1):
        write_text(sheet, formats, row, 5, word(f"check_{check.value}", language), align="left", indent=1)
        formula = f"=COUNTIFS(Exceptions[{heading}],F{row + 1})"
        color = {"font_color": "#c00000"} if count else {}
        sheet.write_formula(row, 6, formula, formats.get(num_format="0", **color), count)
    write_text(sheet, formats, last, 5, word("total", language), **formats.total(align="left", indent=1))
    total = f"=SUBTOTAL(109,Missing[{word('missing', language)}])"
    sheet.write_formula(last, 6, total, formats.get(num_format="0", **formats.total()), len(figures.missing))
    return last


def _write_chart(workbook: Any, sheet: Any, formats: Formats, figures: MonthFigures, top: int) -> int:
    """Expenses by account in the company's currency, as bars beside their names; gives the last row it covers."""
    rows = [index for index, line in enumerate(figures.result_lines, start=1) if _is_expense(line, figures.currency)]
    if not rows:
        return top
    language = formats.language
    name = word("profit_and_loss", language)
    chart = workbook.add_chart({"type": "bar"})
    chart.add_series({
        "name": word("expense_by_account", language),
        "categories": [name, rows[0], 2, rows[-1], 2],
        "values": [name, rows[0], 4, rows[-1], 4],
        "fill": {"color": "#1d3c5a"},
        "gap": 60,
    })  # fmt: skip
    chart.set_title({"name": f"{word('expense_by_account', language)} ({figures.currency})", "name_font": {"size": 11}})
    chart.set_legend({"none": True})
    chart.set_y_axis({"reverse": True, "num_font": {"size": 9}})
    chart.set_x_axis(
        {
            "num_format": "#,##0",
            "num_font": {"size": 9},
            "major_gridlines": {"visible": True, "line": {"color": "#d9d9d9"}},
        }
    )
    chart.set_size({"width": 480, "height": _CHART_HEIGHT})
    sheet.insert_chart(top, 0, chart, {"object_position": 1})
    return top + _CHART_HEIGHT // 20


def _is_expense(line: ResultLine, currency: str) -> bool:
    return line.kind is AccountKind.EXPENSE and line.amount.currency == currency
