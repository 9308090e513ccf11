"""Payments, payroll and the clock ask the same services for their calendars."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from kontorist.config import load
from kontorist.config.models import CalendarUnknown
from kontorist.engine.worker import schedules_of
from kontorist.services import open_services

OFFICE = """\
version: 1
company: {name: Kontor Beispiel B.V., country: NL}
calendars: {bank: {holidays: TARGET2}}
schedules:
  report: {run: reporting/daily_report, cron: "0 7 * * *", only: {ultimo: 2}, calendar: bank}
"""


def test_a_payment_is_put_off_to_the_next_bank_day(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(OFFICE, encoding="utf-8")
    with open_services(load(tmp_path)) as services:
        assert services.calendar("bank").next_workday(date(2026, 12, 25)) == date(2026, 12, 28)
        with pytest.raises(CalendarUnknown):
            services.calendar("nl")


def test_the_clock_goes_by_the_calendar_of_the_same_name(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(OFFICE, encoding="utf-8")

    (schedule,) = schedules_of(load(tmp_path))

    assert schedule.calendar is not None
    assert (schedule.calendar.name, schedule.workday, schedule.on_holiday) == ("bank", -3, "run")
