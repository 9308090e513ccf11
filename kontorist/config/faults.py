"""What can be wrong with a configuration, where it stands, and the word that was probably meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from kontorist.domain.errors import SetupWrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a value was written: file, line and column (from 1), or the name of a variable or argument (line 0)."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong: its place, the dotted key, and a sentence without the value (it may be a secret)."""

    place: Place
    key: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.place}: {self.key}: {self.sentence}" if self.key else f"{self.place}: {self.sentence}"

    def data(self) -> dict[str, str | int]:
        """The fault as plain data."""
        place = self.place
        return {
            "file": place.file,
            "line": place.line,
            "column": place.column,
            "key": self.key,
            "sentence": self.sentence,
        }


class ConfigWrong(SetupWrong):
    """The configuration is not right."""

    code = "KON-320"
    next_step = "Correct the lines named, then run `kontorist config check`."

    def __init__(self, faults: Sequence[Fault]) -> None:
        first = {(fault.place, fault.key): fault for fault in reversed(faults)}  # what follows from a fault is noise
        self.faults = tuple(
            sorted(first.values(), key=lambda each: (each.place.file, each.place.line, each.place.column))
        )
        super().__init__("\n".join(str(fault) for fault in self.faults))


class ConfigMissing(SetupWrong):
    """There is no config.yaml here."""

    code = "KON-321"
    next_step = "Go to the folder that holds config.yaml, or name the file with --config FILE."


def suggestion(word: str, known: Iterable[str]) -> str:
    """``; did you mean "steps"?`` where one of `known` is close to `word`, else nothing."""
    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f'; did you mean "{close[0]}"?' if close else ""
