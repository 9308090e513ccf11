"""Named places where a test may kill, delay or break the process; no-ops everywhere else.

``KONTORIST_FAILPOINTS="effects.after_act=kill@2;writer.before_commit=sleep:30"`` kills at the second pass of the first
place and sleeps 30 seconds at each pass of the second. Actions: ``kill`` (SIGKILL to this process), ``stop`` (SIGSTOP:
it stands still until somebody sends SIGCONT), ``exit`` (os._exit), ``raise`` (RuntimeError), ``sleep:SECONDS``,
``enospc`` (OSError, disk full). A leaf: standard library
only, so that every layer may import it.
"""

from __future__ import annotations

import errno
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

#: Every failpoint of the product with what it stands before or after; `failpoint` refuses any other name.
REGISTRY: Final[dict[str, str]] = {}

_passes: Counter[str] = Counter()
_watchers: list[Callable[[str], None]] = []


def register(*names: str) -> None:
    """Declare failpoints at import time, in the module that has them."""
    for name in names:
        REGISTRY[name] = name


def failpoint(name: str) -> None:
    """Do here what KONTORIST_FAILPOINTS asks for; nothing when it asks for nothing."""
    if name not in REGISTRY:
        raise KeyError(f"{name} is not a registered failpoint")
    for watcher in _watchers:
        watcher(name)
    wanted = os.environ.get("KONTORIST_FAILPOINTS")
    if not wanted:
        return
    for order in wanted.split(";"):
        target, _, action = order.strip().partition("=")
        if target == name:
            _act(name, *_parse(action))


@contextmanager
def watched_by(watcher: Callable[[str], None]) -> Iterator[None]:
    """Inside, `watcher` is told the name of every failpoint that is passed; what it raises ends the work there."""
    _watchers.append(watcher)
    try:
        yield
    finally:
        _watchers.remove(watcher)


def _parse(action: str) -> tuple[str, int | None]:
    verb, _, count = action.partition("@")
    return verb, int(count) if count else None


def _act(name: str, verb: str, at: int | None) -> None:
    _passes[name] += 1
    if at is not None and _passes[name] != at:
        return
    if verb == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif verb == "stop":
        os.kill(os.getpid(), signal.SIGSTOP)
    elif verb == "exit":
        os._exit(70)
    elif verb == "raise":
        raise RuntimeError(f"failpoint {name}")
    elif verb == "enospc":
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    elif verb.startswith("sleep:"):
        time.sleep(float(verb.removeprefix("sleep:")))
    else:
        raise ValueError(f"unknown failpoint action {verb!r}")
