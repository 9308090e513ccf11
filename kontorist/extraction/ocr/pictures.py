"""Which pages are pictures, and how they look. Runs in the reading child only."""

from __future__ import annotations

import base64
import io
import math
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from kontorist.extraction.ocr.pixels import DPI, MOST_PIXELS, MOST_SENT, packed
from kontorist.extraction.page_text import Page, Shows
from kontorist.sandbox import ReasonCode, Refused

IMAGES: Final = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*")
MOST_FRAMES: Final = 2000  #: of a TIFF; the same bound as for the pages of a PDF
WIDEST: Final = 14_400.0  #: points, the largest page of PDF 1.7 (ISO 32000-1, annex C)
_COVERED: Final = 0.3  #: of a page, from which on it is a picture
FEW: Final = 200  #: characters; a line printed on a scan, but no invoice
_SCANNED: Final = 0.7  #: of a page with so few, from which on it is a scan and not a logo
_DRAWN: Final = 300  #: shapes on a page without text: letters turned into outlines
_MOST_DRAWN: Final = 50_000  #: shapes on a page that is looked at; one of outlined letters has some thousands
_OBJECTS: Final = 5_000  #: looked at on one page
_HEAD: Final = 0.3  #: of the first page, where a letterhead stands
_LOGO: Final = 0.004  #: of the page, the smallest picture that may hold a name
_A4_HEIGHT: Final = 842.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A page to be recognised, from 1; `area` (points from the top left corner) is a part of it, None all of it."""

    page: int
    area: tuple[float, float, float, float] | None = None

    def to_data(self) -> dict[str, Any]:
        """For the way to the parent and back."""
        return {"page": self.page, "area": self.area}


def shows(page: Any, read: Page) -> Shows:
    """What there is to see on a page with little or no text: a picture, letters as outlines or without meaning."""
    import pypdfium2.raw as pdfium

    count = pdfium.FPDFPage_CountObjects(page.raw)
    if not 0 < count <= _MOST_DRAWN:
        return "nothing"
    covered = sum(_size(area) for area in _images(page)) / (read.width * read.height)
    if read.usable:
        return "picture" if covered >= _SCANNED else "nothing"
    if read.characters >= 20:
        return "picture"
    kinds = [pdfium.FPDFPageObj_GetType(each) for each in _objects(page)]
    drawn = sum(1 for kind in kinds if kind == pdfium.FPDF_PAGEOBJ_PATH) >= _DRAWN
    return "picture" if covered >= _COVERED or drawn else "something"


def letterhead(page: Any, read: Page) -> Wanted | None:
    """The pictures at the head of a page of text, which may hold the name that the text does not."""
    sheet = read.width * read.height
    found = [
        area
        for area in _images(page)
        if area[1] < _HEAD * read.height and _LOGO * sheet <= _size(area) < _COVERED * sheet
    ]
    if not found:
        return None
    x0, y0, x1, y1 = (pick(values) for pick, values in zip((min, min, max, max), zip(*found, strict=True), strict=True))
    return Wanted(page=read.number, area=(x0, y0, x1, y1))


def _size(area: Sequence[float]) -> float:
    return (area[2] - area[0]) * (area[3] - area[1])


def _objects(page: Any) -> Iterator[Any]:
    """The objects of a page, those inside forms too, to a bounded depth and number."""
    import pypdfium2.raw as pdfium

    left = _OBJECTS
    waiting = [(page.raw, pdfium.FPDFPage_CountObjects, pdfium.FPDFPage_GetObject, 0)]
    while waiting and left > 0:
        holder, count, get, depth = waiting.pop()
        for index in range(min(count(holder), left)):
            left -= 1
            item = get(holder, index)
            yield item
            if depth < 4 and pdfium.FPDFPageObj_GetType(item) == pdfium.FPDF_PAGEOBJ_FORM:
                waiting.append((item, pdfium.FPDFFormObj_CountObjects, pdfium.FPDFFormObj_GetObject, depth + 1))


def _images(page: Any) -> Iterator[tuple[float, float, float, float]]:
    """The areas of the pictures, in points from the top left corner, cut to the visible page."""
    import ctypes

    import pypdfium2.raw as pdfium

    from kontorist.extraction.characters import transform

    width, height = page.get_size()
    to_page = transform(page.raw, width, height)
    bounds = tuple(ctypes.c_float() for _ in range(4))
    for item in _objects(page):
        kind = pdfium.FPDFPageObj_GetType(item)
        # A form is placed by a matrix of its own that its parts do not know: its bounds stand for them.
        if kind not in {pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_FORM, pdfium.FPDF_PAGEOBJ_SHADING}:
            continue
        if pdfium.FPDFPageObj_GetBounds(item, *bounds):
            left, bottom, right, top = (each.value for each in bounds)
            xs = sorted((to_page.a * x + to_page.b * y + to_page.c) for x, y in ((left, bottom), (right, top)))
            ys = sorted((to_page.d * x + to_page.e * y + to_page.f) for x, y in ((left, bottom), (right, top)))
            area = max(0.0, xs[0]), max(0.0, ys[0]), min(width, xs[1]), min(height, ys[1])
            if area[2] > area[0] and area[3] > area[1]:
                yield area


def render(content: bytes, *, page: int, area: Sequence[float] | None = None) -> dict[str, Any]:
    """A page in grey: ``{"pixels" (packed, base 64), "width", "height", "points"}``. Raises Refused.

    `points` is the size of what is shown, so that places in the picture can be told on the page.
    """
    if content.startswith(IMAGES):
        return _frame(content, page)
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
        sheet = document[page - 1]
    except (pypdfium2.PdfiumError, IndexError):
        raise Refused(ReasonCode.DAMAGED) from None
    width, height = sheet.get_size()
    if not (0 < width <= WIDEST and 0 < height <= WIDEST):
        raise Refused(ReasonCode.FORBIDDEN_CONSTRUCT)
    x0, y0, x1, y1 = area or (0.0, 0.0, width, height)
    shown = x1 - x0, y1 - y0
    bitmap = sheet.render(
        scale=_scale(*shown), crop=(x0, height - y1, width - x1, y0), grayscale=True, may_draw_forms=False
    )
    return _sent(bitmap.to_pil(), shown)


def _scale(width: float, height: float) -> float:
    """Pixels a point: 300 dpi, or what keeps the picture in bounds."""
    return min(DPI / 72, math.sqrt(0.98 * MOST_SENT / (max(width, 1.0) * max(height, 1.0))))


def frames(content: bytes) -> int:
    """How many pages an image file has. Raises Refused."""
    with _opened(content) as image:
        return int(getattr(image, "n_frames", 1))


def _opened(content: bytes) -> Any:
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of metadata that nobody needs
            image = Image.open(io.BytesIO(content), formats=("PNG", "JPEG", "TIFF"))
            count = int(getattr(image, "n_frames", 1))
    except Image.DecompressionBombError:
        raise _too_many_pixels() from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, TypeError, KeyError):
        raise Refused(ReasonCode.DAMAGED) from None
    if image.width * image.height > MOST_PIXELS:
        raise _too_many_pixels()
    if count > MOST_FRAMES:
        raise Refused(ReasonCode.TOO_MANY_PAGES)
    return image


def _too_many_pixels() -> Refused:
    millions = MOST_PIXELS // 1_000_000
    return Refused(ReasonCode.TOO_LARGE, f"The picture has more than {millions} million pixels.")


def _frame(content: bytes, page: int) -> dict[str, Any]:
    from PIL import Image, ImageOps

    try:
        with _opened(content) as image, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image.seek(page - 1)
            if image.width * image.height > MOST_PIXELS:
                raise _too_many_pixels()
            grey = ImageOps.exif_transpose(_on_white(image)).convert("L")
            dots = image.info.get("dpi", (0, 0))
    except Image.DecompressionBombError:
        raise _too_many_pixels() from None
    except (OSError, SyntaxError, ValueError, TypeError, KeyError, EOFError):
        raise Refused(ReasonCode.DAMAGED) from None
    points = _paper(grey.size, float(dots[0] or 0))
    factor = min(1.0, points[0] * _scale(*points) / grey.width)
    if factor < 1:
        grey = grey.resize((max(1, int(grey.width * factor)), max(1, int(grey.height * factor))), Image.Resampling.BOX)
    return _sent(grey, points)


def _on_white(image: Any) -> Any:
    """What is transparent is paper."""
    from PIL import Image

    if image.mode in {"LA", "RGBA", "PA"} or "transparency" in image.info:
        solid = image.convert("RGBA")
        paper = Image.new("RGBA", solid.size, "white")
        paper.alpha_composite(solid)
        return paper.convert("RGB")
    if image.mode.startswith("I"):  # 16 bits for each pixel
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    return image.convert("RGB") if image.mode not in {"L", "RGB", "1"} else image


def _paper(size: tuple[int, int], dots: float) -> tuple[float, float]:
    """Width and height in points: by the dots an inch that the file tells, else as on a sheet of A4."""
    width, height = size
    per_dot = 72.0 / dots if dots else 0.0
    if not 200 <= max(size) * per_dot <= 2000:
        per_dot = _A4_HEIGHT / max(size)
    return width * per_dot, height * per_dot


def _sent(image: Any, points: tuple[float, float]) -> dict[str, Any]:
    grey = image.convert("L")
    return {
        "pixels": base64.b64encode(packed(grey.tobytes())).decode(),
        "width": grey.width,
        "height": grey.height,
        "points": points,
    }
