"""Every flow is killed at every place it passes and taken up again: nothing is lost, nothing is done twice.

`make test` kills it at up to four of the moments that outlive a kill: a commit, a line in the archive's log, an act
outside. `make faults` kills it at every pass of every place and between all steps, and at some by a real SIGKILL; with
KONTORIST_FAULT_KILLS=2 (`.ci/run`) at fewer.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flow_trials import CASES, Case, Stage
from rehearsing import Rehearsed, lasting

from kontorist.extraction.reading import open_pool
from kontorist.testing.kills import difference, repeat

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("KONTORIST_FAULT_KILLS", "3"))
#: Of all passes every so many-th; all of them in the long version.
EVERY = 1 if KILLS >= 20 else 150
#: Moments that outlive a kill, of each case, in `make test`.
MOST = 8 if KILLS >= 20 else 4
#: Real kills of each case.
REAL = 6 if KILLS >= 20 else 2


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    pool = open_pool(1)
    yield Stage(tmp_path_factory.mktemp("stage"), pool)
    pool.close()


@pytest.fixture(params=CASES, ids=str, scope="module")
def rehearsed(request: pytest.FixtureRequest, stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Rehearsed:
    case: Case = request.param
    return Rehearsed(stage.set(case), tmp_path_factory.mktemp("lives"))


def test_killed_and_taken_up_again_it_ends_the_same(rehearsed: Rehearsed) -> None:
    found = rehearsed.killed_at(lasting(rehearsed.passed, most=MOST))

    assert not found, found


def test_the_same_event_once_more_changes_nothing(rehearsed: Rehearsed) -> None:
    assert rehearsed.expected["faults"] == {}
    assert difference(rehearsed.expected, repeat(rehearsed.trial, rehearsed.undisturbed)) == []


@pytest.mark.faults
@pytest.mark.timeout(600)
def test_killed_anywhere_and_taken_up_again_it_ends_the_same(rehearsed: Rehearsed) -> None:
    found = rehearsed.killed_at(range(1, len(rehearsed.passed) + 1, EVERY))

    assert not found, found


@pytest.mark.faults
@pytest.mark.timeout(600)
def test_a_real_kill_is_like_the_others(tmp_path: Path) -> None:
    here = Path(__file__).parent
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(here), str(ROOT)))}
    command = [sys.executable, str(here / "flow_nursery.py"), str(tmp_path), str(REAL)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=580, check=False)

    assert done.returncode == 0, done.stderr
    kills = [json.loads(line) for line in done.stdout.splitlines()]
    assert {kill["case"] for kill in kills} == {str(case) for case in CASES}
    assert {kill["ended"] for kill in kills} == {signal.SIGKILL}
    assert [kill for kill in kills if kill["found"]] == []


def test_every_flow_has_its_trial() -> None:
    flows = {f"{file.parent.name}/{file.stem}" for file in (ROOT / "flows").glob("*/*.py") if file.stem != "__init__"}

    assert flows == {case.flow for case in CASES}
