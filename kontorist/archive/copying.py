"""All files of the archive for a copy, taken while others write.

Most files never change, so they are copied without a lock. Then the writers wait for a moment: what came or was
replaced meanwhile is copied, and the log last, so that it names nothing that the copy lacks.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from kontorist.archive import lock
from kontorist.archive.layout import Layout
from kontorist.archive.verify import files_of

Mark = tuple[int, int, int]


def copy_all(layout: Layout, copy: Callable[[str, Path], None]) -> None:
    """Call `copy` with each file's name below the archive and its path; a name may come again, the last one counts.

    A copy of what `copy` was given is an archive that `verify` finds nothing in. Left out are the projection, which
    is a cache, and what is on its way in.
    """
    if not layout.root.is_dir():
        return
    copied: dict[str, Mark] = {}
    for name in files_of(layout):
        if not name.startswith("log/"):
            with contextlib.suppress(FileNotFoundError):  # derived files may be replaced
                copied[name] = _mark(layout.path(name))
                copy(name, layout.path(name))
    with lock.exclusive(layout.lock):
        for name in files_of(layout):
            if copied.get(name) != _mark(layout.path(name)):
                copy(name, layout.path(name))


def _mark(path: Path) -> Mark:
    facts = path.stat()
    return facts.st_ino, facts.st_size, facts.st_mtime_ns
