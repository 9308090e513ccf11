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


SENTENCES: Final[dict[ReasonCode, str]] = {
    ReasonCode.TOO_LARGE: "The file is larger than we read.",
    ReasonCode.TOO_MANY_PAGES: "The document has more pages than we read.",
    ReasonCode.ENCRYPTED: "The file is protected by a password; ask the sender for an open copy.",
    ReasonCode.DAMAGED: "The file is damaged and cannot be opened; ask the sender for a new copy.",
    ReasonCode.TIMED_OUT: "Reading the file took too long and was stopped.",
    ReasonCode.OUT_OF_MEMORY: "Reading the file needs more memory than one file may use, so it was stopped.",
    ReasonCode.PARSER_DIED: "The program that reads files stopped on this one.",
    ReasonCode.FORBIDDEN_CONSTRUCT: "The file holds a construct that we refuse for safety.",
    ReasonCode.UNSUPPORTED: "We do not read this kind of file.",
}


class Refused(NeedsAPerson):
    """The file cannot be read."""

    code = "KON-130"

    def __init__(self, reason: ReasonCode, sentence: str | None = None, **rest: Any) -> None:
        super().__init__(sentence or SENTENCES[reason], **rest)
        self.reason = reason
