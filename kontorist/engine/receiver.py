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
import json
import logging
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from kontorist.domain.errors import OutsideFailed
from kontorist.domain.events import Event
from kontorist.domain.ports import Clock, NothingToDo, PushSource, SignatureRefused, UnreadableBody
from kontorist.engine.http_lines import Answer, Request
from kontorist.engine.router import PRIORITY
from kontorist.engine.writer import Arrival, InboxClosed, InboxWriter, Outcome
from kontorist.store.arrivals import Accepted

_log = logging.getLogger(__name__)

LARGEST_BODY = 1024 * 1024
"""Bytes of one request when the connector sets no limit of its own."""

MOST_IN_HAND = 256 * 1024**2
"""Bytes of all bodies that are being read or stored at one moment; above it senders are asked to come again."""

_RETRY_AFTER = b"retry-after: 30"  # seconds
_LARGE = 64 * 1024  # bytes; larger bodies are read beside the loop that answers
_HOOKS = "/hooks/"
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_BROKEN = {
    400: "This is no request that can be read.",
    431: "The head of the request is too large.",
    500: "Something went wrong here; the log says what.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One connector that takes requests, and its rules."""

    source: PushSource
    largest_body: int = LARGEST_BODY
    on_conflict: str = "refuse"  #: or "hold": 202 and a question, for senders that switch off after a few refusals


class Receiver:
    """Answers requests at ``/hooks/<connector name>`` and ``/health``; an `http_lines.Application`."""

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
        self._released: deque[tuple[Request, Outcome]] = deque()
        self._beside: set[asyncio.Task[None]] = set()
        self.counts: Counter[str] = Counter()

    # What is asked for

    def begun(self, request: Request) -> Answer | None:
        """The head is there: refuse, or count its body among what is in hand."""
        if request.path == "/health":
            return None if request.method in ("GET", "HEAD") else self._wrong_verb("GET")
        door = self._door(request)
        if door is None:
            return self._answer(404, "unknown", "No connector of this name takes requests.")
        if request.method != "POST":
            return self._wrong_verb("POST")
        request.limit = door.largest_body
        size = min(int(request.headers.get("content-length") or door.largest_body), door.largest_body)
        if self._in_hand + size > self._most_in_hand:
            return self._busy("Too much is arriving at once.")
        self._in_hand += size
        request.held = size
        return None

    def _door(self, request: Request) -> Door | None:
        return self._doors.get(request.path[len(_HOOKS) :]) if request.path.startswith(_HOOKS) else None

    def over(self, request: Request) -> None:
        """Its body is not in hand any more."""
        self._in_hand -= request.held
        request.held = 0

    def whole(self, request: Request) -> None:
        """The body is there: read it, store what it says, answer."""
        door = self._door(request)
        if door is None:
            request.answer(self._health())
        elif request.size > _LARGE:  # others are answered meanwhile
            self._aside(self._read_aside(door, request), request)
        else:
            self._take(request, lambda: self._read(door, bytes(request.body), request.headers))

    def _take(self, request: Request, read: Callable[[], list[Arrival]]) -> None:
        try:
            arrivals = read()
        except SignatureRefused as refusal:
            reason = str(refusal) or "The signature is missing, wrong or too old."
            request.answer(self._answer(401, "refused", reason))
            return
        self._store(request, arrivals)

    async def _read_aside(self, door: Door, request: Request) -> None:
        reading = asyncio.to_thread(self._read, door, bytes(request.body), request.headers)
        done: Future[list[Arrival]] = Future()
        try:
            done.set_result(await reading)
        except Exception as error:  # noqa: BLE001  # `_take` knows which of them is an answer
            done.set_exception(error)
        self._take(request, done.result)

    def _aside(self, work: Coroutine[Any, Any, None], request: Request) -> None:
        """Do `work` beside the loop's other requests; a fault of ours in it is answered too."""

        async def done() -> None:
            try:
                await work
            except Exception:  # noqa: BLE001  # whatever it is: the sender is told, and the line goes on
                _log.exception("a request could not be answered")
                request.answer(self.broken(500))

        task = asyncio.get_running_loop().create_task(done())
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

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

    # Storing

    def _store(self, request: Request, arrivals: list[Arrival]) -> None:
        if not arrivals:
            request.answer(self._answer(200, "nothing", "There was nothing to store."))
            return
        try:
            full = not self._has_room()
        except (OutsideFailed, OSError) as error:
            self._not_stored(request, error)
            return
        if full:
            request.answer(self._busy("There is no room: the backlog is at its limit, or the disk is full."))
        elif any(arrival.event.blobs for arrival in arrivals):
            self._aside(self._keep_then_commit(request, arrivals), request)
        else:
            self._commit(request, arrivals)

    async def _keep_then_commit(self, request: Request, arrivals: list[Arrival]) -> None:
        try:
            kept = [await asyncio.to_thread(self._kept, arrival) for arrival in arrivals]
        except (OutsideFailed, OSError) as error:
            self._not_stored(request, error)
            return
        self._commit(request, kept)

    def _kept(self, arrival: Arrival) -> Arrival:
        return replace(arrival, event=self._keep_blobs(arrival.event)) if arrival.event.blobs else arrival

    def _commit(self, request: Request, arrivals: list[Arrival]) -> None:
        self._writer.put(arrivals, partial(self._committed, asyncio.get_running_loop(), request))

    def _committed(self, loop: asyncio.AbstractEventLoop, request: Request, outcome: Outcome) -> None:
        """In the writer's thread. Those of one commit are let go together: the loop is woken up once."""
        self._released.append((request, outcome))
        if len(self._released) == 1:
            with suppress(RuntimeError):  # the loop has ended, and nobody waits for an answer any more
                loop.call_soon_threadsafe(self._release)

    def _release(self) -> None:
        while self._released:
            request, outcome = self._released.popleft()
            if isinstance(outcome, InboxClosed):
                self._not_stored(request, outcome)
            else:
                request.answer(self._said(outcome))

    def _not_stored(self, request: Request, error: BaseException) -> None:
        """Inbox or archive: disk full, locked, closed."""
        _log.error("the inbox did not take an event: %s", error.__cause__ or error)
        request.answer(self._busy("The inbox cannot store anything at the moment."))

    # Answers

    def _said(self, taken: list[Accepted]) -> Answer:
        ids = [one.id for one in taken]
        if any(one.conflict for one in taken):
            return self._answer(409, "conflict", "This id is known with another body; it was not stored again.")
        if all(one.duplicate for one in taken):
            return self._answer(200, "duplicate", "This was received before.", ids=ids)
        return self._answer(202, "accepted", "Stored.", ids=ids)

    def _busy(self, sentence: str) -> Answer:
        return replace(self._answer(503, "busy", sentence), headers=(_RETRY_AFTER,))

    def _wrong_verb(self, allowed: str) -> Answer:
        answer = self._answer(405, "wrong_verb", f"Only {allowed} is answered here.")
        return replace(answer, headers=(f"allow: {allowed}".encode(),))

    def too_large(self, request: Request) -> Answer:
        """413."""
        return self._answer(413, "too_large", f"The request is larger than {request.limit} bytes.")

    def too_slow(self) -> Answer:
        """408."""
        return self._answer(408, "too_slow", "The request did not come to its end in time.")

    def broken(self, status: int) -> Answer:
        """400, 431 or 500."""
        return self._answer(status, "broken", _BROKEN[status])

    def _answer(self, status: int, state: str, sentence: str, **more: object) -> Answer:
        self.counts[state] += 1
        return Answer(status, _JSON({"state": state, "reason": sentence, **more}).encode())

    def _health(self) -> Answer:
        """Whether events can be taken, and how many requests were answered how since the start.

        `full` is answered 200: the process is well, and senders are told to come again.
        """
        well = self._writer.alive()
        body = {"state": self._state() if well else "broken", "answered": dict(self.counts)}
        return Answer(200 if well else 503, _JSON(body).encode())

    def _state(self) -> str:
        try:
            return "ready" if self._has_room() else "full"
        except (OutsideFailed, OSError):
            return "locked"  # the database cannot even be counted at the moment
