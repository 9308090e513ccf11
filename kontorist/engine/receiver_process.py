"""The process of the receiver: `python -m kontorist.engine.receiver_process CONFIG DESCRIPTOR`.

It listens on a socket that the supervisor keeps open, so that requests wait in the backlog while it is restarted.
"""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import uvicorn

from kontorist.archive.archive import DocumentArchive
from kontorist.config import load
from kontorist.engine.claim_check import documents_kept
from kontorist.engine.doors import push_doors
from kontorist.engine.logs import begin_log
from kontorist.engine.receiver import Receiver, application
from kontorist.engine.router import Router, routes_of
from kontorist.engine.taking_in import accept_many
from kontorist.engine.writer import InboxWriter
from kontorist.store.clock import SystemClock
from kontorist.store.database import Store

MOST_WAITING = 200_000
"""Events in the backlog above which senders are asked to come again."""

_COUNT_EVERY = 2.0
_PATIENCE = 2.0  # seconds for a locked database: a shop waits five for its answer and then sends again
_LARGEST_HEAD = 32 * 1024  # bytes of request line and header


class Room:
    """Whether the backlog is below its limit; counted at most every two seconds."""

    def __init__(self, store: Store, limit: int = MOST_WAITING) -> None:
        self._store, self._limit = store, limit
        self._counted_at, self._fits = float("-inf"), True

    def __call__(self) -> bool:
        """True while more events may come in."""
        now = time.monotonic()
        if now - self._counted_at > _COUNT_EVERY:
            self._counted_at = now
            with self._store.read() as tx:
                self._fits = self._store.inbox.backlog(tx) < self._limit
        return self._fits


def main(arguments: Sequence[str]) -> None:
    """Serve until SIGTERM."""
    begin_log()
    config, clock = load(Path(arguments[0]), need_secrets=True), SystemClock()
    store = Store.open(config.database_url, clock=clock, patience=_PATIENCE)
    router = Router(routes_of(config))

    writer = InboxWriter(store.write, partial(accept_many, store))
    archive = DocumentArchive(config.archive_path, clock=clock, payroll_key=config.payroll_key)
    receiver = Receiver(
        push_doors(config, clock),
        writer,
        clock,
        keep_blobs=partial(documents_kept, archive),
        has_room=Room(store),
        priority=router.priority,
    )
    listening = socket.socket(fileno=int(arguments[1]))
    settings = uvicorn.Config(
        application(receiver, closing=writer.close),
        http="h11",  # the one whose limits we set and test, whatever else is installed
        loop="asyncio",
        ws="none",
        proxy_headers=False,
        h11_max_incomplete_event_size=_LARGEST_HEAD,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    uvicorn.Server(settings).run(sockets=[listening])


if __name__ == "__main__":
    main(sys.argv[1:])
