"""Whatever is sent to the receiver, signed or not, well formed or not: an answer that the reference names, and nothing
stored but what was answered 202. Never "come again" to somebody whom coming again does not help.
"""

from __future__ import annotations

import contextlib
import json
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st
from served import served

from kontorist.archive.archive import DocumentArchive
from kontorist.config import load
from kontorist.engine.claim_check import documents_kept
from kontorist.engine.doors import push_doors
from kontorist.engine.receiver import Receiver
from kontorist.engine.taking_in import accept_many
from kontorist.engine.writer import InboxWriter
from kontorist.store.database import Store
from kontorist.testing.fakes import FakeClock
from kontorist.testing.twins.shop_sender import (
    SECRET,
    from_shopify,
    from_woocommerce,
    shopify_order,
    woocommerce_order,
)
from kontorist.testing.twins.webhook_sender import Delivery, WebhookSender, new_secret

CONFIG = """\
version: 1
company: {name: Kontor Beispiel B.V., country: NL}
connectors:
  shop: {use: webhook/standard, key: {secret: shop}, emits: [note.received, document.received], limit: 2KiB}
  shopify: {use: webhook/shopify, key: {secret: theirs}, limit: 2KiB}
  woo: {use: webhook/woocommerce, key: {secret: theirs}, limit: 2KiB}
"""
ENVIRONMENT = {"KONTORIST_SECRET_SHOP": new_secret(), "KONTORIST_SECRET_THEIRS": SECRET}
CLOCK = FakeClock(datetime(2026, 5, 18, 9, 30, tzinfo=UTC))
SENDER = WebhookSender((new_secret(),))
#: docs/reference/connectors.md, "What every webhook is answered", but for those of who is slow and who is full.
DOCUMENTED: Final = {200, 202, 400, 401, 404, 405, 409, 413, 431}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One request as it goes over the line, in pieces; `right` where its framing is that of HTTP."""

    head: bytes
    pieces: tuple[bytes, ...]
    right: bool

    def to(self, port: int) -> list[tuple[int, Any]]:
        """Every answer until the line is closed: its status, and its body where there is one."""
        with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
            heard = bytearray()
            with contextlib.suppress(OSError):  # the line is closed on who goes on sending what is no request
                for piece in (self.head, *self.pieces):
                    line.sendall(piece)
                line.shutdown(socket.SHUT_WR)
            with contextlib.suppress(ConnectionError):
                while some := line.recv(65536):
                    heard += some
        return [_answer(each) for each in re.split(rb"(?=HTTP/1\.1 \d{3} )", bytes(heard)) if each]


def _answer(heard: bytes) -> tuple[int, Any]:
    """One answer; one to HEAD has no body, and what is no request is answered in plain words."""
    head, _, body = heard.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body) if body.startswith(b"{") else None


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
#: Few of them, so that some come twice, with the same body or another.
names = st.sampled_from(["1", "2", "3"]) | st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=300)
header_values = st.binary(max_size=40).map(lambda value: bytes(each for each in value if each >= 0x20 and each != 0x7F))


def changed(order: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """An order as it should be, but for some of its fields."""
    return st.dictionaries(st.sampled_from(sorted(order)), values, max_size=3).map(lambda changes: order | changes)


def bodies(right: st.SearchStrategy[Any]) -> st.SearchStrategy[bytes]:
    """Mostly JSON; cut short, too large, or no JSON at all."""
    written = (right | values).map(lambda value: json.dumps(value).encode())
    cut = st.tuples(written, st.integers(0, 50)).map(lambda pair: pair[0][: -pair[1]])
    return written | cut | st.binary(max_size=200) | st.just(b'{"data": "' + b"x" * 2100 + b'"}')


events = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["note.received", "document.received"]) | values,
        "subject": st.text(max_size=20) | values,
        "data": st.dictionaries(st.text(max_size=8), values, max_size=3)
        | st.fixed_dictionaries({"documents": values | st.lists(values, max_size=2)}),
    },
)
ours = st.builds(lambda body, name: SENDER.deliver(body, identity=name, now=CLOCK.now()), bodies(events), names)
shopify = st.builds(lambda body, name: from_shopify(body, event=name), bodies(changed(shopify_order())), names)
woo = st.builds(lambda body, name: from_woocommerce(body, delivery=name), bodies(changed(woocommerce_order())), names)
signed = st.tuples(st.just("shop"), ours) | st.tuples(st.just("shopify"), shopify) | st.tuples(st.just("woo"), woo)
paths = st.sampled_from(
    ["/hooks/", "/hooks", "/", "/health", "/hooks/nobody", "/hooks/shop/", "/hooks/%73hop?a=b", "*"]
)
methods = st.sampled_from(["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW", "post"])
rarely = st.sampled_from([False, False, False, True])


@st.composite
def requests(draw: st.DrawFn) -> Sent:
    """A signed request, of which anything may have been spoiled."""
    door, delivery = draw(signed)
    method = draw(methods) if draw(rarely) else "POST"
    path = draw(paths) if draw(rarely) else f"/hooks/{door}"
    headers = draw(_spoiled(delivery)) if draw(rarely) else _headers(delivery)
    pieces = draw(_pieces(delivery.body))
    right, framing, coded = draw(_framed(pieces))
    lines = [name + b": " + value for name, value in [*headers, framing]]
    head = b"\r\n".join([f"{method} {path} HTTP/1.1".encode(), b"host: x", *lines, b"", b""])
    if draw(rarely) and draw(rarely):
        place = draw(st.integers(0, len(head)))
        head, right = head[:place] + draw(st.binary(max_size=5)) + head[place:], False
    return Sent(head=head, pieces=coded, right=right and method in VERBS)


#: What llhttp takes for a verb; another one is no request, and its body hears nothing more.
VERBS: Final = {"POST", "GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"}


def _headers(delivery: Delivery) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode("latin-1")) for name, value in delivery.headers.items()]


@st.composite
def _spoiled(draw: st.DrawFn, delivery: Delivery) -> list[tuple[bytes, bytes]]:
    """One of the headers is away, or says something else, perhaps twice."""
    headers = _headers(delivery)
    name = draw(st.sampled_from([name for name, _ in headers]))
    return [each for each in headers if each[0] != name] + [
        (name, value) for value in draw(st.lists(header_values, max_size=2))
    ]


@st.composite
def _pieces(draw: st.DrawFn, body: bytes) -> tuple[bytes, ...]:
    cuts = sorted(draw(st.lists(st.integers(0, len(body)), max_size=3)))
    return tuple(body[start:end] for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True))


@st.composite
def _framed(draw: st.DrawFn, pieces: tuple[bytes, ...]) -> tuple[bool, tuple[bytes, bytes], tuple[bytes, ...]]:
    """With its length, in chunks, or with a length that is wrong or none at all: whether right, header, pieces."""
    length = sum(map(len, pieces))
    way = draw(st.sampled_from(["length", "length", "chunks", "chunks", "wrong", "chunks that end too soon"]))
    if way == "length":
        return True, (b"content-length", b"%d" % length), pieces
    if way == "wrong":
        said = draw(
            st.sampled_from([b"0", b"1", b"%d" % (length + 9), b"9" * 19, b"9" * 30, b"-1", b"", b"ten", b"1, 2"])
        )
        return False, (b"content-length", said), pieces
    coded = tuple(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces if piece)
    right = way == "chunks"
    return right, (b"transfer-encoding", b"chunked"), (*coded, b"0\r\n\r\n") if right else coded


@contextmanager
def receiver(folder: Path) -> Iterator[tuple[int, Store]]:
    """A receiver with its real doors, inbox and archive, on a port of its own."""
    (folder / "config.yaml").write_text(CONFIG, encoding="utf-8")
    config = load(folder, environment=ENVIRONMENT)
    with Store.open(config.database_url, clock=CLOCK) as store:
        archive = DocumentArchive(config.archive_path, clock=CLOCK)
        writer = InboxWriter(store.write, partial(accept_many, store))
        keep = partial(documents_kept, archive)
        with served(Receiver(push_doors(config, CLOCK), writer, CLOCK, keep_blobs=keep)) as port:
            yield port, store
        writer.close()
        archive.close()


def stored(store: Store) -> set[str]:
    with store.read() as tx:
        return {row.id for row in store.inbox.list(tx, limit=None)}


def test_every_request_has_a_documented_answer_and_only_what_got_202_is_stored(
    tmp_path: Path, monkeypatch: Any
) -> None:
    for name, secret in ENVIRONMENT.items():
        monkeypatch.setenv(name, secret)
    with receiver(tmp_path) as (port, store):

        @settings(max_examples=150, database=None)
        @given(requests())
        def sent(request: Sent) -> None:
            before = stored(store)
            heard = request.to(port)
            new = stored(store) - before

            assert {status for status, _ in heard} <= DOCUMENTED
            told = {each for status, answer in heard if status == 202 for each in answer["ids"]}
            assert told <= before | new
            if request.right:
                assert len(heard) == 1
                assert new <= told
                assert new or heard[0][0] != 202

        sent()
