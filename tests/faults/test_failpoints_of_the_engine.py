"""Killed at every named place, once each: afterwards every file is one event, one document and one notice."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import small_office

from kontorist.archive.archive import DocumentArchive
from kontorist.engine.children import environment_for_children
from kontorist.failpoints import REGISTRY
from kontorist.store.clock import SystemClock
from kontorist.store.database import Store

pytestmark = [pytest.mark.faults]

#: Places that one quiet day of the small office does not pass: nothing fails, nobody dies, nothing is received by HTTP,
#: nothing is heavy enough for the pool (tests/faults/test_pool_kills.py).
NOT_PASSED = {
    *(
        f"inbox.{when}_{step}"
        for when in ("before", "after")
        for step in ("renew", "retry", "quarantine", "replay", "expire", "release", "put_away", "take_over")
    ),
    *(
        f"effects.{when}_{step}"
        for when in ("before", "after")
        for step in ("again", "failed", "unknown", "settle", "take_over", "probe", "ask_later")
    ),
    "writer.before_commit",
    "writer.after_commit",
}
PLACES = sorted(
    name for name in REGISTRY if name.split(".")[0] in ("intake", "inbox", "dispatcher", "effects", "store")
)


#: Where a batch knows what became of events and has not written all of it down; the number is which pass of it.
IN_A_BATCH = (("dispatcher.after_done", 1), ("inbox.before_done", 2), ("inbox.after_done", 2))


def killed_at(place: str, folder: Path, *, lane: str = "own", at: int = 1) -> bool:
    """One life of the small office, which is to end when it passes `place` for the `at`-th time."""
    life = subprocess.run(
        [sys.executable, small_office.__file__, str(folder), "0", lane],
        env=environment_for_children(KONTORIST_FAILPOINTS=f"{place}=kill@{at}"),
        timeout=60,
        capture_output=True,
    )
    return life.returncode == -signal.SIGKILL


@pytest.mark.parametrize("place", [name for name in PLACES if name not in NOT_PASSED])
def test_killed_at_every_place_nothing_is_lost_and_nothing_doubled(tmp_path: Path, place: str) -> None:
    two_letters(tmp_path)

    assert killed_at(place, tmp_path), "this place is not passed at all"
    small_office.main(tmp_path, later=600.0)  # some minutes later: leases, grace and pauses are over

    assert_each_letter_was_noticed_once(tmp_path)


@pytest.mark.parametrize(("place", "at"), IN_A_BATCH)
def test_killed_in_a_batch_what_was_done_and_not_written_down_is_done_again_and_nothing_doubles(
    tmp_path: Path, place: str, at: int
) -> None:
    two_letters(tmp_path)

    assert killed_at(place, tmp_path, lane="batch", at=at)
    small_office.main(tmp_path, later=600.0, lane="batch")

    assert_each_letter_was_noticed_once(tmp_path)


def two_letters(folder: Path) -> None:
    scan = folder / "scan"
    scan.mkdir()
    for number in range(2):
        (scan / f"letter-{number}.txt").write_text(f"letter {number}", encoding="utf-8")


def assert_each_letter_was_noticed_once(folder: Path) -> None:
    with Store.open(f"sqlite:///{folder}/kontorist.db") as store, store.read() as tx:
        rows, effects = store.inbox.list(tx), store.effects.list(tx)
    assert [row.state for row in rows] == ["done", "done"]
    documents = [document for row in rows for document in (row.outcome or {})["documents"]]
    board = Counter((folder / "board").read_text(encoding="utf-8").split())
    assert len(set(documents)) == 2
    assert board == Counter(f"notice/{document}" for document in documents)
    assert [effect.state for effect in effects] == ["done", "done"]
    assert not list((folder / "scan").glob("*.txt"))
    archive = DocumentArchive(folder / "archive", clock=SystemClock())
    verified = archive.verify(full=True)
    archive.close()
    assert verified.ok, verified
