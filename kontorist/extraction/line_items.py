"""Line items: the column of totals under a table's head, chosen where its sum is printed elsewhere on the pages.

A column is told by its right edge; where none adds up so, by its left.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from kontorist.domain.payables.draft import InvoiceLine
from kontorist.extraction.candidates import Candidate
from kontorist.extraction.candidates.amount import AmountReading
from kontorist.extraction.layout import Sheet
from kontorist.extraction.line_runs import rows_of_a_sum
from kontorist.extraction.solving import TOLERANCE

if TYPE_CHECKING:
    from kontorist.extraction.fields.totals import Money

_FAR: Final = 0.02  #: right edges this near (of the page's width) are one column
_Column = list[Candidate[AmountReading]]


@dataclass(slots=True)
class Row:
    """One row of a table: its total, the cells beside it, and the numbers left of the total."""

    total: Decimal
    candidate: Candidate[AmountReading] | None
    cells: list[str] = field(default_factory=list)
    numbers: list[Decimal] = field(default_factory=list)


@dataclass(slots=True)
class Items:
    """The rows found, in the order of the pages; `settled` where their sum is printed on the pages."""

    rows: list[Row]
    settled: bool

    def sums(self) -> set[Decimal]:
        """What the rows sum up to, when that is evidence; otherwise nothing."""
        return {sum((row.total for row in self.rows), Decimal(0))} if self.settled else set()

    def lines(self, sheet: Sheet) -> tuple[InvoiceLine, ...]:
        """The rows as lines of an invoice."""
        return tuple(_line(sheet, row) for row in self.rows)


def read_lines(sheet: Sheet, money: Money) -> Items:
    """The rows of all tables of line items."""
    inside = [each for each in money.found if sheet.in_zone(each.segment, "table") and _money_like(each)]
    printed = _printed_sums(sheet, money)
    columns = _columns(sheet, inside, edge=2)
    for found in (columns, _columns(sheet, inside, edge=0)):
        best = max((_settle(money, column, printed) for column in found), key=_worth, default=None)
        if best is not None and best[1]:
            return Items([_row(sheet, money, each, inside) for each in best[0]], settled=True)
    run = rows_of_a_sum(sheet, money)
    if run:
        return _of_a_run(sheet, money, run)
    return Items([_row(sheet, money, each, inside) for each in _likeliest(columns)], settled=False)


def _of_a_run(sheet: Sheet, money: Money, run: _Column) -> Items:
    """The rows of a list without a head. They stand in a table too from now on; one alone may be the net."""
    for each in run if len(run) > 1 else ():
        for cell in sheet.line(each.page, each.segment.line):
            sheet.mark(cell).zones.add("table")
    inside = [each for each in money.found if sheet.in_zone(each.segment, "table")]
    return Items([_row(sheet, money, each, inside) for each in run], settled=True)


def _money_like(each: Candidate[AmountReading]) -> bool:
    return each.value.cents or each.value.currency is not None or not re.search(r"[.,]", each.value.digits)


def _printed_sums(sheet: Sheet, money: Money) -> set[Decimal]:
    """Amounts printed outside the tables, which a column of totals may sum up to."""
    outside = (each for each in money.found if not sheet.in_zone(each.segment, "table"))
    return {money.value(each) for each in outside if each.value.cents or each.value.currency} - {Decimal(0)}


def _columns(sheet: Sheet, found: Iterable[Candidate[AmountReading]], edge: int) -> list[_Column]:
    """Amounts that share an `edge` (0 left, 2 right), the rightmost column first, each from top to bottom."""
    columns: list[tuple[float, _Column]] = []
    placed = [(each.area[edge] / sheet.width(each.segment), each) for each in found]
    for at, each in sorted(placed, key=lambda one: -one[0]):
        for start, column in columns:
            if start - at < _FAR:
                column.append(each)
                break
        else:
            columns.append((at, [each]))
    return [sorted(column, key=lambda one: (one.page, one.segment.line, one.start)) for _, column in columns]


_Settled = tuple[_Column, Decimal | None]


def _settle(money: Money, column: _Column, printed: set[Decimal]) -> _Settled:
    """The column, or the column less one remark in it, whose sum is printed; the sum is None where neither is."""
    total = Decimal(0)
    for index, each in enumerate(column):  # a sum of all above, printed in the column itself, ends the items
        if index > 1 and abs(total - money.value(each)) <= TOLERANCE:
            return column[:index], total
        total += money.value(each)
    if _near(total, printed):
        return column, total
    for index, each in enumerate(column):
        rest = total - money.value(each)
        if len(column) > 2 and abs(rest) > abs(total) / 2 and _near(rest, printed):
            return column[:index] + column[index + 1 :], rest
    return column, None


def _near(value: Decimal, printed: set[Decimal]) -> bool:
    return any(abs(value - each) <= TOLERANCE for each in printed)


def _worth(settled: _Settled) -> tuple[bool, Decimal]:
    return settled[1] is not None, abs(settled[1] or Decimal(0))


def _likeliest(columns: list[_Column]) -> _Column:
    """Without arithmetic: the rightmost column that is about as long as the longest, of amounts with cents if any."""
    pool = [column for column in columns if 2 * sum(each.value.cents for each in column) >= len(column)] or columns
    most = max(map(len, pool), default=0)
    return next((column for column in pool if 2 * len(column) > most), [])


def _row(sheet: Sheet, money: Money, each: Candidate[AmountReading], inside: list[Candidate[AmountReading]]) -> Row:
    cells = [cell for cell in sheet.beside(each.segment) if sheet.in_zone(cell, "table")]
    left = [other for other in inside if other.segment in cells and other.area[2] < each.area[0]]
    return Row(money.value(each), each, [cell.text for cell in cells], [money.value(other) for other in left])


def _line(sheet: Sheet, row: Row) -> InvoiceLine:
    words = [cell for cell in row.cells if re.search(r"[^\W\d]{3,}", cell)]
    quantity, price = _quantity_and_price(row)
    place = row.candidate
    return InvoiceLine(
        description=" ".join(max(words, key=len).split()) if words else None,
        quantity=quantity,
        unit_price=price,
        total=row.total,
        page=place.page if place else None,
        box=sheet.pages[place.page].percent(place.area) if place else None,
    )


def _quantity_and_price(row: Row) -> tuple[Decimal | None, Decimal | None]:
    """Two numbers of the row whose product is the total: quantity stands left of the price."""
    for index, first in enumerate(row.numbers):
        for second in row.numbers[index + 1 :]:
            if abs(first * second - row.total) <= TOLERANCE:
                return first, second
    return None, None
