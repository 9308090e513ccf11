"""A sheet as rows of raw cells, whichever file it came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

#: A grid larger than this is no table of an office: rows, columns, cells of all sheets together.
MOST_ROWS = 200_000
MOST_COLUMNS = 1_000
MOST_CELLS = 4_000_000
#: Longer texts are no names, numbers or notes.
LONGEST_TEXT = 1_000


@dataclass(frozen=True, slots=True)
class Trouble:
    """A cell without a value: an error of the spreadsheet (``#N/A``) or a formula whose result was not saved."""

    seen: str
    expected: str


Cell = str | float | bool | datetime | date | time | timedelta | Trouble | None


@dataclass(slots=True, kw_only=True)
class Grid:
    """One sheet. `rows` begin with row 1; `sheet` is its name, None for a .csv file."""

    sheet: str | None
    rows: list[list[Cell]] = field(default_factory=list)
    #: Whether all cells are text, because the file knows nothing else.
    text_only: bool = False
    #: What the separator of a .csv file says about decimals is nothing; kept for the answer.
    delimiter: str | None = None
    encoding: str | None = None


def cell_name(row: int, column: int) -> str:
    """``C17`` for row 17 and column 3; both count from 1."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


def shown(cell: Cell) -> str:
    """A cell as a person sees it, shortened."""
    if cell is None:
        return ""
    if isinstance(cell, Trouble):
        return cell.seen
    if isinstance(cell, float):
        text = str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    elif isinstance(cell, datetime):
        text = cell.isoformat(sep=" ")
    elif isinstance(cell, date | time):
        text = cell.isoformat()
    else:
        text = str(cell)
    text = "".join(each if each.isprintable() else " " for each in text).strip()
    return text if len(text) <= 80 else text[:79] + "…"


def empty(cell: Cell) -> bool:
    """Nothing in it, or blanks only."""
    return cell is None or (isinstance(cell, str) and not cell.strip())
