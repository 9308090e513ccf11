"""Number-like words: anything with a digit that is not part of a date, an amount with a currency, an IBAN or a rate."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kontorist.extraction.candidates import Candidate
from kontorist.extraction.page_text import Segment

_WORD = re.compile(r"[^\s|;]+")
_DIGIT = re.compile(r"\d")
_GLUED = re.compile(r"[^\W\d]{1,20}(?:\.|:|\.:|#|°)(?=[\w/-]*\d)|[Nn]o(?=\d)")
_EDGES = "#:.,;()[]'\"*-"


def numbers(segment: Segment, taken: Iterable[tuple[int, int]] = ()) -> list[Candidate[str]]:
    """Words with a digit (or an underscore between letters), outside the spans already `taken`."""
    spans = list(taken)
    found: list[Candidate[str]] = []
    if not _DIGIT.search(segment.text):
        return found
    for match in _WORD.finditer(segment.text):
        word = match[0]
        text = word.strip(_EDGES)
        if not _number_like(text) or (word.startswith("(") and word.rstrip(".,:").endswith(")")):
            continue
        start = match.start() + word.find(text)
        text, start = _behind_label(text, start)
        if spans and any(start < end and start + len(text) > begin for begin, end in spans):
            continue
        found.append(Candidate(text, segment, start, start + len(text)))
    return found


def _behind_label(text: str, start: int) -> tuple[str, int]:
    """``Nr.4711`` and ``No:4711`` hold the number after the mark."""
    glued = _GLUED.match(text)
    return (text[glued.end() :], start + glued.end()) if glued else (text, start)


def _number_like(text: str) -> bool:
    if _DIGIT.search(text) is None:
        return False
    return "@" not in text and "%" not in text and "://" not in text and len(text) <= 40
