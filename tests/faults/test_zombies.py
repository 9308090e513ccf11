"""A worker that stood still while another took its events over writes nothing more and does nothing twice.

KONTORIST_FAULT_KILLS=20 (`make faults`) puts a hundred to sleep, with fewer (`.ci/run`) it is ten. KONTORIST_FAULT_SEED
repeats it.
"""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import sleeping_worker
from sleeping_worker import A_SLEEP, SleepyClock

from kontorist.domain.events import Event
from kontorist.domain.ids import EventId
from kontorist.engine.children import environment_for_children
from kontorist.engine.loops import Loop
from kontorist.engine.reconciler import LOOK_EVERY, Reconciler
from kontorist.store.database import Store

ZOMBIES = 100 if int(os.environ.get("KONTORIST_FAULT_KILLS", "3")) >= 20 else 10
SEED = int(os.environ.get("KONTORIST_FAULT_SEED") or secrets.randbelow(1_000_000))

pytestmark = [pytest.mark.faults, pytest.mark.timeout(120 + 3 * ZOMBIES)]


def letters(store: Store, count: int) -> list[EventId]:
    events = [Event(id=str(number), source="/test", type="letter.received") for number in range(count)]
    with store.write() as tx:
        return [store.inbox.accept(tx, event, raw_hash=event.id).id for event in events]


def stands(store: Store, event: EventId) -> tuple[Any, ...]:
    """Everything our database says about an event."""
    with store.read() as tx:
        return store.inbox.get(tx, event), store.effects.list(tx, cause=event), store.audit.of(tx, event)


def start(folder: Path, seed: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, sleeping_worker.__file__, str(folder), str(seed)]
    return subprocess.Popen(command, env=environment_for_children())


def asleep(worker: subprocess.Popen[bytes]) -> bool:
    """Wait until the worker sleeps (True) or has ended."""
    _, status = os.waitpid(worker.pid, os.WUNTRACED)
    if os.WIFSTOPPED(status):
        return True
    worker.returncode = os.waitstatus_to_exitcode(status)
    return False


def test_who_wakes_up_after_its_events_were_taken_over_writes_nothing(tmp_path: Path) -> None:
    clock = SleepyClock()
    store, dispatcher, runs = sleeping_worker.worker("taker", tmp_path, clock)
    events = letters(store, ZOMBIES)
    taken: dict[EventId, tuple[Any, ...]] = {}
    sleeper = start(tmp_path, SEED)
    try:
        for event in events:
            assert asleep(sleeper), f"seed {SEED}: it ended before {event}"
            clock.slept += A_SLEEP
            if stands(store, event)[0].state == "claimed":
                Reconciler(store, runs).step()
                assert dispatcher.step()
            taken[event] = stands(store, event)
            assert taken[event][0].state == "done", f"seed {SEED}"
            os.kill(sleeper.pid, signal.SIGCONT)
        assert not asleep(sleeper)
    finally:
        if sleeper.returncode is None:
            sleeper.kill()
            sleeper.wait()

    stale = [event for event in events if stands(store, event) != taken[event]]
    board = Counter((tmp_path / "board").read_text(encoding="utf-8").split())
    store.close()
    assert stale == [], f"seed {SEED}"
    assert board == Counter(f"notice/{event}" for event in events), f"seed {SEED}"
    assert any(each[0].outcome == {"by": "taker"} for each in taken.values())
    assert sleeper.returncode == 0


def test_what_a_killed_worker_had_in_hand_is_done_within_thirty_seconds(tmp_path: Path) -> None:
    """By the real clock: the lease is over after 15 s at most, and the reconciler looks every 5 s."""
    store, dispatcher, runs = sleeping_worker.worker("taker", tmp_path, SleepyClock())
    [event] = letters(store, 1)
    worker = start(tmp_path, SEED)
    assert asleep(worker)
    worker.kill()
    worker.wait()
    killed = time.monotonic()

    stopping = threading.Event()
    loops = [
        Loop("reconciler", LOOK_EVERY, Reconciler(store, runs).step, stopping),
        Loop("dispatcher", 0.15, dispatcher.step, stopping),
    ]
    for loop in loops:
        loop.start()
    while stands(store, event)[0].state != "done" and time.monotonic() < killed + 60:
        time.sleep(0.1)
    took = time.monotonic() - killed
    stopping.set()
    assert all(loop.join(10) for loop in loops)
    store.close()

    assert took <= 30
    assert (tmp_path / "board").read_text(encoding="utf-8").split() == [f"notice/{event}"]
