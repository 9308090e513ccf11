"""Group commit: what waits together is committed together, and every sender gets its own answer."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from kontorist.domain.events import Event
from kontorist.domain.ids import EventId
from kontorist.engine.writer import Arrival, InboxClosed, InboxWriter, Outcome
from kontorist.store.arrivals import Accepted
from kontorist.store.errors import StoreBusy, StoreFull


@dataclass
class Table:
    """A database as far as the writer sees one: what was committed, and in how many transactions."""

    committed: list[str] = field(default_factory=list)
    commits: int = 0
    tries: int = 0
    trouble: Exception | None = None
    gate: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def write(self) -> Iterator[list[str]]:
        self.gate.wait(timeout=5)
        self.tries += 1
        if self.trouble:
            raise self.trouble
        pending: list[str] = []
        yield pending
        self.committed += pending
        self.commits += 1

    def accept(self, pending: list[str], arrivals: Sequence[Arrival]) -> list[Accepted]:
        names = [arrival.event.id for arrival in arrivals]
        if "poison" in names:
            raise ValueError("no such column")
        pending.extend(names)
        return [Accepted(id=EventId(f"E{name}")) for name in names]


def arrival(number: object) -> Arrival:
    return Arrival(event=Event(id=str(number), source="/kontorist/webhook/shop", type="order.created"), raw_hash="0")


def put(writer: InboxWriter, arrivals: Sequence[Arrival]) -> Future[list[Accepted]]:
    """What the sender of `arrivals` will be told."""
    answer: Future[list[Accepted]] = Future()

    def told(outcome: Outcome) -> None:
        if isinstance(outcome, InboxClosed):
            answer.set_exception(outcome)
        else:
            answer.set_result(outcome)

    writer.put(arrivals, told)
    return answer


@pytest.fixture
def table() -> Table:
    return Table()


@pytest.fixture
def writer(table: Table) -> Iterator[InboxWriter]:
    writer = InboxWriter(table.write, table.accept)
    yield writer
    table.gate.set()
    writer.close()


def test_what_waits_during_a_commit_shares_the_next_one(table: Table, writer: InboxWriter) -> None:
    answers = [put(writer, [arrival(number)]) for number in range(100)]

    table.gate.set()

    assert [answer.result(timeout=5)[0].id for answer in answers] == [f"E{number}" for number in range(100)]
    assert table.commits <= 2, "the first alone at most, the other 99 together"


def test_one_poisonous_event_does_not_turn_its_neighbours_away(table: Table, writer: InboxWriter) -> None:
    answers = [put(writer, [arrival(name)]) for name in ("good", "poison", "better")]

    table.gate.set()

    assert answers[0].result(timeout=5)[0].id == "Egood"
    with pytest.raises(InboxClosed):
        answers[1].result(timeout=5)
    assert answers[2].result(timeout=5)[0].id == "Ebetter"
    assert sorted(table.committed) == ["better", "good"]


@pytest.mark.parametrize("trouble", [OSError(28, "No space left on device"), StoreBusy(), StoreFull()])
def test_a_locked_or_full_database_turns_all_that_wait_away_at_once(
    table: Table, writer: InboxWriter, trouble: Exception
) -> None:
    """One after the other would each wait for the lock again, and the last sender for minutes."""
    table.trouble = trouble
    answers = [put(writer, [arrival(number)]) for number in range(50)]

    table.gate.set()

    for answer in answers:
        with pytest.raises(InboxClosed):
            answer.result(timeout=5)
    assert table.tries <= 2
    assert table.committed == []


def test_each_sender_of_several_events_hears_of_its_own(table: Table, writer: InboxWriter) -> None:
    answers = [put(writer, [arrival(name) for name in names]) for names in ("abc", "", "d")]

    table.gate.set()

    assert [[one.id for one in answer.result(timeout=5)] for answer in answers] == [["Ea", "Eb", "Ec"], [], ["Ed"]]


def test_nothing_that_waits_is_forgotten_at_the_end(table: Table, writer: InboxWriter) -> None:
    answers = [put(writer, [arrival(number)]) for number in range(5)]
    table.gate.set()

    writer.close()

    assert all(answer.done() for answer in answers)
    assert not writer.alive()
