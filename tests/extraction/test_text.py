"""The text of any file, read in the child."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import date
from io import BytesIO

import pytest

from kontorist.extraction.reading import open_pool
from kontorist.extraction.reading_text import read_text as read_outside
from kontorist.extraction.text import MOST_LETTERS, read_text
from kontorist.sandbox import Pool, ReasonCode, Refused
from kontorist.testing.documents.letters import pdf, sample_letters
from kontorist.testing.documents.suppliers import PAPIERHAUS

TODAY = date(2026, 5, 20)


@pytest.fixture(scope="module")
def letters(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    papers = sample_letters(tmp_path_factory.mktemp("letters"), today=TODAY)
    return {paper.file.name: paper.file.read_bytes() for paper in papers}


def test_a_pdf_gives_its_lines_and_its_signs(letters: dict[str, bytes]) -> None:
    found = read_text(letters["rahmenvertrag.pdf"])

    assert found["kind"] == "pdf"
    assert "Die Kündigungsfrist beträgt drei Monate zum Quartalsende." in found["text"].splitlines()
    assert found["dates"] == ["2026-05-08"]
    assert found["vat_ids"] == [PAPIERHAUS.vat_id]


@pytest.mark.parametrize(
    ("name", "kind", "word"),
    [
        ("offerte.xlsx", "sheet", "500 visitekaartjes  89.5"),
        ("afschrift.csv", "text", "huur mei"),
        ("Notiz.txt", "text", "tropft"),
    ],
)
def test_sheets_and_texts_give_their_words(letters: dict[str, bytes], name: str, kind: str, word: str) -> None:
    found = read_text(letters[name])

    assert found["kind"] == kind
    assert word in found["text"]


def test_a_picture_has_no_text(letters: dict[str, bytes]) -> None:
    assert read_text(letters["scan0001.png"]) == {"text": "", "kind": "image", "dates": [], "vat_ids": [], "ibans": []}


def test_an_xml_gives_what_stands_between_its_tags() -> None:
    found = read_text(b"<?xml version='1.0'?><a><b> Mahnung </b><c>DE89 3704 0044 0532 0130 00</c></a>")

    assert (found["kind"], found["text"]) == ("xml", "Mahnung\nDE89 3704 0044 0532 0130 00")
    assert found["ibans"] == ["DE89370400440532013000"]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("Grüße".encode(), "Grüße"),
        ("Grüße".encode("utf-8-sig"), "Grüße"),
        ("Grüße".encode("utf-16"), "Grüße"),
        ("Grüße €".encode("cp1252"), "Grüße €"),
        (b"", ""),
    ],
)
def test_a_text_is_read_in_its_own_encoding(content: bytes, text: str) -> None:
    assert read_text(content)["text"] == text


def bomb() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * 210_000_000)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\x7fELF\x02\x01\x01\x00" + bytes(9), ReasonCode.UNSUPPORTED),
        (b"PK\x03\x04nonsense", ReasonCode.DAMAGED),
        (b"%PDF-1.7 nonsense", ReasonCode.DAMAGED),
        (b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", ReasonCode.FORBIDDEN_CONSTRUCT),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(content: bytes, reason: ReasonCode) -> None:
    with pytest.raises(Refused) as refused:
        read_text(content)
    assert refused.value.reason is reason


def test_a_sheet_that_unfolds_without_end_is_refused() -> None:
    with pytest.raises(Refused, match="unfolds"):
        read_text(bomb())


def test_a_text_without_end_is_cut() -> None:
    found = read_text(b"zehn Worte\n" * 400_000)

    assert MOST_LETTERS - 20 < len(found["text"]) <= MOST_LETTERS


@pytest.fixture(scope="module")
def readers() -> Iterator[Pool]:
    with open_pool(1) as pool:
        yield pool


def test_from_outside_it_is_read_in_a_child(readers: Pool) -> None:
    found = read_outside(readers, pdf("Vertrag vom 3. Mai 2026"))

    assert found.text == "Vertrag vom 3. Mai 2026"
    assert found.dates == (date(2026, 5, 3),)
    with pytest.raises(Refused):
        read_outside(readers, b"PK\x03\x04nonsense")
    with pytest.raises(Refused, match="larger"):
        read_outside(readers, bytes(50 * 1024 * 1024 + 1))
