"""How fast e-invoices are read and judged, warm, and how much of that is Saxon itself in the same run.

usage: python benchmarks/einvoices.py [FOLDER]

FOLDER holds PDFs with e-invoices or XML files; without one, invoices are generated. Works in this process, on its main
thread, as the child of the product does. Prints one JSON object: for each syntax the number of files, how many were
read, the median CPU milliseconds a file for reading (terms and defects), for the verdict (XSD and Schematron), and for
the same stylesheet in bare saxonche, and the verdicts.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from kontorist.domain.payables.draft import DocumentKind
from kontorist.extraction.einvoice import attachments, reader, rulebook, validation
from kontorist.extraction.einvoice.verdict import verdict_on
from kontorist.sandbox import Refused
from kontorist.testing.documents.einvoice import cii_xml
from kontorist.testing.documents.suppliers import drawn_invoice

ROUNDS = 7


def samples(folder: Path | None) -> list[bytes]:
    if folder is not None:
        return [xml for file in sorted(folder.rglob("*")) if file.is_file() for xml in _xml_of(file.read_bytes())]
    return [each for seed in range(40) for each in _generated(seed)]


def _xml_of(content: bytes) -> list[bytes]:
    if b"%PDF-" not in content[:1024]:
        return [content] if reader.looks_like_xml(content) else []
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError:
        return []
    found = attachments.xml_attachments(document, content)
    document.close()
    return found


def _generated(seed: int) -> list[bytes]:
    """The same invoice in CII, and its terms written anew in UBL."""
    from kontorist.extraction.einvoice.writer import write

    facts = drawn_invoice(seed, ("de", "nl", "en", "fr")[seed % 4])
    xml = cii_xml(facts)
    credited = facts.kind is DocumentKind.CREDIT_NOTE
    return [xml, write(reader.read(xml).terms, "ubl-creditnote" if credited else "ubl-invoice")]


def cpu_ms(work: Callable[[], Any]) -> float:
    """The median of CPU milliseconds, after one round to warm up."""
    work()
    times = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        work()
        times.append((time.process_time() - begun) * 1000)
    return median(times)


def bare_saxon(xml: bytes, syntax: str) -> Callable[[], object]:
    rules = rulebook.plan_for(syntax, reader.profile_of(reader.parse(xml), syntax)).rules
    executable, processor = validation._compiled(rules[0].path), validation._processor()
    text = xml.decode("utf-8-sig")
    text = text[text.index("?>") + 2 :] if text.startswith("<?xml") else text
    return lambda: executable.transform_to_string(xdm_node=processor.parse_xml(xml_text=text))


def measured(syntax: str, files: list[bytes]) -> dict[str, Any]:
    verdicts: Counter[str] = Counter()
    reading, judging, saxon = [], [], []
    for xml in files:
        found = validation.validate(xml, rules=None)
        verdicts[verdict_on(found["findings"], found["missing"])[0]] += 1
        reading.append(cpu_ms(lambda xml=xml: reader.read(xml)))  # type: ignore[misc]
        judging.append(cpu_ms(lambda xml=xml: validation.validate(xml, rules=None)))  # type: ignore[misc]
        if syntax != "zugferd1":
            saxon.append(cpu_ms(bare_saxon(xml, syntax)))
    return {
        "read": len(files),
        "reading_ms": round(median(reading), 2),
        "verdict_ms": round(median(judging), 1),
        "verdict_ms_slowest": round(max(judging), 1),
        "bare_saxon_ms": round(median(saxon), 1) if saxon else None,
        "verdicts": dict(verdicts),
    }


def main() -> None:
    by_syntax: dict[str, list[bytes]] = {}
    refused: Counter[str] = Counter()
    for xml in samples(Path(sys.argv[1]) if len(sys.argv) > 1 else None):
        try:
            by_syntax.setdefault(reader.read(xml).syntax, []).append(xml)
        except Refused as error:
            refused[error.sentence] += 1
    result = {
        "schema_version": 1,
        "rounds": ROUNDS,
        "not_read": dict(refused),
        "syntaxes": {syntax: measured(syntax, files) for syntax, files in sorted(by_syntax.items())},
    }
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
