"""Mails as suppliers send them, with papers of the sample company attached; for tests and the demo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

_MEDIA_TYPES = {
    ".pdf": "application/pdf",
    ".xml": "application/xml",
    ".png": "image/png",
    ".dat": "application/ms-tnef",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosed:
    """A file in a mail."""

    name: str
    content: bytes

    @classmethod
    def of(cls, file: Path) -> Enclosed:
        """The file at `file` under its own name."""
        return cls(name=file.name, content=file.read_bytes())


def supplier_mail(
    *enclosed: Enclosed,
    subject: str = "Rechnung für Mai",
    sender: str = "Jürgen Groß <billing@example.net>",
    message_id: str = "<m1@example.net>",
    text: str = "Guten Tag,\n\nanbei unsere Rechnung.\n",
    html: str | None = None,
    headers: Sequence[tuple[str, str]] = (),
) -> bytes:
    """The mail as bytes, ready for a folder (``.eml``) or a mailbox; the same arguments give the same bytes."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, "invoices@example.org", subject
    mail["Date"], mail["Message-ID"] = "Wed, 20 May 2026 08:15:00 +0200", message_id
    for name, value in headers:
        mail[name] = value
    mail.set_content(text)
    if html is not None:
        mail.add_alternative(html, subtype="html")
    for file in enclosed:
        media_type = _MEDIA_TYPES.get(Path(file.name).suffix.lower(), "application/octet-stream")
        main, _, sub = media_type.partition("/")
        mail.add_attachment(file.content, maintype=main, subtype=sub, filename=file.name)
    if mail.is_multipart():
        mail.set_boundary("=_kontorist")
    return mail.as_bytes()


def winmail(
    *enclosed: Enclosed, text: str = "", codepage: int = 1252, named_as: str = "unicode", inside: bytes = b""
) -> bytes:
    """The ``winmail.dat`` that Outlook makes of a mail with these files (MS-OXTNEF).

    `named_as`: ``unicode`` or ``letters`` writes long names as properties, ``title`` only the short name of old.
    `inside` is the ``winmail.dat`` of a message attached to the message.
    """
    parts = [_attribute(0x00069007, codepage.to_bytes(4, "little") + bytes(4))]
    if text:
        parts.append(_attribute(0x0002800C, text.encode(f"cp{codepage}") + b"\0"))
    for file in enclosed:
        parts += _wrapped(file, codepage, named_as)
    if inside:
        held = _property(0x3701, 0x0D, bytes(16) + inside)
        parts += [_attribute(0x00069002, bytes(14)), _attribute(0x00069005, (1).to_bytes(4, "little") + held)]
    return b"\x78\x9f\x3e\x22\x01\x00" + b"".join(parts)


def _wrapped(file: Enclosed, codepage: int, named_as: str) -> list[bytes]:
    short = file.name if named_as == "title" else file.name[:6].upper() + "~1" + Path(file.name).suffix
    parts = [_attribute(0x00069002, bytes(14)), _attribute(0x00018010, short.encode(f"cp{codepage}") + b"\0")]
    parts.append(_attribute(0x0006800F, file.content))
    if named_as != "title":
        name = _property(0x3707, 0x1F, f"{file.name}\0".encode("utf-16-le"))
        if named_as == "letters":
            name = _property(0x3707, 0x1E, f"{file.name}\0".encode(f"cp{codepage}"))
        shown = _property(0x3712, 0x1E, b"<logo>\0") if file.content.startswith(b"\x89PNG") else b""
        own = b"\x1f\x00\x00\x80" + bytes(20) + 2 * (1).to_bytes(4, "little") + _filled(b"of another program")
        flags = b"\x0b\x00\x14\x37" + bytes(4) + b"\x03\x10\x01\x66" + b"\x02" + bytes(11)
        count = (4 + bool(shown)).to_bytes(4, "little")
        parts.append(_attribute(0x00069005, count + own + flags + shown + name))
    return parts


def _attribute(number: int, data: bytes) -> bytes:
    checksum = (sum(data) & 0xFFFF).to_bytes(2, "little")
    return b"\x02" + number.to_bytes(4, "little") + len(data).to_bytes(4, "little") + data + checksum


def _property(number: int, kind: int, value: bytes) -> bytes:
    return kind.to_bytes(2, "little") + number.to_bytes(2, "little") + (1).to_bytes(4, "little") + _filled(value)


def _filled(value: bytes) -> bytes:
    return len(value).to_bytes(4, "little") + value + bytes(-len(value) % 4)
