"""The invoice number."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from kontorist.extraction.candidates import Candidate
from kontorist.extraction.candidates.number import numbers
from kontorist.extraction.fields import Choice, Watch, absent, found_by, unwatched
from kontorist.extraction.layout import Sheet
from kontorist.extraction.page_text import Segment
from kontorist.extraction.scoring import Link, labelled, links, log_odds, total, weights
from kontorist.extraction.solving import Scored

_DIGIT = re.compile(r"\d")
Spans = dict[int, list[tuple[int, int]]]  #: what is already something else, by segment


def invoice_number(sheet: Sheet, taken: Spans, dated: Spans, watch: Watch = unwatched) -> Choice:
    """The number with the best label. `taken` are IBANs and VAT ids, `dated` dates (a number may look like one)."""
    found = [
        each
        for segment in sheet.segments
        if _can_hold(sheet, segment)
        for each in [
            *numbers(segment, taken.get(segment.index, ())),
            *_after_label(sheet, segment),
            *_in_groups(sheet, segment),
        ]
    ]
    found = _whole(found, [each for segment in sheet.segments for each in _prefixed(sheet, segment, taken)])
    found = [_mended(sheet, each) for each in found]
    counts = Counter(each.value for each in found)
    scored = sorted((_score(sheet, each, counts, dated) for each in found), key=lambda one: -one.score)
    watch("invoice_number", scored)
    none = weights()["invoice_number"]["none"]
    if not scored or scored[0].score < none:
        return absent(log_odds(none, [each.score for each in scored[:8]]), witness=False)
    winner = scored[0]
    rivals = [each.score for each in scored if each.value != winner.value][:8]
    witness = (_well_labelled(winner.link) or _titled(winner)) and "goes_on" not in winner.signs
    witness = witness and "broken" not in winner.candidate.marks
    reason = found_by(winner.link, otherwise="by its place on the page")
    if counts[winner.value] > 1:
        reason += f", printed {counts[winner.value]} times"
    return Choice(winner.value, log_odds(winner.score, [*rivals, none]), witness, reason, winner.candidate)


def _well_labelled(link: Link | None) -> bool:
    """The page itself calls it the invoice number, close by."""
    return link is not None and "invoice_number" in link.roles and link.strength >= 0.8


def _titled(winner: Scored) -> bool:
    """``Invoice QX-2031-0044`` as a line of its own is as good as a label."""
    link, candidate = winner.link, winner.candidate
    if link is None or link.relation != "inline" or link.strength < 0.9 or len(candidate.value) < 4:
        return False
    lead = candidate.segment.text[: candidate.start].strip(" .:#")
    return lead.casefold() == link.words.casefold() or len(candidate.segment.text.split()) <= 4


def _can_hold(sheet: Sheet, segment: Segment) -> bool:
    return _DIGIT.search(segment.text) is not None or bool(sheet.mark(segment).hits)


def _after_label(sheet: Sheet, segment: Segment) -> list[Candidate[str]]:
    """A word without a digit directly behind the label, such as ``TEST`` or ``invoice_number_one``."""
    found = []
    for hit in sheet.mark(segment).hits:
        if "invoice_number" not in hit.roles:
            continue
        match = _BEHIND_LABEL.match(segment.text, hit.end)
        if match and not any(each.isdigit() for each in match[1]):
            start = match.start(1)
            found.append(Candidate(match[1], segment, start, start + len(match[1])))
    return found


def _prefixed(sheet: Sheet, segment: Segment, taken: Spans) -> Iterator[Candidate[str]]:
    """``Rechnung MR 2020-04/018``, or ``MR 2020-04/018`` alone: letters apart before the digits, of one number."""
    if not _DIGIT.search(segment.text):
        return
    hits = sheet.mark(segment).hits
    ends = {hit.end for hit in hits if "invoice_number" in hit.roles or any(map(_TITLE.match, hit.roles))}
    for begin in sorted(ends | {0}):
        start = begin + len(segment.text[begin:]) - len(segment.text[begin:].lstrip(" .:#°º"))
        match = _PREFIXED.match(segment.text, start)
        if match is None or (not begin and match.end() < len(segment.text)):
            continue
        named = any(hit.start < match.end() and hit.end > start for hit in hits)
        if not named and not any(match.end() > low and start < high for low, high in taken.get(segment.index, ())):
            yield Candidate(match[0], segment, start, match.end())


def _whole(found: list[Candidate[str]], longer: list[Candidate[str]]) -> list[Candidate[str]]:
    """The longer ones in place of their parts."""
    spans = {(each.segment.index, each.end): each.start for each in longer}
    kept = [each for each in found if spans.get((each.segment.index, each.end), each.start) >= each.start]
    return [*kept, *longer]


def _mended(sheet: Sheet, each: Candidate[str]) -> Candidate[str]:
    """``QX-2031-`` at the end of its line and ``0044`` below it are one number, though never without a doubt."""
    text = each.segment.text[each.start :]
    if text[-1] not in _BREAKS or text.rstrip(_BREAKS) != each.value.rstrip(_BREAKS):
        return each
    below = next(iter(sheet.block_below(each.segment, most=1)), None)
    rest = _REST.fullmatch(below.text) if below is not None else None
    return replace(each, value=text + rest[0] if rest else each.value, marks={*each.marks, "broken"})


_BREAKS = "-/_"
_REST = re.compile(r"(?=\D*\d)[\w/-]{1,20}")
#: ``F 1903/0451``; a code of a currency or a country before an amount or a postcode is none.
_PREFIXED = re.compile(r"(?!(?:[A-Z]{2} )?[A-Z]{3} \d+[.,]\d\d\b)[A-Z]{1,4} \d[\d/.-]{0,30}\d(?=$|,? [^\W\d_]{2,}\b)")
_TITLE = re.compile(r"number_word|kind_(?:invoice|credit_note|receipt)")
_GROUPS = re.compile(r"(?:[A-Z]{1,4}-?)?\d[\w/-]{0,11}(?: \d{2,4}){1,5}(?= [|·•]|$)")
_BEHIND_LABEL = re.compile(r"\s*[:#.]?\s*([A-Z][A-Z0-9_/-]{3,})$")
_WORDS_BEHIND = re.compile(r"\s+[^\W\d_]{3}")
_AMOUNT = re.compile(r"[-+]?\d{1,3}(?:[.,]\d{3})*[.,]\d{2}")
_YEAR = re.compile(r"(?:19|20)\d\d")
_GOES_ON = re.compile(r"(?: \d{2,4}){1,5}(?= [|·•]|$)")


def _in_groups(sheet: Sheet, segment: Segment) -> list[Candidate[str]]:
    """``n° 77 681 445 177``, ``M558 47``: a number printed in groups to the end of its cell, whole."""
    hits = sheet.mark(segment).hits
    labels = [hit.end for hit in hits if "invoice_number" in hit.roles]
    start = max(labels or [hit.end for hit in hits], default=0)
    start += len(segment.text[start:]) - len(segment.text[start:].lstrip(" .:#°º"))
    match = _GROUPS.match(segment.text, start)
    return [Candidate(match[0], segment, start, match.end(), {"groups"})] if match else []


def _score(sheet: Sheet, candidate: Candidate[str], counts: Counter[str], dated: Spans) -> Scored:
    table = weights()["invoice_number"]
    segment, text = candidate.segment, candidate.value
    near = [link for link in links(sheet, candidate) if _title_fits(sheet, candidate, link)]
    zones = sheet.mark(segment).zones
    signs, link = labelled(table, near)
    if candidate.page == sheet.first and sheet.height(segment) < 0.45:
        signs["top"] = 1.0
    if "table" in zones:
        signs["table"] = 1.0
    if "buyer" in zones:
        signs["buyer"] = 1.0
    if counts[text] > 1:
        signs["repeated"] = 1.0
    if "groups" not in candidate.marks and _GOES_ON.match(segment.text, candidate.end):
        signs["goes_on"] = 1.0
    if _WORDS_BEHIND.match(segment.text, candidate.end):
        signs["words_behind"] = 1.0  # a postcode before its town, a street number before its street
    signs.update(dict.fromkeys(_form(candidate, dated), 1.0))
    score = total(table, signs) + sheet.hints.evidence("invoice_number", candidate)
    return Scored(candidate, text, score, link, signs=signs)


def _title_fits(sheet: Sheet, candidate: Candidate[str], link: Link) -> bool:
    """The name of the paper announces a number only as a title: at the head of a short line."""
    if "invoice_number" in link.roles or not any(role.startswith("kind_") for role in link.roles):
        return True
    if link.relation == "inline":
        lead = candidate.segment.text[: candidate.start]
        return len(lead.split()) <= 4 and lead.split()[0][:1].isupper()
    if link.relation == "right":  # "Rechnung: | 71736-8"
        left = next(iter(sheet.left_of(candidate.segment)), None)
        return left is not None and left.text.rstrip(" :") == link.words and left.text.endswith(":")
    return link.relation == "above" and len(candidate.segment.words) == 1


def _form(candidate: Candidate[str], dated: Spans) -> Iterator[str]:
    text = candidate.value
    if any(start < candidate.end and end > candidate.start for start, end in dated.get(candidate.segment.index, ())):
        yield "date_like"
    if _AMOUNT.fullmatch(text):
        yield "amount_like"
    if not _DIGIT.search(text):
        yield "no_digit"
    if len(text) < 3:
        yield "short"
    if _YEAR.fullmatch(text):
        yield "year"
