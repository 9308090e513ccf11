"""Characters of a PDF page -> words -> segments -> lines, in points of the visible page.

Coordinates here are points from the top left corner of the visible page (crop box, after /Rotate); `Page.percent`
turns them into the boxes that leave this package. Text that does not run from left to right is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from kontorist.domain.payables.draft import Box
from kontorist.extraction.characters import MOST_CHARACTERS, hidden, laid_under, read_runs, transform

#: A gap wider than this part of the line height begins another column.
_COLUMN_GAP: Final = 0.85
Shows = Literal["nothing", "something", "picture"]  #: a picture fills much of the page
LAYER: Final = 0.9  #: trust in words that an unknown program laid over a scan


@dataclass(slots=True, eq=False)
class Word:
    """Characters without a gap; `size` is the height of its line of print in points."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    bold: bool = False
    trust: float = 1.0  #: below 1 where a program recognised it in a picture, 0 to 1
    note: str = ""  #: what was put right in it, and by what it is proved

    @property
    def size(self) -> float:
        """Height of the print in points."""
        return self.y1 - self.y0


@dataclass(slots=True, eq=False)
class Segment:
    """Words of one line with ordinary blanks between them: a cell, a label, a line of an address."""

    words: list[Word]
    page: int
    line: int = 0  #: index of its line on the page
    index: int = 0  #: index among the segments of the document
    text: str = ""
    starts: list[int] = field(default_factory=list)  #: where each word begins in `text`
    x0: float = 0.0
    y0: float = 0.0
    x1: float = 0.0
    y1: float = 0.0
    size: float = 0.0  #: height of its largest print in points

    def __post_init__(self) -> None:
        words, at = self.words, 0
        if len(words) == 1:  # quick, and true of most
            word = words[0]
            self.starts, self.text = [0], word.text
            self.x0, self.y0, self.x1, self.y1 = word.x0, word.y0, word.x1, word.y1
            self.size = word.y1 - word.y0
            return
        for word in words:
            self.starts.append(at)
            at += len(word.text) + 1
        self.text = " ".join([word.text for word in words])
        self.x0, self.x1 = words[0].x0, words[-1].x1
        self.y0, self.y1 = min([word.y0 for word in words]), max([word.y1 for word in words])
        self.size = max([word.y1 - word.y0 for word in words])

    def span(self, start: int, end: int) -> list[Word]:
        """The words that hold the characters `start` to `end` of `text`."""
        found = [
            word for at, word in zip(self.starts, self.words, strict=True) if at < end and at + len(word.text) > start
        ]
        return found or self.words[:1]

    def area(self, start: int, end: int) -> tuple[float, float, float, float]:
        """The rectangle around some characters of `text`; within a word it is cut in proportion."""
        words = self.span(start, end)
        first, last = words[0], words[-1]
        begin = max(0, start - self.starts[self.words.index(first)])
        cut = max(0, self.starts[self.words.index(last)] + len(last.text) - end)
        left = first.x0 + (first.x1 - first.x0) * begin / max(1, len(first.text))
        right = last.x1 - (last.x1 - last.x0) * cut / max(1, len(last.text))
        return left, min(w.y0 for w in words), max(left, right), max(w.y1 for w in words)


@dataclass(slots=True)
class Page:
    """One page: its size in points and its segments in reading order, top to bottom, left to right."""

    number: int
    width: float
    height: float
    segments: list[Segment]
    characters: int = 0
    unreadable: int = 0  #: characters without a meaning (replacement, private use)
    cut: bool = False  #: it holds more characters than we read
    hidden: str = ""  #: the beginning of the text that nobody can see, left out
    #: Where the lines of a scan were made level, the way back: parts of the visible page from the points of this one.
    back: tuple[float, float, float, float, float, float] | None = None
    recognised: bool = False  #: the words were recognised in a picture
    shows: Shows = "nothing"  #: where it has no usable text

    def percent(self, area: tuple[float, float, float, float]) -> Box:
        """An area in points as percent of the visible page, cut to it."""
        x0, y0, x1, y1 = area
        if self.back is not None:
            a, b, c, d, e, f = self.back
            corners = [(a * x + b * y + c, d * x + e * y + f) for x in (x0, x1) for y in (y0, y1)]
            xs, ys = zip(*corners, strict=True)
            return Box(
                x0=_percent(min(xs), 1.0),
                y0=_percent(min(ys), 1.0),
                x1=_percent(max(xs), 1.0),
                y1=_percent(max(ys), 1.0),
            )
        return Box(
            x0=_percent(x0, self.width),
            y0=_percent(y0, self.height),
            x1=_percent(x1, self.width),
            y1=_percent(y1, self.height),
        )

    @property
    def usable(self) -> bool:
        """Is there text that can be read? (fewer than 20 characters or over 20 % without meaning: a picture)

        A scan on which somebody printed a line ("received on") is a picture all the same.
        """
        return self.shows != "picture" and self.characters >= 20 and self.unreadable <= 0.2 * self.characters


def _percent(value: float, whole: float) -> float:
    return round(min(100.0, max(0.0, 100.0 * value / whole)), 2)


def read_page(page: Any, number: int) -> Page:
    """The text of one pypdfium2 page."""
    width, height = page.get_size()
    width, height = max(width, 1.0), max(height, 1.0)
    affine = transform(page.raw, width, height)
    textpage = page.get_textpage()
    try:
        runs, count = read_runs(textpage.raw, affine)
        seen = [run for run in runs if run.x1 >= -1 and run.x0 <= width + 1 and -1 <= run.y1 <= height + 1]
        layer, inkless = laid_under(page.raw, textpage.raw, seen, affine)
        unseen = hidden(page.raw, textpage.raw, seen, affine) if len(layer) < len(seen) else []
    finally:
        textpage.close()
    scanned = set(layer)
    unseen = [run for run in unseen if run not in scanned] + inkless
    left_out = set(unseen)
    seen = [run for run in seen if run not in left_out] if unseen else seen
    words = _without_doubles(Word(run.text, run.x0, run.y0, run.x1, run.y1) for run in seen if run.text)
    if layer:
        places = {(run.text, run.x0, run.y0) for run in layer}
        for word in words:
            word.trust = LAYER if (word.text, word.x0, word.y0) in places else 1.0
    text = "".join(word.text for word in words)
    return Page(
        number=number,
        width=width,
        height=height,
        segments=segments_of(words, number),
        characters=len(text),
        unreadable=0 if text.isascii() else sum(1 for each in text if each == "\ufffd" or "\ue000" <= each <= "\uf8ff"),
        cut=count > MOST_CHARACTERS,
        hidden=" ".join(run.text for run in unseen)[:200],
        recognised=bool(layer),
    )


def _without_doubles(words: Iterable[Word]) -> list[Word]:
    """Text printed twice, a little shifted, to look bold, counts once."""
    kept: dict[tuple[str, int, int], Word] = {}
    for word in words:
        key = (word.text, round(word.x0 / 3), round(word.y0 / 3))
        if key in kept:
            kept[key].bold = True
        else:
            kept[key] = word
    return list(kept.values())


def segments_of(words: list[Word], page: int) -> list[Segment]:
    """Words as lines from top to bottom, each cut where a column ends."""
    segments: list[Segment] = []
    for number, line in enumerate(_lines(words)):
        for run in _runs(line):
            segments.append(Segment(run, page, line=number))
    return segments


def _lines(words: list[Word]) -> list[list[Word]]:
    """Words whose vertical extents overlap by more than half, from top to bottom, each from left to right."""
    lines: list[list[Word]] = []
    extents: list[tuple[float, float]] = []
    for word in sorted(words, key=lambda each: (each.y0 + each.y1) / 2):
        y0, y1 = word.y0, word.y1
        for back in range(len(lines) - 1, max(-1, len(lines) - 4), -1):
            top, bottom = extents[back]
            overlap = (y1 if y1 < bottom else bottom) - (y0 if y0 > top else top)
            if overlap > 0.55 * (y1 - y0 if y1 - y0 < bottom - top else bottom - top):
                lines[back].append(word)
                break
        else:
            lines.append([word])
            extents.append((y0, y1))
    return [sorted(line, key=lambda each: each.x0) for line in lines]


_DECIMAL: Final = frozenset(",.")
_CENTS: Final = re.compile(r"-?[\d.,']*\d[.,]\d\d")
_AMOUNT: Final = re.compile(r"-?(?:[\d.,']*\d[.,]\d\d|\d{1,3}(?: \d{3})* \d{3}[.,]\d\d)(?= |$)")


def _amounts_meet(line: list[Word], at: int) -> bool:
    """Two amounts are two cells, however narrow the gap (``1.364,04 145,02``), but ``19 %: 120,00 22,80`` is one."""
    if (at > 1 and "%" in line[at - 2].text) or not _CENTS.fullmatch(line[at - 1].text):
        return False
    return _AMOUNT.match(" ".join(word.text for word in line[at : at + 4])) is not None


def _runs(line: list[Word]) -> Iterator[list[Word]]:
    last = line[0]
    run, height = [last], last.y1 - last.y0
    for at, word in enumerate(line[1:], 1):
        before, height = height, word.y1 - word.y0
        apart = word.x0 - last.x1 > _COLUMN_GAP * (height if height < before else before)
        if apart or (last.text[-3:-2] in _DECIMAL and _amounts_meet(line, at)):
            yield run
            run = []
        run.append(word)
        last = word
    yield run
