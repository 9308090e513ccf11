"""kontorist schedule next: what comes, when, and why it was moved."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kontorist.cli.main import SETUP, USAGE
from kontorist.config import load
from kontorist.engine.status import next_dates, status
from kontorist.testing.fakes import FakeClock
from tests.cli.conftest import COMPANY, Kontorist

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "schedules.md"
SCHEDULES = """\
calendars:
  nl: {holidays: NL}
  bank: {holidays: TARGET2}
schedules:
  pay:      {run: reporting/daily_report, cron: "0 7 25 * *", calendar: bank, on_holiday: previous_workday}
  month:    {run: reporting/daily_report, cron: "0 6 * * *", only: {workday: 1}, calendar: nl}
  always:   {run: reporting/daily_report, cron: "0 7 25 * *"}
"""


@pytest.fixture
def planned(company: Path) -> Path:
    (company / "config.yaml").write_text(COMPANY + SCHEDULES, encoding="utf-8")
    return company


@pytest.mark.usefixtures("planned")
def test_the_next_dates_say_why_they_were_moved(kontorist: Kontorist) -> None:
    said = kontorist("schedule", "next", "-n", "4", "--from", "2026-12-01")

    assert said.code == 0
    assert [re.split(" {2,}", line) for line in said.stdout.splitlines()] == [
        ["name", "runs at", "planned", "calendar", "moved because"],
        ["month", "2026-12-01 06:00", "2026-12-01 06:00", "nl"],
        [
            "pay",
            "2026-12-24 07:00",
            "2026-12-25 07:00",
            "bank",
            "25 Dec is Christmas Day; previous workday 24 Dec",
        ],
        ["always", "2026-12-25 07:00", "2026-12-25 07:00"],
        ["month", "2027-01-04 06:00", "2027-01-04 06:00", "nl"],
    ]


@pytest.mark.usefixtures("planned")
def test_for_programs_the_dates_know_their_zone(kontorist: Kontorist) -> None:
    said = kontorist("schedule", "next", "pay", "-n", "1", "--from", "2026-12-01", "--json")

    assert said.json == {
        "schema_version": 1,
        "schedules": [
            {
                "name": "pay",
                "run": "reporting/daily_report",
                "planned": "2026-12-25T07:00:00+01:00",
                "runs_at": "2026-12-24T07:00:00+01:00",
                "moved_because": "25 Dec is Christmas Day; previous workday 24 Dec",
                "calendar": "bank",
            }
        ],
    }


@pytest.mark.usefixtures("planned")
def test_from_a_day_on_is_from_its_midnight_on(kontorist: Kontorist) -> None:
    config = Path("config.yaml")
    config.write_text(config.read_text().replace('"0 7 25', '"0 0 25'), encoding="utf-8")

    said = kontorist("schedule", "next", "always", "-n", "1", "--from", "2027-01-25", "--json")

    assert said.json["schedules"][0]["runs_at"] == "2027-01-25T00:00:00+01:00"


@pytest.mark.usefixtures("planned")
def test_without_a_day_it_begins_now_and_gives_ten(kontorist: Kontorist) -> None:
    rows = kontorist("schedule", "next", "--json").json["schedules"]

    assert len(rows) == 10
    assert datetime.fromisoformat(rows[0]["runs_at"]) > datetime.now(UTC)
    assert [row["runs_at"] for row in rows] == sorted(row["runs_at"] for row in rows)


@pytest.mark.usefixtures("planned")
def test_a_schedule_that_is_not_there_is_said_with_those_that_are(kontorist: Kontorist) -> None:
    said = kontorist("schedule", "next", "payday")

    assert said.code == USAGE
    assert "there are: pay, month, always" in " ".join(said.stderr.replace("│", " ").split())


@pytest.mark.usefixtures("company")
def test_where_nothing_is_planned_it_says_so(kontorist: Kontorist) -> None:
    said = kontorist("schedule", "next")

    assert (said.code, said.stdout, said.stderr) == (0, "", "Nothing is planned.\n")


def test_a_wrong_calendar_is_said_by_the_check_with_its_line(kontorist: Kontorist, planned: Path) -> None:
    (planned / "config.yaml").write_text((COMPANY + SCHEDULES).replace("calendar: bank", "calendar: banc"))

    said = kontorist("config", "check")

    assert said.code == SETUP
    assert 'config.yaml:12:73: schedules.pay.calendar: no calendar "banc"; did you mean "bank"?' in said.stderr


def test_the_overview_shows_the_day_it_runs_on(planned: Path) -> None:
    clock = FakeClock(datetime(2026, 12, 24, 5, 0, tzinfo=UTC))

    rows = status(load(planned), clock)["schedules"]

    assert [(row["name"], row["runs_at"][:10]) for row in rows[:2]] == [
        ("pay", "2026-12-24"),
        ("always", "2026-12-25"),
    ]
    assert len(rows) == 5


def test_the_page_of_schedules_shows_what_the_program_shows(kontorist: Kontorist, company: Path) -> None:
    """The example is a configuration that is right, and its answer is the real one."""
    example = re.findall("```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)[0]
    (company / "config.yaml").write_text(COMPANY + example, encoding="utf-8")
    command, answer = re.findall("```\n\\$ kontorist ([^\n]*)\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)[0]

    assert kontorist(*command.split()).stdout == answer
    config, since = load(company), datetime(2026, 12, 1, tzinfo=UTC)
    assert all(len(next_dates(config, since, 3, name)) == 3 for name in config.schedules)
