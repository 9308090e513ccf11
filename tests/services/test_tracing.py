"""From a figure to the page, and the story of one paper."""

from __future__ import annotations

import json
import sqlite3

import pytest

from kontorist.domain.approvals import Verdict
from kontorist.domain.events import Event
from kontorist.domain.ids import DocumentId, EntryId, EventId, WorkItemId
from kontorist.domain.ledger.journal import JournalEntry, Line
from kontorist.domain.money import Money
from kontorist.domain.references import ReferenceUnknown
from kontorist.store.errors import NotInStore
from kontorist.testing.fakes import FakeClock
from kontorist.testing.office import TODAY, Office


def test_a_line_leads_to_the_field_the_page_and_the_box(office: Office) -> None:
    document = office.takes_in("papierhaus-lindner.pdf")

    facts = office.services.tracing.trace("1.1")

    (entry,) = facts["entries"]
    (line,) = entry["lines"]
    (field,) = line["evidence"]
    assert (facts["reference"], facts["kind"]) == ("E1.1", "line")
    assert entry["document"]["id"] == document
    assert (line["reference"], line["origin"], field["field"]) == ("E1.1", "net", "net")
    assert field["value"] == line["amount"]
    assert field["page"] == 1
    assert 0 <= field["box"]["x0"] < field["box"]["x1"] <= 100
    assert field["reason"]
    assert json.dumps(facts)


def test_document_item_event_and_entry_lead_to_the_same_entries(office: Office) -> None:
    event = office.receives("drukkerij-brochures.pdf")
    (document,) = office.intake(event)
    (item,) = office.services.worklist.items()
    for name in ("joost", "carla"):
        office.services.worklist.decide(item.id, office.actor(name), Verdict.APPROVE)
    office.services.worklist.carry_out(item.id)

    traced = [office.services.tracing.trace(reference)["entries"] for reference in ("E1", document, item.id, event)]

    assert traced[0][0]["approved_by"] == ["joost", "carla"]
    assert all(each == traced[0] for each in traced)


def test_a_document_without_an_entry_shows_what_was_read(office: Office) -> None:
    document = office.takes_in("sonnental.pdf")

    (unbooked,) = office.services.tracing.trace(document)["documents"]

    assert unbooked["state"] == "worklist"
    assert {each["field"]: each["value"] for each in unbooked["evidence"]}["currency"] == "EUR"


def test_a_figure_of_a_report_leads_to_what_it_is_made_of(office: Office) -> None:
    office.takes_in("papierhaus-lindner.pdf")
    event = reported(office, {"posted/EUR": ["E1.1", "E1.2"]})

    (entry,) = office.services.tracing.trace(f"{event}/posted/EUR")["entries"]

    assert [line["reference"] for line in entry["lines"]] == ["E1.1", "E1.2"]
    with pytest.raises(ReferenceUnknown, match="no figure 'posted/GBP'"):
        office.services.tracing.trace(f"{event}/posted/GBP")


def reported(office: Office, figures: dict[str, list[str]]) -> EventId:
    event = Event(id="report", source="/test", type="run.requested")
    with office.services.store.write() as tx:
        accepted = office.services.store.inbox.accept(tx, event, raw_hash="x").id
        office.services.store.audit.note(
            tx,
            actor=office.actor("anna").person,
            verb="reported",
            subject=accepted,
            at=office.services.clock.now(),
            after={"figures": figures},
        )
    return accepted


def test_what_took_an_entry_back_stands_beside_it(office: Office) -> None:
    office.takes_in("papierhaus-lindner.pdf")
    item = office.services.reversals.ask(1, office.actor("anna"), reason="wrong", afterwards="rejected")
    office.services.worklist.decide(item.id, office.actor("joost"), Verdict.APPROVE)
    office.services.worklist.carry_out(item.id)

    wrong, back = office.services.tracing.trace(item.id)["entries"]

    assert (wrong["reversed_by"], back["reverses"]) == (2, 1)
    assert back["lines"][0]["evidence"][0]["field"] == "net"


def test_a_document_that_only_the_archive_has_is_named_with_its_hash(office: Office) -> None:
    lines = (
        Line(account="6000", amount=Money("9.00", "EUR"), origin="gross"),
        Line(account="1100", amount=Money("-9.00", "EUR"), origin="net"),
    )
    register = JournalEntry(
        id=EntryId("J1"), day=TODAY, text="Pay", lines=lines, document=DocumentId("D1"), document_sha256="ab" * 32
    )
    with office.services.store.write() as tx:
        office.services.store.journal.post(tx, register)

    (entry,) = office.services.tracing.trace("E1")["entries"]

    assert (entry["document"]["id"], entry["document"]["sha256"]) == ("D1", "ab" * 32)


@pytest.mark.parametrize("reference", ["E7", "1.9", "D" + "0" * 20, "W" + "0" * 20, "E" + "0" * 20, "nonsense"])
def test_what_is_not_in_the_books_is_said(office: Office, reference: str) -> None:
    office.takes_in("papierhaus-lindner.pdf")

    with pytest.raises((ReferenceUnknown, NotInStore)):
        office.services.tracing.trace(reference)
    if reference != "1.9":
        with pytest.raises((ReferenceUnknown, NotInStore)):
            office.services.history.of(reference)


def test_the_story_of_a_paper_is_told_from_its_arrival_to_its_reversal(office: Office) -> None:
    event = office.receives("drukkerij-brochures.pdf")
    (document,) = office.intake(event)
    (item,) = office.services.worklist.items()
    agree(office, item.id, "joost", "carla")
    reversal = office.services.reversals.ask(1, office.actor("anna"), reason="wrong", afterwards="rejected")
    agree(office, reversal.id, "joost")

    story = office.services.history.of(document)

    said = [(line.who, line.what) for line in story if line.what != "mail sent" and "approval" not in line.what]
    assert said[0] == ("/test", "document.received received") or said[0] == ("/test", "archived")
    wanted = ["asked people", "approved", "approved", "posted", "asked for a reversal", "approved", "posted"]
    assert [what for _, what in said if what in wanted] == wanted
    assert [line.facts["note"] for line in story if line.what == "approved"][:2] == ["says joost", "says carla"]
    assert [line.time for line in story] == sorted(line.time for line in story)
    for reference in (item.id, reversal.id, event, "E1", "E2"):
        assert [line.data() for line in office.services.history.of(reference)] == [line.data() for line in story]


def agree(office: Office, item: WorkItemId, *names: str) -> None:
    clock = office.services.clock
    assert isinstance(clock, FakeClock)
    for name in names:
        clock.advance(minutes=1)
        office.services.worklist.decide(item, office.actor(name), Verdict.APPROVE, note=f"says {name}")
    clock.advance(minutes=1)
    office.services.worklist.carry_out(item)
    clock.advance(minutes=1)


def test_the_chains_are_whole_until_somebody_touches_them(office: Office) -> None:
    office.takes_in("papierhaus-lindner.pdf")
    assert office.services.history.verify() == []

    intruder = sqlite3.connect(office.services.store.file)
    intruder.executescript(
        "DROP TRIGGER line_refuses_update; DROP TRIGGER audit_refuses_update;"
        "UPDATE line SET amount = '1.00' WHERE entry = 1 AND position = 1;"
        "UPDATE audit SET actor = 'nobody' WHERE seq = 1;"
    )
    intruder.close()

    assert office.services.history.verify() == [
        "Line 1 of the audit trail was changed after it was written.",
        "Entry 1 was changed after it was posted.",
    ]
