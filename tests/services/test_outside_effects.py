"""A step that acts outside has one line more, and is done once, or stopped and shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kontorist.config import load
from kontorist.domain.errors import BusinessError, TransientError, UncertainOutcome
from kontorist.domain.ids import EventId
from kontorist.domain.ports import Receipt
from kontorist.failpoints import watched_by
from kontorist.services import Services, open_services, use_services
from kontorist.services.outside import DECLARED, OnlyADryRun, OutsideEffect, outside_effect
from kontorist.services.settling import settled_by
from kontorist.store.effects import EffectHandler
from kontorist.store.errors import EffectConflict
from kontorist.testing.fakes import FakeClock

ORDER = {"customer": "Bäckerei Muster", "flour": "25 kg"}


class Erp:
    """The other system: keeps a record for each reference."""

    def __init__(self) -> None:
        self.records: list[str] = []
        self.trouble: Exception | None = None

    def create(self, request: Mapping[str, Any], key: str) -> Receipt:
        if self.trouble is not None:
            raise self.trouble
        self.records.append(key)
        return Receipt(external_id=f"R{len(self.records)}", status="accepted")

    def find(self, request: Mapping[str, Any], key: str) -> Receipt | None:
        return Receipt(external_id="R1", status="found") if key in self.records else None


@pytest.fixture
def erp() -> Erp:
    return Erp()


@pytest.fixture
def create_record(erp: Erp, monkeypatch: pytest.MonkeyPatch) -> OutsideEffect:
    """What an author writes: one line, and the act."""
    monkeypatch.setitem(DECLARED, "erp_record", EffectHandler(kind="erp_record", act=erp.create))  # undone afterwards
    del DECLARED["erp_record"]

    @outside_effect("erp_record", probe=erp.find)
    def create_record(request: Mapping[str, Any], key: str) -> Receipt:
        return erp.create(request, key)

    return create_record


@pytest.fixture
def office(tmp_path: Path) -> Callable[[], Services]:
    """Opens the same books again and again, each time as a process of its own would."""
    (tmp_path / "config.yaml").write_text("version: 1\ncompany: {name: Kontor Beispiel B.V., country: NL}\n")
    config = load(tmp_path)
    return lambda: open_services(config, clock=FakeClock(datetime(2026, 11, 2, 8, 0, tzinfo=UTC)))


@pytest.fixture
def services(office: Callable[[], Services]) -> Iterator[Services]:
    with office() as services, use_services(services):
        yield services


def test_called_twice_done_once(services: Services, erp: Erp, create_record: OutsideEffect) -> None:
    first = create_record("4711", ORDER, cause=EventId("E1"))
    again = create_record("4711", ORDER, cause=EventId("E1"))

    assert erp.records == ["erp_record/4711"]
    assert first == again == Receipt(external_id="R1", status="accepted")
    with services.store.read() as tx:
        assert services.store.effects.get(tx, "erp_record/4711").cause == "E1"


def test_another_content_under_the_same_key_is_refused(
    services: Services, erp: Erp, create_record: OutsideEffect
) -> None:
    create_record("4711", ORDER)

    with pytest.raises(EffectConflict):
        create_record("4711", ORDER | {"flour": "50 kg"})


def test_what_a_killed_worker_left_is_carried_out_by_the_next_one(
    office: Callable[[], Services], erp: Erp, create_record: OutsideEffect
) -> None:
    class Killed(BaseException):
        pass

    def kill(place: str) -> None:
        if place == "effects.before_begin":
            raise Killed

    with office() as first, use_services(first), watched_by(kill), pytest.raises(Killed):
        create_record("4711", ORDER)

    with office() as services:
        services.clock.advance(minutes=1)  # type: ignore[attr-defined]  # a FakeClock
        [settled] = services.effects.run_due(services.clock.now())

    assert (settled.state, erp.records) == ("done", ["erp_record/4711"])


@pytest.mark.parametrize(
    ("trouble", "state"),
    [
        (BusinessError("no_credit"), "failed"),
        (TransientError("It does not answer."), "planned"),
        (UncertainOutcome("The line broke."), "sending"),
    ],
)
def test_what_goes_wrong_is_recorded_and_told(
    services: Services, erp: Erp, create_record: OutsideEffect, trouble: Exception, state: str
) -> None:
    erp.trouble = trouble

    with pytest.raises(type(trouble)):
        create_record("4711", ORDER)

    with services.store.read() as tx:
        assert services.store.effects.get(tx, "erp_record/4711").state == state


def test_in_a_dry_run_it_is_listed_and_not_done(
    office: Callable[[], Services], erp: Erp, create_record: OutsideEffect
) -> None:
    with office() as real:
        dry = Services(real.config, clock=real.clock, store=real.store, archive=real.archive, sinks=False)
        with use_services(dry), pytest.raises(OnlyADryRun):
            create_record("4711", ORDER)
        real.clock.advance(minutes=1)  # type: ignore[attr-defined]  # a FakeClock
        dry.effects.run_due(real.clock.now())
        with real.store.read() as tx:
            assert [each.state for each in real.store.effects.list(tx)] == ["planned"]
    assert erp.records == []


def test_a_kind_is_declared_once(create_record: OutsideEffect) -> None:
    with pytest.raises(ValueError, match="declared twice"):
        outside_effect("erp_record")(lambda request, key: Receipt(external_id="", status=""))


def test_a_kind_of_an_author_is_decided_like_money() -> None:
    assert settled_by("erp_record") == {"approver", "controller"}
