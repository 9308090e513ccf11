"""What people decided is carried out, whatever it is about."""

from __future__ import annotations

from typing import Any

from prefect import flow

from kontorist.domain.ids import EventId
from tasks import letters
from tasks import worklist as steps


@flow(name="decision")
def decision(event: EventId) -> dict[str, Any]:
    """What was granted is done, what was refused is filed, what was returned is asked back; facts are re-read."""
    decided = steps.decision_of(event)
    steps.carry_out_granted(decided.granted)
    steps.file_refused(decided.refused)
    steps.ask_back(decided.returned, event)
    letters.send_letters(event)
    return steps.where_they_stand(decided.items)
