"""A .csv file as a grid: encoding and delimiter as declared, else as the file shows them."""

from __future__ import annotations

import csv
import io
from typing import Final

from kontorist.extraction.tables.grid import MOST_CELLS, MOST_COLUMNS, MOST_ROWS, Cell, Grid
from kontorist.sandbox import ReasonCode, Refused

DELIMITERS: Final = (";", ",", "\t", "|")
_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_LOOKED_AT: Final = 50


def grid(content: bytes, *, encoding: str | None = None, delimiter: str | None = None) -> Grid:
    """All cells as text, the row number counting records. Raises Refused."""
    used, text = _text(content, encoding)
    if "\x00" in text:
        raise Refused(ReasonCode.UNSUPPORTED, "This is neither an .xlsx workbook nor a .csv file.")
    first = text.split("\n", 1)[0].strip().lower()
    skipped = 1 if first.startswith("sep=") and len(first) == 5 else 0  # a line that Excel writes for itself
    chosen = delimiter or (first[4] if skipped else _delimiter(text))
    rows = _rows(text, chosen)
    for row in rows[:skipped]:
        row[:] = [None]
    return Grid(sheet=None, rows=rows, text_only=True, delimiter=chosen, encoding=used)


def _text(content: bytes, declared: str | None) -> tuple[str, str]:
    candidates = [declared] if declared else [name for bom, name in _BOMS if content.startswith(bom)]
    for encoding in candidates or ["utf-8", "cp1252"]:
        try:
            return encoding, content.decode(encoding)
        except UnicodeDecodeError:
            continue
        except LookupError:
            raise Refused(ReasonCode.UNSUPPORTED, f"There is no encoding {encoding!r}.") from None
    expected = declared or "UTF-8 or Windows-1252"
    raise Refused(ReasonCode.DAMAGED, f"The text of the file is not {expected}; save it as UTF-8.")


def _delimiter(text: str) -> str:
    """The one that cuts most of the first rows into the same number of cells, more than one."""
    sample = "\n".join(text.splitlines()[:_LOOKED_AT])

    def fit(delimiter: str) -> tuple[int, int]:
        try:
            widths = [len(row) for row in csv.reader(io.StringIO(sample), delimiter=delimiter) if any(row)]
        except csv.Error:
            return (0, 0)
        many = [width for width in widths if width > 1]
        common = max(set(many), key=many.count, default=0)
        return (many.count(common), common)

    return max(DELIMITERS, key=fit)


def _rows(text: str, delimiter: str) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    cells = 0
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=False):
            cells += len(record)
            if len(rows) >= MOST_ROWS or len(record) > MOST_COLUMNS or cells > MOST_CELLS:
                raise Refused(ReasonCode.TOO_LARGE, "The table is larger than any table of an office.")
            rows.append([_cell(each) for each in record])
    except csv.Error:
        raise Refused(
            ReasonCode.DAMAGED, "The rows of the file cannot be told apart; is a quotation mark missing?"
        ) from None
    return rows


def _cell(text: str) -> Cell:
    """A quote in front of a sign is how programs keep spreadsheets from taking text for a formula."""
    return text[1:] if text[:1] == "'" and text[1:2] in ("=", "+", "-", "@", "\t", "\r") else text or None
