"""Hostile files: each ends in a state with a name, the reader lives on, and the next invoice is read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from recognition import Copyist, words

from kontorist.domain.payables.draft import DraftStatus, InvoiceDraft
from kontorist.extraction.ocr import engines, recognising
from kontorist.extraction.reading import open_pool, read_invoice
from kontorist.sandbox import Pool, ReasonCode

pytestmark = pytest.mark.corpus

#: What these do is known; the others only have to end.
KNOWN = {
    "made-pdf/flate-double-4GiB.pdf": {"parser_died", "out_of_memory"},
    "made-pdf/huge-mediabox.pdf": {"forbidden_construct"},
    "made-pdf/page-tree-cycle.pdf": {"damaged"},
    "made-pdf/prev-loop.pdf": {"damaged"},
    "made-xml/lol.xml": {"forbidden_construct"},
    "made-xml/quad.xml": {"forbidden_construct"},
    "made-xml/xxe.xml": {"forbidden_construct"},
    "xml/simple.xml": {"unsupported"},
    "pdf/aes-256.pdf": {"encrypted"},
    "pdf/rc4-40.pdf": {"encrypted"},
    "pdf/bad7.pdf": {"damaged"},
}
#: Memory is filled for many seconds before pdfium gives up; tried by `-m slow` with the whole corpus.
HEAVY = {"made-pdf/xobject-2pow24-fanout.pdf", "made-pdf/xobject-self-recursion.pdf"}


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with open_pool() as opened:
        yield opened


@pytest.fixture(autouse=True)
def rapid_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recognising, "chosen", lambda: engines.RAPID)


def read(pool: Pool, file: Path) -> InvoiceDraft:
    """Pictures are rendered as they are; the program that would recognise them only ever sees pixels."""
    seeing: Any = Copyist(pool, words())
    return read_invoice(seeing, file.read_bytes(), name=file.name)


def has_a_state(draft: InvoiceDraft) -> bool:
    if draft.status is DraftStatus.QUARANTINED:
        return draft.refused in set(ReasonCode) and (draft.reason or "").endswith(".")
    return draft.status is DraftStatus.REVIEW


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_a_known_attack_ends_in_its_state(pool: Pool, shared_corpus: Path, name: str) -> None:
    draft = read(pool, shared_corpus / "hostile" / name)

    assert draft.refused in KNOWN[name]
    assert has_a_state(draft)


def test_a_good_invoice_after_every_attack(pool: Pool, shared_corpus: Path) -> None:
    good = next((shared_corpus / "invoices" / "pdf").glob("*konik*"))
    for folder in ("made-pdf", "made-png", "made-tif"):
        for file in sorted((shared_corpus / "hostile" / folder).iterdir()):
            if f"{folder}/{file.name}" not in HEAVY | set(KNOWN):
                assert has_a_state(read(pool, file)), file.name

    assert read(pool, good).value("gross") == "1589.80"


def test_every_seventh_file_of_the_strange_ones(pool: Pool, shared_corpus: Path) -> None:
    files = [
        file for folder in ("pdf", "xml", "img") for file in sorted((shared_corpus / "hostile" / folder).iterdir())
    ]

    states = {file.name: has_a_state(read(pool, file)) for file in files[::7]}

    assert all(states.values()), states
    assert len(states) > 15
