"""XML files inside a PDF: in the tree of embedded names, under /AF, or as a file annotation."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, Final

from kontorist.extraction.einvoice.reader import looks_like_xml

MOST_ATTACHMENTS: Final = 50
MOST_BYTES: Final = 20 * 1024 * 1024
#: Signs in the file that a structured part may hang where pdfium does not list it.
_SIGNS: Final = (b"/AF", b"/FileAttachment", b"/EmbeddedFile", b"DocumentFileName")


def xml_attachments(document: Any, content: bytes) -> list[bytes]:
    """The XML files attached to a pypdfium2 document, each once, in the order found."""
    found = list(_embedded(document))
    if not any(map(_may_be_invoice, found)) and any(sign in content for sign in _SIGNS):
        found += _by_pypdf(content)
    return list(dict.fromkeys(found))


def _may_be_invoice(xml: bytes) -> bool:
    """Cheaply; an invoice may hang elsewhere than other XML of the file."""
    plain = xml.replace(b"\x00", b"")
    return any(name in plain for name in (b"CrossIndustry", b"Invoice", b"CreditNote"))


def _embedded(document: Any) -> Iterator[bytes]:
    import pypdfium2

    for index in range(min(document.count_attachments(), MOST_ATTACHMENTS)):
        try:
            data = bytes(document.get_attachment(index).get_data())
        except pypdfium2.PdfiumError:
            continue
        if len(data) <= MOST_BYTES and looks_like_xml(data):
            yield data


def _by_pypdf(content: bytes) -> Iterator[bytes]:
    """/AF of the catalogue and file annotations, which the tree of names does not hold."""
    from pypdf import PdfReader

    try:
        reader = PdfReader(io.BytesIO(content))
        specifications = [*_associated(reader), *_annotated(reader)]
        files = [_file(each) for each in specifications[:MOST_ATTACHMENTS]]
    except Exception:  # noqa: BLE001 - pypdf raises anything on a broken file; the page is read all the same
        return
    yield from (data for data in files if data is not None and len(data) <= MOST_BYTES and looks_like_xml(data))


def _associated(reader: Any) -> list[Any]:
    root = reader.trailer["/Root"]
    return [each.get_object() for each in root["/AF"].get_object()] if "/AF" in root else []


def _annotated(reader: Any) -> list[Any]:
    found = []
    for page in reader.pages[:10]:
        for annotation in page.get("/Annots") or []:
            entry = annotation.get_object()
            if entry.get("/Subtype") == "/FileAttachment" and "/FS" in entry:
                found.append(entry["/FS"].get_object())
    return found


def _file(specification: Any) -> bytes | None:
    streams = specification.get("/EF")
    if streams is None:
        return None
    streams = streams.get_object()
    stream = streams.get("/UF") or streams.get("/F")
    return bytes(stream.get_object().get_data()) if stream is not None else None
