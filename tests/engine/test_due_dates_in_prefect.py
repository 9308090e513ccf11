"""Each due date leads to one run that Prefect shows, with the planned time among its parameters."""

from __future__ import annotations

import base64
import json
import sys
import types
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.calendars.public_holidays import Region, calendar_of
from kontorist.engine.dispatcher import Dispatcher
from kontorist.engine.leases import Leases
from kontorist.engine.prefect_bridge import Bridge
from kontorist.engine.prefect_server import PrefectServer
from kontorist.engine.router import Router
from kontorist.engine.schedules import Schedule, ScheduleClock
from kontorist.engine.sources import SCHEDULE
from kontorist.store.database import Store
from kontorist.testing.fakes import FakeClock

pytestmark = [pytest.mark.prefect, pytest.mark.timeout(180)]

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NL = calendar_of("nl", Region(holidays="NL"))
SCHEDULES = (
    Schedule(name="payday", run="clock/remember", cron="0 7 25 * *", calendar=NL, on_holiday="previous_workday"),
    Schedule(name="night", run="clock/remember", cron="30 2 * * *", misfire="run_all"),
    Schedule(name="ultimo", run="clock/remember", cron="0 8 * * *", calendar=NL, workday=-1),
)


@pytest.fixture(scope="module")
def bridge(prefect_server: PrefectServer) -> Iterator[Bridge]:
    """With a flow that a schedule can start."""
    from prefect import flow

    @flow(name="clock remember")
    def remember(event: str, schedule: str, planned: str) -> dict[str, Any]:
        """Say what was planned."""
        return {"schedule": schedule, "planned": planned}

    module = types.ModuleType("flows.clock.remember")
    module.__dict__["remember"] = remember
    sys.modules[module.__name__] = module
    bridge = Bridge(prefect_server)
    yield bridge
    bridge.close()
    del sys.modules[module.__name__]


def at(text: str) -> datetime:
    """A moment in Amsterdam."""
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM)


def shown(server: PrefectServer, tags: list[str]) -> list[dict[str, Any]]:
    """The runs under these tags, by Prefect's own API."""
    body = json.dumps({"flow_runs": {"tags": {"all_": tags}}}).encode()
    request = urllib.request.Request(server.api + "/flow_runs/filter", body, method="POST")
    request.add_header("content-type", "application/json")
    request.add_header("authorization", "Basic " + base64.b64encode(server.auth.encode()).decode())
    with urllib.request.urlopen(request, timeout=10) as answer:
        found: list[dict[str, Any]] = json.load(answer)
        return found


def test_each_due_date_leads_to_one_run_that_prefect_shows(bridge: Bridge, store: Store, clock: FakeClock) -> None:
    """Over Christmas, at the year's end, and over the night on which 02:30 does not exist; two clocks look."""
    for since, until in (
        ("2026-12-23 12:00", "2026-12-25 12:00"),
        ("2026-12-31 00:00", "2026-12-31 12:00"),
        ("2027-03-27 12:00", "2027-03-28 12:00"),
    ):
        with store.write() as tx:
            for schedule in SCHEDULES:
                store.inbox.set_cursor(tx, SCHEDULE + schedule.name, {"until": at(since).isoformat()})
        clock.set(at(until))
        for _ in range(2):
            ScheduleClock(store, SCHEDULES, AMSTERDAM).step()

    dispatcher = Dispatcher(store, Router([]), bridge, Leases(store))
    while dispatcher.step():
        pass

    with store.read() as tx:
        rows = [row for row in store.inbox.list(tx) if row.state == "done"]
    runs = [(row, shown(bridge.server, [f"inbox:{row.id}"])) for row in rows]
    assert [len(found) for _, found in runs] == [1] * len(rows)
    assert {found[0]["state_name"] for _, found in runs} == {"Completed"}
    told = sorted((found[0]["parameters"]["schedule"], found[0]["parameters"]["planned"]) for _, found in runs)
    assert told == [
        ("night", "2026-12-24T02:30:00+01:00"),
        ("night", "2026-12-25T02:30:00+01:00"),
        ("night", "2026-12-31T02:30:00+01:00"),
        ("night", "2027-03-28T03:00:00+02:00"),  # 02:30 does not exist
        ("payday", "2026-12-25T07:00:00+01:00"),  # ran on the 24th
        ("ultimo", "2026-12-31T08:00:00+01:00"),
    ]
    ran = {row.source.rpartition("/")[2]: row.event().time for row in rows}
    assert ran["payday"] == datetime(2026, 12, 24, 6, 0, tzinfo=UTC)
