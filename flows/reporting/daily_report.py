"""The day in the office, as a workbook and a mail with the same figures."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from prefect import flow

from kontorist.domain.ids import EventId
from tasks import letters
from tasks.reporting import steps


@flow(name="daily report")
def daily_report(
    event: EventId, day: date | None = None, schedule: str | None = None, planned: datetime | None = None
) -> dict[str, Any]:
    """What was booked, what waits and for whom, what could not be read: archived, and mailed to those who asked.

    `day` is the day to report on; without it the day for which `schedule` planned the run, else today.
    """
    report = steps.write_report(event, steps.day_of_report(day, planned))
    letters.send_letters(event)
    return steps.what_was_reported(report)
