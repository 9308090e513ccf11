"""Mails as bytes: the same from the same action and key, whatever strangers write into them."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.mail.message import Mail, compose, message_id, parse_address
from kontorist.domain.errors import BusinessError

NOW = datetime(2024, 5, 6, 8, 0, tzinfo=UTC)
SENDER = parse_address("Kontorist Büro <backoffice@example.org>")


def mail(key: str = "notice/anna/W1/1", **action: Any) -> Mail:
    action = {"to": ["anna@example.org"], "subject": "Monatsbericht", "text": "Guten Tag"} | action
    return compose(action, key, sender=SENDER, domain="example.org", now=NOW)


def read(made: Mail) -> EmailMessage:
    return message_from_bytes(made.content, policy=policy.default)


def reason(**action: Any) -> str:
    with pytest.raises(BusinessError) as caught:
        mail(**action)
    return caught.value.reason_code


def test_the_message_id_comes_from_the_key_and_from_nothing_else() -> None:
    assert mail("k1").id == mail("k1", subject="other").id == message_id("k1", "example.org")
    assert mail("k1").id != mail("k2").id
    # Known for ever: a repeated mail must look like the first one after an update, too.
    assert mail("k1").id == "<6ab9f1eb8f7d3388f4f9d586f66e99fd@example.org>"


def test_a_repeated_mail_has_the_same_bytes() -> None:
    action: dict[str, Any] = {
        "html": "<p>Guten Tag</p>",
        "attachments": [{"name": "a.pdf", "content": b"%PDF"}],
        "date": "2024-05-06T10:00:00+02:00",
    }
    later = compose(
        {"to": "anna@example.org", "subject": "Monatsbericht", "text": "Guten Tag"} | action,
        "notice/anna/W1/1",
        sender=SENDER,
        domain="example.org",
        now=datetime(2024, 6, 1, tzinfo=UTC),
    )

    assert mail(**action).content == later.content
    assert read(later)["Date"] == "Mon, 06 May 2024 10:00:00 +0200"


def test_text_and_html_are_written_apart_and_umlauts_survive() -> None:
    made = read(
        mail(
            to="Müller, Anna <anna@example.org>",
            subject="Freigabe: 929,57\xa0€ (fällig)",
            text="ä\n.\nFrom",
            html="<b>ö",
        )
    )

    assert made["Subject"] == "Freigabe: 929,57\xa0€ (fällig)"
    assert [(each.display_name, each.addr_spec) for each in made["To"].addresses] == [
        ("Müller, Anna", "anna@example.org")
    ]
    assert made["From"].addresses[0].display_name == "Kontorist Büro"
    plain, html = made.get_body(("plain",)), made.get_body(("html",))
    assert plain is not None
    assert plain.get_content().splitlines() == ["ä", ".", "From"]
    assert html is not None
    assert html.get_content().strip() == "<b>ö"


def test_mails_of_one_item_hang_together_and_nobody_answers_by_machine() -> None:
    first, second = read(mail("k1", thread="W1")), read(mail("k2", thread="W1"))

    assert first["References"] == second["References"] == message_id("thread W1", "example.org")
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["List-Id"] == "Kontorist <kontorist.example.org>"
    assert read(mail())["References"] is None
    assert read(mail())["Date"] == "Mon, 06 May 2024 08:00:00 +0000"


def test_a_text_that_is_the_path_of_a_file_stays_a_text(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("password")

    made = mail(text=str(secret), html=str(secret), subject=str(secret))

    assert b"password" not in made.content
    assert [part.get_content_type() for part in read(made).walk()][1:] == ["text/plain", "text/html"]


@pytest.mark.parametrize(
    ("address", "spec"),
    [
        ("anna@example.org", "anna@example.org"),
        (" Anna <anna.m+x@example.org> ", "anna.m+x@example.org"),
        ("<anna@example.org>", "anna@example.org"),
        ('"Müller, Anna" <anna@Müller.example>', "anna@xn--mller-kva.example"),
        ("bot@localhost", "bot@localhost"),
    ],
)
def test_addresses_as_people_write_them(address: str, spec: str) -> None:
    assert parse_address(address).spec == spec


NO_ADDRESSES = [
    *("", "anna", "anna@", "@example.org", "a@b@c d", "a b@example.org", "<<a@example.org>>", "a@-x.org", None, 7),
    *("a..b@example.org", "a@example.org, b@example.org", "Anna <a@example.org> <b@example.org>", "a@" + "x" * 70),
    *("a@example.org\nBcc: evil@example.org", "A\r\nX: y <a@example.org>", "a\u2028@example.org"),
    *("x" * 65 + "@example.org", "Anna" * 80 + " <a@example.org>"),
]


@pytest.mark.parametrize("address", NO_ADDRESSES)
def test_what_is_no_address_is_said_before_anything_is_connected(address: Any) -> None:
    assert reason(to=[address]) == "address_invalid"


def test_letters_before_the_at_sign_are_said_by_name() -> None:
    assert reason(to="jörg@example.org") == "address_needs_smtputf8"


@pytest.mark.parametrize("to", [[], (), "", None])
def test_a_mail_without_recipient_does_not_go_to_ourselves(to: Any) -> None:
    assert reason(to=to) in {"no_recipient", "address_invalid"}


def test_a_recipient_named_twice_gets_one_mail() -> None:
    assert mail(to=["a@example.org", "A <a@example.org>", "b@example.org"]).recipients == (
        "a@example.org",
        "b@example.org",
    )


@pytest.mark.parametrize("text", ["a\nBcc: x@example.org", "a\r\n\r\nbody", "a\u2028b", "a\x0bb", "a\x85b", "nul\0"])
def test_a_line_break_in_a_subject_or_header_is_refused(text: str) -> None:
    assert reason(subject=text) == "header_refused"
    assert reason(headers={"X-Case": text}) == "header_refused"


@pytest.mark.parametrize("name", ["From", "Bcc", "Message-ID", "X-Evil: x\r\nBcc", "Content-Type", "", "X-"])
def test_an_action_sets_no_header_of_ours(name: str) -> None:
    assert reason(headers={name: "x"}) == "header_refused"


def test_a_free_header_may_be_set() -> None:
    assert (
        read(mail(headers={"List-Unsubscribe": "<https://example.org/me>"}))["List-Unsubscribe"]
        == "<https://example.org/me>"
    )


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Rechnung Müller.pdf", "Rechnung Müller.pdf"),
        ("plain.csv", "plain.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\x\\y.exe", "y.exe"),
        ('a".pdf"; x="', 'a".pdf"; x="'),
        ("a\r\nX-Evil: y.pdf", "a  X-Evil: y.pdf"),
        ("", "attachment"),
        ("..", ".."),
        ("ü" * 300, "ü" * 120),
    ],
)
def test_the_name_of_an_attachment_is_a_label(name: str, label: str) -> None:
    (part,) = read(
        mail(attachments=[{"name": name, "content": b"x", "media_type": "application/pdf"}])
    ).iter_attachments()

    assert part.get_filename() == label
    assert part.get_content_disposition() == "attachment"
    assert part["X-Evil"] is None


@pytest.mark.parametrize(
    ("given_type", "sent_as"),
    [
        ("application/pdf", "application/pdf"),
        ("text/csv", "text/csv"),
        ("", "application/octet-stream"),
        ("none/none", "application/octet-stream"),
        ("message/rfc822", "application/octet-stream"),
        ("text/html\r\nX-Evil: 1", "application/octet-stream"),
        ("multipart/mixed", "application/octet-stream"),
    ],
)
def test_every_attachment_has_a_type_and_arrives_byte_by_byte(given_type: str, sent_as: str) -> None:
    content = bytes(range(256))
    (part,) = read(
        mail(attachments=[{"name": "x.bin", "content": content, "media_type": given_type}])
    ).iter_attachments()

    assert part.get_content_type() == sent_as
    assert part.get_payload(decode=True) == content


@pytest.mark.parametrize(
    "attachment", [{}, {"content_base64": "!"}, {"content": "text"}, {"content_base64": "ä"}, {"content": 3.5}]
)
def test_an_attachment_without_content_stops_the_mail(attachment: dict[str, Any]) -> None:
    assert reason(attachments=[attachment]) == "attachment_unreadable"


LINE = st.text(st.characters(exclude_categories=["Cc", "Zl", "Zp"]), max_size=300)


@given(LINE, LINE, st.text(max_size=200), LINE)
def test_whatever_strangers_write_reaches_only_the_one_recipient(name: str, subject: str, text: str, file: str) -> None:
    """Long names with commas become further addresses when the standard library of Python 3.11 folds them."""
    name = name.replace("<", "").replace(">", "")[:250]
    made = mail(
        to=f"{name} <anna@example.org>", subject=subject, text=text, attachments=[{"name": file, "content": b"x"}]
    )
    parsed = read(made)

    assert made.recipients == ("anna@example.org",)
    assert [each.addr_spec for each in parsed["To"].addresses] == ["anna@example.org"]
    assert set(parsed.keys()) == {
        "MIME-Version", "Content-Type", "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "List-Id",
    }  # fmt: skip
    assert max(map(len, made.content.split(b"\r\n"))) < 998
    assert b"\n" not in made.content.replace(b"\r\n", b"")
    assert made.content.isascii()
    clean = subject.encode("utf-8", "replace").decode()
    assert parsed["Subject"].split() == clean.split() or "=?" in clean


def test_a_long_name_with_commas_is_one_name() -> None:
    name = "x, y evil@x.example, " * 5
    made = read(mail(to=f"{name} <anna@example.org>"))

    assert [each.addr_spec for each in made["To"].addresses] == ["anna@example.org"]
    assert made["To"].addresses[0].display_name == name.strip()


@pytest.mark.corpus
def test_hostile_strings_as_names_subjects_and_file_names(shared_corpus: Path) -> None:
    lines = (shared_corpus / "hostile" / "strings" / "blns.txt").read_text("utf-8").split("\n")
    for text in lines:
        try:
            headers = mail(subject=text, text=text).content.partition(b"\r\n\r\n")[0].split(b"\r\n")
        except BusinessError as refused:
            if refused.reason_code != "header_refused":
                raise
            continue
        assert [line for line in headers if line.startswith(b"To:")] == [b"To: anna@example.org"]
        assert sum(not line.startswith(b" ") for line in headers) == 10
    attachments = [{"name": text, "content": str(number).encode()} for number, text in enumerate(lines)]
    parts = list(message_from_bytes(mail(attachments=attachments).content).walk())[2:]
    assert [part.get_payload(decode=True) for part in parts] == [each["content"] for each in attachments]
