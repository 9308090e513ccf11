"""Orders through the flows as Prefect runs them, with a front office that is told what became of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kontorist.domain.approvals import Verdict
from kontorist.domain.ids import EventId
from kontorist.engine.prefect_bridge import Bridge, PrefectServer
from kontorist.services import use_services
from kontorist.testing.documents.orders import sample_orders
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


def run(bridge: Bridge, office: SalesOffice, event: EventId) -> list[dict[str, object]]:
    """What became of the orders of `event`, by the flow that the routes in force name."""
    with office.services.store.read() as tx:
        route = office.services.config.route_of(office.services.store.inbox.get(tx, event).event())
    assert route is not None
    outcome = bridge.run(route.run, parameters={"event": event}, key=f"test:{route.run}:{event}")
    assert isinstance(outcome, dict)
    orders: list[dict[str, object]] = outcome["orders"]
    return orders


def test_a_month_of_orders_is_invoiced_credited_mailed_and_answered(
    bridge: Bridge, office: SalesOffice, shop: CallbackReceiver
) -> None:
    became = [run(bridge, office, office.sends(each.type, each.data)) for each in sample_orders()]

    assert [(order["number"], order["state"]) for (order,) in became] == [
        ("WEB-1001", "invoiced"), ("WEB-1002", "invoiced"), ("WEB-1003", "invoiced"), ("WEB-1002", "credited"),
    ]  # fmt: skip
    assert shop.told() == [
        ("WEB-1001", "invoiced"), ("WEB-1002", "invoiced"), ("WEB-1003", "invoiced"), ("WEB-1002", "credited"),
    ]  # fmt: skip
    assert [mail["attachments"][0]["name"] for mail in office.mails.done.values()] == [
        "2026-00001.pdf", "2026-00002.pdf", "2026-00003.pdf", "CN-00001.pdf",
    ]  # fmt: skip


def test_an_order_that_waited_for_people_is_invoiced_by_the_flow_of_decisions(
    bridge: Bridge, office: SalesOffice, shop: CallbackReceiver
) -> None:
    order = sample_orders()[0].data | {"order_number": "WEB-2001", "customer": {"name": "De Lantarn"}}
    (waiting,) = run(bridge, office, office.sends("order.created", order))
    assert waiting["state"] == "waiting"
    (item,) = office.services.worklist.items()
    office.services.worklist.correct(item.id, office.actor("anna"), {"customer": "10021"})
    office.services.worklist.decide(item.id, office.actor("joost"), Verdict.APPROVE)

    with office.services.store.read() as tx:
        granted = next(row.id for row in office.services.store.inbox.list(tx) if row.type == "approval.granted")
    (became,) = run(bridge, office, granted)

    assert (became["state"], became["papers"]) == ("invoiced", ["2026-00004"])
    assert shop.told()[-1] == ("WEB-2001", "invoiced")
