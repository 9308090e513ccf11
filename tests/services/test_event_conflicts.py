"""What becomes of the other content of a known id when a person has decided."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from kontorist.domain.approvals import Verdict
from kontorist.domain.events import Event
from kontorist.domain.ids import EventId, PersonKey, WorkItemId
from kontorist.engine.taking_in import accept
from kontorist.engine.writer import Arrival
from kontorist.services.carriers import NothingToCorrect
from kontorist.testing.office import Office


def held(office: Office) -> tuple[WorkItemId, EventId]:
    """Two contents of one order; gives the question and the held event."""
    store = office.services.store
    for total in ("100.00", "1000.00"):
        event = Event(id="1", source="/kontorist/webhook/shop", type="order.created", data={"total": total})
        with store.write() as tx:
            taken = accept(store, tx, Arrival(event=event, raw_hash=total, on_conflict="hold"))
    with store.read() as tx:
        (item,) = [each for each in store.worklist.list(tx) if each.subject == taken.id]
    return item.id, taken.id


def decided(office: Office, verdict: Verdict) -> tuple[str, object]:
    """What has become of the held event."""
    item, event = held(office)
    office.services.worklist.decide(item, office.actor("anna"), verdict, note="asked the shop")
    office.services.worklist.carry_out(item)
    office.services.worklist.carry_out(item)
    with office.services.store.read() as tx:
        row = office.services.store.inbox.get(tx, event)
    return row.state, row.outcome


def test_an_approved_one_goes_its_way_too(office: Office) -> None:
    assert decided(office, Verdict.APPROVE) == ("new", None)


def test_a_rejected_one_is_put_away_with_who_and_why(office: Office) -> None:
    assert decided(office, Verdict.REJECT) == ("done", {"rejected_by": PersonKey("anna"), "reason": "asked the shop"})


def test_a_released_one_that_was_worked_on_is_not_released_again(office: Office) -> None:
    item, event = held(office)
    office.services.worklist.decide(item, office.actor("anna"), Verdict.APPROVE)
    office.services.worklist.carry_out(item)
    store = office.services.store
    with store.write() as tx:
        (claim,) = [
            each
            for each in store.inbox.claim(tx, owner="w", now=datetime(2100, 1, 1, tzinfo=UTC), limit=10)
            if each.event_id == event
        ]
        store.inbox.quarantine(tx, claim, "KON-180", "The order has no lines.")
    office.services.worklist.carry_out(item)

    with store.read() as tx:
        assert store.inbox.get(tx, event).reason_code == "KON-180"


def test_what_somebody_sent_is_not_corrected(office: Office) -> None:
    item, event = held(office)
    with pytest.raises(NothingToCorrect):
        office.services.worklist.correct(item, office.actor("anna"), {"total": "1.00"})
    assert office.services.worklist.show(item)[1].cause == event


def test_who_can_decide_is_written_to_once_in_their_language(office: Office) -> None:
    item, event = held(office)
    assert office.services.conflict_notices.tell() == 1
    assert office.services.conflict_notices.tell() == 0, "once, however often one looks"
    with office.services.store.read() as tx:
        planned = office.services.store.effects.list(tx, cause=event)
    office.services.letters.send_planned(event)

    deciders = {actor.email for actor in office.people.values() if {"clerk", "approver", "controller"} & actor.roles}
    assert {each.request["to"][0] for each in planned} == deciders - {None}
    assert len(office.sink.calls) == len(planned)
    (german,) = [each.request for each in planned if "Nachrichtennummer" in each.request["text"]]
    assert german["subject"].startswith("Entscheiden: Two contents of one")
    assert f"kontorist worklist show {item}" in german["text"]


def test_a_conflict_that_was_decided_before_anybody_looked_is_no_news(office: Office) -> None:
    item, _ = held(office)
    office.services.worklist.decide(item, office.actor("anna"), Verdict.REJECT, note="asked the shop")

    assert office.services.conflict_notices.tell() == 0


def test_where_nobody_has_an_address_nothing_is_written_again_and_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    held(office)
    monkeypatch.setattr(office.services.desk, "people", {})

    assert office.services.conflict_notices.tell() == 0
