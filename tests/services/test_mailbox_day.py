"""A day of mail from a real mailbox into the books: nothing is lost, whatever happens on the way."""

from __future__ import annotations

import imaplib
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.mail.imap import ImapMailbox
from connectors.mail.imap_answers import Listed
from connectors.registry import build
from kontorist.domain.errors import TransientError
from kontorist.engine.intake import Intake
from kontorist.services import connector_context
from kontorist.store.errors import StoreFull
from kontorist.testing.documents.mails import Enclosed, supplier_mail
from kontorist.testing.office import Office
from kontorist.testing.systems.dovecot import PASSWORD, USER, Dovecot, started
from kontorist.testing.twins.certificates import throwaway_certificates

pytestmark = pytest.mark.systems("dovecot", install="apt-get install dovecot-imapd")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Dovecot]:
    with started(throwaway_certificates(tmp_path)) as server:
        server.create("Processed")
        yield server


class Mailroom:
    """The mailbox, and what the worker does with it."""

    def __init__(self, office: Office, server: Dovecot) -> None:
        self.office, self.server = office, server
        settings = {
            "host": "127.0.0.1",
            "port": server.port,
            "ca_file": server.ca_file,
            "user": USER,
            "password": {"secret": "imap"},
            "done_folder": "Processed",
            "document_type": "invoice",
        }
        source = build(
            "mail/imap", "invoices", settings, connector_context(office.services.config, office.services.clock)
        )
        assert isinstance(source, ImapMailbox)
        self.source = source
        self.intake = Intake("invoices", source, office.services.store, office.services.archive)

    def events(self) -> list[tuple[str, str | None]]:
        with self.office.services.store.read() as tx:
            return [(row.state, row.reason_code) for row in self.office.services.store.inbox.list(tx)]

    def work(self) -> list[dict[str, str]]:
        """What the flow makes of everything that waits; the summaries of all documents."""
        services = self.office.services
        with services.store.write() as tx:
            waiting = services.store.inbox.claim(tx, owner="test", now=services.clock.now(), limit=100)
        documents = [document for claim in waiting for document in self.office.intake(claim.event_id)]
        return [services.payables.summary(document) for document in documents]

    def lies_in(self, folder: str) -> int:
        return len(self.server.mails_in(folder))


@pytest.fixture
def mailroom(office: Office, server: Dovecot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailroom]:
    monkeypatch.setenv("KONTORIST_SECRET_IMAP", PASSWORD)
    mailroom = Mailroom(office, server)
    yield mailroom
    mailroom.source.close()


@pytest.fixture
def invoice(office: Office) -> bytes:
    return supplier_mail(Enclosed.of(office.post["papierhaus-lindner.pdf"].file))


def test_what_came_by_mail_is_booked_or_said_and_the_mailbox_is_empty(mailroom: Mailroom, invoice: bytes) -> None:
    mailroom.server.deliver(invoice, "1")
    mailroom.server.deliver(supplier_mail(subject="Frage"), "2")
    mailroom.server.deliver(b"Content-Type: message/rfc822\n\n" * 40 + b"x", "3")

    assert mailroom.intake.poll() == 3

    assert [each["state"] for each in mailroom.work()] == ["booked", "quarantined", "quarantined"]
    assert (mailroom.lies_in("INBOX"), mailroom.lies_in("Processed")) == (0, 3)
    assert mailroom.intake.poll() == 0


def test_the_mail_in_the_archive_is_the_mail_of_the_mailbox(mailroom: Mailroom, invoice: bytes) -> None:
    mailroom.server.deliver(invoice, "1")
    (as_it_came,) = mailroom.server.mails_in("INBOX")
    mailroom.intake.poll()

    with mailroom.office.services.store.read() as tx:
        (row,) = mailroom.office.services.store.inbox.list(tx)
    event = row.event()
    assert mailroom.office.services.archive.content(event.data["documents"][0]["id"]) == as_it_came
    assert event.position
    assert event.data["document_type"] == "invoice"


@pytest.mark.parametrize("point", ["archive.stage.write.before", "archive.log.write.before"])
def test_with_a_full_disk_the_mail_stays_where_it_is(
    mailroom: Mailroom, invoice: bytes, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    mailroom.server.deliver(invoice, "1")
    monkeypatch.setenv("KONTORIST_FAILPOINTS", f"{point}=enospc")

    assert mailroom.intake.poll() == 0
    assert (mailroom.lies_in("INBOX"), mailroom.lies_in("Processed"), mailroom.events()) == (1, 0, [])

    monkeypatch.delenv("KONTORIST_FAILPOINTS")
    assert mailroom.intake.poll() == 1
    assert (mailroom.lies_in("INBOX"), mailroom.lies_in("Processed")) == (0, 1)


def test_without_a_database_the_mail_stays_where_it_is(
    mailroom: Mailroom, invoice: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailroom.server.deliver(invoice, "1")
    monkeypatch.setenv("KONTORIST_FAILPOINTS", "inbox.after_set_cursor=enospc")

    with pytest.raises(StoreFull):
        mailroom.intake.poll()
    assert (mailroom.lies_in("INBOX"), mailroom.events()) == (1, [])

    monkeypatch.delenv("KONTORIST_FAILPOINTS")
    assert mailroom.intake.poll() == 1
    assert (mailroom.lies_in("INBOX"), mailroom.lies_in("Processed")) == (0, 1)


@pytest.mark.parametrize(
    "point", ["intake.before_store", "intake.after_store", "intake.before_ack", "intake.after_ack"]
)
def test_stopped_anywhere_the_mail_is_one_event_and_is_moved_in_the_end(
    mailroom: Mailroom, invoice: bytes, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    mailroom.server.deliver(invoice, "1")
    monkeypatch.setenv("KONTORIST_FAILPOINTS", f"{point}=raise")
    with pytest.raises(RuntimeError):
        mailroom.intake.poll()
    monkeypatch.delenv("KONTORIST_FAILPOINTS")

    mailroom.intake.poll()

    assert mailroom.events() == [("new", None)]
    assert (mailroom.lies_in("INBOX"), mailroom.lies_in("Processed")) == (0, 1)
    assert [each["state"] for each in mailroom.work()] == ["booked"]


def test_a_folder_made_anew_brings_no_event_a_second_time(mailroom: Mailroom, invoice: bytes) -> None:
    mailroom.server.deliver(invoice, "1")
    mailroom.intake.poll()
    mailroom.server.deliver(invoice, "2")  # somebody moves it back: another number, the same mail

    assert mailroom.intake.poll() == 0
    assert mailroom.events() == [("new", None)]
    assert (mailroom.lies_in("INBOX"), mailroom.lies_in("Processed")) == (0, 2)


def test_a_server_that_goes_away_is_tried_again_and_nothing_is_skipped(
    mailroom: Mailroom, invoice: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailroom.server.deliver(invoice, "1")
    mailroom.server.deliver(supplier_mail(subject="zweite"), "2")
    take = mailroom.source._take

    def disturbed(imap: imaplib.IMAP4_SSL, validity: int, mail: Listed) -> object:
        if mail.uid == 2:
            mailroom.server.throw_out(imap)
        return take(imap, validity, mail)

    monkeypatch.setattr(mailroom.source, "_take", disturbed)
    with pytest.raises(TransientError):
        mailroom.intake.poll()
    monkeypatch.undo()
    monkeypatch.setenv("KONTORIST_SECRET_IMAP", PASSWORD)
    mailroom.intake.poll()

    assert mailroom.events() == [("new", None)] * 2
    assert (mailroom.lies_in("INBOX"), mailroom.lies_in("Processed")) == (0, 2)


@pytest.mark.corpus
def test_every_hostile_mail_of_the_mailbox_ends_in_a_named_state_and_the_invoice_among_them_is_booked(
    mailroom: Mailroom, invoice: bytes, shared_corpus: Path
) -> None:
    hostile = shared_corpus / "hostile"
    mails = [file.read_bytes() for folder in ("eml", "made-eml") for file in sorted((hostile / folder).iterdir())]
    for file in sorted((hostile / "tnef").iterdir()):
        mails.append(supplier_mail(Enclosed(name="winmail.dat", content=file.read_bytes()), subject=file.name))
    mails.insert(len(mails) // 2, invoice)
    for number, content in enumerate(mails):
        mailroom.server.deliver(content, f"{number:03}")

    assert mailroom.intake.poll() == len(mails)

    summaries = mailroom.work()
    assert mailroom.lies_in("INBOX") == 0
    assert [each["state"] for each in summaries].count("booked") == 1
    assert {each["state"] for each in summaries} == {"booked", "quarantined", "worklist"}
    assert all(each["reason"] for each in summaries if each["state"] != "booked")
