"""The receiver on a real line, for tests."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from kontorist.engine.http_limits import PATIENCE, LimitedHttp
from kontorist.engine.receiver import Receiver, application


@contextmanager
def served(receiver: Receiver, patience: float = PATIENCE) -> Iterator[int]:
    """The port on which `receiver` answers inside the block."""
    listening = socket.create_server(("127.0.0.1", 0))
    protocol = type("Impatient", (LimitedHttp,), {"patience": patience})
    settings = uvicorn.Config(
        application(receiver), http=protocol, loop="uvloop", ws="none", log_level="critical", timeout_keep_alive=30
    )
    server = uvicorn.Server(settings)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(timeout=10)
