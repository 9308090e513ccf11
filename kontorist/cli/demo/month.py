"""What comes in during the demo's month, by every door."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.request import Request, urlopen

from kontorist.cli.demo.company import FRONT_OFFICE, Company
from kontorist.domain.errors import SetupWrong
from kontorist.domain.periods import Period

if TYPE_CHECKING:
    from kontorist.cli.progress import Bar
    from kontorist.engine.runs import FileResult
    from kontorist.services import Services
    from kontorist.testing.documents.company import How, SamplePaper
    from kontorist.testing.payroll import SamplePayroll
    from kontorist.testing.twins.webhook_sender import Delivery

POST_WITHIN: Final = 20.0  #: seconds for the last letters; what waits longer is told
WITHIN: Final = 180.0  # seconds; on a slow machine Prefect's first start takes half a minute of them
UNKNOWN_FORM: Final = "slotenmaker-118.pdf"
KNOWN_FORM: Final = "slotenmaker-131.pdf"
TRAP: Final = "e-rechnung.xml"
_PDF: Final = "application/pdf"


class DemoTooSlow(SetupWrong):
    """The demo did not get through its month in time."""

    code = "KON-382"
    next_step = "Look into var/log in the demo's folder, then try again on a machine with less to do."


def today(company: Company) -> date:
    """The day it is where the company is."""
    from zoneinfo import ZoneInfo

    return datetime.now(ZoneInfo(company.config.company.timezone)).date()


def month_of(company: Company) -> Period:
    """The month in which most of the sample papers are dated."""
    from datetime import timedelta

    return Period.of(today(company) - timedelta(days=14))


def enter_master_data(services: Services) -> None:
    """Suppliers known for years; customers and employees come as files that a person imports."""
    from kontorist.domain.ids import SupplierId, derived_id
    from kontorist.domain.payables.suppliers import Supplier
    from kontorist.testing.documents.company import supplier_masterdata
    from kontorist.testing.documents.own_form import locksmith_masterdata

    with services.store.write() as tx:
        for facts in (*supplier_masterdata(), locksmith_masterdata()):
            known = {**facts, "ibans": tuple(facts["ibans"])}
            services.store.suppliers.put(tx, Supplier(id=SupplierId(derived_id("S", facts["name"])), **known))


def hand_in(company: Company, pay: SamplePayroll) -> tuple[list[SamplePaper], int]:
    """A month of post: by scanner, by mail, by webhook; orders, tickets, time sheets.

    Gives the invoices, and how many events all of it makes at least.
    """
    from kontorist.testing.documents.company import sample_month
    from kontorist.testing.documents.orders import dutch_order_workbook

    papers = [*sample_month(company.config.root / "papers", today=today(company)), *_for_the_reader(company)]
    sent = [*_invoices(papers), *_tickets(), *_orders(company)]
    _send(company, sent)
    scanned = [paper.file for paper in papers if paper.how == "folder"]
    for file in scanned:
        _drop(file, company.folder("invoices"))
    _mail_in(company, "mail", "Post der Woche", [each.file for each in papers if each.how == "mail"])
    _mail_in(company, "post", "Rahmenvertrag und Kontoauszug", _letters(company))
    table = dutch_order_workbook(today(company))
    agent = company.config.root / "papers" / table.name
    agent.write_bytes(table.content)
    _drop(agent, company.folder("orders"))
    sheets = sorted(pay.sheets.iterdir())
    for sheet in sheets:
        _drop(sheet, company.folder("payroll"))
    return papers, len(sent) + len(scanned) + len(("mail", "post", "workbook")) + len(sheets)


def _for_the_reader(company: Company) -> list[SamplePaper]:
    """What shows how papers are read: a form on which nobody can know where the number stands, and a trap."""
    from kontorist.testing.documents import own_form
    from kontorist.testing.documents.spoiled import trap

    locks = own_form.own_form(own_form.locks(today(company)))
    return [
        _paper(company, UNKNOWN_FORM, "invoice, Dutch, on a form of its own", "mail", "worklist: no number", locks),
        _paper(company, TRAP, "e-invoice that is a trap", "mail", "quarantine: it is made to do harm", trap()),
    ]


def hand_in_next(company: Company) -> SamplePaper:
    """The next invoice on the form that a person has explained by then."""
    from kontorist.testing.documents import own_form

    keys = own_form.own_form(own_form.keys(today(company)))
    paper = _paper(company, KNOWN_FORM, "the next invoice on that form", "folder", "booked: its form is known", keys)
    _drop(paper.file, company.folder("invoices"))
    return paper


def _paper(company: Company, name: str, what: str, how: How, expectation: str, content: bytes) -> SamplePaper:
    from kontorist.testing.documents.company import SamplePaper

    file = company.config.root / "papers" / name
    file.write_bytes(content)
    return SamplePaper(file=file, what=what, how=how, expectation=expectation)


def prepare_pay(company: Company) -> SamplePayroll:
    """Staff, time sheets and the bureau's result; the passwords of the payslips become a secret."""
    from kontorist.testing.payroll import sample_payroll

    pay = sample_payroll(company.config.root / "papers" / "payroll", month_of(company))
    company.secret("payslips").write_bytes(pay.passwords.read_bytes())
    return pay


Sent = tuple[str, str | None, Mapping[str, Any], Sequence[Path]]
"""Type, subject, data and files of one event."""


def _invoices(papers: Iterable[SamplePaper]) -> list[Sent]:
    """What a portal delivers: several invoices at once."""
    files = [paper.file for paper in papers if paper.how == "webhook"]
    return [("document.received", None, {}, files)]


def _tickets() -> list[Sent]:
    from kontorist.testing.tickets import sample_tickets

    return [(each["type"], each["subject"], each["data"], ()) for each in sample_tickets()[1:3]]


def _orders(company: Company) -> list[Sent]:
    """A customer at home, one in the union who cancels, and somebody nobody knows."""
    from kontorist.testing.documents.orders import order_of_a_stranger, sample_orders

    at_home, in_the_union, _, cancelled = sample_orders(today(company))
    return [
        (each.type, each.subject, each.data, ()) for each in (at_home, in_the_union, order_of_a_stranger(), cancelled)
    ]


def _letters(company: Company) -> list[Path]:
    from kontorist.testing.documents.letters import sample_letters

    papers = sample_letters(company.config.root / "papers", today=today(company))
    return [each.file for each in papers if each.document_type in ("contract", "bank_statement")]


def _drop(file: Path, folder: Path) -> None:
    """As a scanner does: under another name first, then renamed."""
    half = folder / f".{file.name}.part"
    shutil.copyfile(file, half)
    half.rename(folder / file.name)


def _mail_in(company: Company, box: str, subject: str, files: Sequence[Path]) -> None:
    from kontorist.testing.documents.mails import Enclosed, supplier_mail

    mail = company.config.root / "papers" / f"{box}.eml"
    mail.write_bytes(
        supplier_mail(
            *(Enclosed.of(file) for file in files),
            subject=subject,
            sender="Büro Berlin <berlin@example.org>",
            message_id=f"<{box}-1@example.org>",
            text="Guten Tag,\n\nanbei unsere Post.\n",
        )
    )
    _drop(mail, company.folder(box))


# --- the work


def wait_until_settled(services: Services, at_least: int, bar: Bar) -> None:
    """Until everything that came, `at_least` so many events, has an end. Raises DemoTooSlow."""
    deadline = time.monotonic() + WITHIN
    while time.monotonic() < deadline:
        with services.store.read() as tx:
            counts = services.store.inbox.counts(tx)
        total, settled = sum(counts.values()), counts["done"] + counts["quarantined"]
        bar.show("the office works" if settled else "Prefect's server starts", settled, max(total, at_least))
        if settled == total >= at_least:
            return
        time.sleep(0.2)
    raise DemoTooSlow


def wait_for_the_post(services: Services, bar: Bar) -> None:
    """Until the letters and answers that were ordered have gone out, as far as they do within a moment."""
    deadline = time.monotonic() + POST_WITHIN
    while time.monotonic() < deadline:
        with services.store.read() as tx:
            counts = services.store.effects.counts(tx)
        gone, total = sum(counts[state] for state in ("done", "failed", "unknown")), sum(counts.values())
        bar.show("the post goes out", gone, total)
        if gone == total:
            return
        time.sleep(0.2)


def report(company: Company) -> dict[str, FileResult]:
    """The day and the month, as the clock would have them reported."""
    from kontorist.engine.runs import run_once

    (day,) = run_once(company.config, "reporting/daily_report")
    (month,) = run_once(company.config, "closing/month_end", parameters={"period": str(month_of(company))})
    return {"reporting/daily_report": day, "closing/month_end": month}


# --- the webhook


def _send(company: Company, events: Sequence[Sent]) -> None:
    """As a shop or portal does: signed, one POST an event; the last once more, as if its answer had been lost."""
    from kontorist.testing.twins.webhook_sender import WebhookSender

    sender = WebhookSender((company.secret(FRONT_OFFICE).read_text(encoding="utf-8"),))
    address = _receiver(company)
    for number, (kind, subject, data, files) in enumerate(events, start=1):
        delivery = sender.event(
            kind,
            data,
            identity=f"demo-{number}",
            now=datetime.now(UTC),
            subject=subject,
            documents=[(file.name, _PDF, file.read_bytes()) for file in files],
        )
        _post(f"{address}/hooks/{FRONT_OFFICE}", delivery, expected=202)
    _post(f"{address}/hooks/{FRONT_OFFICE}", delivery, expected=200)


def _post(address: str, delivery: Delivery, expected: int) -> None:
    request = Request(address, data=delivery.body, headers=dict(delivery.headers))  # noqa: S310  # our own receiver
    with urlopen(request, timeout=30) as answer:  # noqa: S310  # our own receiver
        if answer.status != expected:
            raise DemoTooSlow(f"The receiver answered {answer.status} in place of {expected}.")


def _receiver(company: Company) -> str:
    """Where the receiver listens, once it does."""
    from kontorist.engine.instance import notice_of
    from kontorist.engine.up import answers

    deadline = time.monotonic() + WITHIN
    while time.monotonic() < deadline:
        notice = notice_of(company.config.var)
        if notice is not None and "receiver" in notice and answers(f"{notice['receiver']}/health"):
            return str(notice["receiver"])
        time.sleep(0.1)
    raise DemoTooSlow("The receiver does not answer.")
