"""What is kept in mind of the sources, and what `kontorist status` says of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from kontorist.archive.archive import DocumentArchive
from kontorist.config import Config, load
from kontorist.domain.errors import TransientError
from kontorist.domain.events import Event
from kontorist.domain.ports import Receipt
from kontorist.engine import watch as watching
from kontorist.engine.instance import instance_lock, publish
from kontorist.engine.taking_in import accept
from kontorist.engine.watch import Watch, Watched, sources_now, sources_of
from kontorist.engine.writer import Arrival
from kontorist.services import Services
from kontorist.store.database import Store
from kontorist.store.effects import EffectHandler
from kontorist.testing.fakes import FakeClock

OFFICE = """\
version: 1
company: {name: Kontor Beispiel B.V., country: NL}
connectors:
  shop: {use: webhook/standard, key: {secret: shop}, silent_after: 24h}
  scanner: {use: folder/local, path: in/scan}
  outbox: {use: mail/maildir, path: var/outbox, sender: "office@example.org"}
notifications: {mail_out: outbox}
people:
  otto: {email: otto@example.org, roles: [operator]}
  anna: {email: anna@example.org, roles: [clerk]}
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


def services(config: Config, store: Store) -> Services:
    config.var.mkdir(exist_ok=True)
    archive = DocumentArchive(config.archive_path, clock=store.clock)
    return Services(config, clock=store.clock, store=store, archive=archive, sinks=False)


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
    watch = Watch(services(config, store))
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
    Watch(services(config, store)).step()
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


def letters(store: Store) -> list[tuple[str, str]]:
    """To whom and under which subject operators were written to, in order."""
    with store.read() as tx:
        return [(*each.request["to"], each.request["subject"]) for each in store.effects.list(tx)]


def quarantine(store: Store, *names: str, reason_code: str = "no_route") -> None:
    with store.write() as tx:
        for each in names:
            event = Event(id=each, source=SCANNER, type="document.received")
            store.inbox.accept(
                tx, event, raw_hash=each, state="quarantined", reason_code=reason_code, reason="No route takes it."
            )


def test_many_events_stopped_for_one_reason_are_one_letter_to_the_operators(
    config: Config, store: Store, clock: FakeClock
) -> None:
    watch = Watch(services(config, store))
    quarantine(store, *(str(number) for number in range(50)))
    watch.step()
    for number in range(50, 60):
        quarantine(store, str(number))
        clock.advance(minutes=1)
        watch.step()

    assert letters(store) == [("otto@example.org", "Needs you: Events in quarantine (no_route)")]


def test_another_reason_is_another_letter(config: Config, store: Store, clock: FakeClock) -> None:
    watch = Watch(services(config, store))
    quarantine(store, "1")
    watch.step()
    quarantine(store, "2", reason_code="too_many_attempts")
    watch.step()

    assert [subject for _, subject in letters(store)] == [
        "Needs you: Events in quarantine (no_route)",
        "Needs you: Events in quarantine (too_many_attempts)",
    ]


def test_a_trouble_that_lasts_is_told_once_a_day_and_its_end_once(
    config: Config, store: Store, clock: FakeClock
) -> None:
    watch = Watch(services(config, store))
    watch.step()  # the shop is watched from here on, and silent from the next day on
    for _ in range(3 * 24 + 1):
        clock.advance(hours=1)
        watch.step()
    with store.write() as tx:
        event = Event(id="1", source="/kontorist/webhook/shop", type="document.received")
        store.inbox.accept(tx, event, raw_hash="1")
    for _ in range(30):
        clock.advance(minutes=1)
        watch.step()

    wrong, over = "Needs you: Nothing comes any more (shop)", "Over: Nothing comes any more (shop)"
    assert [subject for _, subject in letters(store)] == [wrong, wrong, wrong, over]


def test_a_source_that_fails_for_a_moment_is_no_news(config: Config, store: Store, clock: FakeClock) -> None:
    watch = Watch(services(config, store))
    outcomes: list[int | Exception] = [TransientError("The share is away."), 0, TransientError("The share is away.")]
    watched = Watched(SCANNER, store, poll(outcomes))
    for step in (9, 0, 11):
        try:
            watched()
        except TransientError:
            clock.advance(minutes=step)
        watch.step()

    assert [subject for _, subject in letters(store)] == ["Needs you: A source cannot be read (scanner)"]


def test_a_part_that_does_not_last_and_a_disk_that_fills_are_told(
    config: Config, store: Store, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching.shutil, "disk_usage", lambda folder: SimpleNamespace(free=2 * 1024**3 - 1))
    watch = Watch(services(config, store))
    worker = {"name": "worker", "state": "running", "restarts": 5, "since": clock.now().isoformat()}
    notice = {"receiver": "http://127.0.0.1:1", "prefect": {"port": 1}, "parts": [worker]}
    with instance_lock(config.var):
        publish(config.var, notice)
        watch.step()

    with store.read() as tx:
        (letter,) = store.effects.list(tx)
    assert "Little room on the disk (var)" in letter.request["text"]
    assert "A part does not run (worker)" in letter.request["text"]
    assert "Its log is var/log/worker.log." in letter.request["text"]


def ended(store: Store, kind: str, state: str, *keys: str) -> None:
    """Payments that were begun and ended in `state`."""
    with store.write() as tx:
        for key in keys:
            store.effects.plan(tx, key=key, kind=kind, request={})
            begun = store.effects.begin(tx, store.effects.get(tx, key), 60.0)
            {"unknown": store.effects.unknown, "failed": store.effects.failed}[state](tx, begun, "KON-120", "The bank.")


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("unknown", "Effects whose outcome nobody knows (payment_file): 2, since"),
        ("failed", "Effects that were not carried out (payment_file): 2, since"),
    ],
)
def test_effects_that_wait_for_a_person_are_told_once_by_their_kind(
    config: Config, store: Store, clock: FakeClock, state: str, said: str
) -> None:
    watch = Watch(services(config, store))
    ended(store, "payment_file", state, "pay/1", "pay/2")
    watch.step()
    ended(store, "payment_file", state, "pay/3")
    clock.advance(minutes=1)
    watch.step()

    with store.read() as tx:
        told = [each.request["text"] for each in store.effects.list(tx, states=["planned"])]
    assert len(told) == 1
    assert said in told[0]


def test_effects_that_nobody_carries_out_any_more_are_told_after_the_flows_had_time_to_be_loaded(
    config: Config, store: Store, clock: FakeClock
) -> None:
    """The flow that ordered the first was taken out of config.yaml; that of the second is there."""
    archive = DocumentArchive(config.archive_path, clock=clock)
    office = Services(config, clock=clock, store=store, archive=archive)
    for kind in ("mail", "payment_file"):
        office.effects.register(EffectHandler(kind=kind, act=never, on_uncertain="ask"))
    with store.write() as tx:
        for kind in ("erp_record", "payment_file"):
            store.effects.plan(tx, key=f"{kind}/1", kind=kind, request={})
    watch = Watch(office)
    for minutes in (0, 9, 1, 1):
        clock.advance(minutes=minutes)
        watch.step()

    with store.read() as tx:
        told = store.effects.list(tx)[-1].request
        (alert,) = store.alerts.all(tx).values()
    assert told["subject"] == "Needs you: Effects that nobody carries out (erp_record)"
    assert "Check that the connector it needs, and the flow that orders it, are still in config.yaml." in told["text"]
    assert (alert.trouble.cause, alert.trouble.count) == ("passed_over_effect/erp_record", 1)


def never(request: Mapping[str, Any], key: str) -> Receipt:
    raise AssertionError("nothing is carried out here")


@pytest.mark.parametrize(("other_disk", "names"), [(False, ["var"]), (True, ["var", "archive"])])
def test_each_disk_that_fills_is_told_below_the_limit_of_the_configuration(
    tmp_path: Path, store: Store, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, other_disk: bool, names: list[str]
) -> None:
    (tmp_path / "config.yaml").write_text(OFFICE + "engine: {low_disk: 3GiB}\n")
    config = load(tmp_path, environment={}, need_secrets=False)
    config.archive_path.mkdir(parents=True)
    monkeypatch.setattr(watching.shutil, "disk_usage", lambda folder: SimpleNamespace(free=3 * 1024**3 - 1))
    monkeypatch.setattr(watching, "_disk", lambda folder: folder.name if other_disk else "the one")
    Watch(services(config, store)).step()

    with store.read() as tx:
        (alert,) = store.effects.list(tx)
        causes = store.alerts.all(tx)
    assert list(causes) == [f"disk_low/{name}" for name in names]
    assert "3.2 GB are free." in alert.request["text"]


def test_who_can_decide_about_a_held_event_is_written_to(config: Config, store: Store, clock: FakeClock) -> None:
    for content in ("one", "other"):
        event = Event(id="1", source="/kontorist/webhook/shop", type="order.created", data={"content": content})
        with store.write() as tx:
            accept(store, tx, Arrival(event=event, raw_hash=content, on_conflict="hold"))
    Watch(services(config, store)).step()

    assert ("anna@example.org", "Decide: Two contents of one message from shop") in letters(store)


def test_a_look_that_finds_nothing_new_writes_nothing(
    config: Config, store: Store, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = Watch(services(config, store))
    quarantine(store, "1")
    watch.step()
    monkeypatch.setattr(store, "write", lambda: pytest.fail("a look each 15 s must not wait for the disk"))
    clock.advance(minutes=1)
    watch.step()
