"""Lessons of another installation, or of before: what `kontorist suppliers export` wrote, read back with distrust."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from kontorist.domain.errors import NeedsAPerson
from kontorist.domain.payables.memory import Lesson, Said, Spot, from_data
from kontorist.domain.strict_json import NotStrictJson, parse

MOST_BYTES: Final = 50 * 1024 * 1024
_KEY: Final = re.compile(r"(?:vat_id|iban|domain|name):.{1,300}")
_PAPER: Final = re.compile(r"[0-9a-f]{64}")
_LONGEST: Final = 500  #: characters of a text
_MOST_SIGNS: Final = 5000
_MOST_SPOTS: Final = 50


class NotLessons(NeedsAPerson):
    """This file does not hold lessons as `kontorist suppliers export` writes them."""

    code = "KON-119"
    next_step = "Export them anew with a version of Kontorist like this one; nothing was taken in."


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """One lesson of a file: from the paper with this SHA-256, taught by somebody there; `forgotten` was taken back."""

    lesson: Lesson
    paper: str
    taught_by: str
    forgotten: bool


def lessons_in(content: bytes) -> list[Exported]:
    """The lessons of a file, all of them. Raises NotLessons, naming the first that is none."""
    try:
        found = parse(content, most_bytes=MOST_BYTES)
    except NotStrictJson as error:
        raise NotLessons(error.sentence) from None
    lessons = found.get("lessons") if isinstance(found, Mapping) else None
    if not isinstance(lessons, list):
        raise NotLessons('There is no list "lessons" in it.')
    return [_exported(each, f"lesson {number} of the file") for number, each in enumerate(lessons, start=1)]


def _exported(data: Any, place: str) -> Exported:
    try:
        found = Exported(
            lesson=from_data(data["lesson"]),
            paper=str(data["paper"]),
            taught_by=str(data["by"])[:_LONGEST],
            forgotten=data["forgotten_by"] is not None,
        )
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, ArithmeticError):
        raise NotLessons("It has another form.", place=place) from None
    if not (_PAPER.fullmatch(found.paper) and _is_sound(found.lesson)):
        raise NotLessons("It says what no lesson of ours says.", place=place)
    return found


def _is_sound(lesson: Lesson) -> bool:
    signs = lesson.signs
    kinds = (signs.vat_ids, signs.ibans, signs.domains, signs.names, signs.cells)
    return (
        _KEY.fullmatch(lesson.key) is not None
        and all(len(kind) <= _MOST_SIGNS for kind in kinds)
        and all(_is_text(text) for kind in kinds for text in kind)
        and (lesson.name is None or _is_text(lesson.name))
        and all(_is_word(said) for said in lesson.said.values())
    )


def _is_word(said: Said) -> bool:
    spots = (*said.spots, *said.wrong)
    return (
        all(text is None or _is_text(text) for text in (said.value, said.mistaken))
        and type(said.day_first) in (bool, type(None))
        and (said.days is None or (type(said.days) is int and 0 <= said.days <= 1000))
        and len(spots) <= _MOST_SPOTS
        and all(_is_place(spot) for spot in spots)
    )


def _is_place(spot: Spot) -> bool:
    box, texts = spot.box, (spot.form, spot.left, spot.above)
    return (
        1 <= spot.page <= 2000
        and 0 <= box.x0 <= box.x1 <= 100
        and 0 <= box.y0 <= box.y1 <= 100
        and spot.zone in ("head", "body", "foot")
        and all(map(_is_text, texts))
        and all(-100 <= part <= 100 for part in spot.offset or ())
    )


def _is_text(text: object) -> bool:
    return isinstance(text, str) and len(text) <= _LONGEST


def new_ones(read: list[Exported], known: list[tuple[Lesson, str]]) -> Iterator[Exported]:
    """What counts and is not here yet, each once; one that was taken back, here or there, is not brought back."""
    seen = list(known)
    for each in read:
        if not each.forgotten and (each.lesson, each.paper) not in seen:
            seen.append((each.lesson, each.paper))
            yield each
