"""What every flow is tried with: an office of the sample company, worked up to the event that starts the flow.

A new flow gets its line in `TRIALS`, and a function that brings about its event.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

from sqlalchemy import update

from kontorist.domain.approvals import Verdict
from kontorist.domain.events import Event, content_hash
from kontorist.domain.ids import EventId, WorkItemId
from kontorist.engine.sources import RUN, RUN_REQUESTED, SCHEDULE, SCHEDULE_DUE
from kontorist.sandbox import Pool
from kontorist.services import Services
from kontorist.store.database import Store
from kontorist.store.tables import inbox
from kontorist.testing.documents.company import SamplePaper, sample_month
from kontorist.testing.documents.letters import sample_letters
from kontorist.testing.documents.mails import Enclosed, supplier_mail
from kontorist.testing.documents.orders import sample_orders
from kontorist.testing.documents.tables import SampleTable, delimited
from kontorist.testing.fakes import FakeClock
from kontorist.testing.kills import Remembering, Trial
from kontorist.testing.office import CONFIG, TODAY, Office, open_office
from kontorist.testing.payroll import (
    RESULT_HEADINGS,
    TIME_HEADINGS,
    result_rows,
    sample_staff,
    time_rows,
    write_workbook,
)
from kontorist.testing.payroll_office import OCTOBER, PayrollOffice, open_payroll_office
from kontorist.testing.sales_office import SalesOffice, sales_office
from kontorist.testing.tickets import HELPDESK, answered, sample_tickets
from kontorist.testing.twins.webhook_sender import new_secret

_PACK: Final = "reporting: {daily_report: {to: [anna, carla]}, month_pack: {to: [anna, carla]}}"
_CONFIG: Final = answered(CONFIG.replace("reporting: {daily_report: {to: [anna, carla]}}", _PACK)) + HELPDESK
STAFF: Final = sample_staff(OCTOBER)[:2]
_NOBODYS: Final = Enclosed(name="winmail.dat", content=b"\x78\x9f\x3e\x22")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One way to start a flow: `prepare` works in an office that was opened by `opened` and gives the event."""

    flow: str
    what: str
    opened: Callable[[Stage, Path], AbstractContextManager[Any]]
    prepare: Callable[[Any], EventId]

    def __str__(self) -> str:
        return f"{self.flow}: {self.what}"


class Stage:
    """Where offices are prepared; all of them share the papers of the sample month and one reader."""

    def __init__(self, folder: Path, pool: Pool) -> None:
        self.folder = folder
        self.reader = Remembering(pool)
        self.empty = folder / "empty.db"
        Store.open(f"sqlite:///{self.empty}").close()
        self.post: Mapping[str, SamplePaper] = {
            paper.file.name: paper for paper in sample_month(folder / "post", today=TODAY)
        }

    def set(self, case: Case) -> Trial:
        """The office with everything done up to the event of `case`, which waits."""
        folder = self.folder / f"office-{len(list(self.folder.iterdir()))}"
        (folder / "var").mkdir(parents=True)
        shutil.copy(self.empty, folder / "var" / "kontorist.db")
        with case.opened(self, folder) as office:
            event = case.prepare(office)
            _settle_others(office.services, event)
            return Trial(
                flow=case.flow,
                event=event,
                folder=folder,
                config=office.services.config,
                now=office.services.clock.now(),
                reader=self.reader,
            )


@contextmanager
def sample_office(stage: Stage, folder: Path) -> Iterator[Office]:
    environment = {"KONTORIST_SECRET_DESK_STATUS": new_secret(b"desk")}
    office = open_office(folder, stage.reader, stage.post, _CONFIG, environment=environment)
    yield office
    office.services.close()


def selling_office(stage: Stage, folder: Path) -> AbstractContextManager[SalesOffice]:
    return sales_office(folder)


@contextmanager
def paying_office(stage: Stage, folder: Path) -> Iterator[PayrollOffice]:
    office = open_payroll_office(folder, stage.reader, STAFF)
    yield office
    office.services.close()


def _settle_others(services: Services, event: EventId) -> None:
    """The events that led here are done: only the one of the case waits."""
    with services.store.write() as tx:
        tx.execute(update(inbox).where(inbox.c.id != event).values(state="done"))


def accepted(office: Office, event: Event) -> EventId:
    with office.services.store.write() as tx:
        return office.services.store.inbox.accept(tx, event, raw_hash=content_hash(dict(event.data))).id


def newest(office: Office | SalesOffice | PayrollOffice, event_type: str) -> EventId:
    with office.services.store.read() as tx:
        return office.services.store.inbox.list(tx, type=event_type)[0].id


def requested(office: Office, flow: str, **parameters: Any) -> EventId:
    data = {"run": flow, "parameters": parameters}
    return accepted(office, Event(id=f"{flow} by hand", source=RUN, type=RUN_REQUESTED, data=data))


def scheduled(office: Office, flow: str) -> EventId:
    planned = office.services.clock.now().isoformat()
    data = {"run": flow, "parameters": {"schedule": "daily", "planned": planned}}
    return accepted(office, Event(id=planned, source=SCHEDULE + "daily", type=SCHEDULE_DUE, data=data))


# --- invoices


def a_paper_in_the_folder(office: Office) -> EventId:
    return office.receives("papierhaus-lindner.pdf")


def a_mail_with_two_invoices(office: Office) -> EventId:
    """One is booked, one goes to people, and a third file is only kept."""
    invoices = [Enclosed.of(office.post[name].file) for name in ("papierhaus-lindner.pdf", "elektro-brandt.pdf")]
    return office.receives_mail(supplier_mail(*invoices, _NOBODYS), "two.eml")


def a_mail_with_nothing_to_read(office: Office) -> EventId:
    return office.receives_mail(supplier_mail(_NOBODYS), "none.eml")


# --- decisions


def waiting_item(office: Office) -> WorkItemId:
    office.takes_in("drukkerij-brochures.pdf")
    (item,) = office.services.worklist.items()
    return item.id


def an_approved_invoice(office: Office) -> EventId:
    item = waiting_item(office)
    for person in ("joost", "carla"):
        office.services.worklist.decide(item, office.actor(person), Verdict.APPROVE)
    return newest(office, "approval.granted")


def a_rejected_invoice(office: Office) -> EventId:
    office.services.worklist.decide(waiting_item(office), office.actor("joost"), Verdict.REJECT, note="not ours")
    return newest(office, "approval.refused")


def a_returned_invoice(office: Office) -> EventId:
    office.services.worklist.decide(waiting_item(office), office.actor("joost"), Verdict.RETURN, note="which project?")
    return newest(office, "approval.returned")


def an_agreed_reversal(office: Office) -> EventId:
    """Afterwards the document waits again, so that people are written to."""
    office.takes_in("papierhaus-lindner.pdf")
    item = office.services.reversals.ask(1, office.actor("anna"), reason="booked to the wrong account")
    office.services.worklist.decide(item.id, office.actor("joost"), Verdict.APPROVE)
    return newest(office, "approval.granted")


def a_paper_nobody_wants(office: Office) -> EventId:
    office.files(letter(office, "Notiz.txt"))
    (item,) = office.services.worklist.items()
    office.services.worklist.decide(item.id, office.actor("joost"), Verdict.REJECT, note="thrown away")
    return newest(office, "approval.refused")


# --- tickets


def a_ticket(office: Office) -> EventId:
    return heard(office, 0)


def heard(office: Office, number: int) -> EventId:
    body = sample_tickets()[number]
    source = "/kontorist/webhook/helpdesk"
    return accepted(office, Event(id=f"ticket-{number}", source=source, type=body["type"], data=body["data"]))


def late_tickets(office: Office) -> EventId:
    """One is to be reminded of, one of those is so late that the controllers are told as well."""
    take_in(office, 0)
    assert isinstance(office.services.clock, FakeClock)
    office.services.clock.advance(timedelta(days=2))
    take_in(office, 1)
    office.services.clock.advance(timedelta(days=1))
    return scheduled(office, "helpdesk/overdue")


def take_in(office: Office, number: int) -> None:
    event = heard(office, number)
    office.services.helpdesk.acknowledge(office.services.helpdesk.take_in(event), event)
    office.services.letters.send_planned(event)


def a_ticket_that_is_done(office: Office) -> EventId:
    take_in(office, 0)
    (item,) = office.services.worklist.items()
    office.services.worklist.decide(item.id, office.actor("anna"), Verdict.APPROVE)
    return newest(office, "approval.granted")


# --- papers, reports


def letter(office: Office, name: str) -> EventId:
    papers = sample_letters(office.services.config.root / "letters", today=TODAY)
    return office.receives_file(next(paper.file for paper in papers if paper.file.name == name))


def a_contract(office: Office) -> EventId:
    return letter(office, "rahmenvertrag.pdf")


def a_riddle(office: Office) -> EventId:
    return letter(office, "Notiz.txt")


def a_mailed_contract(office: Office) -> EventId:
    papers = sample_letters(office.services.config.root / "letters", today=TODAY)
    return office.receives_mail(supplier_mail(Enclosed.of(papers[0].file), subject="Rahmenvertrag"), "contract.eml")


def a_day_at_work(office: Office) -> None:
    for name in ("papierhaus-lindner.pdf", "drukkerij-brochures.pdf", "download.pdf"):
        office.takes_in(name)


def the_day_is_over(office: Office) -> EventId:
    a_day_at_work(office)
    return requested(office, "reporting/daily_report")


def the_month_is_over(office: Office) -> EventId:
    a_day_at_work(office)
    return requested(office, "closing/month_end", period="2026-05")


# --- orders


def an_order(office: SalesOffice) -> EventId:
    return office.sends("order.created", sample_orders()[0].data)


def an_order_of_somebody_unknown(office: SalesOffice) -> EventId:
    return office.sends("order.created", sample_orders()[0].data | {"customer": {"name": "Nobody we know"}})


def a_file_of_orders(office: SalesOffice) -> EventId:
    """One that goes on by itself, one with a doubtful cell."""
    rows = [
        ("Auftrag", "Kunde", "Bezeichnung", "Menge", "Preis", "MwSt"),
        ("AG-1", "Theaterhuis De Lantaarn", "Plakate", "3", "12,50", "21"),
        ("AG-2", "Theaterhuis De Lantaarn", "Plakate", "drei", "12,50", "21"),
    ]
    return office.drops(SampleTable(name="orders.csv", content=delimited(rows), good=1))


def a_cancelled_order(office: SalesOffice) -> EventId:
    """After its invoice, so that it is credited."""
    _, order, _, cancelled = sample_orders()
    office.works(office.sends("order.created", order.data))
    return office.sends("order.cancelled", cancelled.data)


def an_order_agreed_to(office: SalesOffice) -> EventId:
    office.works(an_order_of_somebody_unknown(office))
    (item,) = office.services.worklist.items()
    office.services.worklist.correct(item.id, office.actor("anna"), {"customer": "10021"})
    office.services.worklist.decide(item.id, office.actor("joost"), Verdict.APPROVE)
    return newest(office, "approval.granted")


# --- pay


def sheets(office: PayrollOffice, *, names: Sequence[str | None] = ()) -> EventId:
    """Some days and the bureau's result of two people; `names` stand in place of theirs."""
    folder = office.services.config.root / "sheets"
    folder.mkdir()
    results = [(row[0], name or row[1], *row[2:]) for row, name in zip_longest(result_rows(STAFF), names)]
    hours = {"Zeiten": time_rows(OCTOBER, STAFF)[::11]}
    return office.receives(
        write_workbook(folder / "hours-2026-10.xlsx", TIME_HEADINGS, hours),
        write_workbook(folder / "bureau-2026-10.xlsx", RESULT_HEADINGS, {"Lohn": results}),
    )


def a_month_with_a_doubt(office: PayrollOffice) -> EventId:
    return sheets(office, names=["Somebody Else"])


def a_doubt_let_through(office: PayrollOffice) -> EventId:
    office.payroll_run(a_month_with_a_doubt(office))
    return followed(office.decides("anna", "payroll_doubts"))


def a_released_month(office: PayrollOffice) -> EventId:
    office.payroll_run(sheets(office))
    return followed(office.decides("carla", "payroll_release"))


def followed(event: EventId | None) -> EventId:
    assert event is not None
    return event


CASES: Final = [
    Case(flow=flow, what=prepare.__name__.replace("_", " "), opened=opened, prepare=prepare)
    for opened, flow, *ways in (
        (
            sample_office,
            "payables/invoice_intake",
            a_paper_in_the_folder,
            a_mail_with_two_invoices,
            a_mail_with_nothing_to_read,
        ),
        (sample_office, "payables/approval", an_approved_invoice, a_rejected_invoice, a_returned_invoice),
        (sample_office, "worklist/decision", an_agreed_reversal, a_paper_nobody_wants, a_ticket_that_is_done),
        (sample_office, "helpdesk/ticket_triage", a_ticket),
        (sample_office, "helpdesk/overdue", late_tickets),
        (sample_office, "documents/archiving", a_contract, a_riddle, a_mailed_contract),
        (sample_office, "reporting/daily_report", the_day_is_over),
        (sample_office, "closing/month_end", the_month_is_over),
        (selling_office, "receivables/order_to_invoice", an_order, an_order_of_somebody_unknown),
        (selling_office, "receivables/order_file", a_file_of_orders),
        (selling_office, "receivables/order_cancellation", a_cancelled_order),
        (selling_office, "receivables/order_decision", an_order_agreed_to),
        (paying_office, "payroll/payroll_run", a_month_with_a_doubt),
        (paying_office, "payroll/doubts", a_doubt_let_through),
        (paying_office, "payroll/release", a_released_month),
    )
    for prepare in ways
]
