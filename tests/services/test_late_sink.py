"""Who only looks into the books needs no secret of those who send."""

from __future__ import annotations

from pathlib import Path

import pytest

from kontorist.config import load
from kontorist.config.secrets import SecretMissing
from kontorist.services import open_services
from kontorist.services.late_sink import LateSink
from kontorist.testing.fakes import RecordingSink

CONFIG = """\
version: 1
company: {name: Kontor Beispiel B.V., country: NL}
connectors:
  shop: {use: webhook/callback, url: "https://shop.example.org/hooks", key: {secret: shop}}
routes:
  - {on: order.created, run: receivables/order_to_invoice, reply_to: shop}
"""


def test_books_are_opened_without_the_secrets_of_connectors(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG, encoding="utf-8")

    with open_services(load(tmp_path, need_secrets=False)) as services:
        assert services.worklist.items() == []
        with pytest.raises(SecretMissing):
            services.sink("shop")


def test_it_is_built_once_when_it_first_acts() -> None:
    built: list[RecordingSink] = []

    def build() -> RecordingSink:
        built.append(RecordingSink())
        return built[-1]

    late = LateSink(build)
    assert built == []

    receipt = late.apply({"to": "anna"}, "key-1")

    assert late.find("key-1") == receipt
    assert late.check() == built[0].check()
    assert len(built) == 1
