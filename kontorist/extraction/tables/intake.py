"""The child's side: bytes of a .csv or .xlsx file in, typed rows and doubts out, as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from kontorist.domain.masterdata.columns import CellType, Column
from kontorist.extraction.tables import delimited, workbook
from kontorist.extraction.tables.grid import Cell, Grid, Trouble, cell_name, empty, shown
from kontorist.extraction.tables.header import Header, find_header, header_words, names_pay
from kontorist.extraction.tables.notation import Notation, notation_of, written_number
from kontorist.extraction.tables.values import Unfit, folded, read_column
from kontorist.sandbox import ReasonCode, Refused

MOST_BYTES: Final = 50 * 1024 * 1024
_PACKED: Final = (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0")
#: First words of rows that add up others: no records.
_TOTALS: Final = frozenset(
    (
        "summe", "gesamt", "gesamtsumme", "zwischensumme", "ubertrag", "saldo", "total", "totals", "subtotal",
        "grandtotal", "totaal", "subtotaal", "eindtotaal", "som", "sum",
    )
)  # fmt: skip


def read_table(
    content: bytes,
    *,
    columns: Sequence[Mapping[str, Any]],
    named: Mapping[str, str],
    encoding: str | None,
    delimiter: str | None,
    refuse_pay: bool,
) -> dict[str, Any]:
    """Every sheet that names the columns, read; sheets that do not are listed as ignored.

    Raises Refused for a file that cannot be read. A file without a table that fits gives ``unfit`` with a sentence.
    """
    if len(content) > MOST_BYTES:
        raise Refused(ReasonCode.TOO_LARGE)
    wanted = [_column(each) for each in columns]
    grids = workbook.grids(content) if content.startswith(_PACKED) else [_delimited(content, encoding, delimiter)]
    found = [(grid, header) for grid in grids if (header := find_header(grid, wanted, named)) is not None]
    if refuse_pay:
        for grid, header in found:
            if (cell := names_pay(header, grid.rows[header.row])) is not None:
                return {"pay": f"{grid.sheet}!{cell}" if grid.sheet else cell}
    fitting = [(grid, header) for grid, header in found if not header.missing(wanted)]
    unfit = _unfit(found, fitting, wanted)
    if unfit is not None:
        return {"unfit": unfit}
    ignored = [grid.sheet for grid in grids if all(grid is not each for each, _ in fitting)]
    answer: dict[str, Any] = {name: [] for name in ("rows", "spoiled", "doubts", "skipped", "columns")}
    answer["ignored_sheets"] = ignored
    for grid, header in fitting:
        _read_sheet(grid, header, wanted, answer)
    return answer


def _delimited(content: bytes, encoding: str | None, delimiter: str | None) -> Grid:
    if not content.strip():
        raise Refused(ReasonCode.DAMAGED, "The file is empty.")
    return delimited.grid(content, encoding=encoding, delimiter=delimiter)


def _column(data: Mapping[str, Any]) -> Column:
    choices = tuple((key, tuple(words)) for key, words in data["choices"])
    return Column(**{**data, "type": CellType(data["type"]), "choices": choices})


def _unfit(
    found: Sequence[tuple[Grid, Header]], fitting: Sequence[tuple[Grid, Header]], wanted: Sequence[Column]
) -> str | None:
    for grid, header in fitting:
        if header.twice:
            where = f" of sheet {grid.sheet}" if grid.sheet else ""
            return f"Two columns{where} have the same meaning: {'; '.join(header.twice)}."
    if fitting:
        return None
    best = min(found, key=lambda each: len(each[1].missing(wanted)), default=None)
    missing = best[1].missing(wanted) if best else [each for each in wanted if each.required]
    names = ", ".join(f"{each.name} ({' / '.join(header_words(each)[:3])})" for each in missing)
    return f"The file has no column for: {names}."


def _read_sheet(grid: Grid, header: Header, wanted: Sequence[Column], answer: dict[str, Any]) -> None:
    present = [each for each in wanted if each.name in header.places]
    numbers, skipped = _records(grid, header, present)
    answer["skipped"] += skipped
    answer["columns"] = sorted({*answer["columns"], *header.places})
    around = _notation(grid, header, numbers)
    read = {
        column.name: read_column([_at(grid, row, header.places[column.name]) for row in numbers], column, around)
        for column in present
    }
    for index, row in enumerate(numbers):
        values = {name: column[index] for name, column in read.items()}
        doubts = [name for name, value in values.items() if isinstance(value, Unfit)]
        answer["doubts"] += [_doubt(grid, header, row, name, str(values[name])) for name in doubts]
        if (stray := _stray(grid, header, row)) is not None:
            answer["doubts"].append(stray)
        readable = {name: value for name, value in values.items() if name not in doubts}
        answer["spoiled" if doubts or stray else "rows"].append(
            {"sheet": grid.sheet, "row": row + 1, "values": readable, "cells": _cells(header, row)}
        )


def _records(grid: Grid, header: Header, present: Sequence[Column]) -> tuple[list[int], list[dict[str, Any]]]:
    """The rows that are records; empty ones are left out, totals and notes are left out and listed."""
    filled = [header.places[each.name] for each in present if each.filled]
    numbers, skipped = [], []
    for row in range(header.row + 1, len(grid.rows)):
        cells = [cell for cell in grid.rows[row] if not empty(cell)]
        if not cells:
            continue
        lacking = sum(empty(_at(grid, row, place)) for place in filled)
        reason = _no_record(cells, lacking, len(filled))
        if reason is None:
            numbers.append(row)
        else:
            at = next(place for place, cell in enumerate(grid.rows[row]) if not empty(cell))
            where = {"sheet": grid.sheet, "cell": cell_name(row + 1, at + 1)}
            skipped.append({**where, "seen": shown(grid.rows[row][at]), "reason": reason})
    return numbers, skipped


def _no_record(cells: Sequence[Cell], lacking: int, filled: int) -> str | None:
    first = cells[0]
    if isinstance(first, str) and folded(first.split(":")[0]) in _TOTALS and (lacking or _sums_only(cells[1:])):
        return "a total, no record"
    if len(cells) == 1 and lacking >= 2 and lacking >= filled - 1 and isinstance(first, str):
        return "a note, no record"
    return None


def _sums_only(cells: Sequence[Cell]) -> bool:
    return bool(cells) and all(not isinstance(each, str) or written_number(each) is not None for each in cells)


def _notation(grid: Grid, header: Header, numbers: Sequence[int]) -> Notation:
    """How the sheet as a whole is written: columns nobody asked for bear witness too."""
    places = [*header.places.values(), *header.rest]
    texts = (_at(grid, row, place) for row in numbers for place in places)
    return notation_of(each for each in texts if isinstance(each, str) and len(each) < 40)


def _at(grid: Grid, row: int, column: int) -> Cell:
    cells = grid.rows[row]
    return cells[column] if column < len(cells) else None


def _doubt(grid: Grid, header: Header, row: int, name: str, expected: str) -> dict[str, Any]:
    place = header.places[name]
    where = {"sheet": grid.sheet, "row": row + 1, "cell": cell_name(row + 1, place + 1), "column": name}
    cell = _at(grid, row, place)
    return {**where, "seen": shown(cell) if not isinstance(cell, Trouble) else cell.seen, "expected": expected}


def _stray(grid: Grid, header: Header, row: int) -> dict[str, Any] | None:
    """In a .csv file a cell behind the last column is a separator inside a text that nobody quoted."""
    width = max((*header.places.values(), *header.rest), default=0) + 1
    cells = grid.rows[row]
    if not grid.text_only or not any(not empty(cell) for cell in cells[width:]):
        return None
    where = {"sheet": grid.sheet, "row": row + 1, "cell": cell_name(row + 1, width + 1), "column": None}
    return {**where, "seen": shown(cells[width]), "expected": f"no more than {width} cells, as the header has"}


def _cells(header: Header, row: int) -> dict[str, str]:
    return {name: cell_name(row + 1, place + 1) for name, place in header.places.items()}
