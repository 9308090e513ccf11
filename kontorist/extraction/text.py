"""The text of any file that has some, and the signs in it: dates, VAT ids, IBANs. Runs in the child only."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from typing import Any, Final

from kontorist.extraction.candidates.date import dates
from kontorist.extraction.candidates.iban import ibans
from kontorist.extraction.candidates.iban import valid as valid_iban
from kontorist.extraction.candidates.vat_id import vat_ids
from kontorist.extraction.einvoice import reader as xml
from kontorist.extraction.intake import pdf_pages
from kontorist.extraction.ocr.pictures import IMAGES
from kontorist.extraction.page_text import Segment, Word
from kontorist.sandbox import ReasonCode, Refused

MOST_LETTERS: Final = 2_000_000  #: of one document; an index of more finds everything and nothing
_MOST_ROWS: Final = 20_000  #: of one sheet
_LINES_WITH_SIGNS: Final = 2_000
_LONGEST_LINE: Final = 2_000
_UNPACKED: Final = 200 * 1024 * 1024  #: bytes; an .xlsx that unfolds to more is refused
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


def read_text(content: bytes) -> dict[str, Any]:
    """``{"text", "kind", "dates", "vat_ids", "ibans"}`` of a PDF, XML, spreadsheet, text or image. Raises Refused.

    `kind` is pdf, xml, sheet, text or image; an image, and a scan in a PDF, has no text here. Dates are ISO 8601, each
    once in the order of the text; a numeric date is read day first.
    """
    kind, lines = _lines(content)
    kept: list[str] = []
    letters = 0
    for line in lines:
        letters += len(line) + 1
        if letters > MOST_LETTERS:
            break
        kept.append(line)
    return {"text": "\n".join(kept), "kind": kind, **_signs(kept)}


def _lines(content: bytes) -> tuple[str, Iterable[str]]:
    if b"%PDF-" in content[:1024]:
        return "pdf", _of_pdf(content)
    if content.startswith(IMAGES):
        return "image", ()
    if content.startswith((_ZIP, _OLE)):
        return "sheet", _of_sheets(content)
    if xml.looks_like_xml(content):
        texts = (" ".join(str(text).split()) for text in xml.parse(content).itertext())
        return "xml", [text for text in texts if text]
    return "text", _of_text(content)


def _of_pdf(content: bytes) -> Iterator[str]:
    pages, _ = pdf_pages(content)
    for page in pages:
        for _, segments in groupby(page.segments, key=lambda each: each.line):
            yield "  ".join(segment.text for segment in segments)


def _of_sheets(content: bytes) -> Iterator[str]:
    if content.startswith(_ZIP):
        _check_unpacked(content)
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        for name in workbook.sheet_names:
            yield name
            for row in islice(workbook.get_sheet_by_name(name).iter_rows(), _MOST_ROWS):
                line = "  ".join(str(cell) for cell in row if cell != "")
                if line:
                    yield line
    except (CalamineError, OSError, ValueError):
        raise Refused(ReasonCode.UNSUPPORTED) from None


def _check_unpacked(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            sizes = [part.file_size for part in parts.infolist()]
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise Refused(ReasonCode.DAMAGED) from None
    if sum(sizes) > _UNPACKED:
        raise Refused(ReasonCode.TOO_LARGE, "The file unfolds to more than we read.")


def _of_text(content: bytes) -> list[str]:
    """UTF-8 or UTF-16 by its mark, else UTF-8, else the Western code page; what holds other bytes is no text."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace").splitlines()
    if b"\x00" in content[:4096]:
        raise Refused(ReasonCode.UNSUPPORTED)
    try:
        return content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace").splitlines()


def _signs(lines: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, dict[str, None]] = {"dates": {}, "vat_ids": {}, "ibans": {}}
    for line in islice(lines, _LINES_WITH_SIGNS):
        segment = _segment(line)
        if segment is None:
            continue
        found["dates"] |= {each.value.read(day_first=True).isoformat(): None for each in dates(segment)}
        found["vat_ids"] |= {each.value: None for each in vat_ids(segment) if "loose" not in each.marks}
        found["ibans"] |= {each.value: None for each in ibans(segment) if valid_iban(each.value)}
    return {name: list(values) for name, values in found.items()}


def _segment(line: str) -> Segment | None:
    """A line as the finders of signs take it; where it stands on a page does not matter here."""
    words = [Word(text=word, x0=0.0, y0=0.0, x1=0.0, y1=0.0) for word in line[:_LONGEST_LINE].split()]
    return Segment(words=words, page=1) if words else None
