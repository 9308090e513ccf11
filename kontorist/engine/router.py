"""The content-based router: which event starts which flow. `routes:` of config.yaml, first match wins.

A filter is a plain mapping of fields to values (equal) or lists (any of); never an expression.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from kontorist.config import Config
from kontorist.domain.events import Event
from kontorist.domain.routing import matches, value_of
from kontorist.engine.sources import SCHEDULE, named_flow

MAX_ATTEMPTS = 4
"""How often an event is tried before it is quarantined, where its route says nothing else."""


PRIORITY = 100
"""Of an event whose route says nothing else; lower goes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """How many events share one flow run, and how long the first of them waits for others."""

    size: int = 100
    window: timedelta = timedelta(seconds=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One line under `routes:`. Without `batch` each event has a flow run of its own, `pooled` in a process too."""

    on: str  #: event type
    run: str  #: flow, such as payables/invoice_intake
    condition: Mapping[str, Any] = field(default_factory=dict)
    batch: Batch | None = None
    pooled: bool = False
    priority: int = PRIORITY
    max_attempts: int = MAX_ATTEMPTS

    @property
    def lane(self) -> str:
        """`own` or `batch`, in the worker's process both, or `pool`."""
        return "batch" if self.batch else "pool" if self.pooled else "own"


def routes_of(config: Config) -> list[Route]:
    """The routes in force in the router's words."""
    return [
        Route(
            on=route.on,
            run=route.run,
            condition=route.condition,
            batch=Batch(size=route.batch.size, window=route.batch.window) if route.lane == "batch" else None,
            pooled=route.lane == "pool",
            priority=route.priority,
            max_attempts=route.max_attempts,
        )
        for route in config.routes_in_force()
    ]


def pooled_flows(config: Config) -> list[str]:
    """The flows that run in the pool, each once."""
    due = (entry.run for entry in config.schedules.values() if entry.lane == "pool")
    return list(dict.fromkeys([*(route.run for route in routes_of(config) if route.pooled), *due]))


def heavy_sources(config: Config) -> list[str]:
    """The sources of our own events that are for the pool: schedules with that lane."""
    return [SCHEDULE + name for name, entry in config.schedules.items() if entry.lane == "pool"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why one route takes an event or does not."""

    route: Route
    fits: bool
    reason: str


class Router:
    """Finds the route of an event."""

    def __init__(self, routes: Iterable[Route], heavy: Iterable[str] = ()) -> None:
        """`heavy` are the sources of our own events that are for the pool."""
        self.routes, self._heavy = tuple(routes), frozenset(heavy)
        self._of_type: dict[str, list[Route]] = {}
        for route in self.routes:
            self._of_type.setdefault(route.on, []).append(route)

    def route(self, event: Event) -> Route | None:
        """The first route that fits; None leads to quarantine. Our own events name their flow themselves."""
        if flow := named_flow(event):
            return Route(on=event.type, run=flow, pooled=event.source in self._heavy)
        of_its_type = self._of_type.get(event.type, ())
        return next((route for route in of_its_type if why_not(route, event) is None), None)

    def priority(self, event: Event) -> int:
        """How urgent `event` is; lower goes first."""
        route = self.route(event)
        return route.priority if route else PRIORITY

    @property
    def look_ahead(self) -> int:
        """How many waiting events have to be looked at to find one whose turn it is."""
        return 1 + sum(route.batch.size for route in self.routes if route.batch)

    def max_attempts(self, event: Event) -> int:
        """How often `event` is tried."""
        route = self.route(event)
        return route.max_attempts if route else MAX_ATTEMPTS

    def explain(self, event: Event) -> list[Explanation]:
        """Every route up to the one that takes the event, each with a sentence why or why not."""
        said = []
        for route in self.routes:
            reason = why_not(route, event)
            said.append(Explanation(route=route, fits=reason is None, reason=reason or "It fits."))
            if reason is None:
                break
        return said


def why_not(route: Route, event: Event) -> str | None:
    """The sentence why `route` does not take `event`; None when it does."""
    if route.on != event.type:
        return f"It is for {route.on}, and this is {event.type}."
    for name, wanted in route.condition.items():
        found = value_of(event, name)
        if not matches(found, wanted):
            return f"{name} is {_shown(found)}, not {_shown(wanted)}."
    return None


def _shown(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "one of " + ", ".join(_shown(one) for one in value)
    return "missing" if value is None else f'"{value}"'
