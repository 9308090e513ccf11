"""Somebody at the door is answered, once: one effect, planned and carried out by way of the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prefect import flow, task

from kontorist.domain.ids import EventId
from kontorist.domain.ports import Receipt
from kontorist.services import current_services
from kontorist.services.outside import outside_effect


@outside_effect("plant_answer")
def ring(request: Mapping[str, Any], key: str) -> Receipt:
    """A line in a file."""
    with (current_services().config.var / "answers").open("a", encoding="utf-8") as answers:
        answers.write(f"{key}\n")
    return Receipt(external_id=key, status="accepted")


@task(name="answer the door")
def answer(event: EventId) -> str:
    """The answer's receipt."""
    return ring(event, {"say": "Come in."}, cause=event).external_id


@flow(name="answer door")
def answer_door(event: EventId) -> dict[str, Any]:
    """Whoever rings is answered."""
    return {"answered": answer(event)}
