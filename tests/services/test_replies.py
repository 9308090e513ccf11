"""The front office is told over real HTTP, signed; what fails is tried again by its family, under the same id."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kontorist.store.effects import Effect
from kontorist.testing.documents.orders import sample_orders
from kontorist.testing.sales_office import SalesOffice, sales_office
from kontorist.testing.twins.callback_receiver import BREAK, CallbackReceiver, callback_receiver

ORDER = sample_orders()[0]


@pytest.fixture(scope="module")
def shop() -> Iterator[CallbackReceiver]:
    with callback_receiver() as receiver:
        yield receiver


@pytest.fixture
def office(tmp_path: Path, shop: CallbackReceiver) -> Iterator[SalesOffice]:
    shop.received.clear()
    shop.deliveries.clear()
    shop.statuses.clear()
    with sales_office(tmp_path, callback_url=shop.url) as office:
        shop.now = office.clock.now()
        yield office


def answer(office: SalesOffice) -> Effect:
    with office.services.store.read() as tx:
        (found,) = [each for each in office.services.store.effects.list(tx) if each.kind == "callback"]
    return found


def later(office: SalesOffice, shop: CallbackReceiver, **time: float) -> None:
    """The dispatcher looks after some time, and the receiver's clock goes with ours."""
    office.clock.advance(**time)
    shop.now = office.clock.now()
    office.services.effects.run_due(office.clock.now())


def test_the_answer_says_what_became_of_the_order(office: SalesOffice, shop: CallbackReceiver) -> None:
    office.gets(ORDER.type, ORDER.data)

    (told,) = shop.received.values()
    assert (told["type"], told["subject"]) == ("order.invoiced", "WEB-1001")
    assert told["data"] == {
        "order_number": "WEB-1001",
        "status": "invoiced",
        "number": "2026-00001",
        "date": "2026-05-20",
        "corrects": None,
        "total": "1648.21",
        "currency": "EUR",
    }
    assert answer(office).state == "done"


@pytest.mark.parametrize("status", [429, 500, 503, 401])
def test_a_receiver_in_trouble_is_told_later_under_the_same_id(
    office: SalesOffice, shop: CallbackReceiver, status: int
) -> None:
    shop.statuses += [status, status]
    became = office.gets(ORDER.type, ORDER.data)
    assert became["state"] == "invoiced"  # its trouble is none of the order's
    assert (answer(office).state, shop.received) == ("planned", {})

    later(office, shop, minutes=1)
    later(office, shop, minutes=5)

    assert answer(office).state == "done"
    assert len(shop.deliveries) == 3
    assert shop.told() == [("WEB-1001", "invoiced")]


def test_an_answer_whose_fate_is_unknown_is_repeated_and_the_receiver_knows_it(
    office: SalesOffice, shop: CallbackReceiver
) -> None:
    shop.statuses.append(BREAK)
    office.gets(ORDER.type, ORDER.data)
    assert answer(office).state == "sending"

    later(office, shop, seconds=30)
    assert len(shop.deliveries) == 1  # it may still be under way
    later(office, shop, minutes=2)

    assert answer(office).state == "done"
    assert shop.deliveries == [answer(office).key] * 2
    assert len(shop.received) == 1


def test_an_answer_that_is_refused_is_stopped_and_shown(office: SalesOffice, shop: CallbackReceiver) -> None:
    shop.statuses.append(410)
    office.gets(ORDER.type, ORDER.data)
    later(office, shop, hours=1)

    stopped = answer(office)
    assert (stopped.state, stopped.reason_code) == ("failed", "callback_refused")
    assert stopped.reason is not None
    assert "127.0.0.1 answered 410" in stopped.reason
    assert len(shop.deliveries) == 1


def test_a_redirect_is_not_followed(office: SalesOffice, shop: CallbackReceiver) -> None:
    with callback_receiver() as elsewhere:
        shop.statuses.append(307)
        shop.headers["location"] = elsewhere.url
        office.gets(ORDER.type, ORDER.data)
        shop.headers.clear()

    assert elsewhere.deliveries == []
    assert answer(office).state == "failed"


def test_a_receiver_that_stays_away_is_given_up_in_the_end(office: SalesOffice, shop: CallbackReceiver) -> None:
    shop.statuses += [503] * 50
    office.gets(ORDER.type, ORDER.data)

    for _ in range(12):
        later(office, shop, hours=1)

    assert answer(office).state == "failed"
    assert len(shop.deliveries) == 8
