"""Sheets and staff for examples of payroll rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from kontorist.domain.ids import EmployeeId
from kontorist.domain.money import Money
from kontorist.domain.payroll.checks import Found, Limits, Month, check
from kontorist.domain.payroll.doubts import Doubt
from kontorist.domain.payroll.employees import Employee, employee_id
from kontorist.domain.payroll.headings import Role
from kontorist.domain.payroll.sheets import Cell, Table, sheets_of
from kontorist.domain.payroll.staff import Staff
from kontorist.domain.periods import Period

OCTOBER = Period(2026, 10)
TIMES: tuple[Cell, ...] = ("Personalnr.", "Name", "Datum", "Stunden", "Projekt")
RESULT: tuple[Cell, ...] = ("Pers.-Nr.", "Name", "Brutto", "Steuern", "SV-Anteil AN", "Netto", "SV-Anteil AG")
ANNA, BERT, CARL = "00017", "00021", "00034"
NAMES = {ANNA: "Anna Ahlers", BERT: "Bert van Dam", CARL: "Carl Öztürk"}


def employee(number: str, name: str | None = None, **facts: object) -> Employee:
    known: dict[str, object] = {
        "cost_centre": "100",
        "email": f"p{number}@example.org",
        "active_from": date(2020, 1, 1),
    }
    return Employee(
        id=employee_id(number),
        number=number,
        name=name or NAMES.get(number, f"Person {number}"),
        **(known | facts),  # type: ignore[arg-type]
    )


STAFF = tuple(employee(number) for number in NAMES)


def times(
    *rows: Sequence[Cell], document: str = "D1", headings: Sequence[Cell] = TIMES, file: str = "hours.xlsx"
) -> Table:
    return Table(document=document, file=file, sheet="Zeiten", rows=[headings, *rows])


def result(*rows: Sequence[Cell], document: str = "D2", headings: Sequence[Cell] = RESULT) -> Table:
    return Table(document=document, file="bureau.xlsx", sheet="Lohn", rows=[headings, *rows])


def worked(
    number: Cell, day: int = 5, hours: Cell = Decimal(8), project: Cell = None, name: Cell = None
) -> tuple[Cell, ...]:
    return (number, name, date(2026, 10, day), hours, project)


def paid(number: Cell, pay: str = "3000.00", **changes: Cell) -> tuple[Cell, ...]:
    amount = Decimal(pay)
    tax, social = Decimal("400.00"), Decimal("600.00")
    row: dict[str, Cell] = {
        "number": number, "name": None, "gross": amount, "tax": tax, "social": social, "net": amount - tax - social,
        "employer": Decimal("620.00"),
    }  # fmt: skip
    return tuple((row | changes).values())


def everybody() -> list[tuple[Cell, ...]]:
    return [worked(number) for number in NAMES]


def all_paid() -> list[tuple[Cell, ...]]:
    return [paid(number) for number in NAMES]


def checked(
    *tables: Table,
    staff: Iterable[Employee] = STAFF,
    last: Mapping[str, str] | None = None,
    limits: Limits | None = None,
    let_through: Iterable[Doubt] = (),
    columns: Mapping[Role, tuple[str, ...]] | None = None,
) -> Found:
    sheets, unread = sheets_of(tables, columns or {})
    month = Month(
        period=OCTOBER,
        currency="EUR",
        staff=Staff(staff),
        last_gross={EmployeeId(employee_id(key)): Money(value, "EUR") for key, value in (last or {}).items()},
        limits=limits or Limits(),
        let_through={each.key() for each in let_through},
    )
    return check(sheets, unread, month)


def seen(found: Found) -> list[tuple[str, str, str | None]]:
    """Code without its beginning, cell, personnel number."""
    return [(each.code.removeprefix("KON-PAY-"), each.place.cell, each.number) for each in found.doubts]
