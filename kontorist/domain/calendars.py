"""Business days: which days count, the nth of a month, and where a date goes that falls on a day that does not.

Plain arithmetic over days; which days a country closes comes from outside (`connectors/calendars`), the settlement
days of the euro are written here. Payment, payroll and the clock of the schedules use the same calendars.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from kontorist.domain.errors import SetupWrong

OnHoliday = Literal["run", "skip", "next_workday", "previous_workday", "next_in_month"]
"""Where a date on a day off goes. `next_in_month` is "modified following": the next workday, unless that lies in
another month, then the previous one."""

ClosedDays = Callable[[int], Mapping[date, str]]  #: the days off of one year, each with its name in English

SATURDAY, SUNDAY = 5, 6
_DAY = timedelta(days=1)
_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class MonthTooShort(SetupWrong):
    """The month has fewer workdays than that."""

    code = "KON-386"
    next_step = "Choose a day that every month has, or count from the end: -1 is the last workday."


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraDay:
    """A day off of the company's own; without `year` it comes back every year."""

    month: int
    day: int
    year: int | None = None

    def fits(self, day: date) -> bool:
        """Is it `day`?"""
        return (day.month, day.day) == (self.month, self.day) and self.year in (None, day.year)

    def __str__(self) -> str:
        return f"{'*' if self.year is None else f'{self.year:04}'}-{self.month:02}-{self.day:02}"


_EXTRA: Final = re.compile(r"(\*|[0-9]{4})-([0-9]{2})-([0-9]{2})")
_LEAP_YEAR: Final = 2000


def parse_extra(text: str) -> ExtraDay:
    """``2026-12-24`` or, for every year, ``*-12-24``. ValueError, with a sentence, for anything else.

    ``*-02-29`` is a day off in leap years.
    """
    match = _EXTRA.fullmatch(text)
    if match is None:
        raise ValueError('a day off is written "2026-12-24" or, for every year, "*-12-24"')
    year, month, day = (None if part == "*" else int(part) for part in match.groups())
    try:
        date(year if year is not None else _LEAP_YEAR, month or 0, day or 0)
    except ValueError:
        raise ValueError("there is no such day") from None
    return ExtraDay(year=year, month=month or 0, day=day or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Where a planned day went; `because` is None when it stayed."""

    day: date
    because: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessCalendar:
    """Weekends, closed days and the company's own days off; all other days are workdays.

    It needs at least one workday in each few weeks, or looking for the next one does not end.
    """

    name: str
    closed: ClosedDays
    extra: tuple[ExtraDay, ...] = ()
    weekend: frozenset[int] = frozenset({SATURDAY, SUNDAY})  #: Monday is 0

    def why_closed(self, day: date) -> str | None:
        """The name of the holiday, "a day off of the company" or the day of the week; None on a workday."""
        if (holiday := self.closed(day.year).get(day)) is not None:
            return holiday
        if any(each.fits(day) for each in self.extra):
            return "a day off of the company"
        return _WEEKDAYS[day.weekday()] if day.weekday() in self.weekend else None

    def is_workday(self, day: date) -> bool:
        """Is it worked on?"""
        return self.why_closed(day) is None

    def next_workday(self, day: date) -> date:
        """`day` itself, or the first workday after it."""
        while not self.is_workday(day):
            day += _DAY
        return day

    def previous_workday(self, day: date) -> date:
        """`day` itself, or the last workday before it."""
        while not self.is_workday(day):
            day -= _DAY
        return day

    def shift(self, day: date, workdays: int) -> date:
        """So many workdays after `day`, or before it when negative; 0 is `day` itself or the next workday."""
        if workdays == 0:
            return self.next_workday(day)
        step = _DAY if workdays > 0 else -_DAY
        for _ in range(abs(workdays)):
            day = self.next_workday(day + step) if workdays > 0 else self.previous_workday(day + step)
        return day

    def workday(self, year: int, month: int, number: int) -> date:
        """The workday with this number in a month: 1 is the first, -1 the last. Raises MonthTooShort.

        0 is no workday: ValueError.
        """
        if number == 0:
            raise ValueError("workdays are counted from 1, or from the end as -1")
        days = [date(year, month, day) for day in range(1, monthrange(year, month)[1] + 1)]
        workdays = [day for day in days if self.is_workday(day)]
        if abs(number) > len(workdays):
            have = f"{_MONTHS[month - 1]} {year} has {len(workdays)} workdays in the calendar {self.name}"
            raise MonthTooShort(f"{have}, not {abs(number)}.")
        return workdays[number - 1 if number > 0 else number]

    def ultimo(self, year: int, month: int, before: int = 0) -> date:
        """So many workdays before the last one of a month: 0 is the last, 2 the third-last. Raises MonthTooShort.

        The contributions to German social security are due on the third-last bank working day: § 23 (1) SGB IV.
        """
        return self.workday(year, month, -before - 1)

    def is_workday_number(self, day: date, number: int) -> bool:
        """Is `day` the workday with this number in its month? Of a month that is too short no day is."""
        last = monthrange(day.year, day.month)[1]
        others = range(1, day.day) if number > 0 else range(day.day + 1, last + 1)
        return self.is_workday(day) and abs(number) == 1 + sum(
            self.is_workday(day.replace(day=each)) for each in others
        )

    def moved(self, day: date, rule: OnHoliday) -> Move | None:
        """Where `day` goes by `rule`, and why; None when it is left out."""
        closed = self.why_closed(day)
        if closed is None or rule == "run":
            return Move(day=day)
        if rule == "skip":
            return None
        following = self.next_workday(day)
        leaves = rule == "next_in_month" and following.month != day.month
        if rule == "previous_workday" or leaves:
            found, how = self.previous_workday(day), "previous workday"
        else:
            found, how = following, "next workday"
        note = f"the next workday, {short(following)}, is in another month; " if leaves else ""
        return Move(day=found, because=f"{short(day)} is {closed}; {note}{how} {short(found)}")

    def reach(self, day: date, step: Literal[1, -1]) -> date:
        """The last of the days off that follow (1) or precede (-1) `day` without a gap; `day` where there is none."""
        while not self.is_workday(day + step * _DAY):
            day += step * _DAY
        return day


def short(day: date) -> str:
    """``25 Dec``: in English, whatever the language of the machine."""
    return f"{day.day} {_MONTHS[day.month - 1]}"


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar, by the rule of Meeus, Jones and Butcher."""
    century, rest = divmod(year, 100)
    golden = year % 19
    correction = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - century // 4 - correction + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def target_days(year: int) -> Mapping[date, str]:
    """The days on which the euro's settlement system T2 (TARGET) is closed, weekends aside, from 2002 on.

    Decision of the ECB of 14 December 2000 on the long-term calendar of TARGET.
    """
    sunday = easter(year)
    return {
        date(year, 1, 1): "New Year's Day",
        sunday - 2 * _DAY: "Good Friday",
        sunday + _DAY: "Easter Monday",
        date(year, 5, 1): "Labour Day",
        date(year, 12, 25): "Christmas Day",
        date(year, 12, 26): "Christmas Holiday",
    }
