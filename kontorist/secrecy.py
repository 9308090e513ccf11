"""What must not be written down: secrets, by their value; the text of errors that arose over people's pay.

A leaf that every layer may import. Whoever gets hold of a secret says so with `keep_secret`; from then on whatever
this process writes through `without_secrets` (errors, logs, what Prefect is told) shows asterisks in its place.
"""

from __future__ import annotations

import base64
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from urllib.parse import quote

HIDDEN = "**********"

_SHORTEST = 6  # letters; anything shorter would be found in innocent words
_ATTRIBUTE = "kontorist_private"

_lock = threading.Lock()
_spellings: tuple[str, ...] = ()
_private: ContextVar[bool] = ContextVar("kontorist_private", default=False)


def keep_secret(value: str) -> None:
    """From now on `value` is not written down, nor as base64 or in an address. Too short ones are left alone."""
    global _spellings  # one list for the process, replaced whole so that readers need no lock
    if len(value) < _SHORTEST:
        return
    with _lock:
        known = {*_spellings, value, quote(value, safe=""), base64.b64encode(value.encode()).decode()}
        _spellings = tuple(sorted(known, key=len, reverse=True))  # the longest first: one may be part of another


def without_secrets(text: str) -> str:
    """`text` with asterisks where a secret stood."""
    for each in _spellings:
        if each in text:
            text = text.replace(each, HIDDEN)
    return text


def line_of_log(text: str) -> str:
    """`text` as a log may keep it: a library may have put a private error, while it handles it, into its own words."""
    error = sys.exc_info()[1]
    if error is not None and _is_private(error):
        for each in _chain(error):
            for said in (repr(each), str(each)):
                text = text.replace(said, told(each)) if len(said) >= _SHORTEST else text
    return without_secrets(text)


@contextmanager
def private_matter(private: bool = True) -> Iterator[None]:
    """Inside, and for errors that leave the block, the text of errors is kept out of logs and runs: it may be pay."""
    token = _private.set(private or _private.get())
    try:
        yield
    except BaseException as error:
        if _private.get():
            _mark(error)
        raise
    finally:
        _private.reset(token)


def told(error: BaseException) -> str:
    """What may be said of `error`: its kind and text without secrets; where it is private, its kind only."""
    kind = type(error).__name__
    if _is_private(error):
        return f"{kind} (its text is not kept: it arose over people's pay)"
    return without_secrets(f"{kind}: {error}")


def trace(error: BaseException) -> str:
    """Where `error` arose, as Python prints it, never with the values of variables; private ones without their text."""
    if not _is_private(error):
        return without_secrets("".join(traceback.format_exception(error)).rstrip())
    chain = [f"{''.join(traceback.format_tb(each.__traceback__))}{told(each)}" for each in _chain(error)]
    return without_secrets("\n\n".join(chain))


def _is_private(error: BaseException) -> bool:
    return _private.get() or bool(getattr(error, _ATTRIBUTE, False))


def _mark(error: BaseException) -> None:
    for each in _chain(error):
        with suppress(AttributeError):
            setattr(each, _ATTRIBUTE, True)


def _chain(error: BaseException) -> list[BaseException]:
    """The error and what it came from, the first cause first."""
    found: list[BaseException] = []
    each: BaseException | None = error
    while each is not None and each not in found:
        found.append(each)
        each = each.__cause__ or each.__context__
    return found[::-1]
