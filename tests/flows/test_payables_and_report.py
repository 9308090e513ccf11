"""The flows as Prefect runs them: in this process, visible under their deployment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kontorist.archive import DocumentArchive
from kontorist.domain.approvals import Verdict
from kontorist.domain.events import Event
from kontorist.domain.ids import EventId
from kontorist.engine.prefect_bridge import Bridge
from kontorist.engine.prefect_server import PrefectServer
from kontorist.services import use_services
from kontorist.testing.documents.letters import sample_letters
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


def test_a_booked_invoice_is_found_by_its_words(bridge: Bridge, office: Office) -> None:
    archive = office.services.archive
    assert isinstance(archive, DocumentArchive)

    assert [hit.title for hit in archive.find("Lindner", document_class="invoice").hits]


def test_a_paper_that_nothing_else_takes_is_filed_and_the_others_wait(
    bridge: Bridge, office: Office, tmp_path: Path
) -> None:
    papers = sample_letters(tmp_path, today=TODAY)
    outcomes = [run(bridge, "documents/archiving", office.receives_file(paper.file)) for paper in papers]

    states = [document["state"] for each in outcomes for document in each["documents"]]  # type: ignore[attr-defined]
    assert states == ["filed" if paper.document_type else "worklist" for paper in papers]
    for item in office.services.worklist.items():
        office.services.worklist.decide(item.id, office.actor("joost"), Verdict.REJECT, note="thrown away")
        run(bridge, "worklist/decision", newest(office, "approval.refused"))
    assert office.services.worklist.items() == []


def test_an_entry_is_taken_back_by_the_flow_of_decisions(bridge: Bridge, office: Office) -> None:
    item = office.services.reversals.ask(1, office.actor("anna"), reason="wrong", afterwards="rejected")
    office.services.worklist.decide(item.id, office.actor("joost"), Verdict.APPROVE)

    outcome = run(bridge, "worklist/decision", newest(office, "approval.granted"))

    assert outcome == {"items": [office.services.worklist.summary(item.id)]}
    assert office.services.tracing.trace("E1")["entries"][0]["reversed_by"] is not None


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
