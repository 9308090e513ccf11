"""Orders as tables hold them: a row for each line; what is said of the whole order may stand in any of its rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from kontorist.domain.masterdata.columns import CellType, Column
from kontorist.domain.receivables.orders import OrderUnreadable, order_from

ORDER_COLUMNS: Final = (
    Column(name="order", type=CellType.IDENTIFIER, required=True, filled=True),
    Column(name="position", type=CellType.INTEGER),
    Column(name="customer_number", type=CellType.IDENTIFIER, words="partner_number"),
    Column(name="customer_name", words="partner_name"),
    Column(name="vat_id", type=CellType.VAT_ID),
    Column(name="email", type=CellType.EMAIL),
    Column(name="text", required=True, filled=True),
    Column(name="quantity", type=CellType.AMOUNT, required=True, filled=True, places=4),
    Column(name="unit_price", type=CellType.AMOUNT, required=True, filled=True, places=4),
    Column(name="tax_rate", type=CellType.PERCENT),
    Column(name="currency", type=CellType.CURRENCY),
    Column(name="delivery_date", type=CellType.DATE, words="delivery_due"),
)
_CUSTOMER: Final = {"number": "customer_number", "name": "customer_name", "vat_id": "vat_id", "email": "email"}
_OF_THE_ORDER: Final = (*_CUSTOMER.values(), "currency", "delivery_date")
_COLUMN_OF: Final = {"description": "text", "customer": "customer_number"}


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """One row in the order of the file. `good` is False where the reader could not read one of its cells."""

    sheet: str | None
    row: int
    values: Mapping[str, Any]
    good: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RowDoubt:
    """What cannot be in a row, by a rule that the reader of the table does not know."""

    row: OrderRow
    column: str
    expected: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundOrders:
    """The orders of a file: `good` as the data of `order.created`, `held` the numbers of those in doubt."""

    good: tuple[dict[str, Any], ...]
    held: tuple[str, ...]
    doubts: tuple[RowDoubt, ...]


def orders_in(rows: Sequence[OrderRow], *, currency: str) -> FoundOrders:
    """Put rows together by order number; an order with one doubtful row is held whole.

    A row whose order number cannot be read may belong to the order above it or the one below: both are held.
    `currency` is ours, for orders that name none.
    """
    held = set(_beside_unknown(rows))
    good, doubts = [], []
    for number, lines in _by_number(rows).items():
        found = list(_doubts_of(lines, currency))
        doubts += found
        if found or number in held or not all(each.good for each in lines):
            held.add(number)
        else:
            good.append(_data(lines, currency))
    return FoundOrders(good=tuple(good), held=tuple(sorted(held)), doubts=tuple(doubts))


def _by_number(rows: Iterable[OrderRow]) -> dict[str, list[OrderRow]]:
    found: dict[str, list[OrderRow]] = {}
    for row in rows:
        if (number := row.values.get("order")) is not None:
            found.setdefault(number, []).append(row)
    return found


def _beside_unknown(rows: Sequence[OrderRow]) -> Iterator[str]:
    for index, row in enumerate(rows):
        if row.values.get("order") is None:
            yield from _nearest(row, reversed(rows[:index]))
            yield from _nearest(row, rows[index + 1 :])


def _nearest(row: OrderRow, others: Iterable[OrderRow]) -> list[str]:
    known = (each.values["order"] for each in others if each.sheet == row.sheet and each.values.get("order"))
    return [number] if (number := next(known, None)) else []


def _doubts_of(lines: Sequence[OrderRow], currency: str) -> Iterator[RowDoubt]:
    found = [*_repetitions(lines), *_contradictions(lines)]
    yield from found
    if found or not all(each.good for each in lines):
        return
    try:
        order_from(_data(lines, currency))
    except OrderUnreadable as error:
        row, column = _where(error.place or "", lines)
        expected = f"an order that can be invoiced ({error.sentence.removesuffix('.')})"
        yield RowDoubt(row=row, column=column, expected=expected)


def _repetitions(lines: Sequence[OrderRow]) -> Iterator[RowDoubt]:
    known: dict[int, OrderRow] = {}
    for row in lines:
        position = row.values.get("position")
        if position is not None and known.setdefault(position, row) is not row:
            yield RowDoubt(row=row, column="position", expected=f"another position than row {known[position].row} has")


def _contradictions(lines: Sequence[OrderRow]) -> Iterator[RowDoubt]:
    for column in _OF_THE_ORDER:
        said = [each for each in lines if each.values.get(column) is not None]
        for other in said[1:]:
            if other.values[column] != said[0].values[column]:
                expected = f"{said[0].values[column]}, as row {said[0].row} says of this order"
                yield RowDoubt(row=other, column=column, expected=expected)


def _where(place: str, lines: Sequence[OrderRow]) -> tuple[OrderRow, str]:
    """The row and column that a place such as ``lines[2].quantity`` or ``customer`` came from."""
    number = re.match(r"lines\[(\d+)\]", place)
    name = place.rpartition(".")[2]
    row = lines[int(number[1])] if number else lines[0]
    column = _COLUMN_OF.get(name, name)
    return row, column if any(column == each.name for each in ORDER_COLUMNS) else "order"


def _data(lines: Sequence[OrderRow], currency: str) -> dict[str, Any]:
    """The data of `order.created`: numbers and days as text."""
    said = {column: _said(lines, column) for column in _OF_THE_ORDER}
    return {
        "order_number": lines[0].values["order"],
        "customer": {name: said[column] for name, column in _CUSTOMER.items() if said[column] is not None},
        "lines": [
            {
                "description": each.values["text"],
                **{name: _text(each.values.get(name)) for name in ("quantity", "unit_price", "tax_rate")},
            }
            for each in lines
        ],
        "currency": said["currency"] or currency,
        "delivery_date": _text(said["delivery_date"]),
    }


def _said(lines: Iterable[OrderRow], column: str) -> Any:
    return next((each.values[column] for each in lines if each.values.get(column) is not None), None)


def _text(value: Decimal | date | None) -> str | None:
    return format(value, "f") if isinstance(value, Decimal) else value.isoformat() if value else None
