"""The pages as one sheet: where labels stand, which words are neighbours, and which zones the paper has."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from kontorist.extraction.candidates import name as names
from kontorist.extraction.labels import Hit, language_of, lexicon
from kontorist.extraction.memory.hint import NO_HINTS, Hints
from kontorist.extraction.page_text import Page, Segment

_SUMS: Final = frozenset({"net", "gross", "total", "due", "tax_total"})
_CLOSING: Final = _SUMS | {"subtotal", "tax"}
_FOOT: Final = 0.86  #: of the page's height; below stand page numbers and the firm's details
_PARTIES: Final = frozenset({"seller", "buyer"})
_DIGIT: Final = re.compile(r"\d")
_AMOUNT: Final = re.compile(r"\d[\d ., ']*[.,]\d\d(?!\d|\s?%)")
#: ``MwSt. 19 % von 2.134,44`` heads a column too.
_BASE: Final = re.compile(r"\b(?:von|auf|aus|über|over|on|of|sur|de|op|van|su|sobre|di)\s+\d[\d.,' ]*")
_FRACTION: Final = re.compile(r"\d[.,]\d+(?!\d|\s?%)")
_DECIMALS: Final = re.compile(r"\d[.,]\d\d(?!\d|\s?%)")


@dataclass(slots=True)
class Mark:
    """What we know of one segment: its labels, its zones, and what it begins with."""

    hits: list[Hit] = field(default_factory=list)
    zones: set[str] = field(default_factory=set)

    def roles(self) -> set[str]:
        """All roles its labels may have."""
        return {role for hit in self.hits for role in hit.roles}


class Sheet:
    """Segments of all pages read, with labels and zones; answers who is left of, above and below whom."""

    def __init__(self, pages: list[Page]) -> None:
        self.pages = {page.number: page for page in pages}
        self.segments = [segment for page in pages for segment in page.segments]
        self.marks: list[Mark] = []
        self.links: dict[tuple[int, int], Any] = {}  #: what scoring found out, kept while the sheet is read
        self.around: dict[int, Any] = {}
        self.heads: dict[int, tuple[Segment, list[Hit]]] = {}  #: of a cell in a table of sums: the head of its column
        self._lines: dict[tuple[int, int], list[Segment]] = {}
        self._bands: dict[tuple[int, int], list[Segment]] = {}
        words = lexicon()
        for index, segment in enumerate(self.segments):
            segment.index = index
            self.marks.append(Mark(words.find(segment.text)))
            self._lines.setdefault((segment.page, segment.line), []).append(segment)
        self.text = "\n".join(segment.text for segment in self.segments)
        self.language = language_of(self.text)
        self.towns: dict[int, list[Segment]] = {}  #: lines that end in postcode and town, by page
        for segment in self.segments:
            if _DIGIT.search(segment.text) and names.town_in(segment.text):
                self.towns.setdefault(segment.page, []).append(segment)
        self.first = min(self.pages, default=1)
        self.recognised = any(page.recognised for page in pages)  #: on a picture something may be overlooked
        self.hints: Hints = NO_HINTS  #: what memory says for and against candidates
        _mark_parties(self)
        _mark_recipient(self)
        _mark_tables(self)

    def mark(self, segment: Segment) -> Mark:
        """Labels and zones of a segment."""
        return self.marks[segment.index]

    def in_zone(self, segment: Segment, zone: str) -> bool:
        """Does the segment stand in ``buyer``, ``seller``, ``table``, ``header`` or ``sums``?"""
        return zone in self.marks[segment.index].zones

    def height(self, segment: Segment) -> float:
        """How far down its page it stands, 0 to 1."""
        return segment.y0 / self.pages[segment.page].height

    def width(self, segment: Segment) -> float:
        """The width of its page in points."""
        return self.pages[segment.page].width

    def line(self, page: int, number: int) -> list[Segment]:
        """The segments of one line, left to right."""
        return self._lines.get((page, number), [])

    def beside(self, segment: Segment) -> list[Segment]:
        """Segments at the same height, left to right, itself included; lines a little apart count."""
        found = [other for other in self._near(segment) if _same_height(segment, other)]
        found.sort(key=_left)
        return found

    def _near(self, segment: Segment) -> list[Segment]:
        """The segments of its line and of two lines on each side, put together once for all of one line."""
        page, line = segment.page, segment.line
        found = self._bands.get((page, line))
        if found is None:
            rows = (self._lines.get((page, number), ()) for number in range(line - 2, line + 3))
            found = self._bands[page, line] = [other for row in rows for other in row]
        return found

    def left_of(self, segment: Segment) -> list[Segment]:
        """Segments at the same height to the left, the nearest first."""
        edge = segment.x0 + 1
        found = [
            each
            for each in self._near(segment)
            if each.x1 <= edge and _same_height(segment, each) and each is not segment
        ]
        found.sort(key=_left)
        found.reverse()
        return found

    def right_of(self, segment: Segment) -> list[Segment]:
        """Segments at the same height to the right, the nearest first."""
        edge = segment.x1 - 1
        found = [
            each
            for each in self._near(segment)
            if each.x0 >= edge and _same_height(segment, each) and each is not segment
        ]
        found.sort(key=_left)
        return found

    def above(self, segment: Segment, reach: int = 8) -> Iterator[Segment]:
        """Segments of the lines above that share its column, the nearest first."""
        page, bottom, lines = segment.page, segment.y1, self._lines
        for number in range(segment.line - 1, max(-1, segment.line - 1 - reach), -1):
            for other in lines.get((page, number), ()):
                if other.y1 <= bottom and _same_column(segment, other):
                    yield other

    def below(self, segment: Segment, reach: int = 8) -> Iterator[Segment]:
        """Segments of the lines below that share its column, the nearest first."""
        for number in range(segment.line + 1, segment.line + 1 + reach):
            for other in self._lines.get((segment.page, number), ()):
                if _same_column(segment, other) and other.y0 >= segment.y0:
                    yield other

    def town_below(self, segment: Segment) -> bool:
        """Does a line with postcode and town stand a few lines below, at the same edge?"""
        reach = 9 * segment.size + 20
        return any(
            0 < town.y0 - segment.y0 < reach and _same_edge(segment, town, self.width(segment))
            for town in self.towns.get(segment.page, ())
        )

    def block_below(self, head: Segment, most: int = 10) -> list[Segment]:
        """Lines that begin at the same left (or right) edge under `head`, without a large gap."""
        block: list[Segment] = []
        bottom, size = head.y1, head.size
        for number in range(head.line + 1, head.line + 3 * most):
            for other in self.line(head.page, number):
                if not _same_edge(head, other, self.width(head)):
                    continue
                allowed = (2.6 if not block else 1.7) * max(size, other.size)
                if other.y0 - bottom > allowed or len(block) >= most:
                    return block
                block.append(other)
                bottom, size = other.y1, other.size
        return block


def is_label(sheet: Sheet, segment: Segment, hit: Hit) -> bool:
    """Is the phrase the whole of the segment, or its beginning before a colon? Short words are labels only so."""
    before, after = segment.text[: hit.start].strip(" -*.|("), behind(sheet, segment, hit).lstrip(" )*.")
    return not before and (not after or after[:1] in ":-")


def behind(sheet: Sheet, segment: Segment, hit: Hit) -> str:
    """What stands behind a label; ``/ Seller`` after ``Sprzedawca`` says the same again and counts as part of it."""
    end = hit.end
    for other in sheet.mark(segment).hits:
        between = segment.text[end : other.start].strip()
        if other.start >= end and between in ("/", "(", "|") and other.roles & hit.roles:
            end = other.end
    return segment.text[end:]


def _same_height(one: Segment, other: Segment) -> bool:
    top = one.y0 if one.y0 > other.y0 else other.y0
    bottom = one.y1 if one.y1 < other.y1 else other.y1
    return bottom - top > 0.4 * (one.size if one.size < other.size else other.size)


def _left(segment: Segment) -> float:
    return segment.x0


def _same_column(one: Segment, other: Segment) -> bool:
    x0, x1, y0, y1 = one.x0, one.x1, other.x0, other.x1
    if x1 + 4 <= y0 or y1 + 4 <= x0:
        return False  # quick, and true of most
    overlap = (x1 if x1 < y1 else y1) - (x0 if x0 > y0 else y0)
    if overlap > 0 and (overlap > 0.3 * (x1 - x0) or overlap > 0.3 * (y1 - y0)):
        return True
    return -4 < x0 - y0 < 4 or -4 < x1 - y1 < 4


def _same_edge(head: Segment, other: Segment, width: float) -> bool:
    near = 0.015 * width
    return abs(head.x0 - other.x0) < near or (abs(head.x1 - other.x1) < near and head.x0 > 0.5 * width)


def _mark_parties(sheet: Sheet) -> None:
    """Zones ``buyer`` and ``seller``: what stands under or beside such a label, and the window address."""
    for segment in sheet.segments:
        for hit in sheet.mark(segment).hits:
            party = hit.roles & _PARTIES
            vague = hit.end - hit.start <= 3 and sheet.height(segment) > 0.5  # "To:" further down is another's
            if len(party) == 1 and is_label(sheet, segment, hit) and not vague:
                _mark_party(sheet, segment, hit, next(iter(party)))
    for segment in sheet.segments:
        if _is_sender_line(sheet, segment):
            sheet.mark(segment).zones.add("sender")
            for each in sheet.block_below(segment):
                if not sheet.mark(each).zones & _PARTIES:
                    sheet.mark(each).zones.add("buyer")


def _mark_party(sheet: Sheet, label: Segment, hit: Hit, party: str) -> None:
    rest = behind(sheet, label, hit).strip(" :-)")
    sheet.mark(label).zones.add("party_label")
    if rest and party == "buyer":
        sheet.mark(label).zones.add("buyer")
    if rest and party == "seller":
        sheet.mark(label).zones.add("seller")
    near = 0.2 * sheet.width(label)
    right = [] if rest else sheet.right_of(label)[:1]
    beside = [each for each in right if each.x0 - label.x1 < near and not sheet.mark(each).hits]
    for each in [*beside, *sheet.block_below(label, most=12)]:
        if _other_party(sheet, each, party):
            break
        sheet.mark(each).zones.add(party)
        if sheet.mark(each).hits and each.text.rstrip().endswith(":"):
            for value in sheet.right_of(each)[:1]:
                sheet.mark(value).zones.add(party)


def _other_party(sheet: Sheet, segment: Segment, party: str) -> bool:
    mark = sheet.mark(segment)
    if any(zone in _PARTIES and zone != party for zone in mark.zones):
        return True
    return any(hit.roles & _PARTIES and is_label(sheet, segment, hit) for hit in mark.hits)


def _is_sender_line(sheet: Sheet, segment: Segment) -> bool:
    """Name, street and town in one line above a window address (DIN 5008: the field above the recipient)."""
    if (
        segment.page != sheet.first
        or not 0.05 < sheet.height(segment) < 0.36
        or segment.x0 > 0.35 * sheet.width(segment)
    ):
        return False
    return names.sender_in(segment.text) is not None


def _mark_recipient(sheet: Sheet) -> None:
    """Zone ``recipient`` for a bare address without a label, where the sheet shows an address of somebody else too.

    The sender's own comes with telephone, mail or numbers, or stands in a letterhead or a foot line.
    """
    if not sheet.pages or any("buyer" in mark.zones for mark in sheet.marks):
        return
    first = sheet.pages[sheet.first].segments
    towns = {names.town_in(segment.text) for segment in sheet.towns.get(sheet.first, ())}
    blocks = [block for head in first if (block := _bare_address(sheet, head))]
    if len(towns) < 2:  # the writer may stand in one line of the foot alone
        firms = {
            names.bare(firm) for each in first if sheet.height(each) > _FOOT and (firm := names.firm_in(each.text))
        }
        blocks = [block for block in blocks if firms and names.bare(block[0].text) not in firms]
    lowest = max(blocks, key=lambda block: (block[-1].y0, len(block)), default=[])
    rivals = [block for block in blocks if block[-1].y1 > lowest[0].y0 - 1 and not set(block) & set(lowest)]
    if not rivals:
        _add(sheet, lowest, "recipient")


def mark_own(sheet: Sheet, owns: Callable[[str], bool]) -> None:
    """Zone ``buyer`` for our own name and the address below it, wherever the page has them."""
    for segment in sheet.segments:
        if not owns(segment.text) or "seller" in sheet.mark(segment).zones:
            continue
        block = sheet.block_below(segment, most=7)
        towns = [at for at, each in enumerate(block) if each in sheet.towns.get(segment.page, ())]
        _add(sheet, [segment, *(block[: towns[0] + 3] if towns else [])], "buyer")


def _bare_address(sheet: Sheet, head: Segment) -> list[Segment]:
    """The lines of an address that begins with `head`; none where it is not one, or comes with contact details."""
    if not 0.08 < sheet.height(head) < 0.34 or sheet.mark(head).zones & _PARTIES or ":" in head.text:
        return []
    if (
        not sheet.town_below(head)
        or not names.plausible(head.text)
        or names.town_in(head.text)
        or names.street_like(head.text)
    ):
        return []
    block = [head, *sheet.block_below(head, most=6)]
    ends = [at for at, each in enumerate(block[:5]) if names.town_in(each.text)]
    if not ends or ends[0] < 2 or any(names.contact_like(each.text) for each in block):
        return []
    return block


def _mark_tables(sheet: Sheet) -> None:
    """Zone ``header`` for table heads, ``table`` for the rows of line items, ``sums`` for tables of totals.

    After a subtotal or a page break a table may go on: it does when the next row looks like one of items.
    """
    state, head = "out", list[Segment]()
    for number, page in sheet.pages.items():
        state, bottom = "open" if state != "out" else "out", 0.0
        for line in range(1 + max((segment.line for segment in page.segments), default=-1)):
            row = sheet.line(number, line)
            if state == "in" and row[0].y0 - bottom > 4.5 * row[0].size:
                state = "open"
            bottom = max(segment.y1 for segment in row)
            kind = _head_kind(sheet, row)
            if kind:
                _add(sheet, row, "header")
                state, head = ("in" if kind == "items" else "out"), row
                if kind == "sums":
                    _mark_sums(sheet, row, list(_rows_below(sheet, row)))
            elif state != "out" and _is_sum_of_columns(sheet, row):
                _add(sheet, row, "sums")
                _pair(sheet, head, row)
                state = "out"
            elif state != "out":
                state = state if _inside(head, row) else _after_row(sheet, row, state)
                if state == "in" and (_item_like(row) or sheet.height(row[0]) < _FOOT):
                    _add(sheet, row, "table")


def _mark_sums(sheet: Sheet, head: list[Segment], rows: list[list[Segment]]) -> None:
    """Zone ``sums``; where several rows have a rate, ``by_rate``: what they say is not of the whole invoice."""
    rated = [row for row in rows if any("%" in each.text for each in row)]
    for row in rows:
        _add(sheet, row, "sums")
        _pair(sheet, head, row)
    for row in rated if len(rated) > 1 else ():
        _add(sheet, row, "by_rate")


def _is_sum_of_columns(sheet: Sheet, row: list[Segment]) -> bool:
    """``Razem | 9 552,60 | 2 197,10 | 11 749,70``: a sum below each of several columns, not one behind a label."""
    return bool(_sum_roles(sheet, row)) and sum(1 for each in row if _DECIMALS.search(each.text)) >= 3


def _pair(sheet: Sheet, head: list[Segment], row: list[Segment]) -> None:
    """The head of each cell: by their order where there are as many, else by the column it shares most of."""
    if len(head) == len(row):
        sheet.heads.update((cell.index, (above, sheet.mark(above).hits)) for cell, above in zip(row, head, strict=True))
        return
    columns = [(each.area(hit.start, hit.end), each, hit) for each in head for hit in sheet.mark(each).hits]
    for cell in row:
        amount = _AMOUNT.search(cell.text)
        if amount is not None:
            x0, _, x1, _ = cell.area(amount.start(), amount.end())
            _, above, hit = max(columns, key=lambda column: min(column[0][2], x1) - max(column[0][0], x0))
            sheet.heads[cell.index] = (above, [hit])


def _inside(head: list[Segment], row: list[Segment]) -> bool:
    """One cell between the first and the last column: more words on an item, whatever they say of net and gross."""
    return len(row) == 1 and len(head) > 2 and row[0].x0 > head[0].x1 and row[0].x1 < head[-1].x0


def _after_row(sheet: Sheet, row: list[Segment], state: str) -> str:
    roles = _sum_roles(sheet, row)
    if roles:
        return "open" if roles <= {"subtotal"} else "out"
    return "in" if state == "in" or _item_like(row) else "open"


def _item_like(row: list[Segment]) -> bool:
    """Several cells, an amount in the last."""
    return len(row) >= 3 and _DECIMALS.search(row[-1].text) is not None


def _add(sheet: Sheet, segments: Iterable[Segment], zone: str) -> None:
    for segment in segments:
        sheet.mark(segment).zones.add(zone)


def _head_kind(sheet: Sheet, row: list[Segment]) -> str | None:
    """``items`` for a head of line items, ``sums`` for one of totals or of the tax table."""
    hits = [hit for segment in row for hit in sheet.mark(segment).hits]
    if len(hits) < 2 or any(_FRACTION.search(_BASE.sub("", segment.text)) for segment in row):
        return None
    found = [hit.roles for hit in hits]
    has: Callable[[str], bool] = lambda role: any(role in roles for roles in found)  # noqa: E731
    if (has("description") or has("line_position")) and (has("quantity") or has("unit_price") or has("line_total")):
        return "items"
    if ((has("quantity") or has("unit_price")) and has("line_total")) or (has("quantity") and has("unit_price")):
        return "items"
    sums = sum(1 for roles in found if roles & (_SUMS | {"tax", "tax_base", "subtotal", "tax_rate"}))
    if sums >= 3 or (has("tax_base") and has("tax")):
        return "sums"
    items = has("description") or has("quantity") or has("unit_price")
    return "sums" if sums == 2 and not items and _amounts_below(sheet, row) == len(row) else None


def _amounts_below(sheet: Sheet, row: list[Segment]) -> int:
    below = sheet.line(row[0].page, row[0].line + 1)
    return len(below) if below and all(_DECIMALS.search(each.text) for each in below) else 0


def _sum_roles(sheet: Sheet, row: list[Segment]) -> set[str]:
    """The roles of a row that begins with a label of a sum and ends with an amount; empty for any other."""
    if not row or not _DIGIT.search(row[-1].text):
        return set()
    for segment in row[:-1] or row:
        for hit in sheet.mark(segment).hits:
            starts = not segment.text[: hit.start].strip(" *")
            if starts and hit.roles & _CLOSING and len(segment.text) < 60:
                return set(hit.roles & _CLOSING)
    return set()


def _rows_below(sheet: Sheet, head: list[Segment]) -> Iterator[list[Segment]]:
    number, page = head[0].line, head[0].page
    bottom, columns = max(segment.y1 for segment in head), 0
    for line in range(number + 1, number + 14):
        row = sheet.line(page, line)
        if not row:
            continue
        amounts = sum(1 for segment in row if _DECIMALS.search(segment.text))
        if row[0].y0 - bottom > 4 * row[0].size or not amounts or (amounts == 1 and columns > 1):
            return
        columns = max(columns, amounts)
        bottom = max(segment.y1 for segment in row)
        yield row
