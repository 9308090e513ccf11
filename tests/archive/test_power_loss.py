"""The power goes: only what was synced is there afterwards, and everything acknowledged is.

A recorder stands where the operating system does. It remembers what each `fsync` brought to the disk, file contents
and folder entries apart, and at the end writes down what a machine would find after the power has come back.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kontorist.archive import DocumentArchive, disk
from kontorist.domain.ids import DocumentId, PersonKey
from kontorist.testing.fakes import FakeClock
from tests.archive.office import bring, receipt

needs_proc = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="absent: /proc, which names open files")


class Recorder:
    """What is on the disk: contents by inode, entries by folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._contents: dict[int, bytes] = {}
        self._entries: dict[Path, dict[str, int]] = {}

    def sync(self, descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").resolve()
        if path.is_dir():
            self._entries[path] = {entry.name: entry.inode() for entry in os.scandir(path)}
        else:
            self._contents[path.stat().st_ino] = path.read_bytes()

    def after_the_power_is_back(self, target: Path) -> Path:
        self._restore(self._root.parent, target)
        return target / self._root.name

    def _restore(self, folder: Path, target: Path) -> None:
        target.mkdir()
        for name, inode in self._entries.get(folder, {}).items():
            if (folder / name).is_dir() or (folder / name) in self._entries:
                self._restore(folder / name, target / name)
            elif not name.startswith("archive.db"):  # SQLite brings its own to the disk; we can do without
                (target / name).write_bytes(self._contents.get(inode, b""))


@pytest.fixture
def recorder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    recorder = Recorder(folder)
    monkeypatch.setattr(disk, "sync_descriptor", recorder.sync)
    monkeypatch.setattr(disk, "_SYNCFS", None)
    return recorder


@needs_proc
def test_what_was_acknowledged_survives_the_power(folder: Path, recorder: Recorder, tmp_path: Path) -> None:
    clock = FakeClock(datetime(2026, 11, 30, tzinfo=UTC))
    archive = DocumentArchive(folder, clock=clock)
    acknowledged: dict[DocumentId, bytes] = {}
    steps: list[Callable[[], object]] = [
        lambda: acknowledged.update({bring(archive, b"invoice 1", "1").id: b"invoice 1"}),
        lambda: archive.add_text(next(iter(acknowledged)), "Rechnung", title="Weber"),
        lambda: archive.link(next(iter(acknowledged)), "order", "B1", actor=PersonKey("anna")),
        lambda: clock.advance(days=1),
        lambda: acknowledged.update({bring(archive, b"invoice 2", "2").id: b"invoice 2"}),
    ]
    for number, step in enumerate(steps):
        step()
        restored = recorder.after_the_power_is_back(tmp_path / f"after-{number}")

        check_restored(restored, acknowledged, has_text=number >= 1)
    archive.close()


@needs_proc
@pytest.mark.parametrize("step", ["stage.sync", "place.link", "place.sync", "log.write", "log.sync"])
def test_power_lost_between_two_syncs_takes_the_batch_or_leaves_it(
    folder: Path, recorder: Recorder, tmp_path: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = DocumentArchive(folder, clock=FakeClock())
    first = bring(archive, b"invoice 1", "1")
    monkeypatch.setenv("KONTORIST_FAILPOINTS", f"archive.{step}.before=raise")
    monkeypatch.setattr(disk.Placement, "undo", lambda self: None)  # nobody is left to tidy up
    with pytest.raises(RuntimeError):
        bring(archive, b"invoice 2", "2")
    monkeypatch.delenv("KONTORIST_FAILPOINTS")

    restored = recorder.after_the_power_is_back(tmp_path / "after")

    check_restored(restored, {first.id: b"invoice 1"}, has_text=False)
    archive.close()


def check_restored(folder: Path, acknowledged: dict[DocumentId, bytes], *, has_text: bool) -> None:
    archive = DocumentArchive(folder, clock=FakeClock())
    for document, content in acknowledged.items():
        assert archive.content(document) == content
    assert archive.find("Rechnung Weber").total == int(has_text)
    assert archive.verify(full=True).findings == ()
    archive.close()


def test_each_step_waits_for_the_one_before_it(archive: DocumentArchive, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files, then the log, then the tables, and only then the answer."""
    passed: list[str] = []
    monkeypatch.setattr(disk, "failpoint", passed.append)

    archive.add_many([receipt(b"invoice", "1")])

    steps = [name.removeprefix("archive.").removesuffix(".after") for name in passed if name.endswith(".after")]
    assert steps == [
        *["stage.write"] * 2,  # the original and its record
        "stage.sync",
        *["place.link"] * 2,
        "place.sync",
        "log.write",
        "log.sync",
        "projection.commit",
        *["unstage"] * 2,
    ]
