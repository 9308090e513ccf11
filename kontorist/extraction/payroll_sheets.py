"""Payroll sheets: an .xlsx file as the domain's tables, read in a limited child.

What a cell is, decides the domain; here a float becomes an exact number by its shortest text, and nothing is rounded.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from kontorist.domain.payroll.sheets import Cell, Table
from kontorist.sandbox import Pool, Refusal

_MINUTE = timedelta(minutes=1)


def read_sheets(pool: Pool, content: bytes, *, document: str, name: str) -> list[Table] | Refusal:
    """The visible sheets of a workbook as tables whose cells know their place; what cannot be read is refused."""
    outcome = pool.call("kontorist.extraction.payroll_sheets:plain_sheets", content)
    if outcome.refused is not None:
        return outcome.refused
    return [
        Table(document=document, file=name, sheet=sheet["name"], rows=[_row(row) for row in sheet["rows"]])
        for sheet in outcome.value
    ]


def plain_sheets(content: bytes) -> list[dict[str, Any]]:
    """In the child: ``[{name, rows}]``; a cell is text, true or false, nothing, or ``[kind, text]``. Raises Refused."""
    from kontorist.extraction.tables.workbook import grids

    return [
        {"name": grid.sheet, "rows": [[_plain(cell) for cell in row] for row in grid.rows]} for grid in grids(content)
    ]


def _plain(cell: Any) -> Any:
    if cell is None or isinstance(cell, str | bool):
        return cell
    if isinstance(cell, float):
        return ["number", repr(cell)] if math.isfinite(cell) else repr(cell)
    if isinstance(cell, datetime):
        return ["moment", cell.isoformat()]
    if isinstance(cell, date):
        return ["day", cell.isoformat()]
    if isinstance(cell, time):
        return ["time", cell.isoformat()]
    if isinstance(cell, timedelta):
        return ["minutes", str(round(cell / _MINUTE))]
    return str(cell.seen)  # an error of the spreadsheet, or a formula without its result


def _row(cells: Sequence[Any]) -> list[Cell]:
    return [_cell(cell) for cell in cells]


def _cell(cell: Any) -> Cell:
    if not isinstance(cell, list):
        return cell  # type: ignore[no-any-return]  # text, bool or None, as `_plain` made it
    kind, text = cell
    return _READ[kind](text)


def _hours(minutes: str) -> Decimal:
    return Decimal(minutes) / 60


_READ: Final[Mapping[str, Callable[[str], Cell]]] = {
    "number": Decimal,
    "minutes": _hours,
    "moment": datetime.fromisoformat,
    "day": date.fromisoformat,
    "time": time.fromisoformat,
}
