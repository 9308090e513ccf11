"""The clock: schedules put `schedule.due` into the inbox, under the key (schedule, planned time).

The unique key makes a date fire once, however many workers and restarts there are, also when a calendar moves it to
another day. What was missed while nothing ran is a rule at insert (`misfire`, `grace`). Cron gives wall times of the
company's zone: a time that does not exist on the night of the change runs at the next minute that does, one that
exists twice runs the first time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import count, groupby, islice, takewhile
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from kontorist.domain.calendars import BusinessCalendar, Move, OnHoliday, short
from kontorist.domain.events import Event, content_hash
from kontorist.engine.sources import SCHEDULE, SCHEDULE_DUE

if TYPE_CHECKING:
    from kontorist.store.database import Store

ON_TIME = timedelta(seconds=60)
"""A date noticed within this is on time, not missed."""

_MOST_CAUGHT_UP = 1000  # run_all after a year of downtime must not fill the inbox
_CLOCK_WAS_WRONG = timedelta(days=1)
_LOOKS_FOR_YEARS = 12  # some dates never come, such as Sundays with `skip`
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """One entry under `schedules:`, with either `cron` or `every`."""

    name: str
    run: str
    cron: str | None = None
    every: timedelta | None = None
    calendar: BusinessCalendar | None = None
    workday: int | None = None  #: of the days of `cron` only this workday of the month; from the end where negative
    on_holiday: OnHoliday = "run"
    misfire: Literal["run_once", "run_all", "skip"] = "run_once"
    grace: timedelta | None = None  #: what was missed longer ago than this is not caught up
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class DueDate:
    """When something runs, and for which planned time; both in UTC. `because` says why they differ."""

    runs_at: datetime
    planned: datetime
    because: str | None = None


def dates_after(schedule: Schedule, since: datetime, zone: ZoneInfo) -> Iterator[DueDate]:
    """What runs after `since`, oldest first. For `kontorist status` and `schedule next`."""
    if schedule.every is not None:
        first = next(_spans_before(schedule.every, since))
        yield from (_unmoved(first + number * schedule.every) for number in count(1))
        return
    walls = _walls_after(schedule, _midnight(_first_day(schedule, since, zone)) - _MINUTE)
    for run in _runs_by_day(schedule, walls, zone):
        yield from (each for each in sorted(run) if each.runs_at > since)


def dates_between(schedule: Schedule, since: datetime, until: datetime, zone: ZoneInfo) -> Iterator[DueDate]:
    """What runs after `since` and up to `until`, newest first."""
    if schedule.every is not None:
        yield from (_unmoved(each) for each in takewhile(since.__lt__, _spans_before(schedule.every, until)))
        return
    first, end = _first_day(schedule, since, zone), _last_day(schedule, until, zone) + _DAY
    walls = _walls_before(schedule, _midnight(end), _midnight(first))
    for run in _runs_by_day(schedule, walls, zone):
        yield from (each for each in sorted(run, reverse=True) if since < each.runs_at <= until)


def _unmoved(moment: datetime) -> DueDate:
    return DueDate(planned=moment, runs_at=moment)


def _spans_before(every: timedelta, until: datetime) -> Iterator[datetime]:
    # Multiples of the span since the epoch: the same dates on every machine and after every restart.
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    moment = epoch + ((until - epoch) // every) * every
    while True:
        yield moment
        moment -= every


def _first_day(schedule: Schedule, since: datetime, zone: ZoneInfo) -> date:
    """The first day whose dates may run after `since`: days off before it may be moved to it."""
    day = since.astimezone(zone).date()
    return day if schedule.calendar is None else schedule.calendar.reach(day, -1)


def _last_day(schedule: Schedule, until: datetime, zone: ZoneInfo) -> date:
    day = until.astimezone(zone).date()
    return day if schedule.calendar is None else schedule.calendar.reach(day, 1)


def _walls_after(schedule: Schedule, start: datetime) -> Iterator[datetime]:
    """The wall times of `cron` after `start`, on days that the calendar leaves; ends where none comes for years."""
    from croniter import croniter

    walls = croniter(schedule.cron or "", start)
    wall = start
    while wall.year - start.year <= _LOOKS_FOR_YEARS:
        wall = walls.get_next(datetime)
        if _move(schedule, wall.date()) is not None:
            start = wall
            yield wall
        else:
            walls.set_current(_midnight(wall.date() + _DAY) - _MINUTE, force=True)


def _walls_before(schedule: Schedule, end: datetime, first: datetime) -> Iterator[datetime]:
    """The same before `end`, down to `first`, newest first."""
    from croniter import croniter

    walls = croniter(schedule.cron or "", end)
    while (wall := walls.get_prev(datetime)) >= first:
        if _move(schedule, wall.date()) is not None:
            yield wall
        else:
            walls.set_current(_midnight(wall.date()), force=True)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min)


def _runs_by_day(schedule: Schedule, walls: Iterable[datetime], zone: ZoneInfo) -> Iterator[list[DueDate]]:
    """The dates of `walls`, those that run on one day together; days stay in their order.

    Moving days keeps their order, but Saturday's evening does not come before the Monday morning it is moved to.
    """
    for _, run in groupby(_moved(schedule, walls, zone), key=lambda pair: pair[0]):
        yield [each for _, each in run]


def _moved(schedule: Schedule, walls: Iterable[datetime], zone: ZoneInfo) -> Iterator[tuple[date, DueDate]]:
    """Each date with the day it is moved to."""
    # On the night of the change to summer time two wall times may stand for the same moment: one date, the first.
    for planned, same in groupby(walls, key=lambda wall: _moment(wall, zone)):
        wall = min(same)
        move = _move(schedule, wall.date()) or Move(day=wall.date())
        target = datetime.combine(move.day, wall.time())
        runs_at = _moment(target, zone)
        because = "; ".join(filter(None, (move.because, _why_later(target, runs_at.astimezone(zone)))))
        yield move.day, DueDate(planned=planned, runs_at=runs_at, because=because or None)


def _move(schedule: Schedule, day: date) -> Move | None:
    """Where the dates of `day` go; None where it has none."""
    if schedule.calendar is None:
        return Move(day=day)
    if schedule.workday is not None:
        return Move(day=day) if schedule.calendar.is_workday_number(day, schedule.workday) else None
    return schedule.calendar.moved(day, schedule.on_holiday)


def _why_later(wall: datetime, real: datetime) -> str | None:
    if real.replace(tzinfo=None) == wall:
        return None
    return f"{wall:%H:%M} does not exist on {short(wall.date())}; next minute {real:%H:%M}"


def _moment(wall: datetime, zone: ZoneInfo) -> datetime:
    """`wall` in `zone` as a moment in UTC; the first of two, and the next minute that exists."""
    while True:
        moment = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
        if moment.astimezone(zone).replace(tzinfo=None) == wall:
            return moment
        wall += _MINUTE


def due(schedule: Schedule, since: datetime, now: datetime, zone: ZoneInfo) -> list[DueDate]:
    """What was to run after `since` up to `now`, oldest first, by the schedule's misfire rule."""
    passed = list(islice(dates_between(schedule, since, now, zone), _MOST_CAUGHT_UP))
    on_time = [each for each in passed if now - each.runs_at <= ON_TIME]
    missed = [each for each in passed if now - each.runs_at > ON_TIME]
    if schedule.grace is not None:
        missed = [each for each in missed if now - each.runs_at <= schedule.grace]
    return sorted(on_time + _caught_up(missed, on_time, schedule.misfire))


def _caught_up(missed: list[DueDate], on_time: list[DueDate], misfire: str) -> list[DueDate]:
    if misfire == "run_all":
        return missed
    if misfire == "run_once" and not on_time:  # a run that is due now stands for those that were missed
        return missed[:1]
    return []


def due_event(schedule: Schedule, date: DueDate, zone: ZoneInfo) -> Event:
    """The event of one due date. The flow gets the *planned* time, never today's."""
    told = {"schedule": schedule.name, "planned": date.planned.astimezone(zone).isoformat()}
    return Event(
        id=date.planned.isoformat(),
        source=SCHEDULE + schedule.name,
        type=SCHEDULE_DUE,
        subject=schedule.name,
        time=date.runs_at,
        data={"run": schedule.run, "parameters": {**schedule.parameters, **told}},
    )


class ScheduleClock:
    """Looks at the schedules and puts into the inbox what is due."""

    def __init__(self, store: Store, schedules: Iterable[Schedule], zone: ZoneInfo) -> None:
        self._store, self._schedules, self._zone = store, tuple(schedules), zone

    def step(self) -> int:
        """Put what is due into the inbox; how many were new."""
        return sum(self._look(schedule) for schedule in self._schedules)

    def _look(self, schedule: Schedule) -> int:
        now, source = self._store.clock.now(), SCHEDULE + schedule.name
        with self._store.read() as tx:
            position = self._store.inbox.cursor(tx, source)
        until = _looked_until(position, now)
        dates = due(schedule, until, now, self._zone) if position else []
        if position and not dates and until != now and now - until < _MINUTE:
            return 0  # nothing to remember that the next look would not find out again
        return self._put(schedule, dates, now)

    def _put(self, schedule: Schedule, dates: Iterable[DueDate], now: datetime) -> int:
        inbox, new = self._store.inbox, 0
        with self._store.write() as tx:
            for each in dates:
                event = due_event(schedule, each, self._zone)
                accepted = inbox.accept(tx, event, raw_hash=content_hash([schedule.name, event.id]))
                new += not accepted.duplicate
            inbox.set_cursor(tx, SCHEDULE + schedule.name, {"until": now.isoformat()})
        return new


def _looked_until(position: Mapping[str, Any] | None, now: datetime) -> datetime:
    """Up to when was looked at. A schedule seen for the first time begins now; nothing lies before its making."""
    if position is None:
        return now
    until = datetime.fromisoformat(position["until"])
    return now if until - now > _CLOCK_WAS_WRONG else until
