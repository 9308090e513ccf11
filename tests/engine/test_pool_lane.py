"""Heavy work is handed over to processes of its own: as much as there is room for, each claim to one process only."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest

from kontorist.domain.errors import LeaseLost, TransientError
from kontorist.domain.events import Event
from kontorist.engine.dispatcher import Dispatcher
from kontorist.engine.leases import HANDED, TAKEN_OVER_WITHIN, Leases
from kontorist.engine.pool import PoolLane
from kontorist.engine.pool_process import kept_alive, take_over, work_off
from kontorist.engine.prefect_bridge import OpenRun, PrefectAway
from kontorist.engine.reconciler import Reconciler
from kontorist.engine.router import Route, Router
from kontorist.engine.sources import SCHEDULE, SCHEDULE_DUE
from kontorist.store.database import Store
from kontorist.store.inbox import Claim, InboxRow
from kontorist.testing.fakes import FakeClock

PACK, NOTE = "reporting/month_pack", "plant/note_reading"
ROUTER = Router(
    [Route(on="pack.wanted", run=PACK, pooled=True), Route(on="note.received", run=NOTE)], heavy=[SCHEDULE + "month"]
)


@dataclass
class Prefect:
    """Offers runs to a pool of nobody; runs of other lanes, and of processes that took over, end at once."""

    attended: bool = True
    away: bool = False
    trouble: list[Exception] = field(default_factory=list)
    during: Callable[[], None] = lambda: None
    offered: list[tuple[str, dict[str, Any], str, list[str]]] = field(default_factory=list)
    here: list[str] = field(default_factory=list)
    alive: list[OpenRun] = field(default_factory=list)
    states: dict[str, str] = field(default_factory=dict)

    def reachable(self) -> bool:
        return not self.away

    def pool_attended(self) -> bool:
        return self.attended

    def offer(
        self,
        name: str,
        *,
        parameters: Mapping[str, Any],
        key: str,
        tags: Sequence[str] = (),
        created: Callable[[str], None] = lambda run: None,
    ) -> None:
        self.offered.append((name, dict(parameters), key, list(tags)))
        created(f"run {len(self.offered)}")
        if self.trouble:
            raise self.trouble.pop(0)

    def run(self, name: str, *, created: Callable[[str], None], **_: Any) -> Any:
        self.here.append(name)
        created(f"here {len(self.here)}")

    def run_batch(self, name: str, **_: Any) -> None:
        raise AssertionError("nothing here is done in batches")

    def take_up(self, run: str, name: str) -> Any:
        self.during()
        if self.trouble:
            raise self.trouble.pop(0)
        return {"made": name}

    def open_runs(self) -> list[OpenRun]:
        return self.alive

    def crash(self, run: str, reason: str) -> None:
        self.states[run] = "Crashed"

    def complete(self, run: str, reason: str) -> None:
        self.states[run] = "Completed"


@dataclass
class Office:
    """An office whose month packs are made by the pool."""

    store: Store
    clock: FakeClock
    places: int = 1

    def __post_init__(self) -> None:
        self.prefect = Prefect()
        self.leases = Leases(self.store)
        self.lane = PoolLane(self.store, self.prefect, self.leases, places=self.places)
        self.dispatcher = Dispatcher(self.store, ROUTER, self.prefect, self.leases, pool=self.lane)
        self.reconciler = Reconciler(self.store, self.prefect)

    def receives(self, *kinds: str) -> None:
        with self.store.write() as tx:
            for kind in kinds:
                number = len(self.store.inbox.list(tx))
                event = Event(id=str(number), source="/kontorist/shop", type=kind)
                self.store.inbox.accept(tx, event, raw_hash=str(number))

    def works(self) -> None:
        """Until there is nothing more to do."""
        while self.dispatcher.step() or self.lane.step():
            pass

    def rows(self) -> list[InboxRow]:
        with self.store.read() as tx:
            return sorted(self.store.inbox.list(tx), key=lambda row: row.seq)

    def states(self) -> list[str]:
        return [row.state for row in self.rows()]

    def later(self, seconds: float) -> None:
        """Time goes by with the usual renewals."""
        for _ in range(int(seconds / 5)):
            self.clock.advance(seconds=5)
            self.leases.renew()
            self.reconciler.step()

    def process(self, run: str = "run 1") -> Claim:
        """What the process of `run` does."""
        claim = take_over(self.store, run)
        work_off(self.store, self.prefect, ROUTER, claim=claim, run=run, flow=PACK)
        return claim


@pytest.fixture
def office(store: Store, clock: FakeClock) -> Office:
    return Office(store, clock)


def test_a_heavy_event_is_offered_to_the_pool_and_done_by_the_process_that_takes_it_over(office: Office) -> None:
    office.receives("pack.wanted")
    office.works()

    [waiting] = office.rows()
    assert (waiting.state, waiting.run_id) == ("claimed", "run 1")
    assert (waiting.lease_owner or "").startswith(HANDED)
    key, tags = f"inbox:{waiting.id}:1", [f"inbox:{waiting.id}", "route:pack.wanted", "lane:pool"]
    assert office.prefect.offered == [(PACK, {"event": waiting.id}, key, tags)]

    claim = office.process()

    [row] = office.rows()
    assert (claim.fence, row.fence, row.attempts) == (1, 1, 1), "the same claim, handed on"
    assert (row.state, row.outcome) == ("done", {"made": PACK})
    assert office.prefect.here == []


@pytest.mark.parametrize(("schedule", "heavy"), [("month", True), ("day", False)])
def test_a_due_date_goes_where_its_schedule_says(office: Office, schedule: str, heavy: bool) -> None:
    data = {"run": PACK, "parameters": {"month": "2026-10"}}
    with office.store.write() as tx:
        due = Event(id="1", source=SCHEDULE + schedule, type=SCHEDULE_DUE, data=data)
        office.store.inbox.accept(tx, due, raw_hash="1")

    office.works()

    [row] = office.rows()
    offered = [(name, parameters) for name, parameters, _, _ in office.prefect.offered]
    assert offered == ([(PACK, {"event": row.id, "month": "2026-10"})] if heavy else [])
    assert office.prefect.here == ([] if heavy else [PACK])


def test_no_more_is_offered_than_there_are_places_and_others_do_not_wait(store: Store, clock: FakeClock) -> None:
    office = Office(store, clock, places=2)
    office.receives(*["pack.wanted"] * 4, "note.received")

    office.works()

    assert len(office.prefect.offered) == 2
    assert office.states() == ["claimed", "claimed", "new", "new", "done"]

    office.process("run 1")
    office.works()

    assert len(office.prefect.offered) == 3
    assert office.states() == ["done", "claimed", "claimed", "new", "done"]


@pytest.mark.parametrize("missing", ["a worker for the pool", "prefect"])
def test_nothing_is_claimed_that_nobody_would_take_up(office: Office, missing: str) -> None:
    office.prefect.attended, office.prefect.away = missing == "prefect", missing == "prefect"
    office.receives("pack.wanted")
    office.works()
    assert office.states() == ["new"]

    office.prefect.attended, office.prefect.away = True, False
    office.works()

    assert office.states() == ["claimed"]


def test_a_claim_is_taken_over_once(office: Office) -> None:
    office.receives("pack.wanted")
    office.works()
    take_over(office.store, "run 1")

    with pytest.raises(LeaseLost, match="has gone on without it"):
        take_over(office.store, "run 1")


def test_a_process_that_comes_late_is_refused_when_the_claim_is_gone(office: Office) -> None:
    office.receives("pack.wanted")
    office.works()
    office.later(TAKEN_OVER_WITHIN + 25)
    assert office.states() == ["retry"], "nobody came in two minutes"

    with pytest.raises(LeaseLost):
        take_over(office.store, "run 1")
    office.works()

    assert take_over(office.store, "run 2").fence == 3


def test_a_claim_waits_for_its_process_and_is_that_ones_to_keep(office: Office) -> None:
    office.receives("pack.wanted")
    office.works()
    office.later(60)
    assert office.states() == ["claimed"]

    take_over(office.store, "run 1")
    office.later(10)
    assert office.states() == ["claimed"]
    office.later(10)

    assert office.states() == ["retry"], "the process said nothing for 15 seconds; the worker does not speak for it"


def test_a_dead_process_is_replaced_within_half_a_minute_and_shown_as_crashed(office: Office) -> None:
    office.receives("pack.wanted")
    office.works()
    [row] = office.rows()
    take_over(office.store, "run 1")
    office.prefect.alive = [OpenRun(id="run 1", key=f"inbox:{row.id}:1", state="RUNNING")]

    office.later(20)
    office.works()

    assert office.prefect.states == {"run 1": "Crashed"}
    assert office.prefect.offered[1][2] == f"inbox:{row.id}:3"
    office.process("run 2")
    assert office.states() == ["done"]


def test_what_a_process_finds_out_after_it_was_replaced_is_not_recorded(office: Office) -> None:
    def sleeps() -> None:
        with ThreadPoolExecutor(max_workers=1) as worker:  # the claim that is held belongs to this thread
            worker.submit(office.later, 20).result()
            worker.submit(office.works).result()

    office.receives("pack.wanted")
    office.works()
    office.prefect.during = sleeps

    office.process("run 1")

    assert office.states() == ["claimed"], "the second run's"
    assert office.rows()[0].run_id == "run 2"


def test_a_process_without_its_claim_ends_itself(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()
    monkeypatch.setattr("os._exit", lambda status: ended.set())
    office.receives("pack.wanted")
    office.works()
    claim = take_over(office.store, "run 1")
    with kept_alive(office.store, claim):
        assert not ended.wait(0.2), "it holds its claim"

    office.later(20)
    with kept_alive(office.store, claim):
        assert ended.wait(10)


def test_a_process_that_has_settled_its_event_is_let_go_in_peace(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = threading.Event()
    monkeypatch.setattr("os._exit", lambda status: ended.set())
    office.receives("pack.wanted")
    office.works()

    with kept_alive(office.store, office.process("run 1")):
        assert not ended.wait(0.2)


def test_a_flow_that_fails_there_is_tried_again_like_everywhere(office: Office) -> None:
    office.receives("pack.wanted")
    office.works()
    office.prefect.trouble = [TransientError("the bank is busy", retry_after=1)]

    office.process("run 1")

    [row] = office.rows()
    assert (row.state, row.attempts) == ("retry", 1)
    office.clock.advance(seconds=2)
    office.works()
    office.process("run 2")
    assert office.states() == ["done"]


def test_prefect_going_away_over_an_offer_lets_the_event_wait_a_moment(office: Office) -> None:
    office.prefect.trouble = [PrefectAway()]
    office.receives("pack.wanted")
    office.works()
    assert [(row.state, row.reason_code) for row in office.rows()] == [("retry", PrefectAway.code)]

    office.clock.advance(seconds=6)
    office.works()

    assert office.states() == ["claimed"]


def test_a_worker_killed_over_an_offer_leaves_nothing_that_is_done_twice(office: Office) -> None:
    """Its run was made and named, and perhaps offered."""

    class Killed(BaseException):
        pass

    def killed(*_: Any, **__: Any) -> None:
        raise Killed

    office.receives("pack.wanted")
    office.leases.hand_over = killed  # type: ignore[method-assign]
    with pytest.raises(Killed):
        office.works()
    [row] = office.rows()
    office.prefect.alive = [OpenRun(id="run 1", key=f"inbox:{row.id}:1", state="SCHEDULED")]

    survivor = Office(office.store, office.clock)
    survivor.prefect.alive = office.prefect.alive
    survivor.later(20)
    survivor.works()

    assert survivor.prefect.states == {"run 1": "Crashed"}
    assert survivor.prefect.offered[0][2] == f"inbox:{row.id}:3"
    with pytest.raises(LeaseLost):
        take_over(office.store, "the old run 1")


@pytest.mark.parametrize("state", ["SCHEDULED", "PENDING"])
def test_an_offered_run_whose_event_has_gone_on_is_ended(office: Office, state: str) -> None:
    office.receives("pack.wanted")
    office.works()
    [row] = office.rows()
    office.prefect.alive = [OpenRun(id="run 1", key=f"inbox:{row.id}:1", state=state)]
    office.later(60)
    assert office.prefect.states == {}, "it may still be taken up"

    office.later(TAKEN_OVER_WITHIN)

    assert office.prefect.states == {"run 1": "Crashed"}


def test_without_a_pool_beside_it_the_dispatcher_runs_heavy_work_itself(store: Store, clock: FakeClock) -> None:
    """`kontorist run` with no `kontorist up`."""
    office = Office(store, clock)
    alone = Dispatcher(store, ROUTER, office.prefect, office.leases)
    office.receives("pack.wanted")

    alone.step()

    assert (office.prefect.here, office.prefect.offered, office.states()) == ([PACK], [], ["done"])


def test_an_event_that_was_quarantined_while_it_waited_is_forgotten(office: Office) -> None:
    office.receives("pack.wanted", "pack.wanted")
    office.works()
    second = office.rows()[1]
    with office.store.write() as tx:
        office.store.inbox.quarantine(tx, second.id, "by_hand", "Not now.")
    office.process("run 1")

    office.works()

    assert office.states() == ["done", "quarantined"]
    assert office.lane.aside() == []
