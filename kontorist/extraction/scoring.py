"""How well a candidate fits a field: its labels right of, above and in the same line, its zone and its form.

Scores are log-odds; the numbers stand in weights.json, here is only what they are multiplied with.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from typing import Any, Final

from kontorist.extraction.candidates import Candidate
from kontorist.extraction.labels import Hit
from kontorist.extraction.layout import Sheet
from kontorist.extraction.page_text import Segment

_TITLE_ROLES: Final = frozenset({"kind_invoice", "kind_credit_note", "kind_receipt", "kind_reminder"})
_WEAK_ROLES: Final = frozenset({"date", "number_word", "line_position", "currency"})
#: A rate, what it is of, and remarks in brackets are no answer to a label: ``VAT 23% on 8,826.00 EUR``.
_RATE_AND_BASE: Final = re.compile(
    r"\d+(?:[.,]\d+)?\s?%(?:\)?\s*(?:over|von|auf|aus|of|on|sur|de|op|van|su)\b.*)?|\(.*?\)"
)
_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"[^\W_]+")
_LETTERS = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Link:
    """A label that may speak of a candidate: how (inline, right, above), how strongly (0 to 1), and its words."""

    relation: str
    strength: float
    roles: frozenset[str]
    words: str


@lru_cache(maxsize=1)
def weights() -> dict[str, Any]:
    """The table of weights, read once a process."""
    table: dict[str, Any] = json.loads(
        resources.files("kontorist.extraction").joinpath("weights.json").read_text("utf-8")
    )
    return table


def links(sheet: Sheet, candidate: Candidate[Any]) -> list[Link]:
    """The labels of a candidate, in its own segment, to its left and above it."""
    key = (candidate.segment.index, candidate.start)
    if key not in sheet.links:
        sheet.links[key] = _links(sheet, candidate)
    found: list[Link] = sheet.links[key]
    return found


def _links(sheet: Sheet, candidate: Candidate[Any]) -> list[Link]:
    found = _inline(sheet, candidate)
    if not found or found[0].strength < 0.6 or found[0].roles <= _WEAK_ROLES:
        lead = candidate.segment.text[: candidate.start].strip(" :.-#€$£")
        if not _DIGIT.search(lead) or len(lead) <= 6:
            words = len(_LETTERS.findall(lead))
            around = _around(sheet, candidate.segment)
            found += [replace(link, strength=link.strength * 0.88**words) for link in around] if words else around
    return found


def _around(sheet: Sheet, segment: Segment) -> list[Link]:
    """The labels left of and above a segment, the same for all that stands in it."""
    if segment.index not in sheet.around:
        sheet.around[segment.index] = [*_to_the_left(sheet, segment), *_above(sheet, segment)]
    found: list[Link] = sheet.around[segment.index]
    return found


def _inline(sheet: Sheet, candidate: Candidate[Any]) -> list[Link]:
    relation = weights()["relation"]
    text = candidate.segment.text
    before = [hit for hit in sheet.mark(candidate.segment).hits if hit.end <= candidate.start]
    found: list[Link] = []
    if not before:
        return found
    strength = relation["inline"]
    for hit in reversed(before):
        between = len(_WORD.findall(text[hit.end : candidate.start]))
        roles = _with_neighbours(text, before, hit)
        found.append(Link("inline", strength * relation["inline_word"] ** between, roles, text[hit.start : hit.end]))
        strength *= 0.75
    return found


def _with_neighbours(text: str, hits: list[Hit], hit: Hit) -> frozenset[str]:
    """``Rechnung`` directly followed by ``Nr.`` (a type code in brackets between) is a label of the number."""
    roles = hit.roles
    if "number_word" in roles:
        for other in hits:
            between = text[other.end : hit.start]
            if other.roles & _TITLE_ROLES and other.end <= hit.start and re.fullmatch(r"\W*(?:\(\d+\))?\W*", between):
                return roles | {"invoice_number"}
    return roles


def _to_the_left(sheet: Sheet, segment: Segment) -> list[Link]:
    relation = weights()["relation"]
    strength = relation["right"]
    for other in sheet.left_of(segment):
        hits = [hit for hit in sheet.mark(other).hits if hit.roles - {"currency", "line_position"}]
        if hits:
            factor = relation["answered"] if _answered(other, hits[-1]) else 1.0
            return [_link("right", strength * factor, other, hits, hit) for hit in hits]
        strength *= relation["right_step"]
    return []


def _answered(segment: Segment, hit: Hit) -> bool:
    """Does the label already have its value behind it in its own segment?"""
    return bool(re.search(r"\d{2}", _RATE_AND_BASE.sub("", segment.text[hit.end :])))


def _link(relation: str, strength: float, segment: Segment, hits: list[Hit], hit: Hit) -> Link:
    tail = len(_LETTERS.findall(segment.text[hits[-1].end :]))
    roles = _with_neighbours(segment.text, hits, hit)
    return Link(relation, strength * 0.93**tail, roles, segment.text[hit.start : hit.end])


def _above(sheet: Sheet, segment: Segment) -> list[Link]:
    relation = weights()["relation"]
    strength, found = relation["above"], []
    top = segment.y0
    inside = sheet.in_zone(segment, "table") or sheet.in_zone(segment, "sums")
    for steps, other in enumerate(sheet.above(segment, reach=24)):
        head = sheet.in_zone(other, "header")
        distance = (top - other.y1) / max(other.size, 1.0)
        if (distance > 2.2 or steps > 3) and not head:
            if inside:
                continue
            break
        hits = sheet.mark(other).hits
        if hits and (head or not _DIGIT.search(other.text[hits[-1].end :])):
            factor = 1.0 if head else _open_label(sheet, other)
            factor *= 1.0 if head else relation["above_step"] ** steps
            found += [_link("above", strength * factor, other, hits, hit) for hit in hits]
            if not head:
                break
            strength *= 0.7
    return found


def _open_label(sheet: Sheet, label: Segment) -> float:
    """A label with a value to its right speaks of that one, not of what stands below."""
    for other in sheet.right_of(label)[:1]:
        if other.x0 - label.x1 < 0.35 * sheet.width(label) and _DIGIT.search(other.text) and not sheet.mark(other).hits:
            return float(weights()["relation"]["answered"])
    return 1.0


def fit(table: Mapping[str, float], found: Iterable[Link]) -> tuple[float, Link | None]:
    """The strongest of `found` among the roles of `table`, and what it is worth."""
    best, who = 0.0, None
    for link in found:
        for role in link.roles:
            value = table.get(role, 0.0) * link.strength
            if value > best:
                best, who = value, link
    return best, who


def labelled(field: Mapping[str, Any], found: list[Link]) -> tuple[float, Link | None]:
    """What the labels say for a field less what they say against it."""
    plus, who = fit(field["for"], found)
    minus, rival = fit(field["against"], found)
    if who is not None and rival is not None and who is rival:
        minus = 0.0  # one phrase, two meanings: the field's own counts
    return plus - minus, who


def probability(score: float, others: Iterable[float]) -> float:
    """Softmax of a score among its rivals, between 0 and 1."""
    everyone = [score, *others]
    peak = max(everyone)
    total = sum(math.exp(each - peak) for each in everyone)
    return math.exp(score - peak) / total
