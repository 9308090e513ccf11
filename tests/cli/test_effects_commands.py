"""kontorist effects: list, settle. A person says what became of something, and only one who may."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kontorist.config import load
from kontorist.domain.ids import SYSTEM, EventId
from kontorist.store.database import Store
from kontorist.store.effect_ledger import Effect
from tests.cli.conftest import COMPANY, Kontorist

WHY = ("--reason", "it is in the sent folder")


@pytest.fixture
def books(company: Path) -> Iterator[Store]:
    more = "  petra: {login: petra, roles: [payroll]}\n  otto: {login: otto, roles: [operator]}\nconnectors:"
    (company / "config.yaml").write_text(COMPANY.replace("connectors:", more), encoding="utf-8")
    with Store.open(load(company).database_url) as store:
        yield store


def stands(books: Store, key: str, kind: str, state: str = "unknown", cause: EventId | None = None) -> str:
    """An effect of `kind` that was interrupted, or refused, or has not begun."""
    with books.write() as tx:
        books.effects.plan(tx, key=key, kind=kind, request={"text": "Dear Ms Muster"}, cause=cause)
        known = books.effects.get(tx, key)
        if state != "planned":
            known = books.effects.begin(tx, known, 60.0)
        if state == "unknown":
            books.effects.unknown(tx, known, "KON-120", "The line broke.")
        elif state == "failed":
            books.effects.failed(tx, known, "refused", "There is no such address.")
    return key


def row(books: Store, key: str) -> Effect:
    with books.read() as tx:
        return books.effects.get(tx, key)


def test_what_waits_is_listed_with_who_may_decide_and_without_its_content(kontorist: Kontorist, books: Store) -> None:
    stands(books, "payslip/1", "payslip")
    stands(books, "mail/1", "mail", "planned")

    said, shown = kontorist("effects", "list", "--json"), kontorist("effects", "list").stdout

    found = {each["key"]: (each["state"], each["decided_by"]) for each in said.json["effects"]}
    assert found == {"payslip/1": ("unknown", ["payroll"]), "mail/1": ("planned", [])}
    assert "The line broke." in shown
    assert "Dear Ms Muster" not in said.stdout + shown


def test_effects_are_listed_by_state(kontorist: Kontorist, books: Store) -> None:
    stands(books, "mail/1", "mail")

    assert kontorist("effects", "list", "--state", "done").stderr == "Nothing waits to go out.\n"
    assert kontorist("effects", "list", "--state", "sent").code == 2


def test_status_names_what_nobody_knows_and_the_way_out(kontorist: Kontorist, books: Store) -> None:
    stands(books, "mail/1", "mail")

    assert "mail/1 (`kontorist effects settle`)" in kontorist("status").stdout
    assert kontorist("status", "--exit-code").code == 4
    kontorist("effects", "settle", "mail/1", "--done", *WHY)
    assert kontorist("status", "--exit-code").code == 0


@pytest.mark.parametrize("state", ["unknown", "failed"])
def test_what_a_person_has_looked_up_is_done_and_nothing_is_sent(
    kontorist: Kontorist, books: Store, state: str
) -> None:
    stands(books, "mail/1", "mail", state)

    said = kontorist("effects", "settle", "mail/1", "--done", *WHY, "--json")

    assert (said.code, said.json["state"]) == (0, "done")
    receipt = row(books, "mail/1").receipt
    assert receipt is not None
    assert receipt.facts == {"by": "anna", "reason": "it is in the sent folder"}


def test_what_is_not_there_is_done_again_and_the_story_of_its_event_says_who_wanted_it(
    kontorist: Kontorist, books: Store
) -> None:
    assert kontorist("events", "emit", "order.created", "--data", str(an_order(books))).code == 0
    with books.read() as tx:
        [event] = books.inbox.list(tx)
    stands(books, "mail/1", "mail", cause=event.id)

    said = kontorist("effects", "settle", "mail/1", "--again", "--reason", "it never came")

    assert (said.code, said.stdout) == (0, "mail/1  planned\n")
    assert row(books, "mail/1").attempts == 0
    story = kontorist("audit", "show", event.id, "--json").json["lines"]
    [line] = [each for each in story if each["what"] == "ordered again"]
    assert (line["who"], line["facts"]["reason"]) == ("anna", "it never came")


def test_after_a_restore_somebody_says_that_all_is_caught_up_with(kontorist: Kontorist, books: Store) -> None:
    with books.write() as tx:
        books.audit.note(tx, actor=SYSTEM, verb="restored", subject="installation", at=books.clock.now())
    before = kontorist("status").stdout

    answers = [kontorist("effects", "caught-up", *given, user="otto").code for given in ((), WHY, WHY)]

    assert "kontorist effects caught-up" in before
    assert answers == [2, 0, 1]
    assert "kontorist effects caught-up" not in kontorist("status").stdout


def an_order(books: Store) -> Path:
    file = books.file.parent / "order.json"
    file.write_text("{}")
    return file


@pytest.mark.parametrize(
    ("kind", "person", "may"),
    [
        ("mail", "anna", True),
        ("mail", "otto", True),
        ("mail", "petra", False),
        ("payslip", "petra", True),
        ("payslip", "anna", False),
        ("payslip", "joost", False),
        ("payment_file", "joost", True),
        ("payment_file", "anna", False),
        ("payment_file", "otto", False),
    ],
)
def test_each_kind_is_decided_by_who_has_the_role(
    kontorist: Kontorist, books: Store, kind: str, person: str, may: bool
) -> None:
    key = stands(books, f"{kind}/1", kind)

    said = kontorist("effects", "settle", key, "--done", *WHY, user=person)

    assert (said.code, row(books, key).state) == ((0, "done") if may else (1, "unknown"))
    assert may or said.stderr.startswith(f"KON-101: {person} may not decide about a {kind}")


def test_what_goes_on_by_itself_needs_no_decision(kontorist: Kontorist, books: Store) -> None:
    stands(books, "mail/1", "mail", "planned")

    said = kontorist("effects", "settle", "mail/1", "--done", *WHY)

    assert (said.code, row(books, "mail/1").state) == (1, "planned")
    assert said.stderr.startswith("KON-167: mail mail/1 is planned")


@pytest.mark.parametrize("words", [WHY, ("--done", "--again", *WHY), ("--done",), ("--done", "--reason", " ")])
def test_a_decision_that_is_not_clear_is_wrong_usage(
    kontorist: Kontorist, books: Store, words: tuple[str, ...]
) -> None:
    assert kontorist("effects", "settle", "mail/1", *words).code == 2
