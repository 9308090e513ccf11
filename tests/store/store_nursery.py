"""Started as a program of its own: bears workers and lets them be killed at named places of a day's work.

It forks, which is safe because it has one thread and no open connection, and it has done the whole work once itself, so
that a worker need not compile its statements again. Each worker has a clock that runs a quarter of an hour ahead of
the one before: what a dead one left is due at once. The outside world is one file to which every act adds a line.

    python store_nursery.py FOLDER EMPTY_DATABASE ORDER...

prints one JSON line per order: how the workers ended, and what was found after the last one had cleared up.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from store_master_data import BAKERY, CHANGE, EVA, ITEM, LESSON, LINE, RECEIPT
from store_office import OfficeClock, letter

from kontorist.domain.approvals import Decision, Verdict, WorkItem
from kontorist.domain.errors import BusinessError, KontoristError, TransientError, UncertainOutcome
from kontorist.domain.events import content_hash
from kontorist.domain.ids import DocumentId, EntryId, PersonKey, SupplierId, WorkItemId
from kontorist.domain.ledger.journal import JournalEntry, Line
from kontorist.domain.masterdata.bank_changes import ChangeState
from kontorist.domain.money import Money
from kontorist.domain.payables.draft import Field, InvoiceDraft
from kontorist.domain.payables.suppliers import Supplier
from kontorist.domain.ports import ArchivedDocument, Receipt
from kontorist.store.database import Store
from kontorist.store.effects import EffectHandler, EffectRunner
from kontorist.store.inbox import CONFLICTING_BODY, Claim

SYSTEM = PersonKey("system")
HUNDRED = Money("100.00", "EUR")


class World:
    """The other sides.

    `mail` works, but cannot be asked at first; `parcel` is closed at first, `bank` refuses, `fax` breaks off and cannot
    be asked at all.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.parcels_tried = self.mails_looked_for = 0

    def lines(self) -> list[str]:
        return self.file.read_text().splitlines() if self.file.exists() else []

    def _write(self, key: str) -> Receipt:
        with self.file.open("a") as out:
            out.write(key + "\n")
            out.flush()
            os.fsync(out.fileno())
        return Receipt(external_id=key, status="accepted")

    def mail(self, request: Mapping[str, Any], key: str) -> Receipt:
        return self._write(key)

    def parcel(self, request: Mapping[str, Any], key: str) -> Receipt:
        self.parcels_tried += 1
        if self.parcels_tried == 1:
            raise TransientError("The counter is closed.")
        return self._write(key)

    def bank(self, request: Mapping[str, Any], key: str) -> Receipt:
        raise BusinessError("no_cover")

    def fax(self, request: Mapping[str, Any], key: str) -> Receipt:
        self._write(key)
        raise UncertainOutcome("The line broke.")

    def find(self, request: Mapping[str, Any], key: str) -> Receipt | None:
        return Receipt(external_id=key, status="found") if key in self.lines() else None

    def find_mail(self, request: Mapping[str, Any], key: str) -> Receipt | None:
        self.mails_looked_for += 1
        if self.mails_looked_for == 1:
            raise TransientError("The mailbox does not answer.")
        return self.find(request, key)

    def handlers(self) -> list[EffectHandler]:
        def known(kind: str, act: Any, probe: Any = self.find) -> EffectHandler:
            return EffectHandler(kind=kind, act=act, probe=probe, timeout=60)

        asked = [known("mail", self.mail, self.find_mail), known("parcel", self.parcel), known("bank", self.bank)]
        return [*asked, EffectHandler(kind="fax", act=self.fax, timeout=60)]


class Worker:
    """A day's work that touches every table, and can be begun again at any place."""

    def __init__(self, office: Office, turn: int) -> None:
        self.clock = office.clock
        self.clock.passes(900.0 * turn)
        self.store = office.store
        self.runner = EffectRunner(self.store, World(office.world).handlers())

    def works(self) -> None:
        self.takes_in()
        for _ in range(4):
            self.clears_up()
            for claim in self.claims():
                with self.store.holding(claim):
                    self.handles(claim)
            self.clock.passes(900)

    def takes_in(self) -> None:
        with self.store.write() as tx:
            for number in (1, 2, 3):
                event = letter(number)
                self.store.inbox.accept(tx, event, raw_hash=content_hash(event.envelope()))
            self._decides_on_held(tx)
            self.store.inbox.set_cursor(tx, "post", {"seen": 3})

    def _decides_on_held(self, tx: Any) -> None:
        held = {"raw_hash": "0", "state": "quarantined", "reason_code": CONFLICTING_BODY, "reason": "Which one holds?"}
        self.store.inbox.release(tx, self.store.inbox.accept(tx, letter(4), **held).id)
        self.store.inbox.put_away(tx, self.store.inbox.accept(tx, letter(5), **held).id, {"reason": "A mistake."})

    def clears_up(self) -> None:
        with self.store.write() as tx:
            self.store.inbox.expired(tx, self.clock.now())
            for refused in self.store.effects.list(tx, states=["failed"]):
                self.store.effects.settle(tx, refused, None, "anna: there is cover now")
        self.runner.run_due(self.clock.now())

    def claims(self) -> list[Claim]:
        with self.store.write() as tx:
            claims = self.store.inbox.claim(tx, owner=f"worker-{os.getpid()}", now=self.clock.now(), limit=10)
            self.store.inbox.renew(tx, f"worker-{os.getpid()}", self.clock.now())
        return claims

    def handles(self, claim: Claim) -> None:
        verb = {"1": self.books, "2": self.puts_off, "3": self.sets_aside, "4": self.nods}[claim.row.dedupe]
        verb(claim)

    def puts_off(self, claim: Claim) -> None:
        with self.store.write() as tx:
            if claim.row.reason_code == "later":
                self.store.inbox.done(tx, claim, {"state": "late"})
            else:
                self.store.inbox.retry(tx, claim, self.clock.now(), "later", "Not now.")

    def nods(self, claim: Claim) -> None:
        with self.store.write() as tx:
            self.store.inbox.done(tx, claim, {"state": "released"})

    def sets_aside(self, claim: Claim) -> None:
        with self.store.write() as tx:
            self.store.inbox.quarantine(tx, claim, "encrypted", "The file has a password.")
            if claim.row.reason_code != "replayed":
                self.store.inbox.replay(tx, claim.event_id, "Try the other password.")

    def books(self, claim: Claim) -> None:
        with self.store.write() as tx:
            self.store.inbox.set_run(tx, claim, "run")
            claim = self.store.inbox.take_over(tx, "run", giver="worker-", owner=claim.owner)
            self._enter(tx)
            self._import(tx)
        with self.store.write() as tx:
            self._post(tx)
            for kind in ("mail", "parcel", "bank", "fax"):
                self.store.effects.plan(tx, key=kind, kind=kind, request={"to": "you"}, cause=claim.event_id)
        for kind in ("mail", "parcel", "bank", "fax"):
            self._run(kind)
        with self.store.write() as tx:
            self.store.inbox.done(tx, claim, {"state": "booked"})

    def _enter(self, tx: Any) -> None:
        self.store.suppliers.put(tx, Supplier(id=SupplierId("S1"), name="Muster GmbH"))
        archived = ArchivedDocument(
            id=DocumentId("D1"), sha256="00", name="1.pdf", media_type="application/pdf", size=1,
            received=datetime(2026, 3, 2, tzinfo=UTC), source="post", source_id="1", document_class="document", seq=1,
        )  # fmt: skip
        self.store.documents.add(tx, archived)
        number = Field(value="117", confidence=1.0, safe=True, reason="printed")
        draft = InvoiceDraft(fields={"invoice_number": number})
        self.store.documents.read(tx, archived.id, draft, supplier_id=SupplierId("S1"))

    def _import(self, tx: Any) -> None:
        self.store.customers.put(tx, BAKERY)
        self.store.employees.put(tx, EVA)
        self.store.orders.put(tx, LINE)
        self.store.orders.receive(tx, RECEIPT)
        self.store.open_items.put(tx, ITEM)
        self.store.bank_changes.put(tx, CHANGE)
        self.store.bank_changes.settle(tx, CHANGE.id, ChangeState.AGREED)
        lesson = self.store.lessons.teach(tx, LESSON, paper="00", about="D1", by=SYSTEM)
        self.store.lessons.forget(tx, lesson, by=SYSTEM)

    def _post(self, tx: Any) -> None:
        lines = (
            Line(account="7000", amount=HUNDRED, origin="net"),
            Line(account="2000", amount=-HUNDRED, origin="gross"),
        )
        entry = JournalEntry(
            id=EntryId("J1"), day=date(2026, 3, 2), text="Muster 117", lines=lines, document=DocumentId("D1")
        )
        self.store.documents.reassign(tx, SupplierId("P1"), SupplierId("S1"))  # known from paper only until now
        # An entry of somebody before us was taken back.
        self.store.documents.take_back(tx, DocumentId("D1"), "worklist", reason_code="KON-REVERSED", reason="wrong")
        self.store.documents.claim_number(tx, DocumentId("D1"), SupplierId("S1"), "117")
        number = self.store.journal.post(tx, entry)
        self.store.documents.settle(tx, DocumentId("D1"), "booked", entry_id=entry.id)
        now = OfficeClock().now()
        if not self.store.audit.of(tx, "J1"):
            self.store.audit.note(tx, actor=SYSTEM, verb="posted", subject="J1", at=now, after={"number": number})
        item = WorkItem(
            id=WorkItemId("W1"), kind="look", subject="D1", title="Look", reasons=(), codes=(), content={},
            content_hash="00", created=now,
        )  # fmt: skip
        self.store.worklist.add(tx, item)
        self.store.worklist.replace(tx, item, expected_version=1)
        said = Decision(item=item.id, version=1, content_hash="00", person=SYSTEM, verdict=Verdict.APPROVE, time=now)
        if not self.store.worklist.decisions(tx, item.id):
            self.store.worklist.decide(tx, said)

    def _run(self, kind: str) -> None:
        try:
            self.runner.run(kind)
        except KontoristError as trouble:
            if trouble.code == "KON-220":  # the lease is lost: end quietly
                raise


class Office:
    """The place of work: one database and one world, both new for every order."""

    def __init__(self, folder: Path, empty: Path) -> None:
        self.file, self.world, self.empty = folder / "kontorist.db", folder / "world.txt", empty
        self.clock = OfficeClock()
        self.moves_in()
        self.store = Store.open(f"sqlite:///{self.file}", clock=self.clock, boot="monday")

    def moves_in(self) -> None:
        for old in self.file.parent.iterdir():
            old.unlink()
        shutil.copy(self.empty, self.file)

    def bears(self, turn: int, orders: str) -> int:
        """A worker that obeys `orders` (KONTORIST_FAILPOINTS); its end as a wait status."""
        child = os.fork()
        if child == 0:
            os.environ["KONTORIST_FAILPOINTS"] = orders
            Worker(self, turn).works()
            os._exit(0)
        return os.waitpid(child, 0)[1]

    def obeys(self, order: str) -> dict[str, Any]:
        """One worker after the other: those of the order are killed, the last one clears up."""
        self.moves_in()
        kills = [*order.split(","), ""]
        ends = [self.bears(turn, kill) for turn, kill in enumerate(kills)]
        return {"order": order, "ends": ends} | self.finds()

    def finds(self) -> dict[str, Any]:
        """What stands in the world and in the books; nothing is open afterwards."""
        store = self.store
        with store.read() as tx:
            found = {
                "world": dict(Counter(World(self.world).lines())),
                "inbox": {row.dedupe: row.state for row in store.inbox.list(tx)},
                "effects": {row.key: row.state for row in store.effects.list(tx)},
                "entries": [posted.number for posted in store.journal.entries(tx)],
                "documents": [document.state for document in store.documents.list(tx)],
                "decisions": len(store.worklist.decisions(tx, WorkItemId("W1"))),
                "notes": len(store.audit.of(tx, "J1")),
                "findings": store.journal.verify(tx) + store.audit.verify(tx),
            }
        store.close()
        return found


def main(folder: Path, empty: Path, *orders: str) -> None:
    """Work once undisturbed, then once for every order; an order is ``kill[,second kill]``."""
    office = Office(folder, empty)
    Worker(office, 0).works()
    office.finds()
    office.clock.__init__()  # type: ignore[misc]  # every worker counts from the same morning
    for order in orders:
        print(json.dumps(office.obeys(order)), flush=True)  # noqa: T201  # its answer


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
