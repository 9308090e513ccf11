"""By what a paper will be known again: its supplier's ids and names, and its labels with their columns."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Final

from kontorist.domain.payables.memory import Signs
from kontorist.domain.payables.suppliers import compact, folded_name
from kontorist.extraction.candidates import iban as iban_numbers
from kontorist.extraction.candidates import name as names
from kontorist.extraction.candidates import vat_id as vat_numbers
from kontorist.extraction.labels import squeeze
from kontorist.extraction.layout import Sheet
from kontorist.extraction.page_text import Segment
from kontorist.extraction.profile import BuyerProfile

_COLUMNS: Final = 10  #: coarse cells across a page; down the page things move with the number of lines above them
_MOST: Final = 80  #: labels that make up a layout
_MOST_NAMES: Final = 40
_LONGEST_LABEL: Final = 4  #: words


def signs_of(sheet: Sheet, profile: BuyerProfile) -> Signs:
    """The signs of a paper; what is the buyer's own, by profile or by its place in the address, is none."""
    foreign = [segment for segment in sheet.segments if not sheet.in_zone(segment, "buyer")]
    vat_ids = {compact(each.value) for segment in foreign for each in vat_numbers.vat_ids(segment)}
    ibans = {compact(each.value) for segment in foreign for each in iban_numbers.ibans(segment)}
    return Signs(
        vat_ids=frozenset(each for each in vat_ids if vat_numbers.shaped(each) and not profile.owns_id(each)),
        ibans=frozenset(each for each in ibans if not profile.owns_id(each)),
        domains=frozenset(
            domain for segment in foreign for domain in names.domains(segment) if not profile.owns_domain(domain)
        ),
        names=frozenset(sorted(_names(sheet, foreign, profile))[:_MOST_NAMES]),
        cells=frozenset(sorted(_cells(sheet))[:_MOST]),
    )


def _names(sheet: Sheet, foreign: list[Segment], profile: BuyerProfile) -> set[str]:
    """Firms named anywhere, and what stands at the head of the first page; folded for comparison."""
    found: set[str] = set()
    for segment in foreign:
        name = names.sender_in(segment.text) or names.firm_in(segment.text)
        if name is None and segment.page == sheet.first and sheet.height(segment) < 0.25:
            name = segment.text if names.plausible(segment.text) else None
        if name and not profile.owns_name(name):
            found.add(folded_name(name))
    return found - {""}


def _cells(sheet: Sheet) -> Iterator[str]:
    """A short hash for each label of the first page and its column; of the rows of a table none.

    A label is what begins a short line of print, up to its first digit: the lexicon has no part in it, so that what was
    learnt is still known when it has grown.
    """
    for segment in sheet.pages[sheet.first].segments if sheet.pages else ():
        if sheet.in_zone(segment, "table"):
            continue
        lead = re.split(r"\d", segment.text, maxsplit=1)[0]
        words = squeeze(lead)
        if len(words) > 2 and len(lead.split()) <= _LONGEST_LABEL:
            column = int(_COLUMNS * segment.x0 / sheet.width(segment))
            yield hashlib.sha256(f"{words} {column}".encode()).hexdigest()[:8]
