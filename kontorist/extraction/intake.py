"""What kind of file is this, and which way does it go? Runs in the child only."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from kontorist.domain.payables import memory as lessons_of
from kontorist.domain.payables.draft import FIELDS, Field, Finding, InvoiceDraft, Severity, to_data
from kontorist.extraction.einvoice import EInvoice, attachments, comparison, plain
from kontorist.extraction.einvoice import reader as einvoices
from kontorist.extraction.memory.recall import Memory
from kontorist.extraction.page_reader import read_pages
from kontorist.extraction.page_text import Page, read_page
from kontorist.extraction.profile import BuyerProfile
from kontorist.sandbox import ReasonCode, Refused

MOST_BYTES: Final = 50 * 1024 * 1024
MOST_PAGES: Final = 2000  #: beyond this a document is refused
MOST_READ: Final = 50  #: pages read; of a longer document the first and last five
WIDEST: Final = 14_400.0  #: points, the largest page of PDF 1.7 (ISO 32000-1, annex C)
PICTURE: Final = "this page is a picture; install kontorist[ocr]"
IMAGES: Final = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*")


def read_invoice(
    content: bytes,
    *,
    visual_only: bool,
    profile: Mapping[str, Any] | None,
    lessons: Sequence[Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """One file as the data of an InvoiceDraft. Raises Refused.

    `lessons` is what people said of earlier papers that may be of this supplier, as data, oldest first; with them, even
    with none, comes beside the draft under ``signs`` by what the supplier may be known.
    """
    if not content:
        raise Refused(ReasonCode.DAMAGED, "The file is empty.")
    if b"%PDF-" in content[:1024]:
        buyer = BuyerProfile.from_data(profile)
        if lessons is None:
            return to_data(_from_pdf(content, buyer, visual_only=visual_only))
        memory = Memory([lessons_of.from_data(each) for each in lessons], buyer)
        draft = _from_pdf(content, buyer, visual_only=visual_only, memory=memory)
        return {**to_data(draft), "signs": lessons_of.signs_data(memory.signs)}
    if content.startswith(IMAGES):
        return to_data(_picture(1))
    if einvoices.looks_like_xml(content):
        return to_data(comparison.from_xml(einvoices.read(content)))
    raise Refused(ReasonCode.UNSUPPORTED)


def read_einvoice(content: bytes, *, profile: Mapping[str, Any] | None) -> dict[str, Any]:
    """The e-invoice in an XML file or a PDF: ``{syntax, profile, invoice, findings, xml}``, its XML in base 64.

    The findings of a PDF are also those of its page against the XML. Raises Refused, also for a PDF without one.
    """
    if not content:
        raise Refused(ReasonCode.DAMAGED, "The file is empty.")
    if b"%PDF-" in content[:1024]:
        xml, draft = _of_hybrid(content, BuyerProfile.from_data(profile))
        invoice, findings = einvoices.read(xml), draft.findings
    elif einvoices.looks_like_xml(content):
        invoice = einvoices.read(xml := content)
        findings = comparison.from_xml(invoice).findings
    else:
        raise Refused(ReasonCode.UNSUPPORTED, "This is neither XML nor a PDF.")
    return {
        "syntax": invoice.syntax,
        "profile": invoice.profile,
        "invoice": plain.invoice_data(invoice),
        "findings": [plain.finding_data(each) for each in findings],
        "xml": base64.b64encode(xml).decode(),
    }


def einvoice_in(content: bytes) -> dict[str, str]:
    """The XML of the e-invoice in an XML file or a PDF, in base 64: ``{xml}``. Raises Refused where there is none."""
    xml = _attached_invoice(content) if b"%PDF-" in content[:1024] else content
    return {"xml": base64.b64encode(xml).decode()}


def _of_hybrid(content: bytes, profile: BuyerProfile) -> tuple[bytes, InvoiceDraft]:
    return _attached_invoice(content), _from_pdf(content, profile, visual_only=False)


def _attached_invoice(content: bytes) -> bytes:
    document = _open(content)
    try:
        attached = attachments.xml_attachments(document, content)
    finally:
        document.close()
    found = [xml for xml in attached if _is_an_invoice(xml)]
    if not found:
        ordered = any(map(_is_an_order, attached))
        what = "holds an order (Order-X), not an invoice" if ordered else "holds no e-invoice"
        raise Refused(ReasonCode.UNSUPPORTED, f"This PDF {what}.")
    return found[0]


def is_readable(content: bytes) -> bool:
    """Is this a kind of file that `read_invoice` knows? A page of HTML is none, although it may begin as XML does."""
    if b"%PDF-" in content[:1024] or content.startswith(IMAGES):
        return True
    start = content[:1024].lower()
    return einvoices.looks_like_xml(content) and b"<html" not in start and b"<!doctype html" not in start


def _from_pdf(
    content: bytes, profile: BuyerProfile, *, visual_only: bool, memory: Memory | None = None
) -> InvoiceDraft:
    document = _open(content)
    try:
        pages = _pages(document)
        count = len(document)
        structured, doubts = (None, []) if visual_only else _structured(document, content)
        page = read_pages(pages, count, profile, memory) if any(each.usable for each in pages) else None
    finally:
        document.close()
    if structured is not None:
        return _hybrid(structured, page, pages, count, doubts)
    draft = page or _picture(count)
    return replace(draft, findings=(*draft.findings, *doubts))


def _hybrid(
    structured: EInvoice, page: InvoiceDraft | None, pages: list[Page], count: int, doubts: list[Finding]
) -> InvoiceDraft:
    if page is None:
        draft = replace(comparison.from_xml(structured), pages=count)
        doubts = [*doubts, Finding(code="KON-PICTURE", sentence=PICTURE, severity=Severity.WARNING)]
    else:
        text = "\n".join(segment.text for each in pages for segment in each.segments)
        draft = comparison.with_page(structured, page, text)
    return replace(draft, findings=(*draft.findings, *doubts))


def _structured(document: Any, content: bytes) -> tuple[EInvoice | None, list[Finding]]:
    """The invoice attached as XML; what is attached but not readable is a doubt, and the page is read instead."""
    found: list[EInvoice] = []
    doubts: list[Finding] = []
    for xml in attachments.xml_attachments(document, content):
        try:
            found.append(einvoices.read(xml))
        except Refused as refused:
            if refused.reason is not ReasonCode.UNSUPPORTED:
                sentence = f"The structured part of this PDF is not read: {refused.what}"
                doubts.append(Finding(code="KON-EINVOICE-UNREAD", sentence=sentence))
    return (found[0] if found else None), [*doubts, *comparison.among(found)]


def _is_an_invoice(xml: bytes) -> bool:
    try:
        return einvoices.syntax_of(einvoices.invoice_in(einvoices.parse(xml))) is not None
    except Refused:
        return False


def _is_an_order(xml: bytes) -> bool:
    try:
        return einvoices.is_order(einvoices.parse(xml))
    except Refused:
        return False


def pdf_pages(content: bytes) -> tuple[list[Page], int]:
    """The text of a PDF's pages (of more than 50 the first and last five) and their number. Raises Refused."""
    document = _open(content)
    try:
        return _pages(document), len(document)
    finally:
        document.close()


def _open(content: bytes) -> Any:
    import pypdfium2

    if len(content) > MOST_BYTES:
        raise Refused(ReasonCode.TOO_LARGE)
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        reason = ReasonCode.ENCRYPTED if "password" in str(error).lower() else ReasonCode.DAMAGED
        raise Refused(reason) from None
    count = len(document)
    if not 0 < count <= MOST_PAGES:
        document.close()
        if count:
            raise Refused(ReasonCode.TOO_MANY_PAGES, f"The document has {count} pages; we read up to {MOST_PAGES}.")
        raise Refused(ReasonCode.DAMAGED, "The document has no page.")
    return document


def _pages(document: Any) -> list[Page]:
    count = len(document)
    wanted = range(count) if count <= MOST_READ else [*range(5), *range(count - 5, count)]
    return [_page(document, number) for number in wanted]


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
