"""`kontorist up` as the operator sees it: accepts at once, survives its parts, ends cleanly, leaves nobody behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kontorist.engine import children
from kontorist.engine.instance import instance_lock
from kontorist.testing.installation import Installation, alive, rows, until

pytestmark = pytest.mark.timeout(120)


def cpu_seconds(pid: int) -> float:
    """What `pid` has used so far, user and system (proc(5), fields 14 and 15 of stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    installation = Installation(tmp_path)
    yield installation
    if installation.process is not None and installation.process.poll() is None:
        installation.kill_group()


@pytest.mark.skipif(sys.platform != "linux", reason="proc(5) is Linux's")
def test_it_accepts_while_everything_else_is_still_starting(installation: Installation) -> None:
    process = installation.up()
    installation.address()
    spent = cpu_seconds(process.pid) + cpu_seconds(installation.pids()[0])
    answer = installation.post(installation.note("n-1"))

    assert answer == 202, installation.said()
    notice = installation.notice()
    assert notice is not None
    assert until(lambda: installation.ask(notice["metrics"]) == 200, 20, "the first figures")
    # Two seconds on a free machine are the promise. Here only that it did not wait for Prefect's server, whose start
    # alone needs some 20 s of CPU.
    assert spent < 10, f"{spent:.1f} s of CPU until the first answer"
    assert [(row.dedupe, row.state) for row in rows(installation)] == [("n-1", "new")]


def test_a_second_instance_on_the_same_folder_ends_with_exit_code_5(installation: Installation) -> None:
    with instance_lock(installation.var):
        assert installation.up().wait(timeout=20) == 5


def test_a_receiver_that_dies_is_back_and_nobody_was_turned_away(installation: Installation) -> None:
    installation.up()
    installation.address()
    first = installation.pids()[0]
    assert installation.post(installation.note("n-1")) == 202

    os.kill(first, signal.SIGKILL)
    until(lambda: not alive(first), 10, "the end of the receiver")  # a dying one may still take a connection with it
    answer = installation.post(installation.note("n-2"), timeout=20)

    assert answer == 202, installation.said()
    assert sorted(row.dedupe for row in rows(installation)) == ["n-1", "n-2"]


def test_sigterm_ends_everything_in_order(installation: Installation) -> None:
    installation.up()
    installation.address()
    pids = until(lambda: len(installation.pids()) == 3 and installation.pids(), 20, "the start of all parts")

    begun = time.monotonic()
    status = installation.stop()

    assert status == 0, installation.said()
    assert time.monotonic() - begun < 30
    assert not [pid for pid in pids if alive(pid)]


@pytest.mark.skipif(sys.platform != "linux", reason="the parent-death signal is Linux's")
@pytest.mark.parametrize("how", ["kill_group", "kill_alone"])
def test_after_sigkill_no_orphan_lives_longer_than_two_seconds(installation: Installation, how: str) -> None:
    installation.up()
    installation.address()
    pids = until(lambda: len(installation.pids()) == 3 and installation.pids(), 20, "the start of all parts")
    assert installation.post(installation.note("n-1")) == 202

    getattr(installation, how)()

    until(lambda: not [pid for pid in pids if alive(pid)], 2, "the end of the children")
    assert [row.dedupe for row in rows(installation)] == ["n-1"]


def test_the_receiver_process_needs_neither_prefect_nor_pandas_nor_fastapi() -> None:
    program = (
        "import sys, kontorist.engine.receiver_process, kontorist.engine.up, kontorist.engine.status\n"
        "print([name for name in ('prefect', 'pandas', 'fastapi', 'pypdfium2', 'pdfplumber') if name in sys.modules])"
    )
    said = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env=children.environment_for_children(),
    )

    assert said.stdout.strip() == "[]"
