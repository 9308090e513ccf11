"""The connectors that config.yaml names, built for those who poll them and those who answer for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from connectors.registry import Connector, ConnectorContext, build
from kontorist.config import Config
from kontorist.config.secrets import look_up
from kontorist.domain.ports import Clock, EventSource, PushSource
from kontorist.engine.receiver import LARGEST_BODY, Door

_POLL_EVERY = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """A source and how often it is read."""

    name: str
    source: EventSource
    every: float  #: seconds


def polled_sources(config: Config, clock: Clock) -> list[Polled]:
    """Every connector that is read from."""
    return [
        Polled(name=name, source=connector, every=getattr(settings, "every", _POLL_EVERY).total_seconds())
        for name, connector, settings in _built(config, clock, "source")
        if isinstance(connector, EventSource)
    ]


def push_doors(config: Config, clock: Clock) -> dict[str, Door]:
    """Every connector that takes requests, by its name under /hooks/."""
    return {
        name: Door(
            source=connector,
            largest_body=getattr(settings, "limit", LARGEST_BODY),
            on_conflict=getattr(settings, "on_conflict", "refuse"),
        )
        for name, connector, settings in _built(config, clock, "push")
        if isinstance(connector, PushSource)
    }


def _built(config: Config, clock: Clock, capability: str) -> Iterator[tuple[str, Connector, Any]]:
    from connectors.registry import capabilities

    def secret(name: str) -> str:
        return look_up(name).get_secret_value()

    context = ConnectorContext(root=config.root, secret=secret, clock=clock)
    for name, entry in config.connectors.items():
        if capability in capabilities(entry.use):
            yield name, build(entry.use, name, entry.settings, context), entry.settings
