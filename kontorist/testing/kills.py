"""Lets a flow die at every place it passes, takes it up again, and compares what stands then with an undisturbed run.

A place is a pass of a failpoint of the product, or the edge of a step of the flow. Every life of the office is one
worker: it opens the books, dispatches what waits by the real dispatcher, and carries out what was left of the effects.
Flows and steps run as they are written, without Prefect around them: what Prefect does is not what is tried here.
"""

from __future__ import annotations

import itertools
import re
import shutil
import sqlite3
from ast import literal_eval
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email import message_from_bytes
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from sqlalchemy import REAL, Column

from kontorist.archive import DocumentArchive
from kontorist.config import Config
from kontorist.domain.ids import EventId
from kontorist.domain.ports import CheckResult, Receipt
from kontorist.engine.dispatcher import Dispatcher
from kontorist.engine.leases import Leases
from kontorist.engine.prefect_bridge import load_flow
from kontorist.engine.reconciler import Reconciler
from kontorist.engine.router import Route, Router
from kontorist.failpoints import failpoint, register, watched_by
from kontorist.sandbox import Outcome
from kontorist.services import Services, open_services, use_services
from kontorist.store.columns import Moment
from kontorist.store.database import Store
from kontorist.store.tables import metadata
from kontorist.testing.fakes import FakeClock
from kontorist.testing.office import Reader, SharedPool
from kontorist.testing.runs import RunsWithoutPrefect

register("step.before", "step.after", "outside.after_act")

#: Between one life and the next: leases are over, and what was being sent may be asked about.
PAUSE: Final = timedelta(minutes=15)
#: Columns that tell how often and when something was tried, not what became of it.
_OF_THE_WORK: Final = frozenset(
    (
        "attempts",
        "fence",
        "run_id",
        "lease_owner",
        "lease_boot",
        "probe_boot",
        "request_hash",
        "receipt",
        "previous_hash",
        "hash",
    )
)
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(\+\d\d:\d\d|Z)?")
_ID: Final = re.compile(r"\b(D[0-9a-z]{20}|[0-9a-f]{64})\b")
_RUN: Final = re.compile(r"inbox:\w+:\d+")

_compiled: Final[dict[str, tuple[Any, Any]]] = {}

Standing = Mapping[str, Counter[str]]


class Killed(BaseException):
    """The worker dies here; as with a real kill, no `except Exception` hears of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A flow and the event it is started by, in an office that was prepared in `folder` up to that event."""

    flow: str
    event: EventId
    folder: Path
    config: Config
    now: datetime
    reader: Reader


class Remembering:
    """A reader that reads the same file once."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._known: dict[str, Outcome] = {}

    def call(self, function: str, content: bytes, **arguments: Any) -> Outcome:
        question = f"{function} {sha256(content).hexdigest()} {sorted(arguments.items())!r}"
        if question not in self._known:
            self._known[question] = self._reader.call(function, content, **arguments)
        return self._known[question]


class FileOfAnswers:
    """The other system that is told what became of its orders: a file with a line for each key."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def check(self) -> list[CheckResult]:
        return [CheckResult(ok=True, sentence="It answers.")]

    def find(self, key: str) -> Receipt | None:
        known = self._file.exists() and key in self._file.read_text(encoding="utf-8").split()
        return Receipt(external_id=key, status="accepted") if known else None

    def apply(self, action: Mapping[str, Any], key: str) -> Receipt:
        with self._file.open("a", encoding="utf-8") as out:
            out.write(key + "\n")
        return Receipt(external_id=key, status="accepted")


class PlainRuns(RunsWithoutPrefect):
    """The flows of the product as they are written, and each of their steps a function too."""

    def flow(self, name: str, parameters: Mapping[str, Any]) -> Any:
        flow = load_flow(name)
        with _steps_are_functions():
            return flow.fn(**flow.validate_parameters(dict(parameters)))


@contextmanager
def _steps_are_functions() -> Iterator[None]:
    from prefect import Task

    def call(step: Task[Any, Any], *args: Any, **named: Any) -> Any:
        failpoint("step.before")
        result = step.fn(*args, **named)
        failpoint("step.after")
        return result

    with patch.object(Task, "__call__", call):  # the engine of Prefect is left out
        yield


# --- lives


def config_in(trial: Trial, folder: Path) -> Config:
    """The configuration as it would be read in `folder`."""
    config = trial.config.model_copy()
    config._path = folder / trial.config.path.name
    return config


@contextmanager
def services_of(trial: Trial, folder: Path, later: timedelta) -> Iterator[Services]:
    """The office in `folder` as a new process opens it, so much `later`."""
    clock = FakeClock(trial.now)
    clock.advance(later)
    with open_services(config_in(trial, folder), clock=clock) as services, use_services(services):
        services._pool = SharedPool(trial.reader)  # type: ignore[assignment]  # one pool serves all lives
        _share_compiled(services.store)
        if trial.config.routes:
            answers = FileOfAnswers(folder / "answers")
            services.replies.carried_by({route.reply_to: answers for route in trial.config.routes if route.reply_to})
        _write_down_acts(services, folder / "acts")
        yield services


def live(trial: Trial, folder: Path, later: timedelta = timedelta(0)) -> None:
    """One life of a worker: what a dead one left is taken up, what waits is dispatched, effects are carried out."""
    with services_of(trial, folder, later) as services:
        store, runs = services.store, PlainRuns()
        with store.read() as tx:
            first = Route(on=store.inbox.get(tx, trial.event).type, run=trial.flow)
        routes = [first, *(Route(on=each.on, run=each.run) for each in trial.config.routes)]
        Reconciler(store, runs).step()
        dispatcher = Dispatcher(store, Router(routes), runs, Leases(store), draw=lambda: 0.0)
        while dispatcher.step():
            pass
        services.effects.run_due(services.clock.now())


def finish(trial: Trial, folder: Path) -> Standing:
    """The lives after the one that may have been cut short; gives what stands in the end."""
    live(trial, folder, PAUSE)
    with services_of(trial, folder, 2 * PAUSE) as services:  # what the last life left to the dispatcher
        services.effects.run_due(services.clock.now())
    return standing(trial, folder)


def repeat(trial: Trial, folder: Path) -> Standing:
    """The same event once more, though it is done: its flow runs again, and what it planned is carried out."""
    with services_of(trial, folder, 3 * PAUSE) as services:
        with services.store.read() as tx:
            parameters = services.store.inbox.get(tx, trial.event).event().data.get("parameters", {})
        PlainRuns().run(trial.flow, parameters={"event": trial.event, **parameters}, key="again")
    return finish(trial, folder)


def _share_compiled(store: Store) -> None:
    """All lives know the statements that one has compiled, as if their process went on: that is a third of the time."""
    for engine in (store._engine, store._writer):
        engine.dialect, engine._compiled_cache = _compiled.setdefault("all", (engine.dialect, engine._compiled_cache))


def _write_down_acts(services: Services, file: Path) -> None:
    """Every act on the outside adds its key to `file`, which outlives the worker: what is done twice is seen."""
    handlers = services.effects._handlers

    def act(request: Mapping[str, Any], key: str, *, acts: Callable[[Mapping[str, Any], str], Receipt]) -> Receipt:
        receipt = acts(request, key)
        with file.open("a", encoding="utf-8") as out:
            out.write(key + "\n")
        failpoint("outside.after_act")
        return receipt

    for kind, handler in handlers.items():
        handlers[kind] = replace(handler, act=partial(act, acts=handler.act))


def office_copy(trial: Trial, folder: Path) -> Path:
    """A fresh office as it was prepared, in the new `folder`."""
    shutil.copytree(trial.folder, folder)
    return folder


def passes(trial: Trial, folder: Path) -> list[str]:
    """Live undisturbed in `folder` and give the name of every place that was passed, in order."""
    passed: list[str] = []
    with watched_by(passed.append):
        live(trial, folder)
    return passed


def die(trial: Trial, folder: Path, at: int, kill: Callable[[str], None]) -> None:
    """Live in `folder` until the pass number `at`, counted from 1, where `kill` is called with the place's name."""
    numbers = itertools.count(1)

    def watch(name: str) -> None:
        if next(numbers) == at:
            kill(name)

    with watched_by(watch):
        live(trial, folder)


def raise_killed(name: str) -> None:
    """The quick way to die: no code of the product catches it."""
    raise Killed(name)


# --- what stands


def standing(trial: Trial, folder: Path) -> Standing:
    """All that the office holds, without times and tries: books, archive, letters, copies; and what is damaged."""
    archive = DocumentArchive(config_in(trial, folder).archive_path, clock=FakeClock(trial.now))
    found = dict(_tables(folder / "var" / "kontorist.db"))
    found["archive"] = Counter(_archived(archive))
    found["faults"] = Counter(archive.faults())
    found["letters"] = Counter(map(_letter, (folder / "var" / "outbox" / "new").glob("*")))
    found["copies"] = Counter(
        f"{file.name} {sha256(file.read_bytes()).hexdigest()}" for file in (folder / "var" / "reports").glob("*")
    )
    acts = folder / "acts"
    found["acts"] = Counter(acts.read_text(encoding="utf-8").split() if acts.exists() else ())
    standing = _by_business_key(found, archive)
    archive.close()
    return standing


def _tables(file: Path) -> Iterator[tuple[str, Counter[str]]]:
    """Of every table each value with the row it stands in: what differs is named by the column."""
    with closing(sqlite3.connect(file)) as books:
        books.row_factory = sqlite3.Row
        for table in metadata.sorted_tables:
            key, kept = (
                [column.name for column in table.primary_key],
                [each.name for each in table.c if _is_content(each)],
            )
            rows = books.execute(f'SELECT * FROM "{table.name}"')  # our own names
            yield table.name, Counter(_timeless(each) for row in rows for each in _values(row, key, kept))


def _values(row: sqlite3.Row, key: Iterable[str], kept: Iterable[str]) -> Iterator[str]:
    place = ", ".join(str(row[name]) for name in key)
    return (f"{place}: {name}={row[name]}" for name in kept)


def _is_content(column: Column[Any]) -> bool:
    return not isinstance(column.type, Moment | REAL) and column.name not in _OF_THE_WORK


def _timeless(text: str) -> str:
    return _RUN.sub("<run>", _TIME.sub("<time>", text))


def _archived(archive: DocumentArchive) -> Iterator[str]:
    """Documents, links and derived files as the tables of the archive hold them, and what its log says happened."""
    for line in archive.dump():
        table, _, row = line.partition(" ")
        if table in ("link", "derived"):
            yield line
        elif table == "document":
            facts = literal_eval(row)
            yield f"{table} {facts[:4]} {facts[6:13]}"  # without its size, the time, and the key it is sorted by
        elif table == "entry":  # the record's hash has a random part
            yield f"{table} {_timeless(row).rpartition(',')[0]}"


def _by_business_key(found: Mapping[str, Counter[str]], archive: DocumentArchive) -> Standing:
    """What we wrote ourselves says when it was written: its id and hash are replaced by where it comes from."""
    names = {}
    for line in archive.dump():
        if line.startswith("document "):
            document, sha256, *rest = literal_eval(line.partition(" ")[2])
            if rest[4].startswith("/kontorist/"):
                names[document] = names[sha256] = f"<{rest[4]} {rest[5]}>"
    return {
        part: Counter(_ID.sub(lambda match: names.get(match[0], match[0]), line) for line in lines.elements())
        for part, lines in found.items()
    }


def _letter(file: Path) -> str:
    letter = message_from_bytes(file.read_bytes())
    return f"{letter['Message-ID']} {letter['To']} {letter['Subject']}"


def difference(expected: Standing, found: Standing) -> list[str]:
    """What is lost (-) and what is there beside it (+), a line each."""
    lines = []
    for name in expected.keys() | found.keys():
        lost, more = expected[name] - found[name], found[name] - expected[name]
        lines += [f"- {name}: {line}" for line in lost.elements()] + [f"+ {name}: {line}" for line in more.elements()]
    return sorted(lines, key=lambda line: (line[2:], line[0]))
