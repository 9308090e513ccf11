"""A store in a folder of its own, with a clock that only moves when it is told to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from store_office import OfficeClock

from kontorist.store.database import Store


@pytest.fixture
def clock() -> OfficeClock:
    return OfficeClock()


@pytest.fixture
def store(tmp_path: Path, clock: OfficeClock) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path}/kontorist.db", clock=clock, boot="monday") as opened:
        yield opened
