"""kontorist up, status, run: what people see of it. The engine itself is tried in tests/engine and tests/faults."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from kontorist.cli import running
from kontorist.domain.errors import AnotherInstance
from kontorist.domain.ids import EventId
from kontorist.engine import runs
from kontorist.engine.runs import FileResult, Progress
from tests.cli.conftest import Kontorist


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    logger = logging.getLogger("kontorist")
    before = (list(logger.handlers), logger.propagate)
    last_words = (sys.excepthook, threading.excepthook)
    yield
    sys.excepthook, threading.excepthook = last_words
    for handler in set(logger.handlers) - set(before[0]):
        handler.close()
    logger.handlers, logger.propagate = before


def result(state: str = "done", **facts: Any) -> FileResult:
    known: dict[str, Any] = {
        "event": EventId("E1"),
        "name": "a.pdf",
        "repeated": False,
        "outcome": None,
        "reason_code": None,
        "reason": None,
        "attempts": 1,
        "run_id": None,
    }
    return FileResult(state=state, **{**known, **facts})


def became(*states: str) -> dict[str, Any]:
    """The outcome of a flow whose documents ended in these states."""
    return {"documents": [{"name": f"{state}.pdf", "state": state, "reason": f"It is {state}."} for state in states]}


class Engine:
    """Stands in for the engine: notes what it was asked and answers with `results`."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Mapping[str, Any] | None, Path | None, bool]] = []
        self.results: list[FileResult] = []

    def run_once(
        self,
        config: object,
        flow: str,
        parameters: Mapping[str, Any] | None = None,
        folder: Path | None = None,
        *,
        dry_run: bool = False,
        on_progress: Any,
    ) -> list[FileResult]:
        self.asked.append((flow, parameters, folder, dry_run))
        on_progress(Progress(stage="running", total=3, settled=1, now="a.pdf"))
        return self.results


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    stand_in = Engine()
    monkeypatch.setattr(runs, "run_once", stand_in.run_once)
    return stand_in


def test_what_became_of_each_file_is_said_with_its_reason(kontorist: Kontorist, company: Path, engine: Engine) -> None:
    engine.results = [result(outcome=became("booked", "worklist")), result("retry", name="b.pdf", reason="No server.")]

    said = kontorist("run", "payables/invoice_intake", "-p", "folder=in/scan")

    assert said.code == 1
    assert [line.split(maxsplit=2) for line in said.stdout.splitlines()[1:]] == [
        ["booked.pdf", "booked", "It is booked."],
        ["worklist.pdf", "worklist", "It is worklist."],
        ["b.pdf", "retry", "No server."],
    ]


def test_documents_that_wait_for_people_are_no_failure_unless_one_asks(
    kontorist: Kontorist, company: Path, engine: Engine
) -> None:
    engine.results = [result(outcome=became("booked", "quarantined"))]

    assert kontorist("run", "payables/invoice_intake").code == 0
    assert kontorist("run", "payables/invoice_intake", "--exit-code").code == 4


def test_a_flow_that_writes_files_names_them(kontorist: Kontorist, company: Path, engine: Engine) -> None:
    outcome = {"documents": {"de": "D1"}, "files": ["var/reports/report-de.xlsx"]}
    engine.results = [result(name=None, outcome=outcome)]

    said = kontorist("run", "reporting/daily_report", "--exit-code")

    assert said.code == 0
    assert said.stdout.splitlines()[1].split() == ["E1", "done", "var/reports/report-de.xlsx"]


def test_a_second_run_says_that_it_was_before(kontorist: Kontorist, company: Path, engine: Engine) -> None:
    engine.results = [result(repeated=True, outcome=became("booked"))]

    assert "booked (before)" in kontorist("run", "payables/invoice_intake").stdout


def test_parameters_reach_the_flow_as_they_are_meant(kontorist: Kontorist, company: Path, engine: Engine) -> None:
    kontorist(
        "run", "x/y", "-p", "folder=in", "-p", "day=2026-11-03", "-p", "again=true", "-p", "limit=9.50", "--dry-run"
    )

    assert engine.asked == [("x/y", {"day": "2026-11-03", "again": True, "limit": "9.50"}, Path("in"), True)]


def test_a_dry_run_says_so(kontorist: Kontorist, company: Path, engine: Engine) -> None:
    said = kontorist("run", "x/y", "--dry-run")

    assert said.stdout == ""
    assert said.stderr == "There was nothing to do.\nThis was a dry run: nothing was kept, nothing was sent.\n"


def test_the_same_as_json(kontorist: Kontorist, company: Path, engine: Engine) -> None:
    engine.results = [result(outcome=became("booked"), effects=[{"key": "k", "kind": "letter", "state": "done"}])]

    said = kontorist("run", "x/y", "--json").json

    assert (said["schema_version"], said["flow"], said["dry_run"]) == (1, "x/y", False)
    assert said["results"][0]["outcome"] == became("booked")
    assert said["results"][0]["effects"] == [{"key": "k", "kind": "letter", "state": "done"}]


def test_a_parameter_without_value_is_wrong_usage(kontorist: Kontorist, company: Path, engine: Engine) -> None:
    assert kontorist("run", "x/y", "-p", "folder").code == 2


def test_an_unknown_flow_is_a_sentence_with_those_there_are(kontorist: Kontorist, company: Path) -> None:
    said = kontorist("run", "payables/invoce_intake")

    assert said.code == 3
    assert "payables/invoice_intake" in said.stderr


def test_status_of_a_resting_installation(kontorist: Kontorist, company: Path) -> None:
    said = kontorist("status")
    facts = kontorist("status", "--json").json

    assert said.code == 0
    assert "red (nothing runs; `kontorist up` starts)" in said.stdout
    assert (facts["running"], facts["inbox"]["new"]) == (False, 0)


def test_status_asks_for_a_person_only_when_one_wants_to_know(kontorist: Kontorist, company: Path) -> None:
    (company / "order.json").write_text("{}")
    kontorist("events", "emit", "order.created", "--data", "order.json")

    assert kontorist("status", "--exit-code").code == 0


FACTS: dict[str, Any] = {
    "light": "amber",
    "running": True,
    "parts": [{"name": "receiver", "state": "running", "since": "2026-11-03T08:00"}],
    "inbox": {"new": 2, "done": 0},
    "documents": {},
    "worklist": {"open": 1},
    "effects": {"unknown": 1},
    "oldest_open": "2026-11-03T07:59",
    "oldest_open_seconds": 3723.0,
    "backlog": 2,
    "alerts": [{"cause": "disk_low/var", "since": "2026-11-03T07:30", "times_told": 1, "reason": "1.2 GB are free."}],
    "prefect_reachable": False,
    "reserve": False,
    "restored": True,
    "sources": [
        {
            "name": "shop",
            "polled": False,
            "last_event": "2026-11-01T08:00",
            "waiting": 0,
            "failing_since": None,
            "silent": True,
            "silent_since": "2026-11-01T08:00",
        },
        {
            "name": "scanner",
            "polled": True,
            "last_event": None,
            "last_success": None,
            "waiting": 1,
            "lag_seconds": 4.2,
            "failing_since": "2026-11-03T07:00",
            "reason": "The share is away.",
            "silent": False,
        },
    ],
    "waiting_for": ["The mail server does not answer."],
    "unknown_effects": ["letter/1"],
    "schedules": [
        {
            "name": "report",
            "run": "reporting/daily_report",
            "planned": "2026-12-25T07:00",
            "runs_at": "2026-12-24T07:00",
            "moved_because": "25 Dec is Christmas Day; previous workday 24 Dec",
            "calendar": "nl",
        }
    ],
    "metrics": "http://127.0.0.1:8811/metrics",
    "versions": {"kontorist": "0.1.0"},
    "config": "abcdef0123456789",
}


def test_the_overview_names_what_runs_and_what_waits() -> None:
    rows = dict(running._overview(FACTS))

    assert rows["light"] == "amber"
    assert rows["  receiver"] == "running since 2026-11-03T08:00"
    assert (rows["inbox"], rows["documents"]) == ("2 new", "nothing")
    assert rows["backlog"] == "2 not done, the oldest 1 h 2 min old"
    assert rows["Prefect"] == "not reachable; events wait"
    assert rows["source shop"] == "last event 2026-11-01T08:00; SILENT since 2026-11-01T08:00"
    assert rows["source scanner"] == (
        "nothing has come yet; not read yet; 1 waiting, the oldest 4 s old; "
        "FAILS since 2026-11-03T07:00: The share is away."
    )
    assert rows["metrics"] == "http://127.0.0.1:8811/metrics"
    assert rows["alert"] == "disk_low/var since 2026-11-03T07:30: 1.2 GB are free."
    assert rows["waits for"] == "The mail server does not answer."
    assert rows["unknown effect"] == "letter/1 (`kontorist effects settle`)"
    why = "25 Dec is Christmas Day; previous workday 24 Dec"
    assert rows["next"] == f"2026-12-24T07:00 report (reporting/daily_report): {why}"


def test_up_says_where_it_listens_once_it_is_ready(
    kontorist: Kontorist, company: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def everything(config: object, *, on_ready: Any) -> None:
        on_ready({"receiver": "http://127.0.0.1:8810", "prefect": {"ui": "http://127.0.0.1:4200"}})

    monkeypatch.setattr(runs, "up", everything)
    monkeypatch.setattr(logging, "basicConfig", lambda **_: None)

    said = kontorist("up")

    assert said.code == 0
    assert said.stdout.startswith("Kontorist takes events at http://127.0.0.1:8810/hooks/NAME;")


def test_settings_of_this_run_reach_the_children_of_up(
    kontorist: Kontorist, company: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "up", lambda config, *, on_ready: None)
    monkeypatch.setattr(logging, "basicConfig", lambda **_: None)
    monkeypatch.delenv("KONTORIST_COMPANY__LANGUAGE", raising=False)
    variables: dict[str, str] = {}
    monkeypatch.setattr(running.os, "environ", variables)

    kontorist("--set", "company.language=de", "up")

    assert variables == {"KONTORIST_COMPANY__LANGUAGE": "de"}


def test_a_second_instance_on_the_folder_ends_with_five(
    kontorist: Kontorist, company: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken(config: object, *, on_ready: Any) -> None:
        raise AnotherInstance(place=str(company / "var"))

    monkeypatch.setattr(runs, "up", taken)
    monkeypatch.setattr(logging, "basicConfig", lambda **_: None)

    said = kontorist("up")

    assert said.code == 5
    assert said.stderr.startswith("KON-330: Another Kontorist is already running on this folder.")
