"""The flows as Prefect runs them: in this process, visible under their deployment."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kontorist.domain.approvals import Verdict
from kontorist.domain.events import Event
from kontorist.domain.ids import EventId
from kontorist.engine.prefect_bridge import Bridge, PrefectServer
from kontorist.services import use_services
from kontorist.testing.documents.mails import Enclosed, supplier_mail
from kontorist.testing.office import TODAY, Office

pytestmark = pytest.mark.prefect


@pytest.fixture(scope="module")
def bridge(prefect_server: PrefectServer, office: Office) -> Iterator[Bridge]:
    bridge = Bridge(prefect_server)
    with use_services(office.services):
        yield bridge
    bridge.close()


def run(bridge: Bridge, flow: str, event: EventId, **parameters: object) -> dict[str, object]:
    outcome = bridge.run(flow, parameters={"event": event, **parameters}, key=f"test:{flow}:{event}")
    assert isinstance(outcome, dict)
    return outcome


def test_an_invoice_is_read_checked_and_booked(bridge: Bridge, office: Office) -> None:
    outcome = run(bridge, "payables/invoice_intake", office.receives("papierhaus-lindner.pdf"))

    (document,) = outcome["documents"]  # type: ignore[misc]  # a list in the outcome's plain data
    assert (document["name"], document["state"]) == ("papierhaus-lindner.pdf", "booked")


def test_the_invoice_in_a_mail_is_booked(bridge: Bridge, office: Office) -> None:
    mail = supplier_mail(Enclosed.of(office.post["koffiebranderij-de-zwaan.pdf"].file))
    event = office.receives_mail(mail, "koffie.eml")

    outcome = run(bridge, "payables/invoice_intake", event)

    (document,) = outcome["documents"]  # type: ignore[misc]  # a list in the outcome's plain data
    assert (document["name"], document["state"]) == ("koffiebranderij-de-zwaan.pdf", "booked")


def test_what_people_agreed_to_is_booked_by_the_next_flow(bridge: Bridge, office: Office) -> None:
    run(bridge, "payables/invoice_intake", office.receives("drukkerij-brochures.pdf"))
    (item,) = office.services.worklist.items()

    for name in ("joost", "carla"):
        office.services.worklist.decide(item.id, office.actor(name), Verdict.APPROVE)
    outcome = run(bridge, "payables/approval", newest(office, "approval.granted"))

    assert [each["state"] for each in outcome["documents"]] == ["booked"]  # type: ignore[attr-defined]


def test_the_day_is_reported_once_with_the_figures_of_the_books(bridge: Bridge, office: Office) -> None:
    event = requested(office, "report-1")

    outcome = run(bridge, "reporting/daily_report", event, day=TODAY.isoformat())
    again = bridge.run(
        "reporting/daily_report", parameters={"event": event, "day": TODAY.isoformat()}, key="test:report:again"
    )

    assert outcome == again
    assert outcome["day"] == TODAY.isoformat()
    assert sorted(outcome["documents"]) == ["de", "en"]  # type: ignore[call-overload]  # one workbook a language
    reports = [action for key, action in office.sink.done.items() if "daily_report" in key]
    assert sorted(action["to"][0] for action in reports) == ["anna@example.org", "carla@example.org"]
    assert all(action["attachments"][0]["name"].endswith(".xlsx") for action in reports)


def newest(office: Office, kind: str) -> EventId:
    with office.services.store.read() as tx:
        return next(row.id for row in office.services.store.inbox.list(tx) if row.type == kind)


def requested(office: Office, identity: str) -> EventId:
    event = Event(id=identity, source="/test/run", type="run.requested")
    with office.services.store.write() as tx:
        return office.services.store.inbox.accept(tx, event, raw_hash=identity).id
