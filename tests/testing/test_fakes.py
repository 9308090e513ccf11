"""The stand-ins satisfy the ports they stand in for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kontorist.domain.errors import TransientError, UncertainOutcome
from kontorist.domain.events import Event
from kontorist.domain.ids import SYSTEM
from kontorist.domain.ports import ActionSink, Archive, Clock, EventSource, Identity
from kontorist.testing.fakes import FakeClock, FakeIdentity, FakeSource, MemoryArchive, RecordingSink, sentences


def test_time_goes_on_only_when_told() -> None:
    clock = FakeClock(datetime(2024, 5, 6, tzinfo=UTC))
    the_port: Clock = clock

    clock.advance(minutes=5)
    clock.advance(timedelta(seconds=1))
    assert the_port.now() == datetime(2024, 5, 6, 0, 5, 1, tzinfo=UTC)
    assert the_port.monotonic() == 1301
    clock.set(datetime(2024, 1, 1, tzinfo=UTC))
    assert (the_port.now().month, the_port.monotonic()) == (1, 1301), "somebody set the clock back"
    with pytest.raises(ValueError, match="zone"):
        FakeClock(datetime(2024, 5, 6))  # noqa: DTZ001 - the case under test


def test_somebody_is_at_the_keyboard() -> None:
    somebody: Identity = FakeIdentity("carla")
    assert somebody.login() == "carla"


def test_a_source_gives_its_events_page_by_page() -> None:
    source = FakeSource([Event(id=str(number), source="s", type="t.t") for number in range(3)])
    assert isinstance(source, EventSource)

    first = source.read(None, 2)
    second = source.read(first.next_cursor, 2)
    source.ack(first.events[0])

    assert [event.id for event in (*first.events, *second.events)] == ["0", "1", "2"]
    assert (first.more, second.more) == (True, False)
    assert source.acknowledged == ["0"]
    assert sentences(source.check()) == []


def test_a_sink_remembers_and_fails_as_told_before_or_after_the_act() -> None:
    sink = RecordingSink(troubles=[TransientError()])
    assert isinstance(sink, ActionSink)
    with pytest.raises(TransientError):
        sink.apply({"to": "a"}, "k1")
    assert sink.find("k1") is None
    sink.apply({"to": "a"}, "k1")
    assert sink.find("k1") is not None
    assert sentences(sink.check()) == []

    late = RecordingSink(troubles=[UncertainOutcome()], acts_first=True)
    with pytest.raises(UncertainOutcome):
        late.apply({"to": "a"}, "k1")
    assert (late.done, late.calls) == ({"k1": {"to": "a"}}, ["k1"])


def test_the_archive_keeps_one_record_a_receipt_and_knows_the_same_bytes_again() -> None:
    memory = MemoryArchive()
    archive: Archive = memory

    def receive(source_id: str, content: bytes = b"%PDF") -> tuple[str, str]:
        record = archive.add(
            content, name="a.pdf", media_type="application/pdf", source="s", source_id=source_id, actor=SYSTEM
        )
        return record.id, record.status

    first, again, other = receive("1"), receive("1"), receive("2")

    assert (first[1], again[1], other[1]) == ("archived", "already", "duplicate")
    assert first[0] == again[0] != other[0]
    ids = list(memory.documents)
    assert archive.content(ids[1]) == b"%PDF"
    assert archive.get(ids[1]).duplicate_of == ids[0]
    archive.link(ids[0], "voucher", "J1", actor=SYSTEM)
    assert memory.links == [(ids[0], "voucher", "J1")]
