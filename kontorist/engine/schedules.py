"""The clock: schedules put `schedule.due` into the inbox, under the key (schedule, planned time).

The unique key makes a date fire once, however many workers and restarts there are. What was missed while nothing ran
is a rule at insert (`misfire`, `grace`). Cron gives wall times of the company's zone: a time that does not exist on
the night of the change runs at the next minute that does, one that exists twice runs the first time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from kontorist.domain.events import Event, content_hash
from kontorist.engine.sources import SCHEDULE, SCHEDULE_DUE

if TYPE_CHECKING:
    from kontorist.store.database import Store

ON_TIME = timedelta(seconds=60)
"""A date noticed within this is on time, not missed."""

_MOST_CAUGHT_UP = 1000  # run_all after a year of downtime must not fill the inbox
_CLOCK_WAS_WRONG = timedelta(days=1)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """One entry under `schedules:`, with either `cron` or `every`."""

    name: str
    run: str
    cron: str | None = None
    every: timedelta | None = None
    misfire: Literal["run_once", "run_all", "skip"] = "run_once"
    grace: timedelta | None = None  #: what was missed longer ago than this is not caught up
    parameters: Mapping[str, Any] = field(default_factory=dict)


def times_before(schedule: Schedule, until: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """The planned times up to and including `until`, newest first, in UTC; each once."""
    if schedule.every is not None:
        yield from _spans_before(schedule.every, until)
        return
    last: datetime | None = None
    for wall in _walls_before(schedule.cron or "", until, zone):
        moment = _moment(wall, zone)
        if moment <= until and moment != last:
            last = moment
            yield moment


def times_after(schedule: Schedule, since: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """The planned times after `since`, in UTC; each once. For `kontorist status` and `schedule next`."""
    if schedule.every is not None:
        first = next(_spans_before(schedule.every, since))
        yield from (first + count * schedule.every for count in islice(_numbers(), 1, None))
        return
    from croniter import croniter

    # Begin early: on the night of the change to winter time, wall times come twice.
    walls = croniter(schedule.cron or "", since.astimezone(zone).replace(tzinfo=None) - timedelta(hours=3))
    last = since
    while True:
        moment = _moment(walls.get_next(datetime), zone)
        if moment > last:
            last = moment
            yield moment


def _numbers() -> Iterator[int]:
    number = 0
    while True:
        yield number
        number += 1


def _spans_before(every: timedelta, until: datetime) -> Iterator[datetime]:
    # Multiples of the span since the epoch: the same dates on every machine and after every restart.
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    moment = epoch + ((until - epoch) // every) * every
    while True:
        yield moment
        moment -= every


def _walls_before(cron: str, until: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    from croniter import croniter

    late = until.astimezone(zone).replace(tzinfo=None) + timedelta(hours=3, microseconds=1)
    walls = croniter(cron, late)
    while True:
        yield walls.get_prev(datetime)


def _moment(wall: datetime, zone: ZoneInfo) -> datetime:
    """`wall` in `zone` as a moment in UTC; the first of two, and the next minute that exists."""
    while True:
        moment = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
        if moment.astimezone(zone).replace(tzinfo=None) == wall:
            return moment
        wall += _MINUTE


def due(schedule: Schedule, since: datetime, now: datetime, zone: ZoneInfo) -> list[datetime]:
    """The dates after `since` up to `now` that are to be run, oldest first, by the schedule's misfire rule."""
    passed: list[datetime] = []
    for moment in islice(times_before(schedule, now, zone), _MOST_CAUGHT_UP):
        if moment <= since:
            break
        passed.append(moment)
    on_time = [moment for moment in passed if now - moment <= ON_TIME]
    missed = [moment for moment in passed if now - moment > ON_TIME]
    if schedule.grace is not None:
        missed = [moment for moment in missed if now - moment <= schedule.grace]
    return sorted(on_time + _caught_up(missed, on_time, schedule.misfire))


def _caught_up(missed: list[datetime], on_time: list[datetime], misfire: str) -> list[datetime]:
    if misfire == "run_all":
        return missed
    if misfire == "run_once" and not on_time:  # a run that is due now stands for those that were missed
        return missed[:1]
    return []


def due_event(schedule: Schedule, planned: datetime, zone: ZoneInfo) -> Event:
    """The event of one due date. The flow gets the *planned* time, never today's."""
    told = {"schedule": schedule.name, "planned": planned.astimezone(zone).isoformat()}
    return Event(
        id=planned.isoformat(),
        source=SCHEDULE + schedule.name,
        type=SCHEDULE_DUE,
        subject=schedule.name,
        time=planned,
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
        moments = due(schedule, until, now, self._zone) if position else []
        if position and not moments and until != now and now - until < _MINUTE:
            return 0  # nothing to remember that the next look would not find out again
        return self._put(schedule, moments, now)

    def _put(self, schedule: Schedule, moments: Iterable[datetime], now: datetime) -> int:
        inbox, new = self._store.inbox, 0
        with self._store.write() as tx:
            for planned in moments:
                event = due_event(schedule, planned, self._zone)
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
