"""Orders as Shopify and WooCommerce send them: who signs, which delivery is which, what becomes of an order."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.registry import ConnectorContext, build
from connectors.webhook.shop import ShopWebhook
from connectors.webhook.standard import SecretUnusable
from kontorist.domain.events import Event
from kontorist.domain.ports import NothingToDo, PushSource, SignatureRefused, UnreadableBody
from kontorist.domain.receivables.orders import order_from
from kontorist.testing.fakes import FakeClock, secrets
from kontorist.testing.twins.shop_sender import (
    SECRET,
    from_shopify,
    from_woocommerce,
    shopify_order,
    woocommerce_order,
)
from kontorist.testing.twins.webhook_sender import Delivery

NOW = datetime(2026, 5, 18, 10, 0, tzinfo=UTC)
OLD = "shpss_the-secret-of-last-year"


def shop(use: str, **settings: Any) -> ShopWebhook:
    context = ConnectorContext(root=Path(), secret=secrets(shop=SECRET, old=OLD), clock=FakeClock(NOW))
    connector = build(f"webhook/{use}", "shop", {"key": {"secret": "shop"}} | settings, context)
    assert isinstance(connector, ShopWebhook)
    return connector


def taken(use: str, sent: Delivery, **settings: Any) -> Event:
    (event,) = shop(use, **settings).parse(sent.body, sent.headers, NOW)
    return event


def unreadable(use: str, sent: Delivery) -> str:
    with pytest.raises(UnreadableBody) as caught:
        shop(use).parse(sent.body, sent.headers, NOW)
    assert caught.value.event.blobs[0].open().read() == sent.body, "nothing of what was sent is lost"
    return caught.value.reason


def test_an_order_of_shopify_becomes_an_order_with_net_prices() -> None:
    event = taken("shopify", from_shopify(shopify_order()))

    assert (event.id, event.source, event.type) == ("orders/create:evt-1", "/kontorist/webhook/shop", "order.created")
    assert event.data == {
        "order_number": "#1001",
        "customer": {"email": "einkauf@laterne.example", "name": "Theater Laterne GmbH"},
        "lines": [
            {"description": "Programmheft", "quantity": "2", "unit_price": "50", "tax_rate": "19"},
            {"description": "Versand", "quantity": "1", "unit_price": "5", "tax_rate": "19"},
        ],
        "currency": "EUR",
    }
    assert event.subject == order_from(event.data).number == "#1001"
    assert event.time == datetime(2026, 5, 18, 9, 30, 0, 123456, tzinfo=UTC)
    assert json.loads(event.blobs[0].open().read()) == shopify_order(), "the order as it came is kept beside the event"


def test_an_order_of_woocommerce_becomes_an_order_with_net_prices() -> None:
    event = taken("woocommerce", from_woocommerce(woocommerce_order()), order_prefix="W-")

    assert event.data["order_number"] == event.subject == "W-727"
    assert event.data["customer"] == {"email": "inkoop@lantaarn.example", "name": "Theaterhuis De Lantaarn"}
    assert [(line["unit_price"], line["tax_rate"]) for line in event.data["lines"]] == [("50", "21"), ("5", "21")]
    assert order_from(event.data).currency == "EUR"


def test_prices_without_vat_discounts_free_things_and_lines_taken_out() -> None:
    line = shopify_order()["line_items"][0]
    free = line | {"title": "Geschenk", "quantity": 1, "price": "0.00", "tax_lines": [{"price": "0.00", "rate": 0.19}]}
    order = shopify_order(
        taxes_included=False,
        total_price="107.10",
        line_items=[
            line | {"price": "50.00", "discount_allocations": [{"amount": "10.00"}]},
            line | {"quantity": 0},
            free,
        ],
        shipping_lines=[],
    )

    lines = taken("shopify", from_shopify(order)).data["lines"]

    assert [(each["quantity"], each["unit_price"], each["tax_rate"]) for each in lines] == [
        ("2", "45", "19"),
        ("1", "0", "19"),
    ]


def test_an_order_without_vat_and_a_customer_without_a_company() -> None:
    address = {"first_name": "Eva", "last_name": "Stein", "company": "", "email": "eva@example.org"}
    line = {"name": "Boek", "quantity": 1, "total": "10.00", "taxes": [{"id": 1, "total": ""}]}
    order = woocommerce_order(billing=address, line_items=[line], shipping_lines=[], total="10.00")

    data = taken("woocommerce", from_woocommerce(order)).data

    assert data["customer"] == {"email": "eva@example.org", "name": "Eva Stein"}
    assert data["lines"][0]["tax_rate"] == "0"


def test_an_order_that_our_invoice_would_not_come_out_at_waits_for_a_person() -> None:
    """A shop that rounds VAT line by line may be a cent away; the customer must not be asked for another amount."""
    reason = unreadable("shopify", from_shopify(shopify_order(total_price="124.96")))

    assert "124.96" in reason
    assert "124.95" in reason


@pytest.mark.parametrize(
    ("use", "sent", "number"),
    [
        (
            "shopify",
            from_shopify(shopify_order(cancelled_at="2026-05-19T08:00:00Z"), topic="orders/cancelled"),
            "#1001",
        ),
        ("woocommerce", from_woocommerce(woocommerce_order(status="cancelled")), "727"),
    ],
)
def test_a_cancelled_order_is_taken_back_under_the_same_subject(use: str, sent: Delivery, number: str) -> None:
    event = taken(use, sent)

    assert (event.type, event.subject, event.data) == ("order.cancelled", number, {"order_number": number})


@pytest.mark.parametrize(
    ("topic", "changes", "said"),
    [
        ("orders/cancelled", {}, "something else"),
        ("orders/create", {"cancelled_at": "2026-05-19T08:00:00Z"}, "something else"),
        ("orders/paid", {}, "'orders/paid' is not taken here"),
        ("orders/create", {"name": ""}, "name: A text is missing."),
        ("orders/create", {"total_price": None}, "total_price: A number is missing."),
        ("orders/create", {"total_price": "much"}, "not an amount"),
        ("orders/create", {"line_items": "none"}, "line_items: A list of objects"),
        ("orders/create", {"line_items": [1]}, "line_items: A list of objects"),
        ("orders/create", {"line_items": [], "shipping_lines": []}, "no lines"),
        ("orders/create", {"email": None, "billing_address": None}, "names no customer"),
    ],
)
def test_shopify_orders_that_cannot_be_taken_are_kept_with_a_sentence(
    topic: str, changes: dict[str, Any], said: str
) -> None:
    assert said in unreadable("shopify", from_shopify(shopify_order(**changes), topic=topic))


def test_a_line_with_two_taxes_waits_for_a_person() -> None:
    order = shopify_order()
    order["line_items"][0]["tax_lines"].append({"price": "1.00", "rate": 0.01})
    assert "more than one tax" in unreadable("shopify", from_shopify(order))

    two = woocommerce_order()
    two["line_items"][0]["taxes"].append({"id": 2, "total": "1.00"})
    assert "more than one tax" in unreadable("woocommerce", from_woocommerce(two))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"status": "refunded"}, "was refunded"),
        ({"refunds": [{"id": 1, "total": "-5.00"}]}, "was refunded"),
        ({"status": "in-der-werkstatt"}, "'in-der-werkstatt' of order 727 is not known"),
        ({"number": None}, "no number"),
        ({"total": "127.06"}, "127.05"),
    ],
)
def test_woocommerce_orders_that_cannot_be_taken_are_kept_with_a_sentence(changes: dict[str, Any], said: str) -> None:
    assert said in unreadable("woocommerce", from_woocommerce(woocommerce_order(**changes)))


def test_a_deleted_order_of_woocommerce_comes_with_its_id_alone() -> None:
    assert "deleted orders" in unreadable("woocommerce", from_woocommerce({"id": 727}, topic="order.deleted"))
    assert unreadable("woocommerce", from_woocommerce(b"[1]")) == "The body is not an object."


@pytest.mark.parametrize(
    ("use", "sent"),
    [
        ("shopify", from_shopify(shopify_order(test=True))),
        *(("woocommerce", from_woocommerce(woocommerce_order(status=each))) for each in ("pending", "failed", "draft")),
    ],
)
def test_a_test_order_and_one_that_is_not_placed_yet_are_stored_and_nothing_follows(use: str, sent: Delivery) -> None:
    with pytest.raises(NothingToDo) as caught:
        shop(use).parse(sent.body, sent.headers, NOW)
    assert caught.value.reason
    assert caught.value.event.blobs[0].open().read() == sent.body


def test_a_repetition_is_known_again_and_a_change_is_not_taken_for_one() -> None:
    order = woocommerce_order()
    first = taken("woocommerce", from_woocommerce(order, delivery="d-1"))
    again = taken("woocommerce", from_woocommerce(order, delivery="d-2"))
    changed = taken("woocommerce", from_woocommerce(order | {"status": "completed"}, delivery="d-1"))
    assert first.id == again.id != changed.id, "two changes in one second have the same modified time"

    one = from_shopify(shopify_order(), event="evt-7")
    other_delivery = Delivery(one.body, dict(one.headers) | {"X-Shopify-Webhook-Id": "another delivery"})
    assert taken("shopify", one).id == taken("shopify", other_delivery).id == "orders/create:evt-7"


def test_a_sender_that_names_no_event_is_known_by_its_delivery_or_its_body() -> None:
    sent = from_shopify(shopify_order(), event="evt-7")
    older = {name: each for name, each in sent.headers.items() if name != "X-Shopify-Event-Id"}
    assert taken("shopify", Delivery(sent.body, older)).id == "orders/create:evt-7-delivery"

    silent = {name: each for name, each in older.items() if name != "X-Shopify-Webhook-Id"}
    assert len(taken("shopify", Delivery(sent.body, silent)).id) == len("orders/create:") + 64


def test_an_unsigned_time_dates_the_event_and_keeps_nobody_out() -> None:
    sent = from_shopify(shopify_order())
    for stamp in ("1999-01-01T00:00:00", "yesterday", ""):
        event = taken("shopify", Delivery(sent.body, dict(sent.headers) | {"X-Shopify-Triggered-At": stamp}))
        assert event.time is None


SENDERS: list[tuple[str, Callable[..., Delivery], dict[str, Any]]] = [
    ("shopify", from_shopify, shopify_order()),
    ("woocommerce", from_woocommerce, woocommerce_order()),
]


@pytest.mark.parametrize(("use", "send", "order"), SENDERS)
def test_while_the_secret_changes_old_and_new_are_both_accepted(
    use: str, send: Callable[..., Delivery], order: dict[str, Any]
) -> None:
    both = {"key": [{"secret": "shop"}, {"secret": "old"}]}
    assert taken(use, send(order, secret=SECRET), **both).type == "order.created"
    assert taken(use, send(order, secret=OLD), **both).type == "order.created"
    with pytest.raises(SignatureRefused, match="no signature matches"):
        taken(use, send(order, secret=OLD))


@pytest.mark.parametrize(("use", "send", "order"), SENDERS)
def test_the_signature_is_over_the_bytes_and_header_names_are_read_in_any_case(
    use: str, send: Callable[..., Delivery], order: dict[str, Any]
) -> None:
    sent = send(order)
    taken(use, Delivery(sent.body, {name.upper(): each for name, each in sent.headers.items()}))
    with pytest.raises(SignatureRefused, match="no signature matches"):
        taken(use, Delivery(json.dumps(order, separators=(",", ":")).encode(), sent.headers))
    unsigned = {name: each for name, each in sent.headers.items() if "Signature" not in name and "Hmac" not in name}
    with pytest.raises(SignatureRefused, match="is missing"):
        taken(use, Delivery(sent.body, unsigned))


@given(st.binary(max_size=60), st.text(max_size=80))
def test_nobody_gets_in_without_the_secret(body: bytes, signature: str) -> None:
    for use, header in (("shopify", "x-shopify-hmac-sha256"), ("woocommerce", "x-wc-webhook-signature")):
        with pytest.raises(SignatureRefused):
            shop(use).parse(body, {header: signature}, NOW)


def test_the_greeting_of_a_new_webhook_is_answered_and_nothing_is_stored() -> None:
    assert shop("woocommerce").parse(b"webhook_id=12", {"content-type": "application/x-www-form-urlencoded"}, NOW) == []
    for other in (b"webhook_id=12&a=1", b"webhook_id=", b"webhook_id=12\n", b""):
        with pytest.raises(SignatureRefused):
            shop("woocommerce").parse(other, {}, NOW)
    with pytest.raises(SignatureRefused):
        shop("shopify").parse(b"webhook_id=12", {}, NOW)


@pytest.mark.corpus
@pytest.mark.parametrize(("use", "send", "order"), SENDERS)
def test_every_hostile_json_body_is_kept_as_unreadable(
    use: str, send: Callable[..., Delivery], order: dict[str, Any], shared_corpus: Path
) -> None:
    files = sorted((shared_corpus / "hostile").glob("*json/*.json"))
    assert len(files) == 320
    assert all(unreadable(use, send(file.read_bytes())) for file in files)


def test_it_is_a_push_source_and_says_where_it_listens() -> None:
    assert isinstance(shop("shopify"), PushSource)
    assert shop("shopify").check()[0].sentence == "shop takes signed orders under /hooks/shop (1 secret)."
    assert SECRET not in repr(shop("shopify").settings)


def test_a_secret_that_protects_nothing_is_refused() -> None:
    context = ConnectorContext(root=Path(), secret=secrets(shop="short"), clock=FakeClock(NOW))
    with pytest.raises(SecretUnusable, match=r"connectors\.shop\.key: The secret has fewer than 16 characters"):
        build("webhook/woocommerce", "shop", {"key": {"secret": "shop"}}, context)
