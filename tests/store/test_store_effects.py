"""Outside effects, example by example: done once, or stopped and shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from store_office import OfficeClock, accept, claim, letter

from kontorist.domain.errors import (
    AuthError,
    BusinessError,
    KontoristError,
    LeaseLost,
    TransientError,
    UncertainOutcome,
)
from kontorist.domain.ids import EventId
from kontorist.domain.ports import Receipt
from kontorist.failpoints import watched_by
from kontorist.store.database import Store
from kontorist.store.effect_ledger import Effect
from kontorist.store.effects import EffectHandler, EffectRunner
from kontorist.store.errors import (
    EffectConflict,
    EffectFailed,
    EffectKindUnknown,
    EffectNotOpen,
    EffectUnderWay,
    EffectUnknown,
    NotInStore,
)

TIMEOUT = 60.0


class Bank:
    """The other side: keeps what it was told, and can be told how to behave."""

    def __init__(self) -> None:
        self.orders: list[str] = []
        self.troubles: list[Exception | str] = []  # one per act, "after" = it is done, then the line breaks
        self.silent: Exception | None = None  # what a probe raises
        self.asked = 0

    def act(self, request: Mapping[str, Any], key: str) -> Receipt:
        trouble = self.troubles.pop(0) if self.troubles else None
        if isinstance(trouble, Exception):
            raise trouble
        self.orders.append(key)
        if trouble == "after":
            raise UncertainOutcome("The line broke.")
        return Receipt(external_id=f"B-{key}", status="accepted", facts={"gross": request.get("gross")})

    def probe(self, request: Mapping[str, Any], key: str) -> Receipt | None:
        self.asked += 1
        if self.silent:
            raise self.silent
        return Receipt(external_id=f"B-{key}", status="found") if key in self.orders else None

    def handler(self, **rest: Any) -> EffectHandler:
        return EffectHandler(**{"kind": "payment", "act": self.act, "probe": self.probe, "timeout": TIMEOUT} | rest)


@pytest.fixture
def bank() -> Bank:
    return Bank()


@pytest.fixture
def runner(store: Store, bank: Bank) -> EffectRunner:
    return EffectRunner(store, [bank.handler()])


def plan(store: Store, key: str = "p1", **rest: Any) -> None:
    with store.write() as tx:
        store.effects.plan(tx, **{"key": key, "kind": "payment", "request": {"gross": "119.00"}} | rest)


def row(store: Store, key: str = "p1") -> Effect:
    with store.read() as tx:
        return store.effects.get(tx, key)


def killed_while_sending(store: Store, key: str = "p1") -> None:
    """What a worker leaves that dies after it has committed `sending`."""
    plan(store, key)
    with store.write() as tx:
        store.effects.begin(tx, store.effects.get(tx, key), TIMEOUT)


# Once


def test_asked_twice_paid_once(store: Store, runner: EffectRunner, bank: Bank) -> None:
    plan(store)

    first, second = runner.run("p1"), runner.run("p1")

    assert bank.orders == ["p1"]
    assert first == second == Receipt(external_id="B-p1", status="accepted", facts={"gross": "119.00"})
    assert row(store).state == "done"


def test_once_plans_and_runs(store: Store, runner: EffectRunner, bank: Bank) -> None:
    for _ in range(2):
        runner.once("payment", "p1", {"gross": "119.00"}, cause=EventId("E1"))

    assert bank.orders == ["p1"]
    assert row(store).cause == "E1"


def test_once_with_an_act_of_its_own_needs_no_handler(store: Store, bank: Bank) -> None:
    EffectRunner(store).once("payment", "p1", {}, bank.act, bank.probe)

    assert bank.orders == ["p1"]


def test_an_order_with_other_content_under_the_same_key_is_refused(store: Store, runner: EffectRunner) -> None:
    plan(store)
    plan(store)

    with pytest.raises(EffectConflict, match="ordered before with other content"):
        plan(store, request={"gross": "9119.00"})
    with pytest.raises(EffectConflict):
        plan(store, kind="mail")


def test_what_is_planned_in_a_booking_that_fails_is_not_planned(store: Store) -> None:
    def book() -> None:
        with store.write() as tx:
            store.effects.plan(tx, key="p1", kind="payment", request={})
            raise BusinessError("period_closed")

    with pytest.raises(BusinessError):
        book()

    with pytest.raises(NotInStore, match="p1"):
        row(store)


def test_nothing_is_sent_inside_a_transaction(store: Store, runner: EffectRunner, bank: Bank) -> None:
    plan(store)

    with store.write(), pytest.raises(RuntimeError, match="nothing is sent"):
        runner.run("p1")
    assert bank.orders == []


def test_a_kind_that_nobody_carries_out_is_a_set_up_error(store: Store) -> None:
    plan(store)

    (passed_over,) = EffectRunner(store).passed_over()
    assert (passed_over.kind, passed_over.count) == ("payment", 1)
    with pytest.raises(EffectKindUnknown, match="payment"):
        EffectRunner(store).run("p1")


# The answers of the other side


def test_a_refusal_is_final(store: Store, runner: EffectRunner, bank: Bank) -> None:
    plan(store)
    bank.troubles = [BusinessError("no_cover", "The account has no cover.")]

    with pytest.raises(BusinessError, match="no cover"):
        runner.run("p1")
    with pytest.raises(EffectFailed, match="no cover"):
        runner.run("p1")

    assert (row(store).state, row(store).reason_code, bank.orders) == ("failed", "no_cover", [])


@pytest.mark.parametrize("trouble", [TransientError("Not to be reached."), AuthError("Wrong password.")])
def test_what_surely_did_not_happen_is_tried_later(
    store: Store, runner: EffectRunner, bank: Bank, clock: OfficeClock, trouble: KontoristError
) -> None:
    plan(store)
    bank.troubles = [trouble]
    store.effects._draw = lambda: 1.0

    with pytest.raises(type(trouble)):
        runner.run("p1")
    with pytest.raises(EffectUnderWay) as waits:
        runner.run("p1")
    assert waits.value.retry_after == 10
    assert (row(store).state, row(store).reason_code) == ("planned", trouble.code)

    clock.passes(10)
    runner.run("p1")
    assert (bank.orders, row(store).reason) == (["p1"], None)


def test_eight_attempts_then_it_has_failed(store: Store, runner: EffectRunner, bank: Bank, clock: OfficeClock) -> None:
    plan(store)
    bank.troubles = [TransientError(f"Not to be reached ({attempt}).") for attempt in range(1, 10)]
    while row(store).state == "planned":
        with pytest.raises(TransientError):
            runner.run("p1")
        clock.passes(900)

    assert len(bank.troubles) == 1
    assert (row(store).state, row(store).reason_code) == ("failed", "too_many_attempts")
    assert row(store).reason == "Tried 8 times. Last: Not to be reached (8)."


def test_an_open_end_is_looked_up_and_not_repeated(
    store: Store, runner: EffectRunner, bank: Bank, clock: OfficeClock
) -> None:
    plan(store)
    bank.troubles = ["after"]
    with pytest.raises(UncertainOutcome):
        runner.run("p1")
    clock.passes(TIMEOUT)

    assert runner.run("p1").status == "found"
    assert bank.orders == ["p1"]


def test_an_open_end_that_did_not_happen_is_repeated(
    store: Store, runner: EffectRunner, bank: Bank, clock: OfficeClock
) -> None:
    plan(store)
    bank.troubles = [UncertainOutcome("The line broke.")]
    with pytest.raises(UncertainOutcome):
        runner.run("p1")
    clock.passes(TIMEOUT)

    assert runner.run("p1").status == "accepted"
    assert bank.orders == ["p1"]


def test_an_open_end_that_nobody_can_look_up_waits_for_a_person(store: Store, bank: Bank) -> None:
    runner = EffectRunner(store, [bank.handler(probe=None)])
    plan(store)
    bank.troubles = ["after"]

    with pytest.raises(UncertainOutcome):
        runner.run("p1")
    with pytest.raises(EffectUnknown, match="line broke"):
        runner.run("p1")

    assert (row(store).state, bank.orders) == ("unknown", ["p1"])


def test_a_notice_with_an_open_end_is_sent_again(store: Store, bank: Bank, clock: OfficeClock) -> None:
    runner = EffectRunner(store, [bank.handler(probe=None, on_uncertain="repeat")])
    plan(store)
    bank.troubles = ["after"]
    with pytest.raises(UncertainOutcome):
        runner.run("p1")
    clock.passes(10)

    runner.run("p1")

    assert bank.orders == ["p1", "p1"]


# What a dead worker left


@pytest.mark.parametrize("happened", [True, False])
def test_what_was_left_in_sending_is_asked_about_first(
    store: Store, runner: EffectRunner, bank: Bank, clock: OfficeClock, happened: bool
) -> None:
    killed_while_sending(store)
    bank.orders = ["p1"] if happened else []
    clock.passes(TIMEOUT)

    receipt = runner.run("p1")

    assert bank.orders == ["p1"]
    assert bank.asked == 1
    assert receipt.status == ("found" if happened else "accepted")


def test_nobody_asks_before_the_act_must_be_over(
    store: Store, runner: EffectRunner, bank: Bank, clock: OfficeClock
) -> None:
    """The dead worker's order may still land at the bank; asking too early would pay twice."""
    killed_while_sending(store)
    clock.passes(TIMEOUT - 1)

    with pytest.raises(EffectUnderWay) as early:
        runner.run("p1")
    assert (early.value.retry_after, bank.asked) == (1, 0)

    bank.orders.append("p1")  # the slow commit lands
    clock.passes(1)
    runner.run("p1")
    assert bank.orders == ["p1"]


def test_the_wait_does_not_care_about_the_wall_clock(store: Store, runner: EffectRunner, clock: OfficeClock) -> None:
    killed_while_sending(store)
    clock.wall += timedelta(hours=1)

    with pytest.raises(EffectUnderWay):
        runner.run("p1")


def test_after_a_restart_of_the_machine_the_wait_counts_from_its_start(store: Store, bank: Bank) -> None:
    killed_while_sending(store)
    fresh = OfficeClock()
    fresh.running = 3.0
    with Store.open(f"sqlite:///{store.file}", clock=fresh, boot="tuesday") as tomorrow:
        runner = EffectRunner(tomorrow, [bank.handler()])
        with pytest.raises(EffectUnderWay) as early:
            runner.run("p1")
        assert early.value.retry_after == TIMEOUT - 3
        fresh.passes(TIMEOUT - 3)
        runner.run("p1")

    assert bank.orders == ["p1"]


@pytest.mark.parametrize("handler", [{"probe": None}, {}], ids=["no way to ask", "no answer"])
def test_without_an_answer_money_stops_for_a_person(
    store: Store, bank: Bank, clock: OfficeClock, handler: dict[str, Any]
) -> None:
    runner = EffectRunner(store, [bank.handler(**handler)])
    bank.silent = UncertainOutcome("The bank cannot say.")
    killed_while_sending(store)
    clock.passes(TIMEOUT)

    with pytest.raises(EffectUnknown):
        runner.run("p1")

    assert (row(store).state, bank.orders) == ("unknown", [])


def test_without_an_answer_a_notice_is_sent_again(store: Store, bank: Bank, clock: OfficeClock) -> None:
    runner = EffectRunner(store, [bank.handler(on_uncertain="repeat")])
    bank.silent = UncertainOutcome("No such folder.")
    killed_while_sending(store)
    clock.passes(TIMEOUT)

    runner.run("p1")

    assert bank.orders == ["p1"]


def test_a_bank_that_cannot_be_reached_is_asked_later_and_at_last_a_person(
    store: Store, runner: EffectRunner, bank: Bank, clock: OfficeClock
) -> None:
    bank.silent = TransientError("Not to be reached.")
    killed_while_sending(store)
    clock.passes(TIMEOUT)
    for _ in range(7):
        with pytest.raises(TransientError):
            runner.run("p1")
        assert row(store).state == "sending"
        clock.passes(900)

    with pytest.raises(EffectUnknown, match="Not to be reached"):
        runner.run("p1")
    assert bank.orders == []


def test_an_effect_that_every_worker_dies_of_ends(
    store: Store, runner: EffectRunner, bank: Bank, clock: OfficeClock
) -> None:
    plan(store)
    bank.troubles = [MemoryError() for _ in range(20)]
    for _ in range(8):
        with pytest.raises(MemoryError):
            runner.run("p1")
        clock.passes(TIMEOUT)

    with pytest.raises(EffectFailed, match="Tried 8 times"):
        runner.run("p1")
    assert row(store).state == "failed"


# Fences


def test_two_workers_who_find_the_same_leftover_do_not_both_act(
    store: Store, runner: EffectRunner, bank: Bank, clock: OfficeClock
) -> None:
    killed_while_sending(store)
    clock.passes(TIMEOUT)
    left = row(store)
    with store.write() as tx:
        store.effects.begin(tx, left, TIMEOUT, acting=False)  # the other one was first

    with pytest.raises(LeaseLost):
        runner._settle(bank.handler(), left)
    assert (bank.orders, bank.asked) == ([], 0)


def test_a_sleeper_who_wakes_up_after_the_act_cannot_write(store: Store, clock: OfficeClock) -> None:
    plan(store)
    bank = Bank()

    def falls_asleep(request: Mapping[str, Any], key: str) -> Receipt:
        receipt = bank.act(request, key)
        clock.passes(TIMEOUT)
        EffectRunner(store, [bank.handler()]).run(key)  # meanwhile another one looks it up and records it
        return receipt

    with pytest.raises(LeaseLost, match="taken over"):
        EffectRunner(store, [bank.handler(act=falls_asleep)]).run("p1")

    assert bank.orders == ["p1"]
    assert row(store).receipt == Receipt(external_id="B-p1", status="found")


def test_a_sleeper_who_wakes_up_before_the_act_does_not_act(store: Store, clock: OfficeClock, bank: Bank) -> None:
    plan(store)

    def sleep(place: str) -> None:
        if place == "effects.before_act" and not bank.asked:
            clock.passes(TIMEOUT)
            EffectRunner(store, [bank.handler()]).run("p1")  # meanwhile another one finds nothing and does it

    with watched_by(sleep), pytest.raises(LeaseLost, match="another one looks after it"):
        EffectRunner(store, [bank.handler()]).run("p1")

    assert (bank.orders, bank.asked) == (["p1"], 1)
    assert row(store).state == "done"


def test_a_worker_that_lost_its_event_sends_nothing(
    store: Store, runner: EffectRunner, bank: Bank, clock: OfficeClock
) -> None:
    accept(store, letter())
    [mine] = claim(store)
    plan(store)
    clock.passes(16)
    with store.write() as tx:
        store.inbox.expired(tx, clock.now())

    with store.holding(mine), pytest.raises(LeaseLost):
        runner.run("p1")

    assert bank.orders == []


# The dispatcher


def interrupted(store: Store, bank: Bank) -> EffectRunner:
    """A payment in the middle of which the line broke, at a bank that cannot be asked."""
    blind = EffectRunner(store, [EffectHandler(kind="payment", act=bank.act, timeout=TIMEOUT)])
    bank.troubles = ["after"]
    plan(store)
    with pytest.raises(UncertainOutcome):
        blind.run("p1")
    return blind


def settle(store: Store, receipt: Receipt | None) -> Effect:
    with store.write() as tx:
        return store.effects.settle(tx, store.effects.get(tx, "p1"), receipt, "joost: I asked the bank")


def test_a_person_who_has_looked_says_that_it_is_done(store: Store, bank: Bank, clock: OfficeClock) -> None:
    blind = interrupted(store, bank)
    said = Receipt(external_id="p1", status="said by a person")

    settle(store, said)
    clock.passes(3600)
    blind.run_due(clock.now())

    assert bank.orders == ["p1"]
    assert (row(store).state, blind.run("p1")) == ("done", said)


def test_a_person_who_has_looked_has_it_done_again(store: Store, bank: Bank, clock: OfficeClock) -> None:
    blind = interrupted(store, bank)
    bank.orders.clear()  # it never arrived there

    settle(store, None)
    [settled] = blind.run_due(clock.now())

    assert (settled.state, bank.orders) == ("done", ["p1"])


def test_what_was_tried_too_often_gets_all_its_attempts_again(
    store: Store, runner: EffectRunner, bank: Bank, clock: OfficeClock
) -> None:
    plan(store)
    bank.troubles = [TransientError("Closed.") for _ in range(9)]
    for _ in range(8):
        clock.passes(3600)
        runner.run_due(clock.now())
    assert row(store).state == "failed"

    settle(store, None)
    for _ in range(2):
        clock.passes(3600)
        runner.run_due(clock.now())

    assert (row(store).state, row(store).attempts) == ("done", 2)


def test_a_sleeper_does_not_write_over_what_a_person_decided(store: Store, bank: Bank) -> None:
    interrupted(store, bank)
    sleeping = row(store)
    settle(store, None)

    with pytest.raises(LeaseLost), store.write() as tx:
        store.effects.done(tx, sleeping, Receipt(external_id="late", status="accepted"))


@pytest.mark.parametrize("carried_out", [False, True])
def test_nobody_decides_about_what_goes_on_by_itself_or_is_done(
    store: Store, runner: EffectRunner, carried_out: bool
) -> None:
    plan(store)
    if carried_out:
        runner.run("p1")

    with pytest.raises(EffectNotOpen, match="nobody has to decide"):
        settle(store, None)


def test_the_dispatcher_runs_what_was_left(store: Store, runner: EffectRunner, bank: Bank, clock: OfficeClock) -> None:
    for key in ("p1", "p2", "p3"):
        plan(store, key)
    plan(store, "m1", kind="mail")
    assert runner.run_due(clock.now()) == []

    clock.passes(10)
    bank.troubles = [BusinessError("no_cover"), MemoryError()]
    settled = runner.run_due(clock.now(), limit=3)

    assert [(each.key, each.state, type(each.error)) for each in settled] == [
        ("p1", "failed", BusinessError),
        ("p2", "sending", MemoryError),
        ("p3", "done", type(None)),
    ]
    assert runner.run_due(clock.now()) == []


def test_what_is_under_way_is_not_due(store: Store, runner: EffectRunner, bank: Bank, clock: OfficeClock) -> None:
    killed_while_sending(store)
    bank.orders = ["p1"]
    clock.passes(TIMEOUT - 0.5)
    assert runner.run_due(clock.now()) == []

    clock.passes(0.5)
    assert [each.state for each in runner.run_due(clock.now())] == ["done"]


def test_an_outbox_entry_may_be_left_to_the_dispatcher_at_once(
    store: Store, runner: EffectRunner, bank: Bank, clock: OfficeClock
) -> None:
    plan(store, grace=timedelta(0))

    assert [each.key for each in runner.run_due(clock.now())] == ["p1"]


def test_a_handler_registered_later_is_used(store: Store, bank: Bank) -> None:
    plan(store)
    runner = EffectRunner(store)
    runner.register(bank.handler())

    runner.run("p1")

    assert bank.orders == ["p1"]


def test_effects_are_listed_and_counted(store: Store, runner: EffectRunner, clock: OfficeClock) -> None:
    plan(store, "p1", cause=EventId("E1"))
    clock.passes(1)
    plan(store, "p2")
    runner.run("p2")

    with store.read() as tx:
        assert [each.key for each in store.effects.list(tx)] == ["p1", "p2"]
        assert [each.key for each in store.effects.list(tx, states=["done"])] == ["p2"]
        assert [each.key for each in store.effects.list(tx, cause=EventId("E1"))] == ["p1"]
        assert store.effects.counts(tx) == {"planned": 1, "sending": 0, "unknown": 0, "failed": 0, "done": 1}
