"""Small PDF files of our own: pages that are turned, cropped, broken or carry attachments."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from textwrap import dedent
from typing import Any


def pdf(draw: Callable[[Any], None], *, pages: int = 1, size: tuple[float, float] = (600, 800)) -> bytes:
    """A PDF whose pages `draw` paints on a ReportLab canvas."""
    from reportlab.pdfgen.canvas import Canvas

    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=size, invariant=True)
    for _ in range(pages):
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def text(*lines: tuple[float, float, str]) -> Callable[[Any], None]:
    """Paint words at places measured from the lower left corner, in points."""

    def draw(canvas: Any) -> None:
        canvas.setFont("Helvetica", 10)
        for x, y, words in lines:
            canvas.drawString(x, y, words)

    return draw


def changed(content: bytes, change: Callable[[Any], None]) -> bytes:
    """The PDF after `change` was done to its pypdf writer."""
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(content)))
    change(writer)
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def encrypted(content: bytes, password: str) -> bytes:
    """The PDF under a user password, which may be empty."""
    return changed(content, lambda writer: writer.encrypt(password, "owner", algorithm="RC4-128"))


def with_attachment(content: bytes, name: str, data: bytes) -> bytes:
    """The PDF with a file in its tree of embedded names."""
    return changed(content, lambda writer: writer.add_attachment(name, data))


def with_associated_file(content: bytes, name: str, data: bytes) -> bytes:
    """The PDF with a file under /AF alone, where pdfium does not list it."""
    from pypdf.generic import ArrayObject, DictionaryObject, NameObject, StreamObject, TextStringObject

    def attach(writer: Any) -> None:
        stream = StreamObject()
        stream.set_data(data)
        stream[NameObject("/Type")] = NameObject("/EmbeddedFile")
        reference = writer._add_object(stream)
        specification = DictionaryObject(
            {
                NameObject("/Type"): NameObject("/Filespec"),
                NameObject("/F"): TextStringObject(name),
                NameObject("/EF"): DictionaryObject({NameObject("/F"): reference}),
            }
        )
        writer.root_object[NameObject("/AF")] = ArrayObject([writer._add_object(specification)])

    return changed(content, attach)


def with_file_annotation(content: bytes, data: bytes) -> bytes:
    """The PDF with a file hanging on its first page as an annotation."""
    from pypdf.generic import ArrayObject, DictionaryObject, FloatObject, NameObject, StreamObject, TextStringObject

    def attach(writer: Any) -> None:
        stream = StreamObject()
        stream.set_data(data)
        file = DictionaryObject(
            {
                NameObject("/Type"): NameObject("/Filespec"),
                NameObject("/F"): TextStringObject("rechnung.dat"),
                NameObject("/EF"): DictionaryObject({NameObject("/F"): writer._add_object(stream)}),
            }
        )
        annotation = DictionaryObject(
            {
                NameObject("/Type"): NameObject("/Annot"),
                NameObject("/Subtype"): NameObject("/FileAttachment"),
                NameObject("/Rect"): ArrayObject([FloatObject(10), FloatObject(10), FloatObject(20), FloatObject(20)]),
                NameObject("/FS"): file,
            }
        )
        writer.pages[0][NameObject("/Annots")] = ArrayObject([writer._add_object(annotation)])

    return changed(content, attach)


def printed(*drawings: str) -> bytes:
    """A PDF with a page for each drawing, whose letters stand as on a typewriter; two blanks begin another text."""
    from reportlab.pdfgen.canvas import Canvas

    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(600, 842), invariant=True)
    for drawing in drawings:
        canvas.setFont("Courier", 25 / 3)  # five points a letter
        for row, line in enumerate(dedent(drawing).strip("\n").splitlines()):
            for part in re.finditer(r"\S+(?: \S+)*", line):
                canvas.drawString(30 + 5 * part.start(), 782 - 13 * row, part[0])
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()
