"""How numbers and dates are written in a column: German, Dutch, English. What one cell leaves open, others decide."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from kontorist.extraction.labels import fold, lexicon

_SIGNS: Final = re.compile(r"^[-+−–]|[-−–]$")
_CURRENCY: Final = re.compile(r"€|\$|£|\b(?:EUR|USD|GBP|CHF|SEK|NOK|DKK|PLN|CZK|HUF)\b|\bEuro\b", re.IGNORECASE)
_BLANKS: Final = re.compile(r"[\s\u00a0\u2007\u2009\u202f]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A number as text: its value when the comma is the decimal sign, when the dot is; None where it cannot be."""

    comma: Decimal | None
    dot: Decimal | None

    @property
    def evidence(self) -> str | None:
        """The decimal sign that this cell proves: ``,`` or ``.``; None where it says nothing."""
        if self.comma is not None and self.dot is None:
            return ","
        return "." if self.dot is not None and self.comma is None else None

    def value(self, decimal_sign: str | None) -> Decimal | None:
        """The number; None where it depends on a sign that is not known, or is written in the other way."""
        if self.comma == self.dot:
            return self.comma
        if decimal_sign is None:
            return None
        return self.comma if decimal_sign == "," else self.dot


def written_number(text: str) -> Written | None:
    """`text` as a number with its sign, currency and percent sign taken off; None where it is none."""
    bare = _CURRENCY.sub("", text).strip().removesuffix("%").strip()
    bare = re.sub(r"(?<=\d)[.,][-–]{1,2}$", "", bare)  # 119,- and 119,--
    negative = bare.startswith("(") and bare.endswith(")")
    bare = bare[1:-1].strip() if negative else bare
    signs = _SIGNS.findall(bare)
    if len(signs) > 1 or (signs and negative):
        return None
    negative = negative or any(sign != "+" for sign in signs)
    digits = _BLANKS.sub(" ", _SIGNS.sub("", bare).strip())
    if not re.fullmatch(r"[0-9][0-9.,'’ ]{0,30}", digits):
        return None
    comma, dot = _read(digits, ",", "."), _read(digits, ".", ",")
    if comma is None and dot is None:
        return None
    return Written(comma=_signed(comma, negative), dot=_signed(dot, negative))


def _read(digits: str, decimal_sign: str, group_sign: str) -> Decimal | None:
    whole, sign, decimals = digits.partition(decimal_sign)
    if sign and not decimals.isdigit():
        return None
    for group in (group_sign, "'", "’", " "):
        if group not in whole:
            continue
        if not re.fullmatch(rf"[1-9][0-9]{{0,2}}(?:{re.escape(group)}[0-9]{{3}})+", whole):
            return None
        whole = whole.replace(group, "")
    if not (whole.isdigit() and whole.isascii()):
        return None
    return Decimal(f"{whole}.{decimals}" if sign else whole)


def _signed(number: Decimal | None, negative: bool) -> Decimal | None:
    return -number if number is not None and negative else number


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenDate:
    """A date as text, read day first and month first; None where it cannot be."""

    day_first: date | None
    month_first: date | None

    @property
    def evidence(self) -> str | None:
        """``day`` or ``month`` where this cell proves which comes first; None where it says nothing."""
        if self.day_first is not None and self.month_first is None:
            return "day"
        return "month" if self.month_first is not None and self.day_first is None else None

    def value(self, first: str | None) -> date | None:
        """The date; None where it depends on an order that is not known, or is written in the other one."""
        if self.day_first == self.month_first:
            return self.day_first
        if first is None:
            return None
        return self.day_first if first == "day" else self.month_first


_TIME: Final = re.compile(r"[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?$")
_ISO: Final = re.compile(r"(\d{4})([-/.]?)(\d{1,2})\2(\d{1,2})$")
_NUMERIC: Final = re.compile(r"(\d{1,2})\s?([./-])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2})$")
_DAY_NAME: Final = re.compile(r"(\d{1,2})\.?[\s-]*([^\W\d]+)\.?,?[\s-]*(\d{4}|\d{2})$")
_NAME_DAY: Final = re.compile(r"([^\W\d]+)\.?[\s-]*(\d{1,2})(?:st|nd|rd|th)?,?[\s-]+(\d{4})$")


def written_date(text: str) -> WrittenDate | None:
    """`text` as a date; a time behind it is left out. None where it is none."""
    bare = _TIME.sub("", text.strip())
    if (found := _ISO.match(bare)) and (found[2] or len(bare) == 8):
        return _both(_day(found[1], found[3], found[4]))
    if found := _NUMERIC.match(bare):
        day_first = _day(found[4], found[3], found[1])
        if found[2] == ".":
            return _both(day_first)
        month_first = _day(found[4], found[1], found[3])
        return WrittenDate(day_first=day_first, month_first=month_first) if day_first or month_first else None
    folded, months = fold(bare), lexicon().months
    if (found := _DAY_NAME.match(folded)) and found[2] in months:
        return _both(_day(found[3], months[found[2]], found[1]))
    if (found := _NAME_DAY.match(folded)) and found[1] in months:
        return _both(_day(found[3], months[found[1]], found[2]))
    return None


def _both(day: date | None) -> WrittenDate | None:
    return None if day is None else WrittenDate(day_first=day, month_first=day)


def _day(year: str, month: str | int, day: str) -> date | None:
    number = int(year) if len(year) == 4 else int(year) + (2000 if int(year) < 70 else 1900)
    try:
        return date(number, int(month), int(day)) if 1900 <= number <= 2200 else None
    except ValueError:
        return None


def majority(evidence: Iterable[str | None]) -> str | None:
    """What most of the cells that say something say; None where none does, or as many say the other."""
    said = [each for each in evidence if each is not None]
    first = max(set(said), key=said.count, default=None)
    return first if first is not None and said.count(first) * 2 > len(said) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notation:
    """The decimal sign and the order of dates of a column; None where nothing tells."""

    decimal_sign: str | None = None
    first: str | None = None

    def or_else(self, other: Notation) -> Notation:
        """What is not known here, as `other` has it."""
        return Notation(decimal_sign=self.decimal_sign or other.decimal_sign, first=self.first or other.first)


def notation_of(texts: Iterable[str]) -> Notation:
    """How the cells `texts` of one column, or of a whole file, are written."""
    numbers: list[str | None] = []
    dates: list[str | None] = []
    for text in texts:
        if (day := written_date(text)) is not None:
            dates.append(day.evidence)
        elif (number := written_number(text)) is not None:
            numbers.append(number.evidence)
    return Notation(decimal_sign=majority(numbers), first=majority(dates))
