"""What else a page says for booking and paying: order, customer, BIC and the terms of a cash discount."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from kontorist.domain.payables.draft import Field, FieldSource, Reference
from kontorist.extraction.candidates import Candidate
from kontorist.extraction.candidates.date import DateReading
from kontorist.extraction.candidates.number import numbers
from kontorist.extraction.fields import found_by
from kontorist.extraction.labels import fold
from kontorist.extraction.layout import Sheet
from kontorist.extraction.scoring import Link, links

_BIC = re.compile(
    r"(?:BIC|SWIFT)(?:[\s/-]*(?:BIC|SWIFT|Code))?\W{0,6}([A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?)(?![A-Za-z0-9])"
)
_SIX_CAPITALS = re.compile(r"[A-Z]{6}")
_BIC_ALONE = re.compile(r"^[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?$")
_BIC_LABEL = re.compile(r"(?:BIC|SWIFT)(?:[\s/-]*(?:BIC|SWIFT|Code))?\W*$", re.IGNORECASE)
_DISCOUNT = re.compile(r"\bskonto|discount|korting|escompte|\bsconto|descuento|\bskonta")
_PERCENT = re.compile(r"(\d{1,2}(?:[.,]\d{1,2})?)\s?%")
_DAYS = re.compile(r"(\d{1,3})\s*(?:tagen?|days?|dagen|jours?|giorni|dias|dni)\b")
_DIGIT = re.compile(r"\d")
_NUMBERS: tuple[Reference, ...] = ("order_number", "customer_number")
_NEAR = 0.75  #: strength of a label that is beside its value


@dataclass(slots=True)
class _Found:
    value: str
    reason: str
    candidate: Candidate[str]
    source: FieldSource = FieldSource.CAPTURED

    def field(self, sheet: Sheet) -> Field:
        spot = self.candidate
        box = sheet.pages[spot.page].percent(spot.area)
        return Field(
            value=self.value,
            confidence=0.8,
            safe=False,
            reason=self.reason,
            page=spot.page,
            box=box,
            source=self.source,
        )


def references(
    sheet: Sheet, taken: dict[int, list[tuple[int, int]]], days: Sequence[Candidate[DateReading]], issued: date | None
) -> dict[Reference, Field]:
    """What is found of them; never safe, because nothing on the page confirms it. `taken` are ids and dates."""
    found: dict[Reference, _Found] = {}
    for each, near in _labelled(sheet, taken):
        for name in _NUMBERS:
            link = next((link for link in near if name in link.roles and link.strength >= _NEAR), None)
            if link is not None:
                found.setdefault(name, _Found(each.value, found_by(link, otherwise=""), each))
    bic = next(_bics(sheet), None)
    if bic is not None:
        found["bic"] = bic
    found.update(_discount(sheet, days, issued))
    return {name: each.field(sheet) for name, each in found.items()}


def _labelled(sheet: Sheet, taken: dict[int, list[tuple[int, int]]]) -> Iterator[tuple[Candidate[str], list[Link]]]:
    for segment in sheet.segments:
        if segment.page != sheet.first or not _DIGIT.search(segment.text):
            continue
        for each in numbers(segment, taken.get(segment.index, ())):
            yield each, links(sheet, each)[:2]


def _bics(sheet: Sheet) -> Iterator[_Found]:
    for segment in sheet.segments:
        if not _SIX_CAPITALS.search(segment.text):
            continue
        match = _BIC.search(segment.text)
        if match:
            yield _Found(match[1], "behind its label", Candidate(match[1], segment, match.start(1), match.end(1)))
        elif _BIC_ALONE.match(segment.text):
            left = [other for other in sheet.left_of(segment)[:1] if _BIC_LABEL.search(other.text)]
            if left:
                place = Candidate(segment.text, segment, 0, len(segment.text))
                yield _Found(segment.text, f'right of "{left[0].text[:40]}"', place)


def _discount(
    sheet: Sheet, days: Sequence[Candidate[DateReading]], issued: date | None
) -> Iterator[tuple[Reference, _Found]]:
    """``3 % Skonto bis 15.03.2024``, ``2% discount within 10 days``: the rate, and the last day for it."""
    if not _DISCOUNT.search(fold(sheet.text)):
        return
    for segment in sheet.segments:
        text = fold(segment.text)
        word, rate = _DISCOUNT.search(text), _PERCENT.search(text)
        if not word or not rate or sheet.in_zone(segment, "table"):
            continue
        place = Candidate(rate[1], segment, rate.start(), rate.end())
        yield "discount_percent", _Found(f"{Decimal(rate[1].replace(',', '.')):.2f}", "in the terms of payment", place)
        until = _until(place, word.start(), days, issued)
        if until is not None:
            yield "discount_until", until
        return


def _until(
    place: Candidate[str], near: int, days: Sequence[Candidate[DateReading]], issued: date | None
) -> _Found | None:
    """The printed day nearest to the word for the discount; without one, so many days after the issue date."""
    segment, text = place.segment, fold(place.segment.text)
    mine = [each for each in days if each.segment is segment and not each.value.ambiguous]
    if mine:
        first = min(mine, key=lambda each: abs(each.start - near))
        spot = Candidate(first.text, segment, first.start, first.end)
        return _Found(first.value.read(day_first=True).isoformat(), "in the terms of payment", spot)
    term = min(_DAYS.finditer(text), key=lambda match: abs(match.start() - near), default=None)
    if term is None or issued is None:
        return None
    spot = Candidate(term[1], segment, term.start(1), term.end(1))
    day = issued + timedelta(days=int(term[1]))
    return _Found(day.isoformat(), f"{term[1]} days after the issue date", spot, FieldSource.FORMULA)
