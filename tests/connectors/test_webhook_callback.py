"""Answers to the front office: signed, to one address, recognised when they come twice."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.registry import ConnectorContext, build
from connectors.webhook.callback import Callback, Settings
from connectors.webhook.standard import SecretUnusable
from kontorist.domain.errors import AuthError, BusinessError, KontoristError, TransientError, UncertainOutcome
from kontorist.testing.fakes import FakeClock
from kontorist.testing.twins.callback_receiver import BREAK, CallbackReceiver, callback_receiver
from kontorist.testing.twins.certificates import throwaway_certificates
from kontorist.testing.twins.webhook_sender import new_secret

ANSWER = {
    "type": "order.invoiced",
    "subject": "WEB-1001",
    "data": {"order_number": "WEB-1001", "status": "invoiced", "customer": "Bäckerei"},
}


@pytest.fixture
def shop() -> Iterator[CallbackReceiver]:
    with callback_receiver() as receiver:
        yield receiver


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(datetime.now(UTC))


def callback(url: str, clock: FakeClock, secret: str = new_secret(b"callback"), **more: Any) -> Callback:
    context = ConnectorContext(root=Path(), secret={}.__getitem__, clock=clock)
    built = build("webhook/callback", "status", {"url": url, "key": secret, **more}, context)
    assert isinstance(built, Callback)
    return built


def test_an_answer_arrives_signed_and_readable(shop: CallbackReceiver, clock: FakeClock) -> None:
    receipt = callback(shop.url, clock).apply(ANSWER, "callback/O1/1/invoiced")

    assert shop.received == {"callback/O1/1/invoiced": ANSWER}
    assert (receipt.external_id, receipt.status, receipt.facts) == (
        "callback/O1/1/invoiced", "accepted", {"http": 204},
    )  # fmt: skip


def test_an_answer_that_goes_twice_is_one_for_the_receiver(shop: CallbackReceiver, clock: FakeClock) -> None:
    sink = callback(shop.url, clock)
    shop.statuses.append(BREAK)
    with pytest.raises(UncertainOutcome, match="fell silent"):
        sink.apply(ANSWER, "key")
    clock.advance(minutes=4)  # signed anew: the first signature would be too old in the end

    sink.apply(ANSWER, "key")

    assert shop.deliveries == ["key", "key"]
    assert len(shop.received) == 1


def test_it_cannot_be_asked_what_arrived(shop: CallbackReceiver, clock: FakeClock) -> None:
    with pytest.raises(UncertainOutcome):
        callback(shop.url, clock).find("key")


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, BusinessError),
        (404, BusinessError),
        (302, BusinessError),
        (403, AuthError),
        (429, TransientError),
        (408, TransientError),
        (503, TransientError),
    ],
)
def test_each_refusal_says_whose_turn_it_is(
    shop: CallbackReceiver, clock: FakeClock, status: int, error: type[KontoristError]
) -> None:
    shop.statuses.append(status)
    shop.headers = {"retry-after": "17", "location": "http://127.0.0.1:1/elsewhere"}

    with pytest.raises(error) as refused:
        callback(shop.url, clock).apply(ANSWER, "key")

    assert shop.deliveries == ["key"]  # no redirect is followed
    assert getattr(refused.value, "retry_after", 17) == 17


def test_a_receiver_with_another_secret_refuses_our_signature(shop: CallbackReceiver, clock: FakeClock) -> None:
    with pytest.raises(AuthError, match="signature"):
        callback(shop.url, clock, new_secret(b"another")).apply(ANSWER, "key")

    assert shop.received == {}


def test_a_receiver_that_is_away_is_asked_later(clock: FakeClock) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        sink = callback(f"http://127.0.0.1:{free.getsockname()[1]}/hooks", clock)

    with pytest.raises(TransientError, match="cannot be reached"):
        sink.apply(ANSWER, "key")
    assert [each.ok for each in sink.check()] == [False]


def test_the_check_connects_and_sends_nothing(shop: CallbackReceiver, clock: FakeClock) -> None:
    assert [each.ok for each in callback(shop.url, clock).check()] == [True]
    assert shop.deliveries == []


def test_only_an_authority_that_is_trusted_hears_us(clock: FakeClock, tmp_path: Path) -> None:
    files = throwaway_certificates(tmp_path)
    with callback_receiver(certificates=files) as shop:
        with pytest.raises(AuthError, match="not trusted"):
            callback(shop.url, clock).apply(ANSWER, "key")
        assert shop.deliveries == []

        callback(shop.url, clock, ca_file=str(files.ca_file)).apply(ANSWER, "key")
        assert shop.deliveries == ["key"]


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example.org/hooks",
        "ftp://shop.example.org",
        "https://user:pass@shop.example.org/",
        "https://",
        "/hooks",
        "https://shop.example.org/a b",
        "https://shop.example.org:99999/",
        "http://127.0.0.1.example.org/",
    ],
)
def test_an_address_that_is_not_safe_is_refused_in_the_configuration(url: str) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({"url": url, "key": "whsec_x"})


def test_the_secret_is_never_shown(clock: FakeClock) -> None:
    secret = new_secret(b"callback")
    sink = callback("https://shop.example.org/hooks", clock, secret)

    assert secret not in repr(sink.settings)
    with pytest.raises(SecretUnusable):
        callback("https://shop.example.org/hooks", clock, "whsec_short")
