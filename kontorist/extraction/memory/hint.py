"""What memory says to those who score candidates: so much more, or less, for this one. A leaf of the reader."""

from __future__ import annotations

from typing import Any, Protocol

from kontorist.extraction.candidates import Candidate


class Hints(Protocol):
    """Evidence for the candidates of a field."""

    def evidence(self, field: str, candidate: Candidate[Any]) -> float:
        """Log-odds to be added to the candidate's score for `field`; below zero where it speaks against it."""
        ...


class NoHints:
    """Of a paper that nobody has taught us anything about."""

    def evidence(self, field: str, candidate: Candidate[Any]) -> float:
        """Nothing for anybody."""
        return 0.0


NO_HINTS = NoHints()
