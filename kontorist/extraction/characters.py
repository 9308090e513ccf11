"""The words of one pypdfium2 page with their places, and what of its text nobody can see.

pdfium is asked for all characters in a few bulk calls: one call for each character and value is what made reading slow.
"""

from __future__ import annotations

import ctypes
import math
import unicodedata
from array import array
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
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


_Places = tuple[list[float], list[float], list[float], list[float]]  #: x0, y0, x1, y1 of each character


def read_runs(textpage: Any, affine: Affine) -> tuple[list[Run], int]:
    """The words of a page that are seen running from left to right, and how many characters pdfium counts."""
    import pypdfium2.raw as pdfium

    count = pdfium.FPDFText_CountChars(textpage)
    wanted = min(count, MOST_CHARACTERS)
    if wanted <= 0:
        return [], 0
    handle = ctypes.cast(textpage, ctypes.c_void_p).value or 0
    text = _text(pdfium, textpage, handle, wanted)
    runs = _grouped(text, _places(handle, wanted, affine), _generated(handle))
    upright: dict[float, bool] = {}
    kept = []
    for run in runs:
        angle = pdfium.FPDFText_GetCharAngle(textpage, run.first)
        if angle not in upright:
            upright[angle] = _runs_to_the_right(angle, affine)
        if upright[angle]:
            kept.append(run)
    return kept, count


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


@lru_cache(maxsize=1)
def _bulk() -> tuple[Any, Any, Any, Any]:
    """pdfium's functions taking plain addresses, so that `map` calls them without a Python object for each box."""
    import pypdfium2.raw as pdfium

    address: Callable[[Any], int | None] = lambda function: ctypes.cast(function, ctypes.c_void_p).value  # noqa: E731
    box = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
    code = ctypes.PYFUNCTYPE(ctypes.c_uint, ctypes.c_void_p, ctypes.c_int)
    flag = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int)
    item = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)
    return (
        box(address(pdfium.FPDFText_GetLooseCharBox) or 0),
        code(address(pdfium.FPDFText_GetUnicode) or 0),
        flag(address(pdfium.FPDFText_IsGenerated) or 0),
        item(address(pdfium.FPDFText_GetTextObject) or 0),
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
    return [chr(code) for code in map(_bulk()[1], repeat(handle), range(count))]


def _generated(handle: int) -> Callable[[int], int]:
    """Is the blank at an index pdfium's own guess?"""
    ask = _bulk()[2]
    return lambda index: int(ask(handle, index))


def _places(handle: int, count: int, affine: Affine) -> _Places:
    size = 4 * ctypes.sizeof(ctypes.c_float)
    buffer = ctypes.create_string_buffer(size * count)
    base = ctypes.addressof(buffer)
    list(map(_bulk()[0], repeat(handle), range(count), range(base, base + size * count, size)))
    numbers = array("f")
    numbers.frombytes(buffer.raw)
    left, top, right, bottom = numbers[0::4], numbers[1::4], numbers[2::4], numbers[3::4]
    a, b, c, d, e, f = affine
    if b == 0 == d and a > 0 > e:
        return (
            *([a * x + c for x in left], [e * y + f for y in top]),
            *([a * x + c for x in right], [e * y + f for y in bottom]),
        )
    corners = list(zip(left, bottom, right, top, strict=True))
    xs = [sorted((a * x0 + b * y0 + c, a * x1 + b * y1 + c)) for x0, y0, x1, y1 in corners]
    ys = [sorted((d * x0 + e * y0 + f, d * x1 + e * y1 + f)) for x0, y0, x1, y1 in corners]
    return [x[0] for x in xs], [y[0] for y in ys], [x[1] for x in xs], [y[1] for y in ys]


def _grouped(text: Sequence[str], places: _Places, generated: Callable[[int], int]) -> Iterator[Run]:
    """Characters as words: one goes on while the next stands on its line and near. Written for speed."""
    x0, y0, x1, y1 = places
    run: list[int] = []
    end = top = bottom = 0.0
    for index, character in enumerate(text):
        if character <= " " or character.isspace():
            if character in "\x00\r\n" or (character == " " and generated(index)):
                continue  # pdfium's own guess of a blank; the gap itself is judged below
            if character != "\x02":  # pdfium's sign for a hyphen at the end of a line
                if run:
                    yield _run(text, run, x0, y0, x1, y1)
                    run = []
                continue
        high, low = y0[index], y1[index]
        if run:
            gap = x0[index] - end
            height = bottom - top if bottom - top > low - high else low - high
            if (high != top or low != bottom) and not _overlap(high, low, top, bottom):
                near = False
            else:
                near = -0.5 * height < gap < _WORD_GAP * (height if height > 0.1 else 0.1)
            if not near:
                yield _run(text, run, x0, y0, x1, y1)
                run = []
        run.append(index)
        end, top, bottom = x1[index], high, low
    if run:
        yield _run(text, run, x0, y0, x1, y1)


def _overlap(high: float, low: float, top: float, bottom: float) -> bool:
    overlap = (low if low < bottom else bottom) - (high if high > top else top)
    return overlap >= 0.4 * min(bottom - top, low - high)


def _run(text: Sequence[str], run: list[int], *places: Sequence[float]) -> Run:
    first, last = run[0], run[-1]
    words = text[first : last + 1] if last - first + 1 == len(run) else [text[index] for index in run]
    joined = words if isinstance(words, str) else "".join(words)
    if not joined.isascii() or "\x02" in joined:
        joined = _plain(joined)
    x0, y0, x1, y1 = places
    top, bottom = y0[first], y1[first]
    if y0[last] != top or y1[last] != bottom or len(run) > 2:
        top, bottom = min(map(y0.__getitem__, run)), max(map(y1.__getitem__, run))
    return Run(joined, x0[first], top, max(x1[first], x1[last]), bottom, first)


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
    white = [run for run in runs if _is_white(pdfium, textpage, run.first)]
    if white:
        grounds = list(_grounds(pdfium, page, affine))
        white = [run for run in white if not any(_on(run, ground) for ground in grounds)]
    return small + [run for run in white if run not in small]


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
    handle = ctypes.cast(textpage, ctypes.c_void_p).value or 0
    return list(map(_bulk()[3], repeat(handle), [run.first for run in runs]))


def _is_inkless(pdfium: Any, item: int) -> bool:
    """Is the text neither filled nor outlined (render modes 3 and 7, ISO 32000-1, 9.3.6)?"""
    mode = pdfium.FPDFTextObj_GetTextRenderMode(ctypes.cast(item, pdfium.FPDF_PAGEOBJECT))
    return mode in {pdfium.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium.FPDF_TEXTRENDERMODE_CLIP}


_COLOURS: Final = tuple(ctypes.c_uint() for _ in range(4))


def _is_white(pdfium: Any, textpage: Any, index: int) -> bool:
    red, green, blue, alpha = _COLOURS
    if not pdfium.FPDFText_GetFillColor(textpage, index, red, green, blue, alpha):
        return False
    return min(red.value, green.value, blue.value) >= _WHITE or alpha.value < 10


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
