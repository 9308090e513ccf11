"""Draws docs/pictures/demo.svg from what the demo says: `kontorist demo --json | python docs/pictures/demo.py`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

ROW, LEFT, WIDTH = 26, 24, 1340
COLUMNS = (("paper", 24), ("what it is", 268), ("came by", 560), ("became", 640), ("why", 800))
COLOURS = {"booked": "#1a7f37", "worklist": "#9a6700", "quarantined": "#cf222e"}
WORDS = {"booked": "booked", "worklist": "waits for a person", "quarantined": "quarantined"}
LONGEST = {"what it is": 44, "why": 78}


def shortened(text: str, column: str) -> str:
    """`text` as long as its column has room."""
    longest = LONGEST.get(column, 60)
    return text if len(text) <= longest else text[: longest - 1] + "…"


def cell(x: int, y: int, text: str, style: str = "") -> str:
    """One piece of text at a place."""
    return f'<text x="{x}" y="{y}" {style}>{escape(text)}</text>'


def picture(facts: dict[str, Any]) -> str:
    """The demo's result as SVG."""
    rows = [cell(x, 64, name, 'font-weight="bold"') for name, x in COLUMNS]
    for number, paper in enumerate(facts["papers"], start=1):
        y = 64 + number * ROW
        colour = f'fill="{COLOURS[paper["state"]]}" font-weight="bold"'
        became = f"{WORDS[paper['state']]}" + (f" as entry {paper['entry']}" if paper["entry"] else "")
        texts = (paper["file"], paper["what"], paper["how"], became, (paper["reasons"] or [""])[0])
        for (name, x), text in zip(COLUMNS, texts, strict=True):
            rows.append(cell(x, y, shortened(text, name), colour if name == "became" else ""))
    foot = 64 + (len(facts["papers"]) + 2) * ROW
    letters, archive = facts["letters"]["done"], facts["archive"]
    proof = (
        f"{letters} letters sent · archive of {archive['checked']} files verified · daily report as workbook and mail"
    )
    rows.append(cell(LEFT, foot, proof))
    height = foot + ROW
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"'
        ' font-family="sans-serif" font-size="13">'
        f'<rect width="{WIDTH}" height="{height}" rx="8" fill="#ffffff" stroke="#d0d7de"/>'
        f'<g fill="#1f2328"><text x="{LEFT}" y="34" font-size="17" font-weight="bold">kontorist demo</text>'
        + "".join(rows)
        + "</g></svg>\n"
    )


if __name__ == "__main__":
    Path(__file__).with_name("demo.svg").write_text(picture(json.load(sys.stdin)), encoding="utf-8")
