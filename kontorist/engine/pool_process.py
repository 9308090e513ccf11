"""One run of the lane `pool`: `python -m kontorist.engine.pool_process CONFIG FLOW`, started by Prefect's worker.

It takes over the claim that the run was made for, keeps it alive itself, and records what became of the event like the
dispatcher does. When the claim is gone, so is the process: nothing that it could still do would be accepted.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from kontorist.config import Config, load
from kontorist.domain.errors import LeaseLost
from kontorist.engine.children import die_with_parent
from kontorist.engine.leases import HANDED, POOL, RENEW_EVERY, owner_here
from kontorist.engine.logs import about, begin_log
from kontorist.engine.loops import Loop
from kontorist.engine.outcomes import Outcomes
from kontorist.engine.prefect_bridge import Bridge
from kontorist.engine.prefect_server import PrefectServer
from kontorist.engine.prefect_worker import PARENT
from kontorist.engine.router import Router, routes_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from kontorist.store.database import Store
    from kontorist.store.inbox import Claim

_log = logging.getLogger(__name__)

_REFUSED = 1  # exit status: Prefect shows the run as Crashed


class OfferedRuns(Protocol):
    """What a process of the pool needs of the bridge."""

    def take_up(self, run: str, name: str) -> Any:
        """Run the flow `name` as the offered `run`."""
        ...


def work_off(store: Store, runs: OfferedRuns, router: Router, *, claim: Claim, run: str, flow: str) -> None:
    """Run `flow` for the claimed event, and record what became of it."""
    with about(event_id=claim.event_id):
        allowed = router.max_attempts(claim.row.event())
        Outcomes(store).settle(claim, allowed, lambda: runs.take_up(run, flow))


def take_over(store: Store, run: str) -> Claim:
    """The claim for which `run` was made, from now on this process's. Raises LeaseLost."""
    with store.write() as tx:
        return store.inbox.take_over(tx, run, giver=HANDED, owner=owner_here(1, POOL))


@contextmanager
def kept_alive(store: Store, claim: Claim) -> Iterator[None]:
    """Renew the lease of `claim` inside the block; the process ends when it is lost."""
    over = threading.Event()

    def gone(tx: Connection) -> bool:
        if store.inbox.renew(tx, claim.owner, store.clock.now()):
            return False
        return store.inbox.get(tx, claim.event_id).fence != claim.fence  # else it is settled

    def renew() -> None:
        if store.record(gone):
            _log.error("event %s has been taken over; this process ends", claim.event_id)
            os._exit(_REFUSED)

    Loop("lease", RENEW_EVERY, renew, over).start()
    try:
        yield
    finally:
        over.set()


def main(arguments: Sequence[str]) -> int:
    """Work off the event of the run that the environment names."""
    from kontorist.services import open_services, use_services

    _die_with_worker()
    begin_log()
    config, flow, run = load(Path(arguments[0])), arguments[1], os.environ["PREFECT__FLOW_RUN_ID"]
    with open_services(config) as services, use_services(services):
        try:
            claim = take_over(services.store, run)
        except LeaseLost as error:
            _log.warning("run %s: %s", run, error)
            return _REFUSED
        with kept_alive(services.store, claim):
            bridge = Bridge(_server(config))
            bridge.load()
            work_off(services.store, bridge, Router(routes_of(config)), claim=claim, run=run, flow=flow)
    return 0


def _die_with_worker() -> None:
    """Somebody else's worker may look after the pool too; then the lease alone tells when we are dead."""
    if worker := os.environ.get(PARENT):
        die_with_parent(int(worker))


def _server(config: Config) -> PrefectServer:
    port = urlsplit(os.environ["PREFECT_API_URL"]).port
    assert port is not None  # noqa: S101  # the address of our own server
    return PrefectServer.beside(config.var / "prefect", port)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
