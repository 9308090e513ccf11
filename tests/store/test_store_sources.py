"""How sources fare: when something last came, when reading last worked, what waits."""

from __future__ import annotations

from datetime import timedelta

from store_office import OfficeClock

from kontorist.domain.events import Event
from kontorist.store.database import Store
from kontorist.store.sources import SourceHealth

SHOP, SCANNER = "/kontorist/webhook/shop", "/kontorist/folder/scanner"


def accept(store: Store, source: str, *ids: str) -> None:
    with store.write() as tx:
        for each in ids:
            store.inbox.accept(tx, Event(id=each, source=source, type="note.received"), raw_hash=each)


def look(store: Store, *expected: str) -> None:
    with store.write() as tx:
        store.sources.look(tx, expected)


def health(store: Store, source: str) -> SourceHealth:
    with store.read() as tx:
        return store.sources.health(tx)[source]


def test_the_last_event_of_each_source_is_known_before_and_after_a_look(store: Store, clock: OfficeClock) -> None:
    accept(store, SHOP, "1", "2")
    clock.passes(300)
    accept(store, SCANNER, "1")
    early, late = clock.now() - timedelta(minutes=5), clock.now()

    before = [health(store, each).last_event for each in (SHOP, SCANNER)]
    look(store)

    assert before == [early, late]
    assert [health(store, each).last_event for each in (SHOP, SCANNER)] == [early, late]


def test_a_look_counts_only_what_is_new(store: Store, clock: OfficeClock) -> None:
    accept(store, SHOP, "1")
    look(store, SHOP)
    with store.read() as tx:
        assert not store.sources.unseen(tx, [SHOP])

    clock.passes(3600)
    accept(store, SHOP, "2")

    with store.read() as tx:
        assert store.sources.unseen(tx, [SHOP])
    look(store, SHOP)
    assert health(store, SHOP).last_event == clock.now()


def test_a_source_of_which_nothing_came_is_watched_from_the_first_look_on(store: Store, clock: OfficeClock) -> None:
    with store.read() as tx:
        assert store.sources.unseen(tx, [SHOP])
    look(store, SHOP)
    began = clock.now()
    clock.passes(172800)
    look(store, SHOP)

    assert health(store, SHOP) == SourceHealth(source=SHOP, since=began)


def test_what_waits_of_a_source_and_since_when(store: Store, clock: OfficeClock) -> None:
    accept(store, SHOP, "1")
    clock.passes(60)
    accept(store, SHOP, "2", "3")
    with store.write() as tx:
        (claim,) = store.inbox.claim(tx, owner="w", now=clock.now(), limit=1)
        store.inbox.done(tx, claim, {})

    found = health(store, SHOP)

    assert (found.waiting, found.oldest_open) == (2, clock.now())


def test_failures_in_a_row_keep_the_time_of_the_first(store: Store, clock: OfficeClock) -> None:
    with store.write() as tx:
        store.sources.succeeded(tx, SCANNER)
    read = clock.now()
    for sentence in ("No server.", "Still no server."):
        clock.passes(60)
        with store.write() as tx:
            store.sources.failed(tx, SCANNER, "KON-210", sentence)

    found = health(store, SCANNER)

    assert (found.last_success, found.failing_since) == (read, read + timedelta(minutes=1))
    assert (found.reason_code, found.reason) == ("KON-210", "Still no server.")


def test_a_success_ends_the_failure(store: Store, clock: OfficeClock) -> None:
    with store.write() as tx:
        store.sources.failed(tx, SCANNER, "KON-210", "No server.")
        store.sources.succeeded(tx, SCANNER)

    found = health(store, SCANNER)

    assert (found.last_success, found.failing_since, found.reason) == (clock.now(), None, None)
