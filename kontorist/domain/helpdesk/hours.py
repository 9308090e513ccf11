"""Office hours: until when something is due, and what is late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from kontorist.domain.calendars import BusinessCalendar

#: Monday to Friday, for an office without a calendar of its own.
WEEKDAYS: Final = BusinessCalendar(name="weekdays", closed=lambda year: {})

REMIND, ESCALATE = "remind", "escalate"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeHours:
    """When the office works: from `opens` to `closes` on the workdays of `calendar`, on the clock in `zone`.

    Raises ValueError for an office that closes before it opens: nothing would ever be due.
    """

    opens: time
    closes: time
    zone: ZoneInfo
    calendar: BusinessCalendar = WEEKDAYS

    def __post_init__(self) -> None:
        if self.closes <= self.opens:
            raise ValueError("the office has to open before it closes")

    def after(self, moment: datetime, span: timedelta) -> datetime:
        """The moment at which `span` of office time has passed since `moment`, with the office's zone.

        What is over at closing time is due then, not at the next opening. Counted on the wall clock: the hour of a
        change to summer time is never within office hours that anybody keeps.
        """
        wall, left = self._open_from(moment.astimezone(self.zone).replace(tzinfo=None)), span
        while left > (today := datetime.combine(wall.date(), self.closes) - wall):
            left -= today
            wall = self._opening(wall.date() + timedelta(days=1))
        return (wall + left).replace(tzinfo=self.zone)

    def _open_from(self, wall: datetime) -> datetime:
        """`wall` itself while the office is open, else its next opening."""
        opening = self._opening(wall.date())
        if wall <= opening:
            return opening
        if wall.time() >= self.closes:
            return self._opening(wall.date() + timedelta(days=1))
        return wall

    def _opening(self, day: date) -> datetime:
        return datetime.combine(self.calendar.next_workday(day), self.opens)


def steps_when_late(
    due: datetime, now: datetime, *, hours: OfficeHours, grace: timedelta, postponed_until: date | None
) -> tuple[str, ...]:
    """What has to happen about something due at `due`: nothing, `remind`, or `remind` and `escalate`.

    It is escalated when `grace` of office time has passed since it was due. Postponed, it is late from that day on.
    """
    today = now.astimezone(hours.zone).date()
    if now <= due or (postponed_until is not None and today < postponed_until):
        return ()
    return (REMIND, ESCALATE) if now > hours.after(due, grace) else (REMIND,)
