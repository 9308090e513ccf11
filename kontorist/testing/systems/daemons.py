"""What the starters of real servers share: a short folder, a free port, readiness by greeting, an end by pid."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path


@contextlib.contextmanager
def short_folder(prefix: str) -> Iterator[Path]:
    """A folder whose path leaves room for the names of Unix sockets (108 bytes); removed in the end."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    folder.chmod(0o755)  # the servers change to other users
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    """A port of the loopback address that nobody uses at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextlib.contextmanager
def daemon(
    command: Sequence[str], *, log: Path, answers: Callable[[], bool], within: float = 30.0
) -> Iterator[subprocess.Popen[bytes]]:
    """`command` in the foreground and in a session of its own, ready once `answers()`; ended with the block.

    RuntimeError with the end of its log when it is not ready in time.
    """
    with log.open("ab") as said:
        process = subprocess.Popen(
            list(command), stdin=subprocess.DEVNULL, stdout=said, stderr=said, close_fds=True, start_new_session=True
        )
    try:
        deadline = time.monotonic() + within
        while not answers():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{command[0]} is not ready:\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.02)
        yield process
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Politely by pid, then whoever is left of its session."""
    if process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=10)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
