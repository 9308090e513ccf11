"""How well a candidate fits a field: its labels right of, above and in the same line, its zone and its form.

Scores are log-odds; the numbers stand in weights.json, here is only what they are multiplied with.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import resources
from itertools import pairwise
from typing import Any, Final

from kontorist.extraction.candidates import Candidate
from kontorist.extraction.candidates.name import town_in
from kontorist.extraction.labels import Hit
from kontorist.extraction.layout import Sheet
from kontorist.extraction.page_text import Segment

_TITLE_ROLES: Final = frozenset({"kind_invoice", "kind_credit_note", "kind_receipt", "kind_reminder"})
_PARTIES: Final = frozenset({"seller", "buyer"})
_GRIDS: Final = frozenset({"table", "header", "sums"})
_SILENT: Final = frozenset({"currency", "line_position"})  #: no answer is expected right of these
_WEAK_ROLES: Final = frozenset({"date", "number_word", "line_position", "currency"})
#: A rate, what it is of, and remarks in brackets are no answer to a label: ``VAT 23% on 8,826.00 EUR``.
_RATE_AND_BASE: Final = re.compile(
    r"(?<!\d)\d+(?:[.,]\d+)?\s?%(?:\)?\s*(?:over|von|auf|aus|of|on|sur|de|op|van|su)\b.*)?|\(.*?\)"
)
_DIGIT = re.compile(r"\d")
_TWO_DIGITS = re.compile(r"\d{2}")
_TYPE_CODE = re.compile(r"\W*(?:\(\d+\))?\W*")
_VALUE = re.compile(r"[\d:@,]")
_WORD = re.compile(r"[^\W_]+")
_LETTERS = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Link:
    """A label that may speak of a candidate: how (inline, right, above), how strongly (0 to 1), and its words."""

    relation: str
    strength: float
    roles: frozenset[str]
    words: str


Signs = dict[str, float]  #: what speaks for and against a candidate, by the name of its weight

_used: list[dict[str, Any]] = []  #: the table in force, the last one; empty is the one of the package


def weights() -> dict[str, Any]:
    """The table of weights in force: that of the package, read once a process."""
    if not _used:
        _used.append(json.loads(resources.files("kontorist.extraction").joinpath("weights.json").read_text("utf-8")))
    return _used[-1]


@contextmanager
def weights_of(table: dict[str, Any]) -> Iterator[None]:
    """Another table for a while, as training and its cross-validation need it."""
    weights()
    _used.append(table)
    try:
        yield
    finally:
        _used.pop()


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
        beside, above = _to_the_left(sheet, segment), _above(sheet, segment)
        label = _label_below(sheet, segment) if not beside or beside[0].strength < 0.5 else None
        if label is not None:  # even one we do not know: then the label above is that of another value
            hits, strength = sheet.mark(label).hits, weights()["relation"]["below"]
            above = [_link("above", strength, label, hits, hit) for hit in hits] or _weaker(above)
        sheet.around[segment.index] = [*beside, *above]
    found: list[Link] = sheet.around[segment.index]
    return found


def _inline(sheet: Sheet, candidate: Candidate[Any]) -> list[Link]:
    relation = weights()["relation"]
    text = candidate.segment.text
    before = _speaking([hit for hit in sheet.mark(candidate.segment).hits if hit.end <= candidate.start])
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


def _speaking(hits: list[Hit]) -> list[Hit]:
    """Without the ``von`` in ``MwSt. 19 % von 198,00``: such a word names a party only at the beginning."""
    return [hit for at, hit in enumerate(hits) if at == 0 or not hit.roles <= _PARTIES]


def _with_neighbours(text: str, hits: list[Hit], hit: Hit) -> frozenset[str]:
    """``Rechnung`` directly followed by ``Nr.`` (a type code in brackets between) is a label of the number."""
    roles = hit.roles
    if "number_word" in roles:
        for other in hits:
            between = text[other.end : hit.start]
            if other.roles & _TITLE_ROLES and other.end <= hit.start and _TYPE_CODE.fullmatch(between):
                return roles | {"invoice_number"}
    return roles


def _to_the_left(sheet: Sheet, segment: Segment) -> list[Link]:
    relation = weights()["relation"]
    strength = relation["right"] * (0.5 if _in_address(sheet, segment) else 1.0)
    for other in sheet.left_of(segment):
        hits = _speaking([hit for hit in sheet.mark(other).hits if not hit.roles <= _SILENT])
        if hits:
            factor = relation["answered"] if _answered(other, hits[-1]) else 1.0
            return [_link("right", strength * factor, other, hits, hit) for hit in hits]
        strength *= relation["right_step"]
    return []


def _in_address(sheet: Sheet, segment: Segment) -> bool:
    """A postcode or a house number answers no label."""
    zones = sheet.mark(segment).zones
    return "buyer" in zones or "recipient" in zones or town_in(segment.text) is not None


def _answered(segment: Segment, hit: Hit) -> bool:
    """Does the label already have its value behind it in its own segment?"""
    return bool(_TWO_DIGITS.search(_RATE_AND_BASE.sub("", segment.text[hit.end :])))


def _link(relation: str, strength: float, segment: Segment, hits: list[Hit], hit: Hit) -> Link:
    tail = len(_LETTERS.findall(segment.text[hits[-1].end :])) + len(_LETTERS.findall(segment.text[: hits[0].start]))
    roles = _with_neighbours(segment.text, hits, hit)
    return Link(relation, strength * 0.93**tail, roles, segment.text[hit.start : hit.end])


def _above(sheet: Sheet, segment: Segment) -> list[Link]:
    relation = weights()["relation"]
    strength, found = relation["above"], []
    top = segment.y0
    if segment.index in sheet.heads:
        over, hits = sheet.heads[segment.index]
        return [_link("above", strength, over, hits, hit) for hit in hits]
    marks, zones = sheet.marks, sheet.mark(segment).zones
    inside = "table" in zones or "sums" in zones
    for steps, other in enumerate(sheet.above(segment, reach=24)):
        head = "header" in marks[other.index].zones
        distance = (top - other.y1) / max(other.size, 1.0)
        if (distance > 2.2 or steps > 3) and not head:
            if inside:
                continue
            break
        hits = marks[other.index].hits
        if hits and (head or not _DIGIT.search(other.text[hits[-1].end :])):
            factor = 1.0 if head else _open_label(sheet, other)
            factor *= 1.0 if head else relation["above_step"] ** steps
            found += [_link("above", strength * factor, other, hits, hit) for hit in hits]
            if not head:
                break
            strength *= 0.7
    return found


def _ends_its_chain(sheet: Sheet, segment: Segment) -> bool:
    """Value, label, value, label at one left edge, the first of them a value: the labels stand below."""
    down = _chain(segment, sheet.below(segment, reach=7))
    if not down or not _is_bare_label(sheet, down[0]):
        return False
    chain = [*_chain(segment, sheet.above(segment, reach=7))[::-1], segment, *down]
    kinds = [_is_bare_label(sheet, each) for each in chain]
    return not kinds[0] and kinds[-1] and all(one != other for one, other in pairwise(kinds))


def _chain(segment: Segment, others: Iterable[Segment]) -> list[Segment]:
    """The segments at the same left edge, each near the one before."""
    found: list[Segment] = []
    last = segment
    for other in others:
        gap = max(other.y0 - last.y1, last.y0 - other.y1)
        if abs(other.x0 - segment.x0) < 1.5 and gap < 1.5 * segment.size:
            found.append(other)
            last = other
    return found


def _is_bare_label(sheet: Sheet, segment: Segment) -> bool:
    hits = sheet.mark(segment).hits
    whole = bool(hits) and hits[-1].end - hits[0].start >= 0.6 * len(segment.text)
    return (whole or segment.text.endswith(":")) and not _DIGIT.search(segment.text)


def _weaker(found: list[Link]) -> list[Link]:
    return [replace(link, strength=0.4 * link.strength) for link in found]


def _label_below(sheet: Sheet, segment: Segment) -> Segment | None:
    """A label below its value, as on cards: alone in its cell, and nearer than any label above."""
    if sheet.mark(segment).zones & _GRIDS or not _DIGIT.search(segment.text):
        return None
    label = next(iter(sheet.below(segment, reach=1)), None)
    if label is not None and _ends_its_chain(sheet, segment):
        return label
    if label is None or len(label.words) > 3 or _VALUE.search(label.text) or sheet.mark(label).zones & _GRIDS:
        return None
    hits = sheet.mark(label).hits
    gap = label.y0 - segment.y1
    if gap > 0.9 * segment.size or (hits and hits[0].end - hits[0].start < 0.6 * len(label.text)):
        return None
    over = next((other for other in sheet.above(segment, reach=3) if sheet.mark(other).hits), None)
    apart = over is None or segment.y0 - over.y1 >= 1.6 * max(gap, 1.0)
    return label if apart and (hits or over is not None) else None


def _open_label(sheet: Sheet, label: Segment) -> float:
    """A label with a value to its right speaks of that one, not of what stands below."""
    for other in sheet.right_of(label)[:1]:
        near = other.x0 - label.x1 < 0.35 * sheet.width(label) and not _in_address(sheet, other)
        if near and _DIGIT.search(other.text) and not sheet.mark(other).hits:
            return float(weights()["relation"]["answered"])
    return 1.0


def fit(table: Mapping[str, float], found: Iterable[Link]) -> tuple[float, Link | None]:
    """The strongest of `found` among the roles of `table`, and what it is worth."""
    role, best = _strongest(table, found)
    return (table[role] * best.strength, best) if best is not None else (0.0, None)


def _strongest(table: Mapping[str, float], found: Iterable[Link]) -> tuple[str, Link | None]:
    worth, name, who = 0.0, "", None
    for link in found:
        for role in link.roles:  # a set has no order: of two that say the same, the first by name
            value = table.get(role, 0.0) * link.strength
            if value > worth or (value == worth and who is link and role < name):
                worth, name, who = value, role, link
    return name, who


def labelled(field: Mapping[str, Any], found: list[Link]) -> tuple[Signs, Link | None]:
    """What the labels say for a field and against it, and the label that says most for it."""
    role, who = _strongest(field["for"], found)
    signs = {f"for.{role}": who.strength} if who is not None else {}
    against, rival = _strongest(field["against"], found)
    if rival is not None and rival is not who:  # one phrase, two meanings: the field's own counts
        signs[f"against.{against}"] = -rival.strength
    return signs, who


def total(field: Mapping[str, Any], signs: Signs) -> float:
    """The score of a candidate: its signs times their weights, and what every candidate of the field begins with."""
    score = float(field["base"])
    for name, value in signs.items():
        kind, _, role = name.rpartition(".")
        score += (field[kind][role] if kind else field[name]) * value
    return score


def log_odds(score: float, others: Iterable[float]) -> float:
    """How much a score stands above all its rivals together; 12 without any."""
    rivals = list(others)
    if not rivals:
        return 12.0
    peak = max(rivals)
    return score - peak - math.log(sum(math.exp(each - peak) for each in rivals))
