"""Mail out, against a real server on loopback that breaks on demand."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.mail.smtp import PlaintextLogin, ServerNotTrusted, SmtpServer
from connectors.mail.tls import CertificatesUnusable, verified_context
from connectors.registry import ConnectorContext, build
from kontorist.domain.errors import AuthError, BusinessError, KontoristError, TransientError, UncertainOutcome
from kontorist.domain.ports import ActionSink
from kontorist.testing.fakes import FakeClock, secrets, sentences
from kontorist.testing.twins.certificates import Certificates, throwaway_certificates
from kontorist.testing.twins.smtp import Fault, MailServer, accepted_in, started

PASSWORD = "correct horse battery"
NOTICE = {"to": ["anna@example.org"], "subject": "Freigabe: 929,57 €", "text": "Guten Tag"}

Door = Callable[..., SmtpServer]


@pytest.fixture
def server(certificates: Certificates) -> Iterator[MailServer]:
    with MailServer(tls=certificates.server_context(), users={"bot": PASSWORD}) as twin:
        yield twin


@pytest.fixture
def door(certificates: Certificates, tmp_path: Path) -> Iterator[Door]:
    """Makes the connector for a twin, with everything right unless the test says otherwise."""
    made: list[SmtpServer] = []

    def make(twin: MailServer, clock: FakeClock | None = None, **settings: Any) -> SmtpServer:
        context = ConnectorContext(
            root=tmp_path, secret=secrets(smtp=PASSWORD, old="wrong"), clock=clock or FakeClock()
        )
        usual = {
            "host": "127.0.0.1",
            "port": twin.port,
            "ca_file": str(certificates.ca_file),
            "user": "bot",
            "password": {"secret": "smtp"},
            "sender": "Kontorist <backoffice@example.org>",
        }
        chosen = {key: value for key, value in (usual | settings).items() if value is not None}
        connector = build("mail/smtp", "mail_out", chosen, context)
        assert isinstance(connector, SmtpServer)
        made.append(connector)
        return connector

    yield make
    for each in made:
        each.close()


def trouble(connector: SmtpServer, key: str = "k1", **action: Any) -> KontoristError:
    with pytest.raises(KontoristError) as caught:
        connector.apply(NOTICE | action, key)
    return caught.value


def test_a_notice_is_sent_over_verified_tls(server: MailServer, door: Door) -> None:
    receipt = door(server).apply(NOTICE, "notice/W1")

    (mail,) = server.mails
    assert mail["Subject"] == "Freigabe: 929,57 €"
    assert receipt.external_id == mail["Message-ID"]
    assert (receipt.status, receipt.facts) == ("accepted", {"to": ["anna@example.org"]})


def test_it_is_a_sink_that_cannot_be_asked(server: MailServer, door: Door) -> None:
    connector = door(server)
    assert isinstance(connector, ActionSink)
    with pytest.raises(UncertainOutcome, match="cannot be asked"):
        connector.find("notice/W1")


def test_it_works_with_tls_from_the_start(certificates: Certificates, door: Door) -> None:
    with MailServer(tls=certificates.server_context(), tls_from_the_start=True) as twin:
        connector = door(twin, tls="tls", user=None, password=None)
        connector.apply(NOTICE, "k1")
        assert len(twin.accepted) == 1
        connector.close()


@pytest.mark.parametrize("at_once", [True, False])
def test_a_server_with_an_unknown_authority_gets_neither_password_nor_mail(
    certificates: Certificates, other_authority: Path, door: Door, at_once: bool
) -> None:
    with MailServer(tls=certificates.server_context(), tls_from_the_start=at_once, users={"bot": PASSWORD}) as twin:
        connector = door(twin, tls="tls" if at_once else "starttls", ca_file=str(other_authority))

        error = trouble(connector)

        assert isinstance(error, ServerNotTrusted)
        assert "not trusted" in error.sentence
        assert (twin.logins, twin.accepted) == (0, [])
        assert isinstance(trouble(door(twin, tls="tls" if at_once else "starttls", ca_file=None)), ServerNotTrusted)


def test_a_certificate_for_another_name_is_not_accepted(tmp_path: Path, door: Door) -> None:
    files = throwaway_certificates(tmp_path, name="mail.elsewhere.example")
    with MailServer(tls=files.server_context()) as twin:
        error = trouble(door(twin, host="localhost", ca_file=str(files.ca_file)))

        assert isinstance(error, ServerNotTrusted)
        assert twin.accepted == []


def test_a_server_that_hides_its_encryption_does_not_get_the_password(door: Door) -> None:
    with MailServer(users={"bot": PASSWORD}) as twin:
        assert isinstance(trouble(door(twin)), ServerNotTrusted)
        assert twin.logins == 0


def test_a_password_in_clear_is_allowed_on_this_machine_only(door: Door) -> None:
    with MailServer(users={"bot": PASSWORD}) as twin:
        plain = door(twin, tls="none")
        plain.apply(NOTICE, "k1")
        assert len(twin.accepted) == 1
        plain.close()
        with pytest.raises(PlaintextLogin, match="clear"):
            door(twin, tls="none", host="mail.example.org")
        with pytest.raises(PlaintextLogin):
            door(twin, tls="none", host="192.0.2.7")


def test_a_wrong_password_is_for_the_operator_and_is_not_shown(
    server: MailServer, door: Door, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    wrong = door(server, password={"secret": "old"})

    error = trouble(wrong)
    right = door(server)
    right.apply(NOTICE, "k1")

    assert isinstance(error, AuthError)
    assert error.sentence.startswith("127.0.0.1 refused the login: 5.7.8")
    said = repr(right) + repr(right.settings) + repr(error) + "".join(capfd.readouterr())
    said += "".join(record.getMessage() for record in caplog.records if not record.name.startswith("mail.log"))
    assert PASSWORD not in said


def test_doctor_says_what_is_wrong_and_what_to_do(server: MailServer, door: Door) -> None:
    assert sentences(door(server).check()) == []
    (finding,) = door(server, password={"secret": "old"}).check()
    assert not finding.ok
    assert "refused the login" in finding.sentence
    assert "secret" in str(finding.repair)


def test_a_server_that_is_not_there_is_tried_again(server: MailServer, door: Door) -> None:
    gone = MailServer()
    with gone:
        port = gone.port
    error = trouble(door(server, port=port))

    assert isinstance(error, TransientError)
    assert error.sentence == "127.0.0.1 cannot be reached: ConnectionRefusedError."


@pytest.mark.parametrize(
    ("fault", "family", "sentence", "accepted"),
    [
        (Fault.DROP_BEFORE_DATA, TransientError, "broke off before", 0),
        (Fault.DROP_IN_DATA, UncertainOutcome, "fell silent after", 0),
        (Fault.DROP_AFTER_DATA, UncertainOutcome, "fell silent after", 1),
        (Fault.SILENT_AFTER_DATA, UncertainOutcome, "fell silent after", 1),
        (Fault.LATER, TransientError, "451 4.3.0 come back later", 0),
        (Fault.CLOSING, TransientError, "421 4.3.2 closing down", 0),
        (Fault.NEVER, BusinessError, "554 5.6.0 we do not like it", 0),
        (Fault.SENDER_REFUSED, BusinessError, "553 5.1.8 who are you", 0),
        (Fault.LOGIN_WANTED, AuthError, "530 5.7.0 log in first", 0),
        (Fault.RECIPIENT_LATER, TransientError, "anna@example.org (450 4.2.1 mailbox is busy)", 0),
    ],
)
def test_every_fault_has_its_family_and_nothing_is_sent_again_by_itself(
    server: MailServer, door: Door, fault: Fault, family: type[KontoristError], sentence: str, accepted: int
) -> None:
    connector = door(server, timeout="1s")
    connector.apply(NOTICE, "before")
    server.faults = [fault]

    error = trouble(connector)

    assert type(error) is family
    assert sentence in error.sentence
    assert len(server.accepted) == 1 + accepted
    assert server.faults == []
    connector.apply(NOTICE, "after")  # a new connection, when the old one was spoilt
    assert server.mails[-1]["Message-ID"] == connector.apply(NOTICE, "after").external_id


def test_a_repeated_mail_carries_the_same_message_id(server: MailServer, door: Door) -> None:
    server.faults = [Fault.DROP_AFTER_DATA]
    connector = door(server)
    trouble(connector)

    receipt = connector.apply(NOTICE, "k1")

    assert server.counts() == {receipt.external_id: 2}
    assert server.accepted[0] == server.accepted[1]


def test_a_refused_recipient_is_named_and_so_is_who_got_the_mail(server: MailServer, door: Door) -> None:
    error = trouble(door(server), to=["anna@example.org", "unknown@example.org"])

    assert isinstance(error, BusinessError)
    assert error.reason_code == "recipient_refused"
    assert error.sentence == (
        "The mail server refused: unknown@example.org (550 5.1.1 no such person). The mail did go to anna@example.org."
    )
    assert (error.__dict__["refused"], error.__dict__["accepted"]) == (["unknown@example.org"], ["anna@example.org"])

    error = trouble(door(server), to=["unknown@example.org"])
    assert error.sentence == "The mail server refused: unknown@example.org (550 5.1.1 no such person)."
    assert len(server.accepted) == 1


def test_mails_that_cannot_be_sent_are_found_before_connecting(server: MailServer, door: Door) -> None:
    connector = door(server)
    for action in ({"to": "jörg@example.org"}, {"subject": "a\nBcc: x@example.org"}, {"to": []}):
        assert isinstance(trouble(connector, **action), BusinessError)
    assert server.connections == 0


def test_two_hundred_mails_go_over_one_login(server: MailServer, door: Door) -> None:
    connector = door(server)
    begun = time.monotonic()
    receipts = [connector.apply(NOTICE, f"payslip/{number}") for number in range(200)]

    assert (server.logins, server.connections) == (1, 1)
    assert len({receipt.external_id for receipt in receipts}) == 200
    assert set(server.counts().values()) == {1}
    assert time.monotonic() - begun < 20


def test_a_connection_the_server_closed_meanwhile_is_opened_again(certificates: Certificates, door: Door) -> None:
    clock = FakeClock()
    with MailServer(tls=certificates.server_context(), users={"bot": PASSWORD}) as twin:
        connector = door(twin, clock)
        connector.apply(NOTICE, "k1")
        clock.advance(minutes=1)
        connector.apply(NOTICE, "k2")
        assert twin.connections == 1, "still open, still used"
        twin.hang_up()
        clock.advance(minutes=1)
        connector.apply(NOTICE, "k3")
        assert (twin.connections, len(twin.accepted)) == (2, 3)
        connector.close()


def test_the_sender_of_the_envelope_is_ours_and_not_the_login(server: MailServer, door: Door) -> None:
    door(server).apply(NOTICE, "k1")
    assert server.envelopes == [("backoffice@example.org", ["anna@example.org"])]


def test_no_file_in_the_home_folder_and_no_terminal_decides_who_sends(
    door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".yagmail").write_text("somebody@else.example")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("asked on the terminal"))
    with MailServer() as twin:
        connector = door(twin, tls="none", user=None, password=None)
        connector.apply(NOTICE, "k1")
        assert twin.envelopes[0][0] == "backoffice@example.org"
        connector.close()


def test_what_yagmail_would_print_is_not_printed(
    server: MailServer, door: Door, capfd: pytest.CaptureFixture[str]
) -> None:
    door(server).apply(NOTICE, "k1")
    assert [type(each) for each in logging.getLogger("yagmail.log").handlers] == [logging.NullHandler]
    assert capfd.readouterr() == ("", "")


def test_the_domain_of_the_message_id_may_be_set_for_the_house(server: MailServer, certificates: Certificates) -> None:
    context = ConnectorContext(
        root=certificates.ca_file.parent, secret=secrets(), clock=FakeClock(), mail_domain="office.example.org"
    )
    connector = build("mail/smtp", "m", {"host": "127.0.0.1", "sender": "a@example.org"}, context)
    assert isinstance(connector, SmtpServer)
    assert connector._domain == "office.example.org"


@pytest.mark.parametrize(
    "wrong",
    [
        {"password": None},
        {"user": None},
        {"sender": "nobody"},
        {"sender": "a@example.org\nBcc: b@example.org"},
        {"tls": "maybe"},
        {"timeout": "5m"},
        {"port": 0},
        {"hosts": "x"},
    ],
)
def test_wrong_settings_are_refused(server: MailServer, door: Door, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        door(server, **wrong)
    assert PASSWORD not in str(caught.value)


def test_a_file_of_certificates_that_is_none_is_for_the_operator(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("not a certificate")
    for name in ("ca.pem", "missing.pem"):
        with pytest.raises(CertificatesUnusable, match=name):
            verified_context(tmp_path / name)


def test_without_a_file_the_authorities_of_this_machine_count() -> None:
    context = verified_context(None)
    assert context.check_hostname
    assert context.verify_mode.name == "CERT_REQUIRED"
    assert context.minimum_version.name == "TLSv1_2"


def test_the_twin_also_runs_as_a_process_of_its_own_and_counts_by_message_id(door: Door, tmp_path: Path) -> None:
    with started(tmp_path / "mail") as twin:
        connector = door(twin, tls="none", user=None, password=None)
        receipt = connector.apply(NOTICE, "k1")
        connector.apply(NOTICE, "k1")
        connector.close()

    assert accepted_in(tmp_path / "mail") == {receipt.external_id: 2}
