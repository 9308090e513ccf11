"""Recognised words as the pages that the reader reads. Runs in the reading child only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from kontorist.extraction.ocr.repair import repaired
from kontorist.extraction.page_text import Page, Word, segments_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """What became of the pages that were wanted: words by page, and a sentence for each that has none."""

    pages: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    unread: Mapping[int, str] = field(default_factory=dict)

    @classmethod
    def from_data(cls, data: Mapping[str, Any] | None) -> Recognised | None:
        """Read what the parent sends; None where nothing was recognised yet."""
        if data is None:
            return None
        return cls(
            pages={int(each["page"]): each for each in data["pages"]},
            unread={int(number): str(why) for number, why in data["unread"].items()},
        )

    def with_words(self, page: Page) -> Page:
        """The page as it reads with what was recognised on it."""
        found = self.pages.get(page.number)
        if found is None:
            return page
        return _added(page, found) if found["area"] else recognised_page(page.number, found)


def recognised_page(number: int, found: Mapping[str, Any]) -> Page:
    """A page of recognised words alone; its boxes are told on the page as it is shown, its lines are level."""
    points = found["points"][0] * found["points"][1] or 1.0
    pixels = max(1.0, float(found["shown"][0]) * float(found["shown"][1]))
    scale = (points / pixels) ** 0.5 * _zoom(found["back"])
    words = [_word(each, scale, 0.0, 0.0, found["most"]) for each in found["words"]]
    a, b, c, d, e, f = found["back"]
    wide, high = (float(each) for each in found["shown"])
    return Page(
        number=number,
        width=max(1.0, found["width"] * scale),
        height=max(1.0, found["height"] * scale),
        segments=repaired(segments_of(words, number)),
        characters=sum(len(word.text) for word in words),
        back=(a / scale / wide, b / scale / wide, c / wide, d / scale / high, e / scale / high, f / high),
        recognised=True,
    )


def _zoom(back: Sequence[float]) -> float:
    """How many pixels of the picture as it came one pixel of the level page spans."""
    return float(abs(back[0] * back[4] - back[1] * back[3]) ** 0.5)


def _added(page: Page, found: Mapping[str, Any]) -> Page:
    """A page of text with the words of a picture on it."""
    x0, y0, _, _ = found["area"]
    scale = found["points"][0] / max(1.0, float(found["shown"][0])) * _zoom(found["back"])
    words = [_word(each, scale, x0, y0, found["most"]) for each in found["words"]]
    own = [word for segment in page.segments for word in segment.words]
    fresh = [word for word in words if not any(_covers(word, other) for other in own)]
    segments = segments_of([*own, *fresh], page.number) if fresh else page.segments
    return replace(page, segments=segments)


def _covers(word: Word, other: Word) -> bool:
    """Is it printed as text where it was recognised, too?"""
    x, y = (word.x0 + word.x1) / 2, (word.y0 + word.y1) / 2
    return other.x0 <= x <= other.x1 and other.y0 <= y <= other.y1


def _word(each: Sequence[Any], scale: float, x: float, y: float, most: float) -> Word:
    text, x0, y0, x1, y1, confidence = each
    place = (x + x0 * scale, y + y0 * scale, x + x1 * scale, y + y1 * scale)
    return Word(str(text), *place, trust=min(float(confidence), float(most)))
