"""A PDF as its bytes: objects, streams, table of places; nothing is checked, so that everything may be wrong."""

from __future__ import annotations

FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"


def stream(data: bytes, more: str = "") -> bytes:
    """The body of a stream object."""
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), more.encode(), data)


class Pdf:
    """A file under way; objects are numbered from 1 in the order they come."""

    def __init__(self) -> None:
        self._objects: list[bytes] = []

    def add(self, body: bytes | str) -> int:
        """The number of the new object."""
        self._objects.append(body.encode("latin-1") if isinstance(body, str) else body)
        return len(self._objects)

    @property
    def next(self) -> int:
        """The number that the next object will have: for objects that name themselves."""
        return len(self._objects) + 1

    def file(self, root: int, trailer: str = "") -> bytes:
        """The whole file with its catalogue `root`; `trailer` holds further entries."""
        out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
        places = []
        for number, body in enumerate(self._objects, start=1):
            places.append(len(out))
            out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
        start = len(out)
        out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
        out += b"".join(b"%010d 00000 n \n" % place for place in places)
        out += f"trailer\n<< /Size {len(places) + 1} /Root {root} 0 R {trailer} >>\n".encode("latin-1")
        return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)


def page_of(
    content: bytes,
    *,
    more: str = "",
    resources: str = "",
    box: str = "[0 0 595 842]",
    page: str = "",
    root: str = "",
    trailer: str = "",
    before: tuple[bytes, ...] = (),
) -> bytes:
    """A PDF of one page with this content stream; `before` are objects 1, 2, ... that the other parts may name."""
    pdf = Pdf()
    for body in before:
        pdf.add(body)
    font = pdf.add(FONT)
    stream_number = pdf.add(stream(content, more))
    own = pdf.next
    pdf.add(
        f"<< /Type /Page /Parent {own + 1} 0 R /MediaBox {box} /Contents {stream_number} 0 R {page}"
        f" /Resources << /Font << /F0 {font} 0 R >> {resources} >> >>"
    )
    pages = pdf.add(f"<< /Type /Pages /Kids [{own} 0 R] /Count 1 >>")
    return pdf.file(pdf.add(f"<< /Type /Catalog /Pages {pages} 0 R {root} >>"), trailer)


WORDS = b"BT /F0 12 Tf 50 700 Td (Rechnung 4711) Tj 0 -20 Td (Gesamtbetrag 119,00 EUR) Tj ET\n"
