"""Tables that offices send one another: what each column of a price list or a time sheet holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from kontorist.domain.masterdata.columns import CellType, Column

PRICE_COLUMNS: Final = (
    Column(name="item", type=CellType.IDENTIFIER, required=True, filled=True),
    Column(name="text"),
    Column(name="unit"),
    Column(name="from_quantity", type=CellType.AMOUNT, places=4),
    Column(name="unit_price", type=CellType.AMOUNT, required=True, filled=True, places=4),
    Column(name="currency", type=CellType.CURRENCY),
    Column(name="tax_rate", type=CellType.PERCENT),
    Column(name="valid_from", type=CellType.DATE),
    Column(name="valid_until", type=CellType.DATE),
)
HOUR_COLUMNS: Final = (
    Column(name="number", type=CellType.IDENTIFIER, words="personnel_number", required=True, filled=True),
    Column(name="name", words="employee_name"),
    Column(name="day", type=CellType.DATE, words="work_day", required=True, filled=True),
    Column(name="hours", type=CellType.HOURS, words="worked_hours", required=True, filled=True),
    Column(name="project", type=CellType.IDENTIFIER),
    Column(name="text", words="activity"),
)


def price_doubts(rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[int, str, str]]:
    """(row counting from 0, column, what is expected) of what a price list cannot say: two prices of one item for the
    same quantity from the same day, a price below zero, an end before its beginning.
    """
    seen: dict[tuple[object, ...], Decimal] = {}
    for index, row in enumerate(rows):
        price: Decimal = row["unit_price"]
        key = tuple(row.get(name) for name in ("item", "from_quantity", "valid_from", "unit", "currency"))
        if seen.setdefault(key, price) != price:
            yield index, "unit_price", f"one price for this item; above it is {seen[key]}"
        if price < 0:
            yield index, "unit_price", "a price of zero or more"
        begin, end = row.get("valid_from"), row.get("valid_until")
        if begin is not None and end is not None and end < begin:
            yield index, "valid_until", "a day not before the first one"
