"""A month of pay of the sample company: staff, time sheets, the bureau's result, passwords; all invented.

`sample_payroll(folder, period)` writes what a month brings: a file for `kontorist masterdata import employees`, the two
workbooks of the month with three planted doubts, and the passwords of the payslips.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from kontorist.domain.payroll.doubts import Code
from kontorist.domain.payroll.employees import Employee, employee_id
from kontorist.domain.periods import Period
from kontorist.testing.documents.partner_files import employee_file

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
    """What was written: `sheets` is the folder to run, `planted` the cells with a doubt and the doubt's code."""

    period: Period
    employees: tuple[Employee, ...]
    staff: Path
    sheets: Path
    passwords: Path
    planted: tuple[tuple[str, Code], ...]


def sample_payroll(folder: Path, period: Period, *, doubts: bool = True) -> SamplePayroll:
    """Write a month of the sample company below `folder`: everybody is paid as in any month.

    With `doubts` three cells are wrong, which holds back two of the eight employees.
    """
    employees = sample_staff(period)
    folder.mkdir(parents=True, exist_ok=True)
    staff = folder / "employees.csv"
    staff.write_bytes(employee_file(employees))
    times, results = time_rows(period, employees), result_rows(employees)
    if doubts:
        times[3] = ("00099", *times[3][1:])  # somebody the master data does not know
        times[-1] = (*times[-1][:2], period.following().first, *times[-1][3:])
        results[1] = (*results[1][:5], results[1][5] + 10, *results[1][6:])  # type: ignore[operator]  # an amount
    sheets = folder / "sheets"
    sheets.mkdir(parents=True, exist_ok=True)
    write_workbook(sheets / f"timesheets-{period}.xlsx", TIME_HEADINGS, {"Zeiten": times})
    write_workbook(sheets / f"bureau-result-{period}.xlsx", RESULT_HEADINGS, {"Lohnjournal": results})
    passwords = folder / "payslip-passwords.txt"
    passwords.write_text("".join(f"{each.number}: {password(each.number)}\n" for each in employees), encoding="utf-8")
    planted = (("A5", Code.UNKNOWN), (f"C{len(times) + 1}", Code.MONTH), ("F3", Code.SUM)) if doubts else ()
    return SamplePayroll(
        period=period,
        employees=employees,
        staff=staff,
        sheets=sheets,
        passwords=passwords,
        planted=planted,
    )


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


def write_workbook(path: Path, headings: Cells, sheets: Mapping[str, Iterable[Cells]]) -> Path:
    """An .xlsx file: headings in row 1 of each sheet, then its rows; amounts and days as a spreadsheet keeps them."""
    from xlsxwriter import Workbook

    with Workbook(path) as workbook:
        day = workbook.add_format({"num_format": "dd.mm.yyyy"})
        for name, rows in sheets.items():
            sheet = workbook.add_worksheet(name)
            for index, row in enumerate([headings, *rows]):
                for column, value in enumerate(row):
                    _write(sheet, index, column, value, day)
    return path


def _write(sheet: Any, row: int, column: int, value: object, day: object) -> None:
    if isinstance(value, date):
        sheet.write_datetime(row, column, value, day)
    elif isinstance(value, Decimal | int | float):
        sheet.write_number(row, column, float(value))
    elif value is not None:
        sheet.write_string(row, column, str(value))
