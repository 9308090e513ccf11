"""The calendars of countries against figures looked up by hand, and against the library's own arithmetic."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.calendars.public_holidays import Region, calendar_of, unknown_in
from kontorist.domain.calendars import BusinessCalendar, parse_extra

LAENDER = ("BB", "BE", "BW", "BY", "HB", "HE", "HH", "MV", "NI", "NW", "RP", "SH", "SL", "SN", "ST", "TH")
YEARS = range(2002, 2041)

REGIONS = {
    "TARGET2": Region(holidays="TARGET2"),
    "NL": Region(holidays="NL"),
    **{f"DE-{land}": Region(holidays="DE", subdivision=land) for land in LAENDER},
}


@cache
def calendar(name: str, *extra: str) -> BusinessCalendar:
    return calendar_of(name, REGIONS[name], [parse_extra(each) for each in extra])


@cache
def library(name: str) -> holidays.HolidayBase:
    """The library's own calendar of all years."""
    if name == "TARGET2":
        return holidays.financial_holidays("XECB", years=YEARS)
    country, _, part = name.partition("-")
    return holidays.country_holidays(country, subdiv=part or None, years=YEARS)


def figures(calendar: BusinessCalendar, month: str) -> str:
    """First workday / 5th / third-last / last."""
    year, number = int(month[:4]), int(month[5:])
    found = [calendar.workday(year, number, 1), calendar.workday(year, number, 5)]
    return "/".join(str(day.day) for day in [*found, calendar.ultimo(year, number, 2), calendar.ultimo(year, number)])


@pytest.mark.parametrize(
    ("month", "regions"),
    [
        (  # 1 May is a workday in NL
            "2026-05",
            {
                "TARGET2": "4/8/27/29",
                "NL": "1/7/27/29",
                "DE-BE": "4/8/27/29",
                "DE-BY": "4/8/27/29",
                "DE-SN": "4/8/27/29",
            },
        ),
        (  # Epiphany in BY
            "2026-01",
            {
                "TARGET2": "2/8/28/30",
                "NL": "2/8/28/30",
                "DE-BE": "2/8/28/30",
                "DE-BY": "2/9/28/30",
                "DE-SN": "2/8/28/30",
            },
        ),
        (  # Berlin has 8 May once, NL 5 May every five years
            "2025-05",
            {
                "TARGET2": "2/8/28/30",
                "NL": "1/8/27/30",
                "DE-BE": "2/9/27/30",
                "DE-BY": "2/8/27/30",
                "DE-SN": "2/8/27/30",
            },
        ),
        (  # Reformation Day in SN
            "2025-10",
            {
                "TARGET2": "1/7/29/31",
                "NL": "1/7/29/31",
                "DE-BE": "1/8/29/31",
                "DE-BY": "1/8/29/31",
                "DE-SN": "1/8/28/30",
            },
        ),
    ],
)
def test_workdays_of_a_month_as_looked_up_by_hand(month: str, regions: dict[str, str]) -> None:
    assert {name: figures(calendar(name), month) for name in regions} == regions


@pytest.mark.parametrize("name", ["DE-BE", "DE-SN"])
def test_24_and_31_december_are_no_bank_working_days_of_the_funds(name: str) -> None:
    assert figures(calendar(name, "*-12-24", "*-12-31"), "2026-12") == "1/7/28/30"
    assert calendar(name, "*-12-24", "*-12-31").ultimo(2025, 12, 2) == date(2025, 12, 23)


def test_kings_day_is_kept_on_saturday_when_it_is_a_sunday() -> None:
    for year in range(2014, 2041):
        day = 26 if date(year, 4, 27).weekday() == 6 else 27
        assert calendar("NL").why_closed(date(year, 4, day)) == "King's Day"


def test_liberation_day_is_a_holiday_every_five_years() -> None:
    years = [year for year in range(2020, 2041) if "Liberation" in (calendar("NL").why_closed(date(year, 5, 5)) or "")]

    assert years == [2020, 2025, 2030, 2035, 2040]


def test_assumption_day_in_bavaria_is_for_catholic_places() -> None:
    catholic = Region(holidays="DE", subdivision="BY", categories=("public", "catholic"))

    assert calendar("DE-BY").is_workday(date(2025, 8, 15))
    assert calendar_of("by", catholic).why_closed(date(2025, 8, 15)) == "Assumption Day"


def test_augsburg_has_a_holiday_of_its_own() -> None:
    augsburg = Region(holidays="DE", subdivision="Augsburg")

    assert list(unknown_in(augsburg)) == []
    assert not calendar_of("a", augsburg).is_workday(date(2025, 8, 8))


def test_holidays_have_english_names_on_every_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "nl")
    region = Region(holidays="NL", categories=("public", "optional"))  # not asked for elsewhere, so read here

    assert calendar_of("nl", region).why_closed(date(2027, 12, 25)) == "Christmas Day"


def test_a_country_without_english_names_keeps_its_own() -> None:
    assert calendar_of("x", Region(holidays="RU")).why_closed(date(2026, 1, 1)) is not None


def test_the_weekend_is_the_countrys_own() -> None:
    assert calendar_of("il", Region(holidays="IL")).weekend == {4, 5}


@pytest.mark.parametrize(
    ("region", "faults"),
    [
        (Region(holidays="NL"), []),
        (Region(holidays="TARGET2"), []),
        (Region(holidays="DE", subdivision="BY", categories=("catholic", "public")), []),
        (
            Region(holidays="nl"),
            [("holidays", 'no holidays are known for "nl"; write a country such as NL, or TARGET2')],
        ),
        (
            Region(holidays="DEU"),
            [("holidays", 'no holidays are known for "DEU"; write a country such as NL, or TARGET2')],
        ),
        (
            Region(holidays="DE", subdivision="BX", categories=("public", "catolic")),
            [
                ("subdivision", 'there is no part "BX" of DE'),
                ("categories", 'there is no kind of holidays "catolic" in DE'),
            ],
        ),
        (
            Region(holidays="TARGET2", subdivision="BY", categories=("bank",)),
            [
                ("subdivision", "there are no parts of TARGET2"),
                ("categories", "there is one kind of holidays in TARGET2"),
            ],
        ),
    ],
)
def test_a_region_without_holidays_is_said(region: Region, faults: list[tuple[str, str]]) -> None:
    assert [(each.key, each.sentence) for each in unknown_in(region)] == faults


# Against the library, 2002 to 2040 -----------------------------------------------------------------------------------


def all_days() -> Iterator[date]:
    first = date(YEARS[0], 1, 1)
    return (first + timedelta(days=number) for number in range((date(YEARS[-1], 12, 31) - first).days + 1))


def test_our_six_rules_are_the_librarys_days_in_every_year() -> None:
    theirs = library("TARGET2")

    assert [day for day in all_days() if (day in theirs) != (day in calendar("TARGET2").closed(day.year))] == []


@pytest.mark.parametrize("name", REGIONS)
def test_every_day_of_a_year_is_worked_on_as_the_library_says(name: str) -> None:
    """A different year for each region in turn, so that all 39 years are looked at; the property below roams freely."""
    first = list(REGIONS).index(name)
    for year in [YEARS[number % len(YEARS)] for number in (first, first + 18, first + 36)]:
        days = (date(year, 1, 1) + timedelta(days=number) for number in range(365))
        assert [day for day in days if calendar(name).is_workday(day) != library(name).is_working_day(day)] == []


@given(
    name=st.sampled_from(list(REGIONS)),
    day=st.dates(date(2002, 3, 1), date(2040, 10, 31)),
    workdays=st.integers(-25, 25),
)
def test_so_many_workdays_later_is_where_the_library_counts_to(name: str, day: date, workdays: int) -> None:
    assert calendar(name).shift(day, workdays) == library(name).get_nth_working_day(day, workdays)


@given(
    name=st.sampled_from(list(REGIONS)),
    year=st.sampled_from(YEARS[1:-1]),
    month=st.integers(1, 12),
    number=st.integers(1, 17),
)
def test_the_workdays_of_a_month_are_those_the_library_counts(name: str, year: int, month: int, number: int) -> None:
    before_month = date(year, month, 1) - timedelta(days=1)
    after_month = date(year + month // 12, month % 12 + 1, 1)

    assert calendar(name).workday(year, month, number) == library(name).get_nth_working_day(before_month, number)
    assert calendar(name).workday(year, month, -number) == library(name).get_nth_working_day(after_month, -number)
