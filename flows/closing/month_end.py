"""The month that is over: what the books say of it, what is missing, and who has it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from prefect import flow

from kontorist.domain.ids import EventId
from tasks import closing as steps
from tasks import letters


@flow(name="month end")
def month_end(
    event: EventId, period: str | None = None, schedule: str | None = None, planned: datetime | None = None
) -> dict[str, Any]:
    """Checked, written into a report pack, archived, and mailed with what is missing and who has it.

    `period` such as 2026-10 is the month to look at; without it the one before the day for which `schedule` planned
    the run, else before today. The same books give the same pack, and nobody gets it twice.
    """
    outcome = steps.write_pack(event, steps.month_to_close(period, planned))
    letters.send_letters(event)
    return outcome
