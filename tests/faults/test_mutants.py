"""Wrong ways to keep the promises: each must be noticed by the check that the right way passes.

They stay here for good, because a check that notices nothing looks just like a check that is satisfied. Wrong ways to
carry out an effect are in tests/store/test_store_mutants.py, a database that does not wait for the disk is in
test_ledger_kills.py. Histories are drawn from a seed that stands in every message; KONTORIST_FAULT_SEED repeats one.
"""

from __future__ import annotations

import json
import os
import random
import re
import secrets as strong
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import Update, bindparam, update

from connectors.mail.message import Mail
from connectors.mail.smtp import Settings as SmtpSettings
from connectors.mail.smtp import SmtpServer
from connectors.registry import ConnectorContext
from connectors.webhook.standard import Settings, StandardWebhook
from kontorist.domain import approvals
from kontorist.domain.approvals import Actor, Decision, Verdict, WorkItem, progress
from kontorist.domain.errors import KontoristError, LeaseLost
from kontorist.domain.events import Event, content_hash
from kontorist.domain.ids import PersonKey, WorkItemId
from kontorist.domain.ports import SignatureRefused, UnreadableBody
from kontorist.engine.children import environment_for_children
from kontorist.store import inbox as inbox_module
from kontorist.store import tables
from kontorist.store.database import Store
from kontorist.testing.fakes import FakeClock, secrets
from kontorist.testing.twins.smtp import Fault, MailServer
from kontorist.testing.twins.webhook_sender import WebhookSender, new_secret

SEED: Final = int(os.environ.get("KONTORIST_FAULT_SEED") or strong.randbelow(1_000_000))
SAID: Final = rf"seed {SEED}\b"  #: what every red check says


@pytest.fixture
def chance() -> random.Random:
    return random.Random(SEED)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("mutants") / "empty.db"
    Store.open(f"sqlite:///{file}").close()
    return file


@pytest.fixture
def database(empty: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(empty, tmp_path / "kontorist.db"))


def opened(database: Path) -> Store:
    return Store.open(f"sqlite:///{database}", clock=FakeClock(), boot="monday")


# An event sent twice is one event ------------------------------------------------------------------------------------


def repeats_are_swallowed(database: Path, chance: random.Random) -> None:
    """A hundred events, one in five of them sent again at some later moment."""
    sent = [str(number) for number in range(100)]
    sent += chance.sample(sent, 20)
    with opened(database) as store:
        for each in chance.sample(sent, len(sent)):
            event = Event(id=each, source="/kontorist/webhook/shop", type="order.created")
            with store.write() as tx:
                store.inbox.accept(tx, event, raw_hash=each)
        with store.read() as tx:
            stored = sum(store.inbox.counts(tx).values())
    assert stored == 100, f"seed {SEED}: {stored} events are stored and 100 were sent"


def drop_the_index_against_repeats(database: Path) -> None:
    """A table of the inbox as before, without anything unique in it but its number."""
    with closing(sqlite3.connect(database, isolation_level=None)) as books:
        made = books.execute("SELECT sql FROM sqlite_master WHERE name = 'inbox' AND type = 'table'").fetchone()[0]
        loose = re.sub(r",?\s*(CONSTRAINT \w+ )?UNIQUE( \([^)]*\))?", "", made)
        books.executescript(f"PRAGMA foreign_keys = OFF; DROP TABLE inbox; {loose};")


def test_repeats_are_swallowed(database: Path, chance: random.Random) -> None:
    repeats_are_swallowed(database, chance)


def test_an_inbox_without_its_unique_index_is_noticed(database: Path, chance: random.Random) -> None:
    drop_the_index_against_repeats(database)

    with pytest.raises(AssertionError, match=SAID):
        repeats_are_swallowed(database, chance)


# Who was overtaken writes nothing ------------------------------------------------------------------------------------


def the_overtaken_write_nothing(store: Store, chance: random.Random) -> None:
    """Two workers share one event, the first of them sleeps through its lease; then it ends in one of three ways."""
    clock, inbox = store.clock, store.inbox
    assert isinstance(clock, FakeClock)
    for number in range(12):
        with store.write() as tx:
            inbox.accept(tx, Event(id=str(number), source="/x", type="order.created"), raw_hash="x")
            [asleep] = inbox.claim(tx, owner="first", now=clock.now(), limit=1)
        clock.advance(seconds=16)
        with store.write() as tx:
            inbox.expired(tx, clock.now())
            [awake] = inbox.claim(tx, owner="second", now=clock.now(), limit=1)
        ends: list[Callable[[Any], None]] = [
            lambda tx, late=asleep: inbox.done(tx, late, {"by": "first"}),
            lambda tx, late=asleep: inbox.quarantine(tx, late, "wrong", "Wrong."),
            lambda tx, late=asleep: inbox.retry(tx, late, clock.now(), "wrong", "Wrong."),
        ]
        with suppress(LeaseLost), store.write() as tx:
            chance.choice(ends)(tx)
        with suppress(LeaseLost), store.write() as tx:
            inbox.done(tx, awake, {"by": "second"})
        with store.read() as tx:
            row = inbox.get(tx, awake.event_id)
        assert row.outcome == {"by": "second"}, f"seed {SEED}: event {number} is {row.state}, {row.outcome}"


def held_by_anybody() -> Update:
    """The change to a claimed event, whoever holds it: the fence that is named is looked at by nobody."""
    known = tables.inbox.c
    return update(tables.inbox).where(
        known.id == bindparam("this"), known.state == "claimed", bindparam("its_fence").is_not(None)
    )


def test_the_overtaken_write_nothing(database: Path, chance: random.Random) -> None:
    with opened(database) as store:
        the_overtaken_write_nothing(store, chance)


def test_an_inbox_without_its_fence_is_noticed(
    database: Path, chance: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_module, "_CHANGE_HELD", held_by_anybody())

    with opened(database) as store, pytest.raises(AssertionError, match=SAID):
        the_overtaken_write_nothing(store, chance)


# A mail whose answer is lost is not sent again by itself --------------------------------------------------------------


class YagmailsOwnRetry(SmtpServer):
    """As if the library's `send` were used: it logs in and sends again by itself."""

    def _send(self, connection: Any, mail: Mail) -> None:
        self._client._attempt_send(list(mail.recipients), mail.content)


def nothing_is_sent_again_by_itself(kind: type[SmtpServer], folder: Path, chance: random.Random) -> None:
    faults = [Fault.DROP_AFTER_DATA, Fault.DROP_IN_DATA, Fault.DROP_BEFORE_DATA]
    context = ConnectorContext(root=folder, secret=secrets(), clock=FakeClock())
    notice = {"to": ["anna@example.org"], "subject": "Freigabe", "text": "Guten Tag"}
    with MailServer() as server:
        raw = {"host": "127.0.0.1", "port": server.port, "tls": "none", "sender": "Office <office@example.org>"}
        for number, fault in enumerate(chance.sample(faults, len(faults))):
            server.faults[:] = [fault]
            before = len(server.accepted)
            sink = kind("mail_out", SmtpSettings.model_validate(raw), context)
            with suppress(KontoristError):
                sink.apply(notice, f"notice/{number}")
            sink.close()
            copies = len(server.accepted) - before
            wanted = int(fault is Fault.DROP_AFTER_DATA)
            assert copies == wanted, f"seed {SEED}: {copies} copies after {fault}, {wanted} by our own doing"


def test_nothing_is_sent_again_by_itself(tmp_path: Path, chance: random.Random) -> None:
    nothing_is_sent_again_by_itself(SmtpServer, tmp_path, chance)


def test_the_librarys_own_retry_is_noticed(
    tmp_path: Path, chance: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("yagmail.sender.time.sleep", lambda seconds: None)

    with pytest.raises(AssertionError, match=SAID):
        nothing_is_sent_again_by_itself(YagmailsOwnRetry, tmp_path, chance)


# What was signed are these bytes -------------------------------------------------------------------------------------


class SignatureOnTheMeaning(StandardWebhook):
    """Reads the JSON first, writes it anew and verifies that."""

    def _verify(self, raw_body: bytes, identity: str, stamp: str, signatures: str, now: datetime) -> None:
        with suppress(ValueError):
            raw_body = json.dumps(json.loads(raw_body), separators=(",", ":")).encode()
        super()._verify(raw_body, identity, stamp, signatures, now)


def other_bytes_are_refused(kind: type[StandardWebhook], chance: random.Random) -> None:
    """Signed is one writing of an order; sent is another of the same or of another meaning."""
    secret, now = new_secret(), datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    webhook = kind("shop", Settings.model_validate({"key": secret, "emits": ["order.created"]}))
    order = {"type": "order.created", "data": {"number": chance.randint(1, 999), "gross": "119.00"}}
    signed = json.dumps(order, separators=(",", ":")).encode()
    delivery = WebhookSender((secret,)).deliver(signed, identity="o1", now=now)
    assert webhook.parse(signed, delivery.headers, now)[0].id == "o1"
    others = [json.dumps(order).encode(), signed + b"\n", signed.replace(b'"gross":', b'"gross":"1.00","gross":')]
    for other in chance.sample(others, len(others)):
        try:
            with suppress(UnreadableBody):  # it may still be kept for a person: taken for signed it is
                webhook.parse(other, delivery.headers, now)
        except SignatureRefused:
            continue
        raise AssertionError(f"seed {SEED}: {other!r} was taken under the signature of {signed!r}")


def test_other_bytes_are_refused(chance: random.Random) -> None:
    other_bytes_are_refused(StandardWebhook, chance)


def test_a_signature_over_rewritten_json_is_noticed(chance: random.Random) -> None:
    with pytest.raises(AssertionError, match=SAID):
        other_bytes_are_refused(SignatureOnTheMeaning, chance)


# What was agreed to is what was shown ---------------------------------------------------------------------------------

NOW: Final = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
PEOPLE: Final = {PersonKey(key): Actor(person=PersonKey(key), roles=frozenset({"approver"})) for key in ("anna", "jo")}


def a_change_voids_what_was_agreed(chance: random.Random) -> None:
    """Somebody agrees to an amount, and the amount changes under the same version."""
    for number in range(20):
        shown, real = (f"{chance.randint(1, 10**6)}.00" for _ in range(2))
        item = WorkItem(
            id=WorkItemId(f"W{number}"), kind="invoice", subject="D1", title="Invoice", reasons=(), codes=(),
            content={"gross": real}, content_hash=content_hash({"gross": real}), created=NOW,
        )  # fmt: skip
        said = Decision(
            item=item.id, version=item.version, content_hash=content_hash({"gross": shown}),
            person=chance.choice(list(PEOPLE)), verdict=Verdict.APPROVE, time=item.created,
        )  # fmt: skip
        assert not progress(item, [said], PEOPLE).complete, f"seed {SEED}: {shown} was agreed to and {real} goes on"
        assert progress(item, [replace(said, content_hash=item.content_hash)], PEOPLE).complete


def said_about_the_version(item: WorkItem, decisions: Sequence[Decision]) -> list[Decision]:
    return [each for each in decisions if (each.item, each.version) == (item.id, item.version)]


def test_a_change_voids_what_was_agreed(chance: random.Random) -> None:
    a_change_voids_what_was_agreed(chance)


def test_an_approval_that_is_not_bound_to_the_content_is_noticed(
    chance: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(approvals, "valid_decisions", said_about_the_version)

    with pytest.raises(AssertionError, match=SAID):
        a_change_voids_what_was_agreed(chance)


# A file that kills its reader kills nobody else -----------------------------------------------------------------------

READER: Final = """\
import os
def read(content):
    if content == b"hostile":
        os.abort()
    return content.decode()
"""
#: A service that reads files one after the other, in children or, wrongly, itself.
SERVICE: Final = """\
import sys
from hostile_reader import read
from kontorist.sandbox import Outcome, Pool

class ReadsItself:
    def call(self, function, content):
        return Outcome(value=read(content))
    def close(self):
        pass

pool = Pool(readers="hostile_reader") if sys.argv[1] == "in a child" else ReadsItself()
for file in sys.argv[2:]:
    outcome = pool.call("hostile_reader:read", file.encode())
    print(outcome.value or outcome.refused.code, flush=True)
pool.close()
"""


def the_neighbours_are_read(where: str, folder: Path, chance: random.Random) -> None:
    (folder / "hostile_reader.py").write_text(READER, encoding="ascii")
    files = chance.sample(["hostile", "one", "two"], 3)
    environment = environment_for_children() | {"PYTHONPATH": os.pathsep.join([str(folder), *sys.path])}
    done = subprocess.run(
        [sys.executable, "-c", SERVICE, where, *files], env=environment, capture_output=True, text=True, timeout=60
    )
    wanted = ["parser_died" if file == "hostile" else file for file in files]
    assert done.stdout.split() == wanted, (
        f"seed {SEED}: of {files} came {done.stdout.split()}; it ended {done.returncode}: {done.stderr[-600:]}"
    )


def test_the_neighbours_of_a_hostile_file_are_read(tmp_path: Path, chance: random.Random) -> None:
    the_neighbours_are_read("in a child", tmp_path, chance)


def test_reading_in_the_parent_is_noticed(tmp_path: Path, chance: random.Random) -> None:
    with pytest.raises(AssertionError, match=rf"{SAID}.*it ended -{signal.SIGABRT}"):
        the_neighbours_are_read("in the parent", tmp_path, chance)
