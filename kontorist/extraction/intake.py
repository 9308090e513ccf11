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
from kontorist.extraction.ocr.pages import Recognised, recognised_page
from kontorist.extraction.ocr.pictures import FEW, IMAGES, WIDEST, Wanted, frames, letterhead, shows
from kontorist.extraction.ocr.repair import amounts_supposed
from kontorist.extraction.page_reader import read_pages
from kontorist.extraction.page_text import Page, read_page
from kontorist.extraction.profile import BuyerProfile
from kontorist.sandbox import ReasonCode, Refused

MOST_BYTES: Final = 50 * 1024 * 1024
MOST_PAGES: Final = 2000  #: beyond this a document is refused
MOST_READ: Final = 50  #: pages read; of a longer document the first and last five
_INSTALL: Final = "install kontorist[ocr]"


def read_invoice(
    content: bytes,
    *,
    visual_only: bool,
    profile: Mapping[str, Any] | None,
    lessons: Sequence[Mapping[str, Any]] | None = None,
    recognised: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """One file as the data of an InvoiceDraft. Raises Refused.

    `lessons` is what people said of earlier papers that may be of this supplier, as data, oldest first; with them, even
    with none, comes beside the draft under ``signs`` by what the supplier may be known. `recognised` is what a program
    made of the pages that are pictures; without it, these pages come beside the draft under ``pictures``.
    """
    if not content:
        raise Refused(ReasonCode.DAMAGED, "The file is empty.")
    buyer = BuyerProfile.from_data(profile)
    memory = None if lessons is None else Memory([lessons_of.from_data(each) for each in lessons], buyer)
    seen = Recognised.from_data(recognised)
    if b"%PDF-" in content[:1024]:
        draft, wanted = _from_pdf(content, buyer, visual_only=visual_only, memory=memory, seen=seen)
    elif content.startswith(IMAGES):
        draft, wanted = _from_image(content, buyer, memory, seen)
    elif einvoices.looks_like_xml(content):
        return to_data(comparison.from_xml(einvoices.read(content)))
    else:
        raise Refused(ReasonCode.UNSUPPORTED)
    answer = {**to_data(draft), "pictures": [each.to_data() for each in wanted if seen is None]}
    return answer if memory is None else {**answer, "signs": lessons_of.signs_data(memory.signs)}


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
    return _attached_invoice(content), _from_pdf(content, profile, visual_only=False)[0]


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
    content: bytes,
    profile: BuyerProfile,
    *,
    visual_only: bool,
    memory: Memory | None = None,
    seen: Recognised | None = None,
) -> tuple[InvoiceDraft, list[Wanted]]:
    """The draft, and which pages a program that recognises text should look at."""
    document = _open(content)
    try:
        pages = _pages(document)
        count = len(document)
        pictured = _pictured(pages)
        wanted = [Wanted(page=number) for number in pictured]
        pages = [seen.with_words(each) for each in pages] if seen is not None else pages
        structured, doubts = (None, []) if visual_only else _structured(document, content)
        page = _read(pages, count, profile, memory) if any(each.usable for each in pages) else None
        nameless = page is not None and structured is None and page.value("supplier_name") is None
        head = letterhead(document[0], pages[0]) if nameless and pages[0].usable and not wanted else None
    finally:
        document.close()
    doubts += _pictures_found(pictured, pages, seen, told=page is not None)
    wanted = [head] if head is not None else wanted
    if structured is not None:
        return _hybrid(structured, page, pages, count, doubts, seen), wanted
    draft = page or _unreadable(count, _why(seen) if wanted else "there is no text on this page")
    return replace(draft, findings=(*draft.findings, *doubts)), wanted


def _from_image(
    content: bytes, profile: BuyerProfile, memory: Memory | None, seen: Recognised | None
) -> tuple[InvoiceDraft, list[Wanted]]:
    count = frames(content)
    if seen is None:
        return _unreadable(count, _why(None)), [Wanted(page=number) for number in range(1, count + 1)]
    pages = [recognised_page(number, found) for number, found in sorted(seen.pages.items())]
    if not any(each.usable for each in pages):
        return _unreadable(count, _why(seen)), []
    draft = _read(pages, count, profile, memory)
    doubts = _pictures_found(range(1, count + 1), pages, seen, told=True)
    return replace(draft, findings=(*draft.findings, *doubts)), []


def _read(pages: Sequence[Page], count: int, profile: BuyerProfile, memory: Memory | None) -> InvoiceDraft:
    """The draft; recognised amounts in which letters stand are taken for digits where their sum is then proven."""
    draft = read_pages(pages, count, profile, memory)
    supposed = None if draft.fields["gross"].safe else amounts_supposed(pages)
    if supposed is None:
        return draft
    other = read_pages(supposed, count, profile, memory)
    return other if other.fields["gross"].safe else draft


def _pictured(pages: Sequence[Page]) -> list[int]:
    """The pages to be recognised; where none of them has text, anything drawn may be some."""
    alone = not any(each.usable for each in pages)
    return [each.number for each in pages if each.shows == "picture" or (alone and each.shows == "something")]


def _pictures_found(
    pictured: Sequence[int], pages: Sequence[Page], seen: Recognised | None, *, told: bool
) -> list[Finding]:
    """What is to be said of the pages that are pictures, beside others that are read (`told`)."""
    found = []
    unread = [number for number in pictured if seen is None or number in seen.unread]
    if unread and told:
        why = _INSTALL if seen is None else seen.unread[unread[0]]
        found.append(Finding(code="KON-PICTURE", sentence=f"Page {unread[0]} is a picture and is not read; {why}"))
    recognised = [str(each.number) for each in pages if each.recognised and each.usable]
    if recognised:
        sentence = f"The text of page {', '.join(recognised)} was recognised in a picture."
        found.append(Finding(code="KON-RECOGNISED", sentence=sentence, severity=Severity.INFORMATION))
    return found


def _hybrid(
    structured: EInvoice,
    page: InvoiceDraft | None,
    pages: list[Page],
    count: int,
    doubts: list[Finding],
    seen: Recognised | None,
) -> InvoiceDraft:
    if page is None:
        draft = replace(comparison.from_xml(structured), pages=count)
        doubts = [*doubts, Finding(code="KON-PICTURE", sentence=_why(seen), severity=Severity.WARNING)]
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
        # pdfium keeps the last reason of an earlier file where a later one gives none of its own
        locked = "password" in str(error).lower() and b"/Encrypt" in content
        raise Refused(ReasonCode.ENCRYPTED if locked else ReasonCode.DAMAGED) from None
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
        read = read_page(page, number + 1)
        doubtful = not read.usable or (read.characters < FEW and not read.recognised)
        return replace(read, shows=shows(page, read)) if doubtful else read
    except pypdfium2.PdfiumError:
        raise Refused(ReasonCode.DAMAGED) from None


def _unreadable(pages: int, why: str) -> InvoiceDraft:
    """The draft of a document of which nothing can be read."""
    return InvoiceDraft(
        fields={name: _nothing(why) for name in FIELDS},
        findings=(Finding(code="KON-PICTURE", sentence=why),),
        pages=pages,
        reason=why,
    )


def _why(seen: Recognised | None) -> str:
    if seen is None:
        return f"this page is a picture; {_INSTALL}"
    reasons = list(seen.unread.values()) or ["no text was recognised on it"]
    return f"this page is a picture; {reasons[0]}"


def _nothing(reason: str) -> Field:
    return Field(value=None, confidence=0.0, safe=False, reason=reason)
