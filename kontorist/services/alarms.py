"""Operators are told what is wrong: one letter for all that is new, that lasts for another day, or that is over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from kontorist.config import Config
from kontorist.domain.events import content_hash
from kontorist.domain.operations import Alert, Step, Trouble, next_step
from kontorist.domain.ports import Clock
from kontorist.services.letters import LetterBox
from kontorist.store.database import Store

ROLE: Final = "operator"
_TOLD: Final[Mapping[Step, str]] = {"told": "new", "told_again": "still", "over": "gone"}


class Alarms:
    """Compares the troubles there are with those that were told."""

    def __init__(self, config: Config, *, clock: Clock, store: Store, letters: LetterBox) -> None:
        self._clock, self._store, self._letters = clock, store, letters
        self._operators = [actor for actor in config.actors().values() if ROLE in actor.roles]
        self._zone = ZoneInfo(config.company.timezone)

    def look(self, outside: Iterable[Trouble] = ()) -> list[tuple[Step, Trouble]]:
        """Tell what has to be told of the troubles `outside` our tables and in them; what was done about which.

        Writes only when something has changed.
        """
        outside = list(outside)
        with self._store.read() as tx:
            if not self._steps(tx, outside):
                return []
        with self._store.write() as tx:
            steps = self._steps(tx, outside)
            for _, after in steps:
                self._store.alerts.put(tx, after)
            self._write(tx, [(step, after) for step, after in steps if step in _TOLD])
        return [(step, after.trouble) for step, after in steps]

    def _steps(self, tx: Connection, outside: list[Trouble]) -> list[tuple[Step, Alert]]:
        """What is to be done, each with the alert as it stands afterwards."""
        known, now = self._store.alerts.all(tx), self._clock.now()
        there = {trouble.cause: trouble for trouble in (*self._store.alerts.troubles(tx), *outside)}
        causes = dict.fromkeys((*there, *known))
        steps = ((next_step(known.get(cause), cause in there, now), cause) for cause in causes)
        return [(step, _after(step, known.get(cause), there.get(cause), now)) for step, cause in steps if step]

    def _write(self, tx: Connection, told: list[tuple[Step, Alert]]) -> None:
        if not told:
            return
        parts: dict[str, list[dict[str, Any]]] = {"new": [], "still": [], "gone": []}
        for step, alert in told:
            parts[_TOLD[step]].append(self._line(alert))
        occasion = content_hash([[step, each.trouble.cause, each.since.isoformat(), each.times] for step, each in told])
        self._letters.plan(
            tx,
            "alert",
            self._operators,
            parts,
            key=f"alert/{occasion}",
            thread="alerts",
            written=self._clock.now(),
            cause=None,
        )

    def _line(self, alert: Alert) -> dict[str, Any]:
        trouble = alert.trouble
        return {
            "kind": trouble.kind,
            "subject": trouble.subject,
            "count": trouble.count,
            "since": alert.since.astimezone(self._zone),
            "reason": trouble.reason,
        }


def _after(step: Step, known: Alert | None, trouble: Trouble | None, now: datetime) -> Alert:
    if known is None or step == "told":
        assert trouble is not None  # noqa: S101  # what is not there is not told
        return Alert(trouble=trouble, since=now, told=now, times=1)
    if step == "told_again":
        return replace(known, trouble=trouble or known.trouble, told=now, times=known.times + 1, absent_since=None)
    if step == "over":
        return replace(known, over=True)
    return replace(known, absent_since=now if step == "absent" else None)
