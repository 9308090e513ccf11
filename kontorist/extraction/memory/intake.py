"""What a correction of a paper teaches. Runs in the child only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kontorist.domain.payables.draft import Box, FieldName, from_data
from kontorist.domain.payables.memory import to_data
from kontorist.extraction.intake import pdf_pages
from kontorist.extraction.layout import Sheet
from kontorist.extraction.memory.learning import learn, value_at
from kontorist.extraction.memory.signs import signs_of
from kontorist.extraction.profile import BuyerProfile


def learn_from(
    content: bytes,
    *,
    draft: Mapping[str, Any],
    corrections: Mapping[FieldName, str | None],
    boxes: Mapping[FieldName, tuple[int, Sequence[float]]],
    profile: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """What a person's `corrections` of `draft` teach: ``{"lesson", "told", "unread"}``. Raises Refused.

    `boxes` (page, box in percent) says where values stand; a field with a box and no correction takes what is printed
    there, and is named in `unread` where nothing there fits it. `told` are all corrections, `lesson` is None where
    there is nothing to learn.
    """
    pages, _ = pdf_pages(content)
    sheet = Sheet([each for each in pages if each.usable])
    places = {name: (page, Box(x0=x0, y0=y0, x1=x1, y1=y1)) for name, (page, (x0, y0, x1, y1)) in boxes.items()}
    seen = {name: value_at(sheet, name, *place) for name, place in places.items() if name not in corrections}
    told = {**{name: value for name, value in seen.items() if value is not None}, **corrections}
    lesson = learn(sheet, signs_of(sheet, BuyerProfile.from_data(profile)), from_data(draft), told, places)
    return {
        "lesson": None if lesson is None else to_data(lesson),
        "told": told,
        "unread": [name for name, value in seen.items() if value is None],
    }
