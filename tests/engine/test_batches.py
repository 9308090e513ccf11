"""Many small events share one flow run, and each still has its own state, reason and outcome."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest

from kontorist.domain.errors import NeedsAPerson, TransientError
from kontorist.domain.events import Event
from kontorist.domain.ids import EventId
from kontorist.engine.dispatcher import Dispatcher
from kontorist.engine.lanes import next_portion
from kontorist.engine.leases import Leases
from kontorist.engine.prefect_bridge import OpenRun
from kontorist.engine.reconciler import Reconciler
from kontorist.engine.router import Batch, Route, Router
from kontorist.store.arrivals import event_id
from kontorist.store.database import Store
from kontorist.store.errors import StoreFull
from kontorist.store.inbox import InboxRow
from kontorist.testing.fakes import FakeClock
from tests.engine.test_dispatcher import Prefect

SOURCE = "/kontorist/webhook/plant"
INVOICES = Route(on="document.received", run="payables/invoice_intake")
READINGS = Route(on="reading.taken", run="plant/note_reading", batch=Batch(size=5), priority=200)
DOORS = Route(on="door.opened", run="plant/note_door", batch=Batch(size=3, window=timedelta(seconds=30)))


class Plant:
    """An office with a machine hall beside it."""

    def __init__(self, store: Store, clock: FakeClock) -> None:
        self.store, self.clock, self.prefect = store, clock, Prefect(outcome={"noted": True})
        self.router = Router([INVOICES, READINGS, DOORS])
        leases = Leases(store)
        self.dispatcher = Dispatcher(store, self.router, self.prefect, leases, draw=lambda: 1.0)
        self.reconciler = Reconciler(store, self.prefect)

    def receives(self, *numbers: int, kind: str = "reading.taken", subject: str | None = None) -> list[EventId]:
        events = [Event(id=str(number), source=SOURCE, type=kind, subject=subject) for number in numbers]
        with self.store.write() as tx:
            for event in events:
                self.store.inbox.accept(tx, event, raw_hash=event.id, priority=self.router.priority(event))
        return [event_id(SOURCE, event.id) for event in events]

    def rows(self) -> list[InboxRow]:
        with self.store.read() as tx:
            return sorted(self.store.inbox.list(tx, limit=None), key=lambda row: row.seq)

    def states(self) -> list[str]:
        return [row.state for row in self.rows()]

    def runs(self) -> list[tuple[str, int]]:
        """Each flow run: its flow, and how many events it had."""
        return [(name, len(parameters.get("events", "1"))) for name, parameters, _ in self.prefect.runs]

    def works(self) -> None:
        while self.dispatcher.step():
            pass


@pytest.fixture
def plant(store: Store, clock: FakeClock) -> Plant:
    return Plant(store, clock)


def test_a_full_batch_shares_one_run_and_each_event_has_its_outcome(plant: Plant) -> None:
    events = plant.receives(1, 2, 3, 4, 5)

    plant.works()

    assert plant.runs() == [("plant/note_reading", 5)]
    assert plant.prefect.runs[0][2] == f"batch:inbox:{events[0]}:1"
    assert [(row.state, row.outcome, row.run_id) for row in plant.rows()] == [("done", {"noted": True}, "run 1")] * 5
    assert plant.prefect.table == [{"event": event, "became": "done", "code": ""} for event in events]


def test_a_poisonous_event_is_quarantined_and_the_others_are_done(plant: Plant) -> None:
    events = plant.receives(*range(1, 11))
    plant.prefect.poison = {events[6]: NeedsAPerson("This reading is from the future.")}

    plant.works()

    assert plant.states() == ["done"] * 6 + ["quarantined"] + ["done"] * 3
    assert plant.rows()[6].reason == "This reading is from the future."
    assert plant.prefect.table[1] == {"event": events[6], "became": "quarantined", "code": "KON-100"}


@pytest.mark.parametrize(
    "poison", [{"noted": object()}, {"noted": "half a character \ud800"}, NeedsAPerson("No reading \ud800.")]
)
def test_what_cannot_be_written_down_does_not_keep_the_neighbours_from_it(plant: Plant, poison: Any) -> None:
    """Their outcomes are in one transaction."""
    events = plant.receives(1, 2, 3, 4, 5)
    plant.prefect.given = {events[2]: poison}
    if isinstance(poison, Exception):
        plant.prefect.poison = plant.prefect.given

    plant.dispatcher.step()

    third = plant.rows()[2]
    assert plant.states()[:2] + plant.states()[3:] == ["done"] * 4
    assert (third.state, third.reason_code) in [("retry", "application_fault"), ("quarantined", "KON-100")]


def test_what_failed_outside_is_tried_again_by_itself(plant: Plant) -> None:
    events = plant.receives(1, 2, 3, 4, 5)
    plant.prefect.poison = {events[0]: TransientError("The plant does not answer.")}
    plant.works()
    assert plant.states() == ["retry"] + ["done"] * 4

    plant.prefect.poison = {}
    plant.clock.advance(minutes=1)
    plant.works()

    assert plant.states() == ["done"] * 5
    assert plant.runs() == [("plant/note_reading", 5), ("plant/note_reading", 1)]


def test_the_first_waits_two_seconds_for_others_and_no_longer(plant: Plant) -> None:
    plant.receives(1, 2)
    assert plant.dispatcher.step() is False

    plant.clock.advance(seconds=2)
    plant.receives(3)
    plant.works()

    assert plant.runs() == [("plant/note_reading", 3)]


def test_a_clock_that_is_set_back_keeps_nobody_waiting(plant: Plant) -> None:
    plant.receives(1)
    plant.clock.advance(hours=-1)

    plant.works()

    assert plant.states() == ["done"]


def test_what_waits_for_company_lets_others_go_first(plant: Plant) -> None:
    plant.receives(1, 2, kind="door.opened")
    plant.receives(3, 4, 5, 6)
    plant.receives(7, kind="document.received")
    plant.receives(8)

    plant.works()

    assert plant.runs() == [("payables/invoice_intake", 1), ("plant/note_reading", 5)]
    plant.clock.advance(seconds=30)
    plant.works()
    assert plant.runs()[2:] == [("plant/note_door", 2)]


def test_what_is_urgent_goes_before_a_full_batch(plant: Plant) -> None:
    """Lower goes first: invoices have 100, readings 200."""
    plant.receives(1, 2, 3, 4, 5)
    plant.receives(6, kind="document.received")

    plant.works()

    assert plant.runs() == [("payables/invoice_intake", 1), ("plant/note_reading", 5)]


def test_events_of_one_subject_stay_in_order(plant: Plant) -> None:
    first, second = plant.receives(1, 2, subject="boiler 7")
    plant.receives(3, 4)
    plant.clock.advance(seconds=2)

    plant.works()

    assert [parameters["events"] for _, parameters, _ in plant.prefect.runs][1:] == [[second]]
    assert first in plant.prefect.runs[0][1]["events"]


def test_prefect_going_away_costs_the_batch_a_few_seconds_and_no_event(plant: Plant) -> None:
    plant.receives(1, 2, 3, 4, 5)
    plant.prefect.away_in_the_middle = True
    plant.works()
    assert plant.states() == ["retry"] * 5

    plant.prefect.away_in_the_middle = False
    plant.clock.advance(seconds=6)
    plant.works()

    assert plant.states() == ["done"] * 5


def test_a_worker_that_stood_still_in_a_batch_writes_nothing_more(plant: Plant) -> None:
    """What the first two became is on record; what becomes of the others is not its business any more."""

    def asleep_at_the_third() -> None:
        plant.clock.advance(seconds=0.2)
        begun.append(plant.clock.now())
        if len(begun) == 3:
            plant.clock.advance(minutes=1)
            _as_another(plant.reconciler.step)

    begun: list[datetime] = []
    plant.prefect.during = asleep_at_the_third
    plant.receives(1, 2, 3, 4, 5)

    plant.dispatcher.step()

    assert plant.states() == ["done"] * 2 + ["retry"] * 3
    assert {row.reason_code for row in plant.rows()[2:]} == {"worker_died"}


def _as_another(work: object) -> None:
    """In a thread of its own, which holds no claim."""
    thread = threading.Thread(target=work)  # type: ignore[arg-type]
    thread.start()
    thread.join()


def test_a_full_disk_in_the_middle_of_a_batch_leaves_every_event_to_be_taken_up_again(
    plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    plant.receives(1, 2, 3, 4, 5)
    with monkeypatch.context() as disk:
        for write in ("done", "retry"):
            disk.setattr(plant.store.inbox, write, full)
        with pytest.raises(StoreFull):
            plant.dispatcher.step()

    plant.clock.advance(seconds=20)
    plant.reconciler.step()
    plant.works()

    assert plant.states() == ["done"] * 5


class Killed(BaseException):
    """In place of SIGKILL."""


def test_a_batch_that_its_worker_died_of_is_shown_as_crashed_and_taken_up(plant: Plant) -> None:
    def killed_at_the_second() -> None:
        plant.clock.advance(seconds=0.2)
        if "done" in plant.states():
            raise Killed

    events = plant.receives(1, 2, 3, 4, 5)
    plant.prefect.during = killed_at_the_second
    with pytest.raises(Killed):
        plant.dispatcher.step()
    plant.prefect.during = lambda: None
    plant.prefect.alive = [OpenRun(id="run 1", key=f"batch:inbox:{events[0]}:1", state="RUNNING")]
    plant.reconciler.step()
    assert plant.prefect.states == {}, "its leases hold still"

    plant.clock.advance(seconds=20)
    plant.reconciler.step()
    plant.works()

    assert plant.prefect.states == {"run 1": "Crashed"}
    assert plant.states() == ["done"] * 5
    assert plant.runs() == [("plant/note_reading", 5), ("plant/note_reading", 4)]


def test_what_a_killed_worker_had_not_written_down_is_done_again(plant: Plant) -> None:
    """Up to a tenth of a second of a batch; the effects are done under the keys they had, so nothing doubles."""

    def killed_at_the_fourth() -> None:
        seen.append("an event")
        if len(seen) == 4:
            raise Killed

    seen: list[str] = []
    plant.prefect.during = killed_at_the_fourth
    plant.receives(1, 2, 3, 4, 5)
    with pytest.raises(Killed):
        plant.dispatcher.step()
    assert plant.states() == ["claimed"] * 5

    plant.clock.advance(seconds=20)
    plant.reconciler.step()
    plant.works()

    assert plant.states() == ["done"] * 5
    assert [row.attempts for row in plant.rows()] == [2] * 5


def test_a_slow_batch_writes_down_each_outcome_as_it_comes(plant: Plant) -> None:
    def look() -> None:
        plant.clock.advance(seconds=1)
        stood.append(plant.states().count("done"))

    stood: list[int] = []
    plant.prefect.during = look
    plant.receives(1, 2, 3, 4, 5)

    plant.dispatcher.step()

    assert stood == [0, 1, 2, 3, 4]


def test_prefects_list_tells_the_truth_about_batches(plant: Plant) -> None:
    events = plant.receives(1, 2, 3, 4, 5)
    plant.works()
    key = f"batch:inbox:{events[0]}"
    plant.prefect.alive = [
        OpenRun(id="run 1", key=f"{key}:1", state="RUNNING"),
        OpenRun(id="left pending", key=f"{key}:7", state="PENDING"),
        OpenRun(id="a dry run", key="batch:dry:1:2:3", state="RUNNING"),
    ]

    plant.reconciler.step()

    assert plant.prefect.states == {"run 1": "Completed", "left pending": "Crashed"}


def test_a_batch_at_its_first_event_is_left_alone(plant: Plant) -> None:
    def look() -> None:
        plant.prefect.alive = [OpenRun(id="run 1", key=f"batch:inbox:{events[0]}:1", state="RUNNING")]
        _as_another(plant.reconciler.step)

    events = plant.receives(1, 2, 3, 4, 5)
    plant.prefect.during = look
    plant.dispatcher.step()

    assert plant.prefect.states == {}


def test_without_batches_only_one_event_is_looked_at() -> None:
    assert Router([INVOICES]).look_ahead == 1
    assert Router([INVOICES, READINGS, DOORS]).look_ahead == 9
    assert next_portion([], Router([]).route, FakeClock().now()) is None
