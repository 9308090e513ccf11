"""Somebody else holds the database for a minute, in the middle of the work: senders come again, nothing is lost.

KONTORIST_FAULT_KILLS=20 (`make faults`) holds it for 60 s, which is longer than a worker waits; with fewer for some
seconds, which is longer than the receiver does.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sleeping_worker
from sleeping_worker import SleepyClock

from kontorist.engine.loops import Loop
from kontorist.engine.reconciler import LOOK_EVERY, Reconciler
from kontorist.failpoints import watched_by
from kontorist.store.database import Store
from kontorist.testing.installation import until
from kontorist.testing.receiver_alone import CONFIG, ReceiverAlone
from kontorist.testing.twins.webhook_sender import Delivery

HELD_FOR = 60.0 if int(os.environ.get("KONTORIST_FAULT_KILLS", "3")) >= 20 else 5.0

pytestmark = [pytest.mark.faults, pytest.mark.timeout(120 + 3 * HELD_FOR)]


class Stranger:
    """Another program: at the first act on the outside it takes the database, so that the act cannot be recorded."""

    def __init__(self, database: Path) -> None:
        self._connection = sqlite3.connect(database, isolation_level=None, check_same_thread=False)
        self.came = threading.Event()

    def comes_at(self, place: str) -> None:
        """A watcher of failpoints."""
        if place == "effects.after_act" and not self.came.is_set():
            self._connection.execute("BEGIN IMMEDIATE")
            self.came.set()

    def goes(self) -> None:
        self._connection.execute("ROLLBACK")

    def close(self) -> None:
        self._connection.close()


@contextmanager
def at_work(folder: Path) -> Iterator[Store]:
    """A worker without Prefect, in threads of this process."""
    store, dispatcher, runs = sleeping_worker.worker("worker", folder, SleepyClock())
    stopping = threading.Event()
    loops = [
        Loop("dispatcher", 0.15, dispatcher.step, stopping),
        Loop("reconciler", LOOK_EVERY, Reconciler(store, runs).step, stopping),
    ]
    for loop in loops:
        loop.start()
    try:
        yield store
    finally:
        stopping.set()
        assert all(loop.join(40) for loop in loops)
        store.close()


def letter(receiver: ReceiverAlone, name: str) -> Delivery:
    return receiver.sender.event("letter.received", {"text": name}, identity=name, now=datetime.now(UTC))


def test_held_for_a_minute_by_another_nothing_is_lost_and_everybody_goes_on(tmp_path: Path) -> None:
    config = CONFIG.replace("note.received", "letter.received")
    with ReceiverAlone(tmp_path, config=config) as receiver, closing(Stranger(receiver.database)) as stranger:
        accepted = [f"before-{number}" for number in range(3)]
        assert {receiver.post(letter(receiver, name)) for name in accepted} == {(202, None)}
        with watched_by(stranger.comes_at), at_work(tmp_path / "var") as store:
            assert stranger.came.wait(30)
            refused, answers = [], Counter[tuple[int | None, str | None]]()
            begun = time.monotonic()
            while time.monotonic() < begun + HELD_FOR:
                refused.append(f"meanwhile-{len(refused)}")
                answers[receiver.post(letter(receiver, refused[-1]))] += 1
                assert receiver.get("/health") == 200
            assert not receiver.stored() & set(refused)
            stranger.goes()

            again = {receiver.post(letter(receiver, name)) for name in refused}
            until(lambda: _all_done(store, len(accepted) + len(refused)), 60 + HELD_FOR, "the end of all events")
            with store.read() as tx:
                rows, effects = store.inbox.list(tx), store.effects.list(tx)

    assert set(answers) == {(503, "30")}
    assert again == {(202, None)}
    assert {row.dedupe for row in rows} == {*accepted, *refused}
    board = Counter((tmp_path / "var" / "board").read_text(encoding="utf-8").split())
    assert board == Counter(f"notice/{row.id}" for row in rows)
    assert {each.state for each in effects} == {"done"}


def _all_done(store: Store, count: int) -> bool:
    with store.read() as tx:
        return store.inbox.counts(tx)["done"] == count
