"""The payroll register of a release as a workbook: everybody with last month, this month and the difference."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from zoneinfo import ZoneInfo

from kontorist.domain.money import Money
from kontorist.domain.payroll.figures import Figures, PayLine
from tasks.reporting.sheets import Column, Formats, clean, new_workbook, set_up_page, write_table
from tasks.reporting.words import word


def write_register(figures: Figures, *, company: str, language: str) -> bytes:
    """The .xlsx file; the same figures give the same bytes. Totals are formulas that carry their values."""
    out = BytesIO()
    with new_workbook(out) as workbook:
        first = figures.period.first
        title = clean(
            f"{word('register', language)} {figures.period}, {word('release', language)} {figures.release} · {company}"
        )
        created = datetime(first.year, first.month, first.day)  # noqa: DTZ001 (a property, no moment)
        workbook.set_properties({"title": title, "author": "Kontorist", "created": created})
        formats = Formats(workbook, language)
        for key, name, columns, rows in (
            ("register", "Register", _columns(figures.lines), figures.lines),
            ("cost_centres", "CostCentres", _centre_columns(), _by_centre(figures)),
        ):
            sheet = workbook.add_worksheet(word(key, language))
            set_up_page(sheet, title, language)
            write_table(sheet, formats, name, columns, rows, zone=ZoneInfo("UTC"), currencies=(figures.currency,))
    return out.getvalue()


def _columns(lines: Sequence[PayLine]) -> list[Column]:
    """Without a month before there is nothing to compare, and no empty columns say so."""
    compared = [
        Column(key="last_gross", width=13, kind="amount", value=lambda line: line.last_gross, summed=True),
        Column(key="change", width=13, kind="amount", value=_change, summed=True),
    ]
    return [
        Column(key="personnel_number", width=15, kind="text", value=lambda line: line.number),
        Column(key="name", width=28, kind="wrapped", value=lambda line: line.name),
        Column(key="cost_centre", width=14, kind="text", value=lambda line: line.cost_centre),
        Column(key="hours", width=10, kind="text", value=_hours),
        Column(key="gross", width=13, kind="amount", value=lambda line: line.gross, summed=True),
        Column(key="wage_tax", width=13, kind="amount", value=lambda line: line.wage_tax, summed=True),
        Column(key="social_security", width=13, kind="amount", value=lambda line: line.social, summed=True),
        Column(key="deductions", width=13, kind="amount", value=lambda line: line.deductions, summed=True),
        Column(key="net", width=13, kind="amount", value=lambda line: line.net, summed=True),
        Column(key="employer_social", width=16, kind="amount", value=lambda line: line.employer, summed=True),
        *(compared if any(line.last_gross is not None for line in lines) else ()),
        Column(key="bureau_row", width=42, kind="text", value=lambda line: line.origin),
    ]


def _centre_columns() -> list[Column]:
    return [
        Column(key="cost_centre", width=18, kind="text", value=lambda row: row[0] or "-"),
        Column(key="employees", width=13, kind="integer", value=lambda row: row[1]),
        Column(key="gross", width=15, kind="amount", value=lambda row: row[2], summed=True),
        Column(key="employer_social", width=15, kind="amount", value=lambda row: row[3], summed=True),
        Column(key="net", width=15, kind="amount", value=lambda row: row[4], summed=True),
    ]


def _by_centre(figures: Figures) -> list[tuple[str | None, int, Money, Money, Money]]:
    rows = []
    for centre in sorted({line.cost_centre or "" for line in figures.lines}):
        lines = [line for line in figures.lines if (line.cost_centre or "") == centre]
        gross, employer, net = (
            Money.total([getattr(line, name) for line in lines], figures.currency)
            for name in ("gross", "employer", "net")
        )
        rows.append((centre or None, len(lines), gross, employer, net))
    return rows


def _hours(line: PayLine) -> str | None:
    return f"{line.minutes // 60}:{line.minutes % 60:02d}" if line.minutes else None


def _change(line: PayLine) -> Money | None:
    return None if line.last_gross is None else line.gross - line.last_gross
