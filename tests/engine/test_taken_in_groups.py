"""A group taken in at once is what its events would be one after the other, whatever repeats and conflicts it holds."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kontorist.domain.events import Event
from kontorist.engine.taking_in import accept, accept_many
from kontorist.engine.writer import Arrival
from kontorist.store import arrivals
from kontorist.store.arrivals import Accepted
from kontorist.store.database import Store
from kontorist.testing.fakes import FakeClock


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("empty") / "kontorist.db"
    Store.open(f"sqlite:///{file}").close()
    return file


def arrival(number: int, body: str, on_conflict: str, state: str, source: str) -> Arrival:
    event = Event(id=str(number), source=source, type="order.created", subject=f"WEB-{number}", data={"body": body})
    reason = None if state == "new" else "A sentence."
    return Arrival(
        event=event,
        raw_hash=f"hash of {body}",
        on_conflict=on_conflict,
        state=state,
        reason_code=reason and "unreadable_body",
        reason=reason,
        priority=10 * number,
    )


ARRIVALS = st.builds(
    arrival,
    number=st.integers(1, 4),
    body=st.sampled_from("ab"),
    on_conflict=st.sampled_from(["refuse", "hold"]),
    state=st.sampled_from(["new", "quarantined", "done"]),
    source=st.sampled_from(["/kontorist/webhook/shop", "/kontorist/webhook/desk"]),
)


@given(groups=st.lists(st.lists(ARRIVALS, max_size=12), min_size=1, max_size=3))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_group_is_what_its_events_are_one_after_the_other(
    empty: Path, tmp_path: Path, groups: list[list[Arrival]]
) -> None:
    together, single = (_opened(empty, tmp_path / name) for name in ("together.db", "single.db"))
    with together, single:
        for group in groups:
            assert _taken(together, group) == [_taken(single, [each])[0] for each in group]
        assert _contents(together) == _contents(single)


def _opened(empty: Path, file: Path) -> Store:
    for old in file.parent.glob(f"{file.name}*"):
        old.unlink()
    return Store.open(f"sqlite:///{shutil.copy(empty, file)}", clock=FakeClock(), boot="monday")


def _taken(store: Store, group: list[Arrival]) -> list[Accepted]:
    with store.write() as tx:
        return accept_many(store, tx, group)


def _contents(store: Store) -> object:
    """All there is; the number of a row is its place in the order of arrival, and who is held comes last in a group."""
    with store.read() as tx:
        rows = [{name: getattr(row, name) for name in row.__slots__ if name != "seq"} for row in store.inbox.list(tx)]
        questions = sorted((item.id, item.subject, str(item.content)) for item in store.worklist.list(tx))
        held = {row["id"]: [(note.verb, note.after) for note in store.audit.of(tx, row["id"])] for row in rows}
    return sorted(rows, key=lambda row: str(row["id"])), questions, held


def test_what_is_taken_in_keeps_its_order(tmp_path: Path) -> None:
    group = [arrival(number, "a", "refuse", "new", "/x") for number in (3, 1, 2)]
    with Store.open(f"sqlite:///{tmp_path / 'kontorist.db'}", clock=FakeClock()) as store:
        _taken(store, group)
        with store.read() as tx:
            assert [row.dedupe for row in reversed(store.inbox.list(tx))] == ["3", "1", "2"]


def test_one_that_cannot_be_written_down_leaves_nothing_of_its_group(tmp_path: Path) -> None:
    broken = Arrival(event=Event(id="2", source="/x", type="order.created", data={"half": "\ud800"}), raw_hash="0")
    with Store.open(f"sqlite:///{tmp_path / 'kontorist.db'}", clock=FakeClock()) as store:
        with pytest.raises(ValueError, match="surrogates"), store.write() as tx:
            accept_many(store, tx, [arrival(1, "a", "refuse", "new", "/x"), broken])
        with store.read() as tx:
            assert store.inbox.list(tx) == []


def test_the_statement_names_its_columns_in_the_order_of_the_rows() -> None:
    statement = arrivals.insertion(3)
    assert ", ".join(arrivals.COLUMNS) in statement
    assert statement.count("?") == 3 * len(arrivals.COLUMNS)


def test_a_group_larger_than_one_statement_is_stored_whole(tmp_path: Path) -> None:
    group = [arrival(number, "a", "refuse", "new", "/x") for number in [*range(200), 0, 199]]
    with Store.open(f"sqlite:///{tmp_path / 'kontorist.db'}", clock=FakeClock()) as store:
        answers = _taken(store, group)
        with store.read() as tx:
            assert len(store.inbox.list(tx, limit=None)) == 200
    assert [answer.duplicate for answer in answers] == [False] * 200 + [True] * 2


def test_nothing_taken_is_nothing_done(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'kontorist.db'}", clock=FakeClock()) as store, store.read() as tx:
        assert accept_many(store, tx, []) == []


def test_a_single_one_is_a_group_of_one(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'kontorist.db'}", clock=FakeClock()) as store, store.write() as tx:
        first, again = (accept(store, tx, arrival(1, "a", "refuse", "new", "/x")) for _ in range(2))
    assert (first.duplicate, again.duplicate) == (False, True)
