"""A day in the office while somebody pulls the plug: what is sent, how it is killed, and what must hold afterwards."""

from __future__ import annotations

import base64
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from kontorist.archive.archive import DocumentArchive
from kontorist.domain.ids import SupplierId, derived_id
from kontorist.domain.payables.suppliers import Supplier
from kontorist.store.clock import SystemClock
from kontorist.store.database import Store
from kontorist.testing.documents.company import sample_month, supplier_masterdata
from kontorist.testing.installation import Installation, until
from kontorist.testing.twins.smtp import accepted_in

EVENTS, INVOICES = 200, 30

CONFIG = """\
version: 1
company: {{name: Kontor Beispiel B.V., country: NL, registered_in: [DE], vat_id: NL000099998B57}}
people:
  anna: {{email: anna@example.org, language: de, roles: [clerk]}}
  joost: {{email: joost@example.org, language: nl, roles: [approver]}}
engine: {{receiver: {{listen: "127.0.0.1:0"}}}}
connectors:
  shop: {{use: webhook/standard, key: {{secret: shop}}, emits: [document.received, note.received], limit: 10MiB}}
  scanner: {{use: folder/local, path: in/scan, settle: 1s, every: 1s}}
  mail_out: {{use: mail/smtp, host: 127.0.0.1, port: {port}, tls: none, sender: "Office <office@example.org>"}}
routes:
  - {{on: document.received, run: payables/invoice_intake}}
approvals:
  rules:
    - {{below: "1000.00", supplier_trusted: true, steps: []}}
    - {{steps: [{{any_of: [approver], needed: 1}}]}}
notifications: {{mail_out: mail_out}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """One thing that arrives: an invoice, an empty delivery (a run without paper) or a note that no route takes."""

    identity: str
    kind: str
    by: str  #: webhook or folder
    paper: Path | None = None


def day(papers: list[Path], chance: random.Random, *, runs: int) -> list[Sending]:
    """200 events in random order, 30 of them invoices, half by folder; `runs` of the others start a flow, too."""
    invoices = [
        Sending(identity=f"invoice-{number}", kind="invoice", by=("webhook", "folder")[number % 2], paper=paper)
        for number, paper in enumerate(papers)
    ]
    rest = EVENTS - len(invoices)
    others = [
        Sending(identity=f"other-{number}", kind="empty" if number < runs else "note", by="webhook")
        for number in range(rest)
    ]
    everything = invoices + others
    chance.shuffle(everything)
    return everything


def papers_in(folder: Path, corpus: Path | None) -> list[Path]:
    """Thirty invoices: the sample company's month, and real ones from the corpus where it is there."""
    made = [each.file for each in sample_month(folder / "november", today=date(2026, 11, 20))]
    if corpus is not None:
        real = sorted((corpus / "invoices" / "pdf").glob("*.pdf"))[: INVOICES - len(made)]
        return made + real
    more = [
        each.file for month in (9, 10) for each in sample_month(folder / f"month-{month}", today=date(2026, month, 20))
    ]
    return (made + more)[:INVOICES]


@dataclass
class Sender:
    """The front offices: each thing is sent until it is acknowledged; every answer is written down.

    Things are let go in portions, so that some arrive around every kill.
    """

    installation: Installation
    things: list[Sending]
    portions: int
    pause: float = 0.1  #: seconds between two of them
    history: list[tuple[str, int | None]] = field(default_factory=list)
    acknowledged: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._allowed = threading.Semaphore(0)
        self._thread = threading.Thread(target=self._send_all, daemon=True)
        self._thread.start()

    def let_go(self) -> None:
        """Another portion may leave."""
        self._allowed.release(-(-len(self.things) // self.portions))

    def finished(self) -> bool:
        return not self._thread.is_alive()

    def _send_all(self) -> None:
        for thing in self.things:
            self._allowed.acquire()
            if thing.by == "folder":
                self._drop(thing)
            else:
                self._post(thing)
            time.sleep(self.pause)

    def _drop(self, thing: Sending) -> None:
        assert thing.paper is not None
        half = self.installation.scan / f".{thing.identity}.part"
        half.write_bytes(thing.paper.read_bytes())
        half.rename(self.installation.scan / f"{thing.identity}.pdf")

    def _post(self, thing: Sending) -> None:
        while thing.identity not in self.acknowledged:
            answer = self.installation.post(self._delivery(thing), timeout=10)
            self.history.append((thing.identity, answer))
            if answer in (200, 202):
                self.acknowledged.add(thing.identity)
            else:
                time.sleep(0.2)

    def _delivery(self, thing: Sending) -> Any:
        documents = (
            [] if thing.paper is None else [(f"{thing.identity}.pdf", "application/pdf", thing.paper.read_bytes())]
        )
        return self.installation.sender.event(
            "note.received" if thing.kind == "note" else "document.received",
            {"number": thing.identity},
            identity=thing.identity,
            now=datetime.now(UTC),
            documents=documents,
        )


@dataclass
class Office:
    """The installation under test with the mail server that outlives its kills."""

    installation: Installation
    maildir: Path

    def open_books(self) -> Store:
        return Store.open(f"sqlite:///{self.installation.var}/kontorist.db")

    def enter_suppliers(self) -> None:
        with self.open_books() as store, store.write() as tx:
            for facts in supplier_masterdata():
                values = {**facts, "ibans": tuple(facts["ibans"])}
                store.suppliers.put(tx, Supplier(id=SupplierId(derived_id("S", facts["name"])), **values))

    def counts(self) -> dict[str, int]:
        with self.open_books() as store, store.read() as tx:
            return store.inbox.counts(tx)

    def settled(self) -> int:
        counts = self.counts()
        return counts["done"] + counts["quarantined"]

    def runs_done(self) -> int:
        return self.counts()["done"]

    def quiet(self) -> bool:
        """Nothing is open any more: no event, no effect, no file in the folder."""
        with self.open_books() as store, store.read() as tx:
            events, effects = store.inbox.counts(tx), store.effects.counts(tx)
        waiting = events["new"] + events["claimed"] + events["retry"] + effects["planned"] + effects["sending"]
        return not waiting and not list(self.installation.scan.glob("*.pdf"))

    def open_runs(self) -> list[str]:
        """The runs that Prefect still shows as alive, by its own API."""
        notice = self.installation.notice()
        assert notice is not None
        body = json.dumps({"flow_runs": {"state": {"type": {"any_": ["PENDING", "RUNNING"]}}}}).encode()
        request = Request(f"http://127.0.0.1:{notice['prefect']['port']}/api/flow_runs/filter", body)
        password = (self.installation.var / "prefect" / "auth").read_bytes().strip()
        request.add_header("content-type", "application/json")
        request.add_header("authorization", "Basic " + base64.b64encode(password).decode())
        with urlopen(request, timeout=10) as answer:
            return [run["id"] for run in json.load(answer)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """One whole-stack kill: `when` it comes and whom it takes."""

    when: str  #: "starting" (something was accepted, Prefect is not there yet) or "busy" (flows are running)
    how: str  #: kill_group or kill_alone
    after: float  #: so many more seconds, or so many more finished runs


def plan(kills: int, chance: random.Random) -> list[Kill]:
    """Kills of both kinds at both times; the first is in the thick of it."""
    kinds = [("busy", "kill_group"), ("starting", "kill_alone"), ("busy", "kill_alone"), ("starting", "kill_group")]
    planned = []
    for number in range(kills):
        when, how = kinds[number % 4]
        after = chance.uniform(0.0, 2.5) if when == "starting" else chance.randint(1, 4) + chance.random()
        planned.append(Kill(when=when, how=how, after=after))
    return planned


def portions(kills: list[Kill]) -> int:
    """One at each start, one more before a kill in the thick of it, one after the last kill."""
    return 1 + sum(2 if kill.when == "busy" else 1 for kill in kills)


def carry_out(kill: Kill, office: Office, sender: Sender) -> None:
    """Start, let things arrive, wait for the moment, kill."""
    installation = office.installation
    installation.up()
    sender.let_go()
    installation.address()
    if kill.when == "busy":
        goal = office.runs_done() + int(kill.after)
        until(lambda: office.runs_done() >= goal, 120, f"run {goal}")
        sender.let_go()
    time.sleep(kill.after % 1)
    getattr(installation, kill.how)()


# --- what must hold


def faults(office: Office, sender: Sender) -> Iterator[str]:
    """Every sentence is a broken promise."""
    with office.open_books() as store, store.read() as tx:
        rows = store.inbox.list(tx, limit=10_000)
        documents = store.documents.list(tx, limit=10_000)
        entries = store.journal.entries(tx)
        chains = store.journal.verify(tx) + store.audit.verify(tx)
        effects = store.effects.list(tx, limit=10_000)
    yield from _events(sender, rows)
    yield from _documents(sender, documents, office)
    yield from _entries(documents, entries)
    yield from chains
    yield from _letters(effects, accepted_in(office.maildir))


def _events(sender: Sender, rows: list[Any]) -> Iterator[str]:
    by_webhook = Counter(row.dedupe for row in rows if row.source == "/kontorist/webhook/shop")
    sent = {thing.identity for thing in sender.things if thing.by == "webhook"}
    in_folder = sum(thing.by == "folder" for thing in sender.things)
    if lost := sender.acknowledged - set(by_webhook):
        yield f"acknowledged and not stored: {sorted(lost)}"
    if set(by_webhook) != sent or len(rows) != len(sent) + in_folder:
        yield f"{len(rows)} events stored, {len(sent)} sent by webhook and {in_folder} by folder"
    notes = {thing.identity for thing in sender.things if thing.kind == "note"}
    for row in rows:
        wanted = ("quarantined", "no_route") if row.dedupe in notes else ("done", None)
        if (row.state, row.reason_code) != wanted:
            yield f"event {row.dedupe} is {row.state}: {row.reason}"


def _documents(sender: Sender, documents: list[Any], office: Office) -> Iterator[str]:
    papers = sum(thing.paper is not None for thing in sender.things)
    if len(documents) != papers:
        yield f"{papers} papers were sent and {len(documents)} documents are in the books"
    for document in documents:
        if document.state not in ("booked", "worklist", "quarantined"):
            yield f"document {document.name} is {document.state}"
    archive = DocumentArchive(office.installation.var / "archive", clock=SystemClock())
    verified = archive.verify(full=True)
    if not verified.ok:
        yield f"the archive does not verify: {verified}"
    archive.close()


def _entries(documents: list[Any], entries: list[Any]) -> Iterator[str]:
    posted = Counter(str(each.entry.document) for each in entries)
    booked = {str(document.id) for document in documents if document.state == "booked"}
    if not booked:
        yield "nothing was booked at all"
    if doubled := [each for each, count in posted.items() if count > 1]:
        yield f"booked twice: {doubled}"
    if set(posted) != booked:
        yield f"entries for {sorted(posted)} and documents booked {sorted(booked)}"
    if [each.number for each in entries] != list(range(1, len(entries) + 1)):
        yield f"the numbers of the entries have gaps: {[each.number for each in entries]}"


def _letters(effects: list[Any], accepted: Counter[str]) -> Iterator[str]:
    wanted = {effect.receipt.external_id: effect for effect in effects if effect.receipt is not None}
    if not wanted:
        yield "not one letter was sent"
    for effect in effects:
        if effect.state != "done":
            yield f"{effect.key} is {effect.state}: {effect.reason}"
    if missing := set(wanted) - set(accepted):
        yield f"recorded as sent and never arrived: {missing}"
    if strangers := set(accepted) - set(wanted):
        yield f"arrived and nobody ordered them: {strangers}"
    for identity, copies in accepted.items():
        # A notice killed between the end of DATA and its record may arrive again, once per interrupted attempt.
        if identity in wanted and copies > wanted[identity].attempts:
            yield f"{identity} arrived {copies} times in {wanted[identity].attempts} attempts"
