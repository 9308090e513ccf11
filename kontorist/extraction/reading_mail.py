"""Opening mails as the rest of the product sees it: bytes in, a Mail out, all parsing in a child."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, cast

from kontorist.sandbox import Pool, ReasonCode, Refused

MOST_BYTES: Final = 50 * 1024 * 1024
_READER: Final = "kontorist.extraction.mail:open_mail"

#: Why no machine may answer a mail: a machine wrote it (RFC 3834), or it reports that one could not be delivered.
Automatic = Literal["auto_submitted", "bounce"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """One file of a mail. `name` is a label that nobody else in the mail bears, never a path.

    `readable`: a kind of file that can be read as an invoice (PDF, XML, image), by its content.
    """

    name: str
    media_type: str
    content: bytes
    readable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """What a mail says; all of it is the sender's word. `notes` are sentences about what could not be read fully."""

    subject: str
    sender: str  #: the address alone; empty where there is none
    sender_name: str
    recipients: tuple[str, ...]
    date: datetime | None  #: with its zone
    message_id: str
    automatic: Automatic | None
    text: str
    attachments: tuple[Attachment, ...]
    notes: tuple[str, ...]

    def never_answered_because(self, own_domain: str | None) -> str | None:
        """``auto_submitted``, ``bounce`` or ``own_domain`` (a Message-ID of ours); None when it may be answered.

        Whatever writes to a sender asks this first, or two machines write to each other for ever.
        """
        if self.automatic:
            return self.automatic
        domain = self.message_id.strip("<> ").rpartition("@")[2].lower()
        return "own_domain" if own_domain and domain == own_domain.lower() else None


def read_mail(pool: Pool, content: bytes) -> Mail:
    """Take a mail apart. Raises Refused, with the sentence for the clerk, for what cannot or must not be read."""
    if len(content) > MOST_BYTES:
        raise Refused(ReasonCode.TOO_LARGE, f"The mail is larger than {MOST_BYTES >> 20} MiB.")
    try:
        first = _asked(pool, content, 0)
        listed = [_listed(each) for each in first["attachments"]]
        total = sum(size for _, _, size, _ in listed)
        if total > len(content):  # base64 and its like only ever make a file longer
            raise ValueError(total)
        files = base64.b64decode(first["content"], validate=True)
        while len(files) < total:
            more = base64.b64decode(_asked(pool, content, len(files))["content"], validate=True)
            if not more:
                raise ValueError(total)
            files += more
        return _mail(first, listed, files)
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error):
        raise Refused(ReasonCode.PARSER_DIED) from None


def _asked(pool: Pool, content: bytes, start: int) -> Mapping[str, Any]:
    outcome = pool.call(_READER, content, start=start)
    if outcome.refused is not None:
        raise Refused(outcome.refused.code, outcome.refused.sentence)
    return cast("Mapping[str, Any]", outcome.value)


def _listed(each: Any) -> tuple[str, str, int, bool]:
    size = each["size"]
    if not isinstance(size, int) or size < 0:
        raise TypeError(size)
    return str(each["name"]), str(each["media_type"]), size, each["readable"] is True


def _mail(facts: Mapping[str, Any], listed: list[tuple[str, str, int, bool]], files: bytes) -> Mail:
    attachments = []
    place = 0
    for name, media_type, size, readable in listed:
        content = files[place : place + size]
        attachments.append(Attachment(name=name, media_type=media_type, content=content, readable=readable))
        place += size
    return Mail(
        subject=str(facts["subject"]),
        sender=str(facts["sender"]),
        sender_name=str(facts["sender_name"]),
        recipients=tuple(str(each) for each in facts["recipients"]),
        date=datetime.fromisoformat(facts["date"]) if facts["date"] else None,
        message_id=str(facts["message_id"]),
        automatic=facts["automatic"] if facts["automatic"] in {"auto_submitted", "bounce"} else None,
        text=_valid(str(facts["text"])),
        attachments=tuple(attachments),
        notes=tuple(str(each) for each in facts["notes"]),
    )


def _valid(text: str) -> str:
    """Without lone surrogates, which neither a database nor a file can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")
