"""Reads what imaplib hands over of a server's answers: lines of a list, the content of a mail, words for people."""

from __future__ import annotations

import imaplib
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final, NamedTuple

#: How much of a header goes with an event, in bytes.
HEADER_BYTES: Final = 64 * 1024
#: Answers (RFC 5530) after which the same question may be asked again later.
_LATER: Final = re.compile(rb"\[(UNAVAILABLE|INUSE|LIMIT|OVERQUOTA)\]", re.IGNORECASE)


class Listed(NamedTuple):
    """One mail of a folder: its UID, its size in bytes as the server says, when the server received it (UTC)."""

    uid: int
    size: int
    received: datetime | None


def listed(line: bytes) -> Listed | None:
    """One line of the list; None for what the server says of its own accord, such as new flags."""
    uid, size = re.search(rb"\bUID (\d{1,10})\b", line), re.search(rb"\bRFC822\.SIZE (\d{1,12})\b", line)
    if uid is None or size is None:
        return None
    moment = imaplib.Internaldate2tuple(line)
    received = datetime.fromtimestamp(time.mktime(moment), UTC) if moment else None
    return Listed(int(uid[1]), int(size[1]), received)


def body_in(said: object) -> bytes:
    """The content in an answer to a FETCH of one body; empty where there is none."""
    for each in said if isinstance(said, list) else []:
        if isinstance(each, tuple) and b"BODY[" in each[0]:
            return bytes(each[1])
    return b""


def header_of(content: bytes) -> bytes:
    """Everything before the first empty line, 64 KiB at most."""
    start = content[:HEADER_BYTES]
    end = re.search(rb"\r?\n\r?\n", start)
    return start[: end.start()] if end else start


def later(said: object) -> bool:
    """Does the server ask to come back?"""
    return any(_LATER.search(each) for each in _raw(said))


def text_of(said: object) -> str:
    """All that was said, bytes or text, in one."""
    return b" ".join(_raw(said)).decode("utf-8", "replace")


def words_of(said: object) -> str:
    """What a server said, as one short line."""
    return " ".join(text_of(said).split())[:200].rstrip(".") or "without a word"


def _raw(said: object) -> Iterator[bytes]:
    for each in said if isinstance(said, list | tuple) else [said]:
        if isinstance(each, bytes):
            yield each
        elif isinstance(each, str):
            yield each.encode()
