"""What is doubtful in a payroll sheet: where it stands and why, never how much.

A doubt is read by whoever sees the worklist, so its sentence names the cell and the personnel number and nothing that
says what somebody earns.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from kontorist.domain.events import content_hash


class Code(StrEnum):
    """The stable codes of doubts."""

    HEADINGS = "KON-PAY-HEADINGS"
    NUMBER = "KON-PAY-NUMBER"
    UNKNOWN = "KON-PAY-UNKNOWN"
    GHOST = "KON-PAY-GHOST"
    LEFT = "KON-PAY-LEFT"
    DUPLICATE = "KON-PAY-DUPLICATE"
    DATE = "KON-PAY-DATE"
    MONTH = "KON-PAY-MONTH"
    HOURS = "KON-PAY-HOURS"
    LIMIT = "KON-PAY-LIMIT"
    AMOUNT = "KON-PAY-AMOUNT"
    CENT = "KON-PAY-CENT"
    NET = "KON-PAY-NET"
    SUM = "KON-PAY-SUM"
    NAME = "KON-PAY-NAME"
    CHANGE = "KON-PAY-CHANGE"
    MISSING = "KON-PAY-MISSING"
    UNREADABLE = "KON-PAY-UNREADABLE"


SENTENCES: Final[dict[Code, str]] = {
    Code.HEADINGS: "no row of headings with personnel number and hours, or gross and net, was found",
    Code.NUMBER: "the personnel number is missing or not readable",
    Code.UNKNOWN: "nobody in the master data has this personnel number",
    Code.GHOST: "the bureau pays somebody whom the master data does not know",
    Code.LEFT: "not employed on this day or in this month",
    Code.DUPLICATE: "this employee has this row already",
    Code.DATE: "the date is missing or not readable",
    Code.MONTH: "the date is outside of the month",
    Code.HOURS: "the hours are missing or not between 0 and 24",
    Code.LIMIT: "with this row the hours of the month are above the limit",
    Code.AMOUNT: "the amount is missing or not readable",
    Code.CENT: "the amount is not exact to the cent",
    Code.NET: "the net pay is negative or above the gross pay",
    Code.SUM: "gross pay less deductions is not the net pay",
    Code.NAME: "the name is not that of the master data",
    Code.CHANGE: "the gross pay has changed against last month by more than the limit",
    Code.MISSING: "employed in this month, but there is no row",
    Code.UNREADABLE: "the file cannot be read",
}

#: What a person may let through as it is. The others are put right in the file, which is then sent again.
JUDGEMENT: Final = frozenset({Code.LEFT, Code.LIMIT, Code.NAME, Code.CHANGE, Code.MISSING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A cell: the file's document and name, the sheet, and the cell as ``C17`` (empty where none can be named)."""

    document: str
    file: str
    sheet: str
    cell: str

    def __str__(self) -> str:
        return " ".join(part for part in (self.file, f"{self.sheet}!{self.cell}".strip("!")) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """One thing a person has to look at. `number` is the personnel number as it stands in the sheet, or ours."""

    code: Code
    place: Place
    number: str | None = None

    @property
    def sentence(self) -> str:
        """For the clerk: where, who by number, what."""
        who = f" (personnel number {self.number})" if self.number else ""
        return f"{self.place}{who}: {SENTENCES[self.code]}."

    @property
    def can_be_let_through(self) -> bool:
        """Whether a person may say that it is right as it is."""
        return self.code in JUDGEMENT

    def key(self) -> str:
        """What names this doubt in these very bytes: who lets it through, lets nothing else through."""
        return content_hash([self.code, self.place.document, self.place.sheet, self.place.cell, self.number])

    def data(self) -> dict[str, Any]:
        """As plain data for the worklist."""
        return {
            "code": self.code.value,
            "file": self.place.file,
            "sheet": self.place.sheet,
            "cell": self.place.cell,
            "number": self.number,
        }
