"""Which events may share a flow run."""

from __future__ import annotations

import pytest

from kontorist.domain.routing import carries_money


@pytest.mark.parametrize(
    ("event", "flow"),
    [
        ("document.received", "payables/invoice_intake"),
        ("order.created", "receivables/order_to_invoice"),
        ("payroll.sheet_received", "payroll/payroll_run"),
        ("bank.statement_imported", "banking/reconciliation"),
        ("schedule.due", "closing/month_end"),
        ("approval.granted", "office/note"),
        ("payment.ordered", "office/note"),
        ("payroll.sheet_received", "office/note"),
    ],
)
def test_money_pay_and_decisions_have_a_run_of_their_own(event: str, flow: str) -> None:
    assert carries_money(event, flow)


@pytest.mark.parametrize(
    ("event", "flow"),
    [("reading.taken", "plant/note_reading"), ("document.received", "documents/archiving"), ("paid.ad", "worklists/x")],
)
def test_what_only_looks_alike_may_share_one(event: str, flow: str) -> None:
    assert not carries_money(event, flow)
