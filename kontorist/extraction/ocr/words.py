"""What engines give: words with their places in pixels and how sure the engine is of each. Runs in their children."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from kontorist.extraction.ocr.straight import Upright


@dataclass(frozen=True, slots=True)
class Seen:
    """One word of a level page: its box in pixels, and the engine's confidence in it, 0 to 1."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    confidence: float


def answer(page: Upright, words: Iterable[Seen], shown: Sequence[int]) -> dict[str, Any]:
    """The words for the reading child: ``{"width", "height", "shown", "back", "words"}``, all places in pixels.

    `width` and `height` are the level page's, `shown` the size of the picture as it came, `back` the way to it.
    """
    width, height = page.size
    return {
        "width": width,
        "height": height,
        "shown": list(shown),
        "back": [round(each, 6) for each in page.back],
        "words": [
            [word.text, *(round(place, 1) for place in (word.x0, word.y0, word.x1, word.y1)), round(word.confidence, 3)]
            for word in words
            if word.text.strip()
        ],
    }
