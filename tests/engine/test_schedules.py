"""Due dates become events: each once, by the company's wall clock, with a rule for what was missed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Literal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kontorist.engine.schedules import Schedule, ScheduleClock, due, times_after, times_before
from kontorist.store.database import Store
from kontorist.testing.fakes import FakeClock

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
DAILY = Schedule(name="report", run="reporting/daily_report", cron="30 7 * * *", parameters={"language": "nl"})


def at(text: str) -> datetime:
    """A moment in Amsterdam."""
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM).astimezone(UTC)


def walls(moments: list[datetime]) -> list[str]:
    return [moment.astimezone(AMSTERDAM).strftime("%d %H:%M") for moment in moments]


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

    moments = due(schedule, at("2026-03-28 12:00"), at("2026-03-30 12:00"), AMSTERDAM)

    assert walls(moments) == ["29 03:00", "30 02:30"]


def test_a_time_that_exists_twice_runs_the_first_time_only() -> None:
    """25 October 2026: 02:30 comes twice."""
    schedule = Schedule(name="night", run="r", cron="30 2 * * *", misfire="run_all")

    moments = due(schedule, at("2026-10-24 12:00"), at("2026-10-25 12:00"), AMSTERDAM)

    assert moments == [datetime(2026, 10, 25, 0, 30, tzinfo=UTC)]


def test_the_twenty_ninth_of_february_comes_in_leap_years_only() -> None:
    schedule = Schedule(name="leap", run="r", cron="0 6 29 2 *")

    found = [moment.year for moment in islice(times_after(schedule, at("2026-01-01 00:00"), AMSTERDAM), 2)]

    assert found == [2028, 2032]


def test_a_clock_set_back_an_hour_fires_nothing_twice(store: Store, clock: FakeClock) -> None:
    clock.set(at("2026-11-02 07:00"))
    office = clock_for(store, DAILY)
    office.step()
    for wall in ("07:31", "06:40", "07:31", "08:00"):
        clock.set(at(f"2026-11-02 {wall}"))
        office.step()

    assert len(planned(store)) == 1


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
    assert walls(list(islice(times_after(quarter, clock.now(), AMSTERDAM), 2))) == ["02 08:30", "02 08:45"]


def test_a_year_of_missed_minutes_does_not_fill_the_inbox() -> None:
    schedule = Schedule(name="minute", run="r", cron="* * * * *", misfire="run_all")

    assert len(due(schedule, at("2025-11-02 08:00"), at("2026-11-02 08:00"), AMSTERDAM)) == 1000


@given(
    start=st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1)),  # noqa: DTZ001  # made aware below
    hours=st.integers(1, 24 * 40),
    cron=st.sampled_from(["30 2 * * *", "*/20 1-3 * * *", "0 7 * * MON-FRI", "15 2 31 * *"]),
)
def test_looking_often_or_seldom_finds_the_same_dates(start: datetime, hours: int, cron: str) -> None:
    schedule = Schedule(name="s", run="r", cron=cron)
    since = start.replace(tzinfo=UTC)
    until = since + timedelta(hours=hours)
    forwards: list[datetime] = []
    for moment in times_after(schedule, since, AMSTERDAM):
        if moment > until:
            break
        forwards.append(moment)

    backwards = []
    for moment in times_before(schedule, until, AMSTERDAM):
        if moment <= since:
            break
        backwards.append(moment)

    assert forwards == backwards[::-1]
    assert len(set(forwards)) == len(forwards)
