"""The parent's side of recognising text: pages are rendered in one kind of child and recognised in another."""

from __future__ import annotations

import base64
import binascii
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

from kontorist.extraction.ocr.engines import RAPID, TESSERACT, Engine, chosen
from kontorist.sandbox import Limits, Pool, ReasonCode
from kontorist.sandbox.reasons import WHAT, without_advice

MOST_PICTURES: Final = 10  #: pages of one document that are recognised; of more the first and last five
_MIB: Final = 1024 * 1024
_log = logging.getLogger(__name__)

#: onnxruntime and OpenCV reserve address space and start threads: memory is what is written to. Tesseract is a program.
_LIMITS: Final = {
    RAPID: Limits(runtime=True, memory=1536 * _MIB, cpu=60, wall=180.0, files_per_child=100),
    TESSERACT: Limits(programs=True, cpu=60, wall=180.0),
}


def open_engines(size: int = 1) -> dict[str, Pool]:
    """A pool for each engine, by the module that its children run; children start when first asked."""
    return {
        engine.reader.partition(":")[0]: Pool(
            size=size, preload=(engine.reader.partition(":")[0],), limits=limits, readers=engine.reader
        )
        for engine, limits in _LIMITS.items()
    }


def recognised(pool: Pool, content: bytes, wanted: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """What stands on the pages `wanted`: ``{"engine", "pages", "unread"}``; None where no engine is installed.

    `unread` gives the reason for each page that was not recognised.
    """
    engine = chosen()
    if engine is None:
        return None
    half = MOST_PICTURES // 2
    taken = wanted if len(wanted) <= MOST_PICTURES else [*wanted[:half], *wanted[-half:]]
    why = f"it is one of {len(wanted)} pages that are pictures, of which the first and last {half} are recognised"
    unread: dict[str, str] = {str(each["page"]): why for each in wanted if each not in taken}
    pages: list[dict[str, Any]] = []
    for each in taken:
        found = _page(pool, engine, content, each)
        if isinstance(found, str):
            unread[str(each["page"])] = found
        else:
            pages.append({**found, **each})
    return {"engine": engine.name, "pages": pages, "unread": unread}


def _page(pool: Pool, engine: Engine, content: bytes, wanted: Mapping[str, Any]) -> dict[str, Any] | str:
    """The words of one page, or why there are none."""
    try:
        picture = _asked(pool, "kontorist.extraction.ocr.pictures:render", content, **wanted)
        if isinstance(picture, str):
            return picture
        pixels = base64.b64decode(picture["pixels"], validate=True)
        width, height, points = int(picture["width"]), int(picture["height"]), list(map(float, picture["points"]))
        level = wanted["area"] is not None
        found = _asked(pool, engine.reader, pixels, width=width, height=height, level=level)
        return found if isinstance(found, str) else {**found, "points": points, "most": engine.most}
    except (KeyError, TypeError, ValueError, binascii.Error):
        return WHAT[ReasonCode.PARSER_DIED]
    except ChildProcessError as error:
        _log.warning("%s does not start: %s", engine.name, error)
        return "The program that recognises text does not start; `kontorist doctor` tells more."


def _asked(pool: Pool, function: str, content: bytes, **arguments: Any) -> dict[str, Any] | str:
    outcome = pool.call(function, content, **arguments)
    if outcome.refused is None:
        return dict(outcome.value)
    if outcome.refused.detail:
        _log.warning("recognising text failed: %s", outcome.refused.detail)
    return without_advice(outcome.refused.code, outcome.refused.sentence)
