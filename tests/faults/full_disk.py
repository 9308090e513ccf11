"""Started as a program of its own: an office on a disk of some MiB, which becomes full in the middle of its work.

    python full_disk.py FOLDER

FOLDER is a file system of its own. What is done outside while the disk becomes full has to be recorded; prints a line
of JSON with what was answered and what stands in the books.
"""

from __future__ import annotations

import json
import os
import random
import sqlite3
import sys
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from scarce_office import refused

from kontorist.config import load
from kontorist.domain.errors import BusinessError
from kontorist.domain.ports import Receipt
from kontorist.engine.status import status
from kontorist.store.database import Store
from kontorist.store.effects import EffectHandler, EffectRunner
from kontorist.store.inbox import Claim
from kontorist.testing.fakes import FakeClock
from kontorist.testing.installation import until
from kontorist.testing.receiver_alone import ReceiverAlone

DOCUMENT: Final = 500_000  #: bytes


class Disk:
    """Somebody else's file, which takes all the room there is."""

    def __init__(self, folder: Path) -> None:
        self._filler = folder / "filler"

    def fill(self) -> None:
        """Until not one byte more is taken; a file that grows ends at the last whole page."""
        with self._filler.open("ab", buffering=0) as filler:
            for size in (1024**2, 4096, 1):
                self._write(filler.fileno(), bytes(size))

    def _write(self, file: int, piece: bytes) -> None:
        try:
            while os.write(file, piece) == len(piece):
                pass
        except OSError:
            return

    def empty(self) -> None:
        self._filler.unlink(missing_ok=True)


class Office:
    """A receiver at the front; behind it an event in hand and three payments, during which the disk becomes full."""

    def __init__(self, folder: Path, receiver: ReceiverAlone) -> None:
        self.disk, self.receiver, self.acts = Disk(folder), receiver, list[str]()
        self.config = load(folder, need_secrets=False)
        self.store = Store.open(self.config.database_url, clock=FakeClock(), boot="monday", patience=0.5)
        self.runner = EffectRunner(
            self.store, [EffectHandler(kind="pay", act=self._act, probe=self._probe, timeout=60.0)]
        )
        with self.store.write() as tx:
            for key in ("forgotten", "recorded", "refused", "later"):
                self.store.effects.plan(tx, key=key, kind="pay", request={})
            (self.claim,) = self.store.inbox.claim(tx, owner="w", now=self.store.clock.now(), limit=1)

    def _act(self, request: Mapping[str, Any], key: str) -> Receipt:
        self.acts.append(key)
        if key == "forgotten":
            self.store.reserve.give_up()
        if key != "later":
            self.disk.fill()
        if key == "refused":
            raise BusinessError("They do not want it.")
        return Receipt(external_id=key, status="accepted")

    def _probe(self, request: Mapping[str, Any], key: str) -> Receipt | None:
        return Receipt(external_id=key, status="found") if key in self.acts else None

    def pay(self, key: str) -> str | None:
        """The code of what went wrong; None where nothing did."""
        return refused(lambda: self.runner.run(key))

    def post(self, *names: str) -> list[tuple[int | None, str | None]]:
        return [self.receiver.post(self.receiver.note(name, size=2000)) for name in names]

    def post_document(self) -> tuple[int | None, str | None]:
        """One that would fit into what the reserve has left."""
        paper = ("scan.pdf", "application/pdf", random.Random(0).randbytes(DOCUMENT))
        sender, now = self.receiver.sender, datetime.now(UTC)
        return self.receiver.post(sender.event("note.received", {}, identity="paper", now=now, documents=[paper]))

    def largest_in_archive(self) -> int:
        return max((file.stat().st_size for file in self.config.archive_path.rglob("*") if file.is_file()), default=0)

    def end(self, claim: Claim) -> str | None:
        return refused(lambda: self.store.record(lambda tx: self.store.inbox.done(tx, claim, {"paid": True})))

    def stands(self) -> dict[str, Any]:
        with self.store.read() as tx:
            effects = {each.key: each.state for each in self.store.effects.list(tx)}
            events = {row.dedupe: row.state for row in self.store.inbox.list(tx)}
        facts = status(self.config, self.store.clock)
        return {"effects": effects, "events": events, "reserve": facts["reserve"]}


def day(office: Office) -> dict[str, Any]:
    """The disk becomes full, first without a reserve, then with it; then somebody makes room."""
    found: dict[str, Any] = {"without": [office.pay("forgotten"), office.stands()["effects"]["forgotten"]]}
    office.disk.empty()
    found["with"] = [office.pay("recorded"), office.end(office.claim)]
    found["new"] = [office.pay("later"), office.post("second", "third")]
    found["document"] = [office.post_document(), office.largest_in_archive() >= DOCUMENT]
    found["full"] = office.stands()
    office.disk.empty()
    # The receiver looks each two seconds whether there is room.
    until(lambda: {status for status, _ in office.post("second", "third")} <= {200, 202}, 10)
    found["again"] = office.pay("refused")
    office.disk.empty()
    office.store.clock.advance(minutes=5)  # type: ignore[attr-defined]  # a clock of the test
    office.runner.run_due(office.store.clock.now())
    found |= {"later": office.stands(), "acts": office.acts}
    with closing(sqlite3.connect(office.store.file)) as database:
        return found | {"intact": database.execute("PRAGMA integrity_check").fetchone()[0]}


def main(folder: Path) -> None:
    """One day, told as JSON."""
    with ReceiverAlone(folder) as receiver:
        assert receiver.post(receiver.note("first")) == (202, None)
        office = Office(folder, receiver)
        found = day(office)
        office.store.close()
    print(json.dumps(found), flush=True)  # noqa: T201  # its answer


if __name__ == "__main__":
    main(Path(sys.argv[1]))
