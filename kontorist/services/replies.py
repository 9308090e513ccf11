"""Answers to the front office: planned with the booking that causes them, sent as effects, never by a direct call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection

from kontorist.domain.errors import BusinessError, KontoristError
from kontorist.domain.ids import EventId
from kontorist.domain.ports import ActionSink, Receipt
from kontorist.store.database import Store
from kontorist.store.effects import EffectHandler, EffectRunner

KIND: Final = "callback"
#: Seconds after which a callback in `sending` may be repeated; the connector waits at most 30 s.
TIMEOUT: Final = 60.0


class Replies:
    """Plans what another system is told, and sends it under a key by which a repetition is recognised there."""

    def __init__(self, *, store: Store, effects: EffectRunner) -> None:
        self._store = store
        self._effects = effects

    def carried_by(self, sinks: Mapping[str, ActionSink]) -> None:
        """From now on `sinks`, by their name in config.yaml, carry the answers; an uncertain one is repeated."""

        def sink(request: Mapping[str, Any]) -> ActionSink:
            if request["to"] not in sinks:
                raise BusinessError("connector_gone", f"No route names the connector {request['to']!r} any more.")
            return sinks[request["to"]]

        def act(request: Mapping[str, Any], key: str) -> Receipt:
            return sink(request).apply(request["body"], key)

        def probe(request: Mapping[str, Any], key: str) -> Receipt | None:
            return sink(request).find(key)

        self._effects.register(EffectHandler(kind=KIND, act=act, probe=probe, timeout=TIMEOUT, on_uncertain="repeat"))

    def plan(self, tx: Connection, to: str | None, body: Mapping[str, Any], *, key: str, cause: EventId | None) -> None:
        """Plan one answer to the connector `to`; nothing where nobody asked for one."""
        if to is not None:
            request = {"to": to, "body": dict(body)}
            self._store.effects.plan(tx, key=f"{KIND}/{key}", kind=KIND, request=request, cause=cause)

    def send_planned(self, event: EventId) -> int:
        """Send what is planned for `event` and say how much went out. A failing one stays with its row."""
        with self._store.read() as tx:
            waiting = self._store.effects.list(tx, states=["planned"], cause=event)
        return sum(self._sent(each.key) for each in waiting if each.kind == KIND)

    def _sent(self, key: str) -> bool:
        try:
            self._effects.run(key)
        except KontoristError:  # recorded in the effect's row, which has its own attempts and its own place in status
            return False
        return True
