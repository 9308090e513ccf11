"""Tickets: sorted by declared rules with the reason kept, due in office hours, late at a known moment."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kontorist.domain.calendars import BusinessCalendar
from kontorist.domain.helpdesk.hours import ESCALATE, REMIND, OfficeHours, steps_when_late
from kontorist.domain.helpdesk.partners import who_writes
from kontorist.domain.helpdesk.tickets import Requester, Ticket, TicketUnreadable, numbers_in, read_ticket
from kontorist.domain.helpdesk.tickets import why_unanswered as silence
from kontorist.domain.helpdesk.triage import OTHER, TriageRule, triage
from kontorist.domain.ids import PersonKey, SupplierId
from kontorist.domain.payables.suppliers import Supplier

ANNA = PersonKey("anna")
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
OFFICE = OfficeHours(opens=time(9), closes=time(17), zone=AMSTERDAM)
HOUR = timedelta(hours=1)


def ticket(subject: str = "Frage", text: str = "", email: str | None = None, group: str | None = None) -> Ticket:
    return Ticket(number="1", subject=subject, text=text, requester=Requester(email=email), group=group)


def sorted_by(rule: TriageRule, one: Ticket) -> str:
    return triage(one, [rule], owner=None, within=8 * HOUR).reason


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM)


# --- reading


def test_a_ticket_is_read_with_numbers_as_text_and_its_letters_made_printable() -> None:
    data = {
        "ticket": 4711,
        "subject": " Mahnung\x1b[2J\n2 ",
        "text": "a\nb\u202e",
        "requester": {"name": "Ann", "email": "ann@otter.example", "number": 10023},
        "group": True,
    }
    found = read_ticket(data)

    assert (found.number, found.subject, found.text, found.group) == ("4711", "Mahnung [2J 2", "a\nb", None)
    assert found.requester == Requester(name="Ann", email="ann@otter.example", number="10023")
    assert not found.automatic


@pytest.mark.parametrize("missing", ["ticket", "subject", "requester"])
def test_a_ticket_without_number_subject_or_requester_is_for_a_person(missing: str) -> None:
    data = {"ticket": "1", "subject": "x", "requester": {}}

    with pytest.raises(TicketUnreadable):
        read_ticket({**data, missing: "  "})


@pytest.mark.parametrize(
    ("email", "auto", "sentence"),
    [
        ("ann@otter.example", "no", None),
        ("ann@otter.example", "auto-replied; owner=x", "machine"),
        (None, "no", "no mail address"),
        ("ann", "no", "not one"),
        ("ann@otter.example\nBcc: all@x.example", "no", "not one"),
        ("no-reply@shop.example", "no", "Nobody"),
        ("MAILER-DAEMON@shop.example", "no", "Nobody"),
    ],
)
def test_machines_and_mailboxes_without_readers_are_never_answered(
    email: str | None, auto: str, sentence: str | None
) -> None:
    data = {"ticket": "1", "subject": "x", "requester": {"email": email}, "auto_submitted": auto}
    found = silence(read_ticket(data))

    assert found is None if sentence is None else sentence in (found or "")


def test_what_may_be_an_invoice_number_is_found_in_a_text_and_short_numbers_are_not() -> None:
    found = numbers_in("Re: 7 Stühle, Rechnung (RE 2026-117), PL-2026-0417.")

    assert {"re2026/117", "pl2026/417"} <= set(found)
    assert "7" not in found
    assert len(found) == len(set(found))


# --- sorting


@pytest.mark.parametrize(
    ("rule", "one", "reason"),
    [
        (TriageRule(category="b", words=("rechnung",)), ticket("Ihre RECHNUNG"), '"rechnung" stands in the subject'),
        (TriageRule(category="b", words=("x", "rechnung*")), ticket(text="Rechnungen"), '"rechnung*" stands in the te'),
        (TriageRule(category="b", words=("new price",)), ticket("a  new   price?"), '"new price" stands in the subj'),
        (TriageRule(category="b", sender="@Otter.example"), ticket(email="Ann@otter.example"), "from @Otter.example"),
        (TriageRule(category="b", sender="ann@otter.example"), ticket(email="ann@otter.example"), "it comes from ann"),
        (TriageRule(category="b", group="Office"), ticket(group="office"), "its group is Office"),
        (TriageRule(category="b"), ticket(), "it takes every ticket"),
    ],
)
def test_a_rule_that_fits_says_why(rule: TriageRule, one: Ticket, reason: str) -> None:
    assert sorted_by(rule, one).startswith("Rule 1 (b): ")
    assert reason in sorted_by(rule, one)


@pytest.mark.parametrize(
    ("rule", "one"),
    [
        (TriageRule(category="b", words=("rechnung",)), ticket("Rechnungen, Abrechnung")),
        (TriageRule(category="b", words=("*",)), ticket("* stands in no text as a word")),
        (TriageRule(category="b", sender="@otter.example"), ticket(email="ann@not-otter.example.evil")),
        (TriageRule(category="b", sender="ann@otter.example"), ticket(email="joann@otter.example")),
        (TriageRule(category="b", sender="@otter.example"), ticket()),
        (TriageRule(category="b", group="office"), ticket()),
        (TriageRule(category="b", words=("frage",), group="office"), ticket("Frage", group="it")),
    ],
)
def test_a_rule_that_fits_only_in_part_does_not_fit(rule: TriageRule, one: Ticket) -> None:
    assert sorted_by(rule, one) == "No rule fits."


def test_the_first_rule_counts_and_the_defaults_stand_in() -> None:
    rules = [TriageRule(category="a", words=("mahnung",)), TriageRule(category="b", owner=ANNA, within=2 * HOUR)]

    first = triage(ticket("Mahnung"), rules, owner=ANNA, within=8 * HOUR)
    second = triage(ticket(), rules, owner=None, within=8 * HOUR)
    none = triage(ticket(), [], owner=ANNA, within=8 * HOUR)

    assert (first.category, first.owner, first.within) == ("a", "anna", 8 * HOUR)
    assert (second.category, second.owner, second.within) == ("b", "anna", 2 * HOUR)
    assert (none.category, none.owner, none.within) == (OTHER, "anna", 8 * HOUR)


# --- partners


def supplier(name: str, **facts: str) -> Supplier:
    return Supplier(id=SupplierId(name), name=name, **facts)  # type: ignore[arg-type]  # only texts are given here


LINDNER = supplier("Lindner", number="70001", email="Post@lindner.example", mail_domain="lindner.example")
OTHER_ONE = supplier("Otter", number="70002", mail_domain="lindner.example")


@pytest.mark.parametrize(
    ("signs", "found"),
    [
        ({"number": "70002", "email": "post@lindner.example"}, "Otter"),
        ({"email": " post@LINDNER.example"}, "Lindner"),
        ({"email": "jonas@lindner.example"}, None),
        ({"email": "jonas@lindner.example", "name": "Otter GmbH"}, "Otter"),
        ({"name": "Unknown"}, None),
        ({}, None),
    ],
)
def test_a_supplier_is_known_by_number_address_domain_or_name(signs: dict[str, str], found: str | None) -> None:
    meant = who_writes([LINDNER, OTHER_ONE], **signs)

    assert (meant.name if meant else None) == found


# --- office hours


@pytest.mark.parametrize(
    ("since", "hours", "due"),
    [
        ("2026-05-20T11:00", 4, "2026-05-20T15:00"),
        ("2026-05-20T11:00", 6, "2026-05-20T17:00"),  # due at closing time, not at the next opening
        ("2026-05-20T15:00", 4, "2026-05-21T11:00"),
        ("2026-05-20T03:00", 1, "2026-05-20T10:00"),
        ("2026-05-20T17:00", 1, "2026-05-21T10:00"),
        ("2026-05-22T16:00", 2, "2026-05-25T10:00"),  # over the weekend
        ("2026-05-23T12:00", 16, "2026-05-26T17:00"),  # a Saturday
        ("2026-10-23T16:00", 2, "2026-10-26T10:00"),  # over the end of summer time
    ],
)
def test_due_times_count_office_hours_only(since: str, hours: int, due: str) -> None:
    assert OFFICE.after(at(since), hours * HOUR) == at(due)
    assert OFFICE.after(at(since).astimezone(UTC), hours * HOUR) == at(due)


def test_a_holiday_of_the_calendar_is_no_office_day() -> None:
    closed = BusinessCalendar(name="nl", closed=lambda year: {date(2026, 5, 25): "Whit Monday"})
    hours = OfficeHours(opens=time(9), closes=time(17), zone=AMSTERDAM, calendar=closed)

    assert hours.after(at("2026-05-22T16:00"), 2 * HOUR) == at("2026-05-26T10:00")


def test_an_office_that_never_opens_is_refused() -> None:
    with pytest.raises(ValueError, match="open before"):
        OfficeHours(opens=time(17), closes=time(9), zone=AMSTERDAM)


@given(
    since=st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001  # wall times, zone added below
    first=st.integers(1, 3000),
    second=st.integers(1, 3000),
)
def test_two_spans_one_after_the_other_are_as_long_as_both_together(since: datetime, first: int, second: int) -> None:
    start, one, two = since.replace(tzinfo=AMSTERDAM), timedelta(minutes=first), timedelta(minutes=second)
    due = OFFICE.after(start, one + two)

    assert OFFICE.after(OFFICE.after(start, one), two) == due
    assert time(9) <= due.time() <= time(17)
    assert due.weekday() < 5


@pytest.mark.parametrize(
    ("now", "postponed", "steps"),
    [
        ("2026-05-20T11:00", None, ()),
        ("2026-05-20T11:01", None, (REMIND,)),
        ("2026-05-20T15:00", None, (REMIND,)),
        ("2026-05-20T15:01", None, (REMIND, ESCALATE)),
        ("2026-05-20T15:01", date(2026, 5, 21), ()),
        ("2026-05-21T00:01", date(2026, 5, 21), (REMIND, ESCALATE)),
    ],
)
def test_what_is_late_is_pressed_for_and_later_escalated(
    now: str, postponed: date | None, steps: tuple[str, ...]
) -> None:
    due = at("2026-05-20T11:00")

    assert steps_when_late(due, at(now), hours=OFFICE, grace=4 * HOUR, postponed_until=postponed) == steps
