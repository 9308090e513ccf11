"""Workers of the ledger killed at random moments, stopped in the middle, or left without power: 0 lost, 0 doubled.

KONTORIST_FAULT_KILLS=20 (`make faults`) kills a thousand of them, stops a hundred and pulls the plug five hundred
times; with 3 (`.ci/run`) it is a tenth. KONTORIST_FAULT_SEED repeats a run as far as the machine does.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import ledger_nursery
import pytest
from ledger_checks import Found, broken, find

from kontorist.engine.children import environment_for_children
from kontorist.testing import power
from kontorist.testing.twins import erp, smtp

LONG = int(os.environ.get("KONTORIST_FAULT_KILLS", "3")) >= 20
SEED = int(os.environ.get("KONTORIST_FAULT_SEED") or secrets.randbelow(1_000_000))
KILLS, STOPS, POWER_CUTS = (1000, 100, 500) if LONG else (100, 10, 40)

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1800 if LONG else 300)]

needs_plug = pytest.mark.skipif(power.why_not() is not None, reason=f"absent: {power.why_not()}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a plan went, and what is there afterwards."""

    report: Mapping[str, Any]
    found: Found

    def broken(self) -> list[str]:
        return list(broken(self.found))


CarryOut = Callable[..., Ended]


@pytest.fixture
def carry_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> CarryOut:
    """Starts the other sides, which outlive every worker, and then the nursery; says the seed."""

    def run(how: str, times: int, *, normal: bool = False, environment: Mapping[str, str] | None = None) -> Ended:
        folder = tmp_path / f"{how}-{normal}"
        folder.mkdir()
        with ExitStack() as others:
            mail = others.enter_context(smtp.started(folder / "mail"))
            asked = others.enter_context(erp.started(folder / "erp"))
            form = others.enter_context(erp.started(folder / "form", search=False))
            plan = {"folder": str(folder), "how": how, "times": times, "seed": SEED, "normal": normal}
            plan |= {"smtp": mail.port, "erp": asked.port, "form": form.port}
            report = _nursery(plan, dict(environment or {}))
        ended = Ended(report=report, found=find(folder))
        with capsys.disabled():
            sys.stdout.write(f"\n{how} {report} {ended.found.counts()}, KONTORIST_FAULT_SEED={SEED}\n")
        return ended

    return run


def _nursery(plan: Mapping[str, Any], environment: Mapping[str, str]) -> Mapping[str, Any]:
    done = subprocess.run(
        [sys.executable, ledger_nursery.__file__, json.dumps(plan)],
        env=environment_for_children() | environment,
        capture_output=True,
        text=True,
        timeout=1700,
    )
    assert done.returncode == 0, f"seed {SEED}: {done.stderr[-4000:]}"
    report: Mapping[str, Any] = json.loads(done.stdout)
    return report


def test_killed_at_any_moment_nothing_is_lost_and_nothing_doubled(carry_out: CarryOut) -> None:
    ended = carry_out("kills", KILLS)

    assert ended.report["done"] == KILLS
    assert ended.broken() == [], f"seed {SEED}"
    assert len(ended.found.entries) > KILLS // 10, "the workers came to something between their deaths"


def test_who_stood_still_and_goes_on_writes_nothing_and_does_nothing(carry_out: CarryOut) -> None:
    ended = carry_out("stops", STOPS)

    assert (ended.report["done"], ended.report["stale"]) == (STOPS, 0), f"seed {SEED}"
    assert ended.broken() == [], f"seed {SEED}"


@needs_plug
def test_when_the_power_goes_nothing_acknowledged_is_lost(carry_out: CarryOut, tmp_path: Path) -> None:
    ended = carry_out("power", POWER_CUTS, environment=plugged(tmp_path, "power-False"))

    assert ended.report["done"] == POWER_CUTS
    assert ended.broken() == [], f"seed {SEED}"


@needs_plug
def test_a_database_that_does_not_wait_for_the_disk_is_noticed(carry_out: CarryOut, tmp_path: Path) -> None:
    ended = carry_out("power", 10, normal=True, environment=plugged(tmp_path, "power-True"))

    assert any("acknowledged and not stored" in each for each in ended.broken()), f"seed {SEED}: {ended.report}"


def plugged(folder: Path, office: str) -> Mapping[str, str]:
    library = power.build(folder)
    return power.with_plug(library, folder / office / "kontorist.db", folder / f"{office}-synced")


SLOW: Final = """\
import sys, time
from kontorist.domain.events import Event
from kontorist.store.database import Store
with Store.open(f"sqlite:///{sys.argv[1]}") as store:
    begun = time.monotonic()
    for number in range(10):
        with store.write() as tx:
            store.inbox.accept(tx, Event(id=str(number), source="/x", type="order.created"), raw_hash="x")
    print(time.monotonic() - begun)
"""


@needs_plug
def test_each_commit_waits_for_the_disk(tmp_path: Path) -> None:
    """The disk takes 30 ms longer; ten commits, each on its own, wait for it ten times."""
    environment = environment_for_children() | power.with_slow_disk(power.build(tmp_path), milliseconds=30)
    command = [sys.executable, "-c", SLOW, str(tmp_path / "kontorist.db")]

    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)

    assert float(done.stdout) >= 10 * 0.030
