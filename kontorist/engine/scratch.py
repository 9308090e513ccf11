"""A dry run works on a copy of the books (docs/decisions/0007-dry-run-on-a-copy.md)."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kontorist.services import Services


@contextmanager
def on_a_copy(services: Services) -> Iterator[Services]:
    """The same office on a copy of the books: what is written there is thrown away, and nothing is sent."""
    from kontorist.archive.archive import DocumentArchive
    from kontorist.archive.overlay import Overlay

    with tempfile.TemporaryDirectory(prefix="kontorist-dry-run-") as folder:
        beside = DocumentArchive(Path(folder, "archive"), clock=services.clock, payroll_key=services.config.payroll_key)
        store = services.store.scratch_copy(Path(folder, "kontorist.db"))
        archive = Overlay(services.archive, beside)
        try:
            with Services(services.config, clock=services.clock, store=store, archive=archive, sinks=False) as copy:
                yield copy
        finally:
            beside.close()
