"""What people decided about an invoice is carried out."""

from __future__ import annotations

from typing import Any

from prefect import flow

from kontorist.domain.ids import EventId
from tasks import letters, payables
from tasks import worklist as steps


@flow(name="invoice approval")
def approval(event: EventId) -> dict[str, Any]:
    """An approved invoice is booked, a rejected one filed as refused, a returned one asked back; facts are re-read."""
    decided = steps.decision_of(event)
    steps.carry_out_granted(decided.granted)
    steps.file_refused(decided.refused)
    steps.ask_back(decided.returned, event)
    letters.send_letters(event)
    return payables.what_became_of(decided.documents)
