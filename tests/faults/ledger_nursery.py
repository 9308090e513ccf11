"""Started as a program of its own: workers of the ledger that are killed, stopped or lose their power, one by one.

It forks, which is safe because it has one thread and no open connection; what it has imported and compiled, its workers
need not again. Each worker takes new events in, dispatches what waits with a stand-in for Prefect, and carries out
what was left. The other sides (a mail server, two ERP-like servers, a folder) outlive it. All workers read one clock,
which goes a quarter of an hour on between one and the next, so that what a dead one left is due at once.

    python ledger_nursery.py PLAN            (PLAN is JSON, see `Plan`)

prints one line of JSON for what happened; what must hold afterwards is checked by who started it, in ledger_checks.py.
"""

from __future__ import annotations

import json
import mmap
import os
import random
import signal
import sqlite3
import struct
import sys
import time
import traceback
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from connectors.mail.smtp import Settings, SmtpServer
from connectors.registry import ConnectorContext
from kontorist.archive import DocumentArchive
from kontorist.domain.errors import KontoristError
from kontorist.domain.events import Event
from kontorist.domain.ids import SYSTEM, DocumentId, EntryId, EventId
from kontorist.domain.ledger.journal import JournalEntry, Line
from kontorist.domain.money import Money
from kontorist.domain.ports import Receipt
from kontorist.engine.dispatcher import Dispatcher
from kontorist.engine.leases import Leases
from kontorist.engine.reconciler import Reconciler
from kontorist.engine.router import Route, Router
from kontorist.store import connection
from kontorist.store.database import Store
from kontorist.store.effects import EffectHandler, EffectRunner
from kontorist.testing import power
from kontorist.testing.fakes import secrets
from kontorist.testing.runs import RunsWithoutPrefect
from kontorist.testing.twins.erp import ErpDoor

SOURCE: Final = "/kontorist/webhook/shop"
#: What one event leads to, beside its booking and its voucher in the archive: key prefix and kind.
KINDS: Final = ("notice", "payslip", "erp", "form", "payment")
HUNDRED: Final = Money("100.00", "EUR")
PAUSE: Final = 900.0
NEW_EVENTS: Final = 3
MOST_WAITING: Final = 6
ORDER: Final = "order.created"
#: In front of a power cut many things arrive that cannot be read: it is the acknowledgements that are tried.
NOTES: Final = 20
#: Where a worker can be stopped without holding the database, which everybody else would have to wait for.
STOPS: Final = (
    *("dispatcher.after_claim", "dispatcher.before_run", "dispatcher.after_run", "store.after_commit"),
    *(f"effects.{when}_{step}" for step in ("begin", "act", "done") for when in ("before", "after")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be done: `how` often, to whom, from which seed; where the other sides are."""

    folder: str
    how: str  #: kills, stops or power
    times: int
    seed: int
    smtp: int
    erp: int
    form: int
    normal: bool = False  #: a mutant: the database does not wait for the disk


class SharedClock:
    """The real time and what the nursery adds to it; one for all workers."""

    def __init__(self) -> None:
        self._added = mmap.mmap(-1, 8)

    def _ahead(self) -> float:
        found: float = struct.unpack("d", self._added[:8])[0]
        return found

    def passes(self, seconds: float) -> None:
        self._added[:8] = struct.pack("d", self._ahead() + seconds)

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._ahead())

    def monotonic(self) -> float:
        return time.monotonic() + self._ahead()


class PaymentFolder:
    """Files for the bank: whole or not there, under a name that is the key; a second one of a name is seen."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(exist_ok=True)

    def act(self, request: Mapping[str, Any], key: str) -> Receipt:
        half = self._folder / f".{key.replace('/', '-')}.{os.getpid()}"
        half.write_text(json.dumps(dict(request)), encoding="utf-8")
        with suppress(FileExistsError):
            os.link(half, self._folder / key.replace("/", "-"))
        with (self._folder / "journal").open("a", encoding="utf-8") as out:
            out.write(f"{key}\n")
        half.unlink()
        return Receipt(external_id=key, status="written")

    def probe(self, request: Mapping[str, Any], key: str) -> Receipt | None:
        known = (self._folder / key.replace("/", "-")).exists()
        return Receipt(external_id=key, status="written") if known else None


class StubRuns(RunsWithoutPrefect):
    """The flow books, files and plans, then carries out."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    def flow(self, name: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        return self._worker.handles(parameters["event"])


class Worker:
    """One life: takes in, dispatches, carries out what was left."""

    def __init__(self, plan: Plan, clock: SharedClock) -> None:
        self.folder, self.clock = Path(plan.folder), clock
        self.notes = NOTES if plan.how == "power" else 0
        self.store = Store.open(f"sqlite:///{self.folder}/kontorist.db", clock=clock)
        self.archive = DocumentArchive(self.folder / "archive", clock=clock)
        self.effects = EffectRunner(self.store, self._handlers(plan))

    def _handlers(self, plan: Plan) -> list[EffectHandler]:
        context = ConnectorContext(root=self.folder, secret=secrets(), clock=self.clock)
        settings = {"host": "127.0.0.1", "port": plan.smtp, "tls": "none", "sender": "Office <office@example.org>"}
        mail = SmtpServer("mail_out", Settings.model_validate(settings), context)
        erp, form, files = ErpDoor(plan.erp), ErpDoor(plan.form), PaymentFolder(self.folder / "payments")

        def handler(kind: str, act: Any, find: Any, **more: Any) -> EffectHandler:
            return EffectHandler(kind=kind, act=act, probe=lambda _, key: find(key), timeout=60.0, **more)

        return [
            handler("notice", mail.apply, mail.find, on_uncertain="repeat"),
            handler("payslip", mail.apply, mail.find),
            handler("erp", erp.apply, erp.find),
            handler("form", form.apply, form.find),
            handler("payment", files.act, lambda key: files.probe({}, key)),
        ]

    def lives(self, *, new_events: int, works: bool) -> None:
        self.takes_in(new_events)
        if works:
            self.works()
        self.archive.close()
        self.store.close()

    def takes_in(self, count: int) -> None:
        """The answer to the sender is written down after the commit, by the sender."""
        with self.store.read() as tx:
            newest = self.store.inbox.list(tx, type=ORDER, limit=1)
            waiting = self.store.inbox.list(tx, states=("new", "claimed", "retry"), type=ORDER, limit=MOST_WAITING + 1)
        first = int(newest[0].dedupe) + 1 if newest else 0
        for number in range(first, first + count if len(waiting) <= MOST_WAITING else first):
            self._takes_in(Event(id=str(number), source=SOURCE, type=ORDER, subject=f"S{number // 2}"))
        for _ in range(self.notes):
            note = Event(id=f"note-{time.time_ns()}", source=SOURCE, type="note.received")
            self._takes_in(note, state="quarantined", reason_code="unreadable", reason="It cannot be read.")

    def _takes_in(self, event: Event, **state: str) -> None:
        with self.store.write() as tx:
            self.store.inbox.accept(tx, event, raw_hash=event.id, **state)
        self.note("acknowledged", event.id)

    def works(self) -> None:
        router = Router([Route(on=ORDER, run="receivables/order_to_invoice")])
        runs = StubRuns(self)
        Reconciler(self.store, runs).step()
        dispatcher = Dispatcher(self.store, router, runs, Leases(self.store), draw=lambda: 0.0)
        while dispatcher.step():
            pass
        self.effects.run_due(self.clock.now())

    def handles(self, event: EventId) -> dict[str, Any]:
        with self.store.read() as tx:
            number = self.store.inbox.get(tx, event).dedupe
        self.note("handled", number)
        voucher = self.archive.add(
            f"order {number}".encode(), name="order.txt", media_type="text/plain", source=SOURCE, source_id=number,
            actor=SYSTEM,
        )  # fmt: skip
        self._book(event, number, voucher.id)
        for kind in KINDS:
            with suppress(KontoristError):  # the dispatcher looks after what was left
                self.effects.run(f"{kind}/{number}")
        return {"number": number}

    def _book(self, event: EventId, number: str, voucher: DocumentId) -> None:
        lines = (Line(account="7000", amount=HUNDRED, origin="net"), Line(account="2000", amount=-HUNDRED, origin="g"))
        entry = JournalEntry(
            id=EntryId(f"J{number}"), day=date(2026, 3, 2), text=f"Order {number}", lines=lines, document=voucher
        )
        with self.store.write() as tx:
            self.store.journal.post(tx, entry)
            for kind in KINDS:
                mail = {"to": ["anna@example.org"], "subject": f"{kind}/{number}", "text": "Guten Tag"}
                request = mail if kind in ("notice", "payslip") else {"number": number}
                self.store.effects.plan(tx, key=f"{kind}/{number}", kind=kind, request=request, cause=event)

    def note(self, file: str, line: str) -> None:
        with (self.folder / file).open("a", encoding="utf-8") as out:
            out.write(line + "\n")


class Nursery:
    """Bears one worker after the other."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.clock, self.chance = plan, SharedClock(), random.Random(plan.seed)
        self.database = Path(plan.folder) / "kontorist.db"
        self.done = self.stale = 0
        self.longest = 0.3

    def bears(self, orders: str = "", *, new_events: int = NEW_EVENTS, works: bool = True) -> int:
        """A worker that obeys `orders` (KONTORIST_FAILPOINTS); its process id."""
        self.clock.passes(PAUSE)
        child = os.fork()
        if child:
            return child
        try:
            os.environ["KONTORIST_FAILPOINTS"] = orders
            Worker(self.plan, self.clock).lives(new_events=new_events, works=works)
        except BaseException:  # noqa: BLE001  # a child never goes on as its parent
            traceback.print_exc()
            os._exit(1)
        os._exit(0)

    def lives_undisturbed(self, *, new_events: int = 0, works: bool = True) -> None:
        status = os.waitpid(self.bears(new_events=new_events, works=works), 0)[1]
        assert status == 0, f"a worker that nobody disturbed ended with {status}"

    def kills(self) -> None:
        """A worker is killed at some moment of its life; who comes to its end first counts for nothing."""
        while self.done < self.plan.times:
            begun = time.monotonic()
            child = self.bears()
            _wait_for_end(child, self.chance.uniform(0.0, self.longest))
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            status = os.waitpid(child, 0)[1]
            if os.WIFSIGNALED(status):
                self.done += 1
                self._power_is_back()
                continue
            assert status == 0, f"a worker ended by itself with {status}"
            self.longest = 0.9 * self.longest + 0.1 * (time.monotonic() - begun)

    def _power_is_back(self) -> None:
        if self.plan.how == "power":
            power.pull(self.database, Path(os.environ["KONTORIST_SYNCED"]))

    def stops(self) -> None:
        """A worker stands still, others do its work, it goes on: it must not change a row any more."""
        while self.done < self.plan.times:
            place = f"{self.chance.choice(STOPS)}=stop@{self.chance.randint(1, 6)}"
            self.lives_undisturbed(new_events=NEW_EVENTS, works=False)
            child = self.bears(place, new_events=0)
            _, status = os.waitpid(child, os.WUNTRACED)
            if not os.WIFSTOPPED(status):
                assert status == 0, f"a worker ended with {status} at {place}"
                continue
            self.lives_undisturbed()
            self.lives_undisturbed()
            before = self._rows()
            os.kill(child, signal.SIGCONT)
            os.waitpid(child, 0)
            self.stale += self._rows() != before
            self.done += 1

    def _rows(self) -> list[Any]:
        with closing(sqlite3.connect(self.database)) as books:
            return [
                books.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()  # our own names
                for table in ("inbox", "effect", "entry", "line", "audit")
            ]

    def clears_up(self) -> None:
        """Nobody is killed any more: all that waits comes to its end."""
        for _ in range(30):
            self.lives_undisturbed()
            with closing(sqlite3.connect(self.database)) as books:
                waiting = books.execute(
                    "SELECT (SELECT count(*) FROM inbox WHERE state IN ('new', 'claimed', 'retry'))"
                    " + (SELECT count(*) FROM effect WHERE state IN ('planned', 'sending'))"
                ).fetchone()[0]
            if not waiting:
                return


def _wait_for_end(child: int, seconds: float) -> None:
    """Until `child` has ended, at most so long; it is left to be waited for."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            return
        time.sleep(0.001)


def main(plan: Plan) -> None:
    """Carry out the plan and say how it went."""
    if plan.normal:
        connection.SYNCHRONOUS, connection._FULL = "NORMAL", 1  # type: ignore[misc]
    nursery = Nursery(plan)
    nursery.lives_undisturbed(new_events=1)
    begun = time.monotonic()
    (nursery.stops if plan.how == "stops" else nursery.kills)()
    took = time.monotonic() - begun
    nursery.clears_up()
    report = {"done": nursery.done, "stale": nursery.stale, "seconds": round(took, 1)}
    print(json.dumps(report), flush=True)  # noqa: T201  # its answer


if __name__ == "__main__":
    main(Plan(**json.loads(sys.argv[1])))
