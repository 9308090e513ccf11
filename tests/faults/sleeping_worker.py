"""A worker that falls asleep (SIGSTOP) over each of its events, at a place that a seed chooses. `FOLDER SEED`.

Each sleep lasts a minute by its clock, which is longer than any lease and any act. What it does when it is woken up is
what the test is about.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from small_office import NoticeBoard

from kontorist.domain.ids import SYSTEM, EventId
from kontorist.engine.dispatcher import Dispatcher
from kontorist.engine.leases import Leases
from kontorist.engine.router import Route, Router
from kontorist.failpoints import failpoint, register, watched_by
from kontorist.store.database import Store
from kontorist.store.effects import EffectHandler, EffectRunner
from kontorist.testing.runs import RunsWithoutPrefect

register("flow.writing")

A_SLEEP = 60.0
#: Outside of every transaction: whoever sleeps inside one holds the file, and nobody can write until he wakes up.
PLACES = (
    "dispatcher.after_claim",
    "dispatcher.before_run",
    "flow.writing",
    "store.after_commit",
    "effects.before_begin",
    "effects.after_begin",
    "effects.before_act",
    "effects.after_act",
    "effects.before_done",
    "effects.after_done",
    "dispatcher.after_run",
)


class SleepyClock:
    """The real clock and the sleeps so far."""

    def __init__(self, slept: float = 0.0) -> None:
        self.slept = slept

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.slept)

    def monotonic(self) -> float:
        return time.monotonic() + self.slept


class NoticesWithoutPrefect(RunsWithoutPrefect):
    """The flow: a line in the audit trail, a notice, an outcome that says whose it is."""

    def __init__(self, who: str, store: Store, effects: EffectRunner) -> None:
        self._who, self._store, self._effects = who, store, effects

    def named(self, key: str) -> str:
        return f"{self._who} {key}"

    def flow(self, name: str, parameters: Mapping[str, Any]) -> dict[str, str]:
        event = EventId(parameters["event"])
        failpoint("flow.writing")
        with self._store.write() as tx:
            note = {"actor": SYSTEM, "verb": f"seen by {self._who}", "subject": event}
            self._store.audit.note(tx, at=self._store.clock.now(), **note)
            self._store.effects.plan(tx, key=f"notice/{event}", kind="notice", request={}, cause=event)
        self._effects.run(f"notice/{event}")
        return {"by": self._who}


def worker(who: str, folder: Path, clock: SleepyClock) -> tuple[Store, Dispatcher, NoticesWithoutPrefect]:
    """A worker by the name `who` over the office in `folder`."""
    store = Store.open(f"sqlite:///{folder}/kontorist.db", clock=clock)
    board = NoticeBoard(folder / "board")
    effects = EffectRunner(store, [EffectHandler(kind="notice", act=board.act, probe=board.probe, timeout=5.0)])
    runs = NoticesWithoutPrefect(who, store, effects)
    router = Router([Route(on="letter.received", run="payables/invoice_intake")])
    return store, Dispatcher(store, router, runs, Leases(store)), runs


class Sleep:
    """Stops this process once per event, when it passes its place for the chosen time."""

    def __init__(self, clock: SleepyClock, chance: random.Random) -> None:
        self._clock, self._chance = clock, chance
        self._place, self._left = "", 0

    def next_event(self) -> None:
        self._place = self._chance.choice(PLACES)
        self._left = self._chance.choice((1, 2, 3, 4)) if self._place == "store.after_commit" else 1

    def passes(self, place: str) -> None:
        if place == self._place:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGSTOP)
                self._clock.slept += A_SLEEP


def main(folder: Path, seed: int) -> None:
    clock = SleepyClock()
    store, dispatcher, _ = worker("sleeper", folder, clock)
    sleep = Sleep(clock, random.Random(seed))
    with watched_by(sleep.passes):
        sleep.next_event()
        while dispatcher.step():
            sleep.next_event()
    store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
