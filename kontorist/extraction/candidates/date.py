"""Dates in all notations; where day and month could be either, both readings are kept until the document decides."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise

from kontorist.extraction.candidates import Candidate
from kontorist.extraction.labels import fold, lexicon
from kontorist.extraction.page_text import Segment


@dataclass(frozen=True, slots=True)
class DateReading:
    """One printed date: day first, month first, and whether the two differ."""

    day_first: date | None
    month_first: date | None

    @property
    def ambiguous(self) -> bool:
        """Can it be read in two ways that differ?"""
        return self.day_first is not None and self.month_first is not None and self.day_first != self.month_first

    def read(self, day_first: bool) -> date:
        """The date in the document's order; where that is impossible, the other."""
        first, second = (self.day_first, self.month_first) if day_first else (self.month_first, self.day_first)
        found = first or second
        assert found is not None  # noqa: S101 - none is made without one
        return found


_ISO = re.compile(r"(?<![\w/.-])(\d{4})\s?([-/.])\s?(\d{1,2})\s?\2\s?(\d{1,2})(?![\w-])")
_NUMERIC = re.compile(r"(?<![\w/-])(?<!\d\.)(\d{1,2})\s?([./-])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2})(?![\w/]|-\d|\.\d)")
_LETTERS = re.compile(r"[^\W\d_]+")
_DASH_BEHIND = re.compile(r"\s*-\s*(?:$|[\d(])")
_DASH_BEFORE = re.compile(r"\d\s*-\s*$")
_RANGE = re.compile(r"^\s*(?:-|bis|to|au|a|al|tot|until|through|t/m)\s*$", re.IGNORECASE)

#: ``01.03., 01.04.``: the days of coming instalments, none of them the day of this paper.
_LIST = re.compile(r"^\s*,\s*$")


@lru_cache(maxsize=1)
def _by_name() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    names = "|".join(sorted(map(re.escape, lexicon().months), key=len, reverse=True))
    year = r"(\d{4}|'?\d{2})(?!\d)"
    return (
        re.compile(
            rf"(?<![\w.,])(\d{{1,2}})(?:st|nd|rd|th|er|o|a)?\.?[\s-]*(?:de\s|of\s|of\sthe\s)?\s*({names})\b\.?\s?,?[\s/-]*"
            rf"(?:de\s|del\s)?\s*{year}"
        ),
        re.compile(rf"(?<![\w])({names})\b\.?[\s-]*(\d{{1,2}})(?:st|nd|rd|th)?\s*,?[\s-]+{year}"),
        re.compile(rf"(?<![\w])(\d{{4}})[\s-]({names})[\s-](\d{{1,2}})(?!\w)"),
    )


def dates(segment: Segment) -> list[Candidate[DateReading]]:
    """The dates of one segment; those of a span (1.1. - 31.1.) are marked ``range``."""
    found = sorted(_all(segment), key=lambda each: (each.start, -each.end))
    kept: list[Candidate[DateReading]] = []
    for each in found:
        if not kept or each.start >= kept[-1].end:
            kept.append(each)
    _mark_ranges(kept)
    return kept


def _all(segment: Segment) -> Iterator[Candidate[DateReading]]:
    text = segment.text
    for match in _ISO.finditer(text):
        year, _, month, day = match.groups()
        yield from _candidate(segment, match, _day(year, month, day), None)
    for match in _NUMERIC.finditer(text):
        first, sign, second, year = match.groups()
        month_first = None if sign == "." else _day(year, first, second)
        yield from _candidate(segment, match, _day(year, second, first), month_first)
    folded = fold(text)
    if lexicon().months.keys().isdisjoint(_LETTERS.findall(folded)):
        return
    day_month, month_day, year_first = _by_name()
    months = lexicon().months
    for match in day_month.finditer(folded):
        yield from _candidate(segment, match, _day(match[3], months[match[2]], match[1]), None)
    for match in month_day.finditer(folded):
        yield from _candidate(segment, match, _day(match[3], months[match[1]], match[2]), None)
    for match in year_first.finditer(folded):
        yield from _candidate(segment, match, _day(match[1], months[match[2]], match[3]), None)


def _candidate(
    segment: Segment, match: re.Match[str], day_first: date | None, month_first: date | None
) -> Iterator[Candidate[DateReading]]:
    if day_first is not None or month_first is not None:
        yield Candidate(DateReading(day_first, month_first), segment, match.start(), match.end())


def _day(year: str, month: str | int, day: str) -> date | None:
    number = int(year.lstrip("'"))
    if len(year.lstrip("'")) == 2:
        number += 2000 if number < 70 else 1900
    if not 1950 <= number <= 2100:
        return None
    try:
        return date(number, int(month), int(day))
    except ValueError:
        return None


def _mark_ranges(found: list[Candidate[DateReading]]) -> None:
    for first, second in pairwise(found):
        if _RANGE.match(first.segment.text[first.end : second.start]):
            first.marks.add("range")
            second.marks.add("range")
        if _LIST.match(first.segment.text[first.end : second.start]):
            first.marks.add("listed")
            second.marks.add("listed")
    for each in found:
        before, after = each.segment.text[: each.start], each.segment.text[each.end :]
        if _DASH_BEHIND.match(after) or _DASH_BEFORE.search(before):
            each.marks.add("range")


def day_first_in(found: list[Candidate[DateReading]]) -> bool | None:
    """What the document's own unambiguous numeric dates say about the order; None when they are silent or disagree."""
    slashed = [each.value for each in found if "." not in each.text]
    day = sum(1 for each in slashed if each.day_first and not each.month_first and _numeric(each))
    month = sum(1 for each in slashed if each.month_first and not each.day_first)
    if day and not month:
        return True
    return False if month and not day else None


def _numeric(reading: DateReading) -> bool:
    return reading.day_first is not None and reading.day_first.day > 12
