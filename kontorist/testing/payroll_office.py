"""A payroll office for tests: the sample company's staff on a real database and archive, and people who release."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kontorist.config import load
from kontorist.domain.approvals import Actor, Verdict, WorkItem
from kontorist.domain.events import Event, content_hash
from kontorist.domain.ids import SYSTEM, EventId, PersonKey
from kontorist.domain.payroll.employees import Employee
from kontorist.domain.periods import Period
from kontorist.services import Services, open_services
from kontorist.testing.fakes import FakeClock, RecordingSink
from kontorist.testing.office import Reader, SharedPool
from kontorist.testing.payroll import password
from tasks.payroll.payslip import write_payslip
from tasks.payroll.register import write_register

OCTOBER = Period(2026, 10)
KEY = "3f9c1e5a7b2d4c6e8f0a1b3c5d7e9f0b2c4d6e8fa1b3c5d7e9f1a2b4c6d8e0f1"
CONFIG = """\
version: 1
company: {name: Kontor Beispiel B.V., country: NL, currency: EUR, language: de}
people:
  anna: {login: anna, email: anna@example.org, language: de, roles: [clerk, payroll]}
  joost: {login: joost, email: joost@example.org, language: nl, roles: [approver]}
  carla: {login: carla, email: carla@example.org, language: en, roles: [controller, payroll]}
connectors:
  outbox: {use: mail/maildir, path: var/outbox, sender: "Kontorist <office@example.org>"}
archive: {payroll_key: {secret: payroll}}
payroll: {payslip_secrets: {secret: payslips}}
notifications: {mail_out: outbox}
"""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class PayrollOffice:
    """Shorthand for the examples: sheets come in, the steps of the flows are done, people decide."""

    def __init__(self, services: Services, sink: RecordingSink) -> None:
        self.services = services
        self.sink = sink
        services.letters.carried_by(sink)
        services.payslip_mail.carried_by(sink)
        self.people = services.config.actors()

    def actor(self, name: str) -> Actor:
        return self.people[PersonKey(name)]

    def receives(self, *files: Path) -> EventId:
        """Sheets, archived and announced as one event."""
        documents = []
        for file in files:
            record = self.services.archive.add(
                file.read_bytes(), name=file.name, media_type=XLSX, source="/test", source_id=file.name, actor=SYSTEM,
                document_class="payroll",
            )  # fmt: skip
            documents.append({"id": record.id, "sha256": record.sha256, "name": file.name})
        data = {"documents": documents}
        return self.announced(Event(id=content_hash(data), source="/test", type="payroll.sheet_received", data=data))

    def announced(self, event: Event) -> EventId:
        with self.services.store.write() as tx:
            return self.services.store.inbox.accept(tx, event, raw_hash=content_hash(dict(event.data))).id

    def payroll_run(self, event: EventId, period: str | None = None) -> None:
        """What the flow payroll/payroll_run does, without Prefect."""
        months = self.services.payroll
        for run in months.file_sheets(event, period):
            months.check(run)
            months.ask_about_doubts(run)
            months.ask_for_release(run)
        self.services.letters.send_planned(event)

    def takes_in(self, *files: Path, period: str | None = None) -> EventId:
        event = self.receives(*files)
        self.payroll_run(event, period)
        return event

    def items(self, kind: str) -> list[WorkItem]:
        return [item for item in self.services.worklist.items() if item.kind == kind]

    def decides(self, name: str, kind: str, verdict: Verdict = Verdict.APPROVE, note: str = "") -> EventId | None:
        """Somebody decides about the only item of a kind; gives the event that follows, if one does."""
        (item,) = self.items(kind)
        before = self._events()
        self.services.worklist.decide(item.id, self.actor(name), verdict, note=note)
        return next(iter(self._events() - before), None)

    def _events(self) -> set[EventId]:
        with self.services.store.read() as tx:
            return {row.id for row in self.services.store.inbox.list(tx, limit=1000)}

    def doubts_flow(self, event: EventId) -> None:
        """What the flow payroll/doubts does."""
        item = self.services.worklist.decided(event).item
        self.services.worklist.carry_out(item)
        months = self.services.payroll
        for run in months.runs_of([item]):
            months.check(run)
            months.ask_about_doubts(run)
            months.ask_for_release(run)
        self.services.letters.send_planned(event)

    def release_flow(self, event: EventId) -> None:
        """What the flow payroll/release does."""
        item = self.services.worklist.decided(event).item
        self.services.worklist.carry_out(item)
        releases = self.services.payroll_releases
        company = self.services.config.company
        for release in releases.approved([item]):
            releases.keep_register(
                release, lambda figures: write_register(figures, company=company.name, language=company.language)
            )
            releases.keep_slips(release, write_payslip)
            releases.settle(release, event)
            releases.mail(release)
        self.services.letters.send_planned(event)

    def releases(self, name: str = "carla") -> EventId:
        """Somebody releases what waits, and it is carried out."""
        event = self.decides(name, "payroll_release")
        if event is None:
            raise AssertionError("nothing follows from this decision yet")
        self.release_flow(event)
        return event

    def state(self) -> dict[str, Any]:
        """Everything that must be the same after a repetition or a kill."""
        store = self.services.store
        with store.read() as tx:
            (run,) = store.payroll.runs(tx)
            releases, slips = store.payroll.releases(tx, run.id), store.payroll.payslips(tx, run.id)
            return {
                "run": replace(run, event_id=None),
                "entries": [posted.entry.content_hash() for posted in store.journal.entries(tx)],
                "releases": [(each.number, each.state, each.figures_sha256) for each in releases],
                "slips": [(each.employee, each.document, each.state) for each in slips],
                "effects": sorted((each.key, each.state) for each in store.effects.list(tx, limit=1000)),
                "items": sorted((each.kind, each.version, each.state) for each in store.worklist.list(tx, states=None)),
                "mailed": sorted(self.sink.done),
            }

    def slips(self) -> dict[str, object]:
        """The payslips that went out, by their key."""
        return {key: action for key, action in self.sink.done.items() if key.startswith("payslip/")}

    def employs(self, staff: tuple[Employee, ...]) -> None:
        with self.services.store.write() as tx:
            for employee in staff:
                self.services.store.employees.put(tx, employee)


def open_payroll_office(
    folder: Path,
    pool: Reader,
    staff: tuple[Employee, ...],
    *,
    config: str = CONFIG,
    sink: RecordingSink | None = None,
    database: Path | None = None,
) -> PayrollOffice:
    """The sample company in `folder` with `staff`; close its services in the end. The secrets are written there too.

    `database` is an empty one to begin with, which saves the time of making it.
    """
    (folder / "var").mkdir(parents=True, exist_ok=True)
    if database is not None:
        shutil.copy(database, folder / "var" / "kontorist.db")
    (folder / "config.yaml").write_text(config, encoding="utf-8")
    (folder / "secrets.txt").write_text("".join(f"{each.number}: {password(each.number)}\n" for each in staff))
    secrets = {"KONTORIST_SECRET_PAYROLL": KEY, "KONTORIST_SECRET_PAYSLIPS_FILE": str(folder / "secrets.txt")}
    clock = FakeClock(datetime(2026, 11, 3, 9, 0, tzinfo=UTC))
    services = open_services(load(folder, environment=secrets), clock=clock)
    services._pool = SharedPool(pool)  # type: ignore[assignment]  # one pool serves all examples
    office = PayrollOffice(services, sink or RecordingSink())
    office.employs(staff)
    return office
