"""XML files inside a PDF: in the tree of embedded names, under /AF, or as a file annotation."""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from kontorist.extraction.einvoice.reader import looks_like_xml

MOST_ATTACHMENTS: Final = 50
MOST_BYTES: Final = 20 * 1024 * 1024
MOST_PAGES: Final = 10  #: whose own attachments are looked for
#: Signs in the file that a structured part may hang where pdfium does not list it.
_SIGNS: Final = (b"/AF", b"/FileAttachment", b"/EmbeddedFile", b"DocumentFileName", b"#2Fxml")


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
    """/AF of the catalogue and of pages, and file annotations, which the tree of names does not hold."""
    from pypdf import PdfReader

    try:
        reader = PdfReader(io.BytesIO(content))
        held = [reader.trailer["/Root"], *reader.pages[:MOST_PAGES]]
    except Exception:  # noqa: BLE001 - pypdf raises anything on a broken file; the page is read all the same
        return
    specifications = (found for each in held for found in (*_associated(each), *_annotated(each)))
    for specification in islice(specifications, MOST_ATTACHMENTS):
        data = _file(specification)
        if data is not None and len(data) <= MOST_BYTES and looks_like_xml(data):
            yield data


def _associated(holder: Any) -> Iterator[Any]:
    """What hangs under /AF: an array of file specifications, or by a common mistake one alone."""
    try:
        found = holder.get("/AF").get_object()
    except Exception:  # noqa: BLE001 - none there, or a broken reference
        return
    yield from found if isinstance(found, list) else [found]


def _annotated(page: Any) -> Iterator[Any]:
    try:
        annotations = list(page.get("/Annots").get_object())
    except Exception:  # noqa: BLE001 - none there, or a broken reference
        return
    for each in annotations:
        try:
            annotation = each.get_object()
            if annotation.get("/Subtype") == "/FileAttachment":
                yield annotation["/FS"]
        except Exception:  # noqa: BLE001, S112 - one broken annotation does not hide the others
            continue


def _file(specification: Any) -> bytes | None:
    try:
        streams = specification.get_object()["/EF"].get_object()
        stream = streams.get("/UF") or streams["/F"]
        return bytes(stream.get_object().get_data())
    except Exception:  # noqa: BLE001 - a broken one does not hide the others
        return None
