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
