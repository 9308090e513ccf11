"""Two papers in one file: whoever scans a pile gets one PDF, and the second invoice must not be lost in the first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kontorist.domain.payables.draft import Finding
from kontorist.extraction.candidates import Candidate
from kontorist.extraction.candidates.number import numbers
from kontorist.extraction.fields.days import find_dates
from kontorist.extraction.layout import Sheet
from kontorist.extraction.scoring import links

_SURELY = 0.8  #: strength of a label that stands right beside or above its value
_TITLES = frozenset({"kind_invoice", "kind_credit_note"})  #: ``Faktura A04042``
_SHORTEST = 4  #: characters of a number that stands behind a title without any label
_HEAD = 0.45  #: part of a page in which a paper names itself


@dataclass(frozen=True, slots=True)
class NextInvoice:
    """Where another invoice begins, and what the two call themselves."""

    page: int
    number: str
    before: str

    @property
    def finding(self) -> Finding:
        """For a person: the file is to be parted."""
        sentence = (
            f"Page {self.page} begins another invoice ({self.number}) than the pages before it ({self.before}); "
            "only the first one was read. Part the file and hand in each invoice by itself."
        )
        return Finding(code="KON-SEVERAL-INVOICES", sentence=sentence, fields=("invoice_number",))


def next_invoice(sheet: Sheet) -> NextInvoice | None:
    """The first page that names one number in its head, another than the pages before, and a total of its own."""
    if len(sheet.pages) < 2:
        return None
    dates = {each.segment.index: (each.start, each.end) for each in find_dates(sheet)}
    before: dict[str, None] = {}
    for page in sorted(sheet.pages):
        named = dict.fromkeys(each.value for each in _named(sheet, page) if not _is_date(each, dates))
        if before and len(named) == 1 and not before.keys() & named.keys() and _has_total(sheet, page):
            return NextInvoice(page, next(iter(named)), next(iter(before)))
        before |= named
    return None


def _named(sheet: Sheet, page: int) -> Iterator[Candidate[str]]:
    """Numbers in the head of a page that it calls its invoice number, in so many words and close by."""
    for segment in sheet.pages[page].segments:
        if sheet.height(segment) < _HEAD and not sheet.in_zone(segment, "table"):
            yield from (each for each in numbers(segment, ()) if _is_named(sheet, each))


def _is_named(sheet: Sheet, candidate: Candidate[str]) -> bool:
    nearest = next(iter(links(sheet, candidate)), None)
    if nearest is None or nearest.strength < _SURELY:
        return False
    if nearest.relation == "above" and _in_a_list(sheet, candidate):
        return False
    titled = nearest.relation == "inline" and len(candidate.value) >= _SHORTEST and bool(nearest.roles & _TITLES)
    return titled or "invoice_number" in nearest.roles or nearest.roles == {"number_word"}


def _in_a_list(sheet: Sheet, candidate: Candidate[str]) -> bool:
    """Below it stands another number of its form: a list of invoices, not the head of one."""
    here = candidate.segment
    reach = here.y1 + 2.5 * (here.y1 - here.y0)
    return any(
        abs(each.x0 - here.x0) < here.size and here.y1 - 1 <= each.y0 <= reach and _form(each.text) == _form(here.text)
        for each in sheet.pages[candidate.page].segments
    )


def _form(text: str) -> str:
    return "".join("9" if each.isdigit() else "a" if each.isalpha() else each for each in text)


def _is_date(candidate: Candidate[str], dates: dict[int, tuple[int, int]]) -> bool:
    start, end = dates.get(candidate.segment.index, (0, 0))
    return start < candidate.end and end > candidate.start


def _has_total(sheet: Sheet, page: int) -> bool:
    hits = (hit for segment in sheet.pages[page].segments for hit in sheet.mark(segment).hits)
    return any(hit.roles & {"gross", "total"} for hit in hits)
