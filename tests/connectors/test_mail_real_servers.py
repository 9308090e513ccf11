"""Mail out through a real Postfix into a real Dovecot, and in again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from connectors.mail.imap import ImapMailbox
from connectors.mail.smtp import ServerNotTrusted, SmtpServer
from connectors.registry import ConnectorContext, build
from kontorist.domain.errors import AuthError, BusinessError
from kontorist.testing.fakes import FakeClock, secrets, sentences
from kontorist.testing.systems import dovecot, postfix
from kontorist.testing.systems.dovecot import PASSWORD, SENDER, SENDERS_PASSWORD, USER
from kontorist.testing.twins.certificates import Certificates

pytestmark = pytest.mark.systems("postfix", "dovecot", install="apt-get install postfix dovecot-imapd", root=True)
NOTICE = {"to": [USER], "subject": "Prüfen: Müller GmbH", "text": "Guten Tag"}


@dataclass(frozen=True, kw_only=True)
class Servers:
    """Both servers, and connectors to them."""

    mailboxes: dovecot.Dovecot
    mail: postfix.Postfix
    context: ConnectorContext

    def smtp(self, **settings: Any) -> SmtpServer:
        usual = {
            "host": "localhost",
            "port": self.mail.port,
            "ca_file": self.mailboxes.ca_file,
            "user": SENDER,
            "password": {"secret": "smtp"},
            "sender": f"Kontorist <{SENDER}>",
        }
        connector = build("mail/smtp", "mail_out", usual | settings, self.context)
        assert isinstance(connector, SmtpServer)
        return connector

    def imap(self) -> ImapMailbox:
        settings = {
            "host": "localhost",
            "port": self.mailboxes.port,
            "ca_file": self.mailboxes.ca_file,
            "user": USER,
            "password": {"secret": "imap"},
        }
        connector = build("mail/imap", "invoices", settings, self.context)
        assert isinstance(connector, ImapMailbox)
        return connector

    def arrived(self, wanted: str, count: int = 1) -> list[bytes]:
        """The mails with `wanted` in them, once there are `count`: delivery follows acceptance a little later."""
        deadline = time.monotonic() + 30
        while True:
            found = [each for each in self.mailboxes.mails_in("INBOX") if wanted.encode() in each]
            if len(found) >= count or time.monotonic() > deadline:
                return found
            time.sleep(0.02)


@pytest.fixture(scope="module")
def servers(certificates: Certificates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    known = secrets(smtp=SENDERS_PASSWORD, imap=PASSWORD, wrong="wrong")
    context = ConnectorContext(root=tmp_path_factory.mktemp("office"), secret=known, clock=FakeClock())
    with dovecot.started(certificates) as mailboxes, postfix.started(certificates, mailboxes) as mail:
        yield Servers(mailboxes=mailboxes, mail=mail, context=context)


def test_what_we_send_arrives_and_is_read_from_the_mailbox(servers: Servers) -> None:
    out, mailbox = servers.smtp(), servers.imap()
    receipt = out.apply(NOTICE, "notice/W1")
    out.close()
    (mail,) = servers.arrived(receipt.external_id)

    found = [event for event in mailbox.read(None, 100).events if receipt.external_id in event.data["header"]]
    mailbox.close()

    assert [event.blobs[0].open().read() for event in found] == [mail]
    read = message_from_bytes(mail, policy=policy.default)
    assert (read["Subject"], read["Auto-Submitted"]) == (NOTICE["subject"], "auto-generated")
    assert read.get_body().get_content().strip() == NOTICE["text"]  # type: ignore[union-attr]  # it has one


def test_an_unknown_authority_gets_neither_password_nor_mail(servers: Servers, other_authority: Path) -> None:
    out = servers.smtp(ca_file=other_authority)

    with pytest.raises(ServerNotTrusted):
        out.apply(NOTICE, "notice/unsafe")
    assert "not trusted" in sentences(out.check())[0]


def test_a_refused_recipient_is_named_and_the_others_got_the_mail(servers: Servers) -> None:
    out = servers.smtp()
    with pytest.raises(BusinessError) as raised:
        out.apply(NOTICE | {"to": [USER, "nobody@example.org"], "subject": "an beide"}, "notice/both")
    out.close()

    assert raised.value.reason_code == "recipient_refused"
    assert "nobody@example.org (550" in raised.value.sentence
    assert USER in raised.value.sentence
    assert len(servers.arrived("an beide")) == 1


def test_a_hundred_mails_over_one_login_each_once_and_each_with_its_own_message_id(servers: Servers) -> None:
    out = servers.smtp()
    before = servers.mail.log().count(": connect from")

    receipts = [out.apply(NOTICE | {"subject": "einer von hundert"}, f"notice/{number}") for number in range(100)]
    out.close()

    arrived = servers.arrived("einer von hundert", 100)
    identities = [str(message_from_bytes(each)["Message-ID"]) for each in arrived]
    assert sorted(identities) == sorted(receipt.external_id for receipt in receipts)
    assert len(set(identities)) == 100
    assert servers.mail.log().count(": connect from") == before + 1


def test_a_wrong_password_is_said_within_seconds(servers: Servers) -> None:
    began = time.monotonic()
    with pytest.raises(AuthError, match="refused the login") as raised:
        servers.smtp(password={"secret": "wrong"}).apply(NOTICE, "notice/wrong")

    assert time.monotonic() - began < 30
    assert "wrong" not in raised.value.sentence


def test_a_password_that_smtp_cannot_carry_is_for_the_operator(servers: Servers) -> None:
    with pytest.raises(AuthError, match="ASCII"):
        servers.smtp(user=USER, password={"secret": "imap"}).apply(NOTICE, "notice/umlaut")


def test_an_accepted_mail_is_not_called_delivered(servers: Servers) -> None:
    out = servers.smtp()

    assert out.apply(NOTICE | {"to": [postfix.ACCEPTED_UNSEEN]}, "notice/unseen").status == "accepted"
    out.close()
