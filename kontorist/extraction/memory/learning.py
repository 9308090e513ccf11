"""A person's corrections and the page they are about -> a lesson."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from kontorist.domain.payables.draft import AMOUNT_FIELDS, DATE_FIELDS, Box, Field, FieldName, InvoiceDraft
from kontorist.domain.payables.memory import FIXED_FIELDS, Lesson, Said, Signs, Spot, key_of
from kontorist.extraction.layout import Sheet
from kontorist.extraction.memory.spots import Printed, places_of, printed, spot_of

_MOST_SPOTS: Final = 3
_LONGEST_TERM: Final = 180  #: days; a due date further off is not one that follows from the issue date


def learn(
    sheet: Sheet,
    signs: Signs,
    draft: InvoiceDraft,
    corrections: Mapping[FieldName, str | None],
    boxes: Mapping[FieldName, tuple[int, Box]],
) -> Lesson | None:
    """What `corrections` (None: the paper shows none) of `draft` teach; None for a paper without a sign of its sender.

    `boxes` says for some of them where the value stands: page and box. A value given again as it was read confirms it.
    """
    told = {**{name: each.value for name, each in draft.fields.items()}, **corrections}
    key = key_of(_as_said(draft, corrections), signs)
    if key is None or not corrections:
        return None
    said = {name: _said(sheet, draft, name, told, boxes.get(name)) for name in corrections}
    said |= {name: _left(sheet, name, each) for name, each in draft.fields.items() if name not in said and each.box}
    return Lesson(key=key, name=told.get("supplier_name"), signs=signs, said=said)


def value_at(sheet: Sheet, name: FieldName, page: int, box: Box) -> str | None:
    """What is printed at a place that a person pointed to, as a value of the field; None where nothing fits it."""
    found = _in_box(sheet, printed(sheet, name), page, box)
    return found[0].values[0] if found else None


def _as_said(draft: InvoiceDraft, corrections: Mapping[FieldName, str | None]) -> InvoiceDraft:
    fields = {
        name: Field(value=value, confidence=1.0, safe=True, reason="said by a person")
        for name, value in corrections.items()
    }
    return replace(draft, fields={**draft.fields, **fields})


def _said(
    sheet: Sheet,
    draft: InvoiceDraft,
    name: FieldName,
    told: Mapping[FieldName, str | None],
    pointed: tuple[int, Box] | None,
) -> Said:
    value, before = told[name], draft.fields.get(name)
    places = _right_places(sheet, name, value, before, pointed)
    mistaken = before.value if before and before.value != value and name in FIXED_FIELDS else None
    return Said(
        absent=value is None,
        value=value if name in FIXED_FIELDS else None,
        spots=tuple(_spot(sheet, each) for each in places),
        wrong=_wrong(sheet, name, value, before, places),
        mistaken=mistaken,
        day_first=_day_first(places, value) if name in DATE_FIELDS else None,
        days=_days(told) if name == "due_date" and value and not places else None,
    )


def _left(sheet: Sheet, name: FieldName, read: Field) -> Said:
    """A value that was read and left as it was by somebody who corrected others."""
    places = _right_places(sheet, name, read.value, read, None)
    return Said(
        silent=True,
        value=read.value if name in FIXED_FIELDS else None,
        spots=tuple(_spot(sheet, each) for each in places),
    )


def _right_places(
    sheet: Sheet, name: FieldName, value: str | None, before: Field | None, pointed: tuple[int, Box] | None
) -> list[Printed]:
    """Where the value stands: as pointed to, else where it was safely read, else wherever it is printed.

    An amount stands below the rows of items, in which it may stand by chance, too: so the lowest place is taken.
    """
    if value is None:
        return []
    found = places_of(sheet, name, value)
    if pointed is None and before and before.value == value and before.safe and before.box and before.page:
        pointed = before.page, before.box
    if pointed is not None:
        found = _in_box(sheet, found, *pointed) or found
    outside = [each for each in found if not sheet.in_zone(each.segment, "table")]
    if pointed is None and name in AMOUNT_FIELDS:
        found.sort(key=lambda each: (each.segment.page, each.segment.y0))
        return (outside or found)[-1:]
    return (outside or found)[:_MOST_SPOTS]


def _wrong(
    sheet: Sheet, name: FieldName, value: str | None, before: Field | None, places: Sequence[Printed]
) -> tuple[Spot, ...]:
    """Where we had looked, and the person says that it is not there."""
    if before is None or before.value is None or before.value == value or not (before.box and before.page):
        return ()
    looked = _in_box(sheet, places_of(sheet, name, before.value), before.page, before.box)
    free = [each for each in looked if not any(each.covers(o.segment, o.start, o.end) for o in places)]
    return tuple(_spot(sheet, each) for each in free[:1])


def _in_box(sheet: Sheet, found: Sequence[Printed], page: int, box: Box) -> list[Printed]:
    """Those that overlap with the box, the best covered first."""
    shares = [(_share(sheet, each, box), each) for each in found if each.segment.page == page]
    return [each for share, each in sorted(shares, key=lambda one: -one[0]) if share > 0.3]


def _share(sheet: Sheet, each: Printed, box: Box) -> float:
    """How much of what is printed lies in the box, or of the box in it: people draw boxes wide and narrow."""
    own = sheet.pages[each.segment.page].percent(each.segment.area(each.start, each.end))
    wide = min(own.x1, box.x1) - max(own.x0, box.x0)
    high = min(own.y1, box.y1) - max(own.y0, box.y0)
    if wide <= 0 or high <= 0:
        return 0.0
    smaller = min((own.x1 - own.x0) * (own.y1 - own.y0), (box.x1 - box.x0) * (box.y1 - box.y0))
    return wide * high / max(smaller, 0.0001)


def _spot(sheet: Sheet, each: Printed) -> Spot:
    return spot_of(sheet, each.segment, each.start, each.end)


def _day_first(places: Sequence[Printed], value: str | None) -> bool | None:
    """What a date that can be read in two ways says of the order, now that a person has read it."""
    for each in places:
        if each.reading and each.reading.ambiguous and value is not None:
            return each.reading.day_first == date.fromisoformat(value)
    return None


def _days(told: Mapping[FieldName, str | None]) -> int | None:
    """The term, where the due date is printed nowhere."""
    issue, due = told.get("issue_date"), told.get("due_date")
    if not (issue and due):
        return None
    days = (date.fromisoformat(due) - date.fromisoformat(issue)).days
    return days if 0 <= days <= _LONGEST_TERM else None
