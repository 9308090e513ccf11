"""The receiver as a process, alone: Prefect and the worker are not there at all."""

from __future__ import annotations

import socket
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from kontorist.engine.receiver_process import Room
from kontorist.store.clock import SystemClock
from kontorist.store.database import Store
from kontorist.testing.installation import until
from kontorist.testing.receiver_alone import ReceiverAlone, limit_of_files


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReceiverAlone]:
    with ReceiverAlone(tmp_path_factory.mktemp("receiver")) as receiver:
        yield receiver


def test_events_are_accepted_and_on_disk_while_everything_else_is_down(receiver: ReceiverAlone) -> None:
    assert receiver.post(receiver.note("first")) == (202, None)
    assert receiver.post(receiver.note("first"))[0] == 200
    assert receiver.post(receiver.note("first", size=50))[0] == 409
    assert receiver.post(receiver.note("large", size=2_000_000))[0] == 413
    assert "first" in receiver.stored()
    assert "large" not in receiver.stored()


def test_while_another_writes_the_sender_is_told_to_come_again_and_then_it_goes_on(receiver: ReceiverAlone) -> None:
    with closing(sqlite3.connect(receiver.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        begun = time.monotonic()
        answer = receiver.post(receiver.note("locked"))
        took = time.monotonic() - begun
        other.execute("ROLLBACK")

    assert answer == (503, "30")
    assert took < 5, "a shop waits five seconds for its answer"
    assert "locked" not in receiver.stored()
    assert receiver.post(receiver.note("locked"))[0] == 202


@pytest.mark.skipif(sys.platform != "linux", reason="limits of another process are set on Linux only")
def test_on_a_full_disk_nothing_is_half_stored_and_taking_goes_on_when_there_is_space(receiver: ReceiverAlone) -> None:
    full = max(file.stat().st_size for file in receiver.database.parent.glob("kontorist.db*"))
    limit_of_files(receiver.pid, full + 100_000)
    answers = {f"full-{number}": receiver.post(receiver.note(f"full-{number}", size=20_000)) for number in range(20)}
    limit_of_files(receiver.pid, -1)

    refused = [name for name, answer in answers.items() if answer == (503, "30")]
    accepted = {name for name, answer in answers.items() if answer[0] == 202}
    assert len(refused) > 5
    assert len(accepted) + len(refused) == 20
    assert accepted <= receiver.stored()
    assert not receiver.stored() & set(refused)
    assert [receiver.post(receiver.note(name, size=20_000))[0] for name in refused] == [202] * len(refused)
    with closing(sqlite3.connect(receiver.database)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_head_that_is_too_large_is_refused_and_the_others_are_served(receiver: ReceiverAlone) -> None:
    assert receiver.post(receiver.note("wide"), **{"x-wide": "x" * 20_000})[0] == 202

    with socket.create_connection(("127.0.0.1", receiver.port), timeout=5) as line:
        line.sendall(b"POST /hooks/shop HTTP/1.1\r\nhost: x\r\nx-wide: " + b"x" * 100_000)
        answer = line.recv(100)

    assert answer.split()[1] in (b"400", b"431")
    assert receiver.get("/health") == 200


def test_what_was_acknowledged_is_there_after_a_kill(receiver: ReceiverAlone) -> None:
    accepted = {name for number in range(30) if receiver.post(receiver.note(name := f"kill-{number}"))[0] == 202}
    receiver.kill()
    receiver.start()

    assert len(accepted) == 30
    assert accepted <= receiver.stored()
    until(lambda: receiver.post(receiver.note("kill-0"))[0] == 200, 5)


def test_a_backlog_at_its_limit_has_no_room_and_one_below_has(tmp_path: Path) -> None:
    from kontorist.domain.events import Event

    with Store.open(f"sqlite:///{tmp_path / 'kontorist.db'}", clock=SystemClock()) as store:
        with store.write() as tx:
            for number in range(3):
                store.inbox.accept(tx, Event(id=str(number), source="/post", type="note.received"), raw_hash="0")
        assert not Room(store, limit=3)()
        assert Room(store, limit=4)()
