"""SIGKILL at every named place of the store: nothing is lost, nothing is done twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kontorist.failpoints import REGISTRY
from kontorist.store import database  # noqa: F401  # registers its places, and those of all its parts

PARTS = (
    "store.", "inbox.", "effects.", "journal.", "audit.", "documents.", "suppliers.", "worklist.", "customers.",
    "employees.", "orders.", "open_items.", "bank_changes.", "lessons.",
)  # fmt: skip
PLACES = sorted(name for name in REGISTRY if name.startswith(PARTS))

#: Reached only by the worker who clears up after another one.
ONLY_AFTER_A_DEATH = {
    *(f"effects.{when}_{step}" for when in ("before", "after") for step in ("take_over", "probe", "ask_later")),
    *("inbox.before_expire", "inbox.after_expire"),
}

KILLED = 9

# On a busy machine the forks take their time; the sum is bounded by the kills, not by the clock.
pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]


def orders() -> list[str]:
    """Every place once, every commit, and the clearing up after a death between act and record."""
    once = [f"{place}=kill@1" for place in PLACES if place not in ONLY_AFTER_A_DEATH]
    commits = [f"store.after_commit=kill@{count}" for count in range(2, 24, 3)]
    again = [f"effects.after_act=kill@1,{place}=kill@1" for place in sorted(ONLY_AFTER_A_DEATH)]
    each_kind = ["effects.after_act=kill@2", "effects.before_act=kill@2", "effects.before_act=kill@4"]
    return once + commits + again + each_kind


def kill_all(folder: Path, empty: Path) -> list[dict[str, Any]]:
    here = Path(__file__)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(here.parent), str(here.parents[2])))}
    command = [sys.executable, str(here.with_name("store_nursery.py")), str(folder), str(empty), *orders()]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=280, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def kills(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> list[dict[str, Any]]:
    return kill_all(tmp_path_factory.mktemp("kills"), empty_database)


def test_every_worker_was_really_killed_where_it_was_told_to(kills: list[dict[str, Any]]) -> None:
    survivors = [kill["order"] for kill in kills if any(end != KILLED for end in kill["ends"][:-1])]

    assert survivors == []
    assert len(kills) == len(orders())
    assert all(kill["ends"][-1] == 0 for kill in kills)


def test_after_a_kill_at_any_place_nothing_is_lost_and_nothing_is_done_twice(kills: list[dict[str, Any]]) -> None:
    for kill in kills:
        assert kill["world"].get("mail") == 1, kill
        assert kill["world"].get("parcel") == 1, kill
        assert kill["world"].get("fax", 0) <= 1, kill
        assert "bank" not in kill["world"], kill
        assert kill["effects"] == {"mail": "done", "parcel": "done", "bank": "failed", "fax": "unknown"}, kill


def test_after_a_kill_at_any_place_the_books_are_right(kills: list[dict[str, Any]]) -> None:
    for kill in kills:
        assert kill["inbox"] == {"1": "done", "2": "done", "3": "quarantined", "4": "done", "5": "done"}, kill
        assert (kill["entries"], kill["documents"], kill["findings"]) == ([1], ["booked"], []), kill
        assert (kill["decisions"], kill["notes"]) == (1, 1), kill
