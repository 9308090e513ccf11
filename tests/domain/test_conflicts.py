"""Two contents under one id: what a person is shown."""

from __future__ import annotations

from datetime import UTC, datetime

from kontorist.domain.conflicts import conflict_item
from kontorist.domain.events import Event, content_hash
from kontorist.domain.ids import EventId

NOW = datetime(2026, 5, 18, 10, 0, tzinfo=UTC)


def test_both_contents_are_shown_and_the_decision_is_bound_to_them() -> None:
    first = Event(id="1", source="/kontorist/webhook/shop", type="order.created", subject="WEB-1", data={"total": "1"})
    other = Event(id="1", source="/kontorist/webhook/shop", type="order.created", subject="WEB-1", data={"total": "9"})
    item = conflict_item(first, other, known_id=EventId("E1"), held_id=EventId("E2"), now=NOW)

    assert item.title == "Two contents of one message from shop about WEB-1"
    assert (item.content["known"], item.content["arrived"]) == ({"total": "1"}, {"total": "9"})
    assert item.content_hash == content_hash(item.content)
    assert item.subject == "E2"


def test_what_payroll_says_is_not_shown() -> None:
    event = Event(id="1", source="/kontorist/webhook/bureau", type="payroll.results_sent", data={"gross": "3100.00"})
    item = conflict_item(event, event, known_id=EventId("E1"), held_id=EventId("E2"), now=NOW)

    assert "3100" not in repr(item)
    assert item.title == "Two contents of one message from bureau"
