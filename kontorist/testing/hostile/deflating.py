"""Packed data that unfolds to far more than it is, made without ever holding what it unfolds to."""

from __future__ import annotations

import struct
import zlib
from typing import Final

_BLOCK: Final = 1 << 20
_ADLER: Final = 65521


def raw_zeros(size: int, *, letter: bytes = b"\x00") -> bytes:
    """Raw deflate data (RFC 1951) of `size` times one letter: one packed block, repeated, for each MiB."""
    whole, rest = divmod(size, _BLOCK)
    return _flushed(letter * _BLOCK) * whole + _flushed(letter * rest) + b"\x03\x00"  # an empty last block


def _flushed(data: bytes) -> bytes:
    """Packed up to a byte's end and with nothing remembered, so that copies of it stand behind one another."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush(zlib.Z_FULL_FLUSH)


def zeros(size: int) -> bytes:
    """The same as a zlib stream (RFC 1950), with the checksum that `size` zeros have."""
    return b"\x78\xda" + raw_zeros(size) + struct.pack(">I", (size % _ADLER) << 16 | 1)


def begun(head: bytes, size: int, letter: bytes = b" ") -> bytes:
    """A zlib stream that begins like an honest file and goes on with `size` times one letter; its checksum is wrong."""
    return b"\x78\xda" + _flushed(head) + raw_zeros(size, letter=letter) + bytes(4)


def nested(size: int, layers: int) -> bytes:
    """A zlib stream of a zlib stream ..., `size` zero bytes at its heart."""
    data = zeros(size)
    for _ in range(layers - 1):
        data = zlib.compress(data, 9)
    return data


def lzw_zeros(cycles: int) -> bytes:
    """LZW as PDF and TIFF have it (ISO 32000-1, 7.4.4): every cycle of 5.7 KB unfolds to 7 MiB of zeros."""
    codes = [(256, 9), (0, 9)]
    for code in range(258, 4095):
        codes.append((code, 9 if code < 512 else 10 if code < 1024 else 11 if code < 2048 else 12))
    cycle = "".join(f"{code:0{width}b}" for code, width in codes)
    bits = cycle + (f"{256:012b}" + cycle[9:]) * (cycles - 1) + f"{257:012b}"
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")
