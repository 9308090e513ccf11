"""What a front office is answered, and what is on disk when it is."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import httpx
import pytest
from served import served

from kontorist.archive.errors import DiskFull
from kontorist.domain.events import Blob, Event
from kontorist.domain.ids import EventId
from kontorist.domain.ports import NothingToDo, SignatureRefused, UnreadableBody
from kontorist.engine.http_limits import PATIENCE
from kontorist.engine.receiver import LARGEST_BODY, Door, Receiver
from kontorist.engine.writer import Arrival, InboxWriter
from kontorist.store.arrivals import Accepted
from kontorist.testing.installation import until

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


@dataclass(frozen=True)
class Client:
    """A front office that talks to the application over a real line."""

    port: int

    def request(self, verb: str, path: str, **more: Any) -> httpx.Response:
        address = f"http://127.0.0.1:{self.port}{path}"
        with httpx.Client(trust_env=False, timeout=10) as client:
            return client.request(verb, address, **more)

    @contextmanager
    def line(self) -> Iterator[socket.socket]:
        """A connection on which anything can be said."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as line:
            yield line


@contextmanager
def client_of(inbox: Inbox, patience: float = PATIENCE, **rules: Any) -> Iterator[Client]:
    writer = InboxWriter(inbox.write, inbox.accept)
    door = Door(source=ShopDoor(), largest_body=rules.pop("largest_body", LARGEST_BODY))
    with served(Receiver({"shop": door}, writer, NineInTheMorning(), **rules), patience) as port:
        yield Client(port)
    writer.close()


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def client(inbox: Inbox) -> Iterator[Client]:
    with client_of(
        inbox,
        largest_body=1000,
        keep_blobs=lambda event: replace(event, data={"documents": [blob.name for blob in event.blobs]}, blobs=()),
        has_room=lambda: len(inbox.rows) < 5,
    ) as client:
        yield client


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

    def pieces() -> Iterator[bytes]:
        yield body[:600]
        yield body[600:]

    content: Any = body if announced else pieces()
    answer = client.request("POST", "/hooks/shop", content=content, headers={"x-id": "1", "x-signature": "signed"})

    assert (answer.status_code, inbox.rows) == (413, {})


def test_a_signed_body_that_cannot_be_read_is_kept_for_a_person(client: Client, inbox: Inbox) -> None:
    answer = send(client, b"{broken")

    assert answer.status_code == 202
    row = inbox.rows["1"]
    assert (row.state, row.reason_code) == ("quarantined", "unreadable_body")
    assert row.reason is not None
    assert row.reason.startswith(
        "The body is not JSON: line 1. Nothing is lost, the message is kept as it came; show it"
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

    with client_of(inbox, keep_blobs=full) as client:
        answer = send(client, b"%PDF-1.7")

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

    with client_of(inbox, has_room=broken) as client:
        answer, health = send(client, b"{}"), client.request("GET", "/health").json()

    assert (answer.status_code, inbox.rows, health["state"]) == (503, {}, "locked")


def test_more_at_once_than_memory_is_meant_for_is_answered_with_come_again(inbox: Inbox) -> None:
    with client_of(inbox, most_in_hand=100) as client:
        answers = [send(client, b"x" * size, str(size)).status_code for size in (100, 101, 100)]

    assert answers == [202, 503, 200]


@pytest.mark.parametrize(
    "begun",
    [
        b"POST /hooks/shop HTTP/1.1\r\ncontent-length: 9\r\n\r\n{",
        b"POST /hooks/shop HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n",
        b"POST /hooks/shop HTTP/1.1\r\nx-id:",
    ],
)
def test_a_request_that_does_not_come_to_its_end_is_given_up(inbox: Inbox, begun: bytes) -> None:
    with client_of(inbox, patience=0.05) as client, client.line() as line:
        line.sendall(begun)
        answer = all_from(line)

    assert answer.split()[1] == b"408"
    assert inbox.rows == {}


def all_from(line: socket.socket) -> bytes:
    """What comes until the other side closes."""
    said = b""
    while piece := line.recv(65536):
        said += piece
    return said


def posted(number: str, body: bytes = b"{}", *, last: bool = False, more: str = "") -> bytes:
    """An order as it goes over the line."""
    head = f"POST /hooks/shop HTTP/1.1\r\nx-id: {number}\r\nx-signature: signed\r\ncontent-length: {len(body)}\r\n"
    return (head + more + ("connection: close\r\n" if last else "") + "\r\n").encode() + body


def statuses(said: bytes) -> list[bytes]:
    return re.findall(rb"HTTP/1.1 (\d+)", said)


def test_a_line_on_which_nothing_comes_is_closed_without_a_word(inbox: Inbox) -> None:
    with client_of(inbox, patience=0.05) as client, client.line() as line:
        assert all_from(line) == b""


def test_orders_sent_without_waiting_for_answers_are_answered_in_their_order(client: Client, inbox: Inbox) -> None:
    with client.line() as line:
        line.sendall(posted("1") + posted("1", b"{broken") + posted("2") + posted("2", last=True))
        said = all_from(line)

    assert statuses(said) == [b"202", b"409", b"202", b"200"]
    assert list(inbox.rows) == ["1", "2"]


def test_five_hundred_requests_at_once_are_all_answered(client: Client) -> None:
    with client.line() as line:
        line.sendall(b"GET /health HTTP/1.1\r\n\r\n" * 499 + b"GET /health HTTP/1.0\r\n\r\n")
        assert statuses(all_from(line)) == [b"200"] * 500


def test_a_sender_that_closes_its_half_hears_its_answer(client: Client) -> None:
    with client.line() as line:
        line.sendall(posted("1"))
        line.shutdown(socket.SHUT_WR)
        assert statuses(all_from(line)) == [b"202"]


def test_a_sender_that_asks_before_it_sends_is_told_to_go_on(client: Client) -> None:
    head, body = posted("1", last=True, more="expect: 100-continue\r\n").split(b"\r\n\r\n")
    with client.line() as line:
        line.sendall(head + b"\r\n\r\n")
        assert line.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        line.sendall(body)
        assert statuses(all_from(line)) == [b"202"]


def test_a_sender_that_asks_at_no_door_is_refused_before_it_sends(client: Client) -> None:
    head, _ = posted("1", more="expect: 100-continue\r\n").split(b"\r\n\r\n")
    with client.line() as line:
        line.sendall(head.replace(b"shop", b"nobody") + b"\r\n\r\n")
        assert statuses(line.recv(1000)) == [b"404"]


def test_a_sender_that_does_not_wait_for_answers_is_not_told_that_its_head_is_too_large(inbox: Inbox) -> None:
    """The end of one request and the beginning of the next come in one piece."""
    first, second = posted("1", b'{"note": "' + b"x" * 50_000 + b'"}'), posted("2", last=True)
    with client_of(inbox) as client, client.line() as line:
        line.sendall(first + second[:10])
        time.sleep(0.2)
        line.sendall(second[10:])
        assert statuses(all_from(line)) == [b"202", b"202"]


@pytest.mark.parametrize("chunked", [True, False])
def test_a_sender_that_offers_another_protocol_is_served_in_this_one(
    client: Client, inbox: Inbox, chunked: bool
) -> None:
    """As Java's client does on a line without TLS."""
    offer = "connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
    order = posted("1", b'{"order": 1}', more=offer)
    if chunked:
        order = order.replace(b"content-length: 12", b"transfer-encoding: chunked")
        order = order.replace(b'{"order": 1}', b'c\r\n{"order": 1}\r\n0\r\n\r\n')
    with client.line() as line:
        line.sendall(order)
        assert statuses(line.recv(1000)) == [b"202"]
        line.sendall(posted("2", last=True))
        assert statuses(all_from(line)) == [b"202"]
    assert [row.event.data for row in inbox.rows.values()] == [{"body": 12}, {"body": 2}]


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"hello\r\n\r\n", b"400"),
        (b"CONNECT shop:443 HTTP/1.1\r\n\r\n", b"400"),
        (b"POST /hooks/shop HTTP/1.1\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n", b"400"),
        (b"POST /hooks/shop HTTP/1.1\r\ncontent-length: -1\r\n\r\n", b"400"),
        (b"GET /health HTTP/1.1\r\nx-wide: " + b"x" * 40_000 + b"\r\n\r\n", b"431"),
        (b"GET /health HTTP/1.1\r\n" + b"x: y\r\n" * 40_000, b"431"),
        (b"GET /" + b"x" * 40_000, b"431"),
    ],
)
def test_what_is_no_request_is_refused_and_the_line_closed(client: Client, said: bytes, status: bytes) -> None:
    with client.line() as line:
        with suppress(ConnectionError):
            line.sendall(said)
        answer = b""
        with suppress(ConnectionError):
            answer = line.recv(1000)

    assert statuses(answer) in ([status], [b"400"])  # a head that comes in one piece is simply unreadable
    assert client.request("GET", "/health").status_code == 200


def test_a_body_that_never_ends_is_cut_off(client: Client, inbox: Inbox) -> None:
    head = posted("1").replace(b"content-length: 2", b"content-length: 999999999")
    with client.line() as line:
        line.sendall(head)
        with suppress(ConnectionError):
            for _ in range(4000):
                line.sendall(b"x" * 65536)
            pytest.fail("it went on reading")
    assert inbox.rows == {}


def test_what_stands_behind_the_last_request_does_not_matter(client: Client) -> None:
    with client.line() as line:
        line.sendall(posted("1", last=True) + b"\r\nmore of it")
        assert statuses(all_from(line)) == [b"202"]


def test_a_line_behind_the_body_is_not_one_of_the_head(client: Client, inbox: Inbox) -> None:
    order = posted("1").replace(b"content-length: 2", b"transfer-encoding: chunked")
    with client.line() as line:
        line.sendall(order.replace(b"{}", b"2\r\n{}\r\n0\r\nx-id: 9\r\n\r\n") + posted("2", last=True))
        assert statuses(all_from(line)) == [b"202", b"202"]
    assert list(inbox.rows) == ["1", "2"]


def test_a_header_without_a_value_is_one(client: Client, inbox: Inbox) -> None:
    with client.line() as line:
        line.sendall(posted("1", last=True, more="x-empty:\r\nx-blank: \r\n"))
        assert statuses(all_from(line)) == [b"202"]
    assert list(inbox.rows) == ["1"]


@pytest.mark.parametrize("endless", [b"x-trailer: " + b"x" * 65536, b"1;" + b"x" * 65536])
def test_what_is_no_body_may_not_grow_without_end(client: Client, inbox: Inbox, endless: bytes) -> None:
    head = posted("1").replace(b"content-length: 2", b"transfer-encoding: chunked")[:-2]
    last_piece = b"0\r\n" if endless.startswith(b"x") else b""
    with client.line() as line:
        line.sendall(head + last_piece + endless)
        with suppress(ConnectionError):
            for _ in range(4000):
                line.sendall(b"x" * 65536)
            pytest.fail("it went on reading")
    assert inbox.rows == {}


def test_who_does_not_read_its_answers_is_not_read_and_then_cut_off(inbox: Inbox) -> None:
    with client_of(inbox, patience=0.5) as client, client.line() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        with suppress(ConnectionError):
            for _ in range(2000):
                line.sendall(b"GET /health HTTP/1.1\r\n\r\n" * 1000)
            pytest.fail("it went on reading")
        assert client.request("GET", "/health").status_code == 200


def test_who_hangs_up_gives_back_what_was_counted_for_it(inbox: Inbox) -> None:
    with client_of(inbox, most_in_hand=100) as client:
        with client.line() as line:
            line.sendall(posted("1", b"x" * 100)[:-1])
        until(lambda: send(client, b"x" * 100).status_code == 202, 5)


def test_a_fault_of_ours_is_answered_and_the_line_goes_on(inbox: Inbox) -> None:
    def wrong(event: Event) -> int:
        raise ZeroDivisionError

    with client_of(inbox, priority=wrong) as client:
        answers = [send(client, b"x" * size).status_code for size in (1, 100_000)]

    assert answers == [500, 500]


def test_a_large_body_is_read_beside_the_answers_to_others(inbox: Inbox) -> None:
    with client_of(inbox) as client:
        answers = [send(client, b"x" * 100_000, signature=word).status_code for word in ("signed", "forged")]

    assert answers == [202, 401]


def test_unknown_doors_and_other_verbs_are_refused(client: Client) -> None:
    assert send(client, b"{}", door="nobody").status_code == 404
    asked = client.request("GET", "/hooks/shop")
    assert (asked.status_code, asked.headers["allow"], asked.json()["state"]) == (405, "POST", "another_verb")
