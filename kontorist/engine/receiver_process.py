"""The process of the receiver: `python -m kontorist.engine.receiver_process CONFIG DESCRIPTOR`.

It listens on a socket that the supervisor keeps open, so that requests wait in the backlog while it is restarted.
"""

from __future__ import annotations

import gc
import socket
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import uvicorn

from kontorist.archive.archive import DocumentArchive
from kontorist.config import load
from kontorist.domain.events import Event
from kontorist.engine.claim_check import documents_kept
from kontorist.engine.doors import push_doors
from kontorist.engine.http_limits import LimitedHttp
from kontorist.engine.logs import begin_log
from kontorist.engine.receiver import Receiver, application
from kontorist.engine.router import Router, routes_of
from kontorist.engine.taking_in import accept_many
from kontorist.engine.writer import InboxWriter
from kontorist.store.clock import SystemClock
from kontorist.store.database import Store
from kontorist.store.errors import StoreFull

_COUNT_EVERY = 2.0
_BACKLOG = 2048  # connections that wait to be taken up, also while the process is started anew
_IDLE = 30  # seconds that a line may lie idle between two requests
_PATIENCE = 2.0  # seconds for a locked database: a shop waits five for its answer and then sends again


class Room:
    """Whether the disk has room and the backlog is below its limit; looked at once in two seconds at most."""

    def __init__(self, store: Store, limit: int) -> None:
        self._store, self._limit = store, limit
        self._counted_at, self._fits = float("-inf"), True

    def __call__(self) -> bool:
        """True while more events may come in."""
        now = time.monotonic()
        if now - self._counted_at > _COUNT_EVERY:
            self._counted_at = now
            self._fits = self._look()
        return self._fits

    def _look(self) -> bool:
        try:
            self._store.reserve.keep()  # made anew here too: the worker may be away
        except StoreFull:
            return False
        with self._store.read() as tx:
            return self._store.inbox.backlog(tx) < self._limit


def main(arguments: Sequence[str]) -> None:
    """Serve until SIGTERM."""
    begin_log()
    config, clock = load(Path(arguments[0]), need_secrets=True), SystemClock()
    store = Store.open(config.database_url, clock=clock, patience=_PATIENCE)
    router = Router(routes_of(config))

    writer = InboxWriter(store.write_often, partial(accept_many, store))
    archive = DocumentArchive(config.archive_path, clock=clock, payroll_key=config.payroll_key)

    def keep(event: Event) -> Event:
        store.reserve.keep()  # the archive must not take the room that was given up for records
        return documents_kept(archive, event)

    receiver = Receiver(
        push_doors(config, clock),
        writer,
        clock,
        keep_blobs=keep,
        has_room=Room(store, config.engine.receiver.backlog_limit),
        priority=router.priority,
    )
    settings = uvicorn.Config(
        application(receiver, closing=writer.close),
        http=LimitedHttp,
        loop="uvloop",
        ws="none",
        proxy_headers=False,
        backlog=_BACKLOG,
        log_level="error",  # who sends what is no request, or hangs up, is nobody's trouble
        access_log=False,
        server_header=False,
        timeout_keep_alive=_IDLE,
        timeout_graceful_shutdown=5,
    )
    gc.freeze()  # what has been imported stays: it need not be looked through again and again
    uvicorn.Server(settings).run(sockets=[socket.socket(fileno=int(arguments[1]))])


if __name__ == "__main__":
    main(sys.argv[1:])
