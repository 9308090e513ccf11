"""Which of the waiting events are worked on next, and which of them together.

Lane `own`: one event, one flow run. Lane `batch`: the events of a route share a run as soon as there are enough of
them, or the first has waited long enough; until then those behind them go first. Lane `pool`: as `own`, elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from kontorist.engine.router import Batch, Route

if TYPE_CHECKING:
    from kontorist.domain.events import Event
    from kontorist.store.inbox import InboxRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """Events that are worked on in one flow run; without a route there is nobody who would."""

    route: Route | None
    rows: tuple[InboxRow, ...]


def next_portion(rows: Sequence[InboxRow], route_of: Callable[[Event], Route | None], now: datetime) -> Portion | None:
    """The first portion of `rows` (in the order of their turn) whose time has come."""
    routed = [(row, route_of(row.event())) for row in rows]
    too_early: list[Route] = []
    for row, route in routed:
        if route is None or route.batch is None:
            return Portion(route=route, rows=(row,))
        if any(route is each for each in too_early):
            continue
        together = tuple(other for other, its in routed if its is route)[: route.batch.size]
        if _ripe(together, route.batch, now):
            return Portion(route=route, rows=together)
        too_early.append(route)
    return None


def _ripe(together: Sequence[InboxRow], batch: Batch, now: datetime) -> bool:
    """Enough of them, or the first has waited; a clock that was set back keeps nobody waiting."""
    waited = now - min(row.received for row in together)
    return len(together) == batch.size or not timedelta(0) <= waited < batch.window
