"""A known id with another body, where the sender would be lost if it were refused: kept, and a person decides."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kontorist.domain.approvals import ItemState
from kontorist.domain.conflicts import KIND
from kontorist.domain.events import Event
from kontorist.engine.taking_in import accept
from kontorist.engine.writer import Arrival
from kontorist.store.arrivals import Accepted
from kontorist.store.database import Store
from kontorist.testing.fakes import FakeClock


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    clock = FakeClock(datetime(2026, 5, 18, 10, 0, tzinfo=UTC))
    with Store.open(f"sqlite:///{tmp_path / 'kontorist.db'}", clock=clock) as store:
        yield store


def arrives(store: Store, total: str, on_conflict: str = "hold") -> Accepted:
    event = Event(
        id="1", source="/kontorist/webhook/shop", type="order.created", subject="WEB-1", data={"total": total}
    )
    with store.write() as tx:
        return accept(store, tx, Arrival(event=event, raw_hash=f"hash of {total}", on_conflict=on_conflict))


def test_the_other_body_is_held_with_one_question_however_often_it_comes(store: Store) -> None:
    first = arrives(store, "100.00")
    other, again = arrives(store, "1000.00"), arrives(store, "1000.00")

    assert (other.conflict, other.duplicate, again.duplicate) == (False, False, True)
    with store.read() as tx:
        row = store.inbox.get(tx, other.id)
        (item,) = store.worklist.list(tx)
        assert store.inbox.get(tx, first.id).state == "new", "what came first goes its way"
        assert [note.verb for note in store.audit.of(tx, other.id)] == ["held"]
    assert (row.state, row.reason_code, row.event().causationid) == ("quarantined", "conflicting_body", "1")
    assert (item.kind, item.state, item.subject) == (KIND, ItemState.OPEN, other.id)
    assert (item.content["known"], item.content["arrived"]) == ({"total": "100.00"}, {"total": "1000.00"})


def test_a_door_that_refuses_stores_nothing(store: Store) -> None:
    arrives(store, "100.00")

    assert arrives(store, "1000.00", on_conflict="refuse").conflict
    with store.read() as tx:
        assert (len(store.inbox.list(tx)), store.worklist.list(tx)) == (1, [])
