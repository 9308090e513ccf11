"""Amounts, numbers and dates as XML writes them; what is written otherwise is read where it is clear, and named."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from kontorist.domain.payables.draft import FieldName, Finding, Severity
from kontorist.extraction.einvoice.terms import TERMS, Kind

_LONGEST: Final = 26  #: characters of a number; longer ones are attacks
_MOST: Final = 200  #: defects of one file that are named


@dataclass(slots=True)
class Notation:
    """Turns text into values and keeps what was wrong with it.

    `dashed` says how this syntax writes days: ISO 8601, else format 102. `known` are terms that conditions ask for.
    """

    dashed: bool = False
    known: dict[str, str | None] = field(default_factory=dict)
    defects: list[Finding] = field(default_factory=list)

    def value(self, text: str | None, kind: Kind, name: str) -> Any:
        """The value of a term, None where it is empty or cannot be read."""
        if text is None or not text.strip():
            return None
        if kind in (Kind.AMOUNT, Kind.NUMBER):
            return self._decimal(text.strip(), name)
        if kind is Kind.DATE:
            return self._day(text.strip(), name)
        if kind is Kind.PROSE:
            return "\n".join(" ".join(line.split()) for line in text.strip().splitlines())
        return " ".join(text.split())

    def _decimal(self, printed: str, name: str) -> Decimal | None:
        """A decimal; blanks inside and a decimal comma are read and named as defects."""
        plain = re.sub(r"\s", "", printed)
        if "," in plain and "." not in plain:
            plain = plain.replace(",", ".")
        number = Decimal(plain) if re.fullmatch(r"[+-]?\d*\.?\d+\.?", plain) and len(plain) <= _LONGEST else None
        if number is None:
            self.defect("AMOUNT", f"{TERMS[name].number} is not an amount: {printed[:30]!r}.")
        elif plain != printed:
            self._notation(printed, name)
        return number

    def _day(self, printed: str, name: str) -> date | None:
        """A day of format 102 (20240131) or ISO 8601, with or without time or zone behind it."""
        match = re.fullmatch(r"(\d{4})(-?)(\d{2})\2(\d{2})(?:[T ].*|Z|[+-]\d\d:\d\d|0000(?:00)?)?", printed)
        try:
            day = date(int(match[1]), int(match[3]), int(match[4])) if match else None
        except ValueError:
            day = None
        if day is None and re.fullmatch(r"\d{6}", printed):  # formats 610 and 616: a month or a week
            sentence = f"{TERMS[name].number} names no single day: {printed}."
            self.defect("PERIOD", sentence, Severity.INFORMATION)
        elif day is None:
            self.defect("DATE", f"{TERMS[name].number} is not a date: {printed[:30]!r}.")
        elif match is not None and bool(match[2]) is not self.dashed:
            self._notation(printed, name)
        return day

    def _notation(self, printed: str, name: str) -> None:
        text = f"{TERMS[name].number} is not written as XML wants it: {printed[:30]!r}."
        self.defect("NOTATION", text, Severity.WARNING)

    def defect(
        self, code: str, sentence: str, severity: Severity = Severity.ERROR, fields: tuple[FieldName, ...] = ()
    ) -> None:
        """Name what is wrong with the file."""
        if len(self.defects) < _MOST:
            finding = Finding(code=f"KON-EINVOICE-{code}", sentence=sentence, severity=severity, fields=fields)
            self.defects.append(finding)
