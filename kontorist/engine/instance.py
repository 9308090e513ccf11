"""One Kontorist per folder: the instance lock, and the notice that tells others where the running one listens."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kontorist.domain.errors import AnotherInstance


@contextmanager
def instance_lock(var: Path) -> Iterator[None]:
    """Hold `var/instance.lock` for the length of the block. Raises AnotherInstance when somebody else holds it.

    A POSIX advisory lock ends with its process, however that ends, and is not inherited by children
    (the descriptor is close-on-exec).
    """
    var.mkdir(parents=True, exist_ok=True)
    with (var / "instance.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AnotherInstance(place=str(var)) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def is_running(var: Path) -> bool:
    """Whether some process holds the instance lock of `var`."""
    if not (var / "instance.lock").exists():
        return False
    try:
        with (var / "instance.lock").open("r") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return False
    except BlockingIOError:
        return True


def publish(var: Path, notice: Mapping[str, Any]) -> None:
    """Write `var/runtime.json`, whole or not at all."""
    draft = var / "runtime.json.part"
    draft.write_text(json.dumps(notice, indent=1), encoding="utf-8")
    draft.replace(var / "runtime.json")


def notice_of(var: Path) -> dict[str, Any] | None:
    """What the running instance published; None when nothing is running (an old notice then means nothing)."""
    if not is_running(var):
        return None
    try:
        notice: dict[str, Any] = json.loads((var / "runtime.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return notice
