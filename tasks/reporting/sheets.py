"""Sheets with one real table each: filters, frozen and repeated heading, formats by type, ready to print."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from math import ceil
from typing import Any, Literal
from zoneinfo import ZoneInfo

from kontorist.domain.money import Money, places_of
from tasks.reporting.words import day_format, word

Kind = Literal["text", "code", "wrapped", "integer", "amount", "date", "time"]

FONT = {"font_name": "Arial", "font_size": 10}  #: on every machine, or replaced by one of the same widths
_LINE = 13.5  #: height of one line of it in points
_TALLEST = 400.0  #: Excel allows 409
_DARK, _PALE = "#1d3c5a", "#b8c4cf"

_MOST_LETTERS = 32_000  #: Excel holds 32,767 in a cell and drops what is longer without a word
#: What XML 1.0 forbids, and what would leave a cell through the back: control characters, lone surrogates.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
#: A cell that begins so is a formula to a spreadsheet when somebody edits it (OWASP, "CSV injection").
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: `key` names its heading in `words`, `width` is in characters, `value` takes it from a row.

    A ``code`` is a short text such as a currency, centred so that it does not stick to the amount before it.
    `summed` columns get a total as long as the table is in one currency.
    """

    key: str
    width: float
    kind: Kind
    value: Callable[[Any], object]
    summed: bool = False


def new_workbook(out: BytesIO) -> Any:
    """A workbook as every one of ours is made: nothing a stranger wrote becomes a formula, a link or a number.

    XlsxWriter writes into the font it is given, so each workbook has its own: the second one of a process would
    otherwise have other bytes than the first.
    """
    from xlsxwriter import Workbook

    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_format_properties": dict(FONT),
    }
    return Workbook(out, options)


class Formats:
    """The cell formats of one workbook, each made once."""

    def __init__(self, workbook: Any, language: str) -> None:
        self._workbook = workbook
        self._made: dict[tuple[tuple[str, object], ...], Any] = {}
        self.language = language

    def get(self, **properties: object) -> Any:
        """The format with these properties."""
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._workbook.add_format({**FONT, "valign": "top", **properties})
        return self._made[key]

    def amount(self, currency: str, **more: object) -> Any:
        """Thousands grouped, the currency's decimals, negative ones in red."""
        figure = "#,##0" + ("." + "0" * places_of(currency) if places_of(currency) else "")
        return self.get(num_format=f"{figure};[Red]-{figure}", **more)

    def date(self) -> Any:
        """A date in the reader's order, aligned left so that it does not stick to the next text."""
        return self.get(num_format=day_format(self.language), align="left", indent=1)

    def time(self) -> Any:
        """A date with its time of day."""
        return self.get(num_format=day_format(self.language) + " hh:mm", align="left", indent=1)

    def heading(self, kind: Kind = "text") -> Any:
        """A column's heading, on the side on which its values stand."""
        side = {"amount": {"align": "right"}, "code": {"align": "center"}}.get(kind, {"align": "left", "indent": 1})
        return self.get(bold=True, text_wrap=True, bg_color=_DARK, font_color="#ffffff", valign="vcenter", **side)

    def total(self, **more: object) -> dict[str, object]:
        """The look of a row of totals."""
        return {"bold": True, "top": 1, "top_color": _DARK, **more}


def clean(value: object) -> str:
    """Foreign text as a cell can hold it: no forbidden characters, not too long."""
    text = _FORBIDDEN.sub("\ufffd", str(value))
    return text if len(text) <= _MOST_LETTERS else text[:_MOST_LETTERS] + "…"


def write_text(sheet: Any, formats: Formats, row: int, column: int, value: object, **look: object) -> None:
    """Write `value` as text whatever it looks like; a beginning that could pass for a formula gets the text mark."""
    text = clean(value)
    if text.startswith(_FORMULA_STARTS):
        look["quote_prefix"] = True
    sheet.write_string(row, column, text, formats.get(**look))


def local_time(moment: datetime, zone: ZoneInfo) -> datetime:
    """Wall time in the company's zone without the zone, which a spreadsheet cannot hold."""
    return moment.astimezone(zone).replace(tzinfo=None)


def write_cell(sheet: Any, formats: Formats, place: tuple[int, int], kind: Kind, value: object, zone: ZoneInfo) -> None:
    """Write one value by its kind; None leaves the cell empty."""
    row, column = place
    if value is None:
        sheet.write_blank(row, column, None, formats.get())
    elif isinstance(value, Money):
        sheet.write_number(row, column, float(value.amount), formats.amount(value.currency))
    elif isinstance(value, datetime):
        sheet.write_datetime(row, column, local_time(value, zone), formats.time())
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, formats.date())
    elif kind == "integer" and isinstance(value, int):
        sheet.write_number(row, column, value, formats.get(num_format="0", align="left", indent=1))
    elif kind == "code":
        write_text(sheet, formats, row, column, value, align="center")
    else:
        write_text(sheet, formats, row, column, value, text_wrap=kind == "wrapped", align="left", indent=1)


def write_table(
    sheet: Any, formats: Formats, name: str, columns: Sequence[Column], rows: Sequence[Any], *, zone: ZoneInfo,
    currencies: Sequence[str], total_reference: str | None = None,
) -> None:  # fmt: skip
    """Fill `sheet` with one table called `name`: heading in row 1, totals below the last row.

    There are totals only in a day of one currency: euros and pounds do not add up. `total_reference` names them for
    `kontorist trace`, in the last column. Without rows the first cell says so in words, because a table of a
    spreadsheet has at least one row.
    """
    summed = len(currencies) == 1 and any(column.summed for column in columns)
    last = max(1, len(rows)) + summed
    headings = [_heading(column, rows, formats, currencies[0] if summed else None) for column in columns]
    sheet.add_table(
        0, 0, last, len(columns) - 1,
        {"name": name, "style": "Table Style Light 1", "total_row": summed, "columns": headings},
    )  # fmt: skip
    _write_rows(sheet, formats, columns, rows, zone)
    if summed:
        _write_totals(sheet, formats, name, columns, rows, currencies[0])
        if total_reference is not None:
            look = formats.total(align="left", indent=1)
            write_text(sheet, formats, last, len(columns) - 1, total_reference, **look)
    for place, column in enumerate(columns):
        sheet.set_column(place, place, column.width)
    sheet.set_row(0, 2 * _LINE + 3)
    sheet.ignore_errors({"number_stored_as_text": f"A1:Z{last + 1}"})
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    sheet.print_area(0, 0, last, len(columns) - 1)


def _write_rows(sheet: Any, formats: Formats, columns: Sequence[Column], rows: Sequence[Any], zone: ZoneInfo) -> None:
    if not rows:
        write_text(sheet, formats, 1, 0, word("nothing", formats.language), italic=True, align="left", indent=1)
    for index, row in enumerate(rows, start=1):
        values = [column.value(row) for column in columns]
        sheet.set_row(index, _height(columns, values))
        for place, (column, value) in enumerate(zip(columns, values, strict=True)):
            write_cell(sheet, formats, (index, place), column.kind, value, zone)


def _height(columns: Sequence[Column], values: Sequence[object]) -> float:
    """Row height in points for the longest wrapped text: not every program finds it by itself."""
    lines = [
        sum(max(1, ceil(len(part) / (column.width * 1.05))) for part in str(value).split("\n"))
        for column, value in zip(columns, values, strict=True)
        if column.kind == "wrapped" and value is not None
    ]
    return min(_TALLEST, max(lines, default=1) * _LINE + 2)


def _heading(column: Column, rows: Sequence[Any], formats: Formats, currency: str | None) -> dict[str, Any]:
    """A column as XlsxWriter wants it; its total is a formula that already knows its value."""
    made: dict[str, Any] = {
        "header": word(column.key, formats.language),
        "header_format": formats.heading(column.kind),
    }
    if column.summed and currency is not None:
        made |= {"total_function": "sum", "total_value": _sum(column, rows, currency)}
    return made


def _sum(column: Column, rows: Sequence[Any], currency: str) -> float:
    values = [value for row in rows if isinstance(value := column.value(row), Money)]
    return float(Money.total(values, currency).amount)


def _write_totals(
    sheet: Any, formats: Formats, name: str, columns: Sequence[Column], rows: Sequence[Any], currency: str
) -> None:
    """The row of totals once more, in its look: XlsxWriter gives it that of the column.

    And with the table's name before the column's, without which LibreOffice does not know what is meant.
    """
    last = max(1, len(rows)) + 1
    for place, column in enumerate(columns):
        if column.summed:
            # 109 adds up the rows a filter leaves
            formula = f"=SUBTOTAL(109,{name}[{word(column.key, formats.language)}])"
            look = formats.amount(currency, **formats.total())
            sheet.write_formula(last, place, formula, look, _sum(column, rows, currency))
        else:
            sheet.write_blank(last, place, None, formats.get(**formats.total()))
    write_text(sheet, formats, last, 0, word("total", formats.language), **formats.total(align="left", indent=1))


def set_up_page(sheet: Any, title: str, language: str) -> None:
    """A4 across, one page wide and as many long as it takes, title above, page x of y below."""
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.6)
    plain = clean(title)[:120].replace("&", "&&")  # a single & begins a code there; Excel takes 255 characters
    sheet.set_header(f"&L{plain}")
    sheet.set_footer(f"&L&A&R{word('page', language)}")
