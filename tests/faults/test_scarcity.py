"""No disk, no file handles, no turn at the database, no rights: a sentence, nothing half done, and it goes on later.

The event that was refused is not there, the effect that was carried out and could not be recorded is looked up.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import scarce_office

from kontorist.engine.children import environment_for_children

pytestmark = [pytest.mark.faults]


def office(folder: Path, what: str) -> Any:
    done = subprocess.run(
        [sys.executable, scarce_office.__file__, str(folder), what],
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
