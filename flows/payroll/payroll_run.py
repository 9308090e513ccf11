"""Time sheets and the bureau's results of a month, up to the release by a second person."""

from __future__ import annotations

from typing import Any

from prefect import flow

from kontorist.domain.ids import EventId
from tasks import letters
from tasks.payroll import steps


@flow(name="payroll run")
def payroll_run(event: EventId, period: str | None = None) -> dict[str, Any]:
    """Every good row goes on to the release, every doubtful one waits with its sheet, cell and reason.

    `period` is the month (2026-10); without it the sheets say it. Pay never travels between steps, only ids do.
    """
    runs = steps.file_sheets(event, period)
    steps.check_cells(runs)
    steps.ask_about_doubts(runs)
    steps.ask_for_release(runs)
    letters.send_letters(event)
    return steps.how_they_stand(runs)
