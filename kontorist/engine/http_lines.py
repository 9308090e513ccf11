"""HTTP/1.1 for the receiver: requests read by llhttp (httptools), limits kept, answers written. Nothing of events.

No framework and no task per request: what uvicorn and Starlette add to one request costs more than checking, reading
and storing the event in it (decision 0025). Requests of one line are answered in their order. Every limit is here:
bytes of a head, bytes of a body, seconds for either, requests that wait behind another.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from typing import Protocol
from urllib.parse import unquote

import httptools

_log = logging.getLogger(__name__)

_LARGEST_HEAD = 32 * 1024  # bytes of request line and header
_THROWN_AWAY = 16 * 1024**2  # bytes beyond the limit that are still read, so that the sender hears the answer
_MOST_FRAMING = 1024**2  # bytes of a request after its head that are no body: sizes of pieces, trailers
_BACKLOG = 2048  # connections that wait to be taken up, also while the process is started anew
_GRACE = 5.0  # seconds for what is in hand when the process ends

_REASONS = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus}


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back; `body` is JSON."""

    status: int
    body: bytes
    headers: tuple[bytes, ...] = ()  #: such as ``b"retry-after: 30"``


class Request:
    """One request; `body` grows until it is whole and never beyond `limit`."""

    __slots__ = ("_line", "body", "headers", "held", "keep", "limit", "method", "path", "refused", "size")

    def __init__(self, line: Line, method: str, path: str, headers: Mapping[str, str], keep: bool) -> None:
        self._line, self.method, self.path, self.headers, self.keep = line, method, path, headers, keep
        self.body, self.size = bytearray(), 0
        self.limit = 0  #: bytes of the body that may be kept; the application sets it
        self.held = 0  #: bytes the application has counted for it; for the application alone
        self.refused: Answer | None = None  #: sent in place of an answer to the body

    def answer(self, answer: Answer) -> None:
        """Send `answer`, once, from the loop's own thread; to one who has hung up it is not sent."""
        self._line.answered(self, answer)


class Application(Protocol):
    """Who is asked about requests; all in the loop's thread."""

    def begun(self, request: Request) -> Answer | None:
        """The head is there: set `limit`, or refuse (the body is then read and thrown away)."""
        ...

    def whole(self, request: Request) -> None:
        """The body is there: see to it that `request.answer` is called."""
        ...

    def over(self, request: Request) -> None:
        """It was answered or given up; called once at least."""
        ...

    def too_large(self, request: Request) -> Answer:
        """The answer to a body over its limit."""
        ...

    def too_slow(self) -> Answer:
        """The answer to a request that does not come to its end."""
        ...

    def broken(self, status: int) -> Answer:
        """The answer to what is no request (400), to a head over its limit (431), and to a fault of ours (500)."""
        ...


@dataclass(slots=True)
class _Server:
    app: Application
    patience: float
    lines: set[Line] = field(default_factory=set)
    ending: bool = False
    date: bytes = b""


class Line(asyncio.Protocol):
    """One connection."""

    def __init__(self, server: _Server, loop: asyncio.AbstractEventLoop) -> None:
        self._server, self._loop, self._app = server, loop, server.app
        self._parser = httptools.HttpRequestParser(self)
        self._url, self._headers, self._head_size = b"", dict[str, str](), 0
        self._in_head, self._after_head = False, 0
        self._last = False  # nothing more is heard from this line
        self._choked = False  # the sender does not read its answers
        self._reading: Request | None = None  # its body is not whole yet
        self._waiting: deque[Request] = deque()
        self._busy: Request | None = None  # it is being answered
        self._deadline: float | None = None

    # The transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take up the line."""
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]  # of a TCP server
        self._server.lines.add(self)
        self._patient()

    def connection_lost(self, error: Exception | None) -> None:
        """The sender has hung up; what is being stored is stored all the same."""
        self._server.lines.discard(self)
        for request in (self._reading, *self._waiting):
            if request is not None:
                self._app.over(request)
        self._reading = None
        self._waiting.clear()

    def data_received(self, data: bytes) -> None:
        """Read on."""
        if self._last or self._transport.is_closing():
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._without_upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserCallbackError:
            _log.exception("a request could not be read")
            self._cut(self._app.broken(500))
        except httptools.HttpParserError:
            if not self._last:  # else it stands behind the last request, and does not matter
                self._cut(self._app.broken(400))
        else:
            self._weigh(len(data))
        self._serve()

    def _weigh(self, size: int) -> None:
        """Refuse what grows without being a body: the parser itself has no limits."""
        if self._in_head:
            self._head_size += size
            if self._head_size > _LARGEST_HEAD:
                self._cut(self._app.broken(431))
        elif self._reading is not None:
            self._after_head += size
            if self._after_head - self._reading.size > _MOST_FRAMING:
                self._cut(self._app.broken(400))

    def eof_received(self) -> bool:
        """A sender may close its half and still wait for its answer."""
        self._last = True
        return self._busy is not None or bool(self._waiting)

    def pause_writing(self) -> None:
        """Who does not read its answers is not read and not served either, and not for ever."""
        self._choked = True
        self._transport.pause_reading()
        self._patient()

    def resume_writing(self) -> None:
        """Go on."""
        self._choked = False
        self._loop.call_soon(self._go_on)

    # The parser

    def on_message_begin(self) -> None:
        """A request begins."""
        self._url, self._headers, self._head_size, self._in_head = b"", {}, 0, True
        self._patient()

    def on_url(self, url: bytes) -> None:
        """A piece of its address."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """One line of its head; what stands behind the body is not looked at."""
        if self._reading is not None:
            return
        self._head_size += len(name) + len(value) + 4
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """Ask the application about it."""
        if self._parser.should_upgrade():
            return
        self._in_head, self._after_head = False, 0
        keep = self._parser.should_keep_alive() and self._parser.get_http_version() == "1.1"
        request = Request(self, self._parser.get_method().decode(), _path(self._url), self._headers, keep)
        self._reading = request
        self._patient()
        too_long = self._head_size + len(self._url) > _LARGEST_HEAD
        request.refused = self._app.broken(431) if too_long else self._app.begun(request)
        if self._headers.get("expect", "").lower() == "100-continue":
            self._expected(request)

    def _expected(self, request: Request) -> None:
        """The sender asks before it sends its body."""
        if request.refused is not None:
            self._cut(request.refused)
        elif self._busy is None and not self._waiting:  # else it hears the answers to those before, and sends on
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, piece: bytes) -> None:
        """A piece of its body.

        What is a little too large is read to its end and thrown away: a sender whose connection is closed while it
        still sends would see a broken line in place of the answer.
        """
        request = self._reading
        if request is None:
            return
        request.size += len(piece)
        if request.refused is None and request.size > request.limit:
            request.refused, request.body = self._app.too_large(request), bytearray()
        if request.refused is None:
            request.body += piece
        elif request.size > request.limit + _THROWN_AWAY:
            self._cut(request.refused)

    def on_message_complete(self) -> None:
        """It is whole; it is answered when those before it are."""
        if self._reading is not None:
            self._waiting.append(self._reading)
            self._last = self._last or not self._reading.keep
            self._reading, self._deadline = None, None

    def _without_upgrade(self, rest: bytes) -> None:
        """Who offers another protocol is served in this one: the head once more, without the offer."""
        if self._parser.get_method() == b"CONNECT":
            self._cut(self._app.broken(400))
            return
        lines = [f"{name}: {value}\r\n" for name, value in self._headers.items() if name != "upgrade"]
        method, version = self._parser.get_method(), self._parser.get_http_version().encode()
        head = b"%s %s HTTP/%s\r\n%s\r\n" % (method, self._url, version, "".join(lines).encode("latin-1"))
        self._parser = httptools.HttpRequestParser(self)
        self.data_received(head + rest)

    # Answers

    def _serve(self) -> None:
        while self._waiting and self._busy is None and not self._choked and not self._transport.is_closing():
            request = self._busy = self._waiting.popleft()
            if request.refused is not None:
                self.answered(request, request.refused)
                continue
            try:
                self._app.whole(request)
            except Exception:  # noqa: BLE001  # whatever it is: the sender is told, and the line goes on
                _log.exception("a request could not be answered")
                self.answered(request, self._app.broken(500))
        if self._waiting:
            self._transport.pause_reading()

    def answered(self, request: Request, answer: Answer) -> None:
        """Send it, then turn to the next."""
        if request is not self._busy:
            return
        self._app.over(request)
        last = self._last and not self._waiting
        self._send(answer, keep=not last, body=request.method != "HEAD")
        self._busy = None
        if self._waiting:
            self._loop.call_soon(self._go_on)
        elif self._reading is None and not self._in_head:
            self._patient()

    def _go_on(self) -> None:
        self._serve()
        if not self._waiting and not self._choked and not self._transport.is_closing():
            self._transport.resume_reading()

    def _send(self, answer: Answer, *, keep: bool, body: bool = True) -> None:
        if self._transport.is_closing():
            return
        keep = keep and not self._server.ending
        more = b"".join(line + b"\r\n" for line in answer.headers) if answer.headers else b""
        head = b"%sdate: %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\n%s%s\r\n" % (
            _REASONS[answer.status],
            self._server.date,
            len(answer.body),
            more,
            b"" if keep else b"connection: close\r\n",
        )
        self._transport.write(head + answer.body if body else head)
        if not keep:
            self._transport.close()

    def _cut(self, answer: Answer) -> None:
        """Say why and close; what was asked before and is not answered yet hears nothing."""
        if self._busy is None and not self._waiting:
            self._send(answer, keep=False)
        else:
            self._transport.close()

    # Time

    def _patient(self) -> None:
        self._deadline = self._loop.time() + self._server.patience

    def look_at(self, now: float) -> None:
        """Close the line when its time is over: silently between two requests, with a word in the middle of one."""
        if self._deadline is None or now < self._deadline or (self._busy is not None and not self._choked):
            return
        if self._choked:
            self._transport.abort()
        elif self._reading is None and not self._in_head:
            self._transport.close()
        else:
            self._cut(self._app.too_slow())

    def end(self) -> None:
        """The process ends: close what is not being answered."""
        if self._busy is None and not self._waiting:
            self._transport.close()

    def abort(self) -> None:
        """The process has ended."""
        self._transport.abort()


def _path(url: bytes) -> str:
    """The path alone, also of an absolute address; what is no path is none of ours."""
    if not url.startswith(b"/"):
        try:
            url = httptools.parse_url(url).path or b"/"
        except httptools.HttpParserError:
            return ""
    path = url.partition(b"?")[0].decode("latin-1")
    return unquote(path) if "%" in path else path


async def serve(app: Application, listening: socket.socket, stop: asyncio.Event, *, patience: float = 30.0) -> None:
    """Answer on `listening` until `stop`, then finish what is in hand.

    `patience` is how many seconds a head or a body may take, and how long a line may lie idle.
    """
    loop = asyncio.get_running_loop()
    server = _Server(app, patience)
    _tick(server, loop.time())
    door = await loop.create_server(lambda: Line(server, loop), sock=listening, backlog=_BACKLOG)
    while not await _happens(stop, min(1.0, patience / 2)):
        _tick(server, loop.time())
    door.close()
    await _ended(server)


def _tick(server: _Server, now: float) -> None:
    server.date = formatdate(usegmt=True).encode()
    for line in list(server.lines):
        line.look_at(now)


async def _happens(event: asyncio.Event, within: float) -> bool:
    try:
        async with asyncio.timeout(within):
            return await event.wait()
    except TimeoutError:
        return False


async def _ended(server: _Server) -> None:
    server.ending = True
    until = asyncio.get_running_loop().time() + _GRACE
    for line in list(server.lines):
        line.end()
    while server.lines and asyncio.get_running_loop().time() < until:
        await asyncio.sleep(0.05)
    for line in list(server.lines):
        line.abort()
