"""Amounts are exact; nothing is rounded, split or compared by accident."""

from __future__ import annotations

import copy
import pickle
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kontorist.domain.money import CurrenciesDiffer, Money, NotAnAmount, exact_decimal, places_of

CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD", "CLF", "USD"])
COINS = st.integers(min_value=-(10**14), max_value=10**14)


@st.composite
def money(draw: st.DrawFn, currency: str | None = None) -> Money:
    code = currency or draw(CURRENCIES)
    return Money(Decimal(draw(COINS)).scaleb(-places_of(code)), code)


@pytest.mark.parametrize(
    ("written", "amount"),
    [("119", "119.00"), (" 119.5 ", "119.50"), ("-0.01", "-0.01"), ("1E+2", "100.00"), (7, "7.00"), ("0.010", "0.01")],
)
def test_an_amount_has_the_places_of_its_currency(written: str | int, amount: str) -> None:
    assert str(Money(written, "EUR").amount) == amount


@pytest.mark.parametrize(("currency", "shown"), [("EUR", "5.00 EUR"), ("JPY", "5 JPY"), ("KWD", "5.000 KWD")])
def test_an_amount_is_shown_with_its_currency(currency: str, shown: str) -> None:
    assert str(Money(5, currency)) == shown


@pytest.mark.parametrize(
    "wrong",
    [0.1, True, None, b"1", "", "abc", "1,50", "1 000", "1_000", "١٢", "NaN", "sNaN", "Infinity", Decimal("-Infinity")],
)
def test_what_is_no_exact_number_is_no_amount(wrong: object) -> None:
    with pytest.raises(NotAnAmount):
        exact_decimal(wrong)


@pytest.mark.parametrize(
    "huge",
    ["1e999999999", "1e-999999999", "9" * 20, "9" * 5000, 10**5000, "0." + "1" * 60, "1e19", Decimal("1e19")],
    ids=lambda huge: str(huge)[:12] if isinstance(huge, str) else type(huge).__name__,
)
def test_a_number_that_would_fill_memory_is_refused_in_a_short_sentence(huge: object) -> None:
    with pytest.raises(NotAnAmount) as refused:
        exact_decimal(huge)

    assert len(str(refused.value)) < 120


def test_more_decimals_than_the_currency_has_are_refused_not_rounded_away() -> None:
    with pytest.raises(NotAnAmount, match="more decimals"):
        Money("119.005", "EUR")
    with pytest.raises(NotAnAmount, match="more decimals"):
        Money("0.5", "JPY")


@pytest.mark.parametrize("code", ["eur", "EU", "EURO", "E1R", "€€€", ""])
def test_a_currency_is_three_capital_letters(code: str) -> None:
    with pytest.raises(NotAnAmount, match="ISO 4217"):
        Money(1, code)


@pytest.mark.parametrize(
    ("exact", "rounded"),
    [("0.005", "0.01"), ("-0.005", "-0.01"), ("0.0049", "0.00"), ("2.675", "2.68"), ("-0.001", "0.00")],
)
def test_rounding_is_commercial_away_from_zero_at_the_half(exact: str, rounded: str) -> None:
    assert str(Money.rounded(exact, "EUR").amount) == rounded


def test_there_is_only_one_zero_so_that_equal_amounts_hash_alike() -> None:
    assert str(Money("-0.00", "EUR")) == str(-Money.zero("EUR")) == "0.00 EUR"


def test_euros_and_dollars_are_neither_added_nor_compared() -> None:
    euro, dollar = Money(1, "EUR"), Money(1, "USD")

    assert euro != dollar
    for wrong in (lambda: euro + dollar, lambda: euro - dollar, lambda: euro < dollar, lambda: euro >= dollar):
        with pytest.raises(CurrenciesDiffer, match=r"1\.00 (EUR|USD) and 1\.00 (USD|EUR)"):
            wrong()
    with pytest.raises(CurrenciesDiffer):
        Money.total([euro, dollar], "EUR")


def test_a_result_beyond_all_reason_is_refused() -> None:
    with pytest.raises(NotAnAmount):
        Money("9" * 19, "EUR") + Money("9" * 19, "EUR")


@given(st.lists(money("EUR"), max_size=20))
def test_a_total_is_the_sum_in_any_order(amounts: list[Money]) -> None:
    assert Money.total(amounts, "EUR") == Money.total(reversed(amounts), "EUR")
    assert Money.total(amounts, "EUR").amount == sum(each.amount for each in amounts)


@given(money("EUR"), money("EUR"))
def test_amounts_are_ordered_and_taken_back_exactly(one: Money, other: Money) -> None:
    assert one + other - other == one
    turned = -one
    assert -turned == one
    assert abs(one) >= one
    assert (one < other) + (one == other) + (one > other) == 1
    assert (one <= other) == (not one > other)
    assert bool(one) == (one != Money.zero("EUR"))


@given(money())
def test_an_amount_survives_pickling_copying_and_text(amount: Money) -> None:
    text, currency = str(amount).split()

    assert pickle.loads(pickle.dumps(amount)) == copy.copy(amount) == Money(text, currency) == amount
    assert hash(Money(text, currency)) == hash(amount)


WEIGHTS = st.lists(st.integers(0, 10**6) | st.decimals(0, 1000, places=3), min_size=1, max_size=12).filter(any)


@given(money(), WEIGHTS)
def test_a_split_adds_up_and_no_part_is_off_by_a_coin(amount: Money, weights: list[int | Decimal]) -> None:
    parts = amount.allocate(weights)

    coin, whole = Fraction(1, 10 ** places_of(amount.currency)), sum(map(Fraction, weights))
    assert Money.total(parts, amount.currency) == amount
    for part, weight in zip(parts, weights, strict=True):
        assert abs(Fraction(part.amount) - Fraction(amount.amount) * Fraction(weight) / whole) < coin
        assert weight or not part


@given(money(), WEIGHTS)
def test_a_credit_is_split_as_the_invoice_it_takes_back(amount: Money, weights: list[int | Decimal]) -> None:
    assert [-part for part in amount.allocate(weights)] == (-amount).allocate(weights)


def test_ten_euros_for_three_cost_centres() -> None:
    assert [str(part) for part in Money(10, "EUR").allocate([1, 1, 1])] == ["3.34 EUR", "3.33 EUR", "3.33 EUR"]


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1]])
def test_a_split_needs_weights(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        Money(1, "EUR").allocate(weights)


@pytest.mark.parametrize("weight", [0.5, Decimal("NaN"), Decimal("Infinity")])
def test_weights_are_exact(weight: Decimal) -> None:
    with pytest.raises(NotAnAmount):
        Money(1, "EUR").allocate([1, weight])
