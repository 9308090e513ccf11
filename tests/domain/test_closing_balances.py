"""Trial balance and result of a month."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from closing_books import euro
from hypothesis import given
from hypothesis import strategies as st

from kontorist.domain.closing.balances import out_of_balance, profit_and_loss, results, trial_balance
from kontorist.domain.ledger.chart import CHART
from kontorist.domain.ledger.posted import Movement
from kontorist.domain.money import Money


def moved(*amounts: str) -> Movement:
    movement = Movement.none("EUR")
    for amount in amounts:
        movement = movement.plus(euro(amount))
    return movement


def test_a_trial_balance_has_opening_debit_credit_and_closing() -> None:
    (row,) = trial_balance({("6400", "EUR"): euro("100.00")}, {("6400", "EUR"): moved("50.00", "-20.00")})

    assert (row.account, row.name, row.kind) == ("6400", "Office supplies", "expense")
    assert (row.opening, row.debit, row.credit) == (euro("100.00"), euro("50.00"), euro("20.00"))
    assert (row.movement, row.closing) == (euro("30.00"), euro("130.00"))


def test_accounts_stand_in_order_and_those_without_anything_are_left_out() -> None:
    opening = {("2000", "EUR"): euro(-5), ("1100", "EUR"): euro(5), ("1000", "EUR"): euro(0)}

    assert [row.account for row in trial_balance(opening, {})] == ["1100", "2000"]


def test_what_moved_and_came_back_to_zero_is_shown() -> None:
    (row,) = trial_balance({}, {("1100", "EUR"): moved("7.00", "-7.00")})

    assert (row.debit, row.credit, row.closing) == (euro("7.00"), euro("7.00"), euro(0))


def test_each_currency_has_its_row() -> None:
    opening = {("1100", "EUR"): euro(1), ("1100", "CHF"): Money(2, "CHF")}

    assert [row.closing for row in trial_balance(opening, {})] == [Money(2, "CHF"), euro(1)]


def test_books_that_do_not_add_up_say_by_how_much_in_which_currency() -> None:
    rows = trial_balance({("1100", "EUR"): euro(5), ("2000", "EUR"): euro(-4), ("1000", "CHF"): Money(0, "CHF")}, {})

    assert out_of_balance(rows) == {"EUR": euro(1)}
    assert out_of_balance([]) == {}


def test_the_result_is_income_less_expenses_of_the_month_alone() -> None:
    rows = trial_balance(
        {("6400", "EUR"): euro(999), ("1100", "EUR"): euro(-999)},
        {
            ("4000", "EUR"): moved("-500.00"),
            ("6400", "EUR"): moved("120.00", "-20.00"),
            ("6500", "EUR"): moved("300.00"),
            ("1100", "EUR"): moved("100.00"),
        },
    )

    lines = profit_and_loss(rows)

    assert [(line.account, line.amount) for line in lines] == [
        ("4000", euro(500)), ("6400", euro(-100)), ("6500", euro(-300))
    ]  # fmt: skip
    assert results(lines) == {"EUR": euro(100)}


def test_an_account_that_did_not_move_has_no_part_in_the_result() -> None:
    assert profit_and_loss(trial_balance({("6400", "EUR"): euro(1)}, {("6500", "EUR"): moved("1.00", "-1.00")})) == []
    assert results([]) == {}


cents = st.integers(-(10**9), 10**9).map(lambda amount: Decimal(amount) / 100)
postings = st.lists(st.tuples(st.sampled_from(sorted(CHART)), st.sampled_from(sorted(CHART)), cents), max_size=30)


@given(postings, postings)
def test_whatever_is_posted_the_trial_balance_is_zero_and_agrees_with_the_result(
    before: Sequence[tuple[str, str, Decimal]], during: Sequence[tuple[str, str, Decimal]]
) -> None:
    opening: dict[tuple[str, str], Money] = {}
    movements: dict[tuple[str, str], Movement] = {}
    for debit, credit, amount in before:
        for account, each in ((debit, amount), (credit, -amount)):
            opening[account, "EUR"] = opening.get((account, "EUR"), euro(0)) + Money(each, "EUR")
    for debit, credit, amount in during:
        for account, each in ((debit, amount), (credit, -amount)):
            movements[account, "EUR"] = movements.get((account, "EUR"), moved()).plus(Money(each, "EUR"))

    rows = trial_balance(opening, movements)

    assert out_of_balance(rows) == {}
    assert Money.total([row.debit for row in rows], "EUR") == Money.total([row.credit for row in rows], "EUR")
    in_balance_sheet = [row.movement for row in rows if row.kind not in ("income", "expense")]
    assert results(profit_and_loss(rows)).get("EUR", euro(0)) == Money.total(in_balance_sheet, "EUR")
