"""What a person writes to name something in the books: an entry, one of its lines, a document, an item, an event."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from kontorist.domain.closing.references import FigureReference
from kontorist.domain.errors import NeedsAPerson
from kontorist.domain.periods import Period


class ReferenceUnknown(NeedsAPerson):
    """This names nothing in the books."""

    code = "KON-166"
    next_step = "Write an entry (12 or E12), a line of it (12.1), or the id of a document, work item or event."


class Kind(StrEnum):
    """What a reference names."""

    ENTRY = "entry"
    LINE = "line"
    DOCUMENT = "document"
    ITEM = "item"
    EVENT = "event"
    FIGURE = "figure"
    BALANCE = "balance"  #: an account, or all of a kind, in a month
    MONTH = "month"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """`id` is the id of a document, item or event (of a figure: the event of its report), or the balance or month.

    `number` is that of an entry.
    `line` counts the lines of an entry from 1; `figure` is the name of a figure in its report, such as ``posted/EUR``.
    """

    kind: Kind
    id: str = ""
    number: int = 0
    line: int | None = None
    figure: str | None = None

    def __str__(self) -> str:
        if self.number:
            return f"E{self.number}" + (f".{self.line}" if self.line else "")
        return f"{self.id}/{self.figure}" if self.figure else self.id


_MONTH: Final = re.compile(r"[0-9]{4}-[0-9]{2}", re.ASCII)
_ENTRY: Final = re.compile(r"E?([1-9][0-9]{0,11})(?:\.([1-9][0-9]{0,3}))?", re.ASCII | re.IGNORECASE)
_ID: Final = re.compile(r"([DWE])[0-9a-z]{20}", re.ASCII)
_OF_LETTER: Final = {"D": Kind.DOCUMENT, "W": Kind.ITEM, "E": Kind.EVENT}


def read_reference(text: str) -> Reference:
    """What `text` names: ``E12``, ``12.1``, ``D...``, ``W...``, ``E...``, ``E.../posted/EUR``, ``A6400@2026-10`` or
    ``2026-10``.

    Raises ReferenceUnknown, or NotAPeriod for a thirteenth month.
    """
    stripped = text.strip()
    if FigureReference.looks_like(stripped):
        return Reference(kind=Kind.BALANCE, id=stripped)
    if _MONTH.fullmatch(stripped):
        return Reference(kind=Kind.MONTH, id=str(Period.parse(stripped)))
    if found := _ENTRY.fullmatch(stripped):
        number, line = found.groups()
        return Reference(kind=Kind.LINE if line else Kind.ENTRY, number=int(number), line=int(line) if line else None)
    head, slash, figure = stripped.partition("/")
    named = _ID.fullmatch(head)
    if named is None or (slash and not (figure and named[1] == "E")):
        raise ReferenceUnknown(f"{stripped[:60]!r} names nothing in the books.")
    if slash:
        return Reference(kind=Kind.FIGURE, id=head, figure=figure)
    return Reference(kind=_OF_LETTER[named[1]], id=head)


def line_reference(number: int, line: int) -> str:
    """How the line `line` of entry `number` is written: ``E12.1``."""
    return str(Reference(kind=Kind.LINE, number=number, line=line))


def figure_reference(event: str, figure: str) -> str:
    """How the figure `figure` of the report made for `event` is written."""
    return str(Reference(kind=Kind.FIGURE, id=event, figure=figure))
