"""Parts are restarted when they die, stopped in order, and never outlive their supervisor."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kontorist.engine import children
from kontorist.engine.supervisor import Part, Supervisor

SLEEPER = "import time\nwhile True: time.sleep(1)"


class WallClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


def part(folder: Path, name: str, program: str, **more: float) -> Part:
    return Part(
        name=name,
        command=[sys.executable, "-c", program],
        environment=children.environment_for_children(),
        folder=folder,
        log=folder / f"{name}.log",
        stop_within=more.get("stop_within", 5.0),
    )


def until(true: Callable[[], bool], within: float = 10.0) -> None:
    """Look again every 20 ms; a condition, not a guess about time."""
    deadline = time.monotonic() + within
    while not true():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.02)


def test_a_part_that_dies_is_started_again(tmp_path: Path) -> None:
    mortal = part(tmp_path, "mortal", SLEEPER)
    pids: list[int] = []

    def looked() -> None:
        if mortal.alive() and mortal.process is not None and mortal.process.pid not in pids:
            pids.append(mortal.process.pid)
            if len(pids) == 1:
                os.kill(mortal.process.pid, signal.SIGKILL)
            else:
                supervisor.stop()

    supervisor = Supervisor([mortal], WallClock(), changed=looked)
    supervisor.run()

    assert len(pids) == 2
    assert mortal.restarts == 1
    assert not mortal.alive()


def test_the_pause_before_a_restart_grows_and_has_an_end(tmp_path: Path) -> None:
    hopeless = part(tmp_path, "hopeless", "raise SystemExit(3)")
    for _ in range(12):
        hopeless.start(WallClock())
        assert hopeless.process is not None
        hopeless.process.wait()
        hopeless.look(WallClock())

    assert hopeless.pause == 30.0
    assert hopeless.not_before > time.monotonic() + 29


def test_parts_are_stopped_in_the_opposite_order(tmp_path: Path) -> None:
    order = tmp_path / "order"
    program = (
        "import signal, sys, pathlib, time\n"
        "def end(*_):\n"
        f"    with open({str(order)!r}, 'a') as f: f.write(sys.argv[1] + ' ')\n"
        "    sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, end)\n"
        f"pathlib.Path({str(tmp_path)!r}, sys.argv[1] + '.up').touch()\n"
        "while True: time.sleep(1)"
    )
    parts = [part(tmp_path, name, program) for name in ("prefect", "receiver", "worker")]
    for one in parts:
        one.command = [*one.command, one.name]
    supervisor = Supervisor(parts, WallClock())

    supervisor.run(
        ready=lambda: len(list(tmp_path.glob("*.up"))) == 3,
        on_ready=supervisor.stop,
    )

    assert order.read_text().split() == ["worker", "receiver", "prefect"]


def test_a_part_that_will_not_end_is_ended(tmp_path: Path) -> None:
    up = tmp_path / "up"
    program = (
        "import signal, time, pathlib\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"pathlib.Path({str(up)!r}).touch()\n"
        "while True: time.sleep(1)"
    )
    stubborn = part(tmp_path, "stubborn", program, stop_within=0.2)
    supervisor = Supervisor([stubborn], WallClock())

    supervisor.run(ready=up.exists, on_ready=supervisor.stop)

    assert not stubborn.alive()
    assert stubborn.process is not None
    assert stubborn.process.returncode == -signal.SIGKILL


@pytest.mark.skipif(sys.platform != "linux", reason="the parent-death signal is Linux's")
@pytest.mark.parametrize("whole_group", [False, True])
def test_no_orphan_lives_longer_than_two_seconds(tmp_path: Path, whole_group: bool) -> None:
    program = f"""
import sys, time
from pathlib import Path
from kontorist.engine import children
folder = Path({str(tmp_path)!r})
started = [
    children.start(
        [sys.executable, "-c", "import time; time.sleep(60)"],
        environment=children.environment_for_children(),
        log=folder / "log",
        folder=folder,
    )
    for _ in range(2)
]
print(*[one.pid for one in started], flush=True)
time.sleep(60)
"""
    parent = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=children.environment_for_children(),
    )
    assert parent.stdout is not None
    pids = [int(pid) for pid in parent.stdout.readline().split()]
    until(lambda: all("sleep" in command_of(pid) for pid in pids))

    os.killpg(parent.pid, signal.SIGKILL) if whole_group else parent.kill()

    parent.wait()
    parent.stdout.close()
    until(lambda: all(not command_of(pid) for pid in pids), within=2.0)


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def test_ctrl_c_is_left_to_the_supervisor(tmp_path: Path) -> None:
    up = tmp_path / "up"
    child = part(tmp_path, "child", f"import pathlib, time\npathlib.Path({str(up)!r}).touch()\ntime.sleep(60)")
    child.start(WallClock())
    until(up.exists)
    assert child.process is not None

    child.process.send_signal(signal.SIGINT)
    blocked = int(next(line for line in status_of(child.process.pid) if line.startswith("SigBlk")).split()[1], 16)
    child.stop(5)

    assert blocked & (1 << (signal.SIGINT - 1))
    assert child.process.returncode == -signal.SIGTERM


def status_of(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/status").read_text().splitlines()


def test_a_log_that_has_grown_large_is_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "_LARGEST_LOG", 10)
    log = tmp_path / "log" / "worker.log"
    log.parent.mkdir()
    log.write_text("more than ten bytes")

    children.start(
        [sys.executable, "-c", "print('new')"],
        environment=children.environment_for_children(),
        log=log,
        folder=tmp_path,
    ).wait()

    assert log.read_text() == "new\n"
    assert (tmp_path / "log" / "worker.old.log").read_text() == "more than ten bytes"


def test_nobodys_prefect_settings_reach_a_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "https://somebody.example/api")

    assert not [name for name in children.environment_for_children() if name.startswith("PREFECT_")]


def test_a_part_says_how_it_fares(tmp_path: Path) -> None:
    sleeper = part(tmp_path, "sleeper", SLEEPER)
    sleeper.start(WallClock())
    notice = json.loads(json.dumps(sleeper.notice()))
    sleeper.stop(5)

    assert (notice["name"], notice["state"], notice["restarts"]) == ("sleeper", "running", 0)
    assert sleeper.notice()["state"] == "restarting"
