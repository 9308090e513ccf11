"""Which programs that recognise text are there, and which of them is asked. Imports none of them."""

from __future__ import annotations

import importlib.util
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

#: RapidOCR's parts and the models that come inside its package.
MODELS: Final = {
    "Det": "PP-OCRv6_det_small.onnx",
    "Rec": "PP-OCRv6_rec_small.onnx",
    "Cls": "ch_ppocr_mobile_v2.0_cls_mobile.onnx",
}
_PACKAGES: Final = ("rapidocr", "onnxruntime", "cv2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """A program that recognises text: its name for people, the reader that asks it, the most its words are trusted."""

    name: str
    reader: str
    most: float


RAPID: Final = Engine(name="rapidocr", reader="kontorist.extraction.ocr.rapid:recognise", most=0.999)
TESSERACT: Final = Engine(name="tesseract", reader="kontorist.extraction.ocr.tesseract:recognise", most=0.5)


def installed() -> list[Engine]:
    """What is there, the one that is asked first."""
    return [engine for engine, there in ((RAPID, _rapid_is_there()), (TESSERACT, _tesseract_is_there())) if there]


def chosen() -> Engine | None:
    """The engine that is asked: RapidOCR where the extra is installed, else tesseract."""
    return next(iter(installed()), None)


def _rapid_is_there() -> bool:
    """With the models that we name; a release that brings others is not used, for it would fetch them."""
    if any(importlib.util.find_spec(each) is None for each in _PACKAGES):
        return False
    models = folder()
    return models is not None and all((models / each).is_file() for each in MODELS.values())


def folder() -> Path | None:
    """Where RapidOCR keeps its models; None where it is not installed."""
    spec = importlib.util.find_spec("rapidocr")
    places = (spec.submodule_search_locations if spec else None) or []
    return next((Path(place) / "models" for place in places), None)


def _tesseract_is_there() -> bool:
    """Where its child looks, which has not our PATH."""
    return shutil.which("tesseract", path=os.defpath) is not None
