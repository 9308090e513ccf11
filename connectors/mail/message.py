"""Builds a mail from an action, always the same bytes from the same action and key.

An action: ``{"to": [address, ...], "subject": ..., "text": ..., "html"?: ..., "attachments"?: [{"name", "media_type"?,
"content_base64" or "content"}], "headers"?: {...}, "thread"?: ..., "date"?: ...}``. `thread` is the business key of the
item the mail is about: mails of one item hang together. `date` (ISO 8601 with zone) fixes the Date of a repeated mail.

Headers are encoded here: Python 3.11 folds a long display name in a way that turns a comma in it into further
addresses, and encodes long References. Contents and names come from strangers; nothing here opens a file.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email import policy, utils
from email.message import EmailMessage
from typing import Annotated, Any, Final
from urllib.parse import quote

from pydantic import AfterValidator

from kontorist.domain.errors import BusinessError

_POLICY = policy.SMTP.clone(cte_type="7bit", refold_source="none")
_ADDRESS = re.compile(r"\s*(?:(?P<name>[^<>]*?)\s*<(?P<inner>[^<>\s]+)>|(?P<bare>[^<>\s]+))\s*")
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)*[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?")
_MEDIA_TYPE = re.compile(r"(application|text|image|audio|video|font)/([A-Za-z0-9!#$&^_.+-]{1,80})")
#: What an action may set itself; everything else is ours.
_FREE_HEADERS: Final = re.compile(r"(X-[A-Za-z0-9-]{1,60}|Reply-To|List-Unsubscribe|In-Reply-To)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Address:
    """A checked mail address: `spec` is ASCII (the domain in IDNA), `name` may hold anything but control characters."""

    name: str
    spec: str

    @property
    def domain(self) -> str:
        """The part behind the @."""
        return self.spec.rpartition("@")[2]

    def header(self) -> str:
        """As it stands in a header: the name as it is, quoted, or in encoded words."""
        if not self.name:
            return self.spec
        if not self.name.isascii() or "=?" in self.name:
            name = _encoded_words(self.name)
        elif re.fullmatch(r"[A-Za-z0-9 &'*+/_-]+", self.name):
            name = self.name
        else:
            name = '"' + re.sub(r'(["\\])', r"\\\1", self.name) + '"'
        return f"{name}\r\n <{self.spec}>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail ready to go: `content` is the whole message, `id` its Message-ID, from the key alone."""

    id: str
    sender: str
    recipients: tuple[str, ...]
    content: bytes


def message_id(key: str, domain: str) -> str:
    """The Message-ID of what is done under `key`: a repeated mail is the same mail."""
    return f"<{_digest(key)}@{domain}>"


def parse_address(text: object) -> Address:
    """One address, ``Anna Müller <anna@example.org>`` or bare. Raises BusinessError.

    Reason codes: ``address_invalid``; ``address_needs_smtputf8`` where the part before the @ is not ASCII.
    """
    match = _ADDRESS.fullmatch(text) if isinstance(text, str) and len(text) <= 320 else None
    spec = match and (match["inner"] or match["bare"])
    if match is None or not spec or _has_controls(str(text)):
        raise BusinessError("address_invalid", f"{str(text)[:80]!r} is not a mail address.")
    local, _, domain = spec.rpartition("@")
    if local and not local.isascii():
        raise BusinessError("address_needs_smtputf8", f"The mail server cannot take {spec!r}: letters before the @.")
    try:
        domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        domain = ""
    if not _LOCAL_PART.fullmatch(local) or not _DOMAIN.fullmatch(domain) or len(local) > 64:
        raise BusinessError("address_invalid", f"{spec[:80]!r} is not a mail address.")
    name = (match["name"] or "").strip().removeprefix('"').removesuffix('"')
    return Address(_text(name), f"{local}@{domain}")


def _sender(text: str) -> str:
    try:
        parse_address(text)
    except BusinessError as error:
        raise ValueError(error.sentence) from None
    return text


SenderText = Annotated[str, AfterValidator(_sender)]  #: a setting that holds one address, with or without a name


def compose(action: Mapping[str, Any], key: str, *, sender: Address, domain: str, now: datetime) -> Mail:
    """The mail for `action` under `key`. Raises BusinessError before anything is sent or connected.

    Reason codes: those of `parse_address`, ``no_recipient``, ``header_refused``, ``attachment_unreadable``.
    """
    wanted = action.get("to") or ()
    recipients = {each.spec: each for each in map(parse_address, [wanted] if isinstance(wanted, str) else wanted)}
    if not recipients:
        raise BusinessError("no_recipient", "The mail has no recipient.")
    identity = message_id(key, domain)
    message = _body(action, identity)
    date = datetime.fromisoformat(action["date"]) if "date" in action else now
    headers = {
        "From": sender.header(),
        "To": ",\r\n ".join(each.header() for each in recipients.values()),
        "Subject": _header_text("Subject", str(action.get("subject", ""))),
        "Date": utils.format_datetime(date),
        "Message-ID": identity,
        "Auto-Submitted": "auto-generated",  # RFC 3834: nobody's out-of-office note answers us
        "List-Id": f"Kontorist <kontorist.{domain}>",  # RFC 2919
    }
    if thread := action.get("thread"):
        headers["References"] = message_id(f"thread {thread}", domain)
    for name, value in {**headers, **_free_headers(action.get("headers") or {})}.items():
        message.set_raw(name, value)
    return Mail(id=identity, sender=sender.spec, recipients=tuple(recipients), content=message.as_bytes())


def _body(action: Mapping[str, Any], identity: str) -> EmailMessage:
    """Text and HTML are separate; the text comes first and is always there."""
    message = EmailMessage(policy=_POLICY)
    message.set_content(_text(str(action.get("text", ""))), charset="utf-8", cte="base64")
    if html := action.get("html"):
        message.add_alternative(_text(str(html)), subtype="html", charset="utf-8", cte="base64")
    for attachment in action.get("attachments") or ():
        _attach(message, attachment)
    for number, part in enumerate(message.walk()):
        if part.is_multipart():  # random by default; a repeated mail has the same bytes
            part.set_boundary(f"=_{identity[1:33]}_{number}")
        if part is not message:
            del part["MIME-Version"]  # belongs to the whole only
    return message


def _attach(message: EmailMessage, attachment: Mapping[str, Any]) -> None:
    try:
        coded = attachment.get("content_base64")
        content = base64.b64decode(coded, validate=True) if coded is not None else bytes(attachment["content"])
    except (KeyError, TypeError, ValueError):
        raise BusinessError("attachment_unreadable", "An attachment has no readable content.") from None
    # Anything we do not know, mails within mails too, is bytes to be saved, nothing to be opened by itself.
    match = _MEDIA_TYPE.fullmatch(str(attachment.get("media_type", "")))
    main, sub = (match[1], match[2]) if match else ("application", "octet-stream")
    part = EmailMessage(policy=_POLICY)
    part.set_content(content, main, sub)
    part.set_raw("Content-Disposition", _disposition(str(attachment.get("name") or "attachment")))
    if message.get_content_type() != "multipart/mixed":
        message.make_mixed()
    message.attach(part)


def _disposition(name: str) -> str:
    """The name as a label without path or control characters, by RFC 2231 where it is not plain."""
    label = re.split(r"[/\\]", "".join(" " if _has_controls(each) else each for each in _text(name)))[-1][:120].strip()
    if re.fullmatch(r"[A-Za-z0-9._ -]+", label):
        return f'attachment; filename="{label}"'
    return f"attachment;\r\n filename*=utf-8''{quote(label or 'attachment', safe='')}"


def _free_headers(headers: Mapping[str, str]) -> dict[str, str]:
    for name in headers:
        if not _FREE_HEADERS.fullmatch(name):
            raise BusinessError("header_refused", f"The header {name[:60]!r} is not for an action to set.")
    return {name: _header_text(name, str(value)) for name, value in headers.items()}


def _header_text(name: str, value: str) -> str:
    """`value` for one header; a line break in it would begin a header of its own and is refused (RFC 5322, 2.2)."""
    if _has_controls(value):
        raise BusinessError("header_refused", f"{name} holds a line break or another control character.")
    plain = value.isascii() and "=?" not in value and len(name) + len(value) < 900
    return value if plain else _encoded_words(_text(value))


def _encoded_words(text: str) -> str:
    """RFC 2047 words of at most 64 characters, each of whole characters, on lines of their own."""
    chunks, size = [""], 0
    for letter in text:
        width = len(letter.encode())
        if size + width > 39:
            chunks.append("")
            size = 0
        chunks[-1] += letter
        size += width
    return "\r\n ".join(f"=?utf-8?b?{base64.b64encode(chunk.encode()).decode()}?=" for chunk in chunks)


def _text(value: str) -> str:
    """Without lone surrogates, which no encoding can carry."""
    return value.encode("utf-8", "replace").decode("utf-8")


def _has_controls(text: str) -> bool:
    """Also the separators that `str.splitlines` breaks at."""
    return any(letter < " " or "\x7f" <= letter <= "\x9f" or letter in "\u2028\u2029" for letter in text)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
