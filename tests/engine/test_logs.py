"""Lines of the log: one JSON object each, with what they are about, and nothing that must not be written down."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kontorist import secrecy
from kontorist.engine.logs import about, logged_to
from kontorist.secrecy import keep_secret, private_matter

CANARY = "canary-of-a-webhook-key"
PAY = "4711.42"
log = logging.getLogger("kontorist.office")

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines(tmp_path: Path) -> Iterator[Lines]:
    ours = logging.getLogger("kontorist")
    before = (ours.level, logging.getLogRecordFactory(), secrecy._spellings)
    keep_secret(CANARY)
    ours.setLevel(logging.INFO)
    with logged_to(tmp_path / "log" / "run.log", also_here=False):
        yield lambda: [json.loads(line) for line in (tmp_path / "log" / "run.log").read_text().splitlines()]
    ours.setLevel(before[0])
    logging.setLogRecordFactory(before[1])
    secrecy._spellings = before[2]


def test_when_it_is_over_nothing_more_goes_to_the_file(tmp_path: Path) -> None:
    """As in a program that goes on after one run, or in one test after another."""
    ours = logging.getLogger("kontorist")
    with logged_to(tmp_path / "log" / "run.log", also_here=False):
        log.warning("inside")
    log.warning("outside")

    assert [json.loads(line)["event"] for line in (tmp_path / "log" / "run.log").read_text().splitlines()] == ["inside"]
    assert ours.propagate


def test_a_line_is_an_object_with_time_level_and_text(lines: Lines) -> None:
    log.warning("%s: waits for %d files", "scanner", 3)

    (line,) = lines()
    assert (line["event"], line["level"], line["logger"]) == ("scanner: waits for 3 files", "warning", log.name)
    assert line["timestamp"].endswith("Z")


def test_a_line_names_the_event_and_run_it_is_about(lines: Lines) -> None:
    with about(event_id="E1"), about(run_id="r1", flow=None):
        log.info("inside")
    log.info("outside")

    inside, outside = lines()
    assert (inside["event_id"], inside["run_id"]) == ("E1", "r1")
    assert not {"event_id", "run_id", "flow"} & (outside.keys() | {"flow"} & inside.keys())


def test_a_failure_is_told_with_its_place_and_without_secrets(lines: Lines) -> None:
    try:
        raise OSError(f"refused: {CANARY}")
    except OSError as error:
        log.error("failed with %s over %s", error, CANARY, exc_info=True)

    (line,) = lines()
    assert CANARY not in json.dumps(line)
    assert "test_logs.py" in line["exception"]
    assert line["event"].startswith("failed with OSError: refused: ***")


def test_the_text_of_an_error_over_pay_is_kept_out(lines: Lines) -> None:
    try:
        with private_matter():
            raise ValueError(f"E7 earns {PAY}")
    except ValueError as error:
        log.warning("event E1: %s", error, exc_info=True)

    (line,) = lines()
    assert PAY not in json.dumps(line)
    assert "ValueError" in line["exception"]


def test_arguments_that_do_not_fit_stop_nobody(lines: Lines) -> None:
    log.warning("%d files", "no number")
    log.warning("fits")

    assert [line["event"] for line in lines()] == ["%d files", "fits"]


def test_what_a_process_and_a_thread_die_of_is_a_line_too() -> None:
    dying = f"""
import threading
from kontorist.engine.logs import begin_log
from kontorist.secrecy import keep_secret

begin_log()
keep_secret("{CANARY}")
one = threading.Thread(target=int, args=["{CANARY}"])
one.start()
one.join()
raise RuntimeError("{CANARY}")
"""
    ended = subprocess.run([sys.executable, "-c", dying], capture_output=True, text=True, check=False)

    said = [json.loads(line) for line in ended.stderr.splitlines()]
    assert ended.returncode == 1
    assert [(line["level"], line["event"].split(": ")[1]) for line in said] == [
        ("critical", "ValueError"),
        ("critical", "RuntimeError"),
    ]
    assert CANARY not in ended.stderr
