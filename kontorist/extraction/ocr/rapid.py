"""RapidOCR with the models of its own package. Runs in a child of its own only, which sees pixels and no file.

Every model is named by its path in the package: a model that is not named would be fetched from the network.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from kontorist.extraction.ocr.engines import MODELS, folder
from kontorist.extraction.ocr.pixels import unpacked
from kontorist.extraction.ocr.straight import Upright, levelled
from kontorist.extraction.ocr.words import Seen, answer

_FINDING_SIDE: Final = 1280  #: pixels of the longer side when looking for lines; more finds no more and costs much
_READING_SIDE: Final = 2400  #: when reading them; about 200 dpi on A4
_ASKED_FOR_DIRECTION: Final = 12  #: of the longest lines
_LEAST: Final = 0.3  #: confidence below which a word is a stain

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):  # read when the libraries are imported
    os.environ.setdefault(_name, "1")


@lru_cache(maxsize=1)
def engine() -> Any:
    """The engine, one thread, no arena that keeps memory, every model by its path."""
    import cv2
    from rapidocr import RapidOCR

    cv2.setNumThreads(1)
    models = folder()
    assert models is not None  # noqa: S101 - it was imported just now
    threads = {f"EngineConfig.onnxruntime.{each}_op_num_threads": 1 for each in ("intra", "inter")}
    paths = {f"{part}.model_path": str(models / name) for part, name in MODELS.items()}
    return RapidOCR(params={"Global.log_level": "critical", "Global.max_side_len": 4000, **threads, **paths})


def recognise(content: bytes, *, width: int, height: int, level: bool = False) -> dict[str, Any]:
    """The words of a packed grey picture; `level` says that its lines run from left to right. Raises Refused."""
    page = Upright(unpacked(content, width, height))
    page = _fitting(page if level else levelled(page))
    quads = _lines(page.grey)
    if not level and _on_its_head(page.grey, quads):
        (wide, high), page = page.size, page.quarters(2)
        quads = [([wide, high] - quad[[2, 3, 0, 1]]).astype("float32") for quad in quads]
    return answer(page, [word for quad in quads for word in _words(page.grey, quad)], (width, height))


def _fitting(page: Upright) -> Upright:
    """No larger than reading needs."""
    import cv2

    width, height = page.size
    factor = _READING_SIDE / max(width, height)
    if factor >= 1:
        return page
    smaller = cv2.resize(page.grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    a, b, c, d, e, f = page.back
    return Upright(smaller, (a / factor, b / factor, c, d / factor, e / factor, f))


def _lines(grey: Any) -> list[Any]:
    """The corners of every line of print, from the upper left one clockwise."""
    import cv2

    height, width = grey.shape
    factor = min(1.0, _FINDING_SIDE / max(width, height))
    small = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA) if factor < 1 else grey
    found = engine()(cv2.cvtColor(small, cv2.COLOR_GRAY2BGR), use_det=True, use_cls=False, use_rec=False)
    return [] if found.boxes is None else [(quad / factor).astype("float32") for quad in found.boxes]


def _on_its_head(grey: Any, quads: list[Any]) -> bool:
    longest = sorted(quads, key=lambda quad: -float(quad[1][0] - quad[0][0]))[:_ASKED_FOR_DIRECTION]
    turned = 0
    for quad in longest:
        crop = _cut_out(grey, quad)
        if crop is not None:
            found = engine()(crop, use_det=False, use_cls=True, use_rec=False)
            turned += sum(1 if label == "180" else -1 for label, _ in found.cls_res)
    return turned > 0


def _cut_out(grey: Any, quad: Any) -> Any:
    """The line in a picture of its own, level; None where there is nothing to cut."""
    import cv2
    import numpy

    width = int(max(numpy.linalg.norm(quad[0] - quad[1]), numpy.linalg.norm(quad[2] - quad[3])))
    height = int(max(numpy.linalg.norm(quad[0] - quad[3]), numpy.linalg.norm(quad[1] - quad[2])))
    if width < 2 or height < 4:
        return None
    corners = numpy.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=numpy.float32)
    matrix = cv2.getPerspectiveTransform(quad, corners)
    cut = cv2.warpPerspective(grey, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return cv2.cvtColor(cut, cv2.COLOR_GRAY2BGR)


def _words(grey: Any, quad: Any) -> Iterator[Seen]:
    """The words of one line. Where each stands, the column of the network says in which its letters were seen."""
    crop = _cut_out(grey, quad)
    if crop is None:
        return
    found = engine()(crop, use_det=False, use_cls=False, use_rec=True, return_word_box=True)
    if not found.txts or not found.txts[0].strip():
        return
    info, text = found.word_results[0], found.txts[0]
    columns = iter([column for word in info.word_cols for column in word])
    sure = iter(info.confs)
    letters = [(letter, None if letter.isspace() else next(columns, None), next(sure, 0.0)) for letter in text]
    whole = max(float(info.line_txt_len), 1.0)
    x0, x1 = float(min(quad[0][0], quad[3][0])), float(max(quad[1][0], quad[2][0]))
    y0, y1 = float(quad[:, 1].min()), float(quad[:, 1].max())
    for word in _split(letters):
        confidence = sum(each[2] for each in word) / len(word)
        if confidence >= _LEAST:
            first, last = word[0][1] or 0, word[-1][1] or 0
            left, right = (x0 + (x1 - x0) * min(1.0, at / whole) for at in (max(0.0, first - 0.8), last + 1.8))
            yield Seen("".join(each[0] for each in word), left, y0, right, y1, min(each[2] for each in word))


_Letter = tuple[str, int | None, float]


def _split(letters: list[_Letter]) -> Iterator[list[_Letter]]:
    word: list[_Letter] = []
    for letter in letters:
        if letter[0].isspace():
            if word:
                yield word
            word = []
        else:
            word.append(letter)
    if word:
        yield word
