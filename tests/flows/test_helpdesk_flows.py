"""The flows of the helpdesk as Prefect runs them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kontorist.config import load
from kontorist.domain.events import Event, content_hash
from kontorist.domain.ids import EventId
from kontorist.engine.prefect_bridge import Bridge
from kontorist.engine.prefect_server import PrefectServer
from kontorist.services import Services, open_services, use_services
from kontorist.testing.fakes import FakeClock, RecordingSink
from kontorist.testing.office import CONFIG
from kontorist.testing.tickets import HELPDESK, sample_tickets

pytestmark = pytest.mark.prefect


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    (tmp_path / "config.yaml").write_text(CONFIG + HELPDESK, encoding="utf-8")
    with open_services(load(tmp_path), clock=FakeClock(datetime(2026, 5, 20, 8, 0, tzinfo=UTC))) as services:
        yield services


@pytest.fixture
def bridge(prefect_server: PrefectServer, services: Services) -> Iterator[Bridge]:
    bridge = Bridge(prefect_server)
    with use_services(services):
        yield bridge
    bridge.close()


def test_a_ticket_is_triaged_and_when_late_its_owner_is_reminded(bridge: Bridge, services: Services) -> None:
    sink = RecordingSink()
    services.letters.carried_by(sink)
    body = sample_tickets()[0]
    heard = accepted(services, Event(id="msg-1", source="/test/helpdesk", type=body["type"], data=body["data"]))

    triaged = bridge.run("helpdesk/ticket_triage", parameters={"event": heard}, key="test:triage")
    assert isinstance(services.clock, FakeClock)
    services.clock.advance(timedelta(hours=5))
    due = accepted(services, Event(id="r1", source="/test/clock", type="schedule.due"))
    late = bridge.run("helpdesk/overdue", parameters={"event": due, "schedule": "helpdesk"}, key="test:late")
    again = bridge.run("helpdesk/overdue", parameters={"event": due, "schedule": "helpdesk"}, key="test:late:again")
    due = accepted(services, Event(id="r2", source="/test/clock", type="schedule.due"))
    after = bridge.run("helpdesk/overdue", parameters={"event": due, "schedule": "helpdesk"}, key="test:late:after")

    assert [each["category"] for each in triaged["tickets"]] == ["reminder"]
    assert late == again == triaged
    assert after == {"tickets": []}
    assert sorted(key.split("/")[1] for key in sink.calls) == ["ticket_overdue", "ticket_received", "work_waiting"]


def accepted(services: Services, event: Event) -> EventId:
    with services.store.write() as tx:
        return services.store.inbox.accept(tx, event, raw_hash=content_hash(dict(event.data))).id
