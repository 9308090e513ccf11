"""A case that was lived through once undisturbed, to be compared with lives that end early."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

from kontorist.testing.kills import Killed, Trial, die, difference, finish, office_copy, passes, raise_killed

#: After these the disk, or somebody outside, knows something new: between any two of them one kill is like the other.
OUTLIVES: Final = ("store.after_commit", "archive.log.sync.after", "outside.after_act")


class Rehearsed:
    """What a trial passes, in order, and what stands in the end."""

    def __init__(self, trial: Trial, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.trial = trial
        self._folder = folder
        self.undisturbed = self.office("undisturbed")
        self.passed = passes(trial, self.undisturbed)
        self.expected = finish(trial, self.undisturbed)
        open_ends = [line for part in ("inbox", "effect") for line in self.expected[part] if _is_open(line)]
        assert not open_ends, f"undisturbed it does not come to its end: {open_ends}"

    def office(self, name: str) -> Path:
        """A fresh office, in which nothing has happened about the event."""
        return office_copy(self.trial, self._folder / name)

    def die(self, folder: Path, number: int, kill: Callable[[str], None]) -> None:
        """Work in `folder` up to the pass `number`, counted from 1."""
        die(self.trial, folder, number, kill)

    def differs(self, folder: Path) -> list[str]:
        """Take up what was left in `folder`: what is lost (-) and what is too much (+) in the end."""
        found = difference(self.expected, finish(self.trial, folder))
        shutil.rmtree(folder)
        return found

    def killed_at(self, numbers: Iterable[int]) -> str:
        """Die at each of the passes in a fresh office; what differs, a line each, empty where nothing does."""
        return "\n".join(line for number in numbers for line in self._killed(number))

    def _killed(self, number: int) -> list[str]:
        folder = self.office(str(number))
        try:
            self.die(folder, number, raise_killed)
        except Killed:
            place = f"killed at {number}, {self.passed[number - 1]}: "
            return [place + line for line in self.differs(folder)]
        return [f"pass {number} was not reached the second time"]


def _is_open(line: str) -> bool:
    return ": state=" in line and not line.endswith("=done")


def lasting(passed: Sequence[str], *, most: int | None = None) -> list[int]:
    """The passes of a run after which something new is known, at `most` so many, spread over all of it.

    Of the effects only the first is among them: how one is carried out does not depend on the flow.
    """
    found = [
        number
        for number, name in enumerate(passed, 1)
        if name in OUTLIVES
        and number > passed.index("dispatcher.before_run")
        and not _of_a_later_effect(passed, number)
    ]
    if most is None or len(found) <= most:
        return found
    return [found[(len(found) - 1) * place // (most - 1)] for place in range(most)]


def _of_a_later_effect(passed: Sequence[str], number: int) -> bool:
    begun, done = (passed[:number].count(f"effects.{edge}") for edge in ("before_begin", "after_done"))
    return begun > max(1, done)
