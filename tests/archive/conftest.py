"""An archive in a fresh folder, and words to fill it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kontorist.archive import DocumentArchive
from kontorist.testing.fakes import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(datetime(2026, 11, 3, 10, tzinfo=UTC))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "archive"


@pytest.fixture
def archive(folder: Path, clock: FakeClock) -> Iterator[DocumentArchive]:
    archive = DocumentArchive(folder, clock=clock)
    yield archive
    archive.close()
