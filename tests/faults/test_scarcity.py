"""No disk, no file handles, no turn at the database, no rights: a sentence, nothing half done, and it goes on later.

The event that was refused is not there, the effect that was carried out and could not be recorded is looked up.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import full_disk
import pytest
import scarce_office

from kontorist.engine.children import environment_for_children

pytestmark = [pytest.mark.faults]

UNSHARE = shutil.which("unshare")


def office(folder: Path, what: str) -> Any:
    return told([sys.executable, scarce_office.__file__, str(folder), what])


def told(command: list[str]) -> Any:
    """What the program says, as data."""
    done = subprocess.run(
        command,
        env=environment_for_children(),
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("what", "code"), [("full disk", "KON-263"), ("no file handles", "KON-263"), ("locked", "KON-261")]
)
def test_what_cannot_be_written_is_refused_whole_and_goes_on_when_it_can(tmp_path: Path, what: str, code: str) -> None:
    found = office(tmp_path, what)

    assert set(found["said"]) == {code}
    assert found["then"] == {
        "events": 1,
        "effects": {"before the act": "planned", "after the act": "sending"},
        "acts": ["after the act"],
    }
    assert found["later"] == {
        "events": 2,
        "effects": {"before the act": "done", "after the act": "done"},
        "acts": ["after the act", "before the act"],
    }


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that every user can reach; pytest's own are for one user only."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="absent: the right to become another user")
def test_a_folder_that_cannot_be_written_to_is_a_sentence_and_stays_as_it_is(public_folder: Path) -> None:
    found = office(public_folder, "no rights")

    assert found == {"said": ["KON-263"], "unchanged": True}


#: A file system of 24 MiB that only this program and its children see, and that is gone with them.
SMALL_DISK = ("unshare", "--mount", "--map-root-user", "sh", "-c", 'mount -t tmpfs -o size=24m none "$0" && exec "$@"')


@pytest.fixture(scope="module")
def small_disk() -> tuple[str, ...]:
    """The words before a command whose folder (its last word) is to be a small disk."""
    with tempfile.TemporaryDirectory() as folder:
        tried = subprocess.run([*SMALL_DISK, folder, "true"], capture_output=True, text=True) if UNSHARE else None
    if tried is None or tried.returncode != 0:
        pytest.skip(f"absent: the right to mount a small disk ({tried.stderr.strip() if tried else 'no unshare'})")
    return SMALL_DISK


def test_what_has_happened_is_recorded_on_a_full_disk_and_nothing_new_begins(
    tmp_path: Path, small_disk: tuple[str, ...]
) -> None:
    found = told([*small_disk, str(tmp_path), sys.executable, full_disk.__file__, str(tmp_path)])

    assert found["without"] == ["KON-262", "sending"], "without its reserve the disk was full enough to forget"
    assert found["with"] == [None, None]
    assert found["new"] == ["KON-262", [[503, "30"], [503, "30"]]]
    assert found["document"] == [[503, "30"], False], "the archive must not take what was given up for records"
    assert found["full"] == {
        "effects": {"forgotten": "sending", "recorded": "done", "refused": "planned", "later": "planned"},
        "events": {"first": "done"},
        "reserve": False,
    }
    assert found["again"] == "KON-110"
    assert found["later"] == {
        "effects": {"forgotten": "done", "recorded": "done", "refused": "failed", "later": "done"},
        "events": {"first": "done", "second": "new", "third": "new"},
        "reserve": True,
    }
    assert found["acts"] == ["forgotten", "recorded", "refused", "later"]
    assert found["intact"] == "ok"
