"""A store in a folder of its own, with a clock that only moves when it is told to."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from store_office import OfficeClock

from kontorist.store.database import Store


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that was brought up to date once; every example works on a copy, because a copy is quick."""
    file = tmp_path_factory.mktemp("store") / "empty.db"
    Store.open(f"sqlite:///{file}").close()
    return file


@pytest.fixture
def clock() -> OfficeClock:
    return OfficeClock()


@pytest.fixture
def store(tmp_path: Path, clock: OfficeClock, empty_database: Path) -> Iterator[Store]:
    shutil.copy(empty_database, tmp_path / "kontorist.db")
    with Store.open(f"sqlite:///{tmp_path}/kontorist.db", clock=clock, boot="monday") as opened:
        yield opened
