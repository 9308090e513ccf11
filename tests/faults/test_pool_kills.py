"""Heavy work in processes of its own: killed in the middle it is done again, once, and Prefect tells what happened."""

from __future__ import annotations

import base64
import json
import os
import signal
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kontorist.engine.leases import HANDED, POOL
from kontorist.engine.prefect_pool import zombies_are_watched
from kontorist.engine.prefect_server import PrefectServer
from kontorist.store.database import Store
from kontorist.testing.installation import Installation, alive, rows, until

CONFIG = """\
version: 1
company: {name: Kontor Beispiel B.V., country: NL}
people:
  anna: {email: anna@example.org, roles: [approver]}
engine: {receiver: {listen: "127.0.0.1:0"}}
connectors:
  scanner: {use: folder/local, path: in/scan, settle: 1s, every: 1s}
routes:
  - {on: document.received, run: documents/archiving, lane: pool}
"""

LONG = int(os.environ.get("KONTORIST_FAULT_KILLS", "3")) >= 20

pytestmark = [
    pytest.mark.faults,
    pytest.mark.timeout(400),
    pytest.mark.skipif(
        not LONG, reason="absent: the minutes of `make faults`; tests/engine/test_pool_lane.py is short"
    ),
]


class Archive:
    """An installation whose papers are filed by the pool."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation

    def paper(self, name: str) -> Any:
        """Scan a paper; its row in the inbox."""
        before = {row.id for row in rows(self.installation)} if self.installation.var.exists() else set()
        (self.installation.scan / name).write_text(f"Delivery note {name}", encoding="utf-8")
        return until(
            lambda: next((row for row in rows(self.installation) if row.id not in before), None), 30, "the event"
        )

    def row(self, event: str) -> Any:
        return next(row for row in rows(self.installation) if row.id == event)

    def process_of(self, event: str) -> int | None:
        """Who works on the event: a process of the pool that has taken it over."""
        owner = self.row(event).lease_owner or ""
        taken = owner.startswith(POOL) and not owner.startswith(HANDED)
        return int(owner.split(":")[2]) if taken else None

    def server(self) -> PrefectServer:
        notice = self.installation.notice()
        assert notice is not None
        return PrefectServer.beside(self.installation.var / "prefect", notice["prefect"]["port"])

    def runs(self, event: str) -> dict[str, dict[str, Any]]:
        """The runs of an event as Prefect shows them, by state."""
        server = self.server()
        wanted = json.dumps({"flow_runs": {"tags": {"all_": [f"inbox:{event}"]}}}).encode()
        request = urllib.request.Request(server.api + "/flow_runs/filter", wanted, method="POST")
        request.add_header("content-type", "application/json")
        request.add_header("authorization", "Basic " + base64.b64encode(server.auth.encode()).decode())
        with urllib.request.urlopen(request, timeout=10) as answer:
            return {run["state_name"]: run for run in json.load(answer)}

    def part(self, name: str) -> int:
        notice = self.installation.notice()
        assert notice is not None
        return next(part["pid"] for part in notice["parts"] if part["name"] == name)

    def documents(self) -> list[str]:
        with Store.open(f"sqlite:///{self.installation.var}/kontorist.db") as store, store.read() as tx:
            return sorted(document.name for document in store.documents.list(tx))

    def is_cut_off(self, name: str, victim: Callable[[int], int]) -> None:
        """Kill in the middle of a paper's run; see it done by another one, and the first shown as Crashed."""
        event = self.paper(name).id
        process = until(lambda: self.process_of(event), 60, "a process of its own")
        until(lambda: "Running" in self.runs(event), 60, "the start of the flow")
        os.kill(victim(process), signal.SIGKILL)
        until(lambda: not alive(process), 2, "the end of the process")
        until(lambda: self.row(event).fence > 1, 30, "the end of its lease")
        until(lambda: self.row(event).state == "done", 60, "the filing")
        until(lambda: set(self.runs(event)) == {"Completed", "Crashed"}, 75, "the truth in Prefect")
        assert self.row(event).attempts == 2, self.installation.said()


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    installation = Installation(tmp_path, CONFIG)
    yield Archive(installation)
    if installation.process is not None and installation.process.poll() is None:
        installation.kill_group()


def test_killed_alone_or_with_its_worker_a_pool_run_is_done_once_beside_a_crashed_one(archive: Archive) -> None:
    installation = archive.installation
    installation.up()
    installation.address()

    quiet = archive.paper("quiet.txt")
    process = until(lambda: archive.process_of(quiet.id), 150, "a process of its own")
    until(lambda: archive.row(quiet.id).state == "done", 60, "the filing")
    assert process != archive.part("worker")
    assert archive.row(quiet.id).attempts == 1, installation.said()
    assert set(archive.runs(quiet.id)) == {"Completed"}
    assert "lane:pool" in archive.runs(quiet.id)["Completed"]["tags"]
    assert zombies_are_watched(archive.server())

    archive.is_cut_off("killed.txt", lambda process: process)
    archive.is_cut_off("orphan.txt", lambda process: archive.part("pool"))

    assert archive.documents() == ["killed.txt", "orphan.txt", "quiet.txt"]
    pids = installation.pids()
    assert installation.stop() == 0, installation.said()
    assert [pid for pid in pids if alive(pid)] == []
