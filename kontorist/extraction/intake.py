"""What kind of file is this, and which way does it go? Runs in the child only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from kontorist.domain.payables.draft import FIELDS, Field, Finding, InvoiceDraft, to_data
from kontorist.extraction.page_reader import read_pages
from kontorist.extraction.page_text import Page, read_page
from kontorist.extraction.profile import BuyerProfile
from kontorist.sandbox import ReasonCode, Refused

MOST_PAGES: Final = 2000  #: beyond this a document is refused
MOST_READ: Final = 50  #: pages read; of a longer document the first and last five
WIDEST: Final = 14_400.0  #: points, the largest page of PDF 1.7 (ISO 32000-1, annex C)
PICTURE: Final = "this page is a picture; install kontorist[ocr]"
_IMAGES: Final = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*")


def read_invoice(content: bytes, *, visual_only: bool, profile: Mapping[str, Any] | None) -> dict[str, Any]:
    """One file as the data of an InvoiceDraft. Raises Refused."""
    start = content[:1024].lstrip(b"\x00\xef\xbb\xbf \t\r\n")
    if b"%PDF-" in content[:1024]:
        return to_data(_from_pdf(content, BuyerProfile.from_data(profile)))
    if content.startswith(_IMAGES):
        return to_data(_picture(1))
    if start.startswith(b"<"):
        raise Refused(ReasonCode.UNSUPPORTED, "This XML file is not an invoice that we read.")
    raise Refused(ReasonCode.UNSUPPORTED)


def _from_pdf(content: bytes, profile: BuyerProfile) -> InvoiceDraft:
    pages, count = pdf_pages(content)
    if not any(page.usable for page in pages):
        return _picture(count)
    return read_pages(pages, count, profile)


def pdf_pages(content: bytes) -> tuple[list[Page], int]:
    """The text of a PDF's pages (of more than 50 the first and last five) and their number. Raises Refused."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise Refused(ReasonCode.ENCRYPTED) from None
        raise Refused(ReasonCode.DAMAGED) from None
    count = len(document)
    if count > MOST_PAGES:
        raise Refused(ReasonCode.TOO_MANY_PAGES, f"The document has {count} pages; we read up to {MOST_PAGES}.")
    wanted = range(count) if count <= MOST_READ else [*range(5), *range(count - 5, count)]
    pages = [_page(document, number) for number in wanted]
    if not pages:
        raise Refused(ReasonCode.DAMAGED, "The document has no page.")
    return pages, count


def _page(document: Any, number: int) -> Page:
    import pypdfium2

    try:
        page = document[number]
        if max(page.get_size()) > WIDEST:
            raise Refused(ReasonCode.FORBIDDEN_CONSTRUCT, "A page is larger than any paper; we refuse it for safety.")
        return read_page(page, number + 1)
    except pypdfium2.PdfiumError:
        raise Refused(ReasonCode.DAMAGED) from None


def _picture(pages: int) -> InvoiceDraft:
    finding = Finding(code="KON-PICTURE", sentence=PICTURE)
    return InvoiceDraft(
        fields={name: _nothing(PICTURE) for name in FIELDS}, findings=(finding,), pages=pages, reason=PICTURE
    )


def _nothing(reason: str) -> Field:
    return Field(value=None, confidence=0.0, safe=False, reason=reason)
