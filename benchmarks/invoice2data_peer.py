"""Runs under invoice2data's own packages, started by benchmarks/extraction.py: one JSON object on standard output.

usage: invoice2data_peer.py FILE...

``{templates, cpu_seconds, results: {name: fields}}``; processor time is this process's and that of the programs it
calls (pdftotext) for reading alone, with the templates loaded before.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from pathlib import Path

from invoice2data import extract_data  # type: ignore[import-not-found]  # installed beside, on PYTHONPATH
from invoice2data.extract.loader import read_templates  # type: ignore[import-not-found]

#: Its words and ours.
FIELDS = {
    "issuer": "supplier_name",
    "vat": "supplier_vat_id",
    "invoice_number": "invoice_number",
    "date": "issue_date",
    "date_due": "due_date",
    "currency": "currency",
    "amount_untaxed": "net",
    "amount_tax": "tax",
    "amount": "gross",
    "iban": "iban",
}


def main(files: list[str]) -> None:
    logging.disable(logging.CRITICAL)
    templates = read_templates()
    begun = sum(os.times()[:4])
    found = {Path(file).name: extract_data(file, templates=templates) or {} for file in files}
    used = sum(os.times()[:4]) - begun
    results = {
        name: {FIELDS[key]: _plain(value) for key, value in read.items() if key in FIELDS}
        for name, read in found.items()
    }
    json.dump({"templates": len(templates), "cpu_seconds": used, "results": results}, sys.stdout)


def _plain(value: object) -> str:
    """Dates by the day, amounts with two decimals, all else as text."""
    if hasattr(value, "strftime"):
        return str(value.strftime("%Y-%m-%d"))
    return f"{value:.2f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main(sys.argv[1:])
