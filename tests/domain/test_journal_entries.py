"""Entries add up, never change, and are taken back whole."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kontorist.domain.ids import DocumentId, EntryId, PersonKey, derived_id
from kontorist.domain.ledger.chart import CHART, EXPENSES, INPUT_TAX, PAYABLES, AccountKind
from kontorist.domain.ledger.journal import (
    AccountUnknown,
    EntryNotBalanced,
    JournalEntry,
    Line,
    balances,
    check_accounts,
    reversal,
    sums,
)
from kontorist.domain.money import Money

DAY = date(2024, 5, 3)


def line(account: str, amount: str, currency: str = "EUR") -> Line:
    return Line(account=account, amount=Money(amount, currency), origin="net")


def entry(*lines: Line, number: int = 1) -> JournalEntry:
    return JournalEntry(
        id=EntryId(derived_id("J", str(number))),
        day=DAY,
        text=f"Muster {number}",
        lines=lines,
        document=DocumentId("D1"),
    )


AMOUNTS = st.integers(1, 10**9).map(lambda coins: Decimal(coins).scaleb(-2))


@st.composite
def entries(draw: st.DrawFn) -> JournalEntry:
    """A balanced entry over some accounts, in one or two currencies."""
    lines: list[Line] = []
    for currency in draw(st.sampled_from([["EUR"], ["EUR", "USD"]])):
        debits = draw(st.lists(st.tuples(st.sampled_from(sorted(CHART)), AMOUNTS), min_size=1, max_size=4))
        lines += [line(account, str(amount), currency) for account, amount in debits]
        lines.append(line(PAYABLES, str(-sum(amount for _, amount in debits)), currency))
    return entry(*lines, number=draw(st.integers(1, 10**6)))


def test_an_entry_that_does_not_add_up_is_refused_with_the_difference() -> None:
    with pytest.raises(EntryNotBalanced, match=r"Muster 1: the lines differ from zero by 0\.01 EUR"):
        entry(line("6400", "100.01"), line(PAYABLES, "-100.00"))


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ((), "at least two"),
        ((line("6400", "0.00"),), "at least two"),
        ((line("6400", "0.00"), line(PAYABLES, "0.00")), "every line is zero"),
        ((line("6400", "1.00"), line(PAYABLES, "-1.00", "USD")), "differ from zero"),
    ],
)
def test_half_an_entry_is_none(lines: tuple[Line, ...], why: str) -> None:
    with pytest.raises(EntryNotBalanced, match=why):
        entry(*lines)


@given(entries(), st.integers(1, 10**6))
def test_a_line_changed_by_any_amount_unbalances_the_entry(good: JournalEntry, coins: int) -> None:
    first, *rest = good.lines
    off = replace(first, amount=first.amount + Money(Decimal(coins).scaleb(-2), first.amount.currency))

    with pytest.raises(EntryNotBalanced):
        replace(good, lines=(off, *rest))


def test_what_is_posted_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        entry(line("6400", "1.00"), line(PAYABLES, "-1.00")).text = "other"


@settings(max_examples=40)
@given(st.lists(entries(), max_size=3), entries())
def test_a_reversal_restores_every_balance(before: list[JournalEntry], wrong: JournalEntry) -> None:
    taken_back = reversal(wrong, day=date(2024, 5, 9), reason="booked twice", by=PersonKey("anna"))

    restored = balances([*before, wrong, taken_back])
    had = balances(before)
    assert {key: amount for key, amount in restored.items() if amount} == {k: a for k, a in had.items() if a}


@settings(max_examples=40)
@given(st.lists(entries(), max_size=4))
def test_the_trial_balance_is_zero_in_each_currency(posted: list[JournalEntry]) -> None:
    assert all(not total for total in sums(each for one in posted for each in one.lines).values())
    totals = balances(posted)
    for currency in {currency for _, currency in totals}:
        assert not Money.total((amount for (_, code), amount in totals.items() if code == currency), currency)


def test_a_reversal_names_what_it_takes_back_who_did_it_and_why_and_is_the_same_when_asked_twice() -> None:
    wrong = entry(line("6400", "1.00"), line(PAYABLES, "-1.00"))

    taken_back = reversal(wrong, day=DAY, reason="wrong supplier", by=PersonKey("anna"))

    assert taken_back == reversal(wrong, day=DAY, reason="wrong supplier", by=PersonKey("anna"))
    assert taken_back.reversal_of == wrong.id
    assert taken_back.id != wrong.id
    assert (taken_back.prepared_by, taken_back.text) == ("anna", "Reversal of Muster 1: wrong supplier")
    assert (taken_back.document, taken_back.purpose) == ("D1", f"reversal:{wrong.id}")


def test_the_hash_of_an_entry_covers_every_one_of_its_facts() -> None:
    one = entry(replace(line("6400", "1.00"), due=DAY, tax_key="IN19"), line(PAYABLES, "-1.00"))
    others = [
        replace(one, day=date(2024, 5, 4)),
        replace(one, text="x"),
        replace(one, document_sha256="ff"),
        replace(one, purpose="deposit"),
        replace(one, approved_by=(PersonKey("bert"),)),
        replace(one, prepared_by=PersonKey("anna")),
        replace(one, lines=(replace(one.lines[0], due=None), one.lines[1])),
        replace(one, lines=(replace(one.lines[0], tax_key="IN7"), one.lines[1])),
        replace(one, lines=(replace(one.lines[0], cost_centre="10"), one.lines[1])),
        replace(one, lines=(replace(one.lines[0], partner="S1"), one.lines[1])),
    ]

    assert len({each.content_hash() for each in [one, *others]}) == len(others) + 1
    assert one.data()["lines"][0]["amount"] == "1.00"


def test_an_account_that_is_not_in_the_chart_is_refused() -> None:
    with pytest.raises(AccountUnknown, match="'6499'"):
        check_accounts(entry(line("6499", "1.00"), line(PAYABLES, "-1.00")), CHART)

    check_accounts(entry(line(EXPENSES, "1.00"), line(PAYABLES, "-1.00")), CHART)


def test_the_plain_chart_has_about_thirty_accounts_each_on_its_side() -> None:
    kinds = {"1": AccountKind.ASSET, "2": AccountKind.LIABILITY, "3": AccountKind.EQUITY, "4": AccountKind.INCOME}

    assert 25 <= len(CHART) <= 40
    for number, account in CHART.items():
        assert (account.number, account.kind) == (number, kinds.get(number[0], AccountKind.EXPENSE))
    assert CHART[PAYABLES].control == "payables"
    assert CHART["1300"].control == "receivables"
    assert CHART[INPUT_TAX].control is None
