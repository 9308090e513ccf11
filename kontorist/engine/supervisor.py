"""Keeps the parts of a running Kontorist alive: one process group, restarts with backoff, one orderly end.

SIGTERM or Ctrl-C stops the worker first (it lets its run end), then Prefect, then the receiver, within 30 s.
When the supervisor is killed, the kernel kills its children (kontorist.engine.children).
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from kontorist.domain.ports import Clock
from kontorist.engine import children

_log = logging.getLogger(__name__)

STOP_WITHIN = 30.0
"""Seconds from SIGTERM to the end of the last part."""

_LOOK_EVERY = 0.1
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
_SETTLED_AFTER = 60.0  # a part that has lived this long starts again with the first pause


@dataclass(slots=True, kw_only=True)
class Part:
    """One child process: how it is started, and how it fares."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    log: Path
    keep_open: Sequence[int] = ()
    stop_within: float = 5.0
    waits_for: Callable[[], bool] = lambda: True  #: asked before the first start
    process: subprocess.Popen[bytes] | None = None
    since: datetime | None = None
    restarts: int = 0
    pause: float = _FIRST_PAUSE
    not_before: float = 0.0
    started_at: float = field(default=0.0)

    def start(self, clock: Clock) -> None:
        """Start the process."""
        self.process = children.start(
            self.command, environment=self.environment, log=self.log, folder=self.folder, keep_open=self.keep_open
        )
        self.since, self.started_at = clock.now(), time.monotonic()

    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process is not None and self.process.poll() is None

    def look(self, clock: Clock) -> bool:
        """Start what has died, after its pause. True when something changed."""
        if self.alive():
            return False
        if self.process is not None:
            self._mourn(self.process.returncode)
            self.process = None
            return True
        if time.monotonic() < self.not_before or not (self.since or self.waits_for()):
            return False
        self.start(clock)
        return True

    def _mourn(self, status: int) -> None:
        if time.monotonic() - self.started_at > _SETTLED_AFTER:
            self.pause = _FIRST_PAUSE
        _log.warning("%s ended with status %s; it starts again in %.1f s", self.name, status, self.pause)
        self.not_before = time.monotonic() + self.pause
        self.pause = min(self.pause * 2, _LONGEST_PAUSE)
        self.restarts += 1

    def stop(self, within: float) -> None:
        """End the process, by force when it takes longer than `within` seconds."""
        if self.process is not None:
            children.stop(self.process, within=within)

    def notice(self) -> dict[str, Any]:
        """How the part fares, as plain data."""
        return {
            "name": self.name,
            "state": "running" if self.alive() else "restarting" if self.since else "waiting",
            "pid": self.process.pid if self.process else None,
            "since": self.since.isoformat() if self.since else None,
            "restarts": self.restarts,
            "log": str(self.log),
        }


class Supervisor:
    """Starts the parts in order, restarts what dies, stops them in the opposite order."""

    def __init__(self, parts: Iterable[Part], clock: Clock, *, changed: Callable[[], None] = lambda: None) -> None:
        self.parts = list(parts)
        self._clock, self._changed = clock, changed
        self._stopping = threading.Event()
        self._asked = 0

    def run(self, ready: Callable[[], bool] = lambda: True, on_ready: Callable[[], None] = lambda: None) -> None:
        """Supervise until SIGTERM, SIGINT or `stop`; `on_ready` is called once, when `ready` first says so."""
        before = {number: signal.signal(number, self._asked_to_stop) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            self._supervise(ready, on_ready)
        finally:
            self._stop_all()
            for number, handler in before.items():
                signal.signal(number, handler)

    def stop(self) -> None:
        """Ask `run` to end; may be called from any thread."""
        self._stopping.set()

    def _supervise(self, ready: Callable[[], bool], on_ready: Callable[[], None]) -> None:
        waiting = True
        while not self._stopping.is_set():
            looks = [part.look(self._clock) for part in self.parts]
            if any(looks):
                self._changed()
            if waiting and ready():
                waiting = False
                on_ready()
            self._stopping.wait(_LOOK_EVERY)

    def _asked_to_stop(self, number: int, frame: object) -> None:
        self._asked += 1
        self._stopping.set()
        if self._asked > 1:  # the second Ctrl-C means now
            self._kill_all()

    def _kill_all(self) -> None:
        for part in self.parts:
            if part.process is not None:
                with suppress(ProcessLookupError):
                    os.kill(part.process.pid, signal.SIGKILL)

    def _stop_all(self) -> None:
        deadline = time.monotonic() + STOP_WITHIN
        for part in reversed(self.parts):
            part.stop(min(part.stop_within, deadline - time.monotonic()))
        self._changed()
