"""Draws docs/pictures/demo.svg from what the demo says: `kontorist demo --json | python docs/pictures/demo.py`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

ROW, LEFT, WIDTH = 24, 24, 1380
COLUMNS = (("what came", 24), ("by", 420), ("what the office did", 500), ("proof", 1180))
LONGEST = {"what came": 58, "what the office did": 110, "proof": 26}
COLOURS = (
    ("booked", "#1a7f37"),
    ("invoiced", "#1a7f37"),
    ("waits", "#9a6700"),
    ("you", "#0550ae"),
    ("set aside", "#cf222e"),
)


def shortened(text: str, column: str) -> str:
    """`text` as long as its column has room."""
    longest = LONGEST.get(column, 60)
    return text if len(text) <= longest else text[: longest - 1] + "…"


def cell(x: int, y: int, text: str, style: str = "") -> str:
    """One piece of text at a place."""
    return f'<text x="{x}" y="{y}" {style}>{escape(text)}</text>'


def colour(did: str) -> str:
    """What stands out: booked, waiting, decided by a person, set aside."""
    found = next((code for word, code in COLOURS if did.startswith(word)), None)
    return f'fill="{found}"' if found else ""


def row(line: dict[str, str], y: int) -> list[str]:
    """One line of the account."""
    did = f"{line['did']}: {line['why']}" if line["why"] else line["did"]
    texts = (line["came"], line["by"], did, line["proof"])
    return [
        cell(x, y, shortened(text, name), colour(did) if name == "what the office did" else "")
        for (name, x), text in zip(COLUMNS, texts, strict=True)
    ]


def reading(facts: dict[str, Any]) -> list[str]:
    """What reading is: evidence, what a person taught, e-invoices."""
    unknown, before, after = facts["unknown"], facts["taught"]["before"], facts["taught"]["after"]
    fields = ", ".join(
        f"{each['field'].replace('_', ' ')} {each['value']} ({each['confidence']:.1%}, page {each['page']}"
        f" at {','.join(map(str, each['box']))})"
        for each in unknown["fields"]
    )
    came, ours = facts["e_invoice"], facts["ours"]
    verdicts = ["accepted" if each["accepted"] else "NOT ACCEPTED" for each in (came, ours)]
    agree = "page and XML agree" if came["page_agrees"] else "page and XML DIFFER"
    return [
        f"Read: {unknown['file']}, a form nobody described: {fields}",
        f"Taught: {before['file']}: {before['why']} Shown once. {after['file']}: invoice number {after['value']}"
        f" ({after['reason']}), {after['did']}",
        f"E-invoices: {came['file']}: {verdicts[0]} by schema and rules, {agree};"
        f" ours, {ours['file']} with ZUGFeRD inside: {verdicts[1]} by the same",
    ]


def traps(lines: list[dict[str, str]]) -> list[str]:
    """What the clerk is told of a file that is made to do harm, after the sentence that says what it is."""
    told = [
        (line["came"].partition(",")[0], line["why"].partition(". ")[2]) for line in lines if "trap" in line["came"]
    ]
    return [f"Trap: {file}: {advice}" for file, advice in told]


def picture(facts: dict[str, Any]) -> str:
    """The demo's result as SVG."""
    rows = [cell(x, 64, name, 'font-weight="bold"') for name, x in COLUMNS]
    for number, line in enumerate(facts["lines"], start=1):
        rows += row(line, 64 + number * ROW)
    foot = 64 + (len(facts["lines"]) + 2) * ROW
    for number, sentence in enumerate([*reading(facts["reading"]), *traps(facts["lines"])]):
        rows.append(cell(LEFT, foot + number * ROW, sentence))
    foot += (number + 2) * ROW
    books = "accounts add up to zero and agree with the open items" if facts["books"]["agree"] else "BOOKS DISAGREE"
    archive = facts["archive"]
    clean = "verified" if archive["ok"] else "NOT CLEAN"
    proof = (
        f"{books} · archive of {archive['checked']} files {clean} · {facts['letters']['done']} letters and answers sent"
        f" · worker killed over one order: begun {facts['plug']['begun']} times, {facts['plug']['state']} once"
    )
    rows.append(cell(LEFT, foot, proof, 'font-weight="bold"'))
    height = foot + ROW
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"'
        ' font-family="sans-serif" font-size="12.5">'
        f'<rect width="{WIDTH}" height="{height}" rx="8" fill="#ffffff" stroke="#d0d7de"/>'
        f'<g fill="#1f2328"><text x="{LEFT}" y="34" font-size="17" font-weight="bold">kontorist demo</text>'
        + "".join(rows)
        + "</g></svg>\n"
    )


if __name__ == "__main__":
    Path(__file__).with_name("demo.svg").write_text(picture(json.load(sys.stdin)), encoding="utf-8")
