"""Currencies by symbol and code, with the weight of their evidence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from kontorist.extraction.candidates import Candidate
from kontorist.extraction.candidates.amount import CODES, SYMBOLS, AmountReading
from kontorist.extraction.page_text import Segment

_TOKEN = re.compile(rf"(?<![A-Za-z])(?:{'|'.join(sorted(CODES))}|[Ee]uros?|EUROS?)(?![A-Za-z])|[€£¥]|(?<![A-Z])\$")


def currencies(segment: Segment) -> list[Candidate[str]]:
    """The currency symbols and codes of one segment, as ISO 4217."""
    found = []
    for match in _TOKEN.finditer(segment.text):
        sign = match[0].upper()
        found.append(Candidate(SYMBOLS.get(sign, sign), segment, match.start(), match.end()))
    return found


def letter_for_euro(amounts: Iterable[Candidate[AmountReading]]) -> bool:
    """Some fonts give the euro sign as the letter e: is it printed behind several amounts?"""
    return sum(1 for each in amounts if each.text.endswith("e") and each.value.cents) >= 2


def most_frequent(found: Iterable[Candidate[str]]) -> list[tuple[str, int]]:
    """Codes with their counts, the most frequent first."""
    return Counter(each.value for each in found).most_common()
