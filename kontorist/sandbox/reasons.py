"""Why a file was not read: stable codes, each with a sentence for the clerk."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

from kontorist.domain.errors import NeedsAPerson


class ReasonCode(StrEnum):
    """The states in which a file can end besides being read."""

    TOO_LARGE = "too_large"
    TOO_MANY_PAGES = "too_many_pages"
    ENCRYPTED = "encrypted"
    DAMAGED = "damaged"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    PARSER_DIED = "parser_died"
    FORBIDDEN_CONSTRUCT = "forbidden_construct"
    UNSUPPORTED = "unsupported"


WHAT: Final[dict[ReasonCode, str]] = {
    ReasonCode.TOO_LARGE: "The file is larger than we read.",
    ReasonCode.TOO_MANY_PAGES: "The document has more pages than we read.",
    ReasonCode.ENCRYPTED: "The file is protected by a password.",
    ReasonCode.DAMAGED: "The file is damaged and cannot be opened.",
    ReasonCode.TIMED_OUT: "Reading the file took too long and was stopped.",
    ReasonCode.OUT_OF_MEMORY: "Reading the file needs more memory than one file may use, so it was stopped.",
    ReasonCode.PARSER_DIED: "The program that reads files stopped on this one.",
    ReasonCode.FORBIDDEN_CONSTRUCT: "The file holds a construct that we refuse for safety.",
    ReasonCode.UNSUPPORTED: "We do not read this kind of file.",
}

_KEPT: Final = "Nothing is lost, the file is kept as it came"
_SUSPECT: Final = f"{_KEPT}. Such a file may be made to do harm: do not open it; ask its sender, on a way you know."
ADVICE: Final[dict[ReasonCode, str]] = {
    ReasonCode.TOO_LARGE: f"{_KEPT}; ask for a smaller one, or enter it by hand.",
    ReasonCode.TOO_MANY_PAGES: f"{_KEPT}; ask for the pages that matter, or enter them by hand.",
    ReasonCode.ENCRYPTED: f"{_KEPT}; ask for a copy without a password.",
    ReasonCode.DAMAGED: f"{_KEPT}; ask for a new copy.",
    ReasonCode.TIMED_OUT: f"{_KEPT}; ask for a simpler copy, or enter it by hand.",
    ReasonCode.OUT_OF_MEMORY: f"{_KEPT}; ask for a simpler copy, or enter it by hand.",
    ReasonCode.PARSER_DIED: f"{_KEPT}; ask for a new copy, or enter it by hand.",
    ReasonCode.FORBIDDEN_CONSTRUCT: _SUSPECT,
    ReasonCode.UNSUPPORTED: f"{_KEPT}; look at it yourself, or ask for another kind of file.",
}
"""What follows each reason: that nothing is lost, and what to do next."""


def told(reason: ReasonCode, what: str | None = None) -> str:
    """The whole sentence for the clerk: `what` it is, that nothing is lost, what to do next, each once."""
    said = what or WHAT[reason]
    return said if said.endswith(ADVICE[reason]) else f"{said} {ADVICE[reason]}"


def without_advice(reason: ReasonCode, sentence: str) -> str:
    """What a file is, of a sentence that `told` made."""
    return sentence.removesuffix(ADVICE[reason]).rstrip()


SENTENCES: Final[dict[ReasonCode, str]] = {reason: told(reason) for reason in ReasonCode}


class Refused(NeedsAPerson):
    """The file cannot be read."""

    code = "KON-130"

    def __init__(self, reason: ReasonCode, sentence: str | None = None, **rest: Any) -> None:
        super().__init__(told(reason, sentence), **rest)
        self.reason = reason

    @property
    def what(self) -> str:
        """The sentence without its advice, for a place that gives advice of its own."""
        return without_advice(self.reason, self.sentence)
