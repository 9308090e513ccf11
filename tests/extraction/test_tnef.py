"""What Outlook wraps in winmail.dat is unwrapped, and what is no such file does no harm."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kontorist.extraction.mail import open_mail
from kontorist.extraction.tnef import MOST_DEPTH, MOST_FILES, unwrap
from kontorist.testing.documents.mails import Enclosed, supplier_mail, winmail

PDF = Enclosed(name="Rechnung Müller 2026-117.pdf", content=b"%PDF-1.7\nnot really one")
XML = Enclosed(name="xrechnung.xml", content=b"<Invoice/>")
LOGO = Enclosed(name="image001.png", content=b"\x89PNG\r\n\x1a\n" + bytes(2000))


def held(content: bytes) -> list[tuple[str, bytes]]:
    return [(each.name, each.content) for each in unwrap(content).files]


@pytest.mark.parametrize("named_as", ["unicode", "letters", "title"])
def test_files_come_out_as_they_were_attached(named_as: str) -> None:
    assert held(winmail(PDF, XML, named_as=named_as)) == [(PDF.name, PDF.content), (XML.name, XML.content)]


def test_files_of_a_message_inside_the_message_count_too() -> None:
    assert held(winmail(XML, inside=winmail(PDF))) == [(XML.name, XML.content), (PDF.name, PDF.content)]


def test_messages_inside_messages_end_somewhere() -> None:
    content = winmail(PDF)
    for _ in range(MOST_DEPTH + 5):
        content = winmail(inside=content)

    assert held(content) == []


def test_what_is_too_much_takes_the_place_of_no_other_file() -> None:
    files = [Enclosed(name=f"{number}.pdf", content=b"%d" % number) for number in range(MOST_FILES + 2)]

    assert held(winmail(*files)) == [(each.name, each.content) for each in files[:MOST_FILES]]


@pytest.mark.parametrize(("codepage", "name"), [(1252, "Prüfung.pdf"), (1250, "Płatność.pdf"), (932, "請求書.pdf")])
def test_names_are_read_in_the_code_page_of_the_sender(codepage: int, name: str) -> None:
    file = Enclosed(name=name, content=b"x")

    assert held(winmail(file, codepage=codepage, named_as="title")) == [(name, b"x")]


def test_an_unknown_code_page_loses_no_file() -> None:
    content = winmail(XML).replace((1252).to_bytes(4, "little"), (4711).to_bytes(4, "little"), 1)

    assert held(content) == [(XML.name, XML.content)]


def test_cut_off_anywhere_it_gives_what_was_whole() -> None:
    whole = winmail(PDF, XML, text="Guten Tag", inside=winmail(LOGO))
    for end in range(len(whole)):
        assert len(unwrap(whole[:end]).files) <= 3

    assert held(whole[: whole.index(XML.content) + len(XML.content)])[0] == (PDF.name, PDF.content)


@given(st.integers(6, 600), st.binary(max_size=8))
def test_whatever_is_broken_nothing_raises(place: int, noise: bytes) -> None:
    whole = winmail(PDF, XML, inside=winmail(PDF))

    unwrap(whole[:place] + noise + whole[place + len(noise) :])
    unwrap(whole[:6] + noise)
    unwrap(noise)


def test_an_invoice_in_a_winmail_dat_is_a_file_of_the_mail() -> None:
    wrapped = Enclosed(name="winmail.dat", content=winmail(PDF, LOGO, text="Anbei die Rechnung."))
    found = open_mail(supplier_mail(wrapped, text=""), start=0)

    assert [(each["name"], each["media_type"], each["readable"]) for each in found["attachments"]] == [
        (PDF.name, "application/pdf", True)
    ], "without the logo of the signature"
    assert found["text"] == "Anbei die Rechnung."


def test_a_winmail_dat_without_files_stays_what_it_is() -> None:
    found = open_mail(supplier_mail(Enclosed(name="winmail.dat", content=winmail())), start=0)

    assert [(each["name"], each["readable"]) for each in found["attachments"]] == [("winmail.dat", False)]
