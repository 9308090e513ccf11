"""Files into the archive, events and cursor into the inbox together, and only then the source is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from types import SimpleNamespace
from typing import BinaryIO

import pytest

from kontorist.domain.errors import TransientError
from kontorist.domain.events import Blob, Event
from kontorist.domain.ports import Batch, CheckResult, Cursor, Refused
from kontorist.engine.intake import Intake
from kontorist.store import reserve
from kontorist.store.database import Store
from kontorist.store.errors import StoreFull
from kontorist.store.reserve import SIZE
from kontorist.testing.fakes import FakeSource, MemoryArchive

SOURCE = "/kontorist/folder/scanner"


def letter(number: int, content: bytes = b"%PDF-1.7", source: str = SOURCE) -> Event:
    blob = Blob(name="scan.pdf", media_type="application/pdf", open=lambda: BytesIO(content + str(number).encode()))
    return Event(id=f"scan-{number}", source=source, type="document.received", data={"size": 9}, blobs=(blob,))


def rows(store: Store) -> list[tuple[str, str]]:
    with store.read() as tx:
        return sorted((row.dedupe, row.state) for row in store.inbox.list(tx, limit=1000))


@pytest.fixture
def archive() -> MemoryArchive:
    return MemoryArchive()


def test_each_letter_is_archived_stored_and_then_filed_away(store: Store, archive: MemoryArchive) -> None:
    source = FakeSource([letter(1), letter(2)])

    assert Intake("scanner", source, store, archive).poll() == 2

    assert rows(store) == [("scan-1", "new"), ("scan-2", "new")]
    assert source.acknowledged == ["scan-1", "scan-2"]
    with store.read() as tx:
        documents = [row.body["data"]["documents"] for row in store.inbox.list(tx)]
    assert {one["id"] for kept in documents for one in kept} == set(archive.documents)
    assert set(documents[0][0]) == {"id", "sha256", "name", "media_type"}


def test_a_second_reading_stores_nothing_new_and_makes_up_for_the_filing(store: Store, archive: MemoryArchive) -> None:
    source = FakeSource([letter(1)])
    Intake("scanner", source, store, archive).poll()
    with store.write() as tx:
        store.inbox.set_cursor(tx, "scanner", {"after": 0})

    assert Intake("scanner", source, store, archive).poll() == 0

    assert rows(store) == [("scan-1", "new")]
    assert source.acknowledged == ["scan-1", "scan-1"]
    assert len(archive.documents) == 1


def test_more_letters_than_fit_into_one_reading_all_arrive(store: Store, archive: MemoryArchive) -> None:
    source = FakeSource([letter(number) for number in range(250)])

    assert Intake("scanner", source, store, archive).poll() == 250
    assert len(rows(store)) == 250


@dataclass
class BrokenArchive(MemoryArchive):
    """A disk that is full for one file."""

    refuses: bytes = b"2"

    def add(self, content: bytes, **more: str) -> object:  # type: ignore[override]  # a narrower stand-in
        if content.endswith(self.refuses):
            raise OSError(28, "No space left on device")
        return super().add(content, **more)  # type: ignore[arg-type]  # passed on as it came


def test_a_letter_the_archive_cannot_take_stays_where_it_is_and_the_others_go_on(store: Store) -> None:
    source = FakeSource([letter(1), letter(2), letter(3)])
    Intake("scanner", source, store, BrokenArchive()).poll()

    assert rows(store) == [("scan-1", "new"), ("scan-3", "new")]
    assert source.acknowledged == ["scan-1", "scan-3"]

    Intake("scanner", source, store, MemoryArchive()).poll()

    assert rows(store) == [("scan-1", "new"), ("scan-2", "new"), ("scan-3", "new")]


@dataclass
class OneReading:
    """A source that gives one batch, and cannot file one thing away."""

    batch: Batch
    stuck: str | None = None
    acknowledged: list[str] = field(default_factory=list)

    def check(self) -> list[CheckResult]:
        return []

    def read(self, cursor: Cursor | None, limit: int) -> Batch:
        return self.batch

    def ack(self, event: Event) -> None:
        if event.id == self.stuck:
            raise TransientError("The share is away.")
        self.acknowledged.append(event.id)


def test_what_cannot_be_taken_is_quarantined_with_its_reason_and_filed_away(
    store: Store, archive: MemoryArchive
) -> None:
    refused = Refused(event=letter(7), reason_code="too_large", reason="The file is larger than 50 MiB.")
    source = OneReading(Batch(events=[letter(1)], refused=[refused]))

    Intake("scanner", source, store, archive).poll()

    assert rows(store) == [("scan-1", "new"), ("scan-7", "quarantined")]
    assert source.acknowledged == ["scan-1", "scan-7"]
    assert len(archive.documents) == 1, "what was refused is not read"


def test_a_letter_that_cannot_be_filed_away_does_not_stop_the_others(store: Store, archive: MemoryArchive) -> None:
    source = OneReading(Batch(events=[letter(1), letter(2)]), stuck="scan-1")

    Intake("scanner", source, store, archive).poll()

    assert source.acknowledged == ["scan-2"]
    assert rows(store) == [("scan-1", "new"), ("scan-2", "new")]


def test_another_content_under_a_known_id_is_kept_for_a_person(store: Store, archive: MemoryArchive) -> None:
    Intake("scanner", OneReading(Batch(events=[letter(1)])), store, archive).poll()
    Intake("scanner", OneReading(Batch(events=[letter(1, b"%PDF-2.0")])), store, archive).poll()

    assert [state for _, state in rows(store)] == ["new", "quarantined"]


def test_the_cursor_is_stored_with_the_events_or_not_at_all(store: Store, archive: MemoryArchive) -> None:
    class Failing(Store):
        @contextmanager
        def write(self) -> Iterator[object]:  # type: ignore[override]  # a stand-in that fails at the commit
            with super().write() as tx:
                yield tx
                raise OSError(28, "No space left on device")

    source = FakeSource([letter(1)])
    failing = Failing(store._engine, store.file, store.clock, "this boot")
    with pytest.raises(StoreFull):
        Intake("scanner", source, failing, archive).poll()

    with store.read() as tx:
        assert store.inbox.cursor(tx, "scanner") is None
    assert rows(store) == []
    assert source.acknowledged == []


def test_two_files_of_one_name_in_one_message_are_two_documents(store: Store, archive: MemoryArchive) -> None:
    def opened(content: bytes) -> BinaryIO:
        return BytesIO(content)

    blobs = tuple(
        Blob(name="rechnung.pdf", media_type="application/pdf", open=lambda: opened(b"same")) for _ in range(2)
    )
    message = Event(id="mail-1", source=SOURCE, type="document.received", blobs=blobs)

    Intake("mailbox", OneReading(Batch(events=[message])), store, archive).poll()

    assert len(archive.documents) == 2


def test_while_there_is_only_room_for_records_nothing_is_fetched(
    store: Store, archive: MemoryArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = FakeSource([letter(1)])
    with monkeypatch.context() as full:
        store.reserve.give_up()
        full.setattr(reserve.shutil, "disk_usage", lambda _: SimpleNamespace(free=SIZE))
        with pytest.raises(StoreFull):
            Intake("scanner", source, store, archive).poll()
    assert archive.documents == {}

    assert Intake("scanner", source, store, archive).poll() == 1
