"""The worklist and the figures of the whole store."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from store_office import OfficeClock, accept, claim, letter

from kontorist.domain.approvals import Decision, ItemChanged, ItemState, Step, Verdict, WorkItem
from kontorist.domain.events import content_hash
from kontorist.domain.ids import PersonKey, WorkItemId
from kontorist.store.database import Store
from kontorist.store.errors import NotInStore

ANNA = PersonKey("anna")


def item(number: int = 1, *, gross: str = "119.00", **rest: object) -> WorkItem:
    content = {"gross": gross, "supplier": "Müller & Söhne"}
    facts: dict[str, object] = {"kind": "invoice_review", "created": OfficeClock().now()} | rest
    return WorkItem(
        id=WorkItemId(f"W{number}"),
        subject=f"D{number}",
        title="Invoice 2026-117 of Muster GmbH",
        reasons=("The total is not the sum of its lines.",),
        codes=("KON-TOTAL",),
        content=content,
        content_hash=content_hash(content),
        steps=(Step(any_of=("approver", "controller"), needed=2),),
        due=date(2026, 3, 9),
        postponed_until=date(2026, 3, 4),
        **facts,  # type: ignore[arg-type]
    )


def said(about: WorkItem, verdict: Verdict = Verdict.APPROVE) -> Decision:
    return Decision(
        item=about.id,
        version=about.version,
        content_hash=about.content_hash,
        person=ANNA,
        verdict=verdict,
        time=OfficeClock().now(),
        note="looks right",
    )


def add(store: Store, *items: WorkItem) -> None:
    with store.write() as tx:
        for each in items:
            store.worklist.add(tx, each)


def test_an_item_is_read_back_as_it_was_put_there(store: Store) -> None:
    add(store, item(prepared_by=(PersonKey("system"), ANNA)))

    with store.read() as tx:
        assert store.worklist.get(tx, WorkItemId("W1")) == item(prepared_by=(PersonKey("system"), ANNA))


def test_a_repeated_flow_does_not_undo_what_a_person_corrected(store: Store) -> None:
    add(store, item())
    corrected = replace(item(gross="120.00"), version=2, prepared_by=(ANNA,))
    with store.write() as tx:
        store.worklist.replace(tx, corrected, expected_version=1)

    with store.write() as tx:
        assert store.worklist.add(tx, item()) == corrected


def test_two_people_who_correct_the_same_item_do_not_overwrite_each_other(store: Store) -> None:
    add(store, item())
    with store.write() as tx:
        store.worklist.replace(tx, replace(item(gross="120.00"), version=2), expected_version=1)

    with pytest.raises(ItemChanged, match="version 1"), store.write() as tx:
        store.worklist.replace(tx, replace(item(gross="121.00"), version=2), expected_version=1)


def test_decisions_are_kept_in_order(store: Store) -> None:
    add(store, item())
    decisions = (said(item(), Verdict.POSTPONE), said(item()))
    with store.write() as tx:
        for each in decisions:
            store.worklist.decide(tx, each)

    with store.read() as tx:
        timeline = store.worklist.timeline(tx, WorkItemId("W1"))
    assert timeline.item == item()
    assert timeline.decisions == decisions


def test_a_decision_about_what_was_shown_before_the_change_is_refused(store: Store) -> None:
    add(store, item())
    with store.write() as tx:
        store.worklist.replace(tx, replace(item(gross="9000.00"), version=2), expected_version=1)

    with pytest.raises(ItemChanged, match="changed since it was shown"), store.write() as tx:
        store.worklist.decide(tx, said(item()))
    with pytest.raises(ItemChanged), store.write() as tx:
        store.worklist.decide(tx, replace(said(item()), version=2))


@pytest.mark.parametrize("statement", ["UPDATE decision SET verdict = 'approve'", "DELETE FROM decision"])
def test_nobody_changes_what_was_said(store: Store, statement: str) -> None:
    add(store, item())
    with store.write() as tx:
        store.worklist.decide(tx, said(item(), Verdict.REJECT))

    with pytest.raises(IntegrityError, match="what was written stays"), store.write() as tx:
        tx.execute(text(statement))


def test_the_list_shows_what_is_not_settled_and_can_be_narrowed(store: Store) -> None:
    add(
        store,
        item(1),
        item(2, state=ItemState.RETURNED, owner=ANNA),
        item(3, state=ItemState.APPROVED),
        item(4, kind="duplicate"),
    )

    def found(**wanted: object) -> list[str]:
        with store.read() as tx:
            return [each.id for each in store.worklist.list(tx, **wanted)]  # type: ignore[arg-type]

    assert found() == ["W1", "W2", "W4"]
    assert found(states=None) == ["W1", "W2", "W3", "W4"]
    assert found(subject="D1") == ["W1"]
    assert found(owner=ANNA) == ["W2"]
    assert found(kind="duplicate") == ["W4"]
    assert found(limit=1) == ["W1"]


def test_an_unknown_item_is_a_sentence(store: Store) -> None:
    with pytest.raises(NotInStore, match="W9"), store.read() as tx:
        store.worklist.get(tx, WorkItemId("W9"))


def test_the_status_counts_what_waits_who_works_and_what_stands_still(store: Store, clock: OfficeClock) -> None:
    add(store, item())
    accept(store, letter(1), letter(2), letter(3))
    accept(store, letter(4), state="quarantined", reason_code="unreadable", reason="Not JSON.")
    claim(store, "anna", limit=1)
    clock.passes(20)
    claim(store, "bert", limit=1)
    with store.write() as tx:
        store.effects.plan(tx, key="mail-1", kind="mail", request={})
        begun = store.effects.begin(tx, store.effects.get(tx, "mail-1"), 60.0)
        store.effects.unknown(tx, begun, "KON-120", "No answer.")

    with store.read() as tx:
        status = store.status(tx)

    assert status.inbox == {"new": 1, "claimed": 2, "retry": 0, "quarantined": 1, "done": 0}
    assert status.worklist == {"open": 1, "returned": 0, "approved": 0, "rejected": 0}
    assert status.documents["booked"] == 0
    assert status.effects["unknown"] == 1
    assert status.unknown_effects == ("mail-1",)
    assert status.oldest_open_seconds == 20
    assert [(each.owner, each.events, each.seconds_left) for each in status.leases] == [
        ("anna", 1, -5.0),
        ("bert", 1, 15.0),
    ]
    assert status.data()["oldest_open"] == "2026-03-02T08:00:00+00:00"


def test_an_empty_store_has_nothing_open(store: Store) -> None:
    with store.read() as tx:
        assert store.status(tx).data()["oldest_open_seconds"] is None


def test_a_lease_of_another_start_of_the_machine_has_expired(store: Store, clock: OfficeClock) -> None:
    accept(store, letter())
    claim(store)

    with Store.open(f"sqlite:///{store.file}", clock=clock, boot="tuesday") as after_reboot, after_reboot.read() as tx:
        assert after_reboot.status(tx).leases[0].seconds_left < 0
