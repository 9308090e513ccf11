"""Amounts, numbers and dates as XML writes them; what is written otherwise is read where it is clear, and named."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final
from unicodedata import category

from kontorist.domain.payables.draft import FieldName, Finding, Severity
from kontorist.extraction.einvoice.terms import TERMS, Kind

_LONGEST: Final = 26  #: characters of a number; longer ones are attacks
_MOST: Final = 200  #: defects of one file and severity that are named
_DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]+\.?|[0-9]*\.[0-9]+)")
#: Not ``1,107``, which may be a thousand; ``0,125`` and ``1234,567`` may not.
_DECIMAL_COMMA: Final = re.compile(r"[+-]?(?:[0-9]*,(?:[0-9]{1,2}|[0-9]{4,})|(?:0|[0-9]{4,})?,[0-9]{3})")
_GROUPED: Final = re.compile(
    r"[+-]?[0-9]{1,3}(?:(?:,[0-9]{3})+\.[0-9]+|(?:\.[0-9]{3})+,[0-9]+|(?:,[0-9]{3}){2,}|(?:\.[0-9]{3}){2,})"
)
_GROUPING: Final = str.maketrans("\u2212", "-", "'\u2019")
_DAY: Final = re.compile(
    r"([0-9]{4})(-?)([0-9]{2})\2([0-9]{2})(?:[T ].*|Z|[+-][0-9]{2}:[0-9]{2}|0000(?:00)?)?", re.DOTALL
)
#: Day, month and year parted by dots are in this order everywhere; with the year in front, the month follows it.
_OTHER_DAY: Final = re.compile(
    r"(?P<day>[0-9]{1,2})\.(?P<month>[0-9]{1,2})\.(?P<year>[0-9]{4})"
    r"|(?P<y>[0-9]{4})(?P<sign>[-/.])(?P<m>[0-9]{1,2})(?P=sign)(?P<d>[0-9]{1,2})"
)


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
        """A decimal; one that is written otherwise but can mean one number only is read and named."""
        plain = _plain_decimal(printed) if len(printed) <= _LONGEST else None
        if plain is None:
            self.defect("AMOUNT", f"{TERMS[name].number} is not an amount: {printed[:30]!r}.")
            return None
        if plain != printed:
            self._notation(printed, name)
        return Decimal(plain)

    def _day(self, printed: str, name: str) -> date | None:
        """A day of format 102 (20240131) or ISO 8601, with or without time or zone behind it."""
        match = _DAY.fullmatch(printed)
        other = None if match else _OTHER_DAY.fullmatch(printed)
        try:
            day = date(int(match[1]), int(match[3]), int(match[4])) if match else _other_day(other)
        except ValueError:
            day = None
        if day is None and re.fullmatch(r"[0-9]{6}", printed):  # formats 610 and 616: a month or a week
            sentence = f"{TERMS[name].number} names no single day: {printed}."
            self.defect("PERIOD", sentence, Severity.INFORMATION)
        elif day is None:
            self.defect("DATE", f"{TERMS[name].number} is not a date: {printed[:30]!r}.")
        elif match is None or bool(match[2]) is not self.dashed:
            self._notation(printed, name)
        return day

    def _notation(self, printed: str, name: str) -> None:
        text = f"{TERMS[name].number} is not written as XML wants it: {printed[:30]!r}."
        self.defect("NOTATION", text, Severity.WARNING)

    def defect(
        self, code: str, sentence: str, severity: Severity = Severity.ERROR, fields: tuple[FieldName, ...] = ()
    ) -> None:
        """Name what is wrong with the file."""
        finding = Finding(code=f"KON-EINVOICE-{code}", sentence=sentence, severity=severity, fields=fields)
        alike = [each for each in self.defects if each.severity is severity]  # the mild do not hide the grave
        if len(alike) < _MOST and finding not in alike:
            self.defects.append(finding)


def _plain_decimal(printed: str) -> str | None:
    """The decimal as XML Schema writes it; None where it is no number, or where it may be one of two (``1,107``)."""
    plain = "".join(each for each in printed if not each.isspace() and category(each) != "Cf").translate(_GROUPING)
    if plain.endswith("-"):
        plain = "-" + plain[:-1]
    if _GROUPED.fullmatch(plain):  # with the other sign behind it, or twice: no doubt that it parts thousands
        groups = "," if plain.count(",") > 1 or (0 <= plain.find(",") < plain.find(".")) else "."
        plain = plain.replace(groups, "").replace(",", ".")
    elif _DECIMAL_COMMA.fullmatch(plain):
        plain = plain.replace(",", ".")
    return plain if _DECIMAL.fullmatch(plain) else None


def _other_day(match: re.Match[str] | None) -> date | None:
    """A day that can be only one though XML does not write it so: 4.5.2026, 2026/05/04, 2026-5-4."""
    if match is None:
        return None
    if match["day"]:
        return date(int(match["year"]), int(match["month"]), int(match["day"]))
    return date(int(match["y"]), int(match["m"]), int(match["d"]))
