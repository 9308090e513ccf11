"""Events that we make ourselves: due dates of schedules, and what somebody at the keyboard asks for.

Only these may name a flow and its parameters; what comes from outside is routed by config.yaml, whatever it says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kontorist.domain.events import Event

ENGINE = "/kontorist/engine/"
SCHEDULE = ENGINE + "schedule/"  #: followed by the schedule's name
RUN = ENGINE + "run"  #: `kontorist run`
CLI = "/kontorist/cli/emit"  #: `kontorist events emit`; routed like everything else

SCHEDULE_DUE = "schedule.due"
RUN_REQUESTED = "run.requested"


def named_flow(event: Event) -> str | None:
    """The flow that one of our own events names; None for events from outside."""
    if not event.source.startswith(ENGINE):
        return None
    flow = event.data.get("run")
    return flow if isinstance(flow, str) else None


def parameters_of(event: Event) -> Mapping[str, Any]:
    """The parameters that one of our own events carries; none for events from outside."""
    if not event.source.startswith(ENGINE):
        return {}
    given = event.data.get("parameters", {})
    return given if isinstance(given, Mapping) else {}


def run_key(event: str, fence: int) -> str:
    """Prefect's idempotency key of one claim; without its fence a retry would be handed the dead run.

    The fence and not the attempt: attempts are counted anew when somebody replays the event.
    """
    return f"inbox:{event}:{fence}"
