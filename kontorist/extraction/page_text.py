"""Characters of a PDF page -> words -> segments -> lines, in points of the visible page.

Coordinates here are points from the top left corner of the visible page (crop box, after /Rotate); `Page.percent`
turns them into the boxes that leave this package. Text that does not run from left to right is left out.
"""

from __future__ import annotations

import ctypes
import math
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from kontorist.domain.payables.draft import Box

MOST_CHARACTERS: Final = 60_000  #: of one page; a dense page of print holds about 10,000
_SCALE: Final = 1_000_000
#: Gaps as parts of the line height: below the first a word goes on, above the second another column begins.
_WORD_GAP: Final = 0.16
_COLUMN_GAP: Final = 0.85
_DASHES: Final = dict.fromkeys([0x02, 0xAD, *range(0x2010, 0x2016), 0x2212, 0xFFFE], "-")


@dataclass(slots=True)
class Word:
    """Characters without a gap; `size` is the height of its line of print in points."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    bold: bool = False

    @property
    def size(self) -> float:
        """Height of the print in points."""
        return self.y1 - self.y0


@dataclass(slots=True)
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
        for word in words:
            self.starts.append(at)
            at += len(word.text) + 1
        self.text = " ".join(word.text for word in words)
        self.x0, self.x1 = words[0].x0, words[-1].x1
        self.y0, self.y1 = min(word.y0 for word in words), max(word.y1 for word in words)
        self.size = max(word.size for word in words)

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

    def percent(self, area: tuple[float, float, float, float]) -> Box:
        """An area in points as percent of the visible page, cut to it."""
        x0, y0, x1, y1 = area
        return Box(
            x0=_percent(x0, self.width),
            y0=_percent(y0, self.height),
            x1=_percent(x1, self.width),
            y1=_percent(y1, self.height),
        )

    @property
    def usable(self) -> bool:
        """Is there text that can be read? (fewer than 20 characters or over 20 % without meaning: a picture)"""
        return self.characters >= 20 and self.unreadable <= 0.2 * self.characters


def _percent(value: float, whole: float) -> float:
    return round(min(100.0, max(0.0, 100.0 * value / whole)), 2)


def read_page(page: Any, number: int) -> Page:
    """The text of one pypdfium2 page."""
    width, height = page.get_size()
    width, height = max(width, 1.0), max(height, 1.0)
    textpage = page.get_textpage()
    try:
        characters = list(_characters(textpage.raw, _transform(page.raw, width, height)))
    finally:
        textpage.close()
    seen = [each for each in characters if each[3] >= -1 and each[1] <= width + 1 and -1 <= each[4] <= height + 1]
    words = _without_doubles(_words(seen))
    unreadable = sum(1 for each in seen if each[0] == "\ufffd" or "\ue000" <= each[0] <= "\uf8ff")
    count = sum(1 for each in seen if not each[0].isspace())
    cut = bool(characters) and characters[-1][5] >= MOST_CHARACTERS - 1
    return Page(
        number=number,
        width=width,
        height=height,
        segments=segments_of(words, number),
        characters=count,
        unreadable=unreadable,
        cut=cut,
    )


_Affine = tuple[float, float, float, float, float, float]
_Character = tuple[str, float, float, float, float, int]  #: text, x0, y0, x1, y1, index


def _transform(page: Any, width: float, height: float) -> _Affine:
    """Page space to points of the visible page, asked from pdfium at three points (it knows crop box and /Rotate)."""
    import pypdfium2.raw as pdfium

    def at(x: float, y: float) -> tuple[float, float]:
        left, top = ctypes.c_int(), ctypes.c_int()
        pdfium.FPDF_PageToDevice(page, 0, 0, _SCALE, _SCALE, 0, x, y, left, top)
        return left.value / _SCALE * width, top.value / _SCALE * height

    origin, right, up = at(0, 0), at(100, 0), at(0, 100)
    return (
        (right[0] - origin[0]) / 100,
        (up[0] - origin[0]) / 100,
        origin[0],
        (right[1] - origin[1]) / 100,
        (up[1] - origin[1]) / 100,
        origin[1],
    )


def _characters(textpage: Any, affine: _Affine) -> Iterator[_Character]:
    import pypdfium2.raw as pdfium

    a, b, c, d, e, f = affine
    upright: dict[float, bool] = {}
    box = pdfium.FS_RECTF()
    unicode_of, box_of = pdfium.FPDFText_GetUnicode, pdfium.FPDFText_GetLooseCharBox
    angle_of = pdfium.FPDFText_GetCharAngle
    for index in range(min(pdfium.FPDFText_CountChars(textpage), MOST_CHARACTERS)):
        code = unicode_of(textpage, index)
        if code in (0, 10, 13) or (code == 32 and pdfium.FPDFText_IsGenerated(textpage, index) == 1):
            continue  # pdfium's own guess of a blank; the gap itself is judged below
        if not box_of(textpage, index, box):
            continue
        angle = angle_of(textpage, index)
        if angle not in upright:
            upright[angle] = _runs_to_the_right(angle, affine)
        if not upright[angle]:
            continue
        xs = (a * box.left + b * box.bottom + c, a * box.right + b * box.top + c)
        ys = (d * box.left + e * box.bottom + f, d * box.right + e * box.top + f)
        yield _DASHES.get(code) or chr(code), min(xs), min(ys), max(xs), max(ys), index


def _runs_to_the_right(angle: float, affine: _Affine) -> bool:
    """Is text of this angle (pdfium's, clockwise in page space) seen running from left to right?"""
    a, b, _, d, e, _ = affine
    right, up = math.cos(angle), -math.sin(angle)
    x, y = a * right + b * up, d * right + e * up
    return x > 0 and abs(y) < 0.1 * x


def _words(characters: list[_Character]) -> list[Word]:
    words: list[Word] = []
    run: list[_Character] = []
    for each in characters:
        if each[0].isspace():
            _finish(run, words)
            run = []
            continue
        if run and not _goes_on(run[-1], each):
            _finish(run, words)
            run = []
        run.append(each)
    _finish(run, words)
    return words


def _goes_on(last: _Character, each: _Character) -> bool:
    height = max(last[4] - last[2], each[4] - each[2], 0.1)
    overlap = min(last[4], each[4]) - max(last[2], each[2])
    if overlap < 0.4 * min(last[4] - last[2], each[4] - each[2]):
        return False
    gap = each[1] - last[3]
    return -0.5 * height < gap < _WORD_GAP * height


def _finish(run: list[_Character], words: list[Word]) -> None:
    if not run:
        return
    text = unicodedata.normalize("NFKC", _joined(run)).replace(" ", "")
    if text:
        words.append(Word(text, run[0][1], min(e[2] for e in run), max(e[3] for e in run), max(e[4] for e in run)))


def _joined(run: list[_Character]) -> str:
    """The characters as text; pdfium gives those beyond U+FFFF as two halves of UTF-16."""
    text = "".join(each[0] for each in run)
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


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
        for back in range(len(lines) - 1, max(-1, len(lines) - 4), -1):
            top, bottom = extents[back]
            overlap = min(bottom, word.y1) - max(top, word.y0)
            if overlap > 0.55 * min(bottom - top, word.size):
                lines[back].append(word)
                break
        else:
            lines.append([word])
            extents.append((word.y0, word.y1))
    return [sorted(line, key=lambda each: each.x0) for line in lines]


def _runs(line: list[Word]) -> Iterator[list[Word]]:
    run = line[:1]
    for word in line[1:]:
        height = min(run[-1].size, word.size)
        if word.x0 - run[-1].x1 > _COLUMN_GAP * height:
            yield run
            run = []
        run.append(word)
    yield run
