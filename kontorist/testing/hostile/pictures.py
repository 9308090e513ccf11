"""Pictures that are traps: a head that promises a square kilometre, data that unfolds, tables in circles."""

from __future__ import annotations

import struct
import zlib

from kontorist.testing.hostile import Recipes
from kontorist.testing.hostile.deflating import zeros

RECIPES = Recipes("paper")  # heavy: those whose picture can be opened are looked at for text, for seconds
MIB = 1 << 20


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, data: bytes, *more: bytes, depth: int = 8, colour: int = 0) -> bytes:
    """A PNG (ISO 15948) of these dimensions, whatever the data say."""
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


RECIPES.add("square-kilometre.png", lambda draw: png(2**31 - 1, 2**31 - 1, zlib.compress(b"\0")))
RECIPES.add("honest-30000.png", lambda draw: png(30_000, 30_000, zeros(30_001 * 30_000)))
RECIPES.add("honest-9000.png", lambda draw: png(9_000, 9_000, zeros(9_001 * 9_000)))
RECIPES.add("long-and-thin.png", lambda draw: png(2_000_000, 40, zeros(2_000_001 * 40)))
RECIPES.add("small-head-large-data.png", lambda draw: png(10, 10, zeros(1 << 30)), heavy=True)
RECIPES.add("text-1GiB.png", lambda draw: png(1, 1, zlib.compress(b"\0\0"), _chunk(b"zTXt", b"a\0\0" + zeros(1 << 30))))
RECIPES.add(
    "profile-1GiB.png", lambda draw: png(1, 1, zlib.compress(b"\0\0"), _chunk(b"iCCP", b"a\0\0" + zeros(1 << 30)))
)
RECIPES.add(
    "texts-100k.png", lambda draw: png(1, 1, zlib.compress(b"\0\0"), _chunk(b"tEXt", b"a\0b") * 100_000), heavy=True
)
RECIPES.add("chunk-4G.png", lambda draw: b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 2**32 - 1) + b"IHDR" + bytes(50))
RECIPES.add("without-size.png", lambda draw: png(0, 0, b""))
RECIPES.add(
    "frames-without-end.png",
    lambda draw: png(100, 100, zeros(10_100), _chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0))),
)


def _tiff(entries: list[tuple[int, int, int, int]], *, following: int = 0, data: bytes = b"") -> bytes:
    """A TIFF of one table: (tag, type, count, value or place) each; `following` is the place of the next table."""
    table = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *each) for each in entries)
    return b"II*\0\x08\0\0\0" + table + struct.pack("<I", following) + data


def _scan(width: int, height: int, packing: int, data: bytes, following: int = 0) -> bytes:
    start = 8 + 2 + 8 * 12 + 4
    entries = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 1), (259, 3, 1, packing), (262, 3, 1, 0)]
    strip = [(273, 4, 1, start), (278, 4, 1, height), (279, 4, 1, len(data))]
    return _tiff(entries + strip, following=following, data=data)


RECIPES.add("square-kilometre.tif", lambda draw: _scan(2**32 - 1, 2**32 - 1, 1, b""))
RECIPES.add("fax-60000.tif", lambda draw: _scan(60_000, 60_000, 4, b"\xff" * 10_000))
RECIPES.add("deflate-1GiB.tif", lambda draw: _scan(90_000, 90_000, 8, zeros(1 << 30)))
RECIPES.add("tables-in-a-circle.tif", lambda draw: _scan(10, 10, 1, bytes(20), following=8), heavy=True)
RECIPES.add(
    "tag-4G.tif", lambda draw: _tiff([(256, 3, 2**32 - 1, 8), (257, 12, 2**32 - 1, 0), (273, 4, 2**32 - 1, 2**32 - 1)])
)
RECIPES.add("tags-65k.tif", lambda draw: _tiff([(draw.randint(254, 65_535), 4, 1, 1) for _ in range(65_000)]))


def _jpeg(width: int, height: int, *segments: bytes) -> bytes:
    frame = b"\xff\xc2\0\x0b\x08" + struct.pack(">HH", height, width) + b"\x01\x01\x11\0"
    return b"\xff\xd8" + b"".join(segments) + frame + b"\xff\xd9"


_SCAN = b"\xff\xda\0\x08\x01\x01\0\0\0\0" + b"\0" * 20
RECIPES.add("65535-square.jpg", lambda draw: _jpeg(65_535, 65_535, b"\xff\xdb\0\x43\0" + bytes(64)))
RECIPES.add("scans-200k.jpg", lambda draw: _jpeg(8_000, 8_000)[:-2] + _SCAN * 200_000 + b"\xff\xd9")
RECIPES.add("remarks-50k.jpg", lambda draw: _jpeg(8, 8, b"\xff\xfe\0\x04ab" * 50_000))
RECIPES.add(
    "camera-says-in-a-circle.jpg", lambda draw: _jpeg(8, 8, b"\xff\xe1\0\x28Exif\0\0" + _tiff([(34665, 4, 1, 8)]))
)
RECIPES.add("noise.jpg", lambda draw: b"\xff\xd8\xff\xe0" + draw.randbytes(50_000))


def _gif(width: int, height: int, frames: int) -> bytes:
    frame = b"!\xf9\x04\0\0\0\0\0," + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02\x4c\x01\0"
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6) + frame * frames + b";"


RECIPES.add("65535-square.gif", lambda draw: _gif(65_535, 65_535, 1))
RECIPES.add("frames-100k.gif", lambda draw: _gif(5_000, 5_000, 100_000))


def _webp(chunks: bytes, size: int | None = None) -> bytes:
    return b"RIFF" + struct.pack("<I", len(chunks) + 4 if size is None else size) + b"WEBP" + chunks


RECIPES.add("16383-square.webp", lambda draw: _webp(b"VP8X\x0a\0\0\0" + b"\x02\0\0\0" + b"\xff\xff\xff" * 2))
RECIPES.add("size-lies.webp", lambda draw: _webp(b"VP8L\xff\xff\xff\xff\x2f\xff\xff\xff\xff", 2**32 - 1))
RECIPES.add(
    "square-kilometre.bmp",
    lambda draw: b"BM" + struct.pack("<IIIIiiHHIIiiII", 54, 0, 54, 40, 2**31 - 1, 2**31 - 1, 1, 32, 1, 0, 0, 0, 0, 0),
)
RECIPES.add("folder-of-65535.ico", lambda draw: b"\0\0\x01\0\xff\xff" + bytes(16) * 65_535)
RECIPES.add(
    "drawing-that-calls.svg",
    lambda draw: (
        b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"><image xlink:href="http://127.0.0.1:9/a"/>'
        b'<use id="a" xlink:href="#a"/><script>fetch("http://127.0.0.1:9")</script></svg>'
    ),
)
