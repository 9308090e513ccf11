"""Where the table begins: the row of a sheet that names its columns, and which column is which."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from kontorist.domain.masterdata.columns import Column
from kontorist.extraction.tables.grid import Cell, Grid, cell_name, shown
from kontorist.extraction.tables.values import folded

#: Titles, addresses and notes may stand above the names of the columns.
_LOOKED_AT: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The row (counting from 0) that names the columns; `places` are those found, `rest` the names nobody asked for."""

    row: int
    places: Mapping[str, int]
    rest: Mapping[int, str]
    twice: tuple[str, ...]

    def missing(self, columns: Sequence[Column]) -> list[Column]:
        """The columns that have to be there and are not."""
        return [each for each in columns if each.required and each.name not in self.places]


def find_header(grid: Grid, columns: Sequence[Column], named: Mapping[str, str]) -> Header | None:
    """The first of the rows that name the most columns; None where none names any.

    `named` says for some columns what they are called in this file, whatever the table of header words says.
    """
    known = _known(columns, named)
    best: Header | None = None
    for number, row in enumerate(grid.rows[:_LOOKED_AT]):
        found = _header(number, row, known)
        if found.places and (best is None or len(found.places) > len(best.places)):
            best = found
    return best


def _header(number: int, row: Sequence[Cell], known: Mapping[str, str]) -> Header:
    places: dict[str, int] = {}
    rest: dict[int, str] = {}
    twice = []
    exact: set[str] = set()
    for index, cell in enumerate(row):
        if not isinstance(cell, str) or not cell.strip():
            continue
        name, whole = _meant(cell, known)
        if name is None or (name in exact and not whole):
            rest[index] = shown(cell)
        elif name not in places or (whole and name not in exact):
            if name in places:
                rest[places[name]] = shown(row[places[name]])
            places[name] = index
        elif whole or name not in exact:
            twice.append(f"{cell_name(number + 1, places[name] + 1)} and {cell_name(number + 1, index + 1)}")
        if name is not None and whole:
            exact.add(name)
    return Header(row=number, places=places, rest=rest, twice=tuple(twice))


def _meant(cell: str, known: Mapping[str, str]) -> tuple[str | None, bool]:
    """The column that a header cell names, and whether with all its words: ``Preis (EUR)`` is ``Preis`` in part."""
    if (name := known.get(folded(cell))) is not None:
        return name, True
    shorter = re.sub(r"[(\[{].*?[)\]}]", "", cell)
    shorter = re.sub(r"\b(?:in|en)\s+(?:eur|euro|€|%|std\.?|stunden|uren|hours)\s*$", "", shorter, flags=re.IGNORECASE)
    return known.get(folded(shorter)), False


def _known(columns: Sequence[Column], named: Mapping[str, str]) -> dict[str, str]:
    known: dict[str, str] = {}
    for column in columns:
        if column.name in named:
            continue
        for word in (column.name, *header_words(column)):
            known.setdefault(folded(word), column.name)
    return known | {folded(text): name for name, text in named.items()}


def header_words(column: Column) -> list[str]:
    """What the column is called: German, Dutch, English, in this order."""
    return [word for words in _words().get(column.words or column.name, {}).values() for word in words]


@cache
def _words() -> dict[str, dict[str, list[str]]]:
    """The table of header words: {entry: {"de": [...], "nl": [...], "en": [...]}}."""
    text = Path(__file__).with_name("words.json").read_text(encoding="utf-8")
    table: dict[str, dict[str, list[str]]] = json.loads(text)
    return table


#: Words of a salary as they begin or end in headers of HR exports, folded.
_PAY: Final = re.compile(r"gehalt|salar|lohn|bruto|brutto|verdienst|bezuge|uurloon|maandloon")
_PAY_WORDS: Final = frozenset(("loon", "pay", "wage", "wages", "hourlyrate", "monthlypay", "annualpay"))


def names_pay(header: Header, row: Sequence[Cell]) -> str | None:
    """The cell of a column that says what people earn, as its header names it; None where there is none."""
    for index in header.rest:
        word = folded(shown(row[index]))
        if _PAY.search(word) or word in _PAY_WORDS:
            return cell_name(header.row + 1, index + 1)
    return None
