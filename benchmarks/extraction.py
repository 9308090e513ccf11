"""How fast invoices are read beside bare text extraction and other readers in the same run, and how well.

usage: python benchmarks/extraction.py [FOLDER] [--rounds N] [--invoice2data PLACE]

Reads the PDFs of FOLDER; without one, the invoices of the shared corpus (left out, loudly, where it is absent), and
beside them papers that are drawn here. Everybody works warm, on one core, and is measured in CPU seconds: ours is the
whole reading of the page as its child does it, the peers are pypdfium2 and pdfplumber giving the text of every page and
nothing else, and invoice2data with its own templates, which is installed into PLACE if it is not there. On the shared
corpus the shared scorer says how well; its figures are those of the weights as shipped, which have seen these papers.
Prints one JSON object.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import pdfplumber
import pypdfium2

from kontorist.extraction.draft import json_line
from kontorist.extraction.intake import read_invoice
from kontorist.extraction.reading import open_pool
from kontorist.extraction.reading import read_invoice as read_in_a_child
from kontorist.testing.documents.layouts import drawn_layout
from kontorist.testing.documents.pages import render
from kontorist.testing.documents.suppliers import drawn_invoice
from kontorist.testing.plugin import shared_folder

DRAWN = 40
INVOICE2DATA = "1.0.1"
HERE = Path(__file__).parent

Papers = Mapping[str, bytes]


def drawn_papers() -> dict[str, bytes]:
    """Papers in layouts drawn at random, the same every time."""
    languages = ("de", "nl", "en", "fr")
    return {
        f"drawn-{seed:02}.pdf": render(drawn_invoice(seed, languages[seed % 4]), drawn_layout(seed))
        for seed in range(DRAWN)
    }


def ours(content: bytes) -> object:
    return read_invoice(content, visual_only=True, profile=None)


def bare_text(content: bytes) -> int:
    document = pypdfium2.PdfDocument(content)
    for page in document:
        page.get_textpage().get_text_range()
    return len(document)


def plumbed_text(content: bytes) -> int:
    with pdfplumber.open(io.BytesIO(content)) as document:
        return sum(1 for page in document.pages if page.extract_text() is not None)


def cpu_seconds(work: Callable[[bytes], object], papers: Papers) -> float:
    begun = time.process_time()
    for content in papers.values():
        work(content)
    return time.process_time() - begun


def speeds(papers: Papers, rounds: int, peer: Path | None) -> dict[str, Any]:
    """Pages per CPU second of each, and ours as a share of bare text: the median of `rounds`, ours and bare in turn."""
    pages = sum(bare_text(content) for content in papers.values())
    cpu_seconds(ours, dict(list(papers.items())[:5]))  # what is imported at the first paper belongs to no paper
    taken = [(cpu_seconds(ours, papers), cpu_seconds(bare_text, papers)) for _ in range(rounds)]
    plumbed = cpu_seconds(plumbed_text, papers)
    whole = median(one for one, _ in taken)
    found = {
        "files": len(papers),
        "pages": pages,
        "pages_per_cpu_second": round(pages / whole, 1),
        "pypdfium2_text_pages_per_cpu_second": round(pages / median(other for _, other in taken), 1),
        "pdfplumber_text_pages_per_cpu_second": round(pages / plumbed, 1),
        "share_of_pypdfium2_text": round(median(other / one for one, other in taken), 3),
        "times_as_fast_as_pdfplumber_text": round(plumbed / whole, 1),
    }
    if peer is not None:
        read = by_invoice2data(peer, papers)
        found["invoice2data_pages_per_cpu_second"] = round(pages / read["cpu_seconds"], 1)
        found["times_as_fast_as_invoice2data"] = round(read["cpu_seconds"] / whole, 1)
        found["invoice2data_read"] = f"{sum(map(bool, read['results'].values()))} of {len(papers)} files"
    return found


def by_invoice2data(place: Path, papers: Papers) -> dict[str, Any]:
    """What it finds, in a process of its own under its own packages."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, name) for name in papers]
        for file, content in zip(files, papers.values(), strict=True):
            file.write_bytes(content)
        command = [sys.executable, str(HERE / "invoice2data_peer.py"), *map(str, files)]
        environment = {**os.environ, "PYTHONPATH": str(place)}
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True, timeout=1800)
    read: dict[str, Any] = json.loads(done.stdout)
    return read


def invoice2data_in(place: Path) -> Path | None:
    """The folder with its packages, installed if they are not there; None, loudly, where that is not possible."""
    if (place / "invoice2data").is_dir():
        return place
    how = [["uv", "pip", "install", "--python", sys.executable]] if shutil.which("uv") else []
    how += [[sys.executable, "-m", "pip", "install"], ["python3", "-m", "pip", "install"]]
    for each in how:
        command = [*each, "--quiet", "--target", str(place), f"invoice2data=={INVOICE2DATA}"]
        if subprocess.run(command, stdout=sys.stderr, check=False, timeout=600).returncode == 0:
            return place
    print("invoice2data is left out: it could not be installed.", file=sys.stderr)
    return None


def accuracy(papers: Papers, shared: Path, peer: Path | None) -> dict[str, Any]:
    """What the shared scorer says of our lines, and of invoice2data's."""
    with open_pool() as pool:
        lines = [
            json_line(name, read_in_a_child(pool, content, name=name, visual_only=True))
            for name, content in papers.items()
        ]
    found = {"ours, weights as shipped": scored(lines, shared)}
    if peer is not None:
        results = by_invoice2data(peer, papers)["results"]
        found["invoice2data"] = scored([{"file": name, **read} for name, read in results.items()], shared)
    return found


def scored(lines: Sequence[Mapping[str, Any]], shared: Path) -> dict[str, Any]:
    """The overall figures of the scorer, and the accuracy of each field."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)
        file.flush()
        truth = shared / "corpus" / "invoices" / "truth.jsonl"
        command = [sys.executable, str(shared / "tools" / "score_invoices.py"), file.name, str(truth), "--json"]
        said = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=120).stdout
    said_of: dict[str, Any] = json.loads(said)
    return {
        **{name: round(said_of[name], 3) for name in ("macro_f1", "macro_accuracy", "all_fields_right")},
        "accuracy": {name: round(each["accuracy"], 3) for name, each in said_of["fields"].items()},
        "line_totals_all_right": round(said_of["lines"]["all_right"], 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--invoice2data", type=Path, metavar="PLACE")
    wanted = parser.parse_args()
    peer = invoice2data_in(wanted.invoice2data) if wanted.invoice2data else None
    shared = shared_folder(HERE.parent)
    folder = wanted.folder or shared / "corpus" / "invoices" / "pdf"
    result: dict[str, Any] = {"schema_version": 2, "rounds": wanted.rounds, "load": round(os.getloadavg()[0], 1)}
    papers = {file.name: file.read_bytes() for file in sorted(folder.glob("*.pdf"))}
    if papers:
        result["papers of the folder"] = speeds(papers, wanted.rounds, peer)
    else:
        print(f"absent: {folder}; set KONTORIST_SHARED or name a folder", file=sys.stderr)
    if wanted.folder is None:
        result["drawn papers"] = speeds(drawn_papers(), wanted.rounds, peer)
        if papers:
            result["accuracy"] = accuracy(papers, shared, peer)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
