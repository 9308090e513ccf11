"""Places on a paper: what is printed where, beside which words, and how much two places are alike."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from kontorist.domain.payables.draft import AMOUNT_FIELDS, DATE_FIELDS, Box, FieldName
from kontorist.domain.payables.memory import Spot
from kontorist.extraction.candidates import Candidate
from kontorist.extraction.candidates import name as names
from kontorist.extraction.candidates.amount import CODES, amounts
from kontorist.extraction.candidates.date import DateReading, dates
from kontorist.extraction.candidates.iban import ibans
from kontorist.extraction.candidates.number import numbers
from kontorist.extraction.candidates.vat_id import vat_ids
from kontorist.extraction.labels import fold
from kontorist.extraction.layout import Sheet
from kontorist.extraction.page_text import Segment

_LONGEST_ANCHOR: Final = 30
#: What two places may have in common, and what it is worth.
_ANCHOR, _ACROSS, _DOWN, _FORM, _PAGE = 3.0, 1.5, 1.5, 1.0, 0.5
_HALF_ANCHOR: Final = 1.0  #: the words above alone, where the ones to the left are others


@dataclass(slots=True, eq=False)
class Printed:
    """Characters `start` to `end` of a segment and all they can mean as a value of a field."""

    segment: Segment
    start: int
    end: int
    values: tuple[str, ...]
    reading: DateReading | None = None

    def covers(self, segment: Segment, start: int, end: int) -> bool:
        """Do these characters overlap with others?"""
        return segment is self.segment and start < self.end and end > self.start


def printed(sheet: Sheet, field: FieldName) -> list[Printed]:
    """All that could be a value of `field` by its form. Of a date both readings, of an amount both decimal signs."""
    return [each for segment in sheet.segments for each in _in_segment(segment, field)]


def _in_segment(segment: Segment, field: FieldName) -> Iterator[Printed]:
    if field in AMOUNT_FIELDS:
        yield from _amounts(segment)
    elif field in DATE_FIELDS:
        for day in dates(segment):
            readings = dict.fromkeys(each.isoformat() for each in (day.value.day_first, day.value.month_first) if each)
            yield Printed(segment, day.start, day.end, tuple(readings), day.value)
    elif field == "supplier_name":
        name = names.sender_in(segment.text) or names.firm_in(segment.text) or segment.text.strip()
        start = max(0, segment.text.find(name))
        yield Printed(segment, start, start + len(name), (name,))
    else:
        finder = {"iban": ibans, "supplier_vat_id": vat_ids, "invoice_number": numbers}.get(field)
        for found in finder(segment) if finder else ():
            yield Printed(segment, found.start, found.end, (found.value,))


def _amounts(segment: Segment) -> Iterator[Printed]:
    others: list[Candidate[DateReading] | Candidate[str]] = [*dates(segment), *ibans(segment)]
    for each in amounts(segment, [(other.start, other.end) for other in others]):
        values = dict.fromkeys(f"{each.value.value(sign):.2f}" for sign in ",.")
        yield Printed(segment, each.start, each.end, tuple(values))


def places_of(sheet: Sheet, field: FieldName, value: str) -> list[Printed]:
    """Where `value` is printed: by its meaning, or by its letters and digits."""
    wanted = _bare(field, value)
    found = [each for each in printed(sheet, field) if any(_bare(field, other) == wanted for other in each.values)]
    if field in (*AMOUNT_FIELDS, *DATE_FIELDS, "currency"):
        return found
    worded = [each for segment in sheet.segments for each in _worded(segment, value, wanted)]
    return found + [each for each in worded if not any(each.covers(o.segment, o.start, o.end) for o in found)]


def _bare(field: FieldName, value: str) -> str:
    if field in AMOUNT_FIELDS:
        return value.lstrip("-")  # a credit note may print its minus or not
    return re.sub(r"[\W_]+", "", fold(value)) or value


def _worded(segment: Segment, value: str, wanted: str) -> Iterator[Printed]:
    """`wanted` as whole words of the segment, whatever signs stand between them."""
    kept = [(index, each) for index, each in enumerate(fold(segment.text)) if each.isalnum()]
    joined, at = "".join(each for _, each in kept), -1
    while (at := joined.find(wanted, at + 1)) >= 0:
        start, end = kept[at][0], kept[at + len(wanted) - 1][0] + 1
        around = segment.text[max(0, start - 1) : start] + segment.text[end : end + 1]
        if not any(each.isalnum() for each in around):
            yield Printed(segment, start, end, (value,))


def spot_of(sheet: Sheet, segment: Segment, start: int, end: int) -> Spot:
    """The place of some characters with its anchor words and the form of what is printed there."""
    box = sheet.pages[segment.page].percent(segment.area(start, end))
    left, left_at = _left(sheet, segment, start)
    above, above_at = _above(sheet, segment)
    anchor = left_at or above_at
    return Spot(
        page=segment.page,
        box=box,
        zone="head" if box.y0 < 33 else "body" if box.y0 < 85 else "foot",
        form=form_of(segment.text[start:end]),
        left=left,
        above=above,
        offset=(round(box.x0 - anchor.x0, 2), round(box.y0 - anchor.y0, 2)) if anchor else None,
    )


def _left(sheet: Sheet, segment: Segment, start: int) -> tuple[str, Box | None]:
    """The words before the value in its own line, else those of the nearest neighbour to the left."""
    page = sheet.pages[segment.page]
    lead = _words(segment.text[:start])
    if lead and lead.upper() not in CODES:
        return lead, page.percent(segment.area(0, start))
    for other in sheet.left_of(segment):
        if (words := _words(other.text)) and _is_constant(sheet, other):
            return words, page.percent((other.x0, other.y0, other.x1, other.y1))
    return "", None


def _is_constant(sheet: Sheet, segment: Segment) -> bool:
    """Labels stay from paper to paper; another value beside this one, or a currency, does not lead to it."""
    if _words(segment.text).upper() in CODES:
        return False
    return not re.search(r"\d", segment.text) or "%" in segment.text or bool(sheet.mark(segment).hits)


def _above(sheet: Sheet, segment: Segment) -> tuple[str, Box | None]:
    for other in sheet.above(segment, reach=6):
        if (words := _words(other.text)) and _is_constant(sheet, other):
            return words, sheet.pages[other.page].percent((other.x0, other.y0, other.x1, other.y1))
    return "", None


def _words(text: str) -> str:
    """The letters of a text, folded; what changes from paper to paper, digits, is left out."""
    letters = "".join(each for each in fold(text) if each.isalpha())
    return letters[-_LONGEST_ANCHOR:] if len(letters) > 1 else ""


def form_of(text: str) -> str:
    """The shape of a value: digits as 9, runs of letters as one a or A."""
    form = re.sub(r"\d", "9", text)
    form = re.sub(r"[^\W\d_]+", lambda word: "A" if word[0].isupper() else "a", form)
    return " ".join(form.split())


def likeness(stored: Spot, seen: Spot) -> float:
    """How much a place of another paper is like the one remembered, 0 to 1: anchor words, place, form and page."""
    anchored = bool(stored.left or stored.above)
    anchor = _same_anchor(stored, seen)
    got = anchor * _ANCHOR + _ACROSS * _across(stored.box, seen.box)
    down = _near(stored.box.y0 - seen.box.y0)
    if anchor == 1.0 and stored.offset and seen.offset:  # the block has moved, with its label
        down = max(down, _near(stored.offset[1] - seen.offset[1]))
    got += _DOWN * down + _FORM * _same_form(stored.form, seen.form) + _PAGE * (stored.page == seen.page)
    return got / (_ACROSS + _DOWN + _FORM + _PAGE + (_ANCHOR if anchored else 0.0))


def _same_anchor(stored: Spot, seen: Spot) -> float:
    above = bool(stored.above) and stored.above == seen.above
    if stored.left:
        return 1.0 if stored.left == seen.left else above * _HALF_ANCHOR / _ANCHOR
    return float(above)


def _across(one: Box, other: Box) -> float:
    """Left, right and middle: values keep one of them, by how they are aligned."""
    middle = (one.x0 + one.x1 - other.x0 - other.x1) / 2
    return max(_near(one.x0 - other.x0), _near(one.x1 - other.x1), _near(middle))


def _near(percent: float) -> float:
    return 1.0 if abs(percent) < 1.0 else 0.5 if abs(percent) < 3.5 else 0.0


def _same_form(one: str, other: str) -> float:
    if one == other:
        return 1.0
    return 0.6 if re.sub("9+", "9", one) == re.sub("9+", "9", other) else 0.0
