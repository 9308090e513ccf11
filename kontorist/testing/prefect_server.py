"""One Prefect server for all tests of a run that need one: it takes half a minute to start with a new database."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kontorist.engine import children
from kontorist.engine.prefect_server import PrefectServer


@contextmanager
def running_server(home: Path, within: float = 120.0) -> Iterator[PrefectServer]:
    """A Prefect server of our own under `home`, ready; ended with the block. TimeoutError when it is not in time."""
    server = PrefectServer.prepared(home)
    process = children.start(server.command(), environment=server.environment(), log=home / "server.log", folder=home)
    try:
        deadline = time.monotonic() + within
        while not server.answers():
            if process.poll() is not None or time.monotonic() > deadline:
                raise TimeoutError((home / "server.log").read_text(errors="replace")[-2000:])
            time.sleep(0.1)
        yield server
    finally:
        children.stop(process, within=5)
