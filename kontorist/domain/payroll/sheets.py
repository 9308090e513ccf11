"""Payroll sheets as rows: where the headings are, where the data begin, and what stands in each cell.

A file may hold several sheets; those that are none of ours (notes, legends) are left alone as long as one is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from itertools import groupby

from kontorist.domain.payroll.doubts import Code, Doubt, Place
from kontorist.domain.payroll.headings import Kind, Role, kind_of, roles_of

#: What a spreadsheet holds in a cell. Numbers are exact: a float was read by its shortest text.
Cell = str | Decimal | date | datetime | time | bool | None

_HEADINGS_WITHIN = 30  #: rows from the top, in which the headings are looked for
_TOTALS = re.compile(r"\s*(summe|gesamt|total|totaal|sum|subtotal|zwischensumme|subtotaal)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One sheet of a file: `rows` begin at row `first_row` and column `first_column` of the sheet, counted from 1."""

    document: str
    file: str
    sheet: str
    rows: Sequence[Sequence[Cell]]
    first_row: int = 1
    first_column: int = 1

    def place(self, row: int | None = None, column: int = 0) -> Place:
        """The cell at these positions in `rows`; without `row` the sheet as a whole."""
        cell = "" if row is None else f"{column_letters(column + self.first_column)}{row + self.first_row}"
        return Place(document=self.document, file=self.file, sheet=self.sheet, cell=cell)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row with something in it. `values` are the cells by their role, None where they are empty."""

    table: Table
    index: int
    roles: Mapping[Role, int]

    def value(self, role: Role) -> Cell:
        """What stands in the column of `role`; None where the sheet has no such column."""
        cells = self.table.rows[self.index]
        position = self.roles.get(role, len(cells))
        found = cells[position] if position < len(cells) else None
        return None if isinstance(found, str) and not found.strip() else found

    def others(self) -> tuple[Cell, ...]:
        """The cells outside of all columns we know, such as a project or a time of day."""
        taken = set(self.roles.values())
        return tuple(cell for position, cell in enumerate(self.table.rows[self.index]) if position not in taken)

    def has(self, role: Role) -> bool:
        """Whether the sheet has a column for `role`."""
        return role in self.roles

    def place(self, role: Role) -> Place:
        """The cell of `role`."""
        return self.table.place(self.index, self.roles[role])


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One sheet of ours with its rows of data."""

    kind: Kind
    table: Table
    rows: tuple[Row, ...]


def sheets_of(
    tables: Iterable[Table], columns: Mapping[Role, tuple[str, ...]]
) -> tuple[tuple[Sheet, ...], tuple[Doubt, ...]]:
    """The sheets of ours among `tables`, and a doubt for each file in which there is none."""
    found: list[Sheet] = []
    doubts: list[Doubt] = []
    for _, group in groupby(sorted(tables, key=lambda each: each.document), key=lambda each: each.document):
        of_file = list(group)
        ours = [sheet for table in of_file if (sheet := _sheet(table, columns)) is not None]
        found += ours
        if not ours:
            doubts.append(Doubt(code=Code.HEADINGS, place=of_file[0].place(0)))
    return tuple(found), tuple(doubts)


def _sheet(table: Table, columns: Mapping[Role, tuple[str, ...]]) -> Sheet | None:
    for index, cells in enumerate(table.rows[:_HEADINGS_WITHIN]):
        roles = roles_of(cells, columns)
        kind = kind_of(roles)
        if kind is not None:
            return Sheet(kind=kind, table=table, rows=tuple(_rows(table, index + 1, roles)))
    return None


def _rows(table: Table, start: int, roles: Mapping[Role, int]) -> Iterator[Row]:
    for index in range(start, len(table.rows)):
        row = Row(table=table, index=index, roles=roles)
        if any(row.value(role) is not None for role in roles) and not _is_total(row):
            yield row


def _is_total(row: Row) -> bool:
    """A row of totals names nobody: its first text begins with a word for it."""
    number = row.value(Role.EMPLOYEE)
    texts = [each for each in row.table.rows[row.index] if isinstance(each, str) and each.strip()]
    return bool(texts) and _TOTALS.match(texts[0]) is not None and (number is None or number == texts[0])


def column_letters(number: int) -> str:
    """How a spreadsheet calls its column `number` (from 1): A, Z, AA."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
