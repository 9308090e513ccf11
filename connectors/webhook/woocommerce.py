"""Orders from WooCommerce, as its webhooks `order.created` and `order.updated` send them.

Signed is the raw body, with the secret of the webhook. What an order has become stands in its `status`, in the signed
body; the topic is only a header. The id is made from the body: `X-WC-Webhook-Delivery-ID` is new for every delivery,
and two changes in one second have the same modified time. So a repetition is known again, and no change is taken for
one.

Saving a webhook sends an unsigned greeting `webhook_id=<number>`: answered 200, nothing is stored. WooCommerce switches
a webhook off after five answers that are no success, without telling anybody: hence `on_conflict: hold`.

Not tested against a live shop: the bodies in our tests are made by us after the reference of its REST interface, v3.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
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

KEY_VERSION: Final = "1"  #: SHA-256 of the body
CAPABILITIES: Final = frozenset({"push"})

_PLACED: Final = ("on-hold", "processing", "completed")
_NOT_PLACED: Final = ("auto-draft", "draft", "checkout-draft", "pending", "failed")
_PING: Final = re.compile(rb"webhook_id=[0-9]{1,20}")


class Settings(ShopSettings):
    """The keys of a `webhook/woocommerce` connector in config.yaml."""


class WooCommerce(ShopWebhook):
    """Takes orders, their changes and cancellations of one WooCommerce shop."""

    SIGNATURE: ClassVar[str] = "x-wc-webhook-signature"

    def is_ping(self, raw_body: bytes, sent: Mapping[str, str]) -> bool:
        """The unsigned greeting, word for word."""
        return self.SIGNATURE not in sent and _PING.fullmatch(raw_body) is not None

    def identity(self, raw_body: bytes, sent: Mapping[str, str]) -> str:
        """The SHA-256 of the body."""
        return hashlib.sha256(raw_body).hexdigest()

    def read(self, order: Mapping[str, Any], sent: Mapping[str, str]) -> Told:
        """What has become of the order, by its `status`."""
        if "status" not in order:  # a deleted order comes with its id alone
            raise OrderUnreadable("The body names no order with a status; deleted orders have to be cancelled first.")
        status, number = text(order, "status"), self.number(order.get("number"))
        if status == "cancelled":
            return cancelled(number)
        if status in _NOT_PLACED:
            raise NotYet(f"Order {number} is not placed yet (its state is {status}).")
        if status == "refunded" or records(order, "refunds"):
            raise OrderUnreadable(f"Order {number} was refunded; refunds are credited by a person.", place="refunds")
        if status not in _PLACED:
            raise OrderUnreadable(f"The state {status[:60]!r} of order {number} is not known.", place="status")
        return created(number, order, total="total", customer=_customer(order), lines=_lines(order))


def build(name: str, settings: Settings, context: ConnectorContext) -> WooCommerce:
    """The webhook `name` of config.yaml, reached under /hooks/<name>. Raises SecretUnusable."""
    return WooCommerce(name, settings)


def _customer(order: Mapping[str, Any]) -> dict[str, str]:
    billing = part(order, "billing")
    names = (billing.get("first_name"), billing.get("last_name"))
    person = " ".join(each.strip() for each in names if isinstance(each, str) and each.strip())
    return customer_from((("email", billing.get("email")), ("name", billing.get("company")), ("name", person)))


def _lines(order: Mapping[str, Any]) -> Iterator[ShopLine]:
    rates = {str(each.get("rate_id")): amount(each, "rate_percent") for each in records(order, "tax_lines")}
    for line in records(order, "line_items"):
        yield _line(line, text(line, "name"), amount(line, "quantity"), rates)
    for name, title in (("shipping_lines", "method_title"), ("fee_lines", "name")):
        for line in records(order, name):
            yield _line(line, text(line, title), Decimal(1), rates)


def _line(line: Mapping[str, Any], title: str, quantity: Decimal, rates: Mapping[str, Decimal]) -> ShopLine:
    # a tax that does not touch this line stands here with an empty total
    charged = [str(each.get("id")) for each in records(line, "taxes") if each.get("total") not in (None, "")]
    if len(charged) > 1 or not rates.keys() >= set(charged):
        raise OrderUnreadable("A line with more than one tax, or an unknown one, is not supported.", place="taxes")
    rate = rates[charged[0]] if charged else Decimal(0)
    return ShopLine(description=title, quantity=quantity, net=amount(line, "total"), tax_rate=rate)
