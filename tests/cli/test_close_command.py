"""`kontorist close`: whether a month can be closed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kontorist.domain.ids import EventId
from kontorist.engine.runs import FileResult
from tests.cli.conftest import Kontorist


def result(state: str, **outcome: Any) -> FileResult:
    return FileResult(
        event=EventId("E1"), name=None, state=state, repeated=False, outcome=outcome or None, reason_code=None,
        reason=None if outcome else "The archive is damaged.", attempts=1, run_id=None,
    )  # fmt: skip


def test_a_month_that_misses_something_says_what_and_who_has_it(company: Path, kontorist: Kontorist) -> None:
    said = kontorist("close", "2026-10", "--explain")

    assert said.code == 1
    assert said.stdout.startswith("2026-10 is not complete: 1 thing is missing.")
    assert "bank_file" in said.stdout
    assert "anna" in said.stdout


def test_a_month_that_misses_nothing_is_complete(company: Path, kontorist: Kontorist) -> None:
    (company / "bank.xml").write_text("<Document/>")
    kontorist("archive", "add", "--class", "bank_statement", "--date", "2026-10-31", "bank.xml")

    said = kontorist("close", "2026-10", "--explain", "--json")

    assert said.code == 0
    assert said.json["ready"]
    assert said.json["checks"]["bank_file"] == {"ok": True, "missing": 0}
    assert kontorist("close", "2026-09", "--explain", "--json").json["missing"][0]["who"] == ["anna"]


def test_explaining_writes_nothing(company: Path, kontorist: Kontorist) -> None:
    kontorist("close", "2026-10", "--explain")

    assert not (company / "var" / "reports").exists()
    assert kontorist("archive", "find", "--class", "report", "--json").json["hits"] == []


@pytest.mark.parametrize("period", ["october", "2026-13", "2026"])
def test_what_is_not_a_month_is_wrong_usage(company: Path, kontorist: Kontorist, period: str) -> None:
    said = kontorist("close", period, "--explain")

    assert said.code == 2
    assert "is not a month of the books" in said.stderr


def test_without_explain_the_flow_runs_and_its_answer_is_told(
    company: Path, kontorist: Kontorist, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    outcome = {"ready": False, "missing": [{}, {}], "pack": 3, "files": ["var/reports/month-end-2026-10-en.xlsx"]}

    def run_once(config: object, flow: str, parameters: object, *rest: object, **more: object) -> list[FileResult]:
        asked.append((flow, parameters))
        return [result("done", **outcome)]

    monkeypatch.setattr("kontorist.engine.runs.run_once", run_once)

    said = kontorist("close", "2026-10")

    assert asked == [("closing/month_end", {"period": "2026-10"})]
    assert said.code == 1
    assert said.stdout.splitlines() == [
        "2026-10 is not complete: 2 things are missing.",
        "Pack 3: var/reports/month-end-2026-10-en.xlsx",
    ]
    outcome |= {"ready": True, "missing": []}
    assert kontorist("close", "2026-10", "--json").json["pack"] == 3
    assert kontorist("close", "2026-10").code == 0


def test_a_run_that_failed_is_told_with_its_reason(
    company: Path, kontorist: Kontorist, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kontorist.engine.runs.run_once", lambda *rest, **more: [result("quarantined")])

    said = kontorist("close", "2026-10")

    assert (said.code, said.stdout.strip()) == (1, "quarantined: The archive is damaged.")
