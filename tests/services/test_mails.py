"""Invoices that come by mail: the mail is kept as it came, its papers are read like those from anywhere else."""

from __future__ import annotations

import pytest

from kontorist.domain.ids import DocumentId
from kontorist.testing.documents.mails import Enclosed, supplier_mail, winmail
from kontorist.testing.office import Office

WINMAIL = Enclosed(name="winmail.dat", content=b"\x78\x9f\x3e\x22")
CONDITIONS = Enclosed(name="AGB.docx", content=b"PK\x03\x04")


def paper(office: Office, name: str) -> Enclosed:
    return Enclosed.of(office.post[name].file)


def outcome(office: Office, documents: list[DocumentId]) -> list[tuple[str, str]]:
    summaries = (office.services.payables.summary(each) for each in documents)
    return [(each["name"], each["state"]) for each in summaries]


def only(office: Office, documents: list[DocumentId]) -> dict[str, str]:
    (document,) = documents
    return office.services.payables.summary(document)


def test_the_invoice_in_a_mail_is_booked_and_the_mail_kept_as_it_came(office: Office) -> None:
    mail = supplier_mail(paper(office, "papierhaus-lindner.pdf"))
    (invoice,) = office.takes_in_mail(mail)

    assert office.state(invoice) == "booked"
    archive = office.services.archive
    ((relation, original),) = archive.links(invoice)  # type: ignore[attr-defined]  # of DocumentArchive
    assert relation == "part_of"
    assert archive.content(DocumentId(original)) == mail
    assert archive.content(invoice) == paper(office, "papierhaus-lindner.pdf").content
    assert archive.get(invoice).media_type == "application/pdf"


def test_a_mail_is_found_by_its_subject_and_by_what_it_says(office: Office) -> None:
    office.takes_in_mail(supplier_mail(paper(office, "papierhaus-lindner.pdf"), text="Lieferung Toner schwarz"))

    find = office.services.archive.find  # type: ignore[attr-defined]  # of DocumentArchive
    (hit,) = find("Toner schwarz").hits
    assert hit.title == "Rechnung für Mai"


def test_each_invoice_of_a_mail_has_its_own_fate_and_other_files_are_only_kept(office: Office) -> None:
    names = ("papierhaus-lindner.pdf", "elektro-brandt.pdf")
    documents = office.takes_in_mail(supplier_mail(*(paper(office, name) for name in names), CONDITIONS))

    assert outcome(office, documents) == [("papierhaus-lindner.pdf", "booked"), ("elektro-brandt.pdf", "worklist")]
    assert held(office, "AGB.docx"), "a file that is no invoice is in the archive all the same"


def test_beside_an_invoice_a_file_that_may_hold_another_one_unseen_is_set_aside(office: Office) -> None:
    closed = [
        Enclosed(name="mai.zip", content=b"PK\x05\x06" + bytes(18)),
        WINMAIL,
        Enclosed(name="leer.pdf", content=b""),
    ]
    documents = office.takes_in_mail(supplier_mail(paper(office, "papierhaus-lindner.pdf"), *closed))

    assert outcome(office, documents) == [
        ("papierhaus-lindner.pdf", "booked"),
        ("mai.zip", "quarantined"),
        ("winmail.dat", "quarantined"),
        ("leer.pdf", "quarantined"),
    ]


def test_one_mail_by_two_addresses_is_booked_once_and_asked_about_once(office: Office) -> None:
    invoice = paper(office, "papierhaus-lindner.pdf")
    first = office.takes_in_mail(supplier_mail(invoice, headers=[("Delivered-To", "a@example.org")]), "a.eml")
    second = office.takes_in_mail(supplier_mail(invoice, headers=[("Delivered-To", "b@example.org")]), "b.eml")

    assert only(office, first)["state"] == "booked"
    assert only(office, second)["reason_code"] == "KON-DUPLICATE"


@pytest.mark.parametrize(
    ("enclosed", "said"),
    [((), "no file"), ((WINMAIL,), "only winmail.dat"), ((CONDITIONS, WINMAIL), "only AGB.docx, w")],
)
def test_a_mail_without_an_invoice_is_set_aside_with_what_it_holds(
    office: Office, enclosed: tuple[Enclosed, ...], said: str
) -> None:
    summary = only(office, office.takes_in_mail(supplier_mail(*enclosed)))

    assert summary["state"] == "quarantined"
    assert summary["reason_code"] == "KON-FILE-NO_PAPER"
    assert said in summary["reason"]
    assert '"Rechnung für Mai" from billing@example.net' in summary["reason"]
    assert [action["to"] for action in office.sink.done.values()] == [["anna@example.org"]]


def test_an_invoice_that_outlook_has_wrapped_is_booked_like_any_other(office: Office) -> None:
    wrapped = Enclosed(name="winmail.dat", content=winmail(paper(office, "papierhaus-lindner.pdf")))

    assert only(office, office.takes_in_mail(supplier_mail(wrapped)))["state"] == "booked"


def test_a_mail_that_cannot_be_opened_is_set_aside_with_the_reason(office: Office) -> None:
    summary = only(office, office.takes_in_mail(b"Content-Type: message/rfc822\n\n" * 40 + b"x"))

    assert summary["state"] == "quarantined"
    assert summary["reason_code"] == "KON-FILE-FORBIDDEN_CONSTRUCT"
    assert "deep inside one another" in summary["reason"]


@pytest.mark.parametrize("header", [("Auto-Submitted", "auto-replied"), ("Return-Path", "<>")])
def test_nobody_is_written_to_about_a_note_of_a_machine(office: Office, header: tuple[str, str]) -> None:
    """Else an out-of-office note about our letter would cause the next letter."""
    summary = only(office, office.takes_in_mail(supplier_mail(headers=[header])))

    assert (summary["state"], summary["reason_code"]) == ("quarantined", "KON-FILE-AUTOMATIC_MAIL")
    assert office.sink.done == {}


def test_the_invoice_that_a_machine_sent_is_booked_like_others(office: Office) -> None:
    mail = supplier_mail(paper(office, "papierhaus-lindner.pdf"), headers=[("Auto-Submitted", "auto-generated")])

    assert only(office, office.takes_in_mail(mail))["state"] == "booked"


def test_our_own_mails_are_never_to_be_answered(office: Office) -> None:
    (document,) = office.takes_in_mail(supplier_mail(message_id="<abc@example.org>"))  # our letters: office@example.org

    mails = office.services.mails
    assert mails.never_answered_because(mails.open(document)) == "own_domain"


def test_the_same_mail_worked_on_twice_changes_nothing(office: Office) -> None:
    event = office.receives_mail(supplier_mail(paper(office, "elektro-brandt.pdf"), WINMAIL), "mail.eml")
    first = office.intake(event)
    before = books(office)

    assert office.intake(event) == first
    assert books(office) == before


def held(office: Office, word: str) -> list[str]:
    """The lines of the archive's tables with `word`."""
    dump: list[str] = office.services.archive.dump()  # type: ignore[attr-defined]  # of DocumentArchive
    return [line for line in dump if word in line and line.startswith(("document", "link"))]


def books(office: Office) -> tuple[object, ...]:
    store = office.services.store
    with store.read() as tx:
        return (
            [(row.id, row.state) for row in store.documents.list(tx)],
            [(item.id, item.version) for item in store.worklist.list(tx, states=None)],
            [(effect.key, effect.state, effect.attempts) for effect in store.effects.list(tx)],
            office.services.archive.dump(),  # type: ignore[attr-defined]  # of DocumentArchive
        )
