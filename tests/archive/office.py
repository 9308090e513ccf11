"""What the office brings to the archive in these tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kontorist.archive import DocumentArchive, Incoming
from kontorist.domain.ids import PersonKey
from kontorist.domain.ports import ArchivedDocument

MAILBOX = "/kontorist/mail/invoices"
FOLDER = "/kontorist/folder/inbox"
Work = Callable[..., int]  #: carries out an order in a child of its own, and answers with its exit code


def told(folder: Path) -> Path:
    """Where a child writes down what was acknowledged to it."""
    return folder.with_suffix(".told")


def receipt(
    content: bytes,
    source_id: str,
    *,
    source: str = FOLDER,
    name: str = "invoice.pdf",
    actor: str = "system",
    document_class: str = "document",
) -> Incoming:
    return Incoming(
        content=content,
        name=name,
        media_type="application/pdf",
        source=source,
        source_id=source_id,
        actor=PersonKey(actor),
        document_class=document_class,
    )


def log_lines(folder: Path) -> list[bytes]:
    """The whole log, line by line."""
    return b"".join(path.read_bytes() for path in sorted(folder.glob("log/*/*/*.jsonl"))).splitlines()


def bring(
    archive: DocumentArchive, content: bytes, source_id: str, *, source: str = FOLDER, name: str = "invoice.pdf"
) -> ArchivedDocument:
    return archive.add_many([receipt(content, source_id, source=source, name=name)])[0]
