"""A month, or a part of it, that a second person has released."""

from __future__ import annotations

from typing import Any

from prefect import flow

from kontorist.domain.ids import EventId
from tasks import letters
from tasks import worklist as decisions
from tasks.payroll import steps


@flow(name="payroll release")
def release(event: EventId) -> dict[str, Any]:
    """The register is kept, the pay is booked once by cost centre, and everybody gets one protected payslip, once."""
    decided = decisions.decision_of(event)
    decisions.carry_out_granted(decided.granted)
    releases = steps.releases_of(decided.granted)
    steps.write_registers(releases)
    steps.write_payslips(releases)
    steps.settle(releases, event)
    steps.mail_payslips(releases)
    letters.send_letters(event)
    return steps.how_they_stand(steps.runs_of(decided.items))
