"""What Outlook wraps in ``winmail.dat``: Transport Neutral Encapsulation Format (MS-OXTNEF). Runs in the child only.

A stream of attributes, each with its length; nothing is compressed, so what is in it is never larger than itself.
Files, the text, and messages inside the message are taken; formatting (RTF) and all else is passed over. What is cut
off or broken ends the reading; what was whole until then counts.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

SIGNATURE: Final = b"\x78\x9f\x3e\x22"
MOST_DEPTH: Final = 10  #: messages inside messages
MOST_FILES: Final = 1000
_MOST_PROPERTIES: Final = 10_000

# Attributes (MS-OXTNEF 2.1.3.3).
_CODEPAGE: Final = 0x00069007
_BODY: Final = 0x0002800C
_MESSAGE: Final = 0x00069003
_NEXT_FILE: Final = 0x00069002
_TITLE: Final = 0x00018010
_DATA: Final = 0x0006800F
_OF_FILE: Final = 0x00069005
# Properties (MS-OXPROPS).
_TEXT, _LONG_NAME, _SHORT_NAME, _SHOWN_NAME, _MEDIA_TYPE, _CONTENT = 0x1000, 0x3707, 0x3704, 0x3001, 0x370E, 0x3701
_IDENTITY: Final = 0x3712
#: Bytes of a property by its type (MS-OXCDATA 2.11.1), filled up to four; those of 0 say their length.
_SIZES: Final = {
    0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16,
    0x0D: 0, 0x1E: 0, 0x1F: 0, 0x102: 0,
}  # fmt: skip
_MANY: Final = 0x1000  #: flag of a type: several values
_UNICODE, _OBJECT = 0x1F, 0x0D
_AN_OBJECT: Final = 16  #: bytes in front of an object that say what it is


@dataclass(slots=True)
class Wrapped:
    """A file as it was attached; its name as the sender calls it, empty where there is none.

    `identity` is by what the text shows it (Content-ID), for pictures of a signature.
    """

    name: str = ""
    identity: str = ""
    media_type: str = ""
    content: bytes = b""


@dataclass(slots=True)
class Unwrapped:
    """What was in it: the plain text of the message (empty where there is only RTF) and the files."""

    text: str = ""
    files: list[Wrapped] = field(default_factory=list)


@dataclass(slots=True)
class _Bytes:
    """A place in bytes. Whoever takes more than there is gets struct.error."""

    content: bytes
    place: int = 0

    def take(self, size: int) -> bytes:
        end = self.place + size
        if size < 0 or end > len(self.content):
            raise struct.error
        self.place, start = end, self.place
        return self.content[start:end]

    def number(self, size: int = 4) -> int:
        return int.from_bytes(self.take(size), "little")


def unwrap(content: bytes, *, depth: int = 0) -> Unwrapped:
    """The text and the files of a ``winmail.dat``, those of messages inside it as well; nothing where it is none."""
    found = Unwrapped()
    if content.startswith(SIGNATURE) and depth < MOST_DEPTH:
        reading = _Reading(found, depth)
        for attribute, data in _attributes(_Bytes(content, 6)):
            reading.take(attribute, data)
    found.files = [each for each in found.files if each.content]
    return found


def _attributes(source: _Bytes) -> Iterator[tuple[int, bytes]]:
    try:
        while len(source.content) - source.place > 9:
            source.take(1)  # of the message or of a file: the attributes tell themselves
            attribute = source.number()
            yield attribute, source.take(source.number())
            source.take(2)  # the checksum; a wrong one is no reason to lose an invoice
    except struct.error:
        return


@dataclass(slots=True)
class _Reading:
    found: Unwrapped
    depth: int
    charset: str = "cp1252"
    file: Wrapped | None = None  #: the one whose attributes come; None behind the last that is taken

    def take(self, attribute: int, data: bytes) -> None:
        if attribute == _NEXT_FILE:
            self._begin()
        elif attribute == _CODEPAGE:
            self.charset = _charset(int.from_bytes(data[:4], "little"))
        elif attribute == _BODY:
            self.found.text = self.found.text or self._text(data)
        elif attribute == _MESSAGE:
            for kind, name, value in _properties(data):
                if name == _TEXT and kind & 0xFF in (0x1E, _UNICODE):
                    self.found.text = self._string(kind, value)
        elif self.file and attribute == _TITLE:
            self.file.name = self.file.name or self._text(data)
        elif self.file and attribute == _DATA:
            self.file.content = data
        elif self.file and attribute == _OF_FILE:
            self._of_file(self.file, data)

    def _begin(self) -> None:
        self.file = Wrapped() if len(self.found.files) < MOST_FILES else None
        if self.file:
            self.found.files.append(self.file)

    def _of_file(self, file: Wrapped, data: bytes) -> None:
        """Its properties: a long name counts more than the short one of the title, and that more than a shown one."""
        said = {name: (kind, value) for kind, name, value in _properties(data)}
        names = [self._string(*said[name]) for name in (_LONG_NAME, _SHORT_NAME) if name in said]
        shown = [self._string(*said[_SHOWN_NAME])] if _SHOWN_NAME in said else []
        file.name = next((name for name in (*names, file.name, *shown) if name), "")
        if _IDENTITY in said:
            file.identity = self._string(*said[_IDENTITY])
        if _MEDIA_TYPE in said:
            file.media_type = self._string(*said[_MEDIA_TYPE]).lower()
        if _CONTENT in said:
            self._content(file, *said[_CONTENT])

    def _content(self, file: Wrapped, kind: int, value: bytes) -> None:
        inner = value[_AN_OBJECT:] if kind == _OBJECT else value
        if kind == _OBJECT and inner.startswith(SIGNATURE):
            held = unwrap(inner, depth=self.depth + 1).files
            self.found.files += held[: MOST_FILES - len(self.found.files)]
        elif not file.content:
            file.content = inner

    def _string(self, kind: int, value: bytes) -> str:
        if kind & 0xFF == _UNICODE:
            return value.decode("utf-16-le", "replace").split("\x00")[0]
        return self._text(value)

    def _text(self, value: bytes) -> str:
        return value.split(b"\x00")[0].decode(self.charset, "replace")


def _charset(codepage: int) -> str:
    import codecs

    name = {65001: "utf-8", 20127: "cp1252", 28591: "latin-1"}.get(codepage, f"cp{codepage}")
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"


def _properties(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(type, id, value) of each; of several values the first, of those with a name of their own none."""
    source = _Bytes(data)
    try:
        for _ in range(min(source.number(), _MOST_PROPERTIES)):
            kind, name = source.number(2), source.number(2)
            if name >= 0x8000:
                _skip_name(source)
            values = list(_values(source, kind))
            if values and name < 0x8000:
                yield kind & ~_MANY, name, values[0]
    except (struct.error, KeyError):  # cut off, or of a type that nobody knows: its end is unknown too
        return


def _skip_name(source: _Bytes) -> None:
    source.take(16)
    if source.number():  # a name in letters, not a number
        _padded(source)
    else:
        source.take(4)


def _values(source: _Bytes, kind: int) -> Iterator[bytes]:
    size = _SIZES[kind & ~_MANY]
    for _ in range(source.number() if kind & _MANY or not size else 1):
        yield source.take(size) if size else _padded(source)


def _padded(source: _Bytes) -> bytes:
    size = source.number()
    value = source.take(size)
    source.take(min(-size % 4, len(source.content) - source.place))
    return value
