"""Line items: the column of totals under a table's head, accepted only where it sums up to the net or the gross."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from kontorist.domain.payables.draft import InvoiceLine
from kontorist.extraction.candidates import Candidate
from kontorist.extraction.candidates.amount import AmountReading
from kontorist.extraction.layout import Sheet
from kontorist.extraction.page_text import Segment
from kontorist.extraction.solving import TOLERANCE, Totals

if TYPE_CHECKING:
    from kontorist.extraction.fields.totals import Money

_FAR: Final = 0.02  #: right edges this near (of the page's width) are one column


@dataclass(slots=True)
class Row:
    """One row of a table: its total and what else stands in it."""

    total: Decimal
    candidate: Candidate[AmountReading]
    cells: list[Segment] = field(default_factory=list)
    numbers: list[tuple[Segment, Decimal]] = field(default_factory=list)


@dataclass(slots=True)
class Items:
    """The rows found, in the order of the pages."""

    sheet: Sheet
    rows: list[Row]

    def sums(self) -> set[Decimal]:
        """What the rows sum up to; empty without rows."""
        return {sum((row.total for row in self.rows), Decimal(0))} if self.rows else set()

    def accepted(self, totals: Totals) -> tuple[InvoiceLine, ...]:
        """The rows as lines where their sum is the net or the gross; otherwise they are offered all the same."""
        return tuple(_line(self.sheet, row) for row in self.rows)

    def agree(self, totals: Totals) -> bool:
        """Do the rows sum up to the net or the gross?"""
        wanted = [each.value for each in (totals.net, totals.gross) if each]
        return any(abs(total - value) <= TOLERANCE for total in self.sums() for value in wanted)


def read_lines(sheet: Sheet, money: Money) -> Items:
    """The rows of all tables of line items, by the amounts in the column furthest to the right."""
    rows: list[Row] = []
    inside = [each for each in money.found if sheet.in_zone(each.segment, "table")]
    for number in sorted(sheet.pages):
        rows += _page_rows(sheet, money, [each for each in inside if each.page == number])
    return Items(sheet, rows)


def _page_rows(sheet: Sheet, money: Money, found: list[Candidate[AmountReading]]) -> list[Row]:
    column = _total_column(sheet, [each for each in found if _money_like(each)])
    rows = []
    for each in column:
        cells = [cell for cell in sheet.beside(each.segment) if sheet.in_zone(cell, "table")]
        numbers = [
            (other.segment, money.value(other))
            for other in found
            if other is not each and other.segment in cells and other.area[2] < each.area[0]
        ]
        rows.append(Row(money.value(each), each, cells, numbers))
    return rows


def _money_like(each: Candidate[AmountReading]) -> bool:
    return each.value.cents or each.value.currency is not None or "." not in each.value.digits


def _total_column(sheet: Sheet, found: list[Candidate[AmountReading]]) -> list[Candidate[AmountReading]]:
    """Amounts that end at the right edge shared by most, among the columns of the right part."""
    columns: list[list[Candidate[AmountReading]]] = []
    for each in sorted(found, key=lambda one: -one.area[2]):
        width = sheet.width(each.segment)
        for column in columns:
            if abs(column[0].area[2] - each.area[2]) < _FAR * width:
                column.append(each)
                break
        else:
            columns.append([each])
    exact = [column for column in columns if sum(each.value.cents for each in column) * 2 >= len(column)]
    pool = exact or columns
    if not pool:
        return []
    most = max(len(column) for column in pool)
    chosen = next(column for column in pool if len(column) * 2 > most or len(column) == most)
    return sorted(chosen, key=lambda one: (one.segment.line, one.start))


def _line(sheet: Sheet, row: Row) -> InvoiceLine:
    place = row.candidate
    words = [cell.text for cell in row.cells if re.search(r"[^\W\d]{3,}", cell.text)]
    quantity, price = _quantity_and_price(row)
    return InvoiceLine(
        description=max(words, key=len, default=None),
        quantity=quantity,
        unit_price=price,
        total=row.total,
        page=place.page,
        box=sheet.pages[place.page].percent(place.area),
    )


def _quantity_and_price(row: Row) -> tuple[Decimal | None, Decimal | None]:
    """Two numbers of the row whose product is the total; the one with decimals is the price."""
    values = [value for _, value in row.numbers]
    for index, first in enumerate(values):
        for second in values[index + 1 :]:
            if abs(first * second - row.total) <= TOLERANCE:
                return first, second
    return None, None
