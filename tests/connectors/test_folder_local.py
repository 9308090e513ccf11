"""The drop folder: files are taken when they have settled, and moved only after they were stored."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.folder.local import FolderRefused, LocalFolder
from connectors.registry import ConnectorContext, build
from kontorist.domain.errors import TransientError
from kontorist.domain.events import Event
from kontorist.domain.ports import Batch, EventSource
from kontorist.testing.fakes import FakeClock, secrets, sentences

NOW = datetime(2024, 5, 6, 8, 0, tzinfo=UTC)


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    return folder


def folder(root: Path, clock: FakeClock | None = None, **settings: Any) -> LocalFolder:
    context = ConnectorContext(root=root, secret=secrets(), clock=clock or FakeClock(NOW))
    settings = {"path": "in", "document_type": "invoice"} | settings
    connector = build("folder/local", "scanner", settings, context)
    assert isinstance(connector, LocalFolder)
    return connector


def drop(inbox: Path, name: str, content: bytes = b"%PDF- an invoice", seconds_ago: float = 60) -> Path:
    file = inbox / name
    file.write_bytes(content)
    changed = NOW.timestamp() - seconds_ago
    os.utime(file, (changed, changed))
    return file


def names(batch: Batch) -> list[str]:
    return [event.data["name"] for event in batch.events]


def content(event: Event) -> bytes:
    with event.blobs[0].open() as file:
        return file.read()


def test_a_scanned_invoice_becomes_one_event_with_the_file(tmp_path: Path, inbox: Path) -> None:
    drop(inbox, "Müller.PDF", b"%PDF- 119,00")

    (event,) = folder(tmp_path, pattern="*.pdf").read(None, 10).events

    assert (event.source, event.type, event.subject) == ("/kontorist/folder/scanner", "document.received", "Müller.PDF")
    assert event.data == {"document_type": "invoice", "name": "Müller.PDF"}
    assert event.time == NOW - timedelta(seconds=60)
    assert (event.blobs[0].name, event.blobs[0].media_type) == ("Müller.PDF", "application/pdf")
    assert content(event) == b"%PDF- 119,00"
    json.dumps(event.envelope())


def test_the_folder_is_an_event_source(tmp_path: Path) -> None:
    assert isinstance(folder(tmp_path), EventSource)


def test_a_file_still_being_written_is_left_until_it_has_settled(tmp_path: Path, inbox: Path) -> None:
    clock = FakeClock(NOW)
    drop(inbox, "slow.pdf", seconds_ago=9)
    scanner = folder(tmp_path, clock, settle="10s")

    assert names(scanner.read(None, 10)) == []
    clock.advance(seconds=1)
    assert names(scanner.read(None, 10)) == ["slow.pdf"]


def test_a_finished_file_renamed_into_place_is_ready_at_once(tmp_path: Path, inbox: Path) -> None:
    part = drop(inbox, "invoice.pdf.part", seconds_ago=11)
    scanner = folder(tmp_path)
    assert names(scanner.read(None, 10)) == []

    part.rename(inbox / "invoice.pdf")

    assert names(scanner.read(None, 10)) == ["invoice.pdf"]


def test_a_file_with_a_time_from_the_future_is_taken_by_the_time_it_was_written_here(
    tmp_path: Path, inbox: Path
) -> None:
    clock = FakeClock(datetime.now(UTC))
    file = inbox / "from-another-machine.pdf"
    file.write_bytes(b"x")
    os.utime(file, (clock.now().timestamp() + 86400,) * 2)
    scanner = folder(tmp_path, clock)

    assert names(scanner.read(None, 10)) == []
    clock.advance(seconds=30)
    assert names(scanner.read(None, 10)) == ["from-another-machine.pdf"]


def test_a_file_written_in_the_future_by_both_clocks_waits_and_doctor_says_so(tmp_path: Path, inbox: Path) -> None:
    drop(inbox, "later.pdf", seconds_ago=-3600)  # and the real time of this machine lies long after NOW

    scanner = folder(tmp_path)

    assert names(scanner.read(None, 10)) == []
    assert any("changed in the future" in sentence for sentence in sentences(scanner.check()))


@pytest.mark.parametrize("name", [".hidden.pdf", "half.tmp", "half.PART", "~$book.xlsx", ".~lock.book.xlsx#"])
def test_working_files_of_other_programs_are_no_documents(tmp_path: Path, inbox: Path, name: str) -> None:
    drop(inbox, name)

    batch = folder(tmp_path).read(None, 10)

    assert (batch.events, batch.refused, batch.more) == ([], [], False)


def test_reading_twice_gives_the_same_events_and_changes_nothing(tmp_path: Path, inbox: Path) -> None:
    drop(inbox, "a.pdf")
    drop(inbox, "b.pdf", b"another")

    first, again = folder(tmp_path).read(None, 10), folder(tmp_path).read(None, 10)

    assert [event.envelope() for event in first.events] == [event.envelope() for event in again.events]
    assert sorted(os.listdir(inbox)) == ["a.pdf", "b.pdf"]


def test_the_same_name_with_other_content_is_another_event_and_the_same_file_is_the_same(
    tmp_path: Path, inbox: Path
) -> None:
    ids = []
    for text in (b"first", b"second", b"first"):
        drop(inbox, "invoice.pdf", text)
        (event,) = folder(tmp_path).read(None, 10).events
        ids.append(event.id)

    assert ids[0] == ids[2] != ids[1]


def test_the_key_of_a_known_file_never_changes(tmp_path: Path, inbox: Path) -> None:
    """A changed derivation would book everything that still lies there a second time: raise KEY_VERSION on purpose."""
    drop(inbox, "invoice.pdf", b"known")

    (event,) = folder(tmp_path).read(None, 10).events

    assert event.id == "3054320185399337e05b5aa91747543208381db99a1054b7ea9e584a03087820"


def test_a_long_folder_is_read_page_by_page_oldest_first_each_file_once(tmp_path: Path, inbox: Path) -> None:
    for number in range(25):
        drop(inbox, f"{number:02}.pdf", bytes([number]), seconds_ago=100 if number % 2 else 100 + number)
    scanner, seen, cursor = folder(tmp_path), [], None

    for _ in range(3):
        batch = scanner.read(cursor, 10)
        seen.append(names(batch))
        cursor = json.loads(json.dumps(batch.next_cursor))

    assert [len(page) for page in seen] == [10, 10, 5]
    assert len({name for page in seen for name in page}) == 25
    assert seen[0][0] == "24.pdf"
    assert not batch.more
    assert names(scanner.read(cursor, 10)) == seen[0], "at the end it begins again"


@pytest.mark.parametrize("cursor", [{}, {"after": "x"}, {"uid": 7}, {"after": [1, 2, 3]}, {"after": ["1", "a"]}])
def test_a_foreign_cursor_starts_again_and_loses_nothing(tmp_path: Path, inbox: Path, cursor: dict[str, Any]) -> None:
    drop(inbox, "a.pdf")

    assert names(folder(tmp_path).read(cursor, 10)) == ["a.pdf"]


def test_a_stored_file_moves_to_the_folder_of_the_day(tmp_path: Path, inbox: Path) -> None:
    drop(inbox, "a.pdf", b"bytes")
    scanner = folder(tmp_path)
    (event,) = scanner.read(None, 10).events

    scanner.ack(event)
    scanner.ack(event)

    assert (inbox / "done" / "2024-05-06" / "a.pdf").read_bytes() == b"bytes"
    assert scanner.read(None, 10).events == []


def test_filing_away_never_overwrites_what_lies_there(tmp_path: Path, inbox: Path) -> None:
    scanner = folder(tmp_path)
    for text in (b"one", b"two", b"two", b"three"):
        drop(inbox, "scan.pdf", text)
        (event,) = scanner.read(None, 10).events
        scanner.ack(event)

    filed = sorted(file.read_bytes() for file in (inbox / "done" / "2024-05-06").iterdir())
    assert filed == [b"one", b"three", b"two", b"two"]


def test_a_file_replaced_after_it_was_stored_is_not_moved_but_read(tmp_path: Path, inbox: Path) -> None:
    drop(inbox, "scan.pdf", b"one")
    scanner = folder(tmp_path)
    (event,) = scanner.read(None, 10).events
    drop(inbox, "scan.pdf", b"two")

    scanner.ack(event)

    assert [content(each) for each in scanner.read(None, 10).events] == [b"two"]


def test_a_file_replaced_in_the_very_moment_of_moving_comes_back(
    tmp_path: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(inbox, "scan.pdf", b"one")
    scanner = folder(tmp_path)
    (event,) = scanner.read(None, 10).events
    replace = os.replace

    def replaced_first(source: Path, target: Path) -> None:
        monkeypatch.setattr(os, "replace", replace)
        drop(inbox, "new", b"two")
        replace(inbox / "new", inbox / "scan.pdf")
        replace(source, target)

    monkeypatch.setattr(os, "replace", replaced_first)
    scanner.ack(event)

    assert [content(each) for each in scanner.read(None, 10).events] == [b"two"]


def test_a_file_replaced_between_reading_and_storing_is_not_stored_under_the_wrong_key(
    tmp_path: Path, inbox: Path
) -> None:
    drop(inbox, "scan.pdf", b"one")
    (event,) = folder(tmp_path).read(None, 10).events
    drop(inbox, "scan.pdf", b"two")

    with pytest.raises(TransientError, match="replaced while it was read"):
        event.blobs[0].open()

    (inbox / "scan.pdf").unlink()
    with pytest.raises(TransientError, match="cannot be read any more"):
        event.blobs[0].open()


def test_a_file_that_grows_while_it_is_read_waits_for_the_next_look(
    tmp_path: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(inbox, "growing.pdf")
    fstat = os.fstat

    def grown(descriptor: int) -> os.stat_result:
        (inbox / "growing.pdf").write_bytes(b"more")
        return fstat(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fstat", grown)
        batch = folder(tmp_path).read(None, 10)

    assert batch.events == []


HOSTILE = ["with\nnewline.pdf", "C:\\..\\evil.pdf", "ü" * 125 + ".pdf!", "=cmd|' C calc'!A0.pdf", "%2e%2e%2fx", "-rf"]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_only_labels(tmp_path: Path, inbox: Path, name: str) -> None:
    drop(inbox, name, b"first")
    scanner = folder(tmp_path)
    (event,) = scanner.read(None, 10).events
    assert event.data["name"] == name

    scanner.ack(event)
    drop(inbox, name, b"second")
    scanner.ack(scanner.read(None, 10).events[0])

    assert os.listdir(inbox) == ["done"]
    assert len(os.listdir(inbox / "done" / "2024-05-06")) == 2


def test_a_name_that_is_no_text_is_shown_with_escapes_and_still_moved(tmp_path: Path, inbox: Path) -> None:
    try:
        drop(inbox, os.fsdecode(b"caf\xe9.pdf"))
    except OSError:
        pytest.skip("this filesystem refuses names that are not UTF-8")
    scanner = folder(tmp_path)

    (event,) = scanner.read(None, 10).events
    scanner.ack(event)

    assert event.data["name"] == "caf\\xe9.pdf"
    assert os.listdir(inbox) == ["done"]


@pytest.mark.parametrize("name", ["../secret.pdf", "done", "..", ".", "", "a\0b", "in/../../secret.pdf"])
def test_an_event_cannot_make_us_move_other_files(tmp_path: Path, inbox: Path, name: str) -> None:
    (tmp_path / "secret.pdf").write_bytes(b"keep")
    (inbox / "done").mkdir()

    folder(tmp_path).ack(Event(id="x", source="s", type="document.received", data={"name": name}))

    assert (tmp_path / "secret.pdf").read_bytes() == b"keep"
    assert os.listdir(inbox) == ["done"]


def test_a_file_over_the_limit_is_refused_by_name_and_put_aside(tmp_path: Path, inbox: Path) -> None:
    drop(inbox, "film.pdf", b"x" * 1001, seconds_ago=90)
    drop(inbox, "invoice.pdf")
    scanner = folder(tmp_path, limit="1kB")

    batch = scanner.read(None, 10)
    (refused,) = batch.refused
    scanner.ack(refused.event)

    assert names(batch) == ["invoice.pdf"]
    assert (refused.reason_code, refused.event.blobs) == ("too_large", ())
    assert refused.reason == "film.pdf has 1001 bytes; 1000 are allowed."
    assert (inbox / "refused" / "2024-05-06" / "film.pdf").stat().st_size == 1001
    assert scanner.read(None, 10).refused == []


def test_a_link_out_of_the_folder_and_a_pipe_are_refused_not_followed(tmp_path: Path, inbox: Path) -> None:
    (tmp_path / "secret.txt").write_bytes(b"password")
    (inbox / "innocent.pdf").symlink_to(tmp_path / "secret.txt")
    os.mkfifo(inbox / "pipe.pdf")
    clock = FakeClock(datetime.now(UTC) + timedelta(minutes=1))

    scanner = folder(tmp_path, clock)
    batch = scanner.read(None, 10)
    for each in batch.refused:
        scanner.ack(each.event)

    assert batch.events == []
    assert {each.reason_code for each in batch.refused} == {"not_a_file"}
    assert len(batch.refused) == 2
    assert sorted(os.listdir(inbox)) == ["refused"]
    assert (tmp_path / "secret.txt").read_bytes() == b"password"


def test_a_file_swapped_for_a_link_before_it_is_stored_is_not_followed(tmp_path: Path, inbox: Path) -> None:
    (tmp_path / "secret.txt").write_bytes(b"%PDF- an invoice")
    drop(inbox, "a.pdf")
    scanner = folder(tmp_path)
    (event,) = scanner.read(None, 10).events
    (inbox / "a.pdf").unlink()
    (inbox / "a.pdf").symlink_to(tmp_path / "secret.txt")

    with pytest.raises(TransientError):
        event.blobs[0].open()
    scanner.ack(event)

    assert (inbox / "a.pdf").is_symlink()


def test_one_unreadable_file_is_a_finding_and_the_rest_goes_on(
    tmp_path: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(inbox, "bad-disk.pdf")
    drop(inbox, "good.pdf")
    real = os.open

    def failing(path: Any, flags: int, *rest: Any, **more: Any) -> int:  # root may read everything, so chmod is no test
        if str(path).endswith("bad-disk.pdf"):
            raise PermissionError(13, "Permission denied")
        return real(path, flags, *rest, **more)

    monkeypatch.setattr(os, "open", failing)
    batch = folder(tmp_path).read(None, 10)

    assert names(batch) == ["good.pdf"]
    assert [each.reason for each in batch.refused] == ["bad-disk.pdf cannot be read: Permission denied."]


def test_a_file_that_cannot_be_moved_does_not_stand_in_the_way_of_the_rest(tmp_path: Path, inbox: Path) -> None:
    for number in range(4):
        drop(inbox, f"{number}.pdf", bytes([number]))
    scanner, seen = folder(tmp_path), set()

    cursor = None
    for _ in range(2):  # nothing is acknowledged
        batch = scanner.read(cursor, 2)
        seen |= set(names(batch))
        cursor = batch.next_cursor

    assert seen == {"0.pdf", "1.pdf", "2.pdf", "3.pdf"}


def test_a_share_that_is_not_mounted_is_tried_again(tmp_path: Path) -> None:
    scanner = folder(tmp_path, path="not-mounted")

    with pytest.raises(TransientError, match="not there"):
        scanner.read(None, 10)
    assert sentences(scanner.check()) == [f"The folder {tmp_path / 'not-mounted'} is not there."]


def test_a_folder_that_may_not_be_read_or_cleared_is_for_the_operator(
    tmp_path: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(inbox, "a.pdf")
    scanner = folder(tmp_path)
    (event,) = scanner.read(None, 10).events

    def forbidden(*_: Any) -> Any:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", forbidden)
        with pytest.raises(FolderRefused, match="may not be moved"):
            scanner.ack(event)
    assert os.listdir(inbox / "done" / "2024-05-06") == [], "the name reserved is given back"
    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", forbidden)
        with pytest.raises(FolderRefused):
            scanner.read(None, 10)
    scanner.ack(event)
    assert os.listdir(inbox / "done" / "2024-05-06") == ["a.pdf"]


def test_a_full_disk_while_filing_away_is_tried_again_and_the_file_stays(
    tmp_path: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(inbox, "a.pdf")
    scanner = folder(tmp_path)
    (event,) = scanner.read(None, 10).events

    def full(*_: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(TransientError, match="No space left"):
        scanner.ack(event)
    assert (inbox / "a.pdf").exists()


def test_doctor_says_what_will_never_be_taken(tmp_path: Path, inbox: Path) -> None:
    drop(inbox, "letter.docx")
    drop(inbox, "invoice.pdf")
    scanner = folder(tmp_path, pattern="*.pdf")

    first, second = scanner.check()

    assert first.ok
    assert second.sentence == f"1 files in {inbox} are left alone, such as letter.docx."


def test_every_event_is_described_without_being_opened(tmp_path: Path, inbox: Path) -> None:
    for name in ("a.eml", "b.unknown", "c.XLSX"):
        drop(inbox, name, name.encode())

    kinds = [event.blobs[0].media_type for event in folder(tmp_path).read(None, 10).events]

    assert kinds[:2] == ["message/rfc822", "application/octet-stream"]
    assert kinds[2].endswith("spreadsheetml.sheet")


@pytest.mark.parametrize(
    "wrong",
    [{"settle": "10"}, {"settle": "soon"}, {"limit": "5 boxes"}, {"limit": 0}, {"emits": "Document"}, {"patern": "*"}],
)
def test_wrong_settings_are_refused(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        folder(tmp_path, **wrong)


def test_doctor_tries_the_rights_and_the_filesystem(
    tmp_path: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (inbox / "done").mkdir()
    scanner = folder(tmp_path)
    assert sentences(scanner.check()) == []

    with monkeypatch.context() as patch:
        patch.setattr(os, "access", lambda *_: False)
        assert sentences(scanner.check()) == [f"The folder {inbox} may not be read and written."]
    if Path("/proc").stat().st_dev != inbox.stat().st_dev:
        elsewhere = folder(tmp_path, done="/proc")
        assert sentences(elsewhere.check()) == ["/proc is on another filesystem."]


def test_a_share_that_breaks_while_it_is_listed_is_tried_again(
    tmp_path: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stale(*_: Any) -> Any:
        raise OSError(116, "Stale file handle")

    monkeypatch.setattr(os, "scandir", stale)
    with pytest.raises(TransientError, match="Stale file handle"):
        folder(tmp_path).read(None, 10)


def test_a_file_taken_away_while_it_is_looked_at_is_no_trouble(
    tmp_path: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(inbox, "a.pdf")
    drop(inbox, "b.pdf", b"other")
    scanner = folder(tmp_path)
    first, _ = scanner.read(None, 10).events
    real = os.open

    def taken_away(path: Any, flags: int, *rest: Any, **more: Any) -> int:
        Path(path).unlink(missing_ok=True)
        return real(path, flags, *rest, **more)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", taken_away)
        scanner.ack(first)
        batch = scanner.read(None, 10)

    assert (batch.events, batch.refused) == ([], [])


def test_somebody_else_moving_the_file_first_is_no_trouble(
    tmp_path: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(inbox, "a.pdf")
    scanner = folder(tmp_path)
    (event,) = scanner.read(None, 10).events

    def gone(*_: Any) -> Any:
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr(os, "replace", gone)
    scanner.ack(event)
    assert os.listdir(inbox / "done" / "2024-05-06") == []


def test_a_time_no_calendar_knows_is_left_out(tmp_path: Path, inbox: Path) -> None:
    file = drop(inbox, "old.pdf")
    try:
        os.utime(file, (-(10**12), -(10**12)))
    except (OSError, OverflowError):
        pytest.skip("this filesystem keeps no such time")

    (event,) = folder(tmp_path).read(None, 10).events

    assert event.time is None or event.time < NOW
