"""The receiver: takes what others send over HTTP, stores it, then says so. A process of its own.

It imports neither Prefect nor pandas and reads nothing but the envelope, so it accepts within two seconds of a start
and while everything else is down. Answers: 202 after the commit, 200 for a known id with the same body, 409 for a known
id with another body (202 and a question to a person where the connector says `on_conflict: hold`), 401 for a bad
signature, 405 for other verbs than POST, 413 over the size limit, 503 with Retry-After when the inbox cannot take more
(and from `http_limits` 408 for what does not come to its end, 431 for a head that is too large). Signed but unreadable
is stored, quarantined and answered 202.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kontorist.domain.errors import OutsideFailed
from kontorist.domain.events import Event
from kontorist.domain.ports import Clock, NothingToDo, PushSource, SignatureRefused, UnreadableBody
from kontorist.engine.router import PRIORITY
from kontorist.engine.writer import Arrival, InboxClosed, InboxWriter, Outcome
from kontorist.store.arrivals import Accepted

_log = logging.getLogger(__name__)

LARGEST_BODY = 1024 * 1024
"""Bytes of one request when the connector sets no limit of its own."""

MOST_IN_HAND = 256 * 1024**2
"""Bytes of all bodies that are being read or stored at one moment; above it senders are asked to come again."""

_UNREADABLE = "Nothing is lost, the message is kept as it came; show it to whoever looks after the system that sent it."
_LARGE = 64 * 1024  # bytes; larger bodies are read beside the loop that answers
_THROWN_AWAY = 16 * 1024**2  # bytes beyond the limit that are still read, so that the sender hears the answer
_HOOKS = "/hooks/"
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One connector that takes requests, and its rules."""

    source: PushSource
    largest_body: int = LARGEST_BODY
    on_conflict: str = "refuse"  #: or "hold": 202 and a question, for senders that switch off after a few refusals


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back; `body` is JSON."""

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()

    async def send_by(self, send: Send) -> None:
        """Send it."""
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(self.body)), *self.headers]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


class _HungUp(Exception):
    """The sender is gone in the middle of its request; nobody waits for an answer."""


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
    ) -> None:
        self._doors, self._writer, self._clock = doors, writer, clock
        self._keep_blobs, self._has_room, self._priority = keep_blobs, has_room, priority
        self._most_in_hand, self._in_hand = most_in_hand, 0
        self._released: deque[tuple[asyncio.Future[Outcome], Outcome]] = deque()
        self.counts: Counter[str] = Counter()

    async def hook(self, name: str, scope: Scope, receive: Receive) -> Answer:
        """What one request of a front office at the door `name` is answered. Raises _HungUp."""
        door = self._doors.get(name)
        if door is None:
            return self._answer(404, "unknown", "No connector of this name takes requests.")
        headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        size = min(int(headers.get("content-length") or door.largest_body), door.largest_body)
        if self._in_hand + size > self._most_in_hand:
            return self._busy("Too much is arriving at once.")
        self._in_hand += size
        try:
            return await self._taken(door, headers, receive)
        finally:
            self._in_hand -= size

    def another_verb(self) -> Answer:
        """What a request is answered that does not bring anything."""
        return replace(self._answer(405, "another_verb", "Only POST is taken here."), headers=((b"allow", b"POST"),))

    async def _taken(self, door: Door, headers: Mapping[str, str], receive: Receive) -> Answer:
        body = await _body_within(receive, door.largest_body)
        if body is None:
            too_large = self._answer(413, "too_large", f"The request is larger than {door.largest_body} bytes.")
            return replace(too_large, headers=((b"connection", b"close"),))  # what still comes is not read
        try:
            if len(body) > _LARGE:  # others are answered meanwhile
                arrivals = await asyncio.to_thread(self._read, door, body, headers)
            else:
                arrivals = self._read(door, body, headers)
        except SignatureRefused as refusal:
            return self._answer(401, "refused", str(refusal) or "The signature is missing, wrong or too old.")
        return await self._store(arrivals)

    def _read(self, door: Door, body: bytes, headers: Mapping[str, str]) -> list[Arrival]:
        raw_hash = hashlib.sha256(body).hexdigest()
        try:
            events = door.source.parse(body, headers, self._clock.now())
        except UnreadableBody as unreadable:
            said = f"{unreadable.reason} {_UNREADABLE}"
            return [self._settled(unreadable.event, raw_hash, "quarantined", "unreadable_body", said)]
        except NothingToDo as idle:
            return [self._settled(idle.event, raw_hash, "done", "nothing_to_do", idle.reason)]
        return [self._new(event, raw_hash, door.on_conflict) for event in events]

    def _new(self, event: Event, raw_hash: str, on_conflict: str) -> Arrival:
        return Arrival(event=event, raw_hash=raw_hash, priority=self._priority(event), on_conflict=on_conflict)

    def _settled(self, event: Event, raw_hash: str, state: str, code: str, reason: str) -> Arrival:
        priority = self._priority(event)
        return Arrival(event=event, raw_hash=raw_hash, state=state, reason_code=code, reason=reason, priority=priority)

    async def _store(self, arrivals: list[Arrival]) -> Answer:
        if not arrivals:
            return self._answer(200, "nothing", "There was nothing to store.")
        try:
            if not self._has_room():
                return self._busy("There is no room: the backlog is at its limit, or the disk is full.")
            if any(arrival.event.blobs for arrival in arrivals):
                arrivals = await asyncio.to_thread(self._kept, arrivals)
            outcome = await self._committed(arrivals)
        except (OutsideFailed, OSError) as error:  # archive or inbox: disk full, locked
            return self._not_stored(error)
        return self._not_stored(outcome) if isinstance(outcome, InboxClosed) else self._said(outcome)

    def _not_stored(self, error: Exception) -> Answer:
        _log.error("the inbox did not take an event: %s", error.__cause__ or error)
        return self._busy("The inbox cannot store anything at the moment.")

    def _kept(self, arrivals: list[Arrival]) -> list[Arrival]:
        return [replace(each, event=self._keep_blobs(each.event)) if each.event.blobs else each for each in arrivals]

    def _committed(self, arrivals: list[Arrival]) -> asyncio.Future[Outcome]:
        """What the inbox says, once it is on disk. Those of one commit are let go together: the loop wakes up once."""
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[Outcome] = loop.create_future()

        def told(outcome: Outcome) -> None:
            self._released.append((waiting, outcome))
            if len(self._released) == 1:
                with suppress(RuntimeError):  # the loop has ended, and nobody waits for an answer any more
                    loop.call_soon_threadsafe(self._release)

        self._writer.put(arrivals, told)
        return waiting

    def _release(self) -> None:
        while self._released:
            waiting, outcome = self._released.popleft()
            if not waiting.cancelled():  # else its sender has hung up
                waiting.set_result(outcome)

    # Answers

    def _said(self, taken: list[Accepted]) -> Answer:
        ids = [one.id for one in taken]
        if any(one.conflict for one in taken):
            return self._answer(409, "conflict", "This id is known with another body; it was not stored again.")
        if all(one.duplicate for one in taken):
            return self._answer(200, "duplicate", "This was received before.", ids=ids)
        return self._answer(202, "accepted", "Stored.", ids=ids)

    def _busy(self, sentence: str) -> Answer:
        return replace(self._answer(503, "busy", sentence), headers=((b"retry-after", b"30"),))  # seconds

    def _answer(self, status: int, state: str, sentence: str, **more: object) -> Answer:
        self.counts[state] += 1
        return Answer(status, _JSON({"state": state, "reason": sentence, **more}).encode())

    async def health(self, request: Request) -> Response:
        """Whether events can be taken, and how many requests were answered how since the start.

        `full` is answered 200: the process is well, and senders are told to come again.
        """
        well = self._writer.alive()
        body = _JSON({"state": self._state() if well else "broken", "answered": dict(self.counts)})
        return Response(body, status_code=200 if well else 503, media_type="application/json")

    def _state(self) -> str:
        try:
            return "ready" if self._has_room() else "full"
        except (OutsideFailed, OSError):
            return "locked"  # the database cannot even be counted at the moment


async def _body_within(receive: Receive, limit: int) -> bytes | None:
    """The body, or None when it is larger than `limit`; never more than `limit` bytes are kept. Raises _HungUp.

    A body that is a little too large is read to its end and thrown away: a sender whose connection is closed while
    it still sends would see a broken line in place of the 413.
    """
    message = await _next(receive)
    if not message.get("more_body"):  # nearly always it is there at once
        whole: bytes = message["body"]
        return whole if len(whole) <= limit else None
    body, size = bytearray(), 0
    while True:
        size += len(message["body"])
        if size <= limit:
            body += message["body"]
        if not message.get("more_body") or size > limit + _THROWN_AWAY:
            return bytes(body) if size <= limit else None
        message = await _next(receive)


async def _next(receive: Receive) -> Message:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise _HungUp
    return message


def application(receiver: Receiver, closing: Callable[[], None] = lambda: None) -> ASGIApp:
    """The web application of the receiver; `closing` is called when it ends.

    Events go straight to the receiver: the routing and the layers of Starlette cost as much as reading the event.
    """
    others = _application(receiver, closing)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(_HOOKS):
            await others(scope, receive, send)
            return
        if scope["method"] != "POST":
            await receiver.another_verb().send_by(send)
            return
        try:
            reply = await receiver.hook(scope["path"][len(_HOOKS) :], scope, receive)
        except _HungUp:
            return
        await reply.send_by(send)

    return answer


def _application(receiver: Receiver, closing: Callable[[], None]) -> Starlette:
    """All but events: whether it is well, and what is asked of us by mistake."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await asyncio.to_thread(closing)

    app = Starlette(routes=[Route("/health", receiver.health, methods=["GET"])], lifespan=lifespan)
    app.router.redirect_slashes = False  # who asks at the wrong place is told so
    return app
