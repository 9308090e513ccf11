"""The worker: reads the sources, watches the clock, works off the inbox, looks after what a dead one left.

As a process: `python -m kontorist.engine.worker CONFIG PREFECT_PORT`. Each part is a loop in a thread of its own;
flows run one at a time in one of them.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from kontorist.config import Config, load
from kontorist.engine import watch
from kontorist.engine.dispatcher import Dispatcher
from kontorist.engine.doors import polled_sources
from kontorist.engine.instance import dry_run_goes_on
from kontorist.engine.intake import Intake
from kontorist.engine.leases import RENEW_EVERY, Leases
from kontorist.engine.logs import begin_log
from kontorist.engine.loops import Loop
from kontorist.engine.pool import LOOK_EVERY as POOL_EVERY
from kontorist.engine.pool import PoolLane
from kontorist.engine.prefect_bridge import Bridge
from kontorist.engine.prefect_pool import command_for
from kontorist.engine.prefect_server import PrefectServer
from kontorist.engine.reconciler import LOOK_EVERY, Reconciler
from kontorist.engine.router import Router, heavy_sources, pooled_flows, routes_of
from kontorist.engine.schedules import Schedule, ScheduleClock
from kontorist.engine.sources import run_key
from kontorist.engine.watch import Watched, sources_of

if TYPE_CHECKING:
    from kontorist.services import Services

LETS_RUNS_END_WITHIN = 20.0
"""Seconds that the run in hand is given at SIGTERM; the supervisor waits a little longer."""

_LOOK_INTO_INBOX_EVERY = 0.15
_LOOK_AT_CLOCK_EVERY = 1.0
_LOOK_AT_EFFECTS_EVERY = 2.0


def schedules_of(config: Config) -> list[Schedule]:
    """`schedules:` of config.yaml in the clock's words."""
    return [
        Schedule(
            name=name,
            run=entry.run,
            cron=entry.cron,
            every=entry.every,
            calendar=config.calendar(entry.calendar) if entry.calendar is not None else None,
            workday=entry.only.number if entry.only is not None else None,
            on_holiday=entry.on_holiday,
            misfire=entry.misfire,
            grace=entry.grace,
            parameters=entry.parameters,
        )
        for name, entry in config.schedules.items()
    ]


def flows_of(config: Config) -> list[str]:
    """Every flow that a route or schedule names, each once."""
    named = [route.run for route in config.routes_in_force()] + [entry.run for entry in config.schedules.values()]
    return list(dict.fromkeys(named))


class Worker:
    """The loops over one installation. `look_outside` False leaves out sources and schedules (`kontorist run`)."""

    def __init__(
        self,
        services: Services,
        bridge: Bridge,
        *,
        look_outside: bool = True,
        key: Callable[[str, int], str] = run_key,
    ) -> None:
        self._services, self._bridge = services, bridge
        self._stopping = threading.Event()
        self._leases = Leases(services.store)
        self._router = Router(routes_of(services.config), heavy_sources(services.config))
        pool = self._pool_lane() if look_outside else None
        self._dispatcher = Dispatcher(services.store, self._router, bridge, self._leases, key=key, pool=pool)
        self._loops = [*self._inner_loops(), *(self._outer_loops() if look_outside else [])]
        if pool is not None:
            self._loops.append(Loop("pool", POOL_EVERY, pool.step, self._stopping))
        step, news = self._dispatcher.step, services.store.news
        self._working = Loop("dispatcher", _LOOK_INTO_INBOX_EVERY, step, self._stopping, news=news)

    def _pool_lane(self) -> PoolLane | None:
        config = self._services.config
        if not pooled_flows(config):
            return None
        return PoolLane(self._services.store, self._bridge, self._leases, places=config.engine.pool.places)

    def _inner_loops(self) -> Iterator[Loop]:
        store, router = self._services.store, self._router
        reconciler = Reconciler(
            store,
            self._bridge,
            attempts_allowed=lambda row: router.max_attempts(row.event()),
            dry_run_goes_on=partial(dry_run_goes_on, self._services.config.var),
        )
        yield Loop("leases", RENEW_EVERY, self._leases.renew, self._stopping)
        yield Loop("reconciler", LOOK_EVERY, reconciler.step, self._stopping)
        run_due = self._services.effects.run_due
        yield Loop("effects", _LOOK_AT_EFFECTS_EVERY, lambda: run_due(store.clock.now()), self._stopping)

    def _outer_loops(self) -> Iterator[Loop]:
        config, store, archive = self._services.config, self._services.store, self._services.archive
        for polled in polled_sources(config, self._services.clock):
            intake = Intake(polled.name, polled.source, store, archive, priority=self._router.priority)
            watched = Watched(sources_of(config)[polled.name], store, intake.poll)
            yield Loop(f"source {polled.name}", polled.every, watched, self._stopping)
        yield Loop("watch", watch.LOOK_EVERY, watch.Watch(self._services).step, self._stopping)
        clock = ScheduleClock(store, schedules_of(config), ZoneInfo(config.company.timezone))
        yield Loop("clock", _LOOK_AT_CLOCK_EVERY, clock.step, self._stopping)

    def start(self, flows: Iterable[str] = ()) -> None:
        """Begin; the flows' deployments are made as soon as Prefect answers."""
        for loop in self._loops:
            loop.start()
        self._working.start()
        Loop("deployments", 1.0, partial(self._deploy, list(flows)), self._stopping).start()

    def _deploy(self, flows: list[str]) -> None:
        """Once, and again after errors: a flow that cannot be loaded stays in the log every few minutes."""
        if flows and self._bridge.reachable():
            self._bridge.deploy(flows)
            flows.clear()

    def stop(self) -> None:
        """Claim nothing more; may be called from a signal handler."""
        self._stopping.set()

    def wait(self) -> None:
        """Until `stop`; then let the run in hand end."""
        while not self._stopping.wait(0.5):
            pass
        deadline = time.monotonic() + LETS_RUNS_END_WITHIN
        for loop in [self._working, *self._loops]:
            loop.join(deadline - time.monotonic())


@contextmanager
def at_work(worker: Worker, flows: Iterable[str] = ()) -> Iterator[Worker]:
    """`worker` works inside the block."""
    worker.start(flows)
    try:
        yield worker
    finally:
        worker.stop()
        worker.wait()


def main(arguments: Sequence[str]) -> None:
    """Work until SIGTERM."""
    from kontorist.services import open_services, use_services

    begin_log()
    config = load(Path(arguments[0]))
    server = PrefectServer.beside(config.var / "prefect", int(arguments[1]))
    with open_services(config) as services, use_services(services):
        bridge = Bridge(server, {flow: command_for(config.path, flow) for flow in pooled_flows(config)})
        bridge.load()
        worker = Worker(services, bridge)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.stop())
        worker.start(flows_of(config))
        worker.wait()


if __name__ == "__main__":
    main(sys.argv[1:])
