"""How fast invoices are read, as a share of bare text extraction in the same run.

usage: python benchmarks/extraction.py [FOLDER]

FOLDER holds PDFs; without one, invoices are generated. Both sides work in one process on one core and are measured in
CPU seconds; the peers are pypdfium2 and pdfplumber giving the text of every page and nothing else. Prints one JSON
object.
"""

from __future__ import annotations

import io
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import pdfplumber
import pypdfium2

from kontorist.extraction.intake import read_invoice
from kontorist.testing.documents.layouts import drawn_layout
from kontorist.testing.documents.pages import render
from kontorist.testing.documents.suppliers import drawn_invoice

ROUNDS = 5


def papers(folder: Path | None) -> list[bytes]:
    if folder is not None:
        return [file.read_bytes() for file in sorted(folder.glob("*.pdf"))]
    languages = ("de", "nl", "en", "fr")
    return [render(drawn_invoice(seed, languages[seed % 4]), drawn_layout(seed)) for seed in range(40)]


def bare_text(content: bytes) -> int:
    document = pypdfium2.PdfDocument(content)
    for page in document:
        page.get_textpage().get_text_range()
    return len(document)


def plumbed_text(content: bytes) -> int:
    with pdfplumber.open(io.BytesIO(content)) as document:
        return sum(1 for page in document.pages if page.extract_text() is not None)


def cpu_seconds(work: Callable[[bytes], object], contents: list[bytes]) -> float:
    begun = time.process_time()
    for content in contents:
        work(content)
    return time.process_time() - begun


def main() -> None:
    contents = papers(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    pages = sum(bare_text(content) for content in contents)
    rounds = [
        (
            cpu_seconds(lambda each: read_invoice(each, visual_only=True, profile=None), contents),
            cpu_seconds(bare_text, contents),
        )
        for _ in range(ROUNDS)
    ]
    ours, bare = median(pages / one for one, _ in rounds), median(pages / other for _, other in rounds)
    result = {
        "schema_version": 1,
        "files": len(contents),
        "pages": pages,
        "rounds": ROUNDS,
        "pages_per_cpu_second": round(ours, 1),
        "pypdfium2_text_pages_per_cpu_second": round(bare, 1),
        "pdfplumber_text_pages_per_cpu_second": round(pages / cpu_seconds(plumbed_text, contents), 1),
        "ratio": round(median(other / one for one, other in rounds), 3),
    }
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
