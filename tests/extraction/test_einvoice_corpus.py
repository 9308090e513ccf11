"""Every e-invoice of the shared corpus is read, with the values that were labelled by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kontorist.domain.payables.draft import FIELDS
from kontorist.extraction.einvoice import EInvoice, attachments, reader
from kontorist.sandbox import Refused

pytestmark = pytest.mark.corpus


def invoice_in(file: Path) -> EInvoice | None:
    import pypdfium2

    content = file.read_bytes()
    document = pypdfium2.PdfDocument(content)
    try:
        for xml in attachments.xml_attachments(document, content):
            try:
                return reader.read(xml)
            except Refused:
                continue
    finally:
        document.close()
    return None


def plain(value: object) -> str:
    return "".join(str(value).split()).casefold()


def test_all_are_read_as_they_are_labelled(shared_corpus: Path) -> None:
    folder = shared_corpus / "invoices"
    labels = {each["file"]: each for each in map(json.loads, (folder / "truth.jsonl").read_text().splitlines())}
    read = {file.name: found for file in sorted(folder.rglob("*.pdf")) if (found := invoice_in(file)) is not None}

    wrong = []
    for name, found in read.items():
        for field in FIELDS:
            right = labels[name].get(field)
            accepted = {plain(each) for each in (right if isinstance(right, list) else [right])}
            if right is not None and plain(found.values[field]) not in accepted:
                wrong.append((name, field, right, found.values[field]))
    assert len(read) == 32
    assert {each.syntax for each in read.values()} == {"cii", "zugferd1", "ubl-invoice"}
    assert wrong == []
