"""Takes a mail apart (RFC 5322, 2045 to 2047, 2231). Runs in the child only.

The limits hold while the mail is being parsed, before the standard library looks into any header: it needs many
seconds for thousands of parameters and runs out of stack on deep nesting. What people wrote wrongly (an unknown
character set, broken words in a header) is read as well as it can be and noted.
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.parser import BytesParser
from email.policy import Compat32
from email.utils import getaddresses, parsedate_to_datetime
from functools import lru_cache
from mimetypes import MimeTypes
from typing import Any, Final, TypeVar

from kontorist.extraction.intake import is_readable
from kontorist.extraction.tnef import Wrapped, unwrap
from kontorist.sandbox import ReasonCode, Refused

MOST_BYTES: Final = 50 * 1024 * 1024
MOST_DEPTH: Final = 30
MOST_PARTS: Final = 1000
MOST_HEADER_BYTES: Final = 256 * 1024  #: of one part
MOST_PARAMETERS: Final = 100  #: of one header
SLICE: Final = 8 * 1024 * 1024  #: bytes of attachments in one answer
_LONGEST_HEADER: Final = 10_000  #: characters of a header that are looked into
_LONGEST_TEXT: Final = 1_000_000
_MOST_RECIPIENTS: Final = 100
#: An image the text shows is decoration up to this size (logos, lines); a photograph of a receipt is larger.
_DECORATION: Final = 64 * 1024
#: Codecs of Python that are no character sets of mails, or that need quadratic time.
_NO_CHARSETS: Final = frozenset({"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape"})

_MEDIA_TYPE: Final = re.compile(r"[a-z0-9!#$&^_.+-]{1,80}/[a-z0-9!#$&^_.+-]{1,80}")
_BREAKS: Final = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6"})

_PICTURES: Final = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM")

T = TypeVar("T")
_File = tuple[str, str, bytes]  #: name, media type, content


@dataclass(slots=True)
class _Count:
    """How much of the mail was seen so far."""

    parts: int = 0
    header: int = 0  #: characters in the header of the present part
    notes: list[str] = field(default_factory=list)

    def note(self, sentence: str) -> None:
        if sentence not in self.notes:
            self.notes.append(sentence)


class _Bounded(Compat32):
    """The standard library's lenient policy; headers beyond the limits end the parsing."""

    count: _Count | None = None

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        if name.lower().startswith("content-") and value.count(";") > MOST_PARAMETERS:
            raise _too_much(f"A header of this mail has more than {MOST_PARAMETERS} parameters")
        if self.count is not None:
            self.count.header += len(name) + len(value)
            if self.count.header > MOST_HEADER_BYTES:
                raise _too_large_header()
        return name, value


class _Part(Message):
    """One part; counts itself and how deep it lies as soon as it hangs in its parent, before it is read."""

    depth = 0

    def attach(self, payload: Any) -> None:
        payload.depth = self.depth + 1
        if payload.depth > MOST_DEPTH:
            raise _too_much(f"The parts of this mail lie more than {MOST_DEPTH} deep inside one another")
        count = self.policy.count  # type: ignore[attr-defined]  # of _Bounded
        count.parts, count.header = count.parts + 1, 0
        if count.parts > MOST_PARTS:
            raise _too_much(f"This mail has more than {MOST_PARTS} parts")
        super().attach(payload)


def open_mail(content: bytes, *, start: int) -> dict[str, Any]:
    """What a mail says of itself, its text, and its attachments.

    Keys: subject, sender, sender_name, recipients, date (ISO 8601 or None), message_id, automatic (why no machine may
    answer, or None), text, notes, attachments ``[{name, media_type, size, readable}]``, and ``content``: base64 of the
    bytes of all attachments one after another, from `start` on, 8 MiB at most. Raises Refused.
    """
    if len(content) > MOST_BYTES:
        raise Refused(ReasonCode.TOO_LARGE)
    answer, files = _opened(content)
    if start + SLICE >= len(files):  # nothing more will be asked about this mail
        _opened.cache_clear()
    return answer | {"content": base64.b64encode(files[start : start + SLICE]).decode("ascii")}


@lru_cache(maxsize=1)  # a mail of 50 MB takes seconds, and its attachments several answers
def _opened(content: bytes) -> tuple[dict[str, Any], bytes]:
    count = _Count()
    mail = _parsed(content, count)
    leaves = list(_leaves(mail))
    body = _body_of(leaves)
    text, shown = _text_of(body, count) if body is not None else ("", frozenset())
    found = [file for each in leaves if each is not body and (file := _file(each, shown, count)) is not None]
    files = [file for each in found for file in _unwrapped(each)]
    if not text.strip():  # Outlook may have wrapped the text, too
        wrapped = (unwrap(data).text for _, _, data in found)
        text = next(filter(None, wrapped), text)[:_LONGEST_TEXT]
    names = _numbered([name for name, _, _ in files])
    attachments = [
        {"name": name, "media_type": media_type, "size": len(data), "readable": is_readable(data)}
        for name, (_, media_type, data) in zip(names, files, strict=True)
    ]
    answer = {**_facts(mail, count), "text": text, "attachments": attachments, "notes": count.notes}
    return answer, b"".join(data for _, _, data in files)


def _parsed(content: bytes, count: _Count) -> Any:
    start = content[: MOST_HEADER_BYTES + 4]
    if len(content) > MOST_HEADER_BYTES and b"\n\n" not in start and b"\r\n\r\n" not in start:
        raise _too_large_header()
    parser: Any = BytesParser(_Part, policy=_Bounded(count=count))  # type: ignore[call-arg]  # policies take their keys
    return parser.parsebytes(content)


def _too_much(sentence: str) -> Refused:
    return Refused(ReasonCode.FORBIDDEN_CONSTRUCT, f"{sentence}; we refuse it for safety.")


def _too_large_header() -> Refused:
    return _too_much(f"A header of this mail is larger than {MOST_HEADER_BYTES >> 10} KiB")


# --- what is in it


def _leaves(part: Any) -> Iterator[Any]:
    """The parts that hold something, in order; those of a mail inside the mail as well."""
    if part.is_multipart():
        for each in part.get_payload():
            yield from _leaves(each)
    else:
        yield part


def _body_of(leaves: list[Any]) -> Any | None:
    """The text people read: the first plain one, else the first HTML; a file with a name is none."""
    for kind in ("text/plain", "text/html"):
        for each in leaves:
            if each.get_content_type() == kind and not _is_attached(each) and not _name_of(each):
                return each
    return None


def _is_attached(part: Any) -> bool:
    return bool(_tolerantly(part.get_content_disposition, None) == "attachment")


def _text_of(part: Any, count: _Count) -> tuple[str, frozenset[str]]:
    """The text of a part, and the Content-IDs of the images that it shows."""
    charset = _tolerantly(part.get_content_charset, None)
    text = _decoded(_bytes_of(part)[: 4 * _LONGEST_TEXT], charset, count)[:_LONGEST_TEXT]
    if part.get_content_type() != "text/html":
        return text, frozenset()
    shown = frozenset(re.findall(r"""cid:([^"'\s>)]{1,200})""", text))
    return _without_tags(text), shown


def _without_tags(text: str) -> str:
    """The words of a page of HTML, line by line. One pass, so that no number of brackets takes long."""
    first, *rest = text.split("<")
    words, hidden = [first], ""
    for piece in rest:
        tag, _, after = piece.partition(">")
        name = tag.split(None, 1)[0].lower() if tag[:1].strip() else ""
        if hidden:
            hidden = "" if name == f"/{hidden}" else hidden
        elif name in {"script", "style"}:
            hidden = name
        if not hidden:
            words += ["\n" if name.strip("/") in _BREAKS else " ", after]
    lines = (" ".join(line.split()) for line in html.unescape("".join(words)).splitlines())
    return "\n".join(line for line in lines if line)


def _file(part: Any, shown: frozenset[str], count: _Count) -> _File | None:
    """Name, media type and bytes of a part that is a file; None for further texts and for decoration."""
    media_type = part.get_content_type()
    name = _name_of(part)
    if not name and media_type in {"text/plain", "text/html", "text/calendar"} and not _is_attached(part):
        return None
    data = _bytes_of(part)
    identity = (_raw(part, "content-id") or "").strip().strip("<>")
    if not (data or name) or (media_type.startswith("image/") and identity in shown and len(data) <= _DECORATION):
        return None
    if part.get_content_maintype() == "multipart" or not _MEDIA_TYPE.fullmatch(media_type):
        media_type = "application/octet-stream"
    return _readable(_words(name, count)) or "attachment", media_type, data


def _unwrapped(file: _File) -> list[_File]:
    """What Outlook wrapped in a ``winmail.dat``, without the pictures of a signature; any other file as it is."""
    held = unwrap(file[2]).files
    kept = [
        (_readable(each.name) or "attachment", _media_type(each), each.content)
        for each in held
        if not (each.identity and each.content.startswith(_PICTURES) and len(each.content) <= _DECORATION)
    ]
    return kept if held else [file]


def _media_type(wrapped: Wrapped) -> str:
    said = wrapped.media_type or MimeTypes().guess_type(wrapped.name)[0] or ""
    return said if _MEDIA_TYPE.fullmatch(said) else "application/octet-stream"


def _bytes_of(part: Any) -> bytes:
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _name_of(part: Any) -> str:
    """The name of a file as its sender calls it, encoded words not yet read; a label only."""
    return str(_tolerantly(part.get_filename, None) or "")


def _numbered(names: list[str]) -> list[str]:
    """Names of which none stands twice: ``rechnung.pdf``, ``rechnung.pdf (2)``."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return found


# --- what it says of itself


def _facts(mail: Any, count: _Count) -> dict[str, Any]:
    sender_name, sender = next(iter(_addresses(mail, "from", count)), ("", ""))
    date = _tolerantly(lambda: parsedate_to_datetime(_raw(mail, "date") or ""), None)
    if date is not None and date.tzinfo is None:  # "-0000": the time is UTC, the place unknown (RFC 5322, 3.3)
        date = date.replace(tzinfo=UTC)
    return {
        "subject": _readable(_words(_raw(mail, "subject") or "", count)),
        "sender": sender,
        "sender_name": sender_name,
        "recipients": [address for _, address in _addresses(mail, "to", count)][:_MOST_RECIPIENTS],
        "date": date.isoformat() if date is not None else None,
        "message_id": _readable(_raw(mail, "message-id") or "")[:300],
        "automatic": _automatic(mail),
    }


def _automatic(mail: Any) -> str | None:
    """``auto_submitted`` (RFC 3834, 5: anything but "no") or ``bounce`` (an empty Return-Path), else None."""
    said = _raw(mail, "auto-submitted")
    if said is not None and re.split(r"[\s;(]", said.strip().lower(), maxsplit=1)[0] != "no":
        return "auto_submitted"
    path = _raw(mail, "return-path")
    return "bounce" if path is not None and path.strip().replace(" ", "") in {"", "<>"} else None


def _addresses(mail: Any, header: str, count: _Count) -> list[tuple[str, str]]:
    """(name, address) of each; a header that the standard library cannot take apart gives none and is noted."""
    raw = (_raw(mail, header) or "").replace("\r", " ").replace("\n", " ")
    found = _tolerantly(lambda: getaddresses([raw]), None)
    if found is None:
        count.note(f"The header {header.title()} cannot be read.")
    return [(_readable(_words(name, count)), _readable(address)[:320]) for name, address in found or [] if address]


def _raw(part: Any, header: str) -> str | None:
    """The first header of that name as text, whatever bytes it holds."""
    for name, value in part.raw_items():
        if name.lower() == header:
            content = str(value)[:_LONGEST_HEADER].encode("utf-8", "surrogateescape")
            try:
                return content.decode("utf-8")
            except UnicodeDecodeError:
                return content.decode("cp1252", "replace")
    return None


def _words(text: str, count: _Count) -> str:
    """`text` with its encoded words read (RFC 2047); what is broken stays as it is written."""
    if "=?" not in text:
        return text
    try:
        chunks = decode_header(text[:_LONGEST_HEADER])
    except (HeaderParseError, ValueError):
        count.note("A word of the header is coded wrongly.")
        return text
    return "".join(_word(each, charset, count) for each, charset in chunks)


def _word(chunk: str | bytes, charset: str | None, count: _Count) -> str:
    if isinstance(chunk, str):
        return chunk
    if charset is None:  # what stands between the coded words, as `decode_header` hands it over
        return chunk.decode("raw-unicode-escape", "replace")
    return _decoded(chunk, charset, count)


def _decoded(content: bytes, charset: str | None, count: _Count) -> str:
    """`content` as text; a character set that is unknown or none is replaced and noted."""
    name = (charset or "utf-8").strip().lower().replace("-", "_")
    try:
        if name in _NO_CHARSETS:
            raise LookupError(name)
        return content.decode(name, "replace" if charset else "strict")
    except UnicodeDecodeError:  # nothing was declared, and it is not UTF-8
        return content.decode("cp1252", "replace")
    except (LookupError, UnicodeError, ValueError):
        count.note(
            f"The character set {_readable(str(charset))[:40]!r} is unknown; its text is shown as well as we can."
        )
        return content.decode("utf-8", "replace")


def _readable(text: str) -> str:
    """One line without control characters and lone surrogates, as a label for people."""
    plain = text.encode("utf-8", "replace").decode("utf-8")
    return " ".join("".join(letter if letter.isprintable() else " " for letter in plain).split())[:500]


def _tolerantly(read: Callable[[], T], otherwise: T) -> T:
    """What `read` gives, or `otherwise` where a header is too strange for the standard library."""
    try:
        return read()
    except RecursionError:
        return otherwise
    except Exception:  # noqa: BLE001 - it raises a dozen kinds on broken headers; the header then counts as missing
        return otherwise
