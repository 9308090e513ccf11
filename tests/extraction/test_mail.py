"""Mails are taken apart: what they say, what they carry, and what is refused before it can do harm."""

from __future__ import annotations

import base64
import random
import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kontorist.extraction import mail as opening
from kontorist.extraction.reading import open_pool
from kontorist.extraction.reading_mail import Mail, read_mail
from kontorist.sandbox import Outcome, Pool, ReasonCode, Refused
from kontorist.testing.documents.mails import Enclosed, supplier_mail

PDF = Enclosed(name="Rechnung Müller.pdf", content=b"%PDF-1.7\nnot really one")


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with open_pool(1) as pool:
        yield pool


class Here:
    """Reads in this process, for examples of what our own reading does."""

    def call(self, function: str, content: bytes, *, start: int) -> Outcome:
        assert function.endswith(":open_mail")
        return Outcome(value=opening.open_mail(content, start=start))


def opened(content: bytes | str) -> Mail:
    return read_mail(Here(), content.encode() if isinstance(content, str) else content)  # type: ignore[arg-type]


def names(mail: Mail) -> list[str]:
    return [each.name for each in mail.attachments]


# --- what a mail says


def test_subject_sender_date_text_and_files_of_a_suppliers_mail(pool: Pool) -> None:
    mail = read_mail(pool, supplier_mail(PDF))

    assert mail.subject == "Rechnung für Mai"
    assert (mail.sender, mail.sender_name) == ("billing@example.net", "Jürgen Groß")
    assert mail.recipients == ("invoices@example.org",)
    assert mail.date == datetime(2026, 5, 20, 6, 15, tzinfo=UTC)
    assert mail.text.startswith("Guten Tag,")
    (file,) = mail.attachments
    assert (file.name, file.media_type, file.content, file.readable) == (PDF.name, "application/pdf", PDF.content, True)
    assert mail.notes == ()
    assert mail.automatic is None


@pytest.mark.parametrize(
    ("header", "subject"),
    [
        ("=?utf-8?B?UsO8Y2t6YWhsdW5n?=", "Rückzahlung"),
        ("=?ISO-8859-1?Q?Pr=FCfung?= =?ISO-8859-1?Q?_Mai?=", "Prüfung Mai"),
        ("=?utf-8?B?w?= =?utf-8?B?vA==?=", None),
        ("Re: =?utf-8?Q?M=C3=BCller?= ?= 50 %", "Re: Müller ?= 50 %"),
        ("a\r\n folded one", "a folded one"),
        ("dots \u202e reversed and \x07 a bell", "dots reversed and a bell"),
    ],
)
def test_subjects_as_they_are_coded_in_the_wild(header: str, subject: str | None) -> None:
    found = opened(f"Subject: {header}\n\nx\n")

    assert subject is None or found.subject == subject


def test_a_header_in_an_undeclared_old_coding_is_read() -> None:
    assert opened(b"Subject: Pr\xfcfung \x80\n\nx\n").subject == "Prüfung €"


@pytest.mark.parametrize("charset", ["nope-99", "idna", "punycode", "zlib_codec", "undefined", "a\0b"])
def test_an_unknown_character_set_is_replaced_and_noted(charset: str) -> None:
    mail = opened(f'Content-Type: text/plain; charset="{charset}"\n\nGuten Tag\n')

    assert mail.text.startswith("Guten Tag")
    assert any("character set" in note for note in mail.notes)


def test_text_without_a_declaration_is_utf_8_or_what_windows_writes() -> None:
    assert opened("Subject: x\n\nGrüße".encode()).text == "Grüße"
    assert opened("Subject: x\n\nGrüße".encode("cp1252")).text == "Grüße"


def test_the_plain_text_is_taken_and_html_only_without_it() -> None:
    both = supplier_mail(text="Als Text", html="<p>Als HTML</p>")
    page = "<style>p {color: red}</style><p>Betrag:<br>1 &lt; 2 &euro;</p><script>x < y</script>Ende"

    assert opened(both).text.strip() == "Als Text"
    assert opened(f"Content-Type: text/html; charset=utf-8\n\n{page}").text == "Betrag:\n1 < 2 €\nEnde"


def test_many_open_brackets_take_no_time() -> None:
    mail = opened("Content-Type: text/html\n\n" + "<script <" * 100_000)

    assert mail.text == ""


def test_a_date_without_place_is_utc_and_nonsense_is_none() -> None:
    assert opened("Date: Wed, 20 May 2026 08:15:00 -0000\n\nx").date == datetime(2026, 5, 20, 8, 15, tzinfo=UTC)
    assert opened("Date: Wed, 20 May 2026 08:15:00 +0530\n\nx").date is not None
    assert opened("Date: next week\n\nx").date is None
    assert opened("Date: Wed, 99 May 2026 08:15:00 +9999\n\nx").date is None


def test_broken_addresses_are_noted_and_nothing_stops() -> None:
    mail = opened("From: " + "(" * 9000 + "\nSubject: x\n\ntext")

    assert mail.sender == ""
    assert mail.subject == "x"


# --- nothing answers machines


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ("Auto-Submitted: auto-replied", "auto_submitted"),
        ("auto-submitted: Auto-Generated; owner=x", "auto_submitted"),
        ("Auto-Submitted:", "auto_submitted"),
        ("Auto-Submitted: no", None),
        ("Auto-Submitted: No (a person)", None),
        ("Return-Path: <>", "bounce"),
        ("Return-Path: < >", "bounce"),
        ("Return-Path: <billing@example.net>", None),
        ("Message-ID: <x@Office.Example.org>", "own_domain"),
        ("Message-ID: <x@mail.office.example.org>", None),
        ("Message-ID: office.example.org", "own_domain"),
        ("X-Nothing: 1", None),
    ],
)
def test_what_no_machine_may_answer_is_recognised(headers: str, why: str | None) -> None:
    assert opened(f"{headers}\n\nx").never_answered_because("office.example.org") == why


def test_without_a_domain_of_ours_no_mail_is_ours() -> None:
    assert opened("Message-ID: <x@>\n\nx").never_answered_because(None) is None


# --- what it carries


def test_names_are_labels_of_one_line_and_none_stands_twice() -> None:
    twice = opened(supplier_mail(PDF, PDF, Enclosed(name="../../etc/passwd", content=b"x")))

    assert names(twice) == [PDF.name, f"{PDF.name} (2)", "../../etc/passwd"]
    assert [each.readable for each in twice.attachments] == [True, True, False]


def test_a_file_name_in_coded_words_and_in_pieces_is_read() -> None:
    part = "Content-Type: application/pdf\nContent-Disposition: attachment; {}\n\n%PDF-1"

    def name(parameters: str) -> str:
        return opened(part.format(parameters)).attachments[0].name

    assert name('filename="=?utf-8?Q?M=C3=BCller.pdf?="') == "Müller.pdf"
    assert name("filename*0*=utf-8''M%C3%BC; filename*1=ller.pdf") == "Müller.pdf"
    assert name("filename*=nope''a%20b.pdf") == "a b.pdf"
    assert name("filename=a\x01b.pdf") == "a b.pdf"
    assert name('filename=""') == "attachment"


def test_files_of_a_forwarded_mail_count_as_files_of_the_mail() -> None:
    outer = EmailMessage()
    outer["Subject"] = "Fwd: Rechnung"
    outer.set_content("siehe unten")
    inner = EmailMessage()
    inner.set_content("anbei")
    inner.add_attachment(PDF.content, maintype="application", subtype="pdf", filename=PDF.name)
    outer.add_attachment(inner)

    assert names(opened(outer.as_bytes())) == [PDF.name]
    assert opened(outer.as_bytes()).text.strip() == "siehe unten"


def with_picture(content: bytes) -> bytes:
    mail = EmailMessage()
    mail.set_content("<p>Beleg <img src='cid:logo1'></p>", subtype="html")
    mail.add_related(content, "image", "png", cid="<logo1>", filename="image001.png")
    return mail.as_bytes()


def test_the_logo_of_a_signature_is_decoration_and_a_photograph_is_not() -> None:
    png = b"\x89PNG\r\n\x1a\n"

    assert names(opened(with_picture(png + bytes(2000)))) == []
    assert names(opened(with_picture(png + bytes(100_000)))) == ["image001.png"]


def test_what_outlook_wraps_is_a_file_like_others() -> None:
    (file,) = opened(supplier_mail(Enclosed(name="winmail.dat", content=b"\x78\x9f\x3e\x22"))).attachments

    assert (file.name, file.media_type, file.readable) == ("winmail.dat", "application/ms-tnef", False)


def test_a_page_of_html_is_no_invoice_and_an_xml_file_may_be() -> None:
    page = Enclosed(name="rechnung.html", content=b"<!DOCTYPE html><html></html>")
    mail = opened(supplier_mail(page, Enclosed(name="x.xml", content=b"<?xml version='1.0'?><a/>")))

    assert [each.readable for each in mail.attachments] == [False, True]


def test_a_broken_media_type_is_any_file() -> None:
    mail = opened('Content-Type: applica tion/pdf;\nContent-Disposition: attachment; filename="x.pdf"\n\n%PDF-1')

    assert mail.attachments[0].media_type in {"application/octet-stream", "text/plain"}


def test_a_mail_with_large_files_comes_in_several_answers(pool: Pool) -> None:
    noise = random.Random(7).randbytes
    files = [Enclosed(name=f"{number}.pdf", content=noise(3_000_000 + number)) for number in range(3)]

    mail = read_mail(pool, supplier_mail(*files))

    assert [each.content for each in mail.attachments] == [each.content for each in files]


# --- what is refused


def nested(depth: int, kind: str = "multipart/mixed") -> bytes:
    if kind == "message/rfc822":
        return b"Content-Type: message/rfc822\n\n" * depth + b"Subject: x\n\ny"
    starts = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(depth))
    return starts + b"\nx\n" + b"".join(b"--b%d--\n" % n for n in reversed(range(depth)))


def many_parts(count: int) -> bytes:
    return b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * count + b"--b--\n"


@pytest.mark.parametrize(
    "hostile",
    [
        nested(31),
        nested(5000),
        nested(31, "message/rfc822"),
        nested(20_000, "message/rfc822"),
        many_parts(1001),
        b"Content-Type: text/plain" + b"; a=b" * 101 + b"\n\nx",
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Disposition: attachment" + b";a=b" * 101 + b"\n\nx",
        b"X: " + b"y" * 262_144 + b"\n\nx",
        b"X: y\n" * 100_000,
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" + b"X: yyyyyyyy\n" * 30_000 + b"\nx\n--b--",
    ],
)
def test_mails_beyond_the_limits_are_refused_with_a_sentence(pool: Pool, hostile: bytes) -> None:
    with pytest.raises(Refused) as refused:
        read_mail(pool, hostile)

    assert refused.value.reason is ReasonCode.FORBIDDEN_CONSTRUCT
    assert "for safety" in refused.value.sentence
    assert read_mail(pool, supplier_mail(PDF)).subject, "the next mail is read as ever"


@pytest.mark.parametrize(
    "large",
    [
        nested(30),
        nested(29, "message/rfc822"),
        many_parts(1000),
        b"Content-Type: text/plain" + b"; a=b" * 99 + b"\n\nx",
    ],
)
def test_mails_at_the_limits_are_read(large: bytes) -> None:
    assert isinstance(opened(large), Mail)


def test_more_than_fifty_mebibytes_never_reach_a_child() -> None:
    with pytest.raises(Refused, match="50 MiB"):
        opened(b"x" * (50 * 1024 * 1024 + 1))
    with pytest.raises(Refused):
        opening.open_mail(b"x" * (50 * 1024 * 1024 + 1), start=0)


GOOD: dict[str, Any] = {
    "subject": "s", "sender": "", "sender_name": "", "recipients": [], "date": None, "message_id": "",
    "automatic": None, "text": "", "notes": [], "attachments": [], "content": "",
}  # fmt: skip


@pytest.mark.parametrize(
    "lie",
    [
        None,
        [],
        {},
        GOOD | {"attachments": [{"name": "a", "media_type": "b", "size": -1, "readable": True}]},
        GOOD | {"attachments": [{"name": "a", "media_type": "b", "size": 10**12, "readable": True}]},
        GOOD | {"attachments": [{"name": "a", "media_type": "b", "size": 3, "readable": True}]},
        GOOD | {"content": "no base64!"},
        GOOD | {"date": "soon"},
        GOOD | {"recipients": 3},
    ],
)
def test_a_child_that_lies_is_not_believed(lie: object) -> None:
    class Lying:
        def call(self, *_: object, **__: object) -> Outcome:
            return Outcome(value=lie)

    with pytest.raises(Refused) as refused:
        read_mail(Lying(), b"a mail")  # type: ignore[arg-type]
    assert refused.value.reason is ReasonCode.PARSER_DIED


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    mail = opened(content)

    assert mail.subject == mail.subject.encode("utf-8").decode()
    mail.text.encode()


_LINES = st.sampled_from(
    [
        "Content-Type: multipart/mixed; boundary=b", "Content-Type: multipart/digest; boundary=b",
        "Content-Type: message/rfc822", "Content-Type: message/partial", "Content-Type: text/html; charset=utf-7",
        "Content-Transfer-Encoding: base64", "Content-Transfer-Encoding: quoted-printable",
        "Content-Transfer-Encoding: x-uuencode", "Content-Disposition: attachment; filename*1=a; filename*0*=x'y'%FF",
        "Subject: =?utf-8?b?/////w==?=", "From: =?x?q?a?= <a@b>, <", "Date: 1", "", "--b", "--b--", "begin 644 x",
        "aGk=", "=FF=", "+AAA-", " folded", "\x00\ud800".encode("utf-8", "replace").decode(),
    ]
)  # fmt: skip


@given(st.lists(_LINES, max_size=25))
def test_any_mixture_of_what_mails_are_made_of_is_read(lines: list[str]) -> None:
    mail = opened("\r\n".join(lines))

    assert len(mail.attachments) <= len(lines)


@pytest.mark.corpus
@pytest.mark.parametrize("folder", ["eml", "made-eml", "tnef"])
def test_every_hostile_mail_is_read_or_refused_within_seconds(pool: Pool, shared_corpus: Path, folder: str) -> None:
    for file in sorted((shared_corpus / "hostile" / folder).iterdir()):
        content = file.read_bytes()
        if folder == "tnef":
            content = supplier_mail(Enclosed(name="winmail.dat", content=content))
        began = datetime.now(UTC)
        assert outcome_of(pool, content) in {"read", ReasonCode.FORBIDDEN_CONSTRUCT}, file.name
        assert datetime.now(UTC) - began < timedelta(seconds=5), file.name


def outcome_of(pool: Pool, content: bytes) -> str:
    try:
        return "read" if all(each.content for each in read_mail(pool, content).attachments) else "an empty file"
    except Refused as refused:
        return refused.reason


def test_bytes_in_the_attachment_are_kept_bit_by_bit() -> None:
    every = bytes(range(256)) * 3 + struct.pack(">d", 1.1)

    assert opened(supplier_mail(Enclosed(name="a.bin", content=every))).attachments[0].content == every
    assert base64.b64encode(every) in supplier_mail(Enclosed(name="a.bin", content=every)).replace(b"\n", b"")
