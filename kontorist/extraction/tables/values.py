"""Cells become values of their column's type; a cell that cannot is a doubt with what was expected in its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, Final

from kontorist.domain.masterdata.columns import CellType, Column
from kontorist.domain.payables.suppliers import compact
from kontorist.domain.payables.vat_ids import vat_id_holds
from kontorist.extraction.labels import fold
from kontorist.extraction.tables.grid import LONGEST_TEXT, Cell, Trouble, empty, shown
from kontorist.extraction.tables.notation import Notation, notation_of, written_date, written_number


class Unfit(Exception):
    """The cell cannot be what its column holds; the message says what was expected."""


def read_column(cells: Sequence[Cell], column: Column, sheet: Notation) -> list[Any]:
    """The values of one column, as JSON has them; None for empty, Unfit (not raised) where there is a doubt.

    `sheet` is how the rest of the sheet is written: it decides what this column leaves open.
    """
    texts = [cell for cell in cells if isinstance(cell, str) and cell.strip()]
    own = notation_of(texts) if column.type in _WRITTEN else Notation()
    reader = _Reader(column, own.or_else(sheet), _width(texts) if column.type is CellType.IDENTIFIER else None)
    return [reader.read(cell) for cell in cells]


_WRITTEN: Final = frozenset({CellType.AMOUNT, CellType.INTEGER, CellType.PERCENT, CellType.HOURS, CellType.DATE})


def _width(texts: Sequence[str]) -> int | None:
    """How many digits the numbers of this column have where all have as many and some begin with zero."""
    digits = [text.strip() for text in texts if text.strip().isdigit()]
    widths = {len(each) for each in digits}
    return widths.pop() if len(widths) == 1 and any(each.startswith("0") for each in digits) else None


class _Reader:
    """Reads the cells of one column."""

    def __init__(self, column: Column, notation: Notation, width: int | None) -> None:
        self._column = column
        self._notation = notation
        self._width = width
        self._type: Callable[[Cell], Any] = getattr(self, f"_{column.type.value}")

    def read(self, cell: Cell) -> Any:
        if empty(cell):
            return Unfit("something: this may not be empty") if self._column.filled else None
        if isinstance(cell, Trouble):
            return Unfit(cell.expected)
        if isinstance(cell, str) and len(cell) > LONGEST_TEXT:
            return Unfit(f"at most {LONGEST_TEXT} characters")
        try:
            return self._type(cell)
        except Unfit as doubt:
            return doubt

    # --- texts

    def _text(self, cell: Cell) -> str:
        if isinstance(cell, str):
            return one_line(cell)
        if isinstance(cell, float):
            return shown(cell)
        raise Unfit("a text, which the spreadsheet has turned into something else; format the column as text")

    def _identifier(self, cell: Cell) -> str:
        if isinstance(cell, float) and not cell.is_integer():
            raise Unfit("a number or name without decimals")
        text = self._text(cell)
        if isinstance(cell, float) and self._width is not None and len(text) < self._width:
            raise Unfit(f"{self._width} digits as in the other rows; zeros in front were lost: format it as text")
        return text

    def _email(self, cell: Cell) -> str:
        text = self._text(cell)
        if not re.fullmatch(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;.]+", text):
            raise Unfit("an e-mail address such as office@example.org")
        return text

    def _ibans(self, cell: Cell) -> list[str]:
        from stdnum import iban

        text = self._text(cell).upper()
        found = [compact(each) for each in re.split(r"[;,/|\n]|\s+(?=[A-Z]{2}\d{2}[ \d])", text) if each.strip()]
        if not found or not all(iban.is_valid(each, check_country=False) for each in found):
            raise Unfit("an IBAN whose check digits fit")
        return list(dict.fromkeys(found))

    def _vat_id(self, cell: Cell) -> str:
        text = compact(self._text(cell))
        if vat_id_holds(text) is False:
            raise Unfit("a VAT id with its country, whose check digits fit, such as DE136695976")
        return text

    def _country(self, cell: Cell) -> str:
        if (code := _countries().get(fold(self._text(cell)))) is None:
            raise Unfit("a country such as DE or Nederland")
        return code

    def _currency(self, cell: Cell) -> str:
        text = self._text(cell).upper()
        code = {"€": "EUR", "EURO": "EUR", "$": "USD", "£": "GBP"}.get(text, text)
        if code not in _currencies():
            raise Unfit("a currency such as EUR")
        return code

    def _language(self, cell: Cell) -> str:
        code = _LANGUAGES.get(fold(self._text(cell)))
        if code is None:
            raise Unfit("a language: de, nl or en")
        return code

    def _choice(self, cell: Cell) -> str:
        word = folded(self._text(cell))
        for key, words in self._column.choices:
            if word == folded(key) or word in words:
                return key
        raise Unfit("one of " + ", ".join(key for key, _ in self._column.choices))

    def _flag(self, cell: Cell) -> bool:
        if isinstance(cell, bool):
            return cell
        word = folded(shown(cell))
        if word in _YES or word in _NO:
            return word in _YES
        raise Unfit("yes or no")

    # --- numbers

    def _amount(self, cell: Cell) -> str:
        return self._number(cell, self._column.places, "an amount such as 1.234,56")

    def _integer(self, cell: Cell) -> int:
        return int(Decimal(self._number(cell, 0, "a whole number")))

    def _percent(self, cell: Cell) -> str:
        number = Decimal(self._number(cell, 4, "a percentage such as 19"))
        if isinstance(cell, float) and 0 < number < 1:
            number = (number * 100).normalize()  # a cell shown as 19 % holds 0.19
        if not 0 <= number <= 100:
            raise Unfit("a percentage from 0 to 100")
        return format(number, "f")

    def _hours(self, cell: Cell) -> str:
        span = cell
        if isinstance(cell, str) and (found := re.fullmatch(r"\s*(\d{1,4}):([0-5]\d)\s*(?:h|Std\.?|uur)?\s*", cell)):
            span = timedelta(hours=int(found[1]), minutes=int(found[2]))
        if isinstance(span, time):
            span = timedelta(hours=span.hour, minutes=span.minute, seconds=span.second)
        if isinstance(span, timedelta):
            seconds = Decimal(span.days * 86_400 + span.seconds)
            return format((seconds / 3600).quantize(Decimal("0.01")), "f")
        text = re.sub(r"\s*(?:h|Std\.?|uur|uren|hours?)\s*$", "", cell) if isinstance(cell, str) else cell
        return self._number(text, 2, "hours such as 7,5 or 7:30")

    def _number(self, cell: Cell, places: int, expected: str) -> str:
        if isinstance(cell, float):
            return format(_exact(cell, places, expected), "f")
        if not isinstance(cell, str):
            raise Unfit(expected)
        number = written_number(cell)
        if number is None:
            raise Unfit(expected)
        value = number.value(self._notation.decimal_sign)
        if value is None:
            raise Unfit(self._open_number(number.comma, number.dot, expected))
        if not _fits(value, places):
            raise Unfit(f"{expected}, with at most {places} decimals")
        return format(value, "f")

    def _open_number(self, comma: Decimal | None, dot: Decimal | None, expected: str) -> str:
        if comma is not None and dot is not None:
            return f"{expected}; this can be {comma:f} or {dot:f}, and no other cell tells which"
        sign = {",": "1.234,56", ".": "1,234.56"}[self._notation.decimal_sign or ","]
        if self._notation.decimal_sign is None:
            return f"{expected}; the column writes decimals with commas and with dots"
        return f"a number written like the others of its column, such as {sign}"

    # --- days

    def _date(self, cell: Cell) -> str:
        if isinstance(cell, datetime):
            return cell.date().isoformat()
        if isinstance(cell, date):
            return cell.isoformat()
        text = shown(cell) if isinstance(cell, float) and 19_000_101 <= cell <= 22_001_231 else cell
        day = written_date(text) if isinstance(text, str) else None
        if day is None:
            raise Unfit("a date such as 31.12.2026")
        value = day.value(self._notation.first)
        if value is not None:
            return value.isoformat()
        if day.day_first is not None and day.month_first is not None:
            raise Unfit(
                f"a date; this can be {day.day_first.isoformat()} or {day.month_first.isoformat()}, "
                "and no other cell tells which"
            )
        raise Unfit("a date written like the others of its column, such as 31.12.2026")


def _exact(value: float, places: int, expected: str) -> Decimal:
    """A spreadsheet's number as it stands, to `places` decimals; noise of its arithmetic beyond 15 digits is not there.

    15 significant digits are what spreadsheets show and keep; 0.1 + 0.2 is 0.3 there.
    """
    if abs(value) >= 1e15:
        raise Unfit(f"{expected}; this number is too large to be exact")
    exact = Decimal(repr(value))
    if not _fits(exact, places):
        exact = Decimal(format(value, ".15g"))
    if not _fits(exact, places):
        raise Unfit(f"{expected}, with at most {places} decimals")
    return exact.quantize(Decimal(1)) if exact == exact.to_integral_value() else exact


def _fits(value: Decimal, places: int) -> bool:
    return abs(value) < Decimal(10) ** 15 and value == round(value, places)


def one_line(text: str) -> str:
    """`text` on one line, without control characters and outer blanks."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def folded(text: str) -> str:
    """A word for comparison: no case, accents, blanks or punctuation."""
    return re.sub(r"[\W_]+", "", fold(text))


_YES: Final = frozenset(["yes", "y", "ja", "j", "true", "wahr", "waar", "x", "1", "ok"])
_NO: Final = frozenset(["no", "n", "nein", "nee", "false", "falsch", "onwaar", "0"])
_LANGUAGES: Final = {
    word: code
    for code, words in {
        "de": "de deutsch german duits",
        "nl": "nl nederlands dutch niederlandisch hollands",
        "en": "en englisch english engels",
    }.items()
    for word in words.split()
}


@cache
def _countries() -> dict[str, str]:
    """Codes and names in three languages, folded, to codes (CLDR by babel)."""
    from babel import Locale

    found = {}
    for language in ("en", "nl", "de"):
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha():
                found[fold(name)] = found[fold(code)] = code
    return found


@cache
def _currencies() -> frozenset[str]:
    from babel import Locale

    return frozenset(Locale("en").currencies)
