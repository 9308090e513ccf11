"""One Kontorist per folder: the instance lock, and the notice that tells others where the running one listens.

And the dry runs beside it: each holds a lock of its own, so that everybody sees when its process is gone.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from kontorist.domain.errors import AnotherInstance

_TRIES, _BETWEEN_TRIES = 5, 0.03


@contextmanager
def instance_lock(var: Path) -> Iterator[None]:
    """Hold `var/instance.lock` for the length of the block. Raises AnotherInstance when somebody else holds it.

    A POSIX advisory lock ends with its process, however that ends, and is not inherited by children
    (the descriptor is close-on-exec).
    """
    var.mkdir(parents=True, exist_ok=True)
    with (var / "instance.lock").open("a+") as file:
        if not _taken(file):
            raise AnotherInstance(place=str(var))
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def _taken(file: IO[str]) -> bool:
    # Somebody who only looks (`is_running`) holds the lock for a moment; an instance holds it for good.
    for _ in range(_TRIES):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            time.sleep(_BETWEEN_TRIES)
    return False


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


@contextmanager
def dry_run(var: Path) -> Iterator[str]:
    """A name for a dry run of this process, gone with the block or the process."""
    name = uuid.uuid4().hex
    place = _dry_run(var, name)
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield name
        finally:
            place.unlink()


def dry_run_goes_on(var: Path, name: str) -> bool:
    """Whether the process of the dry run `name` still works; what a killed one left is cleared away."""
    place = _dry_run(var, name)
    try:
        with place.open("r") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    place.unlink(missing_ok=True)
    return False


def _dry_run(var: Path, name: str) -> Path:
    return var / "dry-runs" / name


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
