"""Turning a scanned page so that its lines run from left to right. Runs in an engine's child only."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Final

_LOOK: Final = 700  #: pixels of the longer side when looking for the slope
_STEEPEST: Final = 8.0  #: degrees
_FINE: Final = 0.15  #: degrees; less is no slope


@dataclass(frozen=True, slots=True)
class Upright:
    """A page with its lines level, and the way back: ``(a*x + b*y + c, d*x + e*y + f)`` on the page as it was shown."""

    grey: Any
    back: tuple[float, float, float, float, float, float] = (1, 0, 0, 0, 1, 0)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.grey.shape[1], self.grey.shape[0]

    def quarters(self, turns: int) -> Upright:
        """Turned counter-clockwise by `turns` times 90 degrees."""
        import numpy

        page = self
        for _ in range(turns % 4):
            width, _ = page.size
            # numpy.rot90: new pixel (x, y) was at (width - 1 - y, x)
            step = (0.0, -1.0, width - 1.0, 1.0, 0.0, 0.0)
            page = Upright(numpy.rot90(page.grey), _after(page.back, step))
        return replace(page, grey=numpy.ascontiguousarray(page.grey)) if turns % 4 else page

    def tilted(self, degrees: float) -> Upright:
        """Turned counter-clockwise by a few degrees around its middle; what is new at the edges is paper."""
        import numpy
        from PIL import Image

        if abs(degrees) < _FINE:
            return self
        width, height = self.size
        paper = int(numpy.median(self.grey[:: max(1, height // 50), :: max(1, width // 50)]))
        cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        middle, centre = width / 2, height / 2
        # counter-clockwise as seen, y pointing down: the new pixel (x, y) was at the one turned clockwise
        step = (
            *(cosine, -sine, middle - cosine * middle + sine * centre),
            *(sine, cosine, centre - sine * middle - cosine * centre),
        )
        image = Image.fromarray(self.grey)
        turned = image.transform(
            (width, height), Image.Transform.AFFINE, step, Image.Resampling.BILINEAR, fillcolor=paper
        )
        return Upright(numpy.asarray(turned), _after(self.back, step))


def _after(first: tuple[float, ...], then: tuple[float, ...]) -> tuple[float, float, float, float, float, float]:
    """The way back through `then` and on through `first`."""
    a, b, c, d, e, f = first
    g, h, i, j, k, m = then
    return a * g + b * j, a * h + b * k, a * i + b * m + c, d * g + e * j, d * h + e * k, d * i + e * m + f


def levelled(page: Upright) -> Upright:
    """The page with level lines; whether it stands on its head, its lines do not tell."""
    import numpy
    from PIL import Image

    width, height = page.size
    factor = min(1.0, _LOOK / max(width, height))
    small = Image.fromarray(page.grey).resize((max(1, int(width * factor)), max(1, int(height * factor))))
    ink = Image.fromarray(255 - numpy.asarray(small))
    lying, slope = _slope(ink)
    standing, other = _slope(ink.rotate(90, expand=True))
    if standing > 1.15 * lying:
        return page.quarters(1).tilted(other)
    return page.tilted(slope)


def _slope(ink: Any) -> tuple[float, float]:
    """How sharply rows of print and gaps follow one another at best, and by how many degrees to turn for that."""
    found = max((_sharpness(ink, float(degrees)), float(degrees)) for degrees in range(-int(_STEEPEST), 9))
    for step in (0.5, 0.25, 0.125):
        near = (found[1] - step, found[1] + step)
        found = max([found, *((_sharpness(ink, degrees), degrees) for degrees in near)])
    return found


def _sharpness(ink: Any, degrees: float) -> float:
    import numpy
    from PIL import Image

    turned = numpy.asarray(ink.rotate(degrees, Image.Resampling.BILINEAR), dtype=numpy.float32)
    rows = turned.mean(axis=1)
    return float(numpy.square(numpy.diff(rows)).sum())
