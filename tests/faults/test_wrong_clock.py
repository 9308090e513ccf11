"""The real programs under another clock (libfaketime): what the injected clock promises holds for the machine's, too.

Only where `faketime` is installed (Debian: apt-get install faketime).
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kontorist.engine.children import environment_for_children

FAKETIME = shutil.which("faketime")
pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(FAKETIME is None, reason="absent: faketime, which puts programs under another clock"),
]

CONFIG = """\
version: 1
company: {name: Kontor Beispiel B.V., country: NL, timezone: Europe/Amsterdam}
calendars:
  bank: {holidays: TARGET2}
schedules:
  leap: {run: reporting/daily_report, cron: "0 7 29 2 *"}
  year: {run: reporting/daily_report, cron: "0 7 1 1 *", calendar: bank, on_holiday: next_workday}
"""
#: One look of the clock of the schedules, by the machine's time; tells the dates that have become events so far.
CLOCK = """\
import sys, time
from zoneinfo import ZoneInfo
from kontorist.engine.schedules import Schedule, ScheduleClock
from kontorist.store.database import Store
with Store.open(f"sqlite:///{sys.argv[1]}/kontorist.db") as store:
    every = Schedule(name="report", run="r", cron="30 7 * * *")
    ScheduleClock(store, [every], ZoneInfo("Europe/Amsterdam")).step()
    with store.read() as tx:
        print([row.dedupe for row in store.inbox.list(tx)])
"""


def at(moment: str, *command: str) -> str:
    """What `command` says on a machine whose clock began at `moment`."""
    assert FAKETIME is not None
    done = subprocess.run(
        [FAKETIME, "--exclude-monotonic", "-f", f"@{moment}", sys.executable, *command],
        env=environment_for_children(TZ="Europe/Amsterdam"),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def next_dates(folder: Path, moment: str) -> list[Any]:
    command = ("-m", "kontorist.cli.main", "--config", str(folder), "schedule", "next", "-n", "2", "--json")
    return [(each["name"], each["runs_at"]) for each in json.loads(at(moment, *command))["schedules"]]


def test_what_comes_next_is_counted_from_the_clock_of_the_machine(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG, encoding="utf-8")

    assert next_dates(tmp_path, "2027-12-31 23:59:58") == [
        ("year", "2028-01-03T07:00:00+01:00"),
        ("leap", "2028-02-29T07:00:00+01:00"),
    ]


def test_a_machine_whose_clock_is_set_forward_and_back_fires_each_date_once(tmp_path: Path) -> None:
    seen = [
        at(f"2026-11-02 {wall}", "-c", CLOCK, str(tmp_path)).strip()
        for wall in ("07:10:00", "08:11:00", "07:12:00", "07:31:00")
    ]

    assert seen == ["[]", *["['2026-11-02T06:30:00+00:00']"] * 3]
