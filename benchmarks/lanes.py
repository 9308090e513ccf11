"""From the accepted event to its finished run: parts `batch`, `alone` and `drain` of events.py.

A real Prefect server, the product's worker as a process, a receiver that takes signed webhooks, and this client, all
on the same machine. When something was done is read from both databases, which costs the ones measured next to nothing.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from typing import Any

from http_load import http_request, load

from kontorist.domain.events import Event
from kontorist.engine.children import environment_for_children
from kontorist.engine.prefect_bridge import PrefectServer
from kontorist.store.arrivals import event_id
from kontorist.store.database import Store
from kontorist.testing.prefect_server import running_server
from kontorist.testing.receiver_alone import ReceiverAlone, cpu_seconds_of, load_of_machine
from kontorist.testing.twins.webhook_sender import new_secret

DOOR = "/kontorist/webhook/shop"
READING, RING = "reading.taken", "door.opened"
DOORS = """\
version: 1
company: {name: Kontor Beispiel B.V., country: NL}
connectors:
  shop: {use: webhook/standard, key: {secret: shop}, emits: [reading.taken, door.opened]}
"""
ROUTES = """\
routes:
  - {on: reading.taken, run: plant/note_reading, lane: batch, batch: {size: 100}}
  - {on: door.opened, run: plant/answer_door}
"""
CLIENTS = 8
DRAINED = 10_000


@dataclass
class Plant:
    """One installation: receiver, worker and Prefect's server, with what their databases say."""

    receiver: ReceiverAlone
    server: PrefectServer
    worker: subprocess.Popen[bytes] | None = None

    @property
    def folder(self) -> Path:
        return self.receiver.folder

    def start_worker(self) -> None:
        """Without waiting for it: it works as soon as it can."""
        config = self.folder / "plant.yaml"
        config.write_text(DOORS + ROUTES, encoding="utf-8")
        (self.folder / "var" / "prefect").symlink_to(self.server.home)
        program = str(Path(__file__).parent / "plant" / "worker.py")
        environment = environment_for_children(KONTORIST_SECRET_SHOP=new_secret(), **self.server.client_environment())
        with (self.folder / "worker.log").open("ab") as log:
            self.worker = subprocess.Popen(
                [sys.executable, program, str(config), str(self.server.port)],
                env=environment,
                stdout=log,
                stderr=log,
                cwd=self.server.home,
            )

    def stop_worker(self) -> None:
        """SIGTERM, then wait for its end."""
        if self.worker is not None and self.worker.poll() is None:
            self.worker.terminate()
            self.worker.wait(timeout=40)

    def request(self, kind: str) -> Callable[[str], bytes]:
        """Signed events of `kind`, by their ids."""

        def make(identity: str) -> bytes:
            sent = self.receiver.sender.event(kind, {"text": "." * 200}, identity=identity, now=datetime.now(UTC))
            return http_request("/hooks/shop", sent.body, dict(sent.headers))

        return make

    def fill(self, count: int) -> None:
        """So many readings in the inbox, as a silence of the worker leaves them."""
        with Store.open(f"sqlite:///{self.receiver.database}") as store:
            for begin in range(0, count, 5000):
                with store.write() as tx:
                    for number in range(begin, min(begin + 5000, count)):
                        event = Event(id=f"left-{number}", source=DOOR, type=READING, data={"text": "." * 200})
                        store.inbox.accept(tx, event, raw_hash="0")

    def ask(self, question: str, *values: Any) -> Any:
        """What our database says: the first column of the first row."""
        return _ask(self.receiver.database, question, values)

    def ask_prefect(self, question: str, *values: Any) -> Any:
        """What Prefect's own database says."""
        return _ask(self.server.home / "prefect.db", question, values)

    def until(self, true: Callable[[], Any], within: float, every: float = 0.05) -> float:
        """The moment (monotonic) at which `true()` was seen to hold."""
        deadline = time.monotonic() + within
        while not true():
            alive = self.worker is not None and self.worker.poll() is None
            if not alive or time.monotonic() > deadline:
                raise TimeoutError((self.folder / "worker.log").read_text(errors="replace")[-3000:])
            time.sleep(every)
        return time.monotonic()

    def all_done(self, within: float) -> float:
        """When nothing is open any more, by the clock of `until`."""
        open_one = "SELECT 1 FROM inbox WHERE state IN ('new', 'retry', 'claimed') LIMIT 1"
        return self.until(lambda: self.ask(open_one) is None, within)

    def cpu_seconds(self) -> float:
        """What the worker has used so far."""
        assert self.worker is not None
        return cpu_seconds_of(self.worker.pid)


def _ask(database: Path, question: str, values: Sequence[Any]) -> Any:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)) as connection:
        row = connection.execute(question, values).fetchone()
    return None if row is None else row[0]


@contextmanager
def plant(folder: Path, server: PrefectServer) -> Iterator[Plant]:
    """A new installation; its worker is started by whoever measures."""
    with ReceiverAlone(folder, config=DOORS) as receiver:
        works = Plant(receiver, server)
        try:
            yield works
        finally:
            works.stop_worker()


def batch(works: Plant, seconds: float = 5.0) -> dict[str, Any]:
    """Readings by webhook as fast as they are taken, for so many seconds, until the last of them is done."""
    _warmed(works, READING)
    used, begun = works.cpu_seconds(), time.monotonic()
    answers = load(works.receiver.port, works.request(READING), connections=CLIENTS, seconds=seconds, name="batch")
    took = works.all_done(within=300) - begun
    count = len(answers.taken)
    return {
        "events": count,
        "accepted_per_second": round(count / answers.seconds, 1),
        "done_per_second": round(count / took, 1),
        "seconds": round(took, 1),
        "worker_cpu_ms_per_event": round((works.cpu_seconds() - used) / count * 1000, 2),
        **_became(works, "batch-"),
        "load": load_of_machine(),
    }


def drain(works: Plant) -> dict[str, Any]:
    """What a silence of the worker leaves; from its first claim to the last verdict."""
    works.fill(DRAINED)
    works.start_worker()
    begun = works.until(lambda: works.ask("SELECT 1 FROM inbox WHERE state <> 'new' LIMIT 1"), within=120)
    used = works.cpu_seconds()
    took = works.all_done(within=600) - begun
    return {
        "events": DRAINED,
        "done_per_second": round(DRAINED / took, 1),
        "seconds": round(took, 1),
        "worker_cpu_ms_per_event": round((works.cpu_seconds() - used) / DRAINED * 1000, 2),
        **_became(works, "left-"),
        "load": load_of_machine(),
    }


def _became(works: Plant, prefix: str) -> dict[str, Any]:
    """Each event has its verdict, and each run its end; what is not done is told."""
    these = (f"{prefix}%",)
    runs = works.ask("SELECT count(DISTINCT run_id) FROM inbox WHERE dedupe LIKE ?", *these)
    works.until(
        lambda: works.ask_prefect("SELECT 1 FROM flow_run WHERE state_type IN ('PENDING', 'RUNNING')") is None, 60
    )
    not_done = works.ask("SELECT count(*) FROM inbox WHERE dedupe LIKE ? AND state <> 'done'", *these)
    return {"flow_runs": runs, "not_done": not_done}


def alone(works: Plant, count: int = 30) -> dict[str, Any]:
    """One ring at the door after the other, each when all is quiet again; seconds after its 202."""
    _warmed(works, RING)
    effects, runs = [], []
    for number in range(count):
        time.sleep(0.7)
        identity = f"ring-{number}"
        status, _ = works.receiver.post(
            works.receiver.sender.event(RING, {"text": "."}, identity=identity, now=datetime.now(UTC))
        )
        accepted = time.monotonic()
        assert status == 202, status
        event = event_id(DOOR, identity)
        effects.append(works.until(lambda event=event: _answered(works, event), 30, 0.004) - accepted)
        runs.append(works.until(lambda event=event: _completed(works, event), 30, 0.004) - accepted)
    return {"events": count, "effect_done": _spread(effects), "run_completed": _spread(runs), "load": load_of_machine()}


def _answered(works: Plant, event: str) -> bool:
    return works.ask("SELECT 1 FROM effect WHERE state = 'done' AND key = ?", f"plant_answer/{event}") is not None


def _completed(works: Plant, event: str) -> bool:
    under = f"inbox:{event}:1"
    return works.ask_prefect("SELECT state_type FROM flow_run WHERE idempotency_key = ?", under) == "COMPLETED"


def _spread(seconds: list[float]) -> dict[str, float]:
    percentiles = quantiles(seconds, n=100)
    return {
        "least_s": round(min(seconds), 3),
        "p50_s": round(percentiles[49], 3),
        "p95_s": round(percentiles[94], 3),
        "most_s": round(max(seconds), 3),
    }


def _warmed(works: Plant, kind: str) -> None:
    """The worker is there, its deployment is made, and one event went through."""
    works.start_worker()
    for number in range(3):
        note = works.receiver.sender.event(kind, {"text": "."}, identity=f"warm-{number}", now=datetime.now(UTC))
        works.receiver.post(note)
        works.all_done(within=120)


PARTS: dict[str, Callable[[Plant], dict[str, Any]]] = {"batch": batch, "alone": alone, "drain": drain}


def lanes(folder: Path, wanted: Sequence[str]) -> dict[str, Any]:
    """The figures of the `wanted` parts, by their names."""
    with running_server(folder / "prefect") as server:
        figures = {}
        for part in wanted:
            with plant(folder / part, server) as works:
                figures[part] = PARTS[part](works)
    return figures
