"""Full disks, missing rights, busy neighbours: a clear sentence, nothing half done, and later it works."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import sqlite3
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from kontorist.archive import (
    ArchiveBusy,
    DiskFull,
    DocumentArchive,
    FolderNotWritable,
    Incoming,
    WriterStopped,
    disk,
    lock,
    schema,
)
from kontorist.archive.disk import SyncFailed
from kontorist.domain.ids import PersonKey
from kontorist.testing.fakes import FakeClock
from tests.archive.office import FOLDER, Work, bring, log_lines, receipt, told

NOBODY = 65534


def files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("archive.db")}


@pytest.mark.faults
@pytest.mark.parametrize("largest", [2_000, 6_000, 20_000, 100_000])
def test_on_a_full_disk_nothing_is_half_done_and_later_it_is(largest: int, work: Work, tmp_path: Path) -> None:
    """The limit on file sizes meets the object, the log or the database, whichever comes first."""
    folder = tmp_path / "archive"

    assert work(folder, kind="try_to_add", largest_file=largest) == 0

    answers = told(folder).read_text().split()
    assert answers[0] == "KON-250"
    assert {answer for answer in answers if not answer.startswith("D")} == {"KON-250"}
    archive = DocumentArchive(folder, clock=FakeClock())
    assert archive.verify(full=True).findings == ()
    assert work(folder, kind="try_to_add") == 0
    later = told(folder).read_text().split()
    assert [now for before, now in zip(answers, later, strict=True) if before.startswith("D")] == [
        answer for answer in answers if answer.startswith("D")
    ]
    assert len(log_lines(folder)) == len(set(later)) == 41
    assert archive.verify(full=True).ok
    archive.close()


@pytest.mark.parametrize("step", ["stage.write", "stage.sync", "place.link", "place.sync", "log.write", "log.sync"])
def test_a_failed_batch_leaves_no_trace(
    archive: DocumentArchive, folder: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    bring(archive, b"invoice 1", "1")
    before, lines = files(folder), log_lines(folder)
    monkeypatch.setenv("KONTORIST_FAILPOINTS", f"archive.{step}.after=enospc")

    with pytest.raises(DiskFull, match="disk of the archive is full"):
        bring(archive, b"invoice 2", "2")

    assert (files(folder), log_lines(folder)) == (before, lines)
    monkeypatch.delenv("KONTORIST_FAILPOINTS")
    assert bring(archive, b"invoice 2", "2").status == "archived"
    assert archive.verify(full=True).ok


def test_a_failure_after_the_log_was_written_is_made_good_by_the_repetition(
    archive: DocumentArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KONTORIST_FAILPOINTS", "archive.projection.commit.before=enospc")
    with pytest.raises(DiskFull):
        bring(archive, b"invoice", "1")
    monkeypatch.delenv("KONTORIST_FAILPOINTS")

    assert bring(archive, b"invoice", "1").status == "already"
    assert archive.verify(full=True).ok


def test_after_a_failed_sync_this_process_writes_no_more_and_the_next_one_does(
    archive: DocumentArchive, folder: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kernel that is asked again says yes, though it has thrown the bytes away."""
    bring(archive, b"invoice 1", "1")

    def fail(descriptor: int) -> None:
        raise SyncFailed(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patch:
        patch.setattr(disk, "sync_descriptor", fail)
        with pytest.raises(WriterStopped, match="did not confirm"):
            bring(archive, b"invoice 2", "2")
    with pytest.raises(WriterStopped):
        bring(archive, b"invoice 2", "2")

    with_a_new_start = DocumentArchive(folder, clock=clock)
    assert bring(with_a_new_start, b"invoice 2", "2").status == "archived"
    assert with_a_new_start.verify(full=True).ok
    with_a_new_start.close()


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that another user can reach."""
    folder = Path(tempfile.mkdtemp(prefix="kontorist-test-"))
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.faults
@pytest.mark.skipif(os.geteuid() != 0, reason="absent: the right to become another user")
def test_a_folder_without_the_right_to_write_is_named(work: Work, public_folder: Path) -> None:
    folder = public_folder / "archive"
    archive = DocumentArchive(folder, clock=FakeClock())
    bring(archive, b"invoice", "1")
    archive.close()
    before = files(folder)

    assert work(folder, kind="try_to_add", user=NOBODY) == 0

    assert set(told(folder).read_text().split()) == {"KON-350"}
    assert files(folder) == before


def test_a_folder_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")

    with pytest.raises(FolderNotWritable, match="folder of the archive cannot be written to") as raised:
        bring(DocumentArchive(tmp_path / "file" / "archive", clock=FakeClock()), b"invoice", "1")
    assert raised.value.place == str(tmp_path / "file" / "archive")


@pytest.mark.faults
def test_two_processes_bring_the_same_document_fifty_times_each(work: Work, tmp_path: Path) -> None:
    folder = tmp_path / "archive"

    assert work(folder, kind="the_same_document", processes=2) == 0

    assert Counter(told(folder).read_text().split()) == {"archived": 1, "already": 99}
    assert len(log_lines(folder)) == 1


def test_the_lock_is_free_between_batches(archive: DocumentArchive, folder: Path) -> None:
    bring(archive, b"invoice", "1")

    with (folder / "LOCK").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_neighbour_who_never_ends_is_not_waited_for_for_ever(
    archive: DocumentArchive, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(archive, b"invoice 1", "1")
    monkeypatch.setattr(lock, "_PATIENCE", 0.05)

    with lock.shared(folder / "LOCK"), pytest.raises(ArchiveBusy, match="writing to the archive for too long"):
        bring(archive, b"invoice 2", "2")

    assert bring(archive, b"invoice 2", "2").status == "archived"


def test_a_database_locked_by_a_stranger_fails_before_anything_is_written(
    archive: DocumentArchive, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "PATIENCE", 0.05)
    bring(archive, b"invoice 1", "1")
    lines = log_lines(folder)
    stranger = sqlite3.connect(folder / "archive.db", isolation_level=None)
    stranger.execute("BEGIN IMMEDIATE")

    with pytest.raises(ArchiveBusy):
        bring(archive, b"invoice 2", "2")

    assert log_lines(folder) == lines
    stranger.close()
    assert bring(archive, b"invoice 2", "2").status == "archived"


def test_every_caller_of_a_failed_batch_is_told(archive: DocumentArchive, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those who wait for the same batch share its fate, and none waits for ever."""
    monkeypatch.setenv("KONTORIST_FAILPOINTS", "archive.log.write.before=enospc")
    told_off: list[str] = []

    def add(number: int) -> None:
        try:
            archive.add(
                b"%d" % number,
                name="x",
                media_type="x",
                source=FOLDER,
                source_id=str(number),
                actor=PersonKey("system"),
            )
        except DiskFull as error:
            told_off.append(error.code)

    threads = [threading.Thread(target=add, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert told_off == ["KON-250"] * 10


def test_a_hundred_documents_share_the_waits_for_the_disk(
    archive: DocumentArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Group commit: waits for the disk are counted, since a clock would measure the neighbours."""
    waits = Counter[str]()
    real = disk.sync

    def counted(files: list[Path], folders: list[Path]) -> None:
        waits["sync"] += bool(files or folders)
        real(files, folders)

    archive.open()
    monkeypatch.setattr(disk, "sync", counted)
    receipts: list[Incoming] = [receipt(b"%d" % number, str(number)) for number in range(200)]

    archive.add_many(receipts)

    assert waits["sync"] == 5  # two batches, each staged and placed; and the folder of the log, which was new
    assert archive.verify(full=True).ok
