"""A child that has everything imported and forks one grandchild per case, so that hundreds may die in seconds.

Reads one JSON order per line and answers each with the exit code of the grandchild that carried it out.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kontorist.archive import DocumentArchive
from kontorist.domain.errors import KontoristError
from kontorist.domain.ids import PersonKey
from kontorist.testing.fakes import FakeClock
from tests.archive.office import receipt

ANNA = PersonKey("anna")


def a_day_at_the_office(folder: Path, told: Path) -> None:
    """Two days, so that a Merkle head falls due; what was acknowledged is told to a file of its own."""
    clock = FakeClock(datetime(2026, 11, 3, 10, tzinfo=UTC))
    archive = DocumentArchive(folder, clock=clock)
    acknowledged = told.open("a")

    def tell(*words: str) -> None:
        print(*words, file=acknowledged, flush=True)

    for one in archive.add_many([receipt(b"invoice 1", "1"), receipt(b"invoice 1", "2"), receipt(b"invoice 2", "3")]):
        tell("document", one.id)
    archive.add_text(one.id, "Erste Lesung", title="Rechnung Weber")
    tell("text", one.id)
    clock.advance(days=1)
    archive.link(one.id, "voucher", "J1", actor=ANNA)
    tell("link", one.id)
    archive.add_text(one.id, "Zweite Lesung")
    tell("text", one.id)
    archive.close()


def many_invoices(folder: Path, told: Path) -> None:
    """Goes on until it is killed."""
    archive = DocumentArchive(folder, clock=FakeClock())
    with told.open("a") as acknowledged:
        for number in range(1_000_000):
            batch = [receipt(b"%d/%d" % (number, each), f"{number}/{each}") for each in range(number % 4 + 1)]
            for one in archive.add_many(batch):
                print("document", one.id, file=acknowledged, flush=True)


def the_same_document(folder: Path, told: Path) -> None:
    """Fifty times in a row; the other process does the same."""
    archive = DocumentArchive(folder, clock=FakeClock())
    with told.open("a") as answers:
        for _ in range(50):
            print(archive.add_many([receipt(b"invoice", "1")])[0].status, file=answers, flush=True)


def try_to_add(folder: Path, told: Path) -> None:
    """One after the other, large and small; each answer is told."""
    archive = DocumentArchive(folder, clock=FakeClock())
    with told.open("w") as answers:
        for number, content in enumerate([b"large" * 40_000, *(b"%d" % each for each in range(40))]):
            try:
                answer = archive.add_many([receipt(content, str(number))])[0].id
            except KontoristError as error:
                answer = error.code
            print(answer, file=answers, flush=True)


def carry_out(order: dict[str, Any]) -> int:
    os.environ["KONTORIST_FAILPOINTS"] = order["failpoints"]
    if "largest_file" in order:
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["largest_file"], resource.RLIM_INFINITY))
    if "user" in order:
        os.setuid(order["user"])
    globals()[order["work"]](Path(order["folder"]), Path(order["told"]))
    return 0


def serve() -> None:
    for line in sys.stdin:
        order = json.loads(line)
        children = [fork(order) for _ in range(order.get("processes", 1))]
        if "kill_after" in order:
            signal.sigtimedwait([], order["kill_after"])
            os.kill(children[0], signal.SIGKILL)
        codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        sys.stdout.write(f"{max(codes, key=abs)}\n")
        sys.stdout.flush()


def fork(order: dict[str, Any]) -> int:
    child = os.fork()
    if child == 0:
        code = 99
        try:
            code = carry_out(order)
        finally:
            os._exit(code)
    return child


if __name__ == "__main__":
    serve()
