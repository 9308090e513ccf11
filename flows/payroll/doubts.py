"""What a person says of doubtful rows is carried out."""

from __future__ import annotations

from typing import Any

from prefect import flow

from kontorist.domain.ids import EventId
from tasks import letters
from tasks import worklist as decisions
from tasks.payroll import steps


@flow(name="payroll doubts")
def doubts(event: EventId) -> dict[str, Any]:
    """Rows that a person lets through go on to the release; what only the sheet can put right still waits."""
    decided = decisions.decision_of(event)
    decisions.carry_out_granted(decided.granted)
    runs = steps.runs_of(decided.granted)
    steps.check_cells(runs)
    steps.ask_about_doubts(runs)
    steps.ask_for_release(runs)
    letters.send_letters(event)
    return steps.how_they_stand(runs)
