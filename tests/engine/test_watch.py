"""What is kept in mind of the sources, and what `kontorist status` says of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kontorist.config import Config, load
from kontorist.domain.errors import TransientError
from kontorist.domain.events import Event
from kontorist.engine.watch import Watch, Watched, sources_now, sources_of
from kontorist.store.database import Store
from kontorist.testing.fakes import FakeClock

OFFICE = """\
version: 1
company: {name: Kontor Beispiel B.V., country: NL}
connectors:
  shop: {use: webhook/standard, key: {secret: shop}, silent_after: 24h}
  scanner: {use: folder/local, path: in/scan}
  outbox: {use: mail/maildir, path: var/outbox, sender: "office@example.org"}
"""
SCANNER = "/kontorist/folder/scanner"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "config.yaml").write_text(OFFICE)
    return load(tmp_path, environment={}, need_secrets=False)


def told(config: Config, store: Store, name: str) -> dict[str, object]:
    with store.read() as tx:
        sources = sources_now(config, store.sources.health(tx), store.clock.now())
    return next(each for each in sources if each["name"] == name)


def poll(outcomes: list[int | Exception]) -> Callable[[], int]:
    def once() -> int:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return once


def test_sources_are_those_that_events_come_from(config: Config) -> None:
    assert sources_of(config) == {"shop": "/kontorist/webhook/shop", "scanner": SCANNER}


def test_a_silent_webhook_is_told_until_something_comes(config: Config, store: Store, clock: FakeClock) -> None:
    watch = Watch(config, store)
    watch.step()
    clock.advance(hours=23)
    before = told(config, store, "shop")["silent"]
    clock.advance(hours=2)
    silent = told(config, store, "shop")["silent"]

    with store.write() as tx:
        event = Event(id="1", source="/kontorist/webhook/shop", type="document.received")
        store.inbox.accept(tx, event, raw_hash="1")
    watch.step()

    assert (before, silent, told(config, store, "shop")["silent"]) == (False, True, False)
    assert told(config, store, "shop")["last_success"] == clock.now().isoformat()


def test_a_source_without_a_limit_is_never_silent(config: Config, store: Store, clock: FakeClock) -> None:
    Watch(config, store).step()
    clock.advance(days=400)

    assert told(config, store, "scanner")["silent"] is False


def test_reading_that_fails_is_told_with_its_reason_and_passed_on(
    config: Config, store: Store, clock: FakeClock
) -> None:
    watched = Watched(SCANNER, store, poll([3, TransientError("The share is away."), TransientError("x"), 0]))
    assert watched() == 3
    read = clock.now()
    clock.advance(minutes=1)
    for _ in range(2):
        with pytest.raises(TransientError):
            watched()
    failing = told(config, store, "scanner")
    watched()

    assert (failing["last_success"], failing["failing_since"]) == (read.isoformat(), clock.now().isoformat())
    assert failing["reason"] == "The share is away."
    assert told(config, store, "scanner")["failing_since"] is None


def test_success_is_noted_at_most_once_a_minute(config: Config, store: Store, clock: FakeClock) -> None:
    watched = Watched(SCANNER, store, lambda: 0)
    noted = []
    for _ in range(7):
        watched()
        noted.append(told(config, store, "scanner")["last_success"])
        clock.advance(seconds=10)

    assert len(set(noted)) == 2


def test_what_waits_of_a_source_and_for_how_long(config: Config, store: Store, clock: FakeClock) -> None:
    with store.write() as tx:
        store.inbox.accept(tx, Event(id="1", source=SCANNER, type="document.received"), raw_hash="1")
    clock.advance(seconds=90)

    assert [told(config, store, "scanner")[key] for key in ("waiting", "lag_seconds")] == [1, 90.0]
