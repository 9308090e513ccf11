"""Shops that send orders: bodies made by us after the references of Shopify and WooCommerce, signed as they sign."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from connectors.webhook.shop import sign
from kontorist.testing.twins.webhook_sender import Delivery

SECRET = "shpss_a-secret-of-the-twin-for-tests"  # of a shop that does not exist


def shopify_order(**changes: Any) -> dict[str, Any]:
    """An order over 2 x 59.50 and 5.95 for sending, 19 % included: 124.95 EUR."""
    order = {
        "id": 5_678_901_234,
        "name": "#1001",
        "email": "einkauf@laterne.example",
        "currency": "EUR",
        "taxes_included": True,
        "cancelled_at": None,
        "test": False,
        "total_price": "124.95",
        "billing_address": {"name": "Eva Stein", "company": "Theater Laterne GmbH"},
        "line_items": [
            {
                "title": "Programmheft",
                "quantity": 2,
                "price": "59.50",
                "discount_allocations": [],
                "tax_lines": [{"title": "MwSt", "price": "19.00", "rate": 0.19}],
            }
        ],
        "shipping_lines": [
            {"title": "Versand", "price": "5.95", "tax_lines": [{"title": "MwSt", "price": "0.95", "rate": 0.19}]}
        ],
    }
    return order | changes


def woocommerce_order(**changes: Any) -> dict[str, Any]:
    """An order over 2 x 50.00 and 5.00 for sending, 21 % on top: 127.05 EUR."""
    order = {
        "id": 727,
        "number": "727",
        "status": "processing",
        "currency": "EUR",
        "date_modified_gmt": "2026-05-18T09:30:00",
        "total": "127.05",
        "billing": {
            "first_name": "Eva",
            "last_name": "Stein",
            "company": "Theaterhuis De Lantaarn",
            "email": "inkoop@lantaarn.example",
        },
        "line_items": [
            {"name": "Brochure", "quantity": 2, "total": "100.00", "taxes": [{"id": 1, "total": "21.00"}]},
        ],
        "shipping_lines": [{"method_title": "PostNL", "total": "5.00", "taxes": [{"id": 1, "total": "1.05"}]}],
        "fee_lines": [],
        "tax_lines": [{"rate_id": 1, "label": "BTW", "rate_percent": 21}],
        "refunds": [],
    }
    return order | changes


def from_shopify(
    body: Mapping[str, Any] | bytes, *, event: str = "evt-1", topic: str = "orders/create", secret: str = SECRET
) -> Delivery:
    """`body` as Shopify delivers it; `event` is the id of what happened, the same for each repetition."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {
        "Content-Type": "application/json",
        "X-Shopify-Topic": topic,
        "X-Shopify-Event-Id": event,
        "X-Shopify-Webhook-Id": f"{event}-delivery",
        "X-Shopify-Triggered-At": "2026-05-18T09:30:00.123456789Z",
        "X-Shopify-Hmac-Sha256": sign(secret.encode(), raw).decode(),
    }
    return Delivery(raw, headers)


def from_woocommerce(
    body: Mapping[str, Any] | bytes, *, delivery: str = "d-1", topic: str = "order.updated", secret: str = SECRET
) -> Delivery:
    """`body` as WooCommerce delivers it; `delivery` is new for each repetition."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {
        "Content-Type": "application/json",
        "X-WC-Webhook-Topic": topic,
        "X-WC-Webhook-Delivery-ID": delivery,
        "X-WC-Webhook-Signature": sign(secret.encode(), raw).decode(),
    }
    return Delivery(raw, headers)
