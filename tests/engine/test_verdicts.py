"""What becomes of an event whose flow failed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kontorist.domain.errors import (
    BusinessError,
    LeaseLost,
    NeedsAPerson,
    OutsideFailed,
    SetupWrong,
    TransientError,
    UncertainOutcome,
)
from kontorist.engine.prefect_bridge import PrefectAway
from kontorist.engine.verdicts import GoneOn, Stop, TryAgain, Verdict, verdict


def after(error: Exception, attempt: int = 1) -> Verdict:
    return verdict(error, attempt, 4, lambda: 1.0)


def test_what_needs_a_person_and_escaped_the_flow_is_quarantined() -> None:
    assert after(NeedsAPerson("The total is not the sum.")) == Stop(
        reason_code="KON-100", reason="The total is not the sum."
    )
    assert isinstance(after(BusinessError("unknown_party")), Stop)


def test_what_failed_outside_is_tried_later_and_later_and_then_stops() -> None:
    answers = [after(OutsideFailed("The archive is busy."), attempt) for attempt in (1, 2, 3, 4)]

    assert [one.after for one in answers if isinstance(one, TryAgain)] == [
        timedelta(minutes=1),
        timedelta(minutes=5),
        timedelta(minutes=30),
    ]
    assert answers[3] == Stop(reason_code="too_many_attempts", reason="Tried 4 times. Last: The archive is busy.")


def test_the_other_side_may_name_the_time() -> None:
    answer = after(TransientError("Later.", retry_after=90))

    assert isinstance(answer, TryAgain)
    assert answer.after == timedelta(seconds=90)


@pytest.mark.parametrize("error", [SetupWrong("No sender is set."), PrefectAway()])
def test_our_own_faults_never_use_an_event_up(error: Exception) -> None:
    assert isinstance(after(error, attempt=99), TryAgain)


def test_an_uncertain_outcome_is_tried_again_because_the_ledger_looks_before_it_acts() -> None:
    assert isinstance(after(UncertainOutcome()), TryAgain)


def test_a_fault_of_the_program_shows_its_kind_and_not_its_text() -> None:
    answer = after(ValueError("salary 5,300.00 of A. Jansen"))

    assert isinstance(answer, TryAgain)
    assert answer.reason_code == "application_fault"
    assert answer.reason == "The flow failed with ValueError; the worker's log has the details."


def test_who_has_been_overtaken_writes_nothing() -> None:
    assert after(LeaseLost(), attempt=99) == GoneOn()
