"""Who has to agree, and what does not count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from domain_office import APPROVER_THEN_CONTROLLER, ONE_APPROVER, PEOPLE, item, person, says
from hypothesis import given
from hypothesis import strategies as st

from kontorist.domain.approvals import (
    ApprovalPolicy,
    ApprovalRule,
    Decision,
    ItemChanged,
    ItemClosed,
    ItemState,
    NotAllowed,
    Step,
    Timeline,
    Verdict,
    WorkItem,
    check_decision,
    next_people,
    progress,
    with_two_people,
)
from kontorist.domain.ids import SYSTEM, PersonKey, WorkItemId

TWO_OF_THEM = (Step(any_of=("approver", "controller"), needed=2),)


def office_policy() -> ApprovalPolicy:
    return ApprovalPolicy(
        rules=(
            ApprovalRule(below=Decimal("250.00"), supplier_trusted=True, steps=()),
            ApprovalRule(below=Decimal("5000.00"), kind=("invoice", "credit_note"), steps=ONE_APPROVER),
            ApprovalRule(steps=APPROVER_THEN_CONTROLLER),
        )
    )


@pytest.mark.parametrize(
    ("amount", "trusted", "kind", "people"),
    [
        ("249.99", True, "invoice", 0),
        ("250.00", True, "invoice", 1),
        ("249.99", False, "invoice", 1),
        ("4999.99", True, "invoice", 1),
        ("5000.00", True, "invoice", 2),
        ("-9000.00", True, "credit_note", 2),
        ("-249.99", True, "credit_note", 0),
        ("300.00", True, "receipt", 2),
        (None, True, "invoice", 2),
    ],
)
def test_the_first_rule_that_matches_says_who_decides(
    amount: str | None, trusted: bool, kind: str, people: int
) -> None:
    asked = None if amount is None else Decimal(amount)

    steps = office_policy().steps_for(asked, supplier_trusted=trusted, kind=kind)

    assert sum(step.needed for step in steps) == people


def test_without_rules_everything_needs_an_approver() -> None:
    assert ApprovalPolicy().steps_for(Decimal(1), supplier_trusted=True, kind="invoice") == ONE_APPROVER


@pytest.mark.parametrize("steps", [(), ONE_APPROVER, APPROVER_THEN_CONTROLLER, TWO_OF_THEM])
def test_changed_bank_details_need_two_people_whatever_the_amount(steps: tuple[Step, ...]) -> None:
    assert sum(step.needed for step in with_two_people(steps)) == 2


def test_two_people_stay_of_the_role_that_one_needed() -> None:
    assert with_two_people(ONE_APPROVER) == (Step(any_of=("approver",), needed=2),)


@pytest.mark.parametrize("wrong", [{"needed": 0, "any_of": ("approver",)}, {"any_of": ()}])
def test_a_step_that_nobody_has_to_take_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="at least one person"):
        Step(**wrong)


def test_an_item_that_nobody_has_to_approve_is_none() -> None:
    with pytest.raises(ValueError, match="at least one approval step"):
        item(steps=())


def test_one_approver_is_enough_where_one_is_asked_for() -> None:
    done = progress(item(), [says("bert")], PEOPLE)

    assert done.complete
    assert (done.agreed, done.missing) == (("bert",), 0)


def test_one_person_with_both_roles_does_not_take_both_steps() -> None:
    waiting = item(steps=APPROVER_THEN_CONTROLLER)

    alone = progress(waiting, [says("carla"), says("carla")], PEOPLE)

    assert not alone.complete
    assert alone.step == APPROVER_THEN_CONTROLLER[1]
    assert progress(waiting, [says("carla"), says("dirk")], PEOPLE).complete


def test_a_controller_who_is_early_does_not_count_before_the_approver() -> None:
    waiting = item(steps=APPROVER_THEN_CONTROLLER)

    assert progress(waiting, [says("dirk"), says("bert")], PEOPLE).agreed == ("bert",)
    assert progress(waiting, [says("dirk"), says("bert"), says("dirk")], PEOPLE).complete


def test_two_approvals_need_two_people() -> None:
    waiting = item(steps=TWO_OF_THEM)

    assert progress(waiting, [says("bert"), says("bert")], PEOPLE).missing == 1
    assert progress(waiting, [says("bert"), says("dirk")], PEOPLE).complete


@pytest.mark.parametrize("change", [{"version": 2}, {"content_hash": "h2"}, {"id": WorkItemId("W2")}])
def test_what_was_said_about_another_version_content_or_item_does_not_count(change: dict[str, object]) -> None:
    waiting = item(**change)

    assert progress(waiting, [says("bert")], PEOPLE).agreed == ()
    with pytest.raises(ItemChanged):
        check_decision(waiting, says("bert"), [], PEOPLE)


def test_a_return_wipes_out_what_was_agreed_before_it() -> None:
    waiting = item(steps=TWO_OF_THEM)
    said = [says("bert"), says("dirk", Verdict.RETURN), says("carla")]

    assert progress(waiting, said, PEOPLE).agreed == ("carla",)
    assert progress(waiting, [*said, says("bert")], PEOPLE).complete


def test_a_postponement_changes_nothing_about_who_agreed() -> None:
    assert progress(item(steps=TWO_OF_THEM), [says("bert"), says("dirk", Verdict.POSTPONE)], PEOPLE).missing == 1


def test_who_corrected_an_invoice_does_not_approve_it() -> None:
    corrected = item(prepared_by=(SYSTEM, PersonKey("bert")))

    assert progress(corrected, [says("bert")], PEOPLE).agreed == ()
    with pytest.raises(NotAllowed, match="bert prepared or corrected this"):
        check_decision(corrected, says("bert"), [], PEOPLE)
    assert [each.person for each in next_people(corrected, [], PEOPLE)] == ["carla"]


def test_the_machine_never_approves_even_where_four_eyes_are_not_asked_for() -> None:
    people = PEOPLE | {SYSTEM: person("system", "approver")}
    waiting = item(four_eyes=False, prepared_by=(SYSTEM, PersonKey("bert")))

    assert not progress(waiting, [says("system")], people).complete
    with pytest.raises(NotAllowed):
        check_decision(waiting, says("system"), [], people)
    assert progress(waiting, [says("bert")], people).complete


@pytest.mark.parametrize(
    ("who", "verdict", "why"),
    [
        ("anna", Verdict.APPROVE, "needs the role approver"),
        ("eva", Verdict.APPROVE, "needs the role approver"),
        ("eva", Verdict.REJECT, "has no role"),
        ("nobody", Verdict.APPROVE, "not among the people"),
        ("nobody", Verdict.RETURN, "not among the people"),
    ],
)
def test_who_may_not_decide_is_told_why(who: str, verdict: Verdict, why: str) -> None:
    with pytest.raises(NotAllowed, match=why):
        check_decision(item(), says(who, verdict), [], PEOPLE)


def test_a_clerk_may_reject_and_a_preparer_may_take_back() -> None:
    check_decision(item(), says("anna", Verdict.REJECT), [], PEOPLE)
    check_decision(item(prepared_by=(PersonKey("eva"),)), says("eva", Verdict.RETURN), [], PEOPLE)


def test_approving_twice_is_refused_in_the_same_step_and_in_the_next() -> None:
    for steps in (TWO_OF_THEM, APPROVER_THEN_CONTROLLER):
        waiting = item(steps=steps)
        with pytest.raises(NotAllowed, match="carla has approved this already"):
            check_decision(waiting, says("carla"), [says("carla")], PEOPLE)


@pytest.mark.parametrize("state", [ItemState.APPROVED, ItemState.REJECTED])
@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_settled_item_stays_settled(state: ItemState, verdict: Verdict) -> None:
    with pytest.raises(ItemClosed, match=f"already {state.value}"):
        check_decision(item(state=state), says("bert", verdict), [], PEOPLE)


def test_when_everybody_has_agreed_nothing_is_left_to_say() -> None:
    with pytest.raises(ItemClosed, match="everybody has agreed"):
        check_decision(item(), says("carla"), [says("bert")], PEOPLE)
    assert next_people(item(), [says("bert")], PEOPLE) == []


def test_a_returned_item_may_still_be_approved_once_the_question_is_answered() -> None:
    returned = item(state=ItemState.RETURNED)

    check_decision(returned, says("bert"), [says("carla", Verdict.RETURN)], PEOPLE)


def test_the_next_people_are_those_of_the_open_step() -> None:
    waiting = item(steps=APPROVER_THEN_CONTROLLER)

    assert [each.person for each in next_people(waiting, [], PEOPLE)] == ["bert", "carla"]
    assert [each.person for each in next_people(waiting, [says("carla")], PEOPLE)] == ["dirk"]


def test_a_timeline_keeps_what_was_said_with_the_item() -> None:
    assert Timeline(item=item()).decisions == ()


# Random histories: whatever is said in whatever order, nothing completes without enough different people.

ROLES = ("approver", "controller", "clerk", "auditor")
STEPS = st.lists(
    st.builds(
        Step,
        any_of=st.lists(st.sampled_from(ROLES), min_size=1, max_size=2, unique=True).map(tuple),
        needed=st.integers(1, 2),
    ),
    min_size=1,
    max_size=3,
).map(tuple)
NAMES = [PersonKey(each) for each in ("a", "b", "c", "d", "e", "system", "stranger")]
OFFICES = st.fixed_dictionaries(
    {name: st.frozensets(st.sampled_from(ROLES)).map(lambda roles: person("x", *roles)) for name in NAMES[:-1]}
)


@st.composite
def histories(draw: st.DrawFn) -> tuple[WorkItem, list[Decision]]:
    waiting = item(
        steps=draw(STEPS),
        version=draw(st.integers(1, 2)),
        prepared_by=(SYSTEM, *draw(st.lists(st.sampled_from(NAMES), max_size=2))),
    )
    said = st.builds(
        Decision,
        item=st.sampled_from([waiting.id, waiting.id, WorkItemId("W9")]),
        version=st.integers(1, 2),
        content_hash=st.sampled_from(["h1", "h1", "h2"]),
        person=st.sampled_from(NAMES),
        verdict=st.sampled_from([Verdict.APPROVE] * 6 + list(Verdict)),
        time=st.just(says("a").time),
    )
    return waiting, draw(st.lists(said, max_size=14))


def accepted(waiting: WorkItem, said: list[Decision], people: dict[PersonKey, object]) -> list[Decision]:
    """The history as the product writes it: what does not count is refused, and refused things are not stored."""
    kept: list[Decision] = []
    for each in said:
        try:
            check_decision(waiting, each, kept, people)
        except (NotAllowed, ItemChanged, ItemClosed):
            continue
        kept.append(each)
    return kept


def as_written(waiting: WorkItem, said: list[Decision], people: dict[PersonKey, object]) -> list[Decision]:
    return said


@pytest.mark.parametrize("stored", [as_written, accepted])
@given(history=histories(), people=OFFICES)
def test_no_history_completes_without_enough_different_people_of_the_right_roles(
    stored: Callable[..., list[Decision]], history: tuple[WorkItem, list[Decision]], people: dict[PersonKey, object]
) -> None:
    waiting, said = history[0], stored(*history, people)

    done = progress(waiting, said, people)

    assert len(set(done.agreed)) == len(done.agreed)
    assert set(done.agreed).isdisjoint({*waiting.prepared_by, "system", "stranger"})
    assert done.complete == (len(done.agreed) == sum(step.needed for step in waiting.steps))
    spoken = {
        each.person
        for each in said
        if each.verdict is Verdict.APPROVE
        and (each.item, each.version, each.content_hash) == (waiting.id, waiting.version, "h1")
    }
    assert set(done.agreed) <= spoken
    places = [step for step in waiting.steps for _ in range(step.needed)]
    for who, step in zip(done.agreed, places, strict=False):
        assert people[who].roles & set(step.any_of)


@given(history=histories(), people=OFFICES)
def test_a_change_since_voids_every_approval(
    history: tuple[WorkItem, list[Decision]], people: dict[PersonKey, object]
) -> None:
    waiting, said = history

    for changed in (replace(waiting, version=3), replace(waiting, content_hash="h3")):
        assert progress(changed, said, people).agreed == ()


@given(history=histories(), people=OFFICES)
def test_who_is_asked_next_is_who_is_allowed(
    history: tuple[WorkItem, list[Decision]], people: dict[PersonKey, object]
) -> None:
    waiting, said = history
    asked = {id(each) for each in next_people(waiting, said, people)}

    for name, actor in people.items():
        try:
            check_decision(waiting, says(name, about=waiting), said, people)
        except (NotAllowed, ItemClosed):
            assert id(actor) not in asked
        else:
            assert id(actor) in asked
