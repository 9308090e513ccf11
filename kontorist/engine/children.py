"""Child processes that die with their parent and leave Ctrl-C to it.

A child is started through this module (`python -m kontorist.engine.children PARENT PROGRAM ...`), which arms the
parent-death signal and then becomes the program: `preexec_fn` would run Python between fork and exec of a process
that may have threads. The signal mask and the parent-death signal both survive the exec (prctl(2), execve(2)).
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_LARGEST_LOG = 20 * 1024 * 1024


def start(
    program: Sequence[str],
    *,
    environment: Mapping[str, str],
    log: Path,
    folder: Path,
    keep_open: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start `program` in our process group, its output appended to `log`, with `keep_open` descriptors inherited.

    On Linux it is killed when the calling *thread* ends, so children are started from a process's main thread.
    """
    with _opened(log) as output:
        return subprocess.Popen(  # noqa: S603  # the program is ours, no shell
            [sys.executable, "-m", "kontorist.engine.children", str(os.getpid()), *program],
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=tuple(keep_open),
        )


def _opened(log: Path) -> IO[bytes]:
    log.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError):
        if log.stat().st_size > _LARGEST_LOG:
            log.replace(log.with_suffix(".old.log"))
    return log.open("ab")


def stop(process: subprocess.Popen[bytes], *, within: float) -> None:
    """Ask `process` to end (SIGTERM), wait `within` seconds, then end it (SIGKILL)."""
    if process.poll() is None:
        process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=max(within, 0.1))
        return
    process.kill()
    process.wait()


def environment_for_children(**more: str) -> dict[str, str]:
    """Our environment without anybody's Prefect settings, plus `more`; our packages stay importable."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    here = str(Path(__file__).resolve().parents[2])
    paths = [here, *(path for path in kept.get("PYTHONPATH", "").split(os.pathsep) if path and path != here)]
    return kept | {"PYTHONPATH": os.pathsep.join(paths), "PYTHONUNBUFFERED": "1"} | more


def die_with_parent(parent: int) -> None:
    """Arm SIGKILL for the moment our parent ends (Linux); end at once when it already has."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)


def end_with_parent(parent: int) -> None:
    """For systems without a parent-death signal: look every half second whether `parent` still is our parent."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(0)


def main(arguments: Sequence[str]) -> None:
    """Become the program named after the parent's process id."""
    die_with_parent(int(arguments[0]))
    # Ctrl-C goes to the whole group; only the supervisor hears it and stops the others in order, with SIGTERM.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    os.execv(arguments[1], list(arguments[1:]))  # noqa: S606  # no shell on purpose


if __name__ == "__main__":
    main(sys.argv[1:])
