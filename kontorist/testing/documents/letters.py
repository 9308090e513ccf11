"""Papers that are no invoices: a contract, a delivery note, an offer, a statement, a note, a scan, a riddle."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

from kontorist.testing.documents import suppliers as known


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleLetter:
    """One paper. `document_type` is what the usual rules file it as, None where a person has to say it."""

    file: Path
    document_type: str | None
    partner: str | None
    day: date | None  #: printed on it
    word: str | None = None  #: finds it


def sample_letters(folder: Path, *, today: date) -> list[SampleLetter]:
    """Write the papers into `folder`, dated in the weeks before `today`; the same day gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    papers = []
    for name, document_type, partner, age, word, content in _papers():
        day = None if age is None else today - timedelta(days=age)
        path = folder / name
        path.write_bytes(content(day or today))
        papers.append(SampleLetter(file=path, document_type=document_type, partner=partner, day=day, word=word))
    return papers


_Row = tuple[str, str | None, str | None, int | None, str | None, Callable[[date], bytes]]


def _papers() -> list[_Row]:
    paper, brandt, print_shop = known.PAPIERHAUS, known.ELEKTRO, known.DRUKKERIJ
    return [
        ("rahmenvertrag.pdf", "contract", paper.name, 12, "Kündigungsfrist", _contract),
        ("Lieferschein 4711.pdf", "delivery_note", brandt.name, 9, "Leuchtröhren", _delivery_note),
        ("offerte.xlsx", "offer", print_shop.name, 6, "visitekaartjes", _offer),
        ("afschrift.csv", "bank_statement", None, 3, "huur", _statement),
        ("Notiz.txt", None, None, None, "Kaffeemaschine", _note),
        ("scan0001.png", None, None, None, None, _scan),
    ]


def pdf(*lines: str) -> bytes:
    """A letter of one page."""
    from reportlab.pdfgen.canvas import Canvas

    out = BytesIO()
    canvas = Canvas(out, pagesize=(595, 842), invariant=1)
    for number, line in enumerate(lines):
        canvas.drawString(60, 780 - 22 * number, line)
    canvas.save()
    return out.getvalue()


def _contract(day: date) -> bytes:
    return pdf(
        known.PAPIERHAUS.name,
        f"USt-IdNr. {known.PAPIERHAUS.vat_id}",
        "Rahmenvertrag",
        f"vom {day:%d.%m.%Y}",
        "Die Kündigungsfrist beträgt drei Monate zum Quartalsende.",
    )


def _delivery_note(day: date) -> bytes:
    return pdf(known.ELEKTRO.name, "Lieferschein Nr. 4711", f"Datum: {day:%d.%m.%Y}", "24 Stück Leuchtröhren, warmweiß")


def _offer(day: date) -> bytes:
    from xlsxwriter import Workbook

    out = BytesIO()
    with Workbook(out, {"in_memory": True}) as workbook:
        workbook.set_properties({"created": date(day.year, day.month, day.day)})
        sheet = workbook.add_worksheet("Offerte")
        rows = [("Offerte", known.DRUKKERIJ.name), ("Datum", day.isoformat()), ("500 visitekaartjes", 89.5)]
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return out.getvalue()


def _statement(day: date) -> bytes:
    return f"Rekeningafschrift\nDatum;Omschrijving;Bedrag\n{day:%d-%m-%Y};huur mei;-1.250,00\n".encode("cp1252")


def _note(_: date) -> bytes:
    return b"Die Kaffeemaschine im zweiten Stock tropft.\n"


def _scan(_: date) -> bytes:
    """A white picture of 8 by 8 pixels."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)
    pixels = zlib.compress((b"\x00" + b"\xff" * 8) * 8)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
