"""The receiver: takes what others send over HTTP, stores it, then says so. A process of its own.

It imports neither Prefect nor pandas and reads nothing but the envelope, so it accepts within two seconds of a start
and while everything else is down. Answers: 202 after the commit, 200 for a known id with the same body, 409 for a known
id with another body (202 and a question to a person where the connector says `on_conflict: hold`), 401 for a bad
signature, 413 over the size limit, 408 for a body that does not come to its end, 503 with Retry-After when the inbox
cannot take more. Signed but unreadable is stored, quarantined and answered 202.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from concurrent.futures import Future
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from kontorist.domain.errors import OutsideFailed
from kontorist.domain.events import Event
from kontorist.domain.ports import Clock, NothingToDo, PushSource, SignatureRefused, UnreadableBody
from kontorist.engine.router import PRIORITY
from kontorist.engine.writer import Arrival, InboxWriter
from kontorist.store.arrivals import Accepted

_log = logging.getLogger(__name__)

LARGEST_BODY = 1024 * 1024
"""Bytes of one request when the connector sets no limit of its own."""

MOST_IN_HAND = 256 * 1024**2
"""Bytes of all bodies that are being read or stored at one moment; above it senders are asked to come again."""

_RETRY_AFTER_SECONDS = "30"
_LARGE = 64 * 1024  # bytes; larger bodies are read beside the loop that answers
_THROWN_AWAY = 16 * 1024**2  # bytes beyond the limit that are still read, so that the sender hears the answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One connector that takes requests, and its rules."""

    source: PushSource
    largest_body: int = LARGEST_BODY
    on_conflict: str = "refuse"  #: or "hold": 202 and a question, for senders that switch off after a few refusals


class Receiver:
    """Answers requests at ``/hooks/<connector name>``."""

    def __init__(
        self,
        doors: Mapping[str, Door],
        writer: InboxWriter,
        clock: Clock,
        *,
        keep_blobs: Callable[[Event], Event] = lambda event: event,
        has_room: Callable[[], bool] = lambda: True,
        priority: Callable[[Event], int] = lambda event: PRIORITY,
        most_in_hand: int = MOST_IN_HAND,
        patience: float = 30.0,
    ) -> None:
        self._doors, self._writer, self._clock = doors, writer, clock
        self._keep_blobs, self._has_room, self._priority = keep_blobs, has_room, priority
        self._most_in_hand, self._patience, self._in_hand = most_in_hand, patience, 0
        self._released: deque[tuple[asyncio.Future[list[Accepted]], Future[list[Accepted]]]] = deque()
        self.counts: Counter[str] = Counter()

    async def hook(self, request: Request) -> Response:
        """One request of a front office."""
        door = self._doors.get(request.path_params["name"])
        if door is None:
            return self._answer(404, "unknown", "No connector of this name takes requests.")
        size = min(int(request.headers.get("content-length") or door.largest_body), door.largest_body)
        if self._in_hand + size > self._most_in_hand:
            return self._busy("Too much is arriving at once.")
        self._in_hand += size
        try:
            return await self._taken(door, request)
        finally:
            self._in_hand -= size

    async def _taken(self, door: Door, request: Request) -> Response:
        try:
            async with asyncio.timeout(self._patience):
                body = await _body_within(request, door.largest_body)
        except TimeoutError:
            return self._answer(408, "too_slow", f"The body did not come to its end within {self._patience:g} seconds.")
        if body is None:
            return self._answer(413, "too_large", f"The request is larger than {door.largest_body} bytes.")
        try:
            if len(body) > _LARGE:  # others are answered meanwhile
                arrivals = await asyncio.to_thread(self._read, door, body, request.headers)
            else:
                arrivals = self._read(door, body, request.headers)
        except SignatureRefused as refusal:
            return self._answer(401, "refused", str(refusal) or "The signature is missing, wrong or too old.")
        return await self._store(arrivals)

    def _read(self, door: Door, body: bytes, headers: Mapping[str, str]) -> list[Arrival]:
        raw_hash = hashlib.sha256(body).hexdigest()
        try:
            events = door.source.parse(body, headers, self._clock.now())
        except UnreadableBody as unreadable:
            return [self._settled(unreadable.event, raw_hash, "quarantined", "unreadable_body", unreadable.reason)]
        except NothingToDo as idle:
            return [self._settled(idle.event, raw_hash, "done", "nothing_to_do", idle.reason)]
        return [self._new(event, raw_hash, door.on_conflict) for event in events]

    def _new(self, event: Event, raw_hash: str, on_conflict: str) -> Arrival:
        return Arrival(event=event, raw_hash=raw_hash, priority=self._priority(event), on_conflict=on_conflict)

    def _settled(self, event: Event, raw_hash: str, state: str, code: str, reason: str) -> Arrival:
        priority = self._priority(event)
        return Arrival(event=event, raw_hash=raw_hash, state=state, reason_code=code, reason=reason, priority=priority)

    async def _store(self, arrivals: list[Arrival]) -> Response:
        if not arrivals:
            return self._answer(200, "nothing", "There was nothing to store.")
        try:
            if not self._has_room():
                return self._busy("The inbox is full until the backlog has been worked off.")
            kept = [await self._kept(arrival) for arrival in arrivals]
            taken = await self._committed(kept)
        except (OutsideFailed, OSError) as error:  # inbox or archive: disk full, locked, closed
            _log.error("the inbox did not take an event: %s", error.__cause__ or error)
            return self._busy("The inbox cannot store anything at the moment.")
        return self._said(taken)

    def _committed(self, arrivals: list[Arrival]) -> asyncio.Future[list[Accepted]]:
        """What the inbox says, once it is on disk. Those of one commit are let go together: the loop wakes up once."""
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[list[Accepted]] = loop.create_future()

        def release(done: Future[list[Accepted]]) -> None:
            self._released.append((waiting, done))
            if len(self._released) == 1:
                loop.call_soon_threadsafe(self._release)

        self._writer.put(arrivals).add_done_callback(release)
        return waiting

    def _release(self) -> None:
        while self._released:
            waiting, done = self._released.popleft()
            if waiting.cancelled():  # its sender has hung up
                continue
            if (error := done.exception()) is not None:
                waiting.set_exception(error)
            else:
                waiting.set_result(done.result())

    async def _kept(self, arrival: Arrival) -> Arrival:
        if not arrival.event.blobs:
            return arrival
        return replace(arrival, event=await asyncio.to_thread(self._keep_blobs, arrival.event))

    def _said(self, taken: list[Accepted]) -> Response:
        ids = [one.id for one in taken]
        if any(one.conflict for one in taken):
            return self._answer(409, "conflict", "This id is known with another body; it was not stored again.")
        if all(one.duplicate for one in taken):
            return self._answer(200, "duplicate", "This was received before.", ids=ids)
        return self._answer(202, "accepted", "Stored.", ids=ids)

    def _busy(self, sentence: str) -> Response:
        answer = self._answer(503, "busy", sentence)
        answer.headers["Retry-After"] = _RETRY_AFTER_SECONDS
        return answer

    def _answer(self, status: int, state: str, sentence: str, **more: object) -> Response:
        self.counts[state] += 1
        return JSONResponse({"state": state, "reason": sentence, **more}, status_code=status)

    async def health(self, request: Request) -> Response:
        """Whether events can be taken, and how many requests were answered how since the start.

        `full` is answered 200: the process is well, and senders are told to come again.
        """
        well = self._writer.alive()
        body = {"state": self._state() if well else "broken", "answered": dict(self.counts)}
        return JSONResponse(body, status_code=200 if well else 503)

    def _state(self) -> str:
        try:
            return "ready" if self._has_room() else "full"
        except (OutsideFailed, OSError):
            return "locked"  # the database cannot even be counted at the moment


async def _body_within(request: Request, limit: int) -> bytes | None:
    """The body, or None when it is larger than `limit`; never more than `limit` bytes are kept.

    A body that is a little too large is read to its end and thrown away: a sender whose connection is closed while
    it still sends would see a broken line in place of the 413.
    """
    body, size = bytearray(), 0
    async for piece in request.stream():
        size += len(piece)
        if size <= limit:
            body += piece
        elif size > limit + _THROWN_AWAY:
            break
    return bytes(body) if size <= limit else None


def application(receiver: Receiver, closing: Callable[[], None] = lambda: None) -> ASGIApp:
    """The web application of the receiver; `closing` is called when it ends.

    Events go straight to the receiver: the routing and the layers of Starlette cost as much as reading the event.
    """
    others, hook = _application(receiver, closing), _patient(receiver.hook)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        name = scope.get("path", "").removeprefix("/hooks/")
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] != f"/hooks/{name}" or "/" in name:
            await others(scope, receive, send)
            return
        response = await hook(Request({**scope, "path_params": {"name": name}}, receive))
        await response(scope, receive, send)

    return answer


def _application(receiver: Receiver, closing: Callable[[], None]) -> Starlette:

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await asyncio.to_thread(closing)

    return Starlette(
        routes=[
            Route("/hooks/{name}", _patient(receiver.hook), methods=["POST"]),
            Route("/health", receiver.health, methods=["GET"]),
        ],
        lifespan=lifespan,
    )


def _patient(handler: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """A sender that hangs up in the middle of its request is nobody's error."""

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except ClientDisconnect:
            return Response(status_code=400)

    return answer
