"""kontorist events replay: what was quarantined, or is wanted once more, is worked on again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kontorist.config import load
from kontorist.domain.events import Event
from kontorist.domain.ids import EventId
from kontorist.store.database import Store
from tests.cli.conftest import COMPANY, Kontorist

WHY = ("--reason", "the mail server is back")


@pytest.fixture
def books(company: Path) -> Iterator[Store]:
    auditor = "  olga: {login: olga, roles: [auditor]}\nconnectors:"
    (company / "config.yaml").write_text(COMPANY.replace("connectors:", auditor), encoding="utf-8")
    with Store.open(load(company).database_url) as store:
        yield store


def arrived(books: Store, number: int, state: str = "quarantined") -> EventId:
    """An event that was worked on and ended in `state`."""
    event = Event(id=str(number), source="/kontorist/webhook/shop", type="order.created")
    with books.write() as tx:
        books.inbox.accept(tx, event, raw_hash=str(number))
    with books.write() as tx:
        [claim] = books.inbox.claim(tx, owner="worker", now=books.clock.now(), limit=1)
        if state == "quarantined":
            books.inbox.quarantine(tx, claim, "too_many_attempts", "Tried 4 times.")
        elif state == "done":
            books.inbox.done(tx, claim, {})
    return claim.event_id


def state_of(books: Store, event: EventId) -> str:
    with books.read() as tx:
        return books.inbox.get(tx, event).state


def test_a_quarantined_event_is_worked_on_again_and_the_audit_trail_says_who_wanted_it(
    kontorist: Kontorist, books: Store
) -> None:
    event = arrived(books, 1)

    said = kontorist("events", "replay", event, *WHY)

    assert said.code == 0
    assert "is worked on again" in said.stdout
    assert state_of(books, event) == "retry"
    story = kontorist("audit", "show", event, "--json").json
    [line] = [each for each in story["lines"] if each["what"] == "replayed"]
    assert (line["who"], line["facts"]["reason"]) == ("anna", "the mail server is back")


def test_the_whole_quarantine_is_replayed_in_order_and_nothing_else(kontorist: Kontorist, books: Store) -> None:
    first, done, last = arrived(books, 1), arrived(books, 2, "done"), arrived(books, 3)

    said = kontorist("events", "replay", "--state", "quarantined", "--since", "2000-01-01", *WHY, "--json")

    assert [each["event"] for each in said.json["events"]] == [first, last]
    assert [state_of(books, event) for event in (first, done, last)] == ["retry", "done", "retry"]
    assert kontorist("events", "replay", "--state", "quarantined", *WHY).stderr == "There is no such event.\n"


def test_the_days_before_are_left_alone(kontorist: Kontorist, books: Store) -> None:
    event = arrived(books, 1)

    kontorist("events", "replay", "--state", "quarantined", "--since", "2999-01-01", *WHY)

    assert state_of(books, event) == "quarantined"


def test_a_dry_run_only_says_which_ones(kontorist: Kontorist, books: Store) -> None:
    event = arrived(books, 1)

    said = kontorist("events", "replay", event, *WHY, "--dry-run")

    assert "would be worked on again" in said.stdout
    assert state_of(books, event) == "quarantined"


def test_what_never_arrived_complete_has_to_be_sent_again(kontorist: Kontorist, books: Store) -> None:
    event = Event(id="1", source="/kontorist/webhook/shop", type="order.created")
    with books.write() as tx:
        held = books.inbox.accept(
            tx, event, raw_hash="1", state="quarantined", reason_code="unreadable_body", reason="It is no JSON."
        )

    said = kontorist("events", "replay", held.id, *WHY)

    assert (said.code, state_of(books, held.id)) == (1, "quarantined")
    assert "the sender has to send it again" in said.stdout


def test_which_of_two_contents_under_one_id_holds_is_decided_on_the_worklist(
    kontorist: Kontorist, books: Store
) -> None:
    event = Event(id="1#other", source="/kontorist/webhook/shop", type="order.created", causationid="1")
    with books.write() as tx:
        held = books.inbox.accept(
            tx, event, raw_hash="1", state="quarantined", reason_code="conflicting_body", reason="A known id."
        )

    assert kontorist("events", "replay", held.id, "--reason", "the shop corrected it").code == 1
    assert state_of(books, held.id) == "quarantined"


def test_what_waits_already_is_not_asked_for_again(kontorist: Kontorist, books: Store) -> None:
    event = Event(id="1", source="/kontorist/webhook/shop", type="order.created")
    with books.write() as tx:
        waiting = books.inbox.accept(tx, event, raw_hash="1")

    said = kontorist("events", "replay", waiting.id, *WHY, "--json")

    assert said.code == 1
    assert said.json["events"][0]["why_not"].startswith("It waits or is being worked on")


def test_with_one_wrong_id_nothing_is_replayed(kontorist: Kontorist, books: Store) -> None:
    event = arrived(books, 1)

    said = kontorist("events", "replay", event, "E404", *WHY)

    assert (said.code, state_of(books, event)) == (1, "quarantined")
    assert said.stderr.startswith("KON-165: There is no event E404.")


def test_an_auditor_only_looks(kontorist: Kontorist, books: Store) -> None:
    event = arrived(books, 1)

    said = kontorist("events", "replay", event, *WHY, user="olga")

    assert (said.code, state_of(books, event)) == (1, "quarantined")
    assert said.stderr.startswith("KON-101: ")


@pytest.mark.parametrize(
    "words",
    [
        ("E1",),
        ("E1", "--reason", "  "),
        (*WHY,),
        ("E1", "--state", "done", *WHY),
        ("--state", "new", *WHY),
    ],
)
def test_what_is_not_clear_is_wrong_usage(kontorist: Kontorist, books: Store, words: tuple[str, ...]) -> None:
    assert kontorist("events", "replay", *words).code == 2
