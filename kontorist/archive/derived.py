"""Files made from originals. They can be made again, so they may be missing, but not be others."""

from __future__ import annotations

import gzip
import zlib
from hashlib import sha256

from kontorist.archive.layout import TEXT, Layout
from kontorist.archive.search.fold import readable


def pack_text(text: str) -> bytes:
    """Text as it is stored; the same text always gives the same bytes."""
    return gzip.compress(readable(text).encode(), compresslevel=6, mtime=0)


def read_text(layout: Layout, address: str, expected: str) -> str | None:
    """The text of an object; None where the file is gone or not the one the log knows."""
    try:
        content = layout.derived(address, TEXT).read_bytes()
        if sha256(content).hexdigest() != expected:
            return None
        return gzip.decompress(content).decode()
    except (OSError, EOFError, zlib.error, UnicodeDecodeError):
        return None
