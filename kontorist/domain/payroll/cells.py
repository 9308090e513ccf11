"""Cells as the facts of a payroll: personnel numbers, days, hours, amounts. Nothing is rounded on the way.

A cell that is none of these gives the code of the doubt, never a guess.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import Decimal

from kontorist.domain.money import Money, NotAnAmount
from kontorist.domain.payroll.doubts import Code
from kontorist.domain.payroll.sheets import Cell

_DAY_FIRST = re.compile(r"(\d{1,2})[.\-/](\d{1,2})[.\-/](\d{4})", re.ASCII)
_YEAR_FIRST = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_HOURS_MINUTES = re.compile(r"(\d{1,2}):(\d{2})", re.ASCII)
_DECIMALS = re.compile(r"\d{1,2}(?:[.,]\d{1,2})?", re.ASCII)
#: Written amounts whose marks leave no doubt: one group of thousands alone (``1.234``) is none of them.
_COMMA = re.compile(r"-?(?:\d{1,3}(?:\.\d{3})+|\d+),\d+", re.ASCII)
_POINT = re.compile(r"-?(?:\d{1,3}(?:,\d{3})+|\d+)\.(?:\d{1,2}|\d{4,})", re.ASCII)
_WHOLE = re.compile(r"-?\d+", re.ASCII)
_DAY_OF_HOURS = Decimal(24)
_TOO_MUCH = Decimal(1_000_000_000)  #: what nobody earns in a month; infinity and "not a number" are not below it


def personnel_number(cell: Cell) -> str | None:
    """The number as text, as written; a cell that holds a whole number gives its digits. None for anything else."""
    if isinstance(cell, Decimal):
        return str(int(cell)) if cell == cell.to_integral_value() and cell > 0 else None
    return cell.strip() if isinstance(cell, str) and cell.strip() else None


def day(cell: Cell) -> date | Code:
    """The day; text is read day first, as Dutch and German offices write it, or as ISO 8601."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if not isinstance(cell, str):
        return Code.DATE
    text = cell.strip()
    if match := _DAY_FIRST.fullmatch(text):
        parts = (int(match[3]), int(match[2]), int(match[1]))
    elif match := _YEAR_FIRST.fullmatch(text):
        parts = (int(match[1]), int(match[2]), int(match[3]))
    else:
        return Code.DATE
    try:
        return date(*parts)
    except ValueError:
        return Code.DATE


def minutes(cell: Cell) -> int | Code:
    """Hours worked, in whole minutes: 7.5, ``7,5``, ``7:30`` and a time-of-day cell 07:30 are all 450.

    An empty cell is a day without work, as in sheets that are filled with all days of the month beforehand. Rounded
    to the minute, since 7.33 stands for 7:20.
    """
    hours = Decimal(0) if cell is None else _hours(cell)
    if hours is None or not 0 <= hours <= _DAY_OF_HOURS:
        return Code.HOURS
    return int((hours * 60).to_integral_value())


def _hours(cell: Cell) -> Decimal | None:
    if isinstance(cell, time):
        return Decimal(cell.hour * 60 + cell.minute) / 60
    if isinstance(cell, str):
        text = cell.strip()
        if match := _HOURS_MINUTES.fullmatch(text):
            return Decimal(int(match[1]) * 60 + int(match[2])) / 60 if int(match[2]) < 60 else None
        return Decimal(text.replace(",", ".")) if _DECIMALS.fullmatch(text) else None
    return cell if isinstance(cell, Decimal) else None


def amount(cell: Cell, currency: str) -> Money | Code:
    """The amount, exact to the cent or refused; an empty cell is not zero."""
    number: Decimal | None = None
    if isinstance(cell, Decimal):
        number = cell
    elif isinstance(cell, str):
        number = _written_amount(cell.strip())
    if number is None or not abs(number) < _TOO_MUCH:
        return Code.AMOUNT
    try:
        return Money(number, currency)
    except NotAnAmount:
        return Code.CENT


def _written_amount(text: str) -> Decimal | None:
    if _COMMA.fullmatch(text):
        return Decimal(text.replace(".", "").replace(",", "."))
    if _POINT.fullmatch(text):
        return Decimal(text.replace(",", ""))
    return Decimal(text) if _WHOLE.fullmatch(text) else None
