"""Events are dealt with one after the other, and every one of them ends in a named state."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from kontorist.domain.errors import LeaseLost, NeedsAPerson, TransientError
from kontorist.domain.events import Event
from kontorist.engine.dispatcher import Dispatcher, Work
from kontorist.engine.instance import dry_run, dry_run_goes_on
from kontorist.engine.leases import Leases
from kontorist.engine.prefect_bridge import OpenRun, PrefectAway
from kontorist.engine.reconciler import Reconciler
from kontorist.engine.router import Route, Router
from kontorist.engine.sources import RUN
from kontorist.store.database import Store
from kontorist.store.errors import StoreFull
from kontorist.store.inbox import InboxRow
from kontorist.testing.fakes import FakeClock

INTAKE = "payables/invoice_intake"


@dataclass
class Prefect:
    """Runs flows that are plain functions; `during` happens in the middle of each run."""

    outcome: Any = field(default_factory=lambda: {"documents": {"D1": "booked"}})
    trouble: list[Exception] = field(default_factory=list)
    during: Callable[[], None] = lambda: None
    away: bool = False
    away_in_the_middle: bool = False
    poison: dict[str, Exception] = field(default_factory=dict)
    given: dict[str, Any] = field(default_factory=dict)
    table: list[dict[str, str]] = field(default_factory=list)
    runs: list[tuple[str, dict[str, Any], str]] = field(default_factory=list)
    alive: list[OpenRun] = field(default_factory=list)
    states: dict[str, str] = field(default_factory=dict)

    def reachable(self) -> bool:
        return not self.away

    def run(
        self,
        name: str,
        *,
        parameters: Mapping[str, Any],
        key: str,
        tags: Sequence[str] = (),
        created: Callable[[str], None] = lambda run: None,
    ) -> Any:
        self.runs.append((name, dict(parameters), key))
        created(f"run {len(self.runs)}")
        self.during()
        if self.trouble:
            raise self.trouble.pop(0)
        return self.outcome

    def run_batch(
        self,
        name: str,
        *,
        events: Sequence[str],
        work: Work,
        key: str,
        tags: Sequence[str] = (),
        created: Callable[[str], None] = lambda run: None,
    ) -> None:
        self.runs.append((name, {"events": list(events)}, key))
        created(f"run {len(self.runs)}")
        if self.away_in_the_middle:
            raise PrefectAway
        self.table = [dict(work(event, partial(self.flow, event))) for event in events]

    def flow(self, event: str) -> Any:
        self.during()
        if event in self.poison:
            raise self.poison[event]
        return self.given.get(event, self.outcome)

    def open_runs(self) -> list[OpenRun]:
        return self.alive

    def crash(self, run: str, reason: str) -> None:
        self.states[run] = "Crashed"

    def complete(self, run: str, reason: str) -> None:
        self.states[run] = "Completed"


@dataclass
class Office:
    """A dispatcher with its store and a Prefect of our own."""

    store: Store
    clock: FakeClock
    prefect: Prefect

    def __post_init__(self) -> None:
        self.leases = Leases(self.store)
        router = Router([Route(on="document.received", run=INTAKE)])
        self.dispatcher = Dispatcher(self.store, router, self.prefect, self.leases, draw=lambda: 1.0)
        self.reconciler = Reconciler(self.store, self.prefect)

    def receives(self, number: int = 1, kind: str = "document.received", **more: Any) -> None:
        event = Event(id=str(number), **({"source": "/kontorist/folder/scanner", "type": kind} | more))
        with self.store.write() as tx:
            self.store.inbox.accept(tx, event, raw_hash=str(number))

    def rows(self) -> list[InboxRow]:
        with self.store.read() as tx:
            return sorted(self.store.inbox.list(tx), key=lambda row: row.seq)

    def states(self) -> list[str]:
        return [row.state for row in self.rows()]


@pytest.fixture
def prefect() -> Prefect:
    return Prefect()


@pytest.fixture
def office(store: Store, clock: FakeClock, prefect: Prefect) -> Office:
    return Office(store, clock, prefect)


def test_an_event_is_run_under_its_route_and_its_outcome_kept(office: Office) -> None:
    office.receives()

    assert office.dispatcher.step() is True
    assert office.dispatcher.step() is False

    row = office.rows()[0]
    assert (row.state, row.outcome, row.run_id) == ("done", {"documents": {"D1": "booked"}}, "run 1")
    assert office.prefect.runs == [(INTAKE, {"event": row.id}, f"inbox:{row.id}:1")]


def test_a_requested_run_gets_its_typed_parameters(office: Office) -> None:
    data = {"run": "reporting/daily_report", "parameters": {"days": 3, "full": True}}
    office.receives(kind="run.requested", source=RUN, data=data)

    office.dispatcher.step()

    assert office.prefect.runs[0][:2] == (
        "reporting/daily_report",
        {"event": office.rows()[0].id, "days": 3, "full": True},
    )


def test_an_event_without_a_route_is_quarantined_with_a_reason(office: Office) -> None:
    office.receives(kind="ticket.created")

    office.dispatcher.step()

    row = office.rows()[0]
    assert (row.state, row.reason_code) == ("quarantined", "no_route")
    assert row.reason == "No route in config.yaml takes ticket.created; `kontorist events test` shows why."


def test_nothing_is_claimed_while_prefect_is_away_and_all_is_drained_afterwards(office: Office) -> None:
    for number in range(3):
        office.receives(number)
    office.prefect.away = True

    assert office.dispatcher.step() is False
    assert office.states() == ["new", "new", "new"]

    office.prefect.away = False
    while office.dispatcher.step():
        pass
    assert office.states() == ["done", "done", "done"]


def test_prefect_going_away_in_the_middle_of_a_run_costs_a_few_seconds_and_no_event(office: Office) -> None:
    office.prefect.trouble = [PrefectAway() for _ in range(6)]
    office.receives()

    for _ in range(7):
        office.dispatcher.step()
        office.clock.advance(seconds=6)

    assert office.states() == ["done"]
    assert office.rows()[0].attempts == 7


def test_a_failure_outside_is_tried_again_under_a_new_attempt(office: Office) -> None:
    office.prefect.trouble = [TransientError("The mail server is away.")]
    office.receives()

    office.dispatcher.step()
    row = office.rows()[0]
    assert (row.state, row.reason) == ("retry", "The mail server is away.")
    assert office.dispatcher.step() is False

    office.clock.advance(minutes=1)
    office.dispatcher.step()

    assert office.states() == ["done"]
    assert [key for _, _, key in office.prefect.runs] == [f"inbox:{row.id}:1", f"inbox:{row.id}:2"]


def test_an_error_for_a_person_that_escapes_the_flow_stops_the_event(office: Office) -> None:
    office.prefect.trouble = [NeedsAPerson("Nobody knows this supplier.")]
    office.receives()

    office.dispatcher.step()

    row = office.rows()[0]
    assert (row.state, row.reason_code, row.reason) == ("quarantined", "KON-100", "Nobody knows this supplier.")


def test_a_faulty_flow_is_given_four_chances(office: Office) -> None:
    office.prefect.trouble = [KeyError("x") for _ in range(9)]
    office.receives()

    for _ in range(6):
        office.dispatcher.step()
        office.clock.advance(hours=1)

    row = office.rows()[0]
    assert (row.state, row.reason_code, row.attempts) == ("quarantined", "too_many_attempts", 4)


def test_a_replayed_event_gets_a_run_of_its_own_and_four_chances_again(office: Office) -> None:
    office.prefect.trouble = [KeyError("x") for _ in range(6)]
    office.receives()
    for _ in range(4):
        office.dispatcher.step()
        office.clock.advance(hours=1)
    row = office.rows()[0]
    assert row.state == "quarantined"

    with office.store.write() as tx:
        office.store.inbox.replay(tx, row.id, "The fault is mended.")
    for _ in range(3):
        office.dispatcher.step()
        office.clock.advance(hours=1)

    assert office.rows()[0].state == "done"
    keys = [key for _, _, key in office.prefect.runs]
    assert len(set(keys)) == 7, "under an old key Prefect would hand out the old run"


def test_events_of_one_subject_are_dealt_with_in_order(office: Office) -> None:
    office.prefect.trouble = [TransientError("Later.")]
    office.receives(1, subject="WEB-1001")
    office.receives(2, subject="WEB-1001")
    office.receives(3, subject="WEB-1002")

    while office.dispatcher.step():
        pass

    assert office.states() == ["retry", "new", "done"]


def test_an_outcome_that_is_no_mapping_is_kept_all_the_same(office: Office) -> None:
    office.prefect.outcome = None
    office.receives()

    office.dispatcher.step()

    assert office.rows()[0].outcome == {"result": None}


def test_a_worker_that_was_overtaken_ends_quietly_and_writes_nothing(office: Office) -> None:
    def asleep_for_a_minute() -> None:
        office.clock.advance(minutes=1)
        office.reconciler.step()

    office.prefect.during = asleep_for_a_minute
    office.receives()

    office.dispatcher.step()

    row = office.rows()[0]
    assert (row.state, row.outcome, row.reason_code) == ("retry", None, "worker_died")


def test_a_flow_of_an_overtaken_worker_cannot_write(office: Office) -> None:
    refused: list[Exception] = []

    def overtaken_then_writes() -> None:
        with office.store.write() as tx:
            store_inbox = office.store.inbox
            store_inbox.backlog(tx)
        office.clock.advance(minutes=1)
        office.prefect.during = lambda: None
        _as_another(office.reconciler.step)
        with pytest.raises(LeaseLost) as lost, office.store.write():
            pass
        refused.append(lost.value)

    office.prefect.during = overtaken_then_writes
    office.receives()
    office.dispatcher.step()

    assert len(refused) == 1


def _as_another(step: Callable[[], object]) -> None:
    """In a thread of its own, which holds no claim."""
    import threading

    thread = threading.Thread(target=step)
    thread.start()
    thread.join()


def test_leases_are_renewed_while_a_run_lasts_and_not_after_it(office: Office) -> None:
    def long_run() -> None:
        for _ in range(20):
            office.clock.advance(seconds=5)
            office.leases.renew()
            _as_another(office.reconciler.step)

    office.prefect.during = long_run
    office.receives()
    office.dispatcher.step()

    assert office.states() == ["done"]


def test_an_outcome_that_could_not_be_recorded_leads_to_a_new_attempt(office: Office, monkeypatch: Any) -> None:
    """Disk full, and the reserve too: the lease is not renewed for ever, so the event is taken up again."""

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    office.receives()
    with monkeypatch.context() as patched:
        patched.setattr(office.store.inbox, "done", full)
        with pytest.raises(StoreFull):
            office.dispatcher.step()

    office.clock.advance(seconds=20)
    office.leases.renew()
    office.reconciler.step()
    office.dispatcher.step()

    assert office.states() == ["done"]


def test_what_a_dead_worker_left_is_taken_up_within_thirty_seconds(office: Office) -> None:
    class Killed(BaseException):
        pass

    def killed() -> None:
        raise Killed

    office.receives()
    office.prefect.during = killed
    with pytest.raises(Killed):
        office.dispatcher.step()
    office.prefect.during = lambda: None
    row = office.rows()[0]
    office.prefect.alive = [OpenRun(id="run 1", key=f"inbox:{row.id}:1", state="RUNNING")]

    for _ in range(6):
        office.clock.advance(seconds=5)
        office.reconciler.step()
        office.dispatcher.step()

    assert office.states() == ["done"]
    assert office.prefect.states == {"run 1": "Crashed"}


def test_an_event_that_its_workers_die_of_is_given_up_after_the_attempts_of_its_route(office: Office) -> None:
    class Killed(BaseException):
        pass

    def killed() -> None:
        raise Killed

    once = Router([Route(on="document.received", run=INTAKE, max_attempts=2)])
    reconciler = Reconciler(office.store, office.prefect, attempts_allowed=lambda row: once.max_attempts(row.event()))
    office.receives()
    office.prefect.during = killed
    for _ in range(2):
        with pytest.raises(Killed):
            office.dispatcher.step()
        office.clock.advance(hours=1)
        reconciler.step()

    row = office.rows()[0]
    assert (row.state, row.reason_code) == ("quarantined", "too_many_attempts")


def test_the_list_of_runs_is_made_to_tell_the_truth(office: Office) -> None:
    office.receives(1)
    office.dispatcher.step()
    row = office.rows()[0]
    office.prefect.alive = [
        OpenRun(id="run 1", key=f"inbox:{row.id}:1", state="RUNNING"),
        OpenRun(id="left pending", key=f"inbox:{row.id}:0", state="PENDING"),
        OpenRun(id="of nobody", key="inbox:E404:1", state="RUNNING"),
        OpenRun(id="a dry run", key="dry:1", state="RUNNING"),
        OpenRun(id="somebody else's", key="", state="RUNNING"),
    ]

    office.reconciler.step()

    assert office.prefect.states == {"run 1": "Completed", "left pending": "Crashed", "of nobody": "Crashed"}


def test_what_a_killed_dry_run_left_alive_is_ended_and_one_at_work_left_alone(office: Office, tmp_path: Path) -> None:
    with dry_run(tmp_path) as at_work, dry_run(tmp_path) as killed:
        left = tmp_path / "dry-runs" / killed
        office.prefect.alive = [
            OpenRun(id="at work", key=f"dry:{at_work}:E1:1", state="RUNNING"),
            OpenRun(id="at work, batch", key=f"batch:dry:{at_work}:E1:1", state="RUNNING"),
            OpenRun(id="killed", key=f"dry:{killed}:E1:1", state="PENDING"),
            OpenRun(id="killed, batch", key=f"batch:dry:{killed}:E1:1", state="RUNNING"),
            OpenRun(id="long gone", key="dry:long-gone:E1:1", state="RUNNING"),
        ]
        left.rename(left.with_suffix(".held"))
        left.touch()  # what SIGKILL leaves: the file, and no lock on it
        Reconciler(office.store, office.prefect, dry_run_goes_on=partial(dry_run_goes_on, tmp_path)).step()
        assert not left.exists()
        left.with_suffix(".held").rename(left)

    assert office.prefect.states == dict.fromkeys(("killed", "killed, batch", "long gone"), "Crashed")
    assert list((tmp_path / "dry-runs").iterdir()) == []


def test_a_run_that_is_being_worked_on_is_left_alone(office: Office) -> None:
    def look() -> None:
        row = office.rows()[0]
        office.prefect.alive = [OpenRun(id="run 1", key=f"inbox:{row.id}:1", state="RUNNING")]
        _as_another(office.reconciler.step)

    office.prefect.during = look
    office.receives()
    office.dispatcher.step()

    assert office.prefect.states == {}


def test_the_list_of_runs_is_looked_at_again_when_prefect_was_away(office: Office) -> None:
    office.prefect.away = True
    office.prefect.alive = [OpenRun(id="of nobody", key="inbox:E404:1", state="RUNNING")]
    office.reconciler.step()
    assert office.prefect.states == {}

    office.prefect.away = False
    office.reconciler.step()

    assert office.prefect.states == {"of nobody": "Crashed"}


def test_the_owner_of_a_claim_is_never_the_same_twice(office: Office) -> None:
    with office.leases.one() as first, office.leases.one() as second:
        assert first != second
