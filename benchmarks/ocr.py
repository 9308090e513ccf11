"""How well invoices are read that come as pictures, beside the same invoices as text.

usage: python benchmarks/ocr.py [--engine rapidocr|tesseract] [--papers N] [--first SEED] [--folder FOLDER]

Papers drawn at random, or the PDFs of FOLDER/pdf with the truth in FOLDER/truth.jsonl, are made scans: 200 dpi, noise,
a slope of up to two degrees, every fourth turned by a quarter or a half, JPEG. Prints one JSON object: by field the
share read right from the scan and from the text, how often "safe" was right, seconds of processor time a page and the
most memory that a child held.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import random
import re
import resource
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy
import pypdfium2
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from kontorist.domain.payables.draft import AMOUNT_FIELDS, FIELDS, InvoiceDraft
from kontorist.extraction.ocr import engines, recognising
from kontorist.extraction.reading import open_pool, read_invoice
from kontorist.sandbox import Pool
from kontorist.testing.documents.varied import paper

ENGINES = {engine.name: engine for engine in (engines.RAPID, engines.TESSERACT)}
Paper = tuple[bytes, dict[str, Any]]


def drawn(first: int, count: int) -> Iterator[Paper]:
    for seed in range(first, first + count):
        yield paper(seed)


def collected(folder: Path) -> Iterator[Paper]:
    lines = (folder / "truth.jsonl").read_text().splitlines()
    random.Random("order").shuffle(lines)  # so that a run that is broken off has seen a fair part
    for line in lines:
        truth = json.loads(line)
        yield (folder / "pdf" / truth["file"]).read_bytes(), truth


def scanned(content: bytes, seed: int) -> bytes:
    """The pages as a scanner gives them."""
    dice, noise = random.Random(f"scan {seed}"), numpy.random.default_rng(seed)
    turn = dice.choice([90, 180, 270]) if seed % 4 == 0 else 0
    out = io.BytesIO()
    canvas = Canvas(out, invariant=1)
    for page in pypdfium2.PdfDocument(content):
        grey = page.render(scale=200 / 72, grayscale=True).to_pil()
        grey = grey.rotate(dice.uniform(-2, 2), Image.Resampling.BICUBIC, expand=True, fillcolor=250)
        grey = grey.rotate(turn, expand=True) if turn else grey
        pixels = numpy.asarray(grey, dtype=float) * 0.9 + 12
        pixels += noise.normal(0, 9, pixels.shape)
        file = io.BytesIO()
        Image.fromarray(pixels.clip(0, 255).astype("uint8")).save(file, "JPEG", quality=60)
        size = (grey.width * 72 / 200, grey.height * 72 / 200)
        canvas.setPageSize(size)
        canvas.drawImage(ImageReader(io.BytesIO(file.getvalue())), 0, 0, *size)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def right(name: str, value: str | None, truth: dict[str, Any]) -> bool:
    said = truth[name]
    return any(plain(name, value) == plain(name, each) for each in (said if isinstance(said, list) else [said]))


def plain(name: str, value: str | None) -> str | None:
    if value is None or name in AMOUNT_FIELDS:
        return None if value is None else value.lstrip("-")
    return re.sub(r"[\W_]+", "", value).casefold()


class Tally:
    """Counts by field."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.all_right = 0
        self.papers = 0
        self.wrong: list[str] = []

    def take(self, draft: InvoiceDraft, truth: dict[str, Any], label: str) -> None:
        known = [name for name in FIELDS if name in truth]
        good = {name for name in known if right(name, draft.value(name), truth)}
        self.papers += 1
        self.all_right += len(good) == len(known)
        for name in known:
            self.counts[f"{name} n"] += 1
            self.counts[f"{name} right"] += name in good
            if draft.fields[name].safe:
                self.counts["safe"] += 1
                self.counts["safe right"] += name in good
                if name not in good:
                    self.wrong.append(f"{label} {name}: {draft.value(name)!r}, true {truth[name]!r}")
            if draft.value(name) is not None:
                self.counts[f"{name} given"] += 1
                self.counts[f"{name} given right"] += name in good
        self.counts["fields"] += len(known)

    def report(self) -> dict[str, Any]:
        count = self.counts
        return {
            "papers": self.papers,
            "all_right": round(self.all_right / max(1, self.papers), 3),
            "right": {name: round(count[f"{name} right"] / max(1, count[f"{name} n"]), 3) for name in FIELDS},
            "right_of_given": {
                name: round(count[f"{name} given right"] / max(1, count[f"{name} given"]), 3) for name in FIELDS
            },
            "safe": {
                "share": round(count["safe"] / max(1, count["fields"]), 3),
                "right": f"{count['safe right']} of {count['safe']}",
                "wrong": self.wrong,
            },
        }


def measure(papers: Iterator[Paper], pool: Pool) -> dict[str, Any]:
    pictures, texts, pages = Tally(), Tally(), 0
    with contextlib.suppress(KeyboardInterrupt):  # what was measured until then is told
        for number, (content, truth) in enumerate(papers):
            label = str(truth.get("file", number))
            scan = scanned(content, number)
            texts.take(read_invoice(pool, content, name=label, visual_only=True), truth, label)
            pictures.take(read_invoice(pool, scan, name=label, visual_only=True), truth, label)
            pages += len(pypdfium2.PdfDocument(scan))
    return {"pages": pages, "as_pictures": pictures.report(), "as_text": texts.report()}


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--engine", choices=sorted(ENGINES), default="rapidocr")
    options.add_argument("--papers", type=int, default=40)
    options.add_argument("--first", type=int, default=5000)
    options.add_argument("--folder", type=Path)
    chosen = options.parse_args()
    recognising.chosen = lambda: ENGINES[chosen.engine]
    papers = collected(chosen.folder) if chosen.folder else drawn(chosen.first, chosen.papers)
    with open_pool() as pool:
        found = measure(papers, pool)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    found["cpu_seconds_a_page"] = round((used.ru_utime + used.ru_stime) / found["pages"], 2)
    found["most_memory_of_a_child_mib"] = used.ru_maxrss // 1024
    print(json.dumps({"schema_version": 1, "engine": chosen.engine, **found}, indent=1))


if __name__ == "__main__":
    main()
