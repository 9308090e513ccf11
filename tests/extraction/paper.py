"""Papers drawn as text: two blanks or more begin another column, a line of the drawing is a line of print."""

from __future__ import annotations

import re
from textwrap import dedent

from kontorist.domain.payables.draft import InvoiceDraft
from kontorist.extraction.layout import Sheet
from kontorist.extraction.page_reader import read_pages
from kontorist.extraction.page_text import Page, Segment, Word, segments_of
from kontorist.extraction.profile import BuyerProfile

ADVANCE, PITCH, HEIGHT = 5.0, 13.0, 10.0
WIDE, HIGH = 600.0, 842.0


def page(drawing: str, number: int = 1) -> Page:
    """A page as the PDF reader would give it."""
    words = []
    for line, text in enumerate(dedent(drawing).strip("\n").splitlines()):
        top = 60.0 + line * PITCH
        for match in re.finditer(r"\S+", text):
            left = 30.0 + match.start() * ADVANCE
            words.append(Word(match[0], left, top, left + ADVANCE * len(match[0]), top + HEIGHT))
    characters = sum(len(word.text) for word in words)
    return Page(number=number, width=WIDE, height=HIGH, segments=segments_of(words, number), characters=characters)


def read(*drawings: str, profile: BuyerProfile | None = None) -> InvoiceDraft:
    """The draft of an invoice drawn page by page."""
    pages = [page(drawing, number) for number, drawing in enumerate(drawings, 1)]
    return read_pages(pages, len(pages), profile or BuyerProfile())


def sheet(*drawings: str) -> Sheet:
    """The pages with labels and zones."""
    return Sheet([page(drawing, number) for number, drawing in enumerate(drawings, 1)])


def segment(text: str) -> Segment:
    """One line of print without columns."""
    return page(re.sub(r" {2,}", " ", text)).segments[0]
