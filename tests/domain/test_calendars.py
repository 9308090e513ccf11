"""Workdays of a month, dates that fall on a day off, and the bank days of the euro."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kontorist.domain.calendars import (
    BusinessCalendar,
    ExtraDay,
    MonthTooShort,
    OnHoliday,
    easter,
    parse_extra,
    target_days,
)

BANK = BusinessCalendar(name="bank", closed=cache(target_days))
HOUSE = BusinessCalendar(
    name="house", closed=lambda year: {}, extra=(parse_extra("*-12-24"), parse_extra("2026-08-14"))
)

days = st.dates(date(2002, 1, 1), date(2040, 12, 31))


# Which days are off --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("year", "sunday"),
    [
        (1818, "1818-03-22"),  # the earliest there is
        (1943, "1943-04-25"),  # the latest
        (1954, "1954-04-18"),  # the exceptions of the rule of Gauss
        (1981, "1981-04-19"),
        (2000, "2000-04-23"),
        (2024, "2024-03-31"),
        (2025, "2025-04-20"),
        (2026, "2026-04-05"),
        (2038, "2038-04-25"),
    ],
)
def test_easter_is_where_the_church_has_it(year: int, sunday: str) -> None:
    assert easter(year) == date.fromisoformat(sunday)


def test_the_bank_days_of_the_euro_are_six_rules() -> None:
    assert [f"{day:%d.%m.} {name}" for day, name in target_days(2026).items()] == [
        "01.01. New Year's Day",
        "03.04. Good Friday",
        "06.04. Easter Monday",
        "01.05. Labour Day",
        "25.12. Christmas Day",
        "26.12. Christmas Holiday",
    ]


@pytest.mark.parametrize(
    ("day", "why"),
    [
        ("2026-12-25", "Christmas Day"),
        ("2026-12-26", "Christmas Holiday"),  # a Saturday: the holiday says more
        ("2026-12-27", "Sunday"),
        ("2026-12-28", None),
    ],
)
def test_a_day_off_has_a_reason(day: str, why: str | None) -> None:
    assert BANK.why_closed(date.fromisoformat(day)) == why


def test_a_day_off_of_the_company_comes_once_or_every_year() -> None:
    assert HOUSE.why_closed(date(2026, 8, 14)) == "a day off of the company"
    assert HOUSE.is_workday(date(2028, 8, 14))
    assert [HOUSE.is_workday(date(year, 12, 24)) for year in (2026, 2027, 2030)] == [False, False, False]


def test_a_weekend_may_lie_elsewhere() -> None:
    friday_off = BusinessCalendar(name="f", closed=lambda year: {}, weekend=frozenset({4, 5}))

    assert [friday_off.is_workday(date(2026, 11, day)) for day in (5, 6, 7, 8)] == [True, False, False, True]


@pytest.mark.parametrize("text", ["2026-12-24", "*-12-24", "*-02-29", "2028-02-29"])
def test_a_day_off_is_written_as_it_is_read(text: str) -> None:
    assert str(parse_extra(text)) == text


def test_29_february_is_off_in_leap_years() -> None:
    leap = parse_extra("*-02-29")

    assert leap == ExtraDay(month=2, day=29)
    assert leap.fits(date(2028, 2, 29))
    assert not leap.fits(date(2027, 3, 1))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("24.12.2026", 'a day off is written "2026-12-24"'),
        ("12-24", 'a day off is written "2026-12-24"'),
        ("*-*-24", 'a day off is written "2026-12-24"'),
        ("2026-12-24 ", 'a day off is written "2026-12-24"'),
        ("2026-02-29", "there is no such day"),
        ("*-02-30", "there is no such day"),
        ("*-13-01", "there is no such day"),
        ("0000-01-01", "there is no such day"),
        ("*-00-00", "there is no such day"),
    ],
)
def test_what_is_no_day_off_is_said(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        parse_extra(text)


# The nth workday -----------------------------------------------------------------------------------------------------


def test_workdays_are_counted_from_both_ends() -> None:
    assert BANK.workday(2026, 5, 1) == date(2026, 5, 4)
    assert BANK.workday(2026, 5, 5) == date(2026, 5, 8)
    assert BANK.workday(2026, 5, -1) == date(2026, 5, 29)
    assert BANK.ultimo(2026, 5) == date(2026, 5, 29)
    assert BANK.ultimo(2026, 5, 2) == date(2026, 5, 27)
    assert BANK.workday(2028, 2, -1) == date(2028, 2, 29)


def test_a_month_that_is_too_short_is_said() -> None:
    with pytest.raises(MonthTooShort, match="May 2026 has 20 workdays in the calendar bank, not 21"):
        BANK.workday(2026, 5, 21)
    with pytest.raises(MonthTooShort):
        BANK.ultimo(2026, 5, 20)
    assert BANK.ultimo(2026, 5, 19) == BANK.workday(2026, 5, 1)
    assert not any(BANK.is_workday_number(date(2026, 5, day), 21) for day in range(1, 32))


def test_there_is_no_workday_nought() -> None:
    with pytest.raises(ValueError, match="counted from 1"):
        BANK.workday(2026, 5, 0)


@given(year=st.integers(2002, 2040), month=st.integers(1, 12), number=st.integers(-18, 18).filter(bool))
def test_exactly_one_day_of_a_month_has_a_number(year: int, month: int, number: int) -> None:
    first = date(year, month, 1)
    others = [first + timedelta(days=day) for day in range(31) if (first + timedelta(days=day)).month == month]

    assert [day for day in others if BANK.is_workday_number(day, number)] == [BANK.workday(year, month, number)]


# From one workday to another -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "workdays", "found"),
    [
        ("2026-12-24", 1, "2026-12-28"),
        ("2026-12-28", -1, "2026-12-24"),
        ("2026-12-25", 0, "2026-12-28"),
        ("2026-12-24", 0, "2026-12-24"),
        ("2026-12-25", 1, "2026-12-28"),
        ("2026-12-25", -1, "2026-12-24"),
        ("2026-12-30", 2, "2027-01-04"),
        ("2026-04-09", -5, "2026-03-31"),
    ],
)
def test_so_many_workdays_later_or_earlier(day: str, workdays: int, found: str) -> None:
    assert BANK.shift(date.fromisoformat(day), workdays) == date.fromisoformat(found)


@given(day=days, there=st.integers(-30, 30))
def test_there_and_back_is_where_one_was(day: date, there: int) -> None:
    start = BANK.next_workday(day)

    assert BANK.shift(BANK.shift(start, there), -there) == start


@given(day=days, one=st.integers(0, 20), more=st.integers(0, 20))
def test_two_steps_are_one_long_step(day: date, one: int, more: int) -> None:
    start = BANK.next_workday(day)

    assert BANK.shift(BANK.shift(start, one), more) == BANK.shift(start, one + more)


# A date on a day off -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "rule", "found", "because"),
    [
        ("2026-12-25", "run", "2026-12-25", None),
        ("2026-12-24", "next_workday", "2026-12-24", None),
        ("2026-12-24", "skip", "2026-12-24", None),
        ("2026-12-25", "next_workday", "2026-12-28", "25 Dec is Christmas Day; next workday 28 Dec"),
        ("2026-12-25", "previous_workday", "2026-12-24", "25 Dec is Christmas Day; previous workday 24 Dec"),
        ("2026-12-25", "next_in_month", "2026-12-28", "25 Dec is Christmas Day; next workday 28 Dec"),
        (
            "2026-05-31",
            "next_in_month",
            "2026-05-29",
            "31 May is Sunday; the next workday, 1 Jun, is in another month; previous workday 29 May",
        ),
        ("2026-05-31", "next_workday", "2026-06-01", "31 May is Sunday; next workday 1 Jun"),
    ],
)
def test_a_date_on_a_day_off_is_moved_with_its_reason(
    day: str, rule: OnHoliday, found: str, because: str | None
) -> None:
    moved = BANK.moved(date.fromisoformat(day), rule)

    assert moved is not None
    assert (moved.day, moved.because) == (date.fromisoformat(found), because)


def test_a_date_on_a_day_off_may_be_left_out() -> None:
    assert BANK.moved(date(2026, 12, 25), "skip") is None


@given(day=days, rule=st.sampled_from(["next_workday", "previous_workday", "next_in_month"]))
def test_a_moved_date_is_the_nearest_workday_on_its_side(day: date, rule: OnHoliday) -> None:
    moved = BANK.moved(day, rule)

    assert moved is not None
    assert BANK.is_workday(moved.day)
    between = range(1, abs((moved.day - day).days))
    way = 1 if moved.day > day else -1
    assert not any(BANK.is_workday(day + way * timedelta(days=each)) for each in between)
    assert rule != "next_in_month" or moved.day.month == day.month
    assert (moved.because is None) == (moved.day == day)


@given(day=days, later=st.integers(1, 40), rule=st.sampled_from(["next_workday", "previous_workday", "next_in_month"]))
def test_dates_do_not_overtake_one_another(day: date, later: int, rule: OnHoliday) -> None:
    one, other = BANK.moved(day, rule), BANK.moved(day + timedelta(days=later), rule)

    assert one is not None
    assert other is not None
    assert one.day <= other.day


def test_days_off_reach_as_far_as_they_hang_together() -> None:
    """Good Friday to Easter Monday 2026."""
    assert BANK.reach(date(2026, 4, 2), 1) == date(2026, 4, 6)
    assert BANK.reach(date(2026, 4, 7), -1) == date(2026, 4, 3)
    assert BANK.reach(date(2026, 4, 8), 1) == date(2026, 4, 8)
