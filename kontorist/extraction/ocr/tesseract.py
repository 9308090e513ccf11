"""Tesseract by its command. Runs in a child of its own only, which sees pixels and no file.

The command inherits what the child gave up: no network, bounded memory and time; it dies with the child.
"""

from __future__ import annotations

import ctypes
import io
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Final

from kontorist.extraction.ocr.pixels import DPI, unpacked
from kontorist.extraction.ocr.straight import Upright, levelled
from kontorist.extraction.ocr.words import Seen, answer
from kontorist.sandbox import ReasonCode, Refused

#: Of the languages we read, by the names of their data files; only those installed are used.
LANGUAGES: Final = ("deu", "eng", "nld", "fra", "spa", "ita", "pol", "por")
_PR_SET_PDEATHSIG: Final = 1
_WORD: Final = "5"  #: level of a row in the table
_LEAST: Final = 30.0  #: percent; below it a word is a stain


def recognise(content: bytes, *, width: int, height: int, level: bool = False) -> dict[str, Any]:
    """The words of a packed grey picture; `level` says that its lines run from left to right. Raises Refused."""
    page = Upright(unpacked(content, width, height))
    words = []
    if level:
        words = list(_words(page.grey))
    else:
        page = levelled(page)
        page = page.quarters(2) if _on_its_head(page.grey) else page
        words = list(_words(page.grey))
    return answer(page, words, (width, height))


def _on_its_head(grey: Any) -> bool:
    """As tesseract's own look at the script tells, where its data are installed; a picture it cannot judge stands."""
    if "osd" not in installed():
        return False
    try:
        said = _run(grey, ["-l", "osd", "--psm", "0"])
    except Refused:
        return False
    found = re.search(r"^Rotate: (\d+)$", said, re.M)
    return found is not None and found[1] == "180"


def _words(grey: Any) -> Iterator[Seen]:
    known = [each for each in LANGUAGES if each in installed()] or ["eng"]
    table = _run(grey, ["-l", "+".join(known), "--psm", "4", "--oem", "1", "tsv"])
    for row in table.splitlines()[1:]:
        cells = row.split("\t")
        if len(cells) < 12 or cells[0] != _WORD or float(cells[10]) < _LEAST:
            continue
        left, top, wide, high = (float(each) for each in cells[6:10])
        yield Seen(cells[11], left, top, left + wide, top + high, float(cells[10]) / 100)


@lru_cache(maxsize=1)
def installed() -> frozenset[str]:
    """The languages whose data are there."""
    said = subprocess.run(  # noqa: S603 - a fixed command without a shell
        [_command(), "--list-langs"], capture_output=True, text=True, check=False, timeout=30
    )
    return frozenset(said.stdout.split("\n")[1:])


def _command() -> str:
    found = shutil.which("tesseract")
    if found is None:
        raise Refused(ReasonCode.UNSUPPORTED, "tesseract is not installed.")
    return found


def _run(grey: Any, options: Sequence[str]) -> str:
    """What tesseract prints about a picture, one thread. Raises Refused where it fails."""
    from PIL import Image

    picture = io.BytesIO()
    Image.fromarray(grey).save(picture, "PPM")
    done = subprocess.run(  # noqa: S603 - a fixed command without a shell
        [_command(), "stdin", "stdout", "--dpi", str(DPI), *options],
        input=picture.getvalue(),
        capture_output=True,
        check=False,
        env={"OMP_THREAD_LIMIT": "1", "PATH": os.defpath},
        preexec_fn=_die_with_us if sys.platform == "linux" else None,
    )
    if done.returncode:
        raise Refused(ReasonCode.PARSER_DIED, "The program that recognises text stopped on this page.")
    return done.stdout.decode("utf-8", "replace")


def _die_with_us() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
