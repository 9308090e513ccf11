"""The event inbox, example by example."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError
from store_office import OfficeClock, accept, claim, finish, letter, state_of

from kontorist.domain.errors import LeaseLost
from kontorist.domain.events import Event, content_hash
from kontorist.domain.ids import EventId
from kontorist.store import backoff, tables
from kontorist.store.arrivals import event_id
from kontorist.store.columns import utc_text
from kontorist.store.database import Store
from kontorist.store.errors import NotInStore
from kontorist.store.inbox import InboxRow, claimable

A_MINUTE = timedelta(minutes=1)


def expire(store: Store, **rest: object) -> list[InboxRow]:
    with store.write() as tx:
        return store.inbox.expired(tx, store.clock.now(), **rest)  # type: ignore[arg-type]


def retry(store: Store, *claims: object, after: timedelta = timedelta(0)) -> None:
    with store.write() as tx:
        for each in claims:
            store.inbox.retry(tx, each, store.clock.now() + after, "KON-210", "Not to be reached.")  # type: ignore[arg-type]


def claimed_ids(store: Store, **rest: object) -> list[str]:
    return [each.row.dedupe for each in claim(store, **rest)]  # type: ignore[arg-type]


# Taking in


def test_an_event_is_read_back_as_it_was_accepted(store: Store) -> None:
    event = Event(
        id="msg-1",
        source="/kontorist/webhook/shop",
        type="order.created",
        subject="4711",
        time=datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
        dataschema="https://example.org/order/1",
        data={"total": "119.00", "name": "Müller"},
        correlationid="c",
        causationid="e",
    )
    [accepted] = accept(store, event)

    with store.read() as tx:
        row = store.inbox.get(tx, accepted.id)
    assert row.event() == event
    assert accepted.id == event_id(event.source, event.id)
    assert (row.state, row.received, row.priority) == ("new", store.clock.now(), 100)


def test_an_event_offered_again_is_stored_once(store: Store) -> None:
    first, again = accept(store, letter(1, text="hello"), letter(1, text="hello"))

    assert (first.duplicate, first.conflict) == (False, False)
    assert (again.duplicate, again.conflict, again.id) == (True, False, first.id)
    assert claimed_ids(store) == ["1"]


def test_the_same_id_with_another_body_is_a_conflict_and_changes_nothing(store: Store) -> None:
    [first] = accept(store, letter(1, text="hello"))

    [other] = accept(store, letter(1, text="pay somebody else"))

    assert (other.duplicate, other.conflict) == (False, True)
    with store.read() as tx:
        assert store.inbox.get(tx, first.id).event().data == {"text": "hello"}


def test_two_sources_may_use_the_same_id(store: Store) -> None:
    accept(store, letter(1), letter(1, source="/kontorist/folder/scanner"))

    assert claimed_ids(store) == ["1", "1"]


def test_an_id_is_known_for_ever_also_when_the_event_is_done(store: Store, clock: OfficeClock) -> None:
    accept(store, letter(1))
    finish(store, *claim(store))
    clock.passes(10 * 365 * 86_400)

    [again] = accept(store, letter(1))

    assert again.duplicate
    assert claim(store) == []


def test_what_is_signed_but_unreadable_goes_to_quarantine_at_once(store: Store) -> None:
    [accepted] = accept(store, letter(1), state="quarantined", reason_code="unreadable", reason="Not JSON.")

    with store.read() as tx:
        assert store.inbox.get(tx, accepted.id).reason == "Not JSON."
    assert claim(store) == []


def test_a_cursor_and_its_events_are_stored_together_or_not_at_all(store: Store) -> None:
    source = letter().source

    def read_mailbox(*letters: Event) -> None:
        with store.write() as tx:
            store.inbox.set_cursor(tx, source, {"uid": len(letters)})
            for each in letters:
                store.inbox.accept(tx, each, raw_hash=content_hash(each.envelope()))

    with pytest.raises(TypeError):
        read_mailbox(letter(1), letter(2, gross=object()))

    with store.read() as tx:
        assert store.inbox.cursor(tx, source) is None
        assert store.inbox.counts(tx)["new"] == 0


def test_a_cursor_moves_on(store: Store) -> None:
    for uid in (1, 2):
        with store.write() as tx:
            store.inbox.set_cursor(tx, "mail", {"uid": uid})

    with store.read() as tx:
        assert store.inbox.cursor(tx, "mail") == {"uid": 2}


# Order


def test_first_come_first_served_but_urgent_ones_first(store: Store) -> None:
    accept(store, letter(1), letter(2))
    accept(store, letter(3), priority=10)

    assert claimed_ids(store, limit=2) == ["3", "1"]
    assert claimed_ids(store, limit=2) == ["2"]


def test_events_of_one_subject_go_one_after_the_other(store: Store) -> None:
    accept(store, letter(1, subject="4711"), letter(2, subject="4711"), letter(3, subject="4712"), letter(4))

    first = claim(store)
    assert [each.row.dedupe for each in first] == ["1", "3", "4"]
    assert claim(store) == []

    finish(store, first[0])
    assert claimed_ids(store) == ["2"]


def test_an_urgent_event_does_not_overtake_an_earlier_one_of_its_subject(store: Store) -> None:
    accept(store, letter(1, subject="4711"))
    accept(store, letter(2, subject="4711"), priority=1)

    assert claimed_ids(store) == ["1"]


def test_the_same_subject_at_two_sources_is_two_subjects(store: Store) -> None:
    accept(store, letter(1, subject="4711"), letter(2, subject="4711", source="/kontorist/mail/info"))

    assert claimed_ids(store) == ["1", "2"]


def test_one_that_waits_for_its_next_attempt_holds_back_those_behind_it(store: Store, clock: OfficeClock) -> None:
    accept(store, letter(1, subject="4711"), letter(2, subject="4711"))
    retry(store, *claim(store), after=A_MINUTE)

    assert claim(store) == []
    clock.passes(60)
    assert claimed_ids(store) == ["1"]


def test_one_in_quarantine_lets_the_others_pass(store: Store) -> None:
    accept(store, letter(1, subject="4711"), letter(2, subject="4711"))
    [first] = claim(store)
    with store.write() as tx:
        store.inbox.quarantine(tx, first, "encrypted", "The file has a password.")

    assert claimed_ids(store) == ["2"]


def test_the_database_itself_refuses_two_in_flight_for_one_subject(store: Store) -> None:
    accept(store, letter(1, subject="4711"), letter(2, subject="4711"))
    claim(store)

    with pytest.raises(IntegrityError), store.write() as tx:
        tx.execute(update(tables.inbox).values(state="claimed"))


def test_one_that_comes_back_waits_for_the_later_one_in_flight(store: Store) -> None:
    """A person sends a quarantined event back while a later one of its subject is being worked on."""
    accept(store, letter(1, subject="4711"), letter(2, subject="4711"))
    [first] = claim(store)
    with store.write() as tx:
        store.inbox.quarantine(tx, first, "encrypted", "The file has a password.")
    [second] = claim(store)
    with store.write() as tx:
        tx.execute(update(tables.inbox).where(tables.inbox.c.id == first.event_id).values(state="retry"))

    assert claim(store) == []
    finish(store, second)
    assert claimed_ids(store) == ["1"]


def test_claiming_looks_only_at_waiting_rows(store: Store) -> None:
    with store.read() as tx:
        query = claimable(store.clock.now()).compile(tx, compile_kwargs={"literal_binds": True})
        plan = " ".join(row[-1] for row in tx.execute(text(f"EXPLAIN QUERY PLAN {query} LIMIT 10")))

    assert "USING INDEX inbox_waiting" in plan
    assert "INDEX inbox_per_subject (source=? AND subject=? AND seq<?)" in plan
    assert "INDEX inbox_in_flight (source=? AND subject=?)" in plan
    assert "TEMP B-TREE" not in plan


def test_counting_reads_no_bodies(store: Store) -> None:
    for condition, index in ((tables.OPEN, "inbox_per_subject"), (tables.SETTLED, "inbox_settled")):
        with store.read() as tx:
            query = f"EXPLAIN QUERY PLAN SELECT state, count(*) FROM inbox WHERE {condition} GROUP BY state"
            assert f"USING COVERING INDEX {index}" in " ".join(row[-1] for row in tx.execute(text(query)))


# Working


def test_a_finished_event_keeps_its_outcome(store: Store) -> None:
    [accepted] = accept(store, letter(1))
    [mine] = claim(store)
    with store.write() as tx:
        store.inbox.set_run(tx, mine, "run-7")
        store.inbox.done(tx, mine, {"documents": [{"id": "D1", "state": "booked"}]})

    with store.read() as tx:
        row = store.inbox.get(tx, accepted.id)
    assert (row.state, row.run_id, row.lease_owner) == ("done", "run-7", None)
    assert row.outcome == {"documents": [{"id": "D1", "state": "booked"}]}


def test_a_retry_says_why_and_counts_the_attempts(store: Store) -> None:
    [accepted] = accept(store, letter(1))
    retry(store, *claim(store))

    [again] = claim(store)
    assert (again.attempt, again.fence) == (2, 2)
    retry(store, again, after=A_MINUTE)
    with store.read() as tx:
        row = store.inbox.get(tx, accepted.id)
    assert (row.state, row.reason_code, row.reason) == ("retry", "KON-210", "Not to be reached.")
    assert row.not_before == store.clock.now() + A_MINUTE


@pytest.mark.parametrize("verb", ["done", "retry", "quarantine", "set_run"])
def test_whoever_was_overtaken_changes_nothing(store: Store, clock: OfficeClock, verb: str) -> None:
    [accepted] = accept(store, letter(1))
    [zombie] = claim(store, "anna")
    clock.passes(16)
    expire(store)
    [successor] = claim(store, "bert")
    arguments = {
        "done": ({},),
        "retry": (clock.now(), "x", "y"),
        "quarantine": ("x", "y"),
        "set_run": ("run-1",),
    }[verb]

    with pytest.raises(LeaseLost), store.write() as tx:
        getattr(store.inbox, verb)(tx, zombie, *arguments)

    with store.read() as tx:
        row = store.inbox.get(tx, accepted.id)
        assert (row.state, row.lease_owner, row.run_id, row.fence) == ("claimed", "bert", None, successor.fence)
    finish(store, successor)


def test_a_second_end_of_the_same_event_is_refused(store: Store) -> None:
    accept(store, letter(1))
    [mine] = claim(store)
    finish(store, mine)

    with pytest.raises(LeaseLost):
        finish(store, mine)


def test_a_waiting_event_can_be_quarantined_by_its_id_but_not_one_in_flight(store: Store) -> None:
    waiting, _ = accept(store, letter(1), letter(2))
    with store.write() as tx:
        store.inbox.quarantine(tx, waiting.id, "by_hand", "Anna stopped it.")
    assert state_of(store, waiting) == "quarantined"

    [mine] = claim(store)
    with pytest.raises(LeaseLost), store.write() as tx:
        store.inbox.quarantine(tx, mine.event_id, "by_hand", "Anna stopped it.")


# Leases


def test_a_renewed_lease_does_not_expire(store: Store, clock: OfficeClock) -> None:
    accept(store, letter(1), letter(2))
    claim(store, "anna")
    for _ in range(4):
        clock.passes(10)
        with store.write() as tx:
            assert store.inbox.renew(tx, "anna", clock.now()) == 2
            assert store.inbox.renew(tx, "bert", clock.now()) == 0

    assert expire(store) == []


def test_an_event_of_a_dead_worker_is_taken_up_at_once(store: Store, clock: OfficeClock) -> None:
    accept(store, letter(1))
    [dead] = claim(store, "anna")
    with store.write() as tx:
        store.inbox.set_run(tx, dead, "run-1")
    clock.passes(14.9)
    assert expire(store) == []
    clock.passes(0.1)

    [row] = expire(store)

    assert (row.state, row.run_id, row.reason_code) == ("retry", "run-1", "worker_died")
    [again] = claim(store, "bert")
    assert (again.attempt, again.row.run_id) == (2, None)


def test_an_event_that_workers_die_of_waits_longer_and_ends_in_quarantine(store: Store, clock: OfficeClock) -> None:
    accept(store, letter(1))
    pauses = []
    for _ in range(4):
        clock.passes(3600)
        claim(store)
        clock.passes(16)
        [row] = expire(store)
        pauses.append(row.not_before - clock.now() if row.not_before else None)

    assert pauses[0] == timedelta(0)
    assert pauses[1] is not None
    assert pauses[1] <= A_MINUTE
    assert row.state == "quarantined"
    assert row.reason == "The worker died 4 times over this event; it is not tried again by itself."


def test_a_route_may_allow_fewer_attempts(store: Store, clock: OfficeClock) -> None:
    accept(store, letter(1))
    claim(store)
    clock.passes(16)

    [row] = expire(store, attempts_allowed=lambda row: 1 if row.type == "document.received" else 4)

    assert (row.state, row.reason_code) == ("quarantined", "too_many_attempts")


def test_a_lease_does_not_care_about_the_wall_clock(store: Store, clock: OfficeClock) -> None:
    accept(store, letter(1))
    claim(store)

    clock.wall += timedelta(hours=1)
    assert expire(store) == []
    clock.wall -= timedelta(hours=2)
    clock.running += 15
    assert len(expire(store)) == 1


def test_after_a_restart_of_the_machine_every_lease_is_over(store: Store) -> None:
    accept(store, letter(1))
    claim(store)
    fresh = OfficeClock()
    fresh.running = 3.0

    with Store.open(f"sqlite:///{store.file}", clock=fresh, boot="tuesday") as tomorrow:
        assert len(expire(tomorrow)) == 1


def test_one_run_is_named_for_a_whole_batch_or_for_none_of_it(store: Store, clock: OfficeClock) -> None:
    accept(store, letter(1), letter(2), letter(3))
    claims = claim(store)
    with store.write() as tx:
        store.inbox.set_run_of_all(tx, claims, "run 1")
        assert {row.run_id for row in store.inbox.list(tx)} == {"run 1"}
    clock.passes(20)
    expire(store)

    with pytest.raises(LeaseLost), store.write() as tx:
        store.inbox.set_run_of_all(tx, claims, "run 2")


# Once more


def test_what_is_replayed_is_taken_at_once_with_all_its_attempts(store: Store, clock: OfficeClock) -> None:
    [accepted] = accept(store, letter(1))
    retry(store, *claim(store), after=A_MINUTE)
    assert claim(store) == []

    with store.write() as tx:
        assert store.inbox.replay(tx, accepted.id, "The server is back.")

    [again] = claim(store)
    assert (again.attempt, again.fence) == (1, 2)


@pytest.mark.parametrize("settle", ["done", "quarantine"])
def test_a_settled_event_is_replayed_in_its_own_row(store: Store, settle: str) -> None:
    [accepted] = accept(store, letter(1))
    [first] = claim(store)
    with store.write() as tx:
        if settle == "done":
            store.inbox.done(tx, first, {"state": "booked"})
        else:
            store.inbox.quarantine(tx, first, "encrypted", "It has a password.")
    with store.write() as tx:
        store.inbox.replay(tx, accepted.id, "anna asked for it again: she knows the password")

    with store.read() as tx:
        row = store.inbox.get(tx, accepted.id)
    assert (row.state, row.reason) == ("retry", "anna asked for it again: she knows the password")
    assert [each.event_id for each in claim(store)] == [accepted.id]


def test_what_waits_or_is_in_flight_is_not_replayed(store: Store) -> None:
    first, second = accept(store, letter(1), letter(2))
    [held] = claim(store, limit=1)

    with store.write() as tx:
        assert not store.inbox.replay(tx, first.id, "Quick!")
        assert not store.inbox.replay(tx, second.id, "Quick!")
        store.inbox.check(tx, held)


# Looking


def test_events_are_listed_newest_first_and_can_be_narrowed(store: Store) -> None:
    accept(store, letter(1, subject="a"), letter(2), letter(3, source="/kontorist/mail/info"))
    finish(store, *claim(store, limit=1))

    def found(**wanted: object) -> list[str]:
        with store.read() as tx:
            return [each.dedupe for each in store.inbox.list(tx, **wanted)]  # type: ignore[arg-type]

    assert found() == ["3", "2", "1"]
    assert found(limit=1) == ["3"]
    assert found(states=["done"]) == ["1"]
    assert found(source="/kontorist/mail/info") == ["3"]
    assert found(subject="a") == ["1"]
    assert found(type="order.created") == []


def test_counts_and_backlog(store: Store) -> None:
    accept(store, letter(1), letter(2), letter(3))
    retry(store, *claim(store, limit=1))
    finish(store, *claim(store, limit=1))

    with store.read() as tx:
        assert store.inbox.counts(tx) == {"new": 2, "claimed": 0, "retry": 0, "quarantined": 0, "done": 1}
        assert store.inbox.backlog(tx) == 2
        with pytest.raises(NotInStore, match="no event E9"):
            store.inbox.get(tx, EventId("E9"))


# Pauses


@given(attempt=st.integers(1, 50), drawn=st.floats(0, 1, exclude_max=True))
def test_pauses_stay_within_their_steps(attempt: int, drawn: float) -> None:
    step = {1: 60, 2: 300}.get(attempt, 1800)
    assert timedelta(0) <= backoff.after_event_failed(attempt, lambda: drawn) <= timedelta(seconds=step)
    effect = min(10 * 2 ** (attempt - 1), 900)
    assert timedelta(0) <= backoff.after_effect_failed(attempt, lambda: drawn) <= timedelta(seconds=effect)


def test_pauses_grow() -> None:
    def all_of_it() -> float:
        return 1.0

    minutes = [backoff.after_event_failed(attempt, all_of_it).total_seconds() / 60 for attempt in (1, 2, 3, 4)]
    seconds = [backoff.after_effect_failed(attempt, all_of_it).total_seconds() for attempt in range(1, 9)]
    deaths = [backoff.after_worker_died(attempt, all_of_it).total_seconds() for attempt in (1, 2, 3)]

    assert minutes == [1, 5, 30, 30]
    assert seconds == [10, 20, 40, 80, 160, 320, 640, 900]
    assert deaths == [0, 60, 300]
    assert backoff.after_event_failed(1) != backoff.after_event_failed(1)


@given(st.lists(st.datetimes(timezones=st.timezones()), min_size=2, max_size=5))
def test_text_order_of_times_is_time_order(moments: list[datetime]) -> None:
    in_range = [each for each in moments if 2 < each.year < 9998]
    assert sorted(map(utc_text, in_range)) == [utc_text(each) for each in sorted(in_range)]
