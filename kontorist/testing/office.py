"""An office for tests: the sample company's books on a real database and archive, papers made by us, a clock we set."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Protocol

from kontorist.config import load
from kontorist.domain.approvals import Actor
from kontorist.domain.events import Event, content_hash
from kontorist.domain.ids import SYSTEM, DocumentId, EventId, PersonKey, SupplierId, derived_id
from kontorist.domain.payables.intake_rules import Fate
from kontorist.domain.payables.suppliers import Supplier
from kontorist.sandbox import Outcome
from kontorist.services import Services, open_services
from kontorist.testing.documents.company import SamplePaper, supplier_masterdata
from kontorist.testing.fakes import FakeClock, RecordingSink

TODAY = date(2026, 5, 20)
CONFIG = """\
version: 1
company:
  {name: Kontor Beispiel B.V., country: NL, registered_in: [DE], vat_id: NL000099998B57, currency: EUR, language: nl}
people:
  anna: {login: anna, email: anna@example.org, language: de, roles: [clerk]}
  joost: {login: joost, email: joost@example.org, language: nl, roles: [approver]}
  carla: {login: carla, email: carla@example.org, language: en, roles: [controller, approver]}
connectors:
  outbox: {use: mail/maildir, path: var/outbox, sender: "Kontorist <office@example.org>"}
notifications: {mail_out: outbox}
approvals:
  rules:
    - {below: "1000.00", supplier_trusted: true, steps: []}
    - {below: "5000.00", steps: [{any_of: [approver]}]}
    - {steps: [{any_of: [approver]}, {any_of: [controller]}]}
reporting: {daily_report: {to: [anna, carla]}}
"""


class Office:
    """Shorthand for the examples: papers come in, the steps of the flow are done, people act."""

    def __init__(self, services: Services, post: Mapping[str, SamplePaper]) -> None:
        self.services = services
        self.post = post
        self.sink = RecordingSink()
        services.letters.carried_by(self.sink)
        self.people = services.config.actors()

    def actor(self, name: str) -> Actor:
        return self.people[PersonKey(name)]

    def receives(self, name: str) -> EventId:
        """The paper `name` of the sample month, archived and announced; gives its event."""
        return self._arrives(name, self.post[name].file.read_bytes(), "application/pdf")

    def receives_mail(self, content: bytes, name: str) -> EventId:
        """A mail as the mailbox hands it over, archived and announced; gives its event."""
        return self._arrives(name, content, "message/rfc822")

    def receives_file(self, file: Path) -> EventId:
        """Any file as a folder hands it over, archived and announced; gives its event."""
        media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        return self._arrives(file.name, file.read_bytes(), media_type)

    def files(self, event: EventId) -> list[DocumentId]:
        """What the flow documents/archiving does, without Prefect; gives its documents."""
        documents = self.services.payables.documents_of(event, self.services.mails.files_of(event))
        for document in documents:
            if not self.services.filing.file(document):
                self.services.filing.ask(document)
        return documents

    def _arrives(self, name: str, content: bytes, media_type: str) -> EventId:
        record = self.services.archive.add(
            content, name=name, media_type=media_type, source="/test", source_id=name, actor=SYSTEM
        )
        data = {"documents": [{"id": record.id, "sha256": record.sha256, "name": name}]}
        event = Event(id=name, source="/test", type="document.received", data=data)
        with self.services.store.write() as tx:
            return self.services.store.inbox.accept(tx, event, raw_hash=content_hash(data)).id

    def intake(self, event: EventId) -> list[DocumentId]:
        """What the flow payables/invoice_intake does, without Prefect; gives its documents."""
        payables = self.services.payables
        documents = payables.documents_of(event, self.services.mails.papers_of(event))
        for document in documents:
            payables.read(document)
        for open_document in payables.unsettled(documents):
            fate = payables.rule_on(open_document).fate
            if fate is Fate.QUARANTINE:
                payables.set_aside(open_document)
            elif fate is Fate.WORKLIST or not payables.book(open_document):
                payables.ask_people(open_document)
        self.services.letters.send_planned(event)
        return documents

    def takes_in(self, name: str) -> DocumentId:
        (document,) = self.intake(self.receives(name))
        return document

    def takes_in_mail(self, content: bytes, name: str = "mail.eml") -> list[DocumentId]:
        return self.intake(self.receives_mail(content, name))

    def state(self, document: DocumentId) -> str:
        return str(self.services.payables.summary(document)["state"])


class Reader(Protocol):
    """What reads foreign files: a `Pool`, or something in front of one."""

    def call(self, function: str, content: bytes, **arguments: Any) -> Outcome:
        """As `Pool.call`."""
        ...


class SharedPool:
    """A pool that outlives the services that use it."""

    def __init__(self, pool: Reader) -> None:
        self.call = pool.call

    def close(self) -> None:
        pass


def open_office(
    folder: Path,
    pool: Reader,
    post: Mapping[str, SamplePaper],
    config: str = CONFIG,
    *,
    environment: Mapping[str, str] | None = None,
) -> Office:
    """The sample company in `folder`, its suppliers known, nothing received yet; close its services in the end.

    Secrets are in `environment`.
    """
    (folder / "config.yaml").write_text(config, encoding="utf-8")
    clock = FakeClock(datetime(2026, 5, 20, 9, 0, tzinfo=UTC))
    services = open_services(load(folder, environment=environment or {}), clock=clock)
    services._pool = SharedPool(pool)  # type: ignore[assignment]  # one pool serves all examples
    with services.store.write() as tx:
        for facts in supplier_masterdata():
            supplier_id = SupplierId(derived_id("S", facts["name"]))
            services.store.suppliers.put(tx, Supplier(id=supplier_id, **{**facts, "ibans": tuple(facts["ibans"])}))
    return Office(services, post)
