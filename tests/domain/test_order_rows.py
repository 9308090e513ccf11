"""Orders in tables: rows put together, contradictions named, nothing invoiced of which a line may be missing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kontorist.domain.receivables.order_rows import OrderRow, orders_in
from kontorist.domain.receivables.orders import order_from

LINE: dict[str, Any] = {"text": "Plakate", "quantity": Decimal(2), "unit_price": Decimal("12.50")}


def row(number: int, order: str | None, *, sheet: str | None = "Orders", good: bool = True, **values: Any) -> OrderRow:
    known = {**LINE, "customer_number": "10021", **values}
    return OrderRow(sheet=sheet, row=number, values={**known, "order": order} if order else known, good=good)


def doubts(*rows: OrderRow) -> list[tuple[int, str, str]]:
    found = orders_in(rows, currency="EUR")
    return [(each.row.row, each.column, each.expected) for each in found.doubts]


def numbers(*rows: OrderRow) -> list[str]:
    return [each["order_number"] for each in orders_in(rows, currency="EUR").good]


def test_the_rows_of_an_order_become_its_lines_with_what_any_of_them_says() -> None:
    rows = [
        row(2, "A", customer_number=None, tax_rate=Decimal(21)),
        row(3, "B"),
        row(4, "A", text="Versand", currency="USD", delivery_date=date(2026, 5, 18), email="inkoop@example.org"),
    ]

    first, second = orders_in(rows, currency="EUR").good

    assert first == {
        "order_number": "A",
        "customer": {"number": "10021", "email": "inkoop@example.org"},
        "lines": [
            {"description": "Plakate", "quantity": "2", "unit_price": "12.50", "tax_rate": "21"},
            {"description": "Versand", "quantity": "2", "unit_price": "12.50", "tax_rate": None},
        ],
        "currency": "USD",
        "delivery_date": "2026-05-18",
    }
    assert (second["order_number"], second["currency"], second["delivery_date"]) == ("B", "EUR", None)


def test_an_order_with_one_doubtful_row_is_held_whole_and_the_others_go_on() -> None:
    found = orders_in([row(2, "A"), row(3, "A", good=False), row(4, "B")], currency="EUR")

    assert [each["order_number"] for each in found.good] == ["B"]
    assert (found.held, found.doubts) == (("A",), ())


def test_a_row_without_readable_number_holds_the_orders_beside_it() -> None:
    rows = [
        row(2, "A"),
        row(3, "B"),
        row(4, None, good=False),
        row(5, None, good=False),
        row(6, "C"),
        row(7, "D"),
        row(2, "E", sheet="Other"),
    ]

    assert numbers(*rows) == ["A", "D", "E"]


def test_a_row_without_number_at_the_end_of_a_sheet_holds_the_one_above() -> None:
    assert numbers(row(2, "A"), row(3, None, good=False), row(2, "B", sheet="Other")) == ["B"]


def test_rows_that_contradict_each_other_are_shown_with_what_the_first_says() -> None:
    assert doubts(row(2, "A"), row(3, "A", customer_number="10022")) == [
        (3, "customer_number", "10021, as row 2 says of this order")
    ]


def test_the_same_position_twice_is_no_second_line() -> None:
    assert doubts(row(2, "A", position=1), row(3, "A", position=2), row(4, "A", position=1)) == [
        (4, "position", "another position than row 2 has")
    ]


def test_what_cannot_be_invoiced_is_named_in_its_row_and_column() -> None:
    assert doubts(row(2, "A"), row(3, "A", quantity=Decimal(0))) == [
        (3, "quantity", "an order that can be invoiced (A quantity has to be above zero)")
    ]
    assert doubts(row(2, "A", text="x" * 501))[0][:2] == (2, "text")
    assert doubts(row(2, "A", customer_number=None))[0][:2] == (2, "customer_number")
    assert doubts(row(2, "A", unit_price=Decimal(0)))[0][:2] == (2, "order")  # it comes to nothing
    assert doubts(row(2, "A" * 61))[0][:2] == (2, "order")


def test_a_rule_is_not_asked_about_an_order_that_is_held_already() -> None:
    assert doubts(row(2, "A", quantity=Decimal(0)), row(3, "A", good=False)) == []


@given(
    st.lists(
        st.tuples(st.sampled_from("ABC"), st.decimals("0.0001", "1000", places=4), st.booleans()),
        min_size=1,
        max_size=20,
    )
)
def test_every_row_is_in_one_good_order_or_its_order_is_held(lines: list[tuple[str, Decimal, bool]]) -> None:
    rows = [row(place, order, quantity=amount, good=good) for place, (order, amount, good) in enumerate(lines, 2)]

    found = orders_in(rows, currency="EUR")

    assert {*found.held, *(each["order_number"] for each in found.good)} == {order for order, _, _ in lines}
    assert not set(found.held) & {each["order_number"] for each in found.good}
    for each in found.good:
        assert [line.quantity for line in order_from(each).positions] == [
            amount for order, amount, _ in lines if order == each["order_number"]
        ]
