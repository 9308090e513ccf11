"""Which event starts which flow, and why the others do not."""

from __future__ import annotations

from typing import Any

import pytest

from kontorist.domain.events import Event
from kontorist.engine.router import Route, Router
from kontorist.engine.sources import RUN, parameters_of

ROUTES = Router(
    [
        Route(on="document.received", condition={"document_type": "invoice"}, run="payables/invoice_intake"),
        Route(on="document.received", run="documents/archiving"),
        Route(on="ticket.created", condition={"group": ["Billing", "Accounts"]}, run="helpdesk/ticket_triage"),
        Route(
            on="order.created", condition={"customer.country": "NL", "paid": True}, run="receivables/order_to_invoice"
        ),
    ]
)


def event(kind: str, source: str = "/kontorist/folder/scanner", **data: Any) -> Event:
    return Event(id="1", source=source, type=kind, subject="S-1", data=data)


def flow_of(one: Event) -> str | None:
    route = ROUTES.route(one)
    return route.run if route else None


def test_the_first_route_that_fits_takes_the_event() -> None:
    assert flow_of(event("document.received", document_type="invoice")) == "payables/invoice_intake"
    assert flow_of(event("document.received", document_type="letter")) == "documents/archiving"
    assert flow_of(event("document.received")) == "documents/archiving"


@pytest.mark.parametrize("group", ["Billing", "Accounts"])
def test_a_list_means_any_of(group: str) -> None:
    assert flow_of(event("ticket.created", group=group)) == "helpdesk/ticket_triage"


def test_what_no_route_takes_is_left_over() -> None:
    assert flow_of(event("ticket.created", group="Sales")) is None
    assert flow_of(event("payroll.sheet_received")) is None


def test_a_filter_looks_inside_and_tells_true_from_one() -> None:
    assert flow_of(event("order.created", customer={"country": "NL"}, paid=True))
    assert flow_of(event("order.created", customer={"country": "NL"}, paid=1)) is None
    assert flow_of(event("order.created", customer="NL", paid=True)) is None


def test_source_and_subject_can_be_asked_for() -> None:
    router = Router([Route(on="a.b", condition={"source": "/kontorist/folder/scanner", "subject": "S-1"}, run="x/y")])

    assert router.route(event("a.b")) is not None
    assert router.route(event("a.b", source="/kontorist/folder/other")) is None


def test_the_answer_says_why_the_others_do_not_take_it() -> None:
    said = ROUTES.explain(event("ticket.created", group="Sales"))

    assert [one.reason for one in said] == [
        "It is for document.received, and this is ticket.created.",
        "It is for document.received, and this is ticket.created.",
        'group is "Sales", not one of "Billing", "Accounts".',
        "It is for order.created, and this is ticket.created.",
    ]


def test_the_explanation_ends_with_the_route_that_takes_it() -> None:
    said = ROUTES.explain(event("document.received"))

    assert [(one.route.run, one.fits) for one in said] == [
        ("payables/invoice_intake", False),
        ("documents/archiving", True),
    ]
    assert said[0].reason == 'document_type is missing, not "invoice".'


def test_our_own_events_name_their_flow_and_its_parameters() -> None:
    own = event("run.requested", RUN, run="reporting/daily_report", parameters={"day": "2026-11-02"})

    assert flow_of(own) == "reporting/daily_report"
    assert parameters_of(own) == {"day": "2026-11-02"}


def test_nobody_outside_can_name_a_flow_or_its_parameters() -> None:
    forged = event("run.requested", run="payables/payment_run", parameters={"approve": True})

    assert flow_of(forged) is None
    assert parameters_of(forged) == {}
