"""The daily report as a workbook for accountants: Summary, Entries, Exceptions, Sources."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from kontorist.domain.money import Money
from tasks.reporting.figures import DailyFigures, EntryRow, ExceptionRow, Outcome
from tasks.reporting.sheets import (
    Column,
    Formats,
    clean,
    local_time,
    new_workbook,
    set_up_page,
    write_table,
    write_text,
)
from tasks.reporting.words import answer, day_text, open_items, outcome_word, word


def write_workbook(figures: DailyFigures, *, language: str = "en") -> bytes:
    """The .xlsx file of the day, in the reader's language (de, nl, en; any other reads English).

    The same figures give the same bytes. Totals are formulas over the tables and carry their computed values, so they
    show in a viewer that does not calculate.
    """
    out = BytesIO()
    with new_workbook(out) as workbook:
        created = datetime(figures.day.year, figures.day.month, figures.day.day)  # noqa: DTZ001 (a property, no moment)
        title = clean(f"{word('title', language)} {day_text(figures.day, language)} · {figures.company}")
        workbook.set_properties({"title": title, "author": "Kontorist", "created": created})
        formats = Formats(workbook, language)
        sheets = {key: workbook.add_worksheet(word(key, language)) for key in _SHEETS}
        for sheet in sheets.values():
            set_up_page(sheet, title, language)
        _write_summary(workbook, sheets["summary"], formats, figures, title)
        _write_details(sheets, formats, figures)
    return out.getvalue()


_SHEETS = ("summary", "entries", "exceptions", "sources")


def _write_details(sheets: dict[str, Any], formats: Formats, figures: DailyFigures) -> None:
    zone, language = ZoneInfo(figures.timezone), formats.language
    for key, name, columns, rows in (
        ("entries", "Entries", _entry_columns(), figures.entries),
        ("exceptions", "Exceptions", _exception_columns(language), figures.exceptions),
        ("sources", "Sources", _source_columns(language), figures.sources),
    ):
        write_table(sheets[key], formats, name, columns, rows, zone=zone, currencies=figures.currencies)


def _entry_columns() -> list[Column]:
    def debit(row: EntryRow) -> Money | None:
        return row.amount if row.amount.amount > 0 else None

    def credit(row: EntryRow) -> Money | None:
        return -row.amount if row.amount.amount < 0 else None

    return [
        Column(key="number", width=9, kind="integer", value=lambda row: row.number),
        Column(key="day", width=12, kind="date", value=lambda row: row.day),
        Column(key="text", width=42, kind="wrapped", value=lambda row: row.text),
        Column(key="account", width=10, kind="text", value=lambda row: row.account),
        Column(key="account_name", width=22, kind="wrapped", value=lambda row: row.account_name),
        Column(key="debit", width=13, kind="amount", value=debit, summed=True),
        Column(key="credit", width=13, kind="amount", value=credit, summed=True),
        Column(key="currency", width=10, kind="code", value=lambda row: row.amount.currency),
        Column(key="tax_key", width=10, kind="code", value=lambda row: row.tax_key),
        Column(key="prepared_by", width=12, kind="text", value=lambda row: row.prepared_by),
        Column(key="approved_by", width=14, kind="wrapped", value=lambda row: _listed(row.approved_by)),
        Column(key="document", width=24, kind="text", value=lambda row: row.document),
        Column(key="reference", width=12, kind="text", value=lambda row: row.reference),
    ]


def _exception_columns(language: str) -> list[Column]:
    def reasons(row: ExceptionRow) -> str:
        return "\n".join(row.reasons)

    return [
        Column(key="outcome", width=24, kind="wrapped", value=lambda row: outcome_word(row.outcome, language)),
        Column(key="what", width=24, kind="wrapped", value=lambda row: row.title),
        Column(key="reason", width=50, kind="wrapped", value=reasons),
        Column(key="code", width=19, kind="wrapped", value=lambda row: "\n".join(row.codes) or None),
        Column(key="supplier", width=20, kind="wrapped", value=lambda row: row.supplier),
        Column(key="invoice_number", width=19, kind="text", value=lambda row: row.invoice_number),
        Column(key="amount", width=13, kind="amount", value=lambda row: row.amount, summed=True),
        Column(key="currency", width=10, kind="code", value=lambda row: row.amount.currency if row.amount else None),
        Column(key="due", width=12, kind="date", value=lambda row: row.due),
        Column(key="waits_for", width=14, kind="wrapped", value=lambda row: _listed(row.waits_for)),
        Column(key="since", width=16, kind="time", value=lambda row: row.since),
        Column(key="reference", width=24, kind="text", value=lambda row: row.id),
    ]


def _source_columns(language: str) -> list[Column]:
    return [
        Column(key="document", width=24, kind="text", value=lambda row: row.document),
        Column(key="file", width=30, kind="wrapped", value=lambda row: row.name),
        Column(key="received", width=16, kind="time", value=lambda row: row.received),
        Column(key="source", width=12, kind="wrapped", value=lambda row: row.source),
        Column(key="outcome", width=24, kind="wrapped", value=lambda row: outcome_word(row.outcome, language)),
        Column(key="sha256", width=36, kind="wrapped", value=lambda row: row.sha256),
        Column(key="seq", width=15, kind="integer", value=lambda row: row.seq),
        Column(key="run", width=26, kind="wrapped", value=lambda row: row.run),
        Column(key="config_hash", width=36, kind="wrapped", value=lambda row: row.config_hash),
    ]


def _listed(names: tuple[str, ...]) -> str | None:
    return ", ".join(names) or None


def _write_summary(workbook: Any, sheet: Any, formats: Formats, figures: DailyFigures, title: str) -> None:
    """The answer stands in the first ten rows: a sentence, the counts, the amounts."""
    for row, height in enumerate((26, 18, 24)):
        sheet.set_row(row, height)
    language = formats.language
    moment = local_time(figures.generated, ZoneInfo(figures.timezone))
    when = f"{day_text(moment.date(), language)} {moment:%H:%M}"
    made = word("generated", language, time=when, zone=figures.timezone)
    write_text(sheet, formats, 0, 0, title, bold=True, font_size=15)
    write_text(sheet, formats, 1, 0, answer(figures, language), bold=True)
    write_text(sheet, formats, 2, 0, open_items(figures, language))
    last = max(_write_counts(sheet, formats, figures, 3), _write_amounts(workbook, sheet, formats, figures, 3))
    write_text(sheet, formats, last + 2, 0, made, font_color="#666666")
    for row, key in ((3, "run"), (4, "config_hash")):
        write_text(sheet, formats, last + row, 0, word(key, language), font_color="#666666")
        write_text(sheet, formats, last + row, 1, getattr(figures, key) or "-", font_color="#666666")
    for column, width in enumerate((30, 13, 4, 12, 18, 18, 4)):
        sheet.set_column(column, column, width)
    sheet.print_area(0, 0, last + 4, 8)


def _write_counts(sheet: Any, formats: Formats, figures: DailyFigures, top: int) -> int:
    """Documents by outcome as a table; gives its last row. Filed and in progress show only where something is."""
    language = formats.language
    shown = [
        (outcome, count)
        for outcome, count in figures.counts.items()
        if count or outcome not in (Outcome.FILED, Outcome.IN_PROGRESS)
    ]
    last = top + len(shown) + 1
    sheet.add_table(top, 0, last, 1, {
        "name": "Outcomes", "style": "Table Style Light 1", "autofilter": False, "total_row": True,
        "columns": [
            {"header": word("outcome", language), "header_format": formats.heading()},
            {
                "header": word("documents", language), "header_format": formats.heading("amount"),
                "total_function": "sum", "total_value": figures.received,
            },
        ],
    })  # fmt: skip
    write_text(sheet, formats, last, 0, word("total", language), **formats.total(align="left", indent=1))
    total = f"=SUBTOTAL(109,Outcomes[{word('documents', language)}])"
    sheet.write_formula(last, 1, total, formats.get(num_format="0", **formats.total()), figures.received)
    heading = word("outcome", language)
    for row, (outcome, count) in enumerate(shown, start=top + 1):
        write_text(sheet, formats, row, 0, outcome_word(outcome, language), align="left", indent=1)
        sheet.write_formula(row, 1, f"=COUNTIFS(Sources[{heading}],A{row + 1})", formats.get(num_format="0"), count)
        _write_reference(sheet, formats, figures, (row, 1), outcome.value)
    return last


def _write_amounts(workbook: Any, sheet: Any, formats: Formats, figures: DailyFigures, top: int) -> int:
    """Posted and waiting by currency, as formulas over the other sheets; gives the last row.

    Each figure has a name such as ``Posted_EUR`` that other workbooks may refer to.
    """
    language = formats.language
    headings = [word(key, language) for key in ("currency", "posted", "waiting")]
    last = top + len(figures.currencies)
    sheet.add_table(top, 3, last, 5, {
        "name": "Amounts", "style": "Table Style Light 1", "autofilter": False,
        "columns": [
            {"header": heading, "header_format": formats.heading("amount" if place else "text")}
            for place, heading in enumerate(headings)
        ],
    })  # fmt: skip
    sums = (("Posted", "Entries", "debit", figures.posted), ("Waiting", "Exceptions", "amount", figures.waiting))
    for index, currency in enumerate(figures.currencies):
        row = top + 1 + index
        write_text(sheet, formats, row, 3, currency, align="left", indent=1)
        for column, (name, table, key, amounts) in enumerate(sums, start=4):
            _write_reference(sheet, formats, figures, (row, column), f"{name.lower()}/{currency}")
            formula = f"=SUMIFS({table}[{word(key, language)}],{table}[{headings[0]}],D{row + 1})"
            sheet.write_formula(row, column, formula, formats.amount(currency), float(amounts[index].amount))
            cell = f"${'DEF'[column - 3]}${row + 1}"
            workbook.define_name(f"{name}_{currency}", f"='{word('summary', language)}'!{cell}")
    return last


def _write_reference(sheet: Any, formats: Formats, figures: DailyFigures, place: tuple[int, int], figure: str) -> None:
    """A comment on the cell of a figure: the command that shows what it is made of."""
    reference = figures.reference(figure)
    if reference is not None:
        text = f"{word('trace', formats.language)}:\nkontorist trace {reference}"
        sheet.write_comment(*place, text, {"author": "Kontorist", "x_scale": 2.4, "y_scale": 0.6})
