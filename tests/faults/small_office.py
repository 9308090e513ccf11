"""A small office in one process, for killing: a folder, an inbox, a flow of one effect. `FOLDER LATER [batch]`."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from connectors.folder.local import LocalFolder, Settings
from kontorist.archive.archive import DocumentArchive
from kontorist.domain.ports import Receipt
from kontorist.engine.dispatcher import Dispatcher
from kontorist.engine.intake import Intake
from kontorist.engine.leases import Leases
from kontorist.engine.reconciler import Reconciler
from kontorist.engine.router import Batch, Route, Router
from kontorist.store.database import Store
from kontorist.store.effects import EffectHandler, EffectRunner
from kontorist.testing.runs import RunsWithoutPrefect


class Later:
    """The real clock, some time later: leases have expired, effects may be asked about."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._seconds)

    def monotonic(self) -> float:
        return time.monotonic() + self._seconds


class NoticeBoard:
    """The other side of an effect: a file with a line per notice, which can be asked."""

    def __init__(self, file: Path) -> None:
        self._file = file
        file.touch()

    def act(self, request: Mapping[str, Any], key: str) -> Receipt:
        with self._file.open("a", encoding="utf-8") as board:
            board.write(f"{key}\n")
        return Receipt(external_id=key, status="accepted")

    def probe(self, request: Mapping[str, Any], key: str) -> Receipt | None:
        lines = self._file.read_text(encoding="utf-8").splitlines()
        return Receipt(external_id=key, status="accepted") if key in lines else None


class PlainRuns(RunsWithoutPrefect):
    """The flow plans a notice for each document, then puts all of them up."""

    def __init__(self, store: Store, effects: EffectRunner) -> None:
        self._store, self._effects = store, effects

    def flow(self, name: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        event = parameters["event"]
        with self._store.read() as tx:
            documents = self._store.inbox.get(tx, event).event().data["documents"]
        with self._store.write() as tx:
            for document in documents:
                self._store.effects.plan(tx, key=f"notice/{document['id']}", kind="notice", request={}, cause=event)
        for document in documents:
            self._effects.run(f"notice/{document['id']}")
        return {"documents": [document["id"] for document in documents]}


def main(folder: Path, later: float, lane: str = "own") -> None:
    """Take in what lies in the folder and work until nothing is left to do now; in the lane `batch` by twos."""
    clock = Later(later)
    store = Store.open(f"sqlite:///{folder}/kontorist.db", clock=clock)
    archive = DocumentArchive(folder / "archive", clock=clock)
    board = NoticeBoard(folder / "board")
    effects = EffectRunner(store, [EffectHandler(kind="notice", act=board.act, probe=board.probe, timeout=5.0)])
    runs = PlainRuns(store, effects)
    batch = Batch(size=2) if lane == "batch" else None
    router = Router([Route(on="document.received", run="payables/invoice_intake", batch=batch)])
    settings = Settings.model_validate({"path": folder / "scan", "settle": "0s"})
    source = LocalFolder("scanner", settings, folder, clock)
    dispatcher = Dispatcher(store, router, runs, Leases(store), draw=random.random)
    Reconciler(store, runs).step()
    Intake("scanner", source, store, archive).poll()
    while dispatcher.step():
        pass
    effects.run_due(clock.now())
    archive.close()
    store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), *sys.argv[3:])
