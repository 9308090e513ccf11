"""The words of one pypdfium2 page with their places, and what of its text nobody can see.

pdfium is asked for all characters in a few bulk calls: one call for each character and value is what made reading slow.
"""

from __future__ import annotations

import ctypes
import math
import unicodedata
from array import array
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from itertools import repeat
from typing import Any, Final, NamedTuple

MOST_CHARACTERS: Final = 60_000  #: of one page; a dense page of print holds about 10,000
SMALLEST: Final = 1.5  #: points; what is smaller cannot be read by anybody
_SCALE: Final = 1_000_000
#: Gaps as part of the line height: below this a word goes on.
_WORD_GAP: Final = 0.16
_DASHES: Final = dict.fromkeys([0x02, 0xAD, *range(0x2010, 0x2016), 0x2212, 0xFFFE], "-")
_WHITE: Final = 245  #: of 255 in all three colours


class Run(NamedTuple):
    """Characters without a gap, in points from the top left corner of the visible page."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    first: int  #: index of its first character, as pdfium counts


class Affine(NamedTuple):
    """Page space to points of the visible page: x = a*X + b*Y + c, y = d*X + e*Y + f."""

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float


_Places = tuple[list[float], list[float], list[float], list[float]]  #: left, low, right, high of each character


def read_runs(textpage: Any, affine: Affine) -> tuple[list[Run], int]:
    """The words of a page that are seen running from left to right, and how many characters pdfium counts."""
    import pypdfium2.raw as pdfium

    count = pdfium.FPDFText_CountChars(textpage)
    wanted = min(count, MOST_CHARACTERS)
    if wanted <= 0:
        return [], 0
    handle = _address(textpage)
    text = _text(pdfium, textpage, handle, wanted)
    runs = list(_grouped(text, *_places(handle, wanted, affine), partial(_bulk().generated, handle)))
    angles = list(map(_bulk().angle, repeat(handle), [run.first for run in runs]))
    upright = {angle: _runs_to_the_right(angle, affine) for angle in set(angles)}
    if all(upright.values()):
        return runs, count
    return [run for run, angle in zip(runs, angles, strict=True) if upright[angle]], count


def _address(handle: Any) -> int:
    return ctypes.cast(handle, ctypes.c_void_p).value or 0


def transform(page: Any, width: float, height: float) -> Affine:
    """Asked from pdfium at three points; it knows crop box and /Rotate."""
    import pypdfium2.raw as pdfium

    def at(x: float, y: float) -> tuple[float, float]:
        left, top = ctypes.c_int(), ctypes.c_int()
        pdfium.FPDF_PageToDevice(page, 0, 0, _SCALE, _SCALE, 0, x, y, left, top)
        return left.value / _SCALE * width, top.value / _SCALE * height

    origin, right, up = at(0, 0), at(1000, 0), at(0, 1000)
    numbers = (
        *((right[0] - origin[0]) / 1000, (up[0] - origin[0]) / 1000, origin[0]),
        *((right[1] - origin[1]) / 1000, (up[1] - origin[1]) / 1000, origin[1]),
    )
    return Affine(*(0.0 if abs(each) < 1e-5 else each for each in numbers))


class _Bulk(NamedTuple):
    """pdfium's functions taking plain addresses, so that `map` calls them without a Python object for each value."""

    box: Callable[[int, int, int], int]
    code: Callable[[int, int], int]
    generated: Callable[[int, int], int]  #: is the blank at an index pdfium's own guess?
    text_object: Callable[[int, int], int | None]
    angle: Callable[[int, int], float]
    colour: Callable[[int, int, int, int, int, int], int]
    mode: Callable[[int], int]  #: how a text object is printed


@lru_cache(maxsize=1)
def _bulk() -> _Bulk:
    import pypdfium2.raw as pdfium

    whole, place = ctypes.c_int, ctypes.c_void_p

    def plain(function: Any, gives: Any, *takes: Any) -> Any:
        return ctypes.PYFUNCTYPE(gives, place, *takes)(_address(function))

    return _Bulk(
        box=plain(pdfium.FPDFText_GetLooseCharBox, whole, whole, place),
        code=plain(pdfium.FPDFText_GetUnicode, ctypes.c_uint, whole),
        generated=plain(pdfium.FPDFText_IsGenerated, whole, whole),
        text_object=plain(pdfium.FPDFText_GetTextObject, place, whole),
        angle=plain(pdfium.FPDFText_GetCharAngle, ctypes.c_float, whole),
        colour=plain(pdfium.FPDFText_GetFillColor, whole, whole, *[place] * 4),
        mode=plain(pdfium.FPDFTextObj_GetTextRenderMode, whole),
    )


def _text(pdfium: Any, textpage: Any, handle: int, count: int) -> Sequence[str]:
    """One text for each character. pdfium's whole text is that, unless it leaves characters out."""
    buffer = ctypes.create_string_buffer(2 * (count + 1))
    written = pdfium.FPDFText_GetText(
        textpage, 0, count, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort))
    )  # with the closing zero
    if written == count + 1:
        whole = buffer.raw[: 2 * count].decode("utf-16-le", "surrogatepass")
        if len(whole) == count:
            return whole
    return [chr(code) for code in map(_bulk().code, repeat(handle), range(count))]


def _places(handle: int, count: int, affine: Affine) -> tuple[_Places, Affine]:
    """Where the characters stand in some space, and how points of the visible page are made of it.

    Mostly that is pdfium's own space: then only what becomes a run has to be converted.
    """
    size = 4 * ctypes.sizeof(ctypes.c_float)
    buffer = ctypes.create_string_buffer(size * count)
    base = ctypes.addressof(buffer)
    deque(map(_bulk().box, repeat(handle), range(count), range(base, base + size * count, size)), maxlen=0)
    numbers = array("f", buffer.raw).tolist()
    left, top, right, bottom = numbers[0::4], numbers[1::4], numbers[2::4], numbers[3::4]
    a, b, c, d, e, f = affine
    if b == 0 == d and a > 0 > e:
        return (left, bottom, right, top), affine
    corners = list(zip(left, bottom, right, top, strict=True))
    xs = [sorted((a * x0 + b * y0 + c, a * x1 + b * y1 + c)) for x0, y0, x1, y1 in corners]
    ys = [sorted((d * x0 + e * y0 + f, d * x1 + e * y1 + f)) for x0, y0, x1, y1 in corners]
    turned = [x[0] for x in xs], [-y[1] for y in ys], [x[1] for x in xs], [-y[0] for y in ys]
    return turned, Affine(1.0, 0.0, 0.0, 0.0, -1.0, 0.0)


def _grouped(text: Sequence[str], places: _Places, affine: Affine, generated: Callable[[int], int]) -> Iterator[Run]:
    """Characters as words: one goes on while the next stands on its line and near. Written for speed."""
    run: list[str] = []
    index, first = -1, 0
    begin = edge = end = foot = head = lowest = highest = 0.0
    for character, left, low, right, high in zip(text, *places, strict=True):
        index += 1
        if character <= " " or (character > "~" and character.isspace()):
            if character in "\x00\r\n" or (character == " " and generated(index)):
                continue  # pdfium's own guess of a blank; the gap itself is judged below
            if character != "\x02":  # pdfium's sign for a hyphen at the end of a line
                if run:
                    yield _run(run, first, (begin, lowest, edge if edge > end else end, highest), affine)
                    run = []
                continue
        if run:
            level = low == foot and high == head
            if level or _overlap(low, high, foot, head):
                size = head - foot if head - foot > high - low else high - low
                near = -0.5 * size < left - end < _WORD_GAP * (size if size > 0.1 else 0.1)
            else:
                near = False
            if near:
                run.append(character)
                if not level:
                    lowest = low if low < lowest else lowest
                    highest = high if high > highest else highest
                end, foot, head = right, low, high
                continue
            yield _run(run, first, (begin, lowest, edge if edge > end else end, highest), affine)
        run, first = [character], index
        begin, edge, end = left, right, right
        lowest, highest, foot, head = low, high, low, high
    if run:
        yield _run(run, first, (begin, lowest, edge if edge > end else end, highest), affine)


def _overlap(high: float, low: float, top: float, bottom: float) -> bool:
    overlap = (low if low < bottom else bottom) - (high if high > top else top)
    return overlap >= 0.4 * min(bottom - top, low - high)


def _run(characters: list[str], first: int, box: tuple[float, float, float, float], affine: Affine) -> Run:
    joined = "".join(characters)
    if not joined.isascii() or "\x02" in joined:
        joined = _plain(joined)
    left, low, right, high = box
    a, _, c, _, e, f = affine
    return Run(joined, a * left + c, e * high + f, a * right + c, e * low + f, first)


def _plain(text: str) -> str:
    """Dashes plain, ligatures and combining accents resolved; halves of UTF-16 put together again."""
    whole = text.translate(_DASHES).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return unicodedata.normalize("NFKC", whole).replace(" ", "")


def _runs_to_the_right(angle: float, affine: Affine) -> bool:
    """Is text of this angle (pdfium's, clockwise in page space) seen running from left to right?"""
    right, up = math.cos(angle), -math.sin(angle)
    x, y = affine.a * right + affine.b * up, affine.d * right + affine.e * up
    return x > 0 and abs(y) < 0.1 * x


def hidden(page: Any, textpage: Any, runs: Sequence[Run], affine: Affine) -> list[Run]:
    """The words that nobody sees: smaller than print, or white where nothing darker lies below."""
    import pypdfium2.raw as pdfium

    small = [run for run in runs if run.y1 - run.y0 < SMALLEST]
    white = _white(textpage, runs)
    if white:
        grounds = list(_grounds(pdfium, page, affine))
        white = [run for run in white if not any(_on(run, ground) for ground in grounds)]
    counted = set(small)
    return small + [run for run in white if run not in counted]


def laid_under(page: Any, textpage: Any, runs: Sequence[Run], affine: Affine) -> tuple[list[Run], list[Run]]:
    """The words printed without ink: those over a picture, which a program recognised in it, and those over nothing."""
    import pypdfium2.raw as pdfium

    objects = _text_objects(textpage, runs)
    without_ink = {item for item in set(objects) if item and _is_inkless(pdfium, item)}
    if not without_ink:
        return [], []
    grounds = list(_grounds(pdfium, page, affine))
    inkless = [run for run, item in zip(runs, objects, strict=True) if item in without_ink]
    over = [any(_on(run, ground) for ground in grounds) for run in inkless]
    return (
        [run for run, there in zip(inkless, over, strict=True) if there],
        [run for run, there in zip(inkless, over, strict=True) if not there],
    )


def _text_objects(textpage: Any, runs: Sequence[Run]) -> list[int | None]:
    """The address of the text object that each run begins in."""
    return list(map(_bulk().text_object, repeat(_address(textpage)), [run.first for run in runs]))


def _is_inkless(pdfium: Any, item: int) -> bool:
    """Is the text neither filled nor outlined (render modes 3 and 7, ISO 32000-1, 9.3.6)?"""
    mode = _bulk().mode(item)
    return mode in {pdfium.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium.FPDF_TEXTRENDERMODE_CLIP}


def _white(textpage: Any, runs: Sequence[Run]) -> list[Run]:
    """The words of white or without any colour; red, green, blue and alpha of all are asked in one go."""
    size = ctypes.sizeof(ctypes.c_uint)
    buffer = ctypes.create_string_buffer(4 * size * len(runs))
    base = ctypes.addressof(buffer)
    places = [range(base + at * size, base + at * size + len(buffer), 4 * size) for at in range(4)]
    known = list(map(_bulk().colour, repeat(_address(textpage)), [run.first for run in runs], *places))
    colours = array("I", buffer.raw).tolist()
    shades = zip(known, colours[0::4], colours[1::4], colours[2::4], colours[3::4], runs, strict=True)
    return [
        run
        for there, red, green, blue, alpha, run in shades
        if there and (alpha < 10 or (red >= _WHITE and green >= _WHITE and blue >= _WHITE))
    ]


def _grounds(pdfium: Any, page: Any, affine: Affine) -> Iterator[tuple[float, float, float, float]]:
    """The areas of pictures, shadings and filled shapes that are not white."""
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    a, b, c, d, e, f = affine
    for index in range(min(pdfium.FPDFPage_CountObjects(page), 5_000)):
        item = pdfium.FPDFPage_GetObject(page, index)
        kind = pdfium.FPDFPageObj_GetType(item)
        if kind == pdfium.FPDF_PAGEOBJ_TEXT or (kind == pdfium.FPDF_PAGEOBJ_PATH and not _is_filled(pdfium, item)):
            continue
        if pdfium.FPDFPageObj_GetBounds(item, left, bottom, right, top):
            xs = sorted((a * left.value + b * bottom.value + c, a * right.value + b * top.value + c))
            ys = sorted((d * left.value + e * bottom.value + f, d * right.value + e * top.value + f))
            yield xs[0], ys[0], xs[1], ys[1]


def _is_filled(pdfium: Any, item: Any) -> bool:
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    mode, stroke = ctypes.c_int(), ctypes.c_int()
    if pdfium.FPDFPath_GetDrawMode(item, mode, stroke) and mode.value == pdfium.FPDF_FILLMODE_NONE:
        return False
    found = pdfium.FPDFPageObj_GetFillColor(item, red, green, blue, alpha)
    return not found or min(red.value, green.value, blue.value) < _WHITE


def _on(run: Run, ground: tuple[float, float, float, float]) -> bool:
    x, y = (run.x0 + run.x1) / 2, (run.y0 + run.y1) / 2
    return ground[0] <= x <= ground[2] and ground[1] <= y <= ground[3]
