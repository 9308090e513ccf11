"""Months of the books."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kontorist.domain.periods import NotAPeriod, Period

periods = st.builds(Period, st.integers(1901, 9997), st.integers(1, 12))


def test_october_has_31_days_and_stands_between_september_and_november() -> None:
    october = Period.parse(" 2026-10 ")

    assert (october.first, october.last) == (date(2026, 10, 1), date(2026, 10, 31))
    assert (str(october.before()), str(october.following())) == ("2026-09", "2026-11")
    assert date(2026, 10, 31) in october
    assert date(2026, 11, 1) not in october
    assert date(2026, 9, 30) not in october


def test_the_year_turns_and_february_knows_its_leap_day() -> None:
    assert str(Period(2026, 12).following()) == "2027-01"
    assert str(Period(2027, 1).before()) == "2026-12"
    assert Period(2028, 2).last == date(2028, 2, 29)


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-13", "2026-00", "26-10", "2026-10-01", "2026/10", "٢٠٢٦-١٠", "1899-01"]
)
def test_anything_else_is_not_a_month(text: str) -> None:
    with pytest.raises(NotAPeriod):
        Period.parse(text)


@given(periods)
def test_a_period_is_written_and_read_back(period: Period) -> None:
    assert Period.parse(str(period)) == period
    assert period.following().before() == period
    assert Period.of(period.first) == Period.of(period.last) == period
    assert period.before() < period
