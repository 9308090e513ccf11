"""`kontorist up`: the receiver, Prefect's server and the worker of one installation, under the supervisor.

Where a route says `lane: pool`, Prefect's own worker for it too.

The receiver goes first and alone, so that it accepts within two seconds; Prefect's server needs half a minute on a
new database, the worker waits for it by itself.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from kontorist.config import Config
from kontorist.config.types import Address
from kontorist.domain.errors import SetupWrong
from kontorist.domain.ports import Clock
from kontorist.engine.children import environment_for_children
from kontorist.engine.instance import instance_lock, publish
from kontorist.engine.prefect_server import PrefectServer
from kontorist.engine.router import pooled_flows
from kontorist.engine.supervisor import Part, Supervisor
from kontorist.engine.worker import LETS_RUNS_END_WITHIN
from kontorist.store.clock import SystemClock

_RECEIVER_ALONE_FOR = 5.0  # seconds; then the others start all the same
_BACKLOG = 1024  # requests that wait while the receiver is restarted

Notice = Mapping[str, Any]


class AddressTaken(SetupWrong):
    """Another program listens on the address that we were given."""

    code = "KON-392"
    next_step = "Choose another address under engine: in config.yaml; port 0 takes any free one."


def up(config: Config, *, on_ready: Callable[[Notice], None] = lambda notice: None) -> None:
    """Run everything until SIGTERM or Ctrl-C; `on_ready` is told once that the inbox accepts events.

    Called from the main thread. Raises AnotherInstance, AddressTaken.
    """
    from kontorist.engine.metrics import metrics_page, metrics_served

    engine = config.engine
    with (
        instance_lock(config.var),
        _listening(engine.receiver.listen, "engine.receiver.listen") as listening,
        _listening(engine.metrics.listen, "engine.metrics.listen") as figures,
        metrics_served(figures, lambda: metrics_page(config)),
    ):
        stack = _Stack(config, listening, figures)
        stack.supervise(on_ready)


class _Stack:
    """The parts of one installation and what is told about them."""

    def __init__(
        self, config: Config, listening: socket.socket, figures: socket.socket, clock: Clock | None = None
    ) -> None:
        self._config, self._clock = config, clock or SystemClock()
        self._since: datetime = self._clock.now()
        self._begun = time.monotonic()
        self._address, self._metrics = (_address(each) for each in (listening, figures))
        self._server = PrefectServer.prepared(config.var / "prefect")
        pool = [self._pool()] if pooled_flows(config) else []
        self._parts = [self._receiver(listening), self._prefect(), *pool, self._worker()]

    def supervise(self, on_ready: Callable[[Notice], None]) -> None:
        """Until somebody says stop."""
        supervisor = Supervisor(self._parts, self._clock, changed=self._publish)
        supervisor.run(ready=self._accepts, on_ready=lambda: on_ready(self._notice()))

    def _receiver(self, listening: socket.socket) -> Part:
        descriptor = listening.fileno()
        return self._python(
            "receiver", "kontorist.engine.receiver_process", str(descriptor), keep_open=(descriptor,), stop_within=8.0
        )

    def _worker(self) -> Part:
        return self._python(
            "worker",
            "kontorist.engine.worker",
            str(self._server.port),
            waits_for=self._others_may_start,
            stop_within=LETS_RUNS_END_WITHIN + 2.0,
        )

    def _pool(self) -> Part:
        """Prefect's worker; it costs a hundred megabytes, so it is there only when a route needs it."""
        return self._python("pool", "kontorist.engine.prefect_worker", waits_for=lambda: self._server.answers(0.3))

    def _python(self, name: str, module: str, *arguments: str, **more: Any) -> Part:
        return Part(
            name=name,
            command=[sys.executable, "-m", module, str(self._config.path.resolve()), *arguments],
            environment=environment_for_children(**self._server.client_environment()),
            # not the user's folder: Prefect would read a `.env` that lies there
            folder=self._server.home,
            log=self._log_of(name),
            **more,
        )

    def _prefect(self) -> Part:
        return Part(
            name="prefect",
            command=self._server.command(),
            environment=self._server.environment(),
            folder=self._server.home,
            log=self._log_of("prefect"),
            waits_for=self._others_may_start,
        )

    def _log_of(self, name: str) -> Any:
        return self._config.var / "log" / f"{name}.log"

    def _others_may_start(self) -> bool:
        return time.monotonic() - self._begun > _RECEIVER_ALONE_FOR or self._accepts()

    def _accepts(self) -> bool:
        return answers(f"{self._address}/health")

    def _publish(self) -> None:
        publish(self._config.var, self._notice())

    def _notice(self) -> Notice:
        return {
            "schema_version": 1,
            "pid": os.getpid(),
            "since": self._since.isoformat(),
            "config": str(self._config.path.resolve()),
            "receiver": self._address,
            "metrics": f"{self._metrics}/metrics",
            "prefect": {"port": self._server.port, "ui": f"http://127.0.0.1:{self._server.port}"},
            "parts": [part.notice() for part in self._parts],
        }


def _address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextmanager
def _listening(wanted: Address, key: str) -> Iterator[socket.socket]:
    """A socket at the address that config.yaml has under `key`.

    The receiver's belongs to us, so that nobody is turned away while the receiver is restarted.
    """
    family = socket.AF_INET6 if ":" in wanted.host else socket.AF_INET
    with socket.socket(family) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((wanted.host, wanted.port))
        except OSError as error:
            step = f"Choose another address under {key} in config.yaml; port 0 takes any free one."
            raise AddressTaken(f"Nothing can listen on {wanted}: {error.strerror}.", next_step=step) from error
        listening.listen(_BACKLOG)
        yield listening


def answers(address: str, within: float = 0.5) -> bool:
    """Whether `address` (http, ours) answers 200 within so many seconds."""
    try:
        with urlopen(address, timeout=within) as answer:  # noqa: S310  # an http address of our own
            return bool(answer.status == 200)
    except (OSError, URLError):
        return False
