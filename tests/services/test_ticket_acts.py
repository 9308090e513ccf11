"""Tickets at the helpdesk of the sample company: sorted, linked, handed over, acknowledged, pressed for when late."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kontorist.config import load
from kontorist.domain.approvals import Verdict
from kontorist.domain.events import Event, content_hash
from kontorist.domain.helpdesk.hours import ESCALATE, REMIND
from kontorist.domain.helpdesk.tickets import TicketUnreadable
from kontorist.domain.ids import CustomerId, EventId, PersonKey, SupplierId, WorkItemId
from kontorist.domain.payables.suppliers import Supplier
from kontorist.domain.receivables.customers import Customer
from kontorist.services import Services, open_services
from kontorist.services.carriers import NothingToCorrect
from kontorist.testing.fakes import FakeClock, RecordingSink
from kontorist.testing.office import CONFIG, Office
from kontorist.testing.tickets import HELPDESK, answered, sample_tickets
from kontorist.testing.twins.callback_receiver import CallbackReceiver, callback_receiver

SOURCE = "/kontorist/webhook/helpdesk"
WEDNESDAY = datetime(2026, 5, 20, 8, 0, tzinfo=UTC)  # ten o'clock in the office


class Desk:
    """Shorthand for the examples."""

    def __init__(self, folder: Path, config: str = CONFIG) -> None:
        (folder / "config.yaml").write_text(config + HELPDESK, encoding="utf-8")
        self.clock = FakeClock(WEDNESDAY)
        self.services: Services = open_services(load(folder), clock=self.clock)
        self.sink = RecordingSink()
        self.services.letters.carried_by(self.sink)

    def hears(self, number: int, identity: str | None = None, **changes: Any) -> EventId:
        """The sample ticket with this number (from 0) arrives."""
        body = sample_tickets()[number]
        data = {**body["data"], **changes}
        event = Event(id=identity or f"msg-{data['ticket']}", source=SOURCE, type=body["type"], data=data)
        return self.accepts(event)

    def accepts(self, event: Event) -> EventId:
        with self.services.store.write() as tx:
            return self.services.store.inbox.accept(tx, event, raw_hash=content_hash(dict(event.data))).id

    def triage(self, event: EventId) -> WorkItemId:
        """What the flow helpdesk/ticket_triage does, without Prefect."""
        item = self.services.helpdesk.take_in(event)
        self.services.helpdesk.acknowledge(item, event)
        self.services.letters.send_planned(event)
        self.services.replies.send_planned(event)
        return item

    def looks_for_late_ones(self, identity: str) -> dict[str, list[WorkItemId]]:
        """What the flow helpdesk/overdue does, without Prefect."""
        event = self.accepts(Event(id=identity, source="/test", type="schedule.due"))
        late = self.services.helpdesk.late(event)
        for step in (REMIND, ESCALATE):
            for item in late[step]:
                self.services.helpdesk.press(item, step, event)
        self.services.letters.send_planned(event)
        return late

    def letters(self, part: str) -> list[tuple[str, str]]:
        return [(each["to"][0], each["subject"]) for key, each in self.sink.done.items() if part in key]

    def verbs(self, item: WorkItemId) -> list[str]:
        with self.services.store.read() as tx:
            subject = self.services.store.worklist.get(tx, item).subject
            return [note.verb for note in self.services.store.audit.of(tx, subject)]

    def content(self, item: WorkItemId) -> Any:
        return self.services.worklist.show(item)[0].item.content


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.services.close()


def test_a_reminder_is_sorted_handed_over_and_acknowledged(desk: Desk) -> None:
    item = desk.triage(desk.hears(0))

    assert desk.services.helpdesk.summary(item) == {
        "item": item,
        "owner": "anna",
        "state": "open",
        "ticket": "4711",
        "category": "reminder",
        "due": "2026-05-20T14:00:00+02:00",
        "reason": 'Rule 1 (reminder): "mahnung*" stands in the subject.',
    }
    assert desk.letters("ticket_received") == [
        ("mahnwesen@papierhaus-lindner.example", "Wir haben Ihre Nachricht erhalten: Mahnung zu PL-2026-0417")
    ]
    assert [to for to, _ in desk.letters("work_waiting")] == ["anna@example.org"]  # the owner, nobody else
    assert desk.verbs(item) == ["sorted", "acknowledged"]


def test_every_sample_ticket_has_its_category_and_the_machine_gets_no_answer(desk: Desk) -> None:
    items = [desk.triage(desk.hears(number)) for number in range(5)]
    categories = [desk.content(item)["category"] for item in items]

    assert categories == ["reminder", "billing", "supplier", "other", "other"]
    assert [to for to, _ in desk.letters("ticket_received")].count("ann@otter.example") == 1
    assert desk.verbs(items[4]) == ["sorted", "not acknowledged"]
    assert len(desk.letters(f"work_waiting/{items[3]}")) == 3  # nobody's: all who can decide are told


def test_the_partner_and_the_invoices_named_in_the_text_are_linked(desk: Desk, office: Office) -> None:
    document = office.takes_in("papierhaus-lindner.pdf")
    with office.services.store.read() as tx:
        row = office.services.store.documents.get(tx, document)
    with office.services.store.write() as tx:
        event = Event(
            id="t1",
            source=SOURCE,
            type="ticket.created",
            data={
                "ticket": "1",
                "subject": f"Rechnung {row.invoice_number}",
                "text": "bitte prüfen",
                "requester": {"name": "Papierhaus Lindner GmbH", "email": "x@y.example"},
            },
        )
        heard = office.services.store.inbox.accept(tx, event, raw_hash="1").id

    item, about = office.services.worklist.show(office.services.helpdesk.take_in(heard))

    assert [each["id"] for each in item.item.content["documents"]] == [document]
    assert item.item.content["partner"]["supplier"] == row.supplier_id
    assert about.partner == "Papierhaus Lindner GmbH"


def test_a_customer_is_found_by_mail_address_and_answered_in_his_language(desk: Desk) -> None:
    customer = Customer(id=CustomerId("C1"), name="Otter Ltd", email="Ann@otter.example", language="en")
    with desk.services.store.write() as tx:
        desk.services.store.customers.put(tx, customer)

    item = desk.triage(desk.hears(3))

    assert desk.content(item)["partner"] == {"name": "Otter Ltd", "customer": "C1", "supplier": None}
    assert desk.letters("ticket_received")[0][1] == "We have received your message: Parking"


def test_a_supplier_is_found_by_number_address_or_domain(desk: Desk) -> None:
    known = Supplier(
        id=SupplierId("S1"), name="Lindner", number="70001", email="a@b.example", mail_domain="lindner.example"
    )
    with desk.services.store.write() as tx:
        desk.services.store.suppliers.put(tx, known)
    with desk.services.store.read() as tx:
        find = desk.services.store.suppliers.who_writes
        found = [find(tx, number="70001"), find(tx, email="A@B.example"), find(tx, email="x@Lindner.example")]
        assert found == [known, known, known]
        assert find(tx, number="7", email="nobody", name="Else") is None


def test_the_same_ticket_heard_twice_is_one_item_and_one_answer(desk: Desk) -> None:
    event = desk.hears(0)
    first = desk.triage(event)
    desk.clock.advance(hours=1)

    again, other = desk.triage(event), desk.triage(desk.hears(0, identity="msg-2", text="changed"))

    assert first == again == other
    assert len(desk.sink.calls) == 2
    assert desk.verbs(first) == ["sorted", "acknowledged"]


def test_a_late_ticket_is_reminded_of_once_and_escalated_once(desk: Desk) -> None:
    item = desk.triage(desk.hears(0))  # due at 14:00
    assert desk.looks_for_late_ones("r1") == {REMIND: [], ESCALATE: []}

    desk.clock.advance(hours=4, minutes=1)
    assert desk.looks_for_late_ones("r2") == {REMIND: [item], ESCALATE: []}
    desk.clock.advance(minutes=15)
    assert desk.looks_for_late_ones("r3") == {REMIND: [], ESCALATE: []}
    desk.clock.advance(days=1)
    assert desk.looks_for_late_ones("r4") == {REMIND: [], ESCALATE: [item]}
    assert desk.looks_for_late_ones("r5") == {REMIND: [], ESCALATE: []}

    assert desk.letters("ticket_overdue") == [
        ("anna@example.org", "Überfällig: reminder: Mahnung zu PL-2026-0417 (4711)"),
        ("carla@example.org", "Still overdue: reminder: Mahnung zu PL-2026-0417 (4711)"),
    ]


def test_without_an_owner_the_clerks_are_reminded(desk: Desk) -> None:
    desk.triage(desk.hears(3))
    desk.clock.advance(days=7)
    desk.looks_for_late_ones("r1")

    assert sorted(to for to, _ in desk.letters("ticket_overdue")) == ["anna@example.org", "carla@example.org"]


def test_a_settled_ticket_is_never_late_even_if_it_was_when_the_run_began(desk: Desk) -> None:
    item = desk.triage(desk.hears(0))
    desk.clock.advance(days=7)
    joost = desk.services.config.actors()[PersonKey("joost")]
    desk.services.worklist.decide(item, joost, Verdict.APPROVE)
    desk.services.worklist.carry_out(item)

    assert desk.looks_for_late_ones("r1") == {REMIND: [], ESCALATE: []}
    desk.services.helpdesk.press(item, REMIND, EventId("E1"))
    assert desk.letters("ticket_overdue") == []


def test_a_ticket_is_rejected_with_its_reason_but_never_corrected(desk: Desk) -> None:
    item = desk.triage(desk.hears(3))
    anna = desk.services.config.actors()[PersonKey("anna")]

    with pytest.raises(NothingToCorrect, match="what somebody wrote"):
        desk.services.worklist.correct(item, anna, {"category": "billing"})
    desk.services.worklist.decide(item, anna, Verdict.REJECT, note="not for us")
    desk.services.worklist.carry_out(item)

    assert desk.services.helpdesk.summary(item)["state"] == "rejected"


def test_a_ticket_that_cannot_be_read_is_for_a_person(desk: Desk) -> None:
    with pytest.raises(TicketUnreadable):
        desk.services.helpdesk.take_in(desk.hears(0, subject=""))


def test_without_mail_the_worklist_shows_it_all_the_same(tmp_path: Path) -> None:
    desk = Desk(tmp_path, CONFIG.replace("notifications: {mail_out: outbox}\n", ""))
    item = desk.triage(desk.hears(0))

    assert desk.verbs(item) == ["sorted", "not acknowledged"]
    desk.services.close()


# --- telling the helpdesk


@pytest.fixture
def desk_status(monkeypatch: pytest.MonkeyPatch) -> Iterator[CallbackReceiver]:
    """The helpdesk as it hears from us, over real HTTP, verifying each signature."""
    with callback_receiver() as receiver:
        monkeypatch.setenv("KONTORIST_SECRET_DESK_STATUS", receiver.secret)
        receiver.now = WEDNESDAY
        yield receiver


@pytest.fixture
def answering(tmp_path: Path, desk_status: CallbackReceiver) -> Iterator[Desk]:
    desk = Desk(tmp_path, answered(CONFIG, desk_status.url))
    yield desk
    desk.services.close()


def test_the_helpdesk_is_told_that_a_ticket_is_open_with_owner_and_due_time(
    answering: Desk, desk_status: CallbackReceiver
) -> None:
    answering.triage(answering.hears(0))

    (told,) = desk_status.received.values()
    assert (told["type"], told["subject"]) == ("ticket.opened", "4711")
    assert told["data"] == {
        "ticket": "4711",
        "status": "open",
        "category": "reminder",
        "owner": "anna",
        "due": "2026-05-20T14:00:00+02:00",
    }


@pytest.mark.parametrize(
    ("verdict", "status"), [(Verdict.APPROVE, "resolved"), (Verdict.REJECT, "rejected")], ids=["done", "none of ours"]
)
def test_the_helpdesk_is_told_once_what_became_of_a_ticket(
    answering: Desk, desk_status: CallbackReceiver, verdict: Verdict, status: str
) -> None:
    item = answering.triage(answering.hears(0))
    answering.services.worklist.decide(item, answering.services.config.actors()[PersonKey("anna")], verdict, note="ok")

    for _ in range(2):  # killed after the first time, and taken up again later
        answering.services.worklist.carry_out(item)
        answering.clock.advance(minutes=1)
        desk_status.now = answering.clock.now()
        answering.services.effects.run_due(answering.clock.now())

    assert desk_status.told() == [("4711", "open"), ("4711", status)]
    assert answering.verbs(item)[-1] == f"told {status}"


def test_a_second_event_about_a_ticket_tells_nothing_new(answering: Desk, desk_status: CallbackReceiver) -> None:
    answering.triage(answering.hears(0))
    answering.clock.advance(minutes=1)

    answering.triage(answering.hears(0, identity="sent once more"))

    assert len(desk_status.deliveries) == 1
