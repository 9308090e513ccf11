"""A grey picture on its way between children: packed bytes, with width and height beside them."""

from __future__ import annotations

import zlib
from typing import Any, Final

from kontorist.sandbox import ReasonCode, Refused

MOST_PIXELS: Final = 25_000_000  #: of a picture before it is decoded
MOST_SENT: Final = 9_000_000  #: of a rendered page; A4 at 300 dpi has 8.7 million
DPI: Final = 300  #: of a rendered page, where that is not more than `MOST_SENT`


def packed(grey: bytes) -> bytes:
    """One byte for each pixel, row by row, made smaller for the pipe."""
    return zlib.compress(grey, 1)


def unpacked(content: bytes, width: int, height: int) -> Any:
    """The picture as an array of `height` rows. Raises Refused where the bytes are not such a picture."""
    import numpy

    if min(width, height) < 1 or width * height > MOST_SENT:
        raise Refused(ReasonCode.TOO_LARGE)
    try:
        grey = zlib.decompressobj().decompress(content, width * height)
    except zlib.error:
        raise Refused(ReasonCode.DAMAGED) from None
    if len(grey) != width * height:
        raise Refused(ReasonCode.DAMAGED)
    return numpy.frombuffer(grey, dtype=numpy.uint8).reshape(height, width)
