"""What a front office is answered, and what is on disk when it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

from kontorist.archive.errors import DiskFull
from kontorist.domain.events import Blob, Event
from kontorist.domain.ids import EventId
from kontorist.domain.ports import NothingToDo, SignatureRefused, UnreadableBody
from kontorist.engine.receiver import Door, Receiver, application
from kontorist.engine.writer import Arrival, InboxWriter
from kontorist.store.arrivals import Accepted

SOURCE = "/kontorist/webhook/shop"


class NineInTheMorning:
    def now(self) -> datetime:
        return datetime(2026, 11, 2, 8, 0, tzinfo=UTC)

    def monotonic(self) -> float:
        return 0.0


class ShopDoor:
    """A webhook whose signature is the word "signed"."""

    def parse(self, raw_body: bytes, headers: Mapping[str, str], now: datetime) -> list[Event]:
        if headers.get("x-signature") != "signed":
            raise SignatureRefused("The signature does not fit the body.")
        event = Event(id=headers["x-id"], source=SOURCE, type="order.created", data={"body": len(raw_body)})
        if raw_body.startswith(b"{broken"):
            raise UnreadableBody("The body is not JSON: line 1.", replace(event, data={}))
        if raw_body.startswith(b"{test"):
            raise NothingToDo("A test order.", event)
        if raw_body.startswith(b"%PDF"):
            event = replace(event, blobs=(Blob(name="a.pdf", media_type="application/pdf", open=BytesIO),))
        return [event]


@dataclass
class Inbox:
    """The real inbox's rule: unique (source, id) for ever; another hash under a known id stores nothing."""

    rows: dict[str, Arrival] = field(default_factory=dict)
    failing: Exception | None = None

    @contextmanager
    def write(self) -> Iterator[None]:
        if self.failing:
            raise self.failing
        yield

    def accept(self, transaction: object, arrivals: Sequence[Arrival]) -> list[Accepted]:
        return [self._accepted(arrival) for arrival in arrivals]

    def _accepted(self, arrival: Arrival) -> Accepted:
        known = self.rows.setdefault(arrival.event.id, arrival)
        same = known.raw_hash == arrival.raw_hash
        id_ = EventId(f"E{arrival.event.id}")
        return Accepted(id=id_, duplicate=known is not arrival and same, conflict=not same)


class Client:
    """A front office that talks to the application without a network."""

    def __init__(self, app: ASGIApp) -> None:
        self._transport = httpx.ASGITransport(app=app)

    def request(self, verb: str, path: str, **more: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(transport=self._transport, base_url="http://127.0.0.1") as client:
                return await client.request(verb, path, **more)

        return asyncio.run(ask())


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def client(inbox: Inbox) -> Iterator[Client]:
    writer = InboxWriter(inbox.write, inbox.accept)
    doors = {
        "shop": Door(source=ShopDoor(), largest_body=1000),
    }
    receiver = Receiver(
        doors,
        writer,
        NineInTheMorning(),
        keep_blobs=lambda event: replace(event, data={"documents": [blob.name for blob in event.blobs]}, blobs=()),
        has_room=lambda: len(inbox.rows) < 5,
    )
    yield Client(application(receiver))
    writer.close()


def send(
    client: Client, body: bytes, number: str = "1", door: str = "shop", signature: str = "signed"
) -> httpx.Response:
    return client.request("POST", f"/hooks/{door}", content=body, headers={"x-id": number, "x-signature": signature})


def test_an_order_is_stored_and_then_acknowledged(client: Client, inbox: Inbox) -> None:
    answer = send(client, b'{"order": 1}')

    assert answer.status_code == 202
    assert answer.json()["ids"] == ["E1"]
    assert list(inbox.rows) == ["1"]


def test_the_same_order_sent_twice_is_swallowed(client: Client, inbox: Inbox) -> None:
    send(client, b'{"order": 1}')
    answer = send(client, b'{"order": 1}')

    assert (answer.status_code, answer.json()["state"]) == (200, "duplicate")
    assert len(inbox.rows) == 1


def test_a_known_id_with_another_body_is_refused(client: Client, inbox: Inbox) -> None:
    send(client, b'{"order": 1}')
    answer = send(client, b'{"order": 1000}')

    assert answer.status_code == 409
    assert len(inbox.rows) == 1


def test_one_blank_more_is_another_body(client: Client) -> None:
    """The raw bytes are hashed, never JSON written again."""
    send(client, b'{"order": 1}')

    assert send(client, b'{"order":  1}').status_code == 409


def test_a_wrong_signature_is_refused_and_stores_nothing(client: Client, inbox: Inbox) -> None:
    answer = send(client, b'{"order": 1}', signature="forged")

    assert (answer.status_code, inbox.rows) == (401, {})
    assert answer.json()["reason"] == "The signature does not fit the body."
    assert client.request("GET", "/health").json()["answered"] == {"refused": 1}


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_over_the_limit_is_refused_announced_or_not(client: Client, inbox: Inbox, announced: bool) -> None:
    body = b"x" * 1001

    async def pieces() -> AsyncIterator[bytes]:
        yield body[:600]
        yield body[600:]

    content: Any = body if announced else pieces()
    answer = client.request("POST", "/hooks/shop", content=content, headers={"x-id": "1", "x-signature": "signed"})

    assert (answer.status_code, inbox.rows) == (413, {})


def test_a_signed_body_that_cannot_be_read_is_kept_for_a_person(client: Client, inbox: Inbox) -> None:
    answer = send(client, b"{broken")

    assert answer.status_code == 202
    row = inbox.rows["1"]
    assert (row.state, row.reason_code, row.reason) == (
        "quarantined",
        "unreadable_body",
        "The body is not JSON: line 1.",
    )


def test_a_test_order_is_stored_as_done_and_nobody_works_on_it(client: Client, inbox: Inbox) -> None:
    assert send(client, b"{test}").status_code == 202
    row = inbox.rows["1"]
    assert (row.state, row.reason_code, row.reason) == ("done", "nothing_to_do", "A test order.")


def test_a_file_in_the_request_is_in_the_archive_before_the_event_is_stored(client: Client, inbox: Inbox) -> None:
    assert send(client, b"%PDF-1.7").status_code == 202

    event = inbox.rows["1"].event
    assert (event.data, event.blobs) == ({"documents": ["a.pdf"]}, ())


def test_a_full_disk_is_answered_with_come_again(client: Client, inbox: Inbox) -> None:
    inbox.failing = OSError(28, "No space left on device")
    answer = send(client, b'{"order": 1}')
    inbox.failing = None
    afterwards = send(client, b'{"order": 1}')

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert afterwards.status_code == 202


def test_a_file_that_the_archive_cannot_keep_is_answered_with_come_again(inbox: Inbox) -> None:
    def full(event: Event) -> Event:
        raise DiskFull

    writer = InboxWriter(inbox.write, inbox.accept)
    receiver = Receiver({"shop": Door(source=ShopDoor())}, writer, NineInTheMorning(), keep_blobs=full)
    answer = send(Client(application(receiver)), b"%PDF-1.7")
    writer.close()

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert inbox.rows == {}


def test_a_backlog_over_its_limit_is_answered_with_come_again(client: Client) -> None:
    for number in range(5):
        send(client, b"{}", str(number))

    answer = send(client, b"{}", "one too many")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    health = client.request("GET", "/health")
    assert (health.status_code, health.json()["state"]) == (200, "full")


def test_an_inbox_that_cannot_even_be_counted_is_answered_with_come_again(inbox: Inbox) -> None:
    def broken() -> bool:
        raise OSError(5, "Input/output error")

    writer = InboxWriter(inbox.write, inbox.accept)
    receiver = Receiver({"shop": Door(source=ShopDoor())}, writer, NineInTheMorning(), has_room=broken)
    client = Client(application(receiver))
    answer, health = send(client, b"{}"), client.request("GET", "/health").json()
    writer.close()

    assert (answer.status_code, inbox.rows, health["state"]) == (503, {}, "locked")


def test_more_at_once_than_memory_is_meant_for_is_answered_with_come_again(inbox: Inbox) -> None:
    writer = InboxWriter(inbox.write, inbox.accept)
    receiver = Receiver({"shop": Door(source=ShopDoor())}, writer, NineInTheMorning(), most_in_hand=100)
    client = Client(application(receiver))
    answers = [send(client, b"x" * size, str(size)).status_code for size in (100, 101, 100)]
    writer.close()

    assert answers == [202, 503, 200]


def test_a_body_that_does_not_come_to_its_end_is_given_up(inbox: Inbox) -> None:
    async def dripping() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    writer = InboxWriter(inbox.write, inbox.accept)
    receiver = Receiver({"shop": Door(source=ShopDoor())}, writer, NineInTheMorning(), patience=0.05)
    answer = asyncio.run(answer_to(application(receiver), dripping()))
    writer.close()

    assert answer == 408


async def answer_to(app: ASGIApp, body: AsyncIterator[bytes]) -> int:
    """The status of the answer to a request of which the server sees one piece after the other."""
    said: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": await anext(body), "more_body": True}

    async def send_(message: Any) -> None:
        said.extend([message["status"]] if message["type"] == "http.response.start" else [])

    scope = {"type": "http", "method": "POST", "path": "/hooks/shop", "headers": [], "query_string": b""}
    await app(scope, receive, send_)
    return said[0]


def test_a_large_body_is_read_beside_the_answers_to_others(inbox: Inbox) -> None:
    writer = InboxWriter(inbox.write, inbox.accept)
    client = Client(application(Receiver({"shop": Door(source=ShopDoor())}, writer, NineInTheMorning())))
    statuses = [send(client, b"x" * 100_000).status_code, send(client, b"y" * 100_000, signature="forged").status_code]
    writer.close()

    assert statuses == [202, 401]


def test_unknown_doors_and_other_verbs_are_refused(client: Client) -> None:
    assert send(client, b"{}", door="nobody").status_code == 404
    assert client.request("GET", "/hooks/shop").status_code == 405
