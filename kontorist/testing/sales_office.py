"""An office that sells, for tests: customers known, the front office asks for answers, a clock we set."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from kontorist.config import load
from kontorist.domain.approvals import Actor, Verdict
from kontorist.domain.events import Event, content_hash
from kontorist.domain.ids import SYSTEM, EventId, OrderId, PersonKey, WorkItemId
from kontorist.domain.receivables.checks import Seller
from kontorist.domain.receivables.invoices import SalesPaper
from kontorist.services import Services, open_services
from kontorist.testing.documents.identity import iban
from kontorist.testing.documents.orders import sample_customers
from kontorist.testing.documents.tables import SampleTable
from kontorist.testing.fakes import FakeClock, RecordingSink
from kontorist.testing.twins.webhook_sender import new_secret
from tasks.receivables.einvoice import Written, write_papers

TODAY = date(2026, 5, 20)
FRONT_OFFICE = "/kontorist/webhook/front_office"
CONFIG = """\
version: 1
company:
  name: Kontor Beispiel B.V.
  country: NL
  vat_id: NL000099998B57
  address: {street: Herengracht 990, postcode: 1017 BT, town: Amsterdam}
  ibans: [IBAN]
  legal_notice: KvK 99099099
  electronic_address: "0106:99099099"
  language: nl
people:
  anna: {login: anna, email: anna@example.org, language: de, roles: [clerk]}
  joost: {login: joost, email: joost@example.org, language: nl, roles: [approver]}
connectors:
  outbox: {use: mail/maildir, path: var/outbox, sender: "Kontorist <office@example.org>"}
  front_office: {use: webhook/standard, key: {secret: front_office}, emits: [order.created, order.cancelled]}
  status: {use: webhook/callback, url: "URL", key: {secret: front_office}}
routes:
  - {on: order.created, run: receivables/order_to_invoice, reply_to: status}
  - {on: order.cancelled, run: receivables/order_cancellation, reply_to: status}
  - {on: order.file_received, run: receivables/order_file}
notifications: {mail_out: outbox}
receivables: {invoice_number: "2026-{number:05d}", MORE}
"""


class SalesOffice:
    """Shorthand for the examples: orders come in, the steps of the flows are done, people act."""

    def __init__(self, services: Services, *, callbacks: RecordingSink | None) -> None:
        self.services = services
        self.mails = RecordingSink()
        self.callbacks = callbacks or RecordingSink()
        self.write: Callable[[SalesPaper, Seller], Written] = write_papers
        services.letters.carried_by(self.mails)
        if callbacks is not None:
            services.replies.carried_by({"status": callbacks})
        self.people = services.config.actors()

    @property
    def clock(self) -> FakeClock:
        clock = self.services.clock
        assert isinstance(clock, FakeClock)
        return clock

    def actor(self, name: str) -> Actor:
        return self.people[PersonKey(name)]

    def sends(self, kind: str, data: Mapping[str, Any], *, identity: str | None = None) -> EventId:
        """An event of the front office, in the inbox; the same data is the same event unless `identity` differs."""
        key = identity or content_hash([kind, data])
        event = Event(id=key, source=FRONT_OFFICE, type=kind, subject=data.get("order_number"), data=dict(data))
        with self.services.store.write() as tx:
            return self.services.store.inbox.accept(tx, event, raw_hash=content_hash(dict(data))).id

    def drops(self, file: SampleTable) -> EventId:
        """A file in the folder for orders: archived, and its event in the inbox, as the folder's connector does it."""
        source, identity = "/kontorist/folder/orders", content_hash([file.name, file.content.hex()])
        record = self.services.archive.add(
            file.content,
            name=file.name,
            media_type="application/octet-stream",
            source=source,
            source_id=identity,
            actor=SYSTEM,
            document_class="document",
        )
        event = Event(id=identity, source=source, type="order.file_received", data={"documents": [{"id": record.id}]})
        with self.services.store.write() as tx:
            return self.services.store.inbox.accept(tx, event, raw_hash=identity).id

    def works(self, event: EventId) -> OrderId:
        """What the flow that the route names does, without Prefect."""
        with self.services.store.read() as tx:
            kind = self.services.store.inbox.get(tx, event).type
        receivables = self.services.receivables
        order = receivables.cancel(event) if kind == "order.cancelled" else receivables.enter(event)
        self.goes_on(order, event)
        return order

    def goes_on(self, order: OrderId, event: EventId) -> None:
        """The steps that all three flows share."""
        step, papers = self.services.receivables.next_step(order), self.services.sales_papers
        if step == "ask":
            self.services.receivables.ask_people(order)
        while paper := papers.draft(order):
            written = self.write(paper, papers.seller)
            self.services.einvoices.check_ours(written.xml)
            if papers.book(order, paper, written.pdf, xml=written.xml if written.beside else None):
                break
        papers.hand_over(order, event)
        self.services.letters.send_planned(event)
        self.services.replies.send_planned(event)

    def gets(self, kind: str, data: Mapping[str, Any], *, identity: str | None = None) -> dict[str, Any]:
        """An event sent and worked off; what became of its order."""
        return self.services.receivables.summary(self.works(self.sends(kind, data, identity=identity)))

    def decides(self, item: WorkItemId, verdict: Verdict, *, by: str = "joost", note: str = "") -> dict[str, Any]:
        """A decision, carried out as receivables/order_decision does; what became of the order."""
        self.services.worklist.decide(item, self.actor(by), verdict, note=note)
        with self.services.store.read() as tx:
            event = next(row.id for row in self.services.store.inbox.list(tx) if row.body["data"].get("item") == item)
        self.services.worklist.carry_out(item)
        (order,) = self.services.receivables.orders_behind([item])
        self.goes_on(order, event)
        return self.services.receivables.summary(order)

    def told(self) -> list[tuple[str, str]]:
        """(order number, status) of every answer to the front office, in order."""
        return [(each["data"]["order_number"], each["data"]["status"]) for each in self.callbacks.done.values()]


@contextmanager
def sales_office(folder: Path, *, callback_url: str | None = None, more: str = "") -> Iterator[SalesOffice]:
    """The sample company in `folder`, its customers known; answers go to `callback_url`, else to a recording sink.

    `more` are further keys of `receivables`.
    """
    folder.mkdir(exist_ok=True)
    url = callback_url or "https://front-office.example/hooks/kontorist"
    written = CONFIG.replace("URL", url).replace("IBAN", iban("NL", 990990)).replace("MORE", more)
    (folder / "config.yaml").write_text(written, encoding="utf-8")
    environment = {"KONTORIST_SECRET_FRONT_OFFICE": new_secret(b"callback")}
    clock = FakeClock(datetime(2026, 5, 20, 9, 0, tzinfo=UTC))
    with open_services(load(folder, environment=environment), clock=clock) as services:
        with services.store.write() as tx:
            for customer in sample_customers():
                services.store.customers.put(tx, customer)
        yield SalesOffice(services, callbacks=None if callback_url else RecordingSink())
