"""Papers as they should not be: a picture of a page, a file that broke on its way, a total that is not the sum."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from io import BytesIO

from kontorist.testing.documents.facts import InvoiceFacts


def picture_of(page: bytes, *, dpi: int = 150) -> bytes:
    """A PDF that holds nothing but grey pictures of the pages, as a scanner without text recognition makes it."""
    import pypdfium2
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas

    source, out = pypdfium2.PdfDocument(page), BytesIO()
    canvas = Canvas(out, pagesize=source[0].get_size(), invariant=1)
    for sheet in source:
        width, height = sheet.get_size()
        image = sheet.render(scale=dpi / 72, grayscale=True).to_pil()
        canvas.drawImage(ImageReader(image), 0, 0, width, height)
        canvas.showPage()
    source.close()
    canvas.save()
    return out.getvalue()


def broken(page: bytes) -> bytes:
    """The beginning of a PDF, as a download leaves it that stopped early: nothing can repair it."""
    return page[: page.index(b"/Catalog")]


def misprinted(facts: InvoiceFacts, by: Decimal = Decimal("10.00")) -> InvoiceFacts:
    """The same invoice with a printed total that is `by` higher than its parts."""
    return replace(facts, misprinted_gross=facts.net + facts.tax + by)


def with_account(facts: InvoiceFacts, iban: str) -> InvoiceFacts:
    """The same invoice asking for payment to another account: an honest change of bank, or fraud."""
    return replace(facts, supplier=replace(facts.supplier, iban=iban))


def copy_of(facts: InvoiceFacts) -> InvoiceFacts:
    """The same invoice marked as a copy: another file, no new debt."""
    return replace(facts, is_copy=True)


def trap() -> bytes:
    """An e-invoice of less than a KiB that would become ten thousand million letters in a careless reader."""
    first = b'<!ENTITY a0 "Rechnung  ">'
    rest = b"".join(b'<!ENTITY a%d "%s">' % (level, b"&a%d;" % (level - 1) * 10) for level in range(1, 10))
    root = b'<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2">&a9;</Invoice>'
    return b'<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE Invoice [' + first + rest + b"]>" + root
