"""A month of pay of the sample company: employees, time sheets, the bureau's result, passwords; all invented.

For the demo: `sample_payroll(folder, period)` writes `sheets/` with two planted errors, `payslip-passwords.txt` and
`employees`; enter the employees, set `archive.payroll_key` and `payroll.payslip_secrets`, and run
`kontorist run payroll/payroll_run -p folder=FOLDER/sheets -p period=2026-10`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from kontorist.domain.payroll.employees import Employee, employee_id
from kontorist.domain.periods import Period

_PEOPLE = (
    ("00017", "Katrin Ahlers", "de", "100", "4150.00"),
    ("00021", "Bram van den Hoek", "nl", "100", "3890.50"),
    ("00034", "Łucja Wróbel", "de", "100", "3475.00"),
    ("00042", "Jörg Müller", "de", "200", "3120.75"),
    ("00055", "Sophie Grant", "en", "200", "5230.00"),
    ("00063", "Pieter-Jan de Groot", "nl", "200", "2980.00"),
    ("00078", "Ayşe Yıldız", "de", "300", "3310.20"),
    ("00081", "Femke Bakker", "nl", "300", "2750.00"),
)
_TAX, _SOCIAL, _EMPLOYER = Decimal("0.1475"), Decimal("0.2045"), Decimal("0.2085")
_CENT = Decimal("0.01")
TIME_HEADINGS = ("Personalnr.", "Name", "Datum", "Stunden", "Projekt")
RESULT_HEADINGS = ("Pers.-Nr.", "Name", "Gesamtbrutto", "Steuern", "SV-Anteil AN", "Auszahlung", "SV-Anteil AG")

Cells = Sequence[object]


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplePayroll:
    """What was written: `sheets` is the folder to run, `planted` the cells with an error."""

    period: Period
    employees: tuple[Employee, ...]
    sheets: Path
    passwords: Path
    planted: tuple[str, ...]


def sample_payroll(folder: Path, period: Period) -> SamplePayroll:
    """Write a month of the sample company below `folder`: everybody is paid as in any month, two cells are wrong."""
    staff = sample_staff(period)
    rows = time_rows(period, staff)
    rows[3] = ("00099", *rows[3][1:])  # somebody the master data does not know
    rows[-1] = (*rows[-1][:2], period.following().first, *rows[-1][3:])  # a day of the next month
    sheets = folder / "sheets"
    sheets.mkdir(parents=True, exist_ok=True)
    write_sheet(sheets / f"timesheets-{period}.xlsx", "Zeiten", TIME_HEADINGS, rows)
    write_sheet(sheets / f"bureau-result-{period}.xlsx", "Lohnjournal", RESULT_HEADINGS, result_rows(staff))
    passwords = folder / "payslip-passwords.txt"
    passwords.write_text("".join(f"{each.number}: {password(each.number)}\n" for each in staff), encoding="utf-8")
    planted = ("Zeiten!A5", f"Zeiten!C{len(rows) + 1}")
    return SamplePayroll(period=period, employees=staff, sheets=sheets, passwords=passwords, planted=planted)


def sample_staff(period: Period) -> tuple[Employee, ...]:
    """Everybody of the sample company, employed since long before `period`."""
    return tuple(
        Employee(
            id=employee_id(number),
            number=number,
            name=name,
            email=f"p{number}@example.org",
            language=language,
            cost_centre=centre,
            active_from=date(period.year - 3, 1, 1),
        )
        for number, name, language, centre, _ in _PEOPLE
    )


def password(number: str) -> str:
    """The password of the payslip, as the sample office has handed it over."""
    return f"korn-blume-{number}"


def time_rows(period: Period, staff: Iterable[Employee]) -> list[Cells]:
    """Eight hours, and seven and a half on Fridays, on every weekday of the month."""
    days = [period.first + timedelta(days=each) for each in range((period.last - period.first).days + 1)]
    return [
        (each.number, each.name, day, 7.5 if day.weekday() == 4 else 8, "Auftrag")
        for each in staff
        for day in days
        if day.weekday() < 5
    ]


def result_rows(staff: Iterable[Employee]) -> list[Cells]:
    """The bureau's result: invented shares of the gross pay, each row adding up."""
    gross = {number: Decimal(amount) for number, _, _, _, amount in _PEOPLE}
    return [result_row(each, gross[each.number]) for each in staff]


def result_row(employee: Employee, gross: Decimal) -> Cells:
    """One row of the bureau's result for a gross pay."""
    tax, social, employer = ((gross * share).quantize(_CENT) for share in (_TAX, _SOCIAL, _EMPLOYER))
    return (employee.number, employee.name, gross, tax, social, gross - tax - social, employer)


def write_sheet(path: Path, name: str, headings: Cells, rows: Iterable[Cells]) -> Path:
    """An .xlsx file with one sheet: headings in row 1, then the rows; amounts and days as a spreadsheet keeps them."""
    from xlsxwriter import Workbook

    with Workbook(path) as workbook:
        sheet = workbook.add_worksheet(name)
        day = workbook.add_format({"num_format": "dd.mm.yyyy"})
        for index, row in enumerate([headings, *rows]):
            for column, value in enumerate(row):
                if isinstance(value, date | datetime):
                    sheet.write_datetime(index, column, value, day)
                elif isinstance(value, Decimal | int | float):
                    sheet.write_number(index, column, float(value))
                elif value is not None:
                    sheet.write_string(index, column, str(value))
    return path
