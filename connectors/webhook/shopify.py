"""Orders from Shopify, as its webhooks `orders/create` and `orders/cancelled` send them.

Signed is the raw body, with the app's secret. The id is the topic with `X-Shopify-Event-Id`, the same for every
repetition (https://shopify.dev/docs/apps/build/webhooks/ignore-duplicates); `X-Shopify-Webhook-Id` stands in where an
older sender leaves it out. `X-Shopify-Triggered-At` is not signed: it dates the event and keeps nobody out.

Not tested against a live shop: the bodies in our tests are made by us after Shopify's reference of the order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Final

from connectors.registry import ConnectorContext
from connectors.webhook.shop import (
    NotYet,
    ShopSettings,
    ShopWebhook,
    Told,
    amount,
    cancelled,
    created,
    customer_from,
    part,
    records,
    text,
)
from kontorist.domain.receivables.orders import OrderUnreadable
from kontorist.domain.receivables.shop_orders import ShopLine

KEY_VERSION: Final = "1"  #: topic and event id
CAPABILITIES: Final = frozenset({"push"})
_TOPICS: Final = ("orders/create", "orders/cancelled")


class Settings(ShopSettings):
    """The keys of a `webhook/shopify` connector in config.yaml."""


class Shopify(ShopWebhook):
    """Takes orders and cancellations of one Shopify shop."""

    SIGNATURE: ClassVar[str] = "x-shopify-hmac-sha256"

    def identity(self, raw_body: bytes, sent: Mapping[str, str]) -> str:
        """Topic and event id; without any id the body speaks for itself."""
        given = sent.get("x-shopify-event-id") or sent.get("x-shopify-webhook-id")
        return f"{sent.get('x-shopify-topic', '')}:{given or hashlib.sha256(raw_body).hexdigest()}"

    def time(self, sent: Mapping[str, str]) -> datetime | None:
        """`X-Shopify-Triggered-At`, where it is a time with its zone."""
        try:
            triggered = datetime.fromisoformat(sent.get("x-shopify-triggered-at", ""))
        except ValueError:
            return None
        return triggered if triggered.tzinfo else None

    def read(self, order: Mapping[str, Any], sent: Mapping[str, str]) -> Told:
        """A new order or a cancelled one: the body says which, `cancelled_at` stands in it or not."""
        topic = sent.get("x-shopify-topic", "")
        if topic not in _TOPICS:
            raise OrderUnreadable(f"The topic {topic[:60]!r} is not taken here, only {' and '.join(_TOPICS)}.")
        if order.get("test") is True:
            raise NotYet("A test order of the shop; nothing is invoiced.")
        number, taken_back = self.number(text(order, "name")), order.get("cancelled_at") is not None
        if taken_back is not (topic == "orders/cancelled"):
            raise OrderUnreadable(f"The topic says {topic}, the order itself something else.", place="cancelled_at")
        if taken_back:
            return cancelled(number)
        return created(number, order, total="total_price", customer=_customer(order), lines=_lines(order))


def build(name: str, settings: Settings, context: ConnectorContext) -> Shopify:
    """The webhook `name` of config.yaml, reached under /hooks/<name>. Raises SecretUnusable."""
    return Shopify(name, settings)


def _customer(order: Mapping[str, Any]) -> dict[str, str]:
    address, customer = part(order, "billing_address"), part(order, "customer")
    return customer_from(
        (
            ("email", order.get("email")),
            ("email", order.get("contact_email")),
            ("email", customer.get("email")),
            ("name", address.get("company")),
            ("name", address.get("name")),
        )
    )


def _lines(order: Mapping[str, Any]) -> Iterator[ShopLine]:
    included = order.get("taxes_included") is True
    for line in records(order, "line_items"):
        yield _line(line, text(line, "title"), amount(line, "quantity"), included)
    for line in records(order, "shipping_lines"):
        yield _line(line, text(line, "title"), Decimal(1), included)


def _line(line: Mapping[str, Any], title: str, quantity: Decimal, included: bool) -> ShopLine:
    named = records(line, "tax_lines")
    taxes = [each for each in named if amount(each, "price")] or named[:1]  # nothing is charged on what is free
    if len(taxes) > 1:
        raise OrderUnreadable("A line with more than one tax is not supported.", place="tax_lines")
    worth = amount(line, "price") * quantity
    worth -= sum((amount(each, "amount") for each in records(line, "discount_allocations")), Decimal(0))
    if included:  # the price holds the tax, as far as it was charged
        worth -= sum((amount(each, "price") for each in taxes), Decimal(0))
    rate = amount(taxes[0], "rate") * 100 if taxes else Decimal(0)
    return ShopLine(description=title, quantity=quantity, net=worth, tax_rate=rate)
