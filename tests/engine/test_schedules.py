"""Due dates become events: each once, by the company's wall clock, with a rule for what was missed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import islice, takewhile
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.calendars.public_holidays import Region, calendar_of
from kontorist.domain.calendars import BusinessCalendar, OnHoliday, target_days
from kontorist.engine.schedules import DueDate, Schedule, ScheduleClock, dates_after, dates_between, due
from kontorist.store.database import Store
from kontorist.testing.fakes import FakeClock

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
BANK = BusinessCalendar(name="bank", closed=cache(target_days))
NL = calendar_of("nl", Region(holidays="NL"))
DAILY = Schedule(name="report", run="reporting/daily_report", cron="30 7 * * *", parameters={"language": "nl"})


def at(text: str) -> datetime:
    """A moment in Amsterdam."""
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM).astimezone(UTC)


def walls(dates: Iterable[DueDate]) -> list[str]:
    return [each.runs_at.astimezone(AMSTERDAM).strftime("%d %H:%M") for each in dates]


def clock_for(store: Store, *schedules: Schedule) -> ScheduleClock:
    return ScheduleClock(store, schedules, AMSTERDAM)


def planned(store: Store) -> list[str]:
    with store.read() as tx:
        return sorted(row.dedupe for row in store.inbox.list(tx, type="schedule.due"))


def test_the_daily_report_is_due_once_at_half_past_seven_by_the_wall_clock(store: Store, clock: FakeClock) -> None:
    clock.set(at("2026-11-02 07:00"))
    office = clock_for(store, DAILY)
    office.step()
    for minute in range(1, 90):
        clock.set(at("2026-11-02 07:00") + timedelta(minutes=minute))
        office.step()

    with store.read() as tx:
        rows = store.inbox.list(tx)
    assert [row.source for row in rows] == ["/kontorist/engine/schedule/report"]
    assert rows[0].body["data"] == {
        "run": "reporting/daily_report",
        "parameters": {"language": "nl", "schedule": "report", "planned": "2026-11-02T07:30:00+01:00"},
    }


def test_two_workers_fire_one_date_once(store: Store, clock: FakeClock) -> None:
    clock.set(at("2026-11-02 07:00"))
    one, other = clock_for(store, DAILY), clock_for(store, DAILY)
    one.step()
    clock.set(at("2026-11-02 07:30"))

    assert [one.step(), other.step(), one.step()] == [1, 0, 0]


def test_a_schedule_seen_for_the_first_time_does_not_look_back(store: Store, clock: FakeClock) -> None:
    clock.set(at("2026-11-02 12:00"))

    clock_for(store, DAILY).step()

    assert planned(store) == []


@pytest.mark.parametrize(
    ("misfire", "dates"),
    [
        ("run_once", ["04 07:30"]),
        ("run_all", ["02 07:30", "03 07:30", "04 07:30"]),
        ("skip", []),
    ],
)
def test_what_was_missed_while_nothing_ran_is_a_rule(
    misfire: Literal["run_once", "run_all", "skip"], dates: list[str]
) -> None:
    schedule = Schedule(name="report", run="r", cron="30 7 * * *", misfire=misfire)

    assert walls(due(schedule, at("2026-11-01 12:00"), at("2026-11-04 12:00"), AMSTERDAM)) == dates


def test_what_was_missed_too_long_ago_is_let_go() -> None:
    schedule = Schedule(name="report", run="r", cron="30 7 * * *", misfire="run_all", grace=timedelta(hours=6))

    assert walls(due(schedule, at("2026-11-01 12:00"), at("2026-11-04 12:00"), AMSTERDAM)) == ["04 07:30"]
    assert walls(due(schedule, at("2026-11-01 12:00"), at("2026-11-04 14:00"), AMSTERDAM)) == []


def test_a_run_that_is_due_now_stands_for_the_missed_ones() -> None:
    assert walls(due(DAILY, at("2026-11-01 12:00"), at("2026-11-04 07:30"), AMSTERDAM)) == ["04 07:30"]


def test_skip_still_runs_what_is_due_now() -> None:
    schedule = Schedule(name="report", run="r", cron="30 7 * * *", misfire="skip")

    assert walls(due(schedule, at("2026-11-01 12:00"), at("2026-11-04 07:30"), AMSTERDAM)) == ["04 07:30"]


def test_a_time_that_does_not_exist_runs_at_the_next_minute_that_does() -> None:
    """29 March 2026: 02:00 is followed by 03:00."""
    schedule = Schedule(name="night", run="r", cron="30 2 * * *", misfire="run_all")

    dates = due(schedule, at("2026-03-28 12:00"), at("2026-03-30 12:00"), AMSTERDAM)

    assert walls(dates) == ["29 03:00", "30 02:30"]
    assert [each.because for each in dates] == ["02:30 does not exist on 29 Mar; next minute 03:00", None]


def test_a_time_that_exists_twice_runs_the_first_time_only() -> None:
    """25 October 2026: 02:30 comes twice."""
    schedule = Schedule(name="night", run="r", cron="30 2 * * *", misfire="run_all")

    dates = due(schedule, at("2026-10-24 12:00"), at("2026-10-25 12:00"), AMSTERDAM)

    assert [each.runs_at for each in dates] == [datetime(2026, 10, 25, 0, 30, tzinfo=UTC)]


def test_the_twenty_ninth_of_february_comes_in_leap_years_only() -> None:
    schedule = Schedule(name="leap", run="r", cron="0 6 29 2 *")

    found = [each.runs_at.year for each in islice(dates_after(schedule, at("2090-01-01 00:00"), AMSTERDAM), 4)]

    assert found == [2092, 2096, 2104, 2108]


def test_a_clock_set_back_an_hour_fires_nothing_twice(store: Store, clock: FakeClock) -> None:
    clock.set(at("2026-11-02 07:00"))
    office = clock_for(store, DAILY)
    office.step()
    for wall in ("07:31", "06:40", "07:31", "08:00"):
        clock.set(at(f"2026-11-02 {wall}"))
        office.step()

    assert len(planned(store)) == 1


def test_a_clock_set_forward_an_hour_and_corrected_fires_what_it_jumped_over_once(
    store: Store, clock: FakeClock
) -> None:
    office = clock_for(store, DAILY)
    for wall in ("07:00", "07:10", "08:11", "07:12", "07:31", "08:31"):
        clock.set(at(f"2026-11-02 {wall}"))
        office.step()

    assert planned(store) == ["2026-11-02T06:30:00+00:00"]


def test_the_hour_of_the_new_year_is_fired_minute_by_minute_and_once(store: Store, clock: FakeClock) -> None:
    around = Schedule(name="around", run="r", cron="*/30 * 31,1 12,1 *")
    clock.set(at("2026-12-31 22:45"))
    office = clock_for(store, around)
    office.step()
    for minutes in range(0, 120, 7):
        clock.set(at("2026-12-31 22:45") + timedelta(minutes=minutes))
        office.step()

    assert planned(store) == [
        "2026-12-31T22:00:00+00:00",
        "2026-12-31T22:30:00+00:00",
        "2026-12-31T23:00:00+00:00",
        "2026-12-31T23:30:00+00:00",
    ]


def test_a_clock_that_was_years_ahead_does_not_silence_the_schedule(store: Store, clock: FakeClock) -> None:
    office = clock_for(store, DAILY)
    clock.set(at("2036-11-02 12:00"))
    office.step()
    for wall in ("2026-11-02 12:00", "2026-11-02 12:02", "2026-11-03 07:31"):
        clock.set(at(wall))
        office.step()

    assert planned(store) == ["2026-11-03T06:30:00+00:00"]


def test_every_quarter_of_an_hour_is_the_same_quarter_after_every_restart(store: Store, clock: FakeClock) -> None:
    quarter = Schedule(name="poll", run="r", every=timedelta(minutes=15))
    clock.set(at("2026-11-02 08:07"))
    clock_for(store, quarter).step()
    clock.set(at("2026-11-02 08:15"))
    clock_for(store, quarter).step()
    clock.set(at("2026-11-02 08:15") + timedelta(seconds=50))
    clock_for(store, quarter).step()

    assert planned(store) == ["2026-11-02T07:15:00+00:00"]
    assert walls(list(islice(dates_after(quarter, clock.now(), AMSTERDAM), 2))) == ["02 08:30", "02 08:45"]


def test_a_year_of_missed_minutes_does_not_fill_the_inbox() -> None:
    schedule = Schedule(name="minute", run="r", cron="* * * * *", misfire="run_all")

    assert len(due(schedule, at("2025-11-02 08:00"), at("2026-11-02 08:00"), AMSTERDAM)) == 1000


# On business days -----------------------------------------------------------------------------------------------------


def of_month_end(**rest: Any) -> Schedule:
    return Schedule(name="month_end", run="closing/month_end", cron="0 6 * * *", calendar=NL, workday=1, **rest)


def payday(rule: OnHoliday, calendar: BusinessCalendar = BANK, **rest: Any) -> Schedule:
    return Schedule(name="pay", run="r", cron="0 7 25 * *", calendar=calendar, on_holiday=rule, **rest)


def coming(schedule: Schedule, since: str, count: int) -> list[str]:
    found = islice(dates_after(schedule, at(since), AMSTERDAM), count)
    return [each.runs_at.astimezone(AMSTERDAM).strftime("%Y-%m-%d %H:%M") for each in found]


def test_the_first_workday_of_each_month() -> None:
    assert coming(of_month_end(), "2025-12-15 00:00", 6) == [
        "2026-01-02 06:00",
        "2026-02-02 06:00",
        "2026-03-02 06:00",
        "2026-04-01 06:00",
        "2026-05-01 06:00",
        "2026-06-01 06:00",
    ]


def test_the_third_last_workday_at_two_times_in_two_months_of_the_year() -> None:
    schedule = Schedule(name="s", run="r", cron="0 8,20 * 5,12 *", calendar=BANK, workday=-3)

    assert coming(schedule, "2026-05-27 08:00", 3) == ["2026-05-27 20:00", "2026-12-29 08:00", "2026-12-29 20:00"]


@pytest.mark.parametrize(
    ("rule", "dates"),
    [
        ("run", ["2026-12-25 07:00", "2027-01-25 07:00"]),
        ("skip", ["2027-01-25 07:00", "2027-02-25 07:00"]),
        ("next_workday", ["2026-12-28 07:00", "2027-01-25 07:00"]),
        ("previous_workday", ["2026-12-24 07:00", "2027-01-25 07:00"]),
        ("next_in_month", ["2026-12-28 07:00", "2027-01-25 07:00"]),
    ],
)
def test_payday_on_christmas_day(rule: OnHoliday, dates: list[str]) -> None:
    assert coming(payday(rule), "2026-12-01 00:00", 2) == dates


@pytest.mark.parametrize(
    ("cron", "rule", "date"),
    [
        ("0 7 1 1 *", "previous_workday", "2026-12-31 07:00"),  # 1 Jan 2027 is a Friday
        ("0 7 31 12 *", "next_workday", "2026-12-31 07:00"),
        ("0 7 1 1 *", "next_workday", "2027-01-04 07:00"),
        ("0 7 29 2 *", "next_in_month", "2028-02-29 07:00"),
    ],
)
def test_dates_move_over_the_end_of_a_year_and_of_a_february(cron: str, rule: OnHoliday, date: str) -> None:
    schedule = Schedule(name="s", run="r", cron=cron, calendar=BANK, on_holiday=rule)

    assert coming(schedule, "2026-12-30 12:00", 1) == [date]


def test_a_moved_date_keeps_its_planned_day_and_says_why() -> None:
    (found,) = islice(dates_after(payday("previous_workday"), at("2026-12-01 00:00"), AMSTERDAM), 1)

    assert found == DueDate(
        runs_at=at("2026-12-24 07:00"),
        planned=at("2026-12-25 07:00"),
        because="25 Dec is Christmas Day; previous workday 24 Dec",
    )


def test_the_days_of_a_long_weekend_all_run_on_the_tuesday_after() -> None:
    """Good Friday to Easter Monday 2026: no planned day is lost, and morning comes before evening."""
    schedule = Schedule(name="s", run="r", cron="0 8,20 * * *", calendar=BANK, on_holiday="next_workday")

    found = list(islice(dates_after(schedule, at("2026-04-03 00:00"), AMSTERDAM), 10))

    assert walls(found) == ["07 08:00"] * 5 + ["07 20:00"] * 5
    assert [each.planned.astimezone(AMSTERDAM).day for each in found[:5]] == [3, 4, 5, 6, 7]


def test_looked_at_every_hour_a_long_weekend_loses_nothing(store: Store, clock: FakeClock) -> None:
    schedule = Schedule(name="s", run="r", cron="0 8 * * *", calendar=BANK, on_holiday="next_workday")
    office = clock_for(store, schedule)
    for hour in range(24 * 6):
        clock.set(at("2026-04-02 12:00") + timedelta(hours=hour))
        office.step()

    assert [each[:10] for each in planned(store)] == [f"2026-04-0{day}" for day in (3, 4, 5, 6, 7, 8)]


def test_a_look_at_the_clock_looks_no_further_than_it_must() -> None:
    """Once a second for each schedule: a first workday that is weeks away must not be searched for."""
    asked: list[int] = []
    counting = BusinessCalendar(name="c", closed=lambda year: asked.append(year) or {})  # type: ignore[func-returns-value]
    schedule = Schedule(name="s", run="r", cron="* * * * *", calendar=counting, workday=1)

    assert due(schedule, at("2026-05-20 12:00"), at("2026-05-20 12:01"), AMSTERDAM) == []
    assert len(asked) < 100


def test_the_flow_of_a_moved_date_gets_the_planned_day(store: Store, clock: FakeClock) -> None:
    clock.set(at("2026-12-24 06:00"))
    office = clock_for(store, payday("previous_workday"))
    office.step()
    for wall in ("2026-12-24 07:00", "2026-12-25 07:00", "2026-12-28 07:00"):
        clock.set(at(wall))
        office.step()

    with store.read() as tx:
        (row,) = store.inbox.list(tx)
    assert row.body["data"]["parameters"]["planned"] == "2026-12-25T07:00:00+01:00"
    assert row.dedupe == "2026-12-25T06:00:00+00:00"


def test_a_rule_that_is_changed_after_the_run_does_not_run_the_date_again(store: Store, clock: FakeClock) -> None:
    clock.set(at("2026-12-24 06:00"))
    clock_for(store, payday("previous_workday")).step()
    clock.set(at("2026-12-24 07:00"))
    assert clock_for(store, payday("previous_workday")).step() == 1

    clock.set(at("2026-12-28 07:00"))
    assert clock_for(store, payday("next_workday")).step() == 0


def test_two_workers_fire_a_moved_date_once(store: Store, clock: FakeClock) -> None:
    clock.set(at("2026-12-24 06:59"))
    one, other = clock_for(store, payday("previous_workday")), clock_for(store, payday("previous_workday"))
    one.step()
    clock.set(at("2026-12-24 07:00"))

    assert [one.step(), other.step(), one.step()] == [1, 0, 0]


def test_a_clock_set_back_an_hour_fires_a_moved_date_once(store: Store, clock: FakeClock) -> None:
    clock.set(at("2026-12-24 06:50"))
    office = clock_for(store, payday("previous_workday"))
    office.step()
    for wall in ("07:00", "06:00", "07:00", "08:00"):
        clock.set(at(f"2026-12-24 {wall}"))
        office.step()

    assert len(planned(store)) == 1


def test_a_house_that_was_closed_over_the_moved_date_catches_up(store: Store, clock: FakeClock) -> None:
    clock.set(at("2026-12-23 17:00"))
    clock_for(store, payday("previous_workday")).step()
    clock.set(at("2027-01-04 08:00"))
    clock_for(store, payday("previous_workday")).step()

    assert planned(store) == ["2026-12-25T06:00:00+00:00"]


def test_grace_is_counted_from_the_day_it_runs_on() -> None:
    """The 25th is planned for Christmas Day and runs on Monday the 28th."""
    schedule = payday("next_workday", grace=timedelta(hours=6))

    assert len(due(schedule, at("2026-12-24 12:00"), at("2026-12-28 12:00"), AMSTERDAM)) == 1
    assert due(schedule, at("2026-12-24 12:00"), at("2026-12-28 14:00"), AMSTERDAM) == []


def test_a_time_that_does_not_exist_on_the_day_it_is_moved_from_exists_on_the_other() -> None:
    """29 March 2026 is a Sunday without 02:30; Friday has one."""
    schedule = Schedule(name="s", run="r", cron="30 2 29 * *", calendar=BANK, on_holiday="previous_workday")

    assert coming(schedule, "2026-03-01 00:00", 1) == ["2026-03-27 02:30"]


def test_midnight_after_a_day_that_is_left_out_is_not_left_out() -> None:
    schedule = Schedule(name="s", run="r", cron="0 0 * * *", calendar=BANK, on_holiday="skip")

    assert coming(schedule, "2025-12-31 12:00", 1) == ["2026-01-02 00:00"]


def test_two_times_that_become_one_on_the_night_of_the_change_run_once() -> None:
    schedule = Schedule(name="s", run="r", cron="0,30 2,3 * * *", misfire="run_all")

    assert walls(due(schedule, at("2026-03-29 00:00"), at("2026-03-29 03:30"), AMSTERDAM)) == ["29 03:00", "29 03:30"]


def test_midnight_may_not_exist() -> None:
    """In Beirut the clocks of 29 March 2026 go from 23:59 to 01:00; in Nuuk those of 28 March from 22:59 to 00:00."""
    schedule = Schedule(name="s", run="r", cron="30 0,23 28-29 3 *", misfire="run_all")
    times = {
        "Asia/Beirut": ["28 00:30", "28 23:30", "29 01:00", "29 23:30"],
        "America/Nuuk": ["28 00:30", "29 00:00", "29 00:30", "29 23:30"],
    }

    for place in (ZoneInfo("Asia/Beirut"), ZoneInfo("America/Nuuk")):
        found = due(schedule, datetime(2026, 3, 27, tzinfo=UTC), datetime(2026, 3, 31, tzinfo=UTC), place)

        assert [f"{each.runs_at.astimezone(place):%d %H:%M}" for each in found] == times[place.key]
        assert found == list(islice(dates_after(schedule, datetime(2026, 3, 27, tzinfo=UTC), place), 4))


def test_a_schedule_whose_days_are_all_left_out_comes_to_an_end() -> None:
    sundays = Schedule(name="s", run="r", cron="* * * * SUN", calendar=BANK, on_holiday="skip")

    assert list(dates_after(sundays, at("2026-01-01 00:00"), AMSTERDAM)) == []
    assert list(dates_between(sundays, at("2026-01-01 00:00"), at("2026-06-01 00:00"), AMSTERDAM)) == []


CRONS = st.sampled_from(
    ["30 2 * * *", "0 0 * * *", "*/20 1-3 * * *", "0 7 * * MON-FRI", "15 2 31 * *", "0 8,20 25-31 * *"]
)
MOVES = st.sampled_from(["next_workday", "previous_workday", "next_in_month"])
SCHEDULES = st.one_of(
    st.builds(lambda cron: Schedule(name="s", run="r", cron=cron), CRONS),
    st.builds(
        lambda cron, rule: Schedule(name="s", run="r", cron=cron, calendar=NL, on_holiday=rule),
        CRONS,
        MOVES | st.sampled_from(["run", "skip"]),
    ),
    st.builds(
        lambda cron, number: Schedule(name="s", run="r", cron=cron, calendar=NL, workday=number),
        st.sampled_from(["30 2 * * *", "*/20 1-3 * * *"]),
        st.sampled_from([1, 5, -1, -3]),
    ),
)


@given(
    start=st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1)),  # noqa: DTZ001  # made aware below
    hours=st.integers(1, 24 * 40),
    schedule=SCHEDULES,
)
def test_looking_often_or_seldom_finds_the_same_dates(start: datetime, hours: int, schedule: Schedule) -> None:
    since = start.replace(tzinfo=UTC)
    until, middle = since + timedelta(hours=hours), since + timedelta(hours=hours) / 2

    forwards = list(takewhile(lambda each: each.runs_at <= until, dates_after(schedule, since, AMSTERDAM)))
    backwards = list(dates_between(schedule, since, until, AMSTERDAM))
    in_two_looks = [
        *dates_between(schedule, middle, until, AMSTERDAM),
        *dates_between(schedule, since, middle, AMSTERDAM),
    ]

    assert forwards == backwards[::-1] == in_two_looks[::-1]
    assert len({each.planned for each in forwards}) == len(forwards)


@given(
    day=st.dates(date(2024, 1, 1), date(2028, 1, 1)),
    rule=MOVES,
)
def test_no_planned_day_is_lost_by_moving(day: date, rule: OnHoliday) -> None:
    """Every day at seven: each of the 30 planned days runs, on a workday at seven."""
    schedule = Schedule(name="s", run="r", cron="0 7 * * *", calendar=NL, on_holiday=rule)
    since, until = at(f"{day} 00:00") - timedelta(days=10), at(f"{day} 00:00") + timedelta(days=50)

    found = {each.planned: each.runs_at for each in dates_between(schedule, since, until, AMSTERDAM)}

    for number in range(30):
        runs_at = found[at(f"{day + timedelta(days=number)} 07:00")].astimezone(AMSTERDAM)
        assert (runs_at.hour, NL.is_workday(runs_at.date())) == (7, True)
