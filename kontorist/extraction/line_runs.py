"""Line items without a head: the rows above a printed sum that add up to it, as on tills, letters and small bills."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from kontorist.extraction.candidates import Candidate
from kontorist.extraction.candidates.amount import AmountReading
from kontorist.extraction.layout import Sheet
from kontorist.extraction.solving import TOLERANCE

if TYPE_CHECKING:
    from kontorist.extraction.fields.totals import Money

_SUMS: Final = frozenset({"subtotal", "net", "gross", "total", "due"})
_WHOLE: Final = frozenset({"gross", "total", "due"})  #: what may hold a tax printed above it
_LETTERS: Final = re.compile(r"[^\W\d_]{3,}")
_FAR: Final = 0.04  #: right edges this near (of the page's width) are one column
_APART: Final = 7.0  #: heights of print between two rows of one list


@dataclass(slots=True)
class _Row:
    """One line of print that ends in an amount, and what its first words may announce."""

    amount: Candidate[AmountReading]
    value: Decimal
    roles: frozenset[str]
    words: bool
    rated: bool  #: its words hold a rate, as those of a tax do


def rows_of_a_sum(sheet: Sheet, money: Money) -> list[Candidate[AmountReading]]:
    """The amounts of the first run of rows that adds up to the sum printed below it; empty without one."""
    rows = list(_rows(sheet, money))
    for at, row in enumerate(rows):
        if row.roles & _SUMS and row.value:
            run = _run_above(sheet, rows[:at], row)
            if run:
                return [each.amount for each in run]
    return []


def _rows(sheet: Sheet, money: Money) -> Iterator[_Row]:
    last: dict[tuple[int, int], Candidate[AmountReading]] = {}
    for each in money.found:
        if each.value.cents and "base" not in each.marks:
            key = (each.page, each.segment.line)
            if key not in last or last[key].area[2] < each.area[2]:
                last[key] = each
    for (page, line), amount in sorted(last.items()):
        cells = sheet.line(page, line)
        first = cells[0]
        hits = [hit for hit in sheet.mark(first).hits if not first.text[: hit.start].strip(" *-")]
        hits = hits or [hit for hit in sheet.mark(first).hits if "tax" in hit.roles]
        lead = " ".join(cell.text for cell in cells if cell.x1 <= amount.segment.x0 + 1)
        lead += amount.segment.text[: amount.start]
        roles = frozenset(role for hit in hits[:1] for role in hit.roles)
        if any("without_tax" in hit.roles for hit in sheet.mark(first).hits):
            roles = (roles - _WHOLE) | {"net"}
        yield _Row(amount, money.value(amount), roles, _LETTERS.search(lead) is not None, "%" in lead)


def _run_above(sheet: Sheet, above: list[_Row], total: _Row) -> list[_Row]:
    """Upward from the sum as far as the rows add up to it; a tax below them is no item of a sum that holds it."""
    run: list[_Row] = []
    rest, below = total.value, total
    far = _FAR * sheet.width(total.amount.segment)
    for row in reversed(above):
        apart = below.amount.area[1] - row.amount.area[3]
        if row.amount.page != total.amount.page or apart > _APART * row.amount.segment.size:
            break
        if not row.words or not _in_column(row.amount, total.amount, far):
            continue
        if row.roles & (_SUMS | {"paid"}):
            break
        run.append(row)
        rest, below = rest - row.value, row
        if abs(rest) <= TOLERANCE:
            return _items(run[::-1], total)
    return []


def _in_column(one: Candidate[AmountReading], other: Candidate[AmountReading], far: float) -> bool:
    """By the right edge of the amounts or of their cells, where a code of the tax follows (``22,56 A``)."""
    return min(abs(one.area[2] - other.area[2]), abs(one.segment.x1 - other.segment.x1)) <= far


def _items(run: list[_Row], total: _Row) -> list[_Row]:
    while len(run) > 1 and ("discount" in run[-1].roles or (total.roles & _WHOLE and _may_be_tax(run[-1]))):
        run = run[:-1]
    return run


def _may_be_tax(row: _Row) -> bool:
    return "tax" in row.roles or row.rated
