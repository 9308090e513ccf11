"""Open items with their age, and whether they tie out with their control account."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from closing_books import OCTOBER, euro, posted
from hypothesis import given
from hypothesis import strategies as st

from kontorist.domain.closing.balances import trial_balance
from kontorist.domain.closing.sub_ledgers import Age, open_items, tie_outs
from kontorist.domain.ids import EntryId
from kontorist.domain.money import Money

LAST = OCTOBER.last


def test_an_invoice_not_paid_is_open_with_what_we_owe_above_zero() -> None:
    (item,) = open_items([posted(12, "-119.00")], LAST)

    assert (item.partner, item.number, item.amount) == ("S1", 12, euro("119.00"))
    assert (item.days, item.age, item.document) == (16, Age.TO_30, "D12")


def test_an_entry_and_its_reversal_settle_each_other() -> None:
    invoice = posted(1, "-119.00")
    taken_back = posted(2, "119.00", reversal_of=EntryId("J1"), day=date(2026, 10, 20))

    assert open_items([invoice, taken_back], LAST) == []


def test_a_credit_note_is_open_below_zero() -> None:
    (item,) = open_items([posted(1, "21.96")], LAST)

    assert item.amount == euro("-21.96")


def test_what_customers_owe_is_above_zero_too() -> None:
    (item,) = open_items([posted(1, "50.00", account="1300", partner="C1")], LAST)

    assert item.amount == euro("50.00")


def test_without_a_due_date_a_claim_is_due_at_once() -> None:
    (item,) = open_items([posted(1, "-1.00", due=None, day=date(2026, 10, 30))], LAST)

    assert (item.due, item.days) == (date(2026, 10, 30), 1)


def test_two_instalments_of_one_invoice_are_two_items() -> None:
    lines = [posted(1, "-60.00"), posted(1, "-40.00", due=date(2026, 12, 15))]

    assert [(item.amount, item.age) for item in open_items(lines, LAST)] == [
        (euro(60), Age.TO_30), (euro(40), Age.NOT_DUE)
    ]  # fmt: skip


def test_items_stand_by_partner_and_day() -> None:
    lines = [posted(1, "-1.00", partner="S2"), posted(3, "-3.00"), posted(2, "-2.00", day=date(2026, 9, 1))]

    assert [item.number for item in open_items(lines, LAST)] == [2, 3, 1]


@pytest.mark.parametrize(
    ("days", "age"),
    [
        (-5, Age.NOT_DUE), (0, Age.NOT_DUE), (1, Age.TO_30), (30, Age.TO_30), (31, Age.TO_60), (60, Age.TO_60),
        (61, Age.TO_90), (90, Age.TO_90), (91, Age.OVER_90),
    ],
)  # fmt: skip
def test_the_age_changes_the_day_after_its_last(days: int, age: Age) -> None:
    (item,) = open_items([posted(1, "-1.00", due=LAST - timedelta(days=days))], LAST)

    assert item.age is age


def test_a_sub_ledger_that_equals_its_control_account_ties_out() -> None:
    lines = [posted(1, "-119.00"), posted(2, "21.96")]
    rows = trial_balance({("2000", "EUR"): euro("-97.04")}, {})

    (tie,) = tie_outs("2000", rows, open_items(lines, LAST))

    assert (tie.ledger, tie.sub_ledger, tie.difference) == (euro("97.04"), euro("97.04"), euro(0))


def test_what_stands_on_the_control_account_without_a_partner_is_the_difference() -> None:
    lines = [posted(1, "-119.00"), posted(2, "-11.00", partner=None)]
    rows = trial_balance({("2000", "EUR"): euro("-130.00")}, {})

    (tie,) = tie_outs("2000", rows, open_items(lines, LAST))

    assert tie.difference == euro("11.00")


def test_each_currency_ties_out_for_itself_also_where_only_one_side_has_it() -> None:
    items = open_items([posted(1, Money(-5, "CHF"))], LAST)

    ties = tie_outs("2000", trial_balance({("2000", "EUR"): euro(-7)}, {}), items)

    assert [(str(tie.ledger), str(tie.sub_ledger)) for tie in ties] == [
        ("0.00 CHF", "5.00 CHF"), ("7.00 EUR", "0.00 EUR")
    ]  # fmt: skip
    assert tie_outs("2000", [], []) == []


cents = st.integers(-(10**9), 10**9).filter(bool).map(lambda amount: Decimal(amount) / 100)
lines = st.lists(
    st.builds(
        lambda number, amount, partner, due, of: posted(
            number, Money(amount, "EUR"), partner=partner, due=due, reversal_of=EntryId(f"J{of}") if of else None
        ),
        st.integers(1, 20),
        cents,
        st.sampled_from(["S1", "S2", "S3"]),
        st.none() | st.dates(date(2026, 1, 1), date(2026, 12, 31)),
        st.none() | st.integers(1, 20),
    ),
    max_size=25,
)


@given(lines)
def test_open_items_always_add_up_to_their_lines(posted_lines: list[object]) -> None:
    items = open_items(posted_lines, LAST)  # type: ignore[arg-type]  # what the strategy builds

    owed = Money.total([-each.line.amount for each in posted_lines], "EUR")  # type: ignore[attr-defined]
    assert Money.total([item.amount for item in items], "EUR") == owed
    assert all(item.amount for item in items)
