"""An archive in a fresh folder, and words to fill it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kontorist.archive import DocumentArchive
from kontorist.testing.fakes import FakeClock
from tests.archive.office import Work, told


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


@pytest.fixture(scope="module")
def nursery() -> Iterator[subprocess.Popen[str]]:
    program = [sys.executable, "-m", "tests.archive.nursery"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([os.getcwd(), os.environ.get("PYTHONPATH", "")])}
    with subprocess.Popen(
        program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        yield process


@pytest.fixture
def work(nursery: subprocess.Popen[str]) -> Work:
    def carry_out(folder: Path, *, failpoints: str = "", kind: str = "a_day_at_the_office", **rest: object) -> int:
        order = {"work": kind, "folder": str(folder), "told": str(told(folder)), "failpoints": failpoints, **rest}
        assert nursery.stdin
        assert nursery.stdout
        nursery.stdin.write(json.dumps(order) + "\n")
        nursery.stdin.flush()
        return int(nursery.stdout.readline())

    return carry_out
