"""`kontorist run FLOW`: one event per file (or one in all), worked off here or by the running instance.

The files given are archived first and never moved. Beside a running `up` the events go through its inbox; otherwise
this process takes the instance lock, starts Prefect's server, works until these events are settled, and stops.
A dry run works on a copy of the database and writes its documents beside the archive; nothing is sent.
"""

from __future__ import annotations

import hashlib
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from kontorist.config import Config, known_flows
from kontorist.domain.errors import AnotherInstance, SetupWrong
from kontorist.domain.events import Blob, Event, content_hash
from kontorist.domain.ids import EventId
from kontorist.domain.ports import Archive
from kontorist.engine import children
from kontorist.engine.claim_check import documents_kept, hash_of
from kontorist.engine.emitting import SETTLED, emit, explain, told
from kontorist.engine.instance import dry_run, instance_lock, notice_of, publish
from kontorist.engine.prefect_bridge import Bridge, FlowUnknown
from kontorist.engine.prefect_server import PrefectServer
from kontorist.engine.scratch import on_a_copy
from kontorist.engine.sources import RUN, RUN_REQUESTED, run_key
from kontorist.engine.status import next_dates, status
from kontorist.engine.up import up
from kontorist.engine.worker import Worker, at_work

if TYPE_CHECKING:
    from kontorist.services import Services
    from kontorist.store.database import Store
    from kontorist.store.inbox import InboxRow

__all__ = ["FileResult", "Progress", "emit", "explain", "next_dates", "run_once", "status", "up"]

LARGEST_FILE = 50 * 1024 * 1024
"""Bytes; a larger file is not taken (as a folder connector would answer)."""

_FIRST = 10  # priority: somebody waits for these at the keyboard
_LOOK_EVERY = 0.2
_PREFECT_STARTS_WITHIN = 180.0
_MEDIA_TYPES = {
    ".pdf": "application/pdf",
    ".xml": "application/xml",
    ".eml": "message/rfc822",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".csv": "text/csv",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class FolderMissing(SetupWrong):
    """The folder with the files is not there."""

    code = "KON-393"
    next_step = "Name an existing folder: kontorist run FLOW -p folder=DIR"


class PrefectDoesNotStart(SetupWrong):
    """Prefect's server did not start."""

    code = "KON-394"
    next_step = "Look at the end of var/log/prefect.log, then run `kontorist doctor`."


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run is: `stage` is archiving, starting or running; `settled` of `total` events are done with."""

    stage: str
    total: int
    settled: int
    now: str | None = None  #: what is being worked on


@dataclass(frozen=True, slots=True, kw_only=True)
class FileResult:
    """What became of one event: `state` is done, quarantined, or retry (it is tried again later by itself).

    `outcome` is what the flow says of it; `repeated` that it was known before and nothing was done again;
    `effects` are the letters and files it ordered, with their state.
    """

    event: EventId
    name: str | None
    state: str
    repeated: bool
    outcome: Mapping[str, Any] | None
    reason_code: str | None
    reason: str | None
    attempts: int
    run_id: str | None
    effects: Sequence[Mapping[str, Any]] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    """An event of ours in the inbox."""

    id: EventId
    name: str | None
    repeated: bool


Watch = Callable[[Progress], None]


def run_once(
    config: Config,
    flow: str,
    parameters: Mapping[str, Any] | None = None,
    folder: Path | None = None,
    *,
    dry_run: bool = False,
    on_progress: Watch = lambda progress: None,
) -> list[FileResult]:
    """Run `flow` once per file of `folder` (or once, without one) and wait; what became of each, in order.

    `parameters` are handed to the flow, typed as they are. Called from the main thread. Raises FlowUnknown,
    FolderMissing, PrefectDoesNotStart; AnotherInstance only for a dry run beside another `kontorist run`.
    """
    from kontorist.services import open_services

    _check(flow, folder)
    events = _events(flow, dict(parameters or {}), folder)
    with open_services(config) as services:
        if not dry_run:
            return _Run(services, on_progress).through_inbox(events)
        with on_a_copy(services) as copy:
            return _Run(copy, on_progress).dry(events)


def _check(flow: str, folder: Path | None) -> None:
    if flow not in known_flows():
        raise FlowUnknown(f'There is no flow "{flow}"; there are {", ".join(known_flows())}.')
    if folder is not None and not folder.is_dir():
        raise FolderMissing(f"There is no folder {folder}.")


def _events(flow: str, parameters: dict[str, Any], folder: Path | None) -> Iterator[Event]:
    data: dict[str, Any] = {"run": flow, "parameters": parameters}
    if folder is None:
        yield Event(id=str(uuid.uuid4()), source=RUN, type=RUN_REQUESTED, data=data)
        return
    for file in sorted(folder.iterdir()):
        if file.is_file() and not file.name.startswith((".", "~$")) and file.suffix not in (".tmp", ".part"):
            yield _event_of(file, data)


def _event_of(file: Path, data: Mapping[str, Any]) -> Event:
    """The same file with the same flow and parameters is the same event: a second run does nothing again."""
    content = file.read_bytes() if file.stat().st_size <= LARGEST_FILE else None
    digest = hashlib.sha256(content).hexdigest() if content is not None else f"{file.stat().st_size} bytes"
    blobs = () if content is None else (_blob(file.name, content),)
    return Event(
        id=content_hash([data["run"], data["parameters"], file.name, digest]),
        source=RUN,
        type="document.received",
        data={**data, "name": file.name},
        blobs=blobs,
    )


def _blob(name: str, content: bytes) -> Blob:
    media_type = _MEDIA_TYPES.get(Path(name).suffix.lower(), "application/octet-stream")
    return Blob(name=name, media_type=media_type, open=lambda: BytesIO(content))


class _Prefect:
    """The server of a running instance."""

    def __init__(self, server: PrefectServer) -> None:
        self.server = server

    def start(self) -> None:
        """It runs already."""

    def check(self) -> None:
        """Raise PrefectDoesNotStart when there is nothing more to wait for."""


class _OwnPrefect(_Prefect):
    """A server of our own, started when there is work for it, stopped in the end."""

    def __init__(self, var: Path) -> None:
        super().__init__(PrefectServer.prepared(var / "prefect"))
        self._var = var
        self._process: subprocess.Popen[bytes] | None = None
        self._begun = 0.0

    def __enter__(self) -> Self:
        publish(self._var, {"schema_version": 1})
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            children.stop(self._process, within=5.0)

    def start(self) -> None:
        """Start it, the first time."""
        if self._process is None:
            self._begun = time.monotonic()
            self._process = children.start(
                self.server.command(),
                environment=self.server.environment(),
                log=self._var / "log" / "prefect.log",
                folder=self.server.home,
            )

    def check(self) -> None:
        """Raise PrefectDoesNotStart when it has ended, or has not answered for three minutes."""
        late = time.monotonic() - self._begun > _PREFECT_STARTS_WITHIN and not self.server.answers()
        if self._process is None or self._process.poll() is not None or late:
            raise PrefectDoesNotStart


@contextmanager
def _some_prefect(var: Path) -> Iterator[_Prefect]:
    notice = notice_of(var)
    if notice is not None and "prefect" in notice:
        yield _Prefect(PrefectServer.beside(var / "prefect", notice["prefect"]["port"]))
        return
    with instance_lock(var), _OwnPrefect(var) as own:
        yield own


class _Run:
    """One `kontorist run`."""

    def __init__(self, services: Services, watch: Watch) -> None:
        self._services, self._watch = services, watch
        self._store: Store = services.store
        self._sent: list[_Sent] = []
        self._taken = False

    def through_inbox(self, events: Iterator[Event]) -> list[FileResult]:
        """Work off `events` here, or have them worked off by whoever holds the instance lock."""
        var = self._services.config.var
        while not (self._taken and self._settled()):
            try:
                with instance_lock(var), _OwnPrefect(var) as prefect:
                    self._take(events, prefect.start)
                    self._work(prefect)
            except AnotherInstance:
                self._take(events)
                self._look("running")
                time.sleep(_LOOK_EVERY)
        return self._results()

    def dry(self, events: Iterator[Event]) -> list[FileResult]:
        """Work off `events` on the copy."""
        var = self._services.config.var
        with dry_run(var) as name, _some_prefect(var) as prefect:
            self._take(events, prefect.start)
            self._work(prefect, lambda event, fence: f"dry:{name}:{event}:{fence}")
        return self._results()

    def _take(self, events: Iterator[Event], found_work: Callable[[], None] = lambda: None) -> None:
        """Archive and store, once; Prefect's server starts meanwhile, if there is anything new to do."""
        for event in events:
            sent = self._put(event, self._services.archive)
            self._sent.append(sent)
            if not sent.repeated:
                found_work()
            self._watch(Progress(stage="archiving", total=len(self._sent), settled=0, now=sent.name))
        self._taken = True

    def _put(self, event: Event, archive: Archive) -> _Sent:
        too_large = event.type != RUN_REQUESTED and not event.blobs
        stored = documents_kept(archive, event)
        with self._store.write() as tx:
            accepted = self._store.inbox.accept(
                tx,
                stored,
                raw_hash=hash_of(stored),
                state="quarantined" if too_large else "new",
                reason_code="too_large" if too_large else None,
                reason=f"The file is larger than {LARGEST_FILE // 1024**2} MiB." if too_large else None,
                priority=_FIRST,
            )
        return _Sent(id=accepted.id, name=event.data.get("name"), repeated=accepted.duplicate)

    def _work(self, prefect: _Prefect, key: Callable[[str, int], str] = run_key) -> None:
        from kontorist.services import use_services

        if self._settled():
            return
        prefect.start()
        bridge = Bridge(prefect.server)
        bridge.load()
        worker = Worker(self._services, bridge, look_outside=False, key=key)
        with use_services(self._services), at_work(worker):
            while not self._settled():
                self._look("running" if bridge.reachable() else "starting")
                prefect.check()
                time.sleep(_LOOK_EVERY)
        bridge.close()

    def _look(self, stage: str) -> None:
        rows = self._rows()
        now = next((sent.name for sent, row in rows if row.state == "claimed"), None)
        settled = sum(row.state in SETTLED for _, row in rows)
        self._watch(Progress(stage=stage, total=len(rows), settled=settled, now=now))

    def _rows(self) -> list[tuple[_Sent, InboxRow]]:
        with self._store.read() as tx:
            return [(sent, self._store.inbox.get(tx, sent.id)) for sent in self._sent]

    def _settled(self) -> bool:
        """Nothing more to wait for: all are done, stopped, or waiting for a later attempt."""
        soon = self._services.clock.now()
        return all(
            row.state in SETTLED or (row.state == "retry" and row.not_before is not None and row.not_before > soon)
            for _, row in self._rows()
        )

    def _results(self) -> list[FileResult]:
        return [self._result(sent, row) for sent, row in self._rows()]

    def _result(self, sent: _Sent, row: InboxRow) -> FileResult:
        facts = told(row)
        with self._store.read() as tx:
            effects = self._store.effects.list(tx, cause=row.id, limit=1000)
        ordered = [
            {"key": each.key, "kind": each.kind, "state": each.state, "request": dict(each.request)} for each in effects
        ]
        return FileResult(event=row.id, name=sent.name, repeated=sent.repeated, effects=ordered, **facts)
