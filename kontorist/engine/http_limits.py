"""uvicorn's HTTP with the limits that its compiled parser (httptools) does not have: bytes of a head, seconds of both.

Compared with h11, which has the first of them, an event costs half the processor time (decision 0025).
"""

from __future__ import annotations

import asyncio
import json
import re
from http import HTTPStatus
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LARGEST_HEAD: Final = 32 * 1024
"""Bytes of request line and header."""

PATIENCE: Final = 30.0
"""Seconds in which a request has to come to its end."""

#: Bytes that one byte of a body may cost where it is sent in pieces.
_FRAME: Final = 16
#: Another protocol that a sender would rather speak, as Java's does on a line without TLS.
_OFFER: Final = re.compile(rb"\r\nupgrade:[^\r\n]*", re.IGNORECASE)


class LimitedHttp(HttpToolsProtocol):
    """One connection."""

    patience = PATIENCE
    _began = _in_head = _ended = False
    _whole = True
    _came = _body = 0  # bytes of this request so far, and of its body
    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Take up the line; something has to come on it."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        self._wait_no_more()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on. A timer runs only while a request is not whole."""
        self._ended = False
        super().data_received(_without_offer(data) if self._whole else data)
        if self._whole:
            self._wait_no_more()
        elif self._waiting is None:
            self._wait()
        if not self._whole and not self._ended:  # else most of it belongs to the request before, sent without waiting
            self._came += len(data)
            if self._came > LARGEST_HEAD + _FRAME * self._body:
                self._refuse(431, "head_too_large", "The head of the request is too large.")

    def eof_received(self) -> bool:  # type: ignore[override]  # as asyncio has it
        """A sender may close its half and still wait for its answer."""
        cycle: Any = self.cycle
        if cycle is None or cycle.response_complete or not self._whole:
            return False
        cycle.keep_alive = False
        return True

    # Time

    def _wait(self) -> None:
        self._waiting = self.loop.call_later(self.patience, self._too_slow)

    def _wait_no_more(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _too_slow(self) -> None:
        if self._began:
            self._refuse(408, "too_slow", f"The request did not come to its end within {self.patience:g} seconds.")
        else:
            self.transport.close()

    def _refuse(self, status: int, state: str, reason: str) -> None:
        """Say why, unless an answer is under way already, and close."""
        self._wait_no_more()
        if self.transport.is_closing():
            return
        cycle: Any = self.cycle  # None before the first request, whatever its type says
        if cycle is None or cycle.response_complete or not cycle.response_started:
            self.transport.write(_answer(status, state, reason))
        self.transport.close()

    # The parser

    def on_message_begin(self) -> None:
        """A request begins."""
        self._began, self._in_head, self._whole = True, True, False
        self._came = self._body = 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """One line of its head; those behind a body say nothing that counts."""
        if self._in_head:
            super().on_header(name, value)

    def on_body(self, body: bytes) -> None:
        """A piece of its body."""
        self._body += len(body)
        super().on_body(body)

    def on_headers_complete(self) -> None:
        """Its head is there."""
        self._in_head = False
        if len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers) > LARGEST_HEAD:
            raise ValueError("the head of the request is too large")  # the parser stops, and uvicorn answers 400
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """All of it is there."""
        self._whole = self._ended = True
        super().on_message_complete()


def _without_offer(data: bytes) -> bytes:
    """The parser would take the body of a request with such an offer for the other protocol."""
    end = data.find(b"\r\n\r\n")
    return _OFFER.sub(b"", data[:end]) + data[end:] if _OFFER.search(data, 0, max(end, 0)) else data


def _answer(status: int, state: str, reason: str) -> bytes:
    body = json.dumps({"state": state, "reason": reason}).encode()
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body
