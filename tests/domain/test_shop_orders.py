"""Orders of shops in our form: what the customer was told to pay is what our invoice asks for, or nothing is made."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kontorist.domain.ids import CustomerId
from kontorist.domain.masterdata.address import Address
from kontorist.domain.money import Money
from kontorist.domain.receivables.customers import Customer
from kontorist.domain.receivables.invoices import invoice_for
from kontorist.domain.receivables.orders import OrderUnreadable, order_from
from kontorist.domain.receivables.shop_orders import ShopLine, shop_order
from kontorist.domain.receivables.tax import Treatment

CUSTOMER = {"name": "Theater Laterne GmbH"}


def line(net: str, rate: str = "19", quantity: str = "1") -> ShopLine:
    return ShopLine(description="Heft", quantity=Decimal(quantity), net=Decimal(net), tax_rate=Decimal(rate))


def order(total: str, *lines: ShopLine) -> dict[str, object]:
    return shop_order(number="1", customer=CUSTOMER, lines=lines, currency="EUR", total=Decimal(total))


def test_prices_are_for_one_piece_and_a_line_without_pieces_is_left_out() -> None:
    data = order("357.00", line("300", quantity="3"), line("0", quantity="0"))

    assert data["lines"] == [{"description": "Heft", "quantity": "3", "unit_price": "100", "tax_rate": "19"}]


def test_three_for_ten_are_ten() -> None:
    (position,) = order_from(order("11.90", line("10", quantity="3"))).positions

    assert position.unit_price == Decimal("3.333333")
    assert position.net("EUR") == Money("10.00", "EUR")


def test_a_cent_of_difference_is_not_explained_away() -> None:
    """2 x 9.99 with 19 % included, rounded line by line: the shop takes 19.98, an invoice would come to 19.97."""
    with pytest.raises(OrderUnreadable, match=r"asks for 19\.98 EUR; an invoice .* come to 19\.97 EUR"):
        order("19.98", line("8.39"), line("8.39"))


def test_what_cannot_be_shared_out_is_refused() -> None:
    with pytest.raises(OrderUnreadable, match="cannot be shared out"):
        order("0.01", line("0.01", "0", "99999999"))


@given(
    st.lists(
        st.tuples(st.integers(1, 500_000), st.sampled_from(["0", "7", "19"]), st.integers(1, 99)),
        min_size=1,
        max_size=6,
    ),
    st.integers(-3, 3),
)
def test_the_invoice_asks_for_what_the_shop_asked_for_or_there_is_none(
    cents: list[tuple[int, str, int]], away: int
) -> None:
    lines = [
        ShopLine(description="x", quantity=Decimal(many), net=Decimal(net) / 100, tax_rate=Decimal(rate))
        for net, rate, many in cents
    ]
    sums = {rate: sum(each.net for each in lines if each.tax_rate == Decimal(rate)) for rate in ("0", "7", "19")}
    gross = [Money.rounded(net, "EUR") + Money.rounded(net * Decimal(rate) / 100, "EUR") for rate, net in sums.items()]
    asked = Money.total(gross, "EUR").amount + Decimal(away) / 100

    try:
        data = shop_order(number="1", customer=CUSTOMER, lines=lines, currency="EUR", total=asked)
    except OrderUnreadable:
        assert away != 0
        return
    assert invoiced(data) == Money(asked, "EUR")


def invoiced(data: dict[str, object]) -> Money:
    home = Address(street="", postcode="", town="", country="DE")
    customer = Customer(id=CustomerId("C1"), name="Theater", address=home)
    day = date(2026, 5, 20)
    paper = invoice_for(order_from(data), customer, Treatment.DOMESTIC, number="1", day=day, due=day, language="de")
    return paper.gross
