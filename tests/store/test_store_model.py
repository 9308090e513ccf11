"""Inbox and effects against a model: any order of arrivals, claims, deaths, sleeps and ends."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule
from store_office import OfficeClock, accept, claim, letter

from kontorist.domain.errors import KontoristError, LeaseLost, TransientError, UncertainOutcome
from kontorist.domain.ports import Receipt
from kontorist.store.database import Store
from kontorist.store.effects import EffectHandler, EffectRunner
from kontorist.store.inbox import Claim, InboxRow

OPEN = ("new", "retry", "claimed")
owners = st.sampled_from(["anna", "bert", "carl"])
MODEL = settings(
    max_examples=15, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)  # fmt: skip

_empty: list[Path] = []


@pytest.fixture(autouse=True, scope="module")
def _model_starts_from(empty_database: Path) -> None:
    _empty[:] = [empty_database]


class StoreMachine(RuleBasedStateMachine):
    """A fresh store for every history."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = OfficeClock()
        file = Path(self.folder.name) / "kontorist.db"
        shutil.copy(_empty[0], file)
        self.store = Store.open(f"sqlite:///{file}", clock=self.clock, boot="monday")

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    @rule(seconds=st.sampled_from([1, 4, 14, 16, 400]))
    def time_passes(self, seconds: int) -> None:
        self.clock.passes(seconds)


class InboxMachine(StoreMachine):
    claims: Bundle[Claim] = Bundle("claims")

    def __init__(self) -> None:
        super().__init__()
        self.accepted: dict[str, str] = {}  # id -> text
        self.fences: dict[str, int] = {}

    def rows(self) -> dict[str, InboxRow]:
        with self.store.read() as tx:
            return {row.dedupe: row for row in self.store.inbox.list(tx, limit=1000)}

    @rule(
        number=st.integers(1, 8),
        text=st.sampled_from(["a", "b"]),
        subject=st.sampled_from([None, "x", "y"]),
        priority=st.sampled_from([10, 100]),
    )
    def arrives(self, number: int, text: str, subject: str | None, priority: int) -> None:
        key = f"{number}-{subject}"
        [answer] = accept(self.store, letter(key, subject=subject, text=text), priority=priority)
        known = self.accepted.setdefault(key, text)
        first = answer.duplicate is answer.conflict is False
        assert first or (answer.duplicate, answer.conflict) == (known == text, known != text)

    @rule(target=claims, owner=owners, limit=st.integers(1, 3))
    def are_claimed(self, owner: str, limit: int) -> Any:
        before = self.rows()
        taken = claim(self.store, owner, limit)
        for each in taken:
            row = before[each.row.dedupe]
            assert row.state in ("new", "retry")
            earlier = (
                o for o in before.values() if (o.source, o.subject) == (row.source, row.subject) and o.seq < row.seq
            )
            assert row.subject is None or not [o for o in earlier if o.state in OPEN]
        return multiple(*taken)

    def tries(self, mine: Claim, step: Any) -> None:
        """A change is made when the claim still holds, and refused when not."""
        row = self.rows()[mine.row.dedupe]
        holds = row.state == "claimed" and row.fence == mine.fence
        try:
            with self.store.write() as tx:
                step(tx)
        except LeaseLost:
            assert not holds
            assert self.rows()[mine.row.dedupe] == row
        else:
            assert holds

    @rule(mine=consumes(claims))
    def ends(self, mine: Claim) -> None:
        self.tries(mine, lambda tx: self.store.inbox.done(tx, mine, {}))

    @rule(mine=claims, pause=st.booleans())
    def fails(self, mine: Claim, pause: bool) -> None:
        until = self.clock.now()
        self.tries(mine, lambda tx: self.store.inbox.retry(tx, mine, until, "x", "y"))

    @rule(mine=claims)
    def is_set_aside(self, mine: Claim) -> None:
        self.tries(mine, lambda tx: self.store.inbox.quarantine(tx, mine, "x", "y"))

    @rule(mine=claims)
    def writes_something_else(self, mine: Claim) -> None:
        with self.store.holding(mine):
            self.tries(mine, lambda tx: self.store.inbox.set_cursor(tx, "s", {}))

    @rule(owner=owners)
    def renews(self, owner: str) -> None:
        with self.store.write() as tx:
            self.store.inbox.renew(tx, owner, self.clock.now())

    @rule()
    def the_dead_are_cleared_away(self) -> None:
        with self.store.write() as tx:
            self.store.inbox.expired(tx, self.clock.now())

    @invariant()
    def nothing_is_lost_and_one_per_subject_is_in_flight(self) -> None:
        rows = self.rows()
        assert set(rows) == set(self.accepted)
        in_flight = Counter((row.source, row.subject) for row in rows.values() if row.state == "claimed")
        assert all(count == 1 or subject is None for (_, subject), count in in_flight.items())

    @invariant()
    def fences_only_grow(self) -> None:
        for key, row in self.rows().items():
            assert row.fence >= self.fences.get(key, 0)
            self.fences[key] = row.fence


class Killed(BaseException):
    """The worker is gone."""


class EffectMachine(StoreMachine):
    """The other side is honest: it does what it is told, says what it has, and breaks off when the model wants it."""

    def __init__(self) -> None:
        super().__init__()
        self.done: Counter[str] = Counter()
        self.planned: set[str] = set()
        self.mood = "ok"
        self.runner = EffectRunner(
            self.store, [EffectHandler(kind="pay", act=self.act, probe=self.probe, timeout=10)]
        )  # fmt: skip

    def act(self, request: Mapping[str, Any], key: str) -> Receipt:
        if self.mood == "unreachable":
            raise TransientError
        if self.mood == "breaks off before":
            raise UncertainOutcome
        self.done[key] += 1
        if self.mood == "breaks off after":
            raise UncertainOutcome
        if self.mood == "sleeps":
            self.mood = "ok"
            self.clock.passes(10)
            self.runner.run(key)  # another worker takes over
        return Receipt(external_id=key, status="ok")

    def probe(self, request: Mapping[str, Any], key: str) -> Receipt | None:
        if self.mood == "unreachable":
            raise TransientError
        return Receipt(external_id=key, status="found") if self.done[key] else None

    @rule(key=st.sampled_from(["a", "b"]))
    def is_planned(self, key: str) -> None:
        with self.store.write() as tx:
            self.store.effects.plan(tx, key=key, kind="pay", request={"key": key})
        self.planned.add(key)

    @rule(
        key=st.sampled_from(["a", "b"]),
        mood=st.sampled_from(["ok", "unreachable", "breaks off before", "breaks off after", "sleeps"]),
    )
    def is_run(self, key: str, mood: str) -> None:
        if key in self.planned:
            self.attempt(key, mood)

    @rule(
        key=st.sampled_from(["a", "b"]),
        place=st.sampled_from(
            ["store.before_commit", "store.after_commit"]
            + [f"effects.{when}_{step}" for when in ("before", "after") for step in ("begin", "act", "done", "probe")]
        ),
    )
    def its_worker_dies(self, key: str, place: str) -> None:
        if key not in self.planned:
            return
        os.environ["KONTORIST_FAILPOINTS"] = f"{place}=raise"
        try:
            self.attempt(key, "ok")
        except RuntimeError:
            pass  # dead: nothing of its memory goes on
        finally:
            del os.environ["KONTORIST_FAILPOINTS"]

    def attempt(self, key: str, mood: str) -> None:
        self.mood = mood
        with suppress(KontoristError):  # a sentence for somebody; a programming error comes through
            self.runner.run(key)
        self.mood = "ok"

    @invariant()
    def nothing_is_done_twice(self) -> None:
        assert all(count <= 1 for count in self.done.values()), self.done

    @invariant()
    def a_receipt_means_that_it_was_done(self) -> None:
        with self.store.read() as tx:
            for effect in self.store.effects.list(tx):
                assert effect.state != "done" or self.done[effect.key] == 1

    def teardown(self) -> None:
        """In the end everything planned is done, or stands there as failed after all its attempts."""
        for _ in range(10):
            self.clock.passes(1000)
            self.runner.run_due(self.clock.now())
        with self.store.read() as tx:
            for effect in self.store.effects.list(tx):
                assert effect.state == "done" or (effect.state == "failed" and effect.attempts >= 8), effect
        super().teardown()


TestInboxModel = InboxMachine.TestCase
TestInboxModel.settings = MODEL
TestEffectModel = EffectMachine.TestCase
TestEffectModel.settings = MODEL
