"""The end of a month at the sample company: what is missing and who has it, and a pack that is written once."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text

from kontorist.domain.approvals import Verdict
from kontorist.domain.closing.month import Check, MonthFigures
from kontorist.domain.closing.references import FigureReference, NoSuchFigure
from kontorist.domain.events import Event
from kontorist.domain.ids import SYSTEM, CustomerId, EntryId, EventId
from kontorist.domain.ledger.journal import JournalEntry, Line
from kontorist.domain.money import Money
from kontorist.domain.periods import Period
from kontorist.domain.receivables.customers import Customer
from kontorist.services.closing import BANK_STATEMENT, Closing, JournalUnreadable, Pack
from kontorist.testing.office import Office
from tasks.reporting.copies import readable_copy

MAY, APRIL = Period(2026, 5), Period(2026, 4)


@pytest.fixture(autouse=True)
def carla_reads(office: Office) -> None:
    read_by(office, "carla")


def read_by(office: Office, *people: str) -> None:
    """Who gets the pack, as config.yaml would say it."""
    reporting = office.services.config.reporting
    pack = reporting.month_pack.model_copy(update={"to": people})
    office.services.config.__dict__["reporting"] = reporting.model_copy(update={"month_pack": pack})


def closing(office: Office) -> Closing:
    return office.services.closing


def missing(office: Office, check: Check, period: Period = MAY) -> list[tuple[str | None, tuple[str, ...]]]:
    return [(each.what, each.who) for each in closing(office).figures(period).missing if each.check is check]


def at_work(office: Office, *names: str) -> None:
    """Papers are taken in, and their events settled as the dispatcher does."""
    for name in names:
        event = office.receives(name)
        office.intake(event)
        settle(office, event)


def settle(office: Office, event: EventId) -> None:
    with office.services.store.write() as tx:
        claims = office.services.store.inbox.claim(tx, owner="test", now=office.services.clock.now(), limit=99)
        for claim in claims:
            office.services.store.inbox.done(tx, claim, {})


def statement(office: Office, day: date | None = None) -> None:
    """A bank statement comes in on 20 May, of another `day` where one is given."""
    record = office.services.archive.add(
        b"statement", name="bank.xml", media_type="application/xml", source="/test", source_id="bank", actor=SYSTEM,
        document_class=BANK_STATEMENT,
    )  # fmt: skip
    if day is not None:
        office.services.archive.add_text(record.id, "", date=day)


def post(office: Office, number: int, *lines: tuple[str, str], day: date = date(2026, 5, 4), **more: str) -> None:
    entry = JournalEntry(
        id=EntryId(f"J{number}"),
        day=day,
        text=f"Entry {number}",
        lines=tuple(
            Line(account=account, amount=Money(amount, "EUR"), origin="net", **more) for account, amount in lines
        ),  # type: ignore[arg-type]  # partner or due
    )
    with office.services.store.write() as tx:
        office.services.store.journal.post(tx, entry)


def asked(office: Office, identity: str = "close-1") -> EventId:
    event = Event(id=identity, source="/test/run", type="run.requested")
    with office.services.store.write() as tx:
        return office.services.store.inbox.accept(tx, event, raw_hash=identity).id


def simple(figures: MonthFigures, language: str) -> bytes:
    """A workbook that is quick to write: the same figures give the same bytes."""
    return f"{language} {figures.fingerprint()}".encode()


def keep(office: Office, identity: str = "close-1", period: Period = MAY) -> Pack:
    event = asked(office, identity)
    pack = closing(office).keep(closing(office).figures(period), simple, event)
    office.services.letters.send_planned(event)
    return pack


def letters(office: Office) -> list[str]:
    return [action["subject"] for key, action in office.sink.done.items() if "month_end" in key]


# --- looking


def test_a_month_without_anything_only_misses_its_bank_statement(office: Office) -> None:
    figures = closing(office).figures(MAY)

    assert [(each.check, each.who) for each in figures.missing] == [(Check.BANK_FILE, ("anna",))]
    statement(office)
    assert closing(office).figures(MAY).ready


def test_a_statement_counts_for_the_month_it_is_dated_in(office: Office) -> None:
    statement(office, day=date(2026, 4, 30))

    assert missing(office, Check.BANK_FILE) != []
    assert missing(office, Check.BANK_FILE, APRIL) == []


def test_what_waits_for_people_is_missing_with_those_who_can_decide(office: Office) -> None:
    at_work(office, "drukkerij-brochures.pdf")
    (item,) = office.services.worklist.items()

    assert missing(office, Check.WORKLIST) == [(item.title, ("joost", "carla"))]
    office.services.worklist.assign(item.id, office.actor("anna"), office.actor("joost").person)
    assert missing(office, Check.WORKLIST) == [(item.title, ("joost",))]
    assert missing(office, Check.DOCUMENTS) == []  # the item stands for its document


def test_an_item_keeps_the_months_after_it_open_too_but_not_those_before(office: Office) -> None:
    at_work(office, "drukkerij-brochures.pdf")

    assert missing(office, Check.WORKLIST, MAY.following()) != []
    assert missing(office, Check.WORKLIST, Period(2026, 3)) == []


def test_a_file_that_cannot_be_read_is_an_unbooked_document(office: Office) -> None:
    at_work(office, "download.pdf")

    assert missing(office, Check.DOCUMENTS) == [("download.pdf", ("anna",))]


def test_what_was_approved_and_not_carried_out_yet_is_still_unbooked(office: Office) -> None:
    at_work(office, "drukkerij-brochures.pdf")
    (item,) = office.services.worklist.items()
    for name in ("joost", "carla"):
        office.services.worklist.decide(item.id, office.actor(name), Verdict.APPROVE)

    assert missing(office, Check.DOCUMENTS) == [("drukkerij-brochures.pdf", ("anna",))]
    assert missing(office, Check.EVENTS) == [("approval.granted", ("anna",))]


def test_events_that_nobody_has_worked_off_are_told_by_type(office: Office) -> None:
    office.receives("papierhaus-lindner.pdf")
    office.receives("atelier-morel.pdf")

    figures = closing(office).figures(MAY)

    (events,) = (each for each in figures.missing if each.check is Check.EVENTS)
    assert (events.what, events.reason) == ("document.received", "2 events have not been worked off yet.")


def test_an_event_that_was_stopped_is_told_with_its_reason(office: Office) -> None:
    event = office.receives("papierhaus-lindner.pdf")
    with office.services.store.write() as tx:
        office.services.store.inbox.quarantine(tx, event, "KON-1", "The flow failed four times.")

    (events,) = (each for each in closing(office).figures(MAY).missing if each.check is Check.EVENTS)

    assert (events.reference, events.reason) == (event, "The flow failed four times.")


def test_what_comes_in_after_the_month_does_not_keep_it_open(office: Office) -> None:
    office.receives("papierhaus-lindner.pdf")
    asked(office)

    assert missing(office, Check.EVENTS, APRIL) == []
    assert missing(office, Check.EVENTS) != []  # and our own run is nothing that came in
    assert [what for what, _ in missing(office, Check.EVENTS)] == ["document.received"]


def test_a_statement_or_a_report_is_no_unbooked_document(office: Office) -> None:
    statement(office)
    with office.services.store.write() as tx:
        (document,) = office.services.archive.dated(BANK_STATEMENT, MAY.first, MAY.last)
        office.services.store.documents.add(tx, office.services.archive.get(document))

    assert missing(office, Check.DOCUMENTS) == []


def test_the_books_of_the_sample_month_tie_out(office: Office) -> None:
    at_work(office, "papierhaus-lindner.pdf", "papierhaus-gutschrift.pdf", "koffiebranderij-de-zwaan.pdf")

    figures = closing(office).figures(MAY)

    assert {check for check, count in figures.checks.items() if count} == {Check.BANK_FILE}
    (tie,) = figures.ties
    assert tie.ledger == tie.sub_ledger == figures.owed("EUR")[0]
    assert {figures.partner(item.partner) for item in figures.payables} == {
        "Papierhaus Lindner GmbH", "Koffiebranderij De Zwaan B.V."
    }  # fmt: skip
    assert [entry.number for entry in figures.entries] == [1, 2, 3]


def test_a_posting_on_the_control_account_without_a_partner_is_found(office: Office) -> None:
    post(office, 1, ("6400", "11.00"), ("2000", "-11.00"))

    (found,) = (each for each in closing(office).figures(MAY).missing if each.check is Check.PAYABLES)

    assert (found.amount, found.who, found.reference) == (Money("11.00", "EUR"), ("carla",), "A2000@2026-05")


def test_customers_have_their_sub_ledger_too(office: Office) -> None:
    with office.services.store.write() as tx:
        office.services.store.customers.put(tx, Customer(id=CustomerId("C1"), name="Bakkerij Smit"))
    post(office, 1, ("1300", "119.00"), ("4000", "-119.00"), partner="C1")

    figures = closing(office).figures(MAY)

    assert figures.partner(figures.receivables[0].partner) == "Bakkerij Smit"

    assert figures.owed("EUR") == (Money(0, "EUR"), Money(119, "EUR"))
    assert figures.results["EUR"] == Money(119, "EUR")
    assert figures.checks[Check.RECEIVABLES] == 0


def test_what_was_posted_later_is_not_in_the_month(office: Office) -> None:
    post(office, 1, ("6400", "11.00"), ("1100", "-11.00"), day=date(2026, 4, 30))
    post(office, 2, ("6400", "5.00"), ("1100", "-5.00"))
    post(office, 3, ("6400", "99.00"), ("1100", "-99.00"), day=date(2026, 6, 1))

    supplies = closing(office).figures(MAY).accounts[-1]

    assert [str(each.amount) for each in (supplies.opening, supplies.debit, supplies.closing)] == [
        "11.00", "5.00", "16.00"
    ]  # fmt: skip


def test_an_entry_changed_behind_our_back_is_found(office: Office) -> None:
    post(office, 1, ("6400", "11.00"), ("1100", "-11.00"))
    with office.services.store.write() as tx:
        tx.execute(text("DROP TRIGGER line_refuses_update"))
        tx.execute(text("UPDATE line SET amount = '12.00' WHERE account = '6400'"))

    figures = closing(office).figures(MAY)

    assert figures.checks[Check.JOURNAL] == 1
    assert figures.checks[Check.TRIAL_BALANCE] == 1


def test_of_a_journal_that_cannot_be_read_no_figures_are_taken(office: Office) -> None:
    post(office, 1, ("6400", "11.00"), ("1100", "-11.00"))
    with office.services.store.write() as tx:
        tx.execute(text("DROP TRIGGER line_refuses_update"))
        tx.execute(text("UPDATE line SET amount = 'much' WHERE account = '6400'"))

    with pytest.raises(JournalUnreadable, match="Entry 1 was changed after it was posted"):
        closing(office).figures(MAY)


def test_an_original_changed_behind_our_back_is_found(office: Office) -> None:
    at_work(office, "papierhaus-lindner.pdf")
    for file in (office.services.config.archive_path / "objects").rglob("*"):
        if file.is_file():
            file.chmod(0o600)
            file.unlink()

    (found,) = (each for each in closing(office).figures(MAY).missing if each.check is Check.ARCHIVE)

    assert found.who == ("carla",)


def test_hundreds_of_damaged_files_are_told_in_twenty_lines(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office.services.archive, "faults", lambda: ["It was changed."] * 500)

    figures = closing(office).figures(MAY)

    assert figures.checks[Check.ARCHIVE] == 21
    assert [each.reason for each in figures.missing if each.check is Check.ARCHIVE][-1] == "And 480 more."


def test_without_any_clerk_nobody_has_it(office: Office) -> None:
    for person in closing(office)._desk.people.copy():
        del closing(office)._desk.people[person]

    assert missing(office, Check.BANK_FILE) == [(None, ())]


def test_the_month_before_is_that_of_the_company(office: Office) -> None:
    midnight = datetime(2026, 5, 31, 22, 30, tzinfo=UTC)  # half past midnight on 1 June in Amsterdam

    assert closing(office).month_before(midnight) == MAY
    assert closing(office).month_before() == APRIL


# --- the pack


def test_the_pack_is_archived_and_mailed_with_what_is_missing(office: Office) -> None:
    at_work(office, "drukkerij-brochures.pdf")

    pack = keep(office)

    assert (pack.number, list(pack.workbooks), pack.told) == (1, ["en"], ("carla",))
    assert office.services.archive.get(pack.workbooks["en"]).name == "month-end-2026-05-en.xlsx"
    assert letters(office) == ["Month end May 2026: 2 missing"]
    (action,) = (action for key, action in office.sink.done.items() if "month_end" in key)
    assert action["attachments"][0]["name"] == "month-end-2026-05-en.xlsx"
    assert "With: joost, carla" in action["text"]


def test_unchanged_books_give_the_same_pack_and_no_second_mail(office: Office) -> None:
    at_work(office, "papierhaus-lindner.pdf")
    first = keep(office)
    before = office.services.archive.verify().checked

    office.services.clock.advance(days=3)  # type: ignore[attr-defined]  # the office's clock is set by hand
    assert keep(office, "close-2") == first

    assert len(letters(office)) == 1
    assert office.services.archive.verify().checked == before
    assert closing(office).last_pack(MAY) == first


def test_changed_books_give_a_new_pack_that_says_so(office: Office) -> None:
    keep(office)
    statement(office)

    second = keep(office, "close-2")

    assert second.number == 2
    assert letters(office) == ["Month end May 2026: 1 missing", "Month end May 2026: complete (new figures)"]


def test_each_month_has_packs_of_its_own(office: Office) -> None:
    assert (keep(office).number, keep(office, "close-2", APRIL).number) == (1, 1)
    assert closing(office).last_pack(Period(2026, 1)) is None


def test_a_new_reader_gets_the_pack_that_is_there_in_her_language(office: Office) -> None:
    first = keep(office)
    read_by(office, "carla", "anna")

    again = keep(office, "close-2")

    assert (again.number, again.told) == (first.number, ("carla", "anna"))
    assert sorted(again.workbooks) == ["de", "en"]
    assert letters(office) == ["Month end May 2026: 1 missing", "Monatsabschluss Mai 2026: 1 fehlen"]


def test_without_readers_the_pack_is_written_in_the_companys_language(office: Office) -> None:
    read_by(office)

    assert list(keep(office).workbooks) == ["nl"]
    assert letters(office) == []


def test_the_readable_copy_lies_in_the_folder_of_reports_but_not_after_a_dry_run(office: Office) -> None:
    folder = office.services.config.var / "reports"

    office.services.dry_run = True
    assert readable_copy(office.services, "month.xlsx", b"figures") == "var/reports/month.xlsx"
    assert not folder.exists()

    office.services.dry_run = False
    readable_copy(office.services, "month.xlsx", b"figures")
    assert (folder / "month.xlsx").read_bytes() == b"figures"


# --- tracing


def test_a_figure_leads_to_the_lines_behind_it(office: Office) -> None:
    post(office, 1, ("6400", "11.00"), ("1100", "-11.00"), day=date(2026, 4, 30))
    post(office, 2, ("1100", "-5.00"), ("6400", "5.00"))
    post(office, 3, ("6500", "7.00"), ("1100", "-7.00"))

    supplies = office.services.tracing.trace("A6400@2026-05")
    result = office.services.tracing.trace("result@2026-05")

    assert [line["reference"] for entry in supplies["entries"] for line in entry["lines"]] == ["E2.2"]
    (balance,) = supplies["balances"]
    assert (balance["opening"], balance["debit"], balance["closing"]) == ("11.00", "5.00", "16.00")
    assert [entry["number"] for entry in result["entries"]] == [2, 3]


def test_a_month_leads_to_its_entries_and_tells_of_its_packs(office: Office) -> None:
    post(office, 1, ("6400", "11.00"), ("1100", "-11.00"), day=date(2026, 4, 30))
    post(office, 2, ("6400", "5.00"), ("1100", "-5.00"))
    keep(office)

    entries = office.services.tracing.trace("2026-05")["entries"]
    story = office.services.history.of("2026-05")

    assert [entry["number"] for entry in entries] == [2]
    assert [each.what for each in story] == ["run.requested received", "wrote the month's pack", "mail sent"]


def test_every_reference_of_the_pack_can_be_traced(office: Office) -> None:
    at_work(office, "papierhaus-lindner.pdf", "drukkerij-brochures.pdf", "download.pdf")
    office.receives("atelier-morel.pdf")
    figures = closing(office).figures(MAY)
    references = [
        *(str(FigureReference.of_account(row.account, MAY)) for row in figures.accounts),
        *(str(item.number) for item in figures.payables),
        *(str(entry.number) for entry in figures.entries),
        *(each.reference for each in figures.missing if each.reference),
        "income@2026-05",
    ]

    assert len(references) >= 9
    for reference in references:
        assert office.services.tracing.trace(reference)["kind"], reference
    with pytest.raises(NoSuchFigure):
        office.services.tracing.trace("A9999@2026-05")
