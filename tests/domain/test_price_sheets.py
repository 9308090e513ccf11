"""What a price list cannot say, whatever stands in its cells."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from kontorist.domain.masterdata.sheets import price_doubts

SPRING, SUMMER = date(2026, 3, 1), date(2026, 6, 1)


def row(price: str = "4.95", **more: Any) -> dict[str, Any]:
    return {"item": "0815", "unit_price": Decimal(price), **more}


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [row(), row()],
        [row(), row("3.95", from_quantity=Decimal(100))],
        [row(valid_from=SPRING), row("5.05", valid_from=SUMMER)],
        [row(unit="Stk"), row("40", unit="Karton")],
        [row("0", valid_from=SPRING, valid_until=SPRING)],
        [row(valid_from=SPRING), row(valid_until=SUMMER)],
    ],
)
def test_prices_by_quantity_day_and_unit_do_not_contradict_one_another(rows: list[dict[str, Any]]) -> None:
    assert list(price_doubts(rows)) == []


def test_two_prices_of_one_item_are_in_doubt() -> None:
    assert list(price_doubts([row(), row("5.05"), row("4.95")])) == [
        (1, "unit_price", "one price for this item; above it is 4.95")
    ]


def test_a_price_below_zero_and_an_end_before_its_beginning_are_in_doubt() -> None:
    rows = [row("-1"), row(valid_from=SUMMER, valid_until=SPRING)]

    assert [each[:2] for each in price_doubts(rows)] == [(0, "unit_price"), (1, "valid_until")]
