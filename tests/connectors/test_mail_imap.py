"""Mail in, from a real Dovecot over TLS."""

from __future__ import annotations

import contextlib
import hashlib
import imaplib
import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from connectors.mail.folder_names import modified_utf7, quoted
from connectors.mail.imap import ImapMailbox, MailFolderRefused, MovingNotPossible, Settings
from connectors.mail.imap_answers import Listed
from connectors.mail.tls import ServerNotTrusted
from connectors.registry import ConnectorContext, build
from kontorist.domain.errors import AuthError, KontoristError, TransientError
from kontorist.domain.events import Event
from kontorist.domain.ports import Batch, EventSource
from kontorist.testing.fakes import FakeClock, secrets, sentences
from kontorist.testing.systems.dovecot import PASSWORD, USER, Dovecot, started
from kontorist.testing.twins.certificates import Certificates

pytestmark = pytest.mark.systems("dovecot", install="apt-get install dovecot-imapd")

_numbers = itertools.count(1)


@dataclass(frozen=True, kw_only=True)
class Mailbox:
    """A folder of its own on the server that all examples share, and the folder for what is done."""

    server: Dovecot
    folder: str
    done: str
    context: ConnectorContext
    opened: list[ImapMailbox] = field(default_factory=list)

    def connector(self, **settings: Any) -> ImapMailbox:
        given = {
            "host": "127.0.0.1",
            "port": self.server.port,
            "ca_file": self.server.ca_file,
            "user": USER,
            "password": {"secret": "imap"},
            "folder": self.folder,
            "done_folder": self.done,
        }
        wanted = {key: value for key, value in (given | settings).items() if value is not None}
        connector = build("mail/imap", "invoices", wanted, self.context)
        assert isinstance(connector, ImapMailbox)
        self.opened.append(connector)
        return connector

    def receives(self, *mails: bytes) -> None:
        for mail in mails:
            self.server.deliver(mail, f"{next(_numbers):08}.example", f".{modified_utf7(self.folder)}")


def mail(subject: str, *, body: str = "Anbei die Rechnung.", message_id: str = "same@example.net") -> bytes:
    text = f"From: billing@example.net\nMessage-ID: <{message_id}>\nSubject: {subject}\n\n{body}\n"
    return text.encode()


@pytest.fixture(scope="module")
def server(certificates: Certificates) -> Iterator[Dovecot]:
    with started(certificates) as server:
        yield server


@contextlib.contextmanager
def mailbox_on(server: Dovecot, tmp_path: Path) -> Iterator[Mailbox]:
    number = next(_numbers)
    context = ConnectorContext(root=tmp_path, secret=secrets(imap=PASSWORD), clock=FakeClock())
    mailbox = Mailbox(server=server, folder=f"In{number}", done=f"Entwürfe & Müller {number}", context=context)
    server.create(mailbox.folder, mailbox.done)
    yield mailbox
    for connector in mailbox.opened:
        connector.close()


@pytest.fixture
def mailbox(server: Dovecot, tmp_path: Path) -> Iterator[Mailbox]:
    with mailbox_on(server, tmp_path) as mailbox:
        yield mailbox


@pytest.fixture
def source(mailbox: Mailbox) -> ImapMailbox:
    return mailbox.connector()


def subjects(batch: Batch) -> list[str]:
    return [json.loads(json.dumps(event.data["header"])).split("Subject: ")[1] for event in batch.events]


def read_all(source: ImapMailbox, at_once: int = 100) -> list[Event]:
    """As the intake does, without moving anything: until the source says that there is no more."""
    events: list[Event] = []
    cursor = None
    while True:
        batch = source.read(cursor, at_once)
        events += batch.events
        cursor = json.loads(json.dumps(batch.next_cursor))
        if not batch.more:
            return events


# --- reading


def test_a_mail_becomes_one_event_with_the_mail_as_it_came(mailbox: Mailbox, source: ImapMailbox) -> None:
    mailbox.receives(mail("Rechnung 2026-117"))

    (event,) = source.read(None, 10).events

    (blob,) = event.blobs
    content = blob.open().read()
    assert content == mail("Rechnung 2026-117").replace(b"\n", b"\r\n")
    assert event.id == hashlib.sha256(content).hexdigest()
    assert (event.type, event.source) == ("document.received", "/kontorist/mail/invoices")
    assert blob.media_type == "message/rfc822"
    assert event.data["size"] == len(content)
    assert event.data["header"].endswith("Subject: Rechnung 2026-117")
    assert event.position
    assert event.time
    assert event.time.tzinfo
    assert isinstance(source, EventSource)


def test_reading_marks_and_moves_nothing(mailbox: Mailbox, source: ImapMailbox) -> None:
    mailbox.receives(mail("eins"), mail("zwei"))

    first, second = source.read(None, 10), source.read(None, 10)

    assert [each.id for each in first.events] == [each.id for each in second.events]
    assert mailbox.server.flags_in(mailbox.folder) == ["", ""]
    assert mailbox.server.mails_in(mailbox.done) == []


def test_a_stored_mail_is_moved_and_that_may_be_repeated(mailbox: Mailbox, source: ImapMailbox) -> None:
    mailbox.receives(mail("eins"), mail("zwei"))
    first, _ = source.read(None, 10).events

    source.ack(first)
    source.ack(first)

    assert [b"eins" in each for each in mailbox.server.mails_in(mailbox.done)] == [True]
    assert [b"zwei" in each for each in mailbox.server.mails_in(mailbox.folder)] == [True]


def test_the_cursor_goes_on_where_it_stopped_and_the_last_mail_is_not_given_again(mailbox: Mailbox) -> None:
    source = mailbox.connector(done_folder=None)
    mailbox.receives(mail("eins"), mail("zwei"))
    batch = source.read(None, 10)
    assert sorted(batch.next_cursor or ()) == ["uid", "uidvalidity"]

    assert source.read(batch.next_cursor, 10) == Batch(events=[], refused=[], next_cursor=batch.next_cursor)
    mailbox.receives(mail("drei"))

    assert subjects(source.read(batch.next_cursor, 10)) == ["drei"]


@pytest.mark.parametrize(
    "cursor", [{"uid": 1}, {"uidvalidity": 1, "uid": 5}, {"after": "x"}, {"uidvalidity": "a", "uid": None}]
)
def test_a_foreign_cursor_means_the_beginning(mailbox: Mailbox, source: ImapMailbox, cursor: dict[str, Any]) -> None:
    mailbox.receives(mail("eins"))

    assert subjects(source.read(cursor, 10)) == ["eins"]


def test_at_most_as_many_as_asked_for_and_none_twice(mailbox: Mailbox, source: ImapMailbox) -> None:
    mailbox.receives(*(mail(f"Nr. {number:02}") for number in range(7)))

    batch = source.read(None, 3)

    assert subjects(batch) == ["Nr. 00", "Nr. 01", "Nr. 02"]
    assert batch.more
    assert len({event.id for event in read_all(source, 3)}) == 7


def test_few_large_mails_are_held_in_memory_at_one_time(mailbox: Mailbox) -> None:
    source = mailbox.connector(limit=3000)
    mailbox.receives(*(mail(f"Nr. {number}", body="x" * 1800) for number in range(4)))

    batch = source.read(None, 100)

    assert len(batch.events) == 2
    assert batch.more
    assert len(read_all(source)) == 4


def test_mails_with_gaps_of_thousands_of_numbers_are_found(
    mailbox: Mailbox, source: ImapMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.mail.imap._WINDOW", 2)
    mailbox.receives(*(mail(f"Nr. {number:02}") for number in range(12)))
    for event in read_all(source)[1:10]:
        source.ack(event)

    assert subjects(source.read(None, 100)) == ["Nr. 00", "Nr. 10", "Nr. 11"]


def test_two_mails_with_one_message_id_both_arrive(mailbox: Mailbox, source: ImapMailbox) -> None:
    mailbox.receives(mail("Monatsbericht", body="Mai"), mail("Monatsbericht", body="Juni"))

    assert len({event.id for event in source.read(None, 10).events}) == 2


def test_a_folder_made_anew_is_read_from_its_beginning_and_known_mails_are_the_same_events(mailbox: Mailbox) -> None:
    source = mailbox.connector(done_folder=None)
    mailbox.receives(mail("eins"), mail("zwei"), mail("drei"))
    before = source.read(None, 10)
    with mailbox.server.client() as imap:  # another UIDVALIDITY
        imap.rename(quoted(mailbox.folder), quoted(mailbox.folder + "-alt"))
        imap.create(quoted(mailbox.folder))
    mailbox.receives(mail("zwei"), mail("neu"))

    after = source.read(before.next_cursor, 10)

    assert subjects(after) == ["zwei", "neu"]
    known = {event.id: event for event in before.events}
    assert after.events[0].id in known
    assert after.events[0].data == known[after.events[0].id].data, "or the inbox would see another content"
    assert after.events[0].position != known[after.events[0].id].position


def test_a_mail_of_a_folder_that_was_made_anew_is_not_mistaken_for_another(
    mailbox: Mailbox, source: ImapMailbox
) -> None:
    mailbox.receives(mail("eins"))
    (event,) = source.read(None, 10).events
    with mailbox.server.client() as imap:
        imap.rename(quoted(mailbox.folder), quoted(mailbox.folder + "-alt"))
        imap.create(quoted(mailbox.folder))
    source.close()
    mailbox.receives(mail("ein anderer unter derselben Nummer"))

    source.ack(event)

    assert mailbox.server.mails_in(mailbox.done) == []


def test_a_stored_mail_that_could_not_be_moved_is_met_again(mailbox: Mailbox, source: ImapMailbox) -> None:
    mailbox.receives(mail("eins"))
    batch = source.read(None, 10)  # killed between the commit and the ack

    (again,) = source.read(batch.next_cursor, 10).events
    source.ack(again)

    assert again.id == batch.events[0].id
    assert source.read(batch.next_cursor, 10).events == []
    assert len(mailbox.server.mails_in(mailbox.done)) == 1


# --- what is not taken


def test_a_mail_over_the_limit_is_a_dead_letter_with_its_header_and_the_next_goes_on(mailbox: Mailbox) -> None:
    source = mailbox.connector(limit=2000)
    mailbox.receives(mail("Katalog", body="x" * 5000), mail("Rechnung"))

    batch = source.read(None, 10)

    (dead,) = batch.refused
    assert dead.reason_code == "too_large"
    assert "2000 are allowed" in dead.reason
    assert "Subject: Katalog" in dead.event.data["header"]
    assert dead.event.blobs == ()
    assert subjects(batch) == ["Rechnung"]
    assert source.read(None, 10).refused[0].event.id == dead.event.id
    source.ack(dead.event)
    assert len(mailbox.server.mails_in(mailbox.folder)) == 1


def test_a_header_of_megabytes_is_cut(mailbox: Mailbox) -> None:
    source = mailbox.connector(limit=2000)
    mailbox.receives(b"X-Long: " + b"y" * 200_000 + b"\n\nhello\n")

    (dead,) = source.read(None, 10).refused

    assert len(dead.event.data["header"]) <= 64 * 1024


def test_letters_in_the_header_that_are_no_text_are_shown_as_escapes(mailbox: Mailbox, source: ImapMailbox) -> None:
    mailbox.receives(b"Subject: Pr\xfcfung\n\nx\n")

    assert source.read(None, 10).events[0].data["header"] == r"Subject: Pr\xfcfung"


# --- moving without MOVE


@pytest.mark.parametrize("marked", [False, True])
def test_without_move_one_mail_is_copied_and_removed_and_no_other(
    certificates: Certificates, tmp_path: Path, marked: bool
) -> None:
    with started(certificates, capability="IMAP4rev1 UIDPLUS") as server, mailbox_on(server, tmp_path) as mailbox:
        source = mailbox.connector()
        mailbox.receives(mail("gelöscht von Anna"), mail("Rechnung"))
        if marked:
            with server.client() as imap:  # a bare EXPUNGE would remove this one as well
                imap.select(quoted(mailbox.folder))
                imap.store("1", "+FLAGS", r"(\Deleted)")

        source.ack(source.read(None, 10).events[1])

        assert [b"Rechnung" in each for each in server.mails_in(mailbox.done)] == [True]
        assert len(server.mails_in(mailbox.folder)) == 1


def test_a_server_that_can_neither_move_nor_remove_one_mail_is_refused_before_reading(
    certificates: Certificates, tmp_path: Path
) -> None:
    with started(certificates, capability="IMAP4rev1") as server, mailbox_on(server, tmp_path) as mailbox:
        mailbox.receives(mail("Rechnung"))
        source, reader = mailbox.connector(), mailbox.connector(done_folder=None)

        with pytest.raises(MovingNotPossible):
            source.read(None, 10)
        assert len(reader.read(None, 10).events) == 1


def test_without_a_done_folder_the_folder_is_opened_for_reading_only(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[bool] = []
    select = imaplib.IMAP4.select

    def noted(self: imaplib.IMAP4, folder: str = "INBOX", readonly: bool = False) -> Any:
        opened.append(readonly)
        return select(self, folder, readonly)

    monkeypatch.setattr(imaplib.IMAP4, "select", noted)
    source = mailbox.connector(done_folder=None)
    mailbox.receives(mail("eins"))
    (event,) = source.read(None, 10).events
    source.ack(event)

    assert set(opened) == {True}
    assert len(mailbox.server.mails_in(mailbox.folder)) == 1


# --- troubles


def test_a_server_that_says_bye_in_the_middle_loses_no_mail(
    mailbox: Mailbox, source: ImapMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox.receives(*(mail(f"Nr. {number:02}") for number in range(6)))
    take = source._take
    calls = itertools.count(1)

    def disturbed(imap: imaplib.IMAP4_SSL, *arguments: Any) -> Any:
        if next(calls) == 4:
            mailbox.server.throw_out(imap)
        return take(imap, *arguments)

    monkeypatch.setattr(source, "_take", disturbed)

    first = source.read(None, 100)
    rest = source.read(first.next_cursor, 100)

    assert subjects(first) == ["Nr. 00", "Nr. 01", "Nr. 02"]
    assert first.more
    assert subjects(rest) == ["Nr. 03", "Nr. 04", "Nr. 05"]


def test_a_bye_before_the_first_mail_is_tried_again_later(
    mailbox: Mailbox, source: ImapMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox.receives(mail("eins"))
    take = source._take

    def disturbed(imap: imaplib.IMAP4_SSL, *arguments: Any) -> Any:
        mailbox.server.throw_out(imap)
        return take(imap, *arguments)

    monkeypatch.setattr(source, "_take", disturbed)
    with pytest.raises(TransientError, match="broke off"):
        source.read(None, 100)
    monkeypatch.undo()

    assert subjects(source.read(None, 100)) == ["eins"]


def test_a_connection_that_was_cut_while_nobody_used_it_is_opened_again(mailbox: Mailbox) -> None:
    source = mailbox.connector()
    mailbox.receives(mail("eins"))
    (event,) = source.read(None, 10).events
    assert source._connection
    mailbox.server.throw_out(source._connection)
    assert isinstance(mailbox.context.clock, FakeClock)
    mailbox.context.clock.advance(minutes=5)

    source.ack(event)

    assert len(mailbox.server.mails_in(mailbox.done)) == 1


def refused_by(mailbox: Mailbox, **settings: Any) -> KontoristError:
    source = mailbox.connector(**settings)
    with pytest.raises(KontoristError) as raised:
        source.read(None, 10)
    (finding,) = source.check()
    assert not finding.ok
    assert raised.value.sentence[:40] in finding.sentence
    assert finding.repair
    return raised.value


def test_an_unknown_authority_is_refused(mailbox: Mailbox, other_authority: Path) -> None:
    assert isinstance(refused_by(mailbox, ca_file=other_authority), ServerNotTrusted)
    assert isinstance(refused_by(mailbox, ca_file=None), ServerNotTrusted)


def test_a_wrong_password_is_said_and_not_shown(mailbox: Mailbox) -> None:
    error = refused_by(mailbox, user="somebody@example.org")

    assert isinstance(error, AuthError)
    assert "refused the login" in error.sentence
    assert PASSWORD not in repr(error) + repr(mailbox.connector().settings)


def test_a_folder_that_is_not_there_is_named(mailbox: Mailbox) -> None:
    for settings in ({"folder": "Rechnungen"}, {"done_folder": "Abgelegt"}):
        error = refused_by(mailbox, **settings)
        assert isinstance(error, MailFolderRefused)
        assert next(iter(settings.values())) in error.sentence


def test_a_server_that_is_not_there_is_tried_again(mailbox: Mailbox) -> None:
    assert isinstance(refused_by(mailbox, port=1), TransientError)


def test_doctor_says_what_is_read_and_where_it_goes(mailbox: Mailbox) -> None:
    source = mailbox.connector()

    assert sentences(source.check()) == []
    assert mailbox.done in source.check()[0].sentence
    assert "left there" in mailbox.connector(done_folder=None).check()[0].sentence


@pytest.mark.parametrize("wrong", [{"folder": "IN\r\nBOX"}, {"done_folder": "INBOX"}, {"limit": 0}, {"timeout": "5m"}])
def test_settings_that_cannot_be_meant_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Settings.model_validate({"host": "h", "user": "u", "password": "p", **wrong})


class OldServer:
    """The answers of a server without SASL."""

    capabilities = ("IMAP4REV1",)

    def __init__(self) -> None:
        self.logins: list[tuple[str, str]] = []

    def login(self, user: str, password: str) -> None:
        self.logins.append((user, password))


def test_an_old_server_gets_a_quoted_login_in_ascii() -> None:
    from connectors.mail.imap import _authenticate

    server: Any = OldServer()
    _authenticate(server, 'anna "a" \\', "p")
    assert server.logins == [('"anna \\"a\\" \\\\"', "p")]
    with pytest.raises(imaplib.IMAP4.error, match="ASCII"):
        _authenticate(server, "anna", "müde")


class Answering:
    """A connection that answers what the examples say: replies that Dovecot does not give by itself."""

    def __init__(self, said: list[Any], answer: str = "OK") -> None:
        self.said, self.answer = said, answer

    def uid(self, command: str, *arguments: str) -> tuple[str, list[Any]]:
        return (
            (self.answer, self.said) if "HEADER" not in arguments[-1] else ("OK", [(b"1 (BODY[HEADER] {4}", b"A: b")])
        )


@pytest.mark.parametrize(
    ("connection", "outcome"),
    [
        (Answering([None]), "gone"),
        (Answering([b"1 (UID 7 FLAGS (\\Seen))"]), "unreadable_mail"),
        (Answering([b"[SERVERBUG] Internal error"], "NO"), "unreadable_mail"),
        (Answering([b"[UNAVAILABLE] Later"], "NO"), "later"),
        (Answering([(b"1 (UID 7 BODY[] {101}", b"x" * 101), b")"]), "too_large"),
    ],
)
def test_answers_about_one_mail_have_one_outcome_each(
    mailbox: Mailbox, connection: Callable[..., Any], outcome: str
) -> None:
    source: Any = mailbox.connector(limit=100)

    def take() -> str:
        try:
            taken = source._take(connection, 3, Listed(7, 50, None))
        except TransientError:
            return "later"
        return "gone" if taken is None else str(taken.reason_code)

    assert take() == outcome


def test_folder_names_are_coded_as_the_standard_shows() -> None:
    assert modified_utf7("~peter/mail/台北/日本語") == "~peter/mail/&U,BTFw-/&ZeVnLIqe-"  # RFC 3501, 5.1.3
    assert modified_utf7("A & B") == "A &- B"
    assert quoted('Entwürfe "neu"') == '"Entw&APw-rfe \\"neu\\""'
