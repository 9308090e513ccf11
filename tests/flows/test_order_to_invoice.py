"""Orders through the flows as Prefect runs them, with a front office that is told what became of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kontorist.domain.approvals import Verdict
from kontorist.domain.ids import EventId
from kontorist.engine.prefect_bridge import Bridge
from kontorist.engine.prefect_server import PrefectServer
from kontorist.services import use_services
from kontorist.testing.documents.orders import order_of_a_stranger, order_workbook, sample_orders
from kontorist.testing.sales_office import SalesOffice, sales_office
from kontorist.testing.twins.callback_receiver import CallbackReceiver, callback_receiver

pytestmark = pytest.mark.prefect


@pytest.fixture(scope="module")
def shop() -> Iterator[CallbackReceiver]:
    with callback_receiver() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, shop: CallbackReceiver) -> Iterator[SalesOffice]:
    with sales_office(tmp_path_factory.mktemp("sales"), callback_url=shop.url) as office:
        shop.now = office.clock.now()
        yield office


@pytest.fixture(scope="module")
def bridge(prefect_server: PrefectServer, office: SalesOffice) -> Iterator[Bridge]:
    bridge = Bridge(prefect_server)
    with use_services(office.services):
        yield bridge
    bridge.close()


def run(bridge: Bridge, office: SalesOffice, event: EventId, *, attempt: int = 1) -> dict[str, Any]:
    """The outcome of the flow that the routes in force name for `event`."""
    with office.services.store.read() as tx:
        route = office.services.config.route_of(office.services.store.inbox.get(tx, event).event())
    assert route is not None
    outcome = bridge.run(route.run, parameters={"event": event}, key=f"test:{route.run}:{event}:{attempt}")
    assert isinstance(outcome, dict)
    return outcome


def states(outcome: dict[str, Any]) -> list[tuple[str, str]]:
    return [(order["number"], order["state"]) for order in outcome["orders"]]


def test_a_month_of_orders_is_invoiced_credited_mailed_and_answered(
    bridge: Bridge, office: SalesOffice, shop: CallbackReceiver
) -> None:
    events = [office.sends(each.type, each.data) for each in sample_orders()]
    expected = [("WEB-1001", "invoiced"), ("WEB-1002", "invoiced"), ("WEB-1003", "invoiced"), ("WEB-1002", "credited")]

    became = [each for event in events for each in states(run(bridge, office, event))]

    assert became == shop.told() == expected
    attached = [mail["attachments"][0]["name"] for mail in office.mails.done.values()]
    papers = dict.fromkeys(each.removesuffix(".pdf") for each in attached)
    assert len(papers) == 4
    assert list(papers)[-1] == "CN-00001"

    again = [each for event in events for each in states(run(bridge, office, event, attempt=2))]

    assert [number for number, _ in again] == [number for number, _ in expected]
    assert len(office.mails.done) == 4
    assert len(shop.deliveries) == 4


def test_an_order_of_a_stranger_waits_and_is_invoiced_by_the_flow_of_decisions(
    bridge: Bridge, office: SalesOffice, shop: CallbackReceiver
) -> None:
    order = order_of_a_stranger()
    outcome = run(bridge, office, office.sends(order.type, order.data))
    assert states(outcome) == [("WEB-1004", "waiting")]
    (item,) = outcome["orders"][0]["items"]
    office.services.worklist.correct(item, office.actor("anna"), {"customer": "10021"})
    office.services.worklist.decide(item, office.actor("joost"), Verdict.APPROVE)

    with office.services.store.read() as tx:
        granted = [row for row in office.services.store.inbox.list(tx) if row.type == "approval.granted"]
    (event,) = [row.id for row in granted if row.body["data"]["item"] == item]

    assert states(run(bridge, office, event)) == [("WEB-1004", "invoiced")]
    assert shop.told()[-1] == ("WEB-1004", "invoiced")


def test_a_workbook_goes_on_order_by_order(bridge: Bridge, office: SalesOffice) -> None:
    (file,) = run(bridge, office, office.drops(order_workbook()))["files"]

    assert (file["orders"], file["doubts"]) == (["AG-1", "AG-2", "AG-7", "NL-1"], 8)
    with office.services.store.read() as tx:
        rows = [row for row in office.services.store.inbox.list(tx) if row.body.get("subject") in file["orders"]]
    became = [state for row in rows for _, state in states(run(bridge, office, row.id))]
    assert sorted(became) == ["invoiced", "invoiced", "invoiced", "waiting"]
