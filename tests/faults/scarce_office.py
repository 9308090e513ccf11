"""Started as a program of its own: an office that runs out of disk, of file handles, of its turn, of its rights.

    python scarce_office.py FOLDER WHAT

takes an event in and carries an effect out while WHAT is wrong, then again when it is right; prints a line of JSON
with what was refused, what stands in the books afterwards and how often the other side was reached.
"""

from __future__ import annotations

import json
import os
import resource
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from kontorist.domain.errors import KontoristError
from kontorist.domain.events import Event
from kontorist.domain.ports import Receipt
from kontorist.failpoints import watched_by
from kontorist.store.database import Store
from kontorist.store.effects import EffectHandler, EffectRunner
from kontorist.testing.fakes import FakeClock

NOBODY: Final = 65534
PATIENCE: Final = 0.2  # seconds; in life half a minute


class Office:
    """One database and one other side, which counts."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clock, self.acts = folder, FakeClock(), list[str]()
        database = f"sqlite:///{folder}/kontorist.db"
        self.store = Store.open(database, clock=self.clock, boot="monday", patience=PATIENCE)
        handler = EffectHandler(kind="pay", act=self._act, probe=self._probe, timeout=60.0)
        self.runner = EffectRunner(self.store, [handler])

    def _act(self, request: Mapping[str, Any], key: str) -> Receipt:
        self.acts.append(key)
        return Receipt(external_id=key, status="accepted")

    def _probe(self, request: Mapping[str, Any], key: str) -> Receipt | None:
        return Receipt(external_id=key, status="found") if key in self.acts else None

    def accept(self, number: int) -> None:
        event = Event(id=str(number), source="/x", type="order.created", data={"text": "x" * 50_000})
        with self.store.write() as tx:
            self.store.inbox.accept(tx, event, raw_hash=str(number))

    def plan(self, key: str) -> None:
        with self.store.write() as tx:
            self.store.effects.plan(tx, key=key, kind="pay", request={})

    def stands(self) -> dict[str, Any]:
        with self.store.read() as tx:
            return {
                "events": sum(self.store.inbox.counts(tx).values()),
                "effects": {each.key: each.state for each in self.store.effects.list(tx)},
                "acts": list(self.acts),
            }


@contextmanager
def full_disk(office: Office) -> Iterator[None]:
    """No file grows any more."""
    largest = max(each.stat().st_size for each in office.folder.glob("kontorist.db*"))
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


@contextmanager
def no_handles(office: Office) -> Iterator[None]:
    """64 files may be open, and all of them are; the connections of the store are closed and have to be made anew."""
    office.store.close()
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, before[1]))
    handles = []
    try:
        while True:
            handles.append(os.open(os.devnull, os.O_RDONLY))
    except OSError:
        pass
    try:
        yield
    finally:
        for each in handles:
            os.close(each)
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


@contextmanager
def locked(office: Office) -> Iterator[None]:
    """Another program holds the database for longer than we wait: a minute in life, a moment here."""
    office.store.close()
    with closing(sqlite3.connect(office.store.file, isolation_level=None)) as stranger:
        stranger.execute("BEGIN IMMEDIATE")
        yield


TROUBLES: Final[Mapping[str, Callable[[Office], Any]]] = {
    "full disk": full_disk,
    "no file handles": no_handles,
    "locked": locked,
}


def refused(work: Callable[[], object]) -> str | None:
    """The code of what was said; None where nothing was."""
    try:
        work()
    except KontoristError as error:
        return error.code
    return None


def scarce(office: Office, trouble: Callable[[Office], Any]) -> dict[str, Any]:
    """An event comes, an effect is carried out and cannot be recorded; then all is well again."""
    office.accept(1)
    office.plan("before the act")
    office.plan("after the act")
    with trouble(office):
        said = [refused(lambda: office.accept(2)), refused(lambda: office.runner.run("before the act"))]
    said.append(_in_trouble_after_the_act(office, trouble))
    then = office.stands()
    office.accept(2)
    office.clock.advance(minutes=5)
    office.runner.run_due(office.clock.now())
    return {"said": said, "then": then, "later": office.stands()}


def _in_trouble_after_the_act(office: Office, trouble: Callable[[Office], Any]) -> str | None:
    entered = None

    def begin(place: str) -> None:
        nonlocal entered
        if place == "effects.after_act":
            entered = trouble(office)
            entered.__enter__()

    with watched_by(begin):
        said = refused(lambda: office.runner.run("after the act"))
    assert entered is not None
    entered.__exit__(None, None, None)
    return said


def without_rights(office: Office) -> dict[str, Any]:
    """The folder may be read and not written to."""
    office.accept(1)
    office.store.close()
    office.folder.chmod(0o555)
    for each in office.folder.iterdir():
        each.chmod(0o444)
    before = {each.name: each.read_bytes() for each in office.folder.iterdir()}
    os.setuid(NOBODY)
    said = refused(lambda: Store.open(f"sqlite:///{office.folder}/kontorist.db"))
    after = {each.name: each.read_bytes() for each in office.folder.iterdir()}
    return {"said": [said], "unchanged": before == after}


def main(folder: Path, what: str) -> None:
    """Carry out what is named and say how it went."""
    office = Office(folder)
    found = without_rights(office) if what == "no rights" else scarce(office, TROUBLES[what])
    print(json.dumps(found), flush=True)  # noqa: T201  # its answer


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
