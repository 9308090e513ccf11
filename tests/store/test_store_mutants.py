"""Wrong ways to carry out an effect: each must be noticed by the checks that the right way passes.

They stay here for good, because a check that notices nothing looks just like a check that is satisfied.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import update
from store_office import OfficeClock

from kontorist.domain.errors import KontoristError
from kontorist.domain.ports import Receipt
from kontorist.store import tables
from kontorist.store.database import Store
from kontorist.store.effect_ledger import Effect, Effects
from kontorist.store.effects import EffectHandler, EffectRunner

TIMEOUT = 60.0
PLACES = [f"effects.{when}_{step}" for step in ("begin", "act", "done") for when in ("before", "after")]


class Bank:
    """Pays, sometimes slowly: then the payment lands when nobody expects it any more."""

    def __init__(self, clock: OfficeClock) -> None:
        self.clock, self.slow_until = clock, 0.0
        self.paid: list[float] = []

    def act(self, request: Mapping[str, Any], key: str) -> Receipt:
        self.paid.append(max(self.clock.monotonic(), self.slow_until))
        return Receipt(external_id=key, status="accepted")

    def probe(self, request: Mapping[str, Any], key: str) -> Receipt | None:
        landed = any(moment <= self.clock.monotonic() for moment in self.paid)
        return Receipt(external_id=key, status="found") if landed else None


Office = tuple[Store, Bank, type[EffectRunner]]


def a_runner(office: Office) -> EffectRunner:
    store, bank, kind = office
    return kind(store, [EffectHandler(kind="pay", act=bank.act, probe=bank.probe, timeout=TIMEOUT)])


def plan(store: Store, key: str) -> None:
    with store.write() as tx:
        store.effects.plan(tx, key=key, kind="pay", request={})


def a_worker_dies_anywhere(office: Office, clock: OfficeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    store, bank, _ = office
    for place in PLACES:
        bank.paid.clear()
        plan(store, place)
        monkeypatch.setenv("KONTORIST_FAILPOINTS", f"{place}=raise")
        with suppress(RuntimeError):
            a_runner(office).run(place)
        monkeypatch.delenv("KONTORIST_FAILPOINTS")
        clock.passes(TIMEOUT)
        a_runner(office).run_due(clock.now())
        assert len(bank.paid) == 1, place


def a_payment_lands_late(office: Office, clock: OfficeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    store, bank, _ = office
    plan(store, "late")
    bank.slow_until = clock.monotonic() + TIMEOUT
    monkeypatch.setenv("KONTORIST_FAILPOINTS", "effects.after_act=raise")
    with suppress(RuntimeError):
        a_runner(office).run("late")
    monkeypatch.delenv("KONTORIST_FAILPOINTS")
    for _ in range(3):
        clock.passes(TIMEOUT / 2)
        with suppress(KontoristError):
            a_runner(office).run("late")
    assert len(bank.paid) == 1


def a_sleeper_wakes_up(office: Office, clock: OfficeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    store, _, _ = office
    plan(store, "sleeper")
    with store.write() as tx:
        asleep = store.effects.begin(tx, store.effects.get(tx, "sleeper"), TIMEOUT)
    clock.passes(TIMEOUT)
    with store.write() as tx:
        store.effects.begin(tx, store.effects.get(tx, "sleeper"), TIMEOUT, acting=False)
    with suppress(KontoristError), store.write() as tx:
        store.effects.done(tx, asleep, Receipt(external_id="stale", status="stale"))
    with store.read() as tx:
        assert store.effects.get(tx, "sleeper").receipt is None


CHECKS = [a_worker_dies_anywhere, a_payment_lands_late, a_sleeper_wakes_up]


class ActsThenMarks(EffectRunner):
    def _act(self, handler: EffectHandler, known: Effect) -> Receipt:
        receipt = handler.act(known.request, known.key)
        return super()._act(EffectHandler(kind=handler.kind, act=lambda *_: receipt, timeout=handler.timeout), known)


class MarksThenActs(EffectRunner):
    def _act(self, handler: EffectHandler, known: Effect) -> Receipt:
        marks = EffectHandler(kind=handler.kind, act=lambda _, key: Receipt(external_id=key, status="?"))
        super()._act(marks, known)
        return handler.act(known.request, known.key)


def never_waits(_effects: Effects, _known: Effect, _now: object) -> float:
    return 0.0


def moves_without_fence(_effects: Effects, tx: Any, known: Effect, **values: Any) -> Effect:
    tx.execute(update(tables.effect).where(tables.effect.c.key == known.key).values(**values))
    return known


@pytest.mark.parametrize("check", CHECKS)
def test_the_right_way_passes(
    store: Store, clock: OfficeClock, monkeypatch: pytest.MonkeyPatch, check: Callable[..., None]
) -> None:
    check((store, Bank(clock), EffectRunner), clock, monkeypatch)


@pytest.mark.parametrize("wrong", [ActsThenMarks, MarksThenActs])
def test_acting_and_marking_in_the_wrong_order_is_noticed(
    store: Store, clock: OfficeClock, monkeypatch: pytest.MonkeyPatch, wrong: type[EffectRunner]
) -> None:
    with pytest.raises(AssertionError, match=r"effects\."):
        a_worker_dies_anywhere((store, Bank(clock), wrong), clock, monkeypatch)


def test_asking_too_early_is_noticed(store: Store, clock: OfficeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Effects, "wait", never_waits)

    with pytest.raises(AssertionError):
        a_payment_lands_late((store, Bank(clock), EffectRunner), clock, monkeypatch)


def test_writing_without_a_fence_is_noticed(store: Store, clock: OfficeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Effects, "_move", moves_without_fence)

    with pytest.raises(AssertionError):
        a_sleeper_wakes_up((store, Bank(clock), EffectRunner), clock, monkeypatch)
