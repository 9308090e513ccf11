"""The supplier's name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from kontorist.extraction.candidates import Candidate
from kontorist.extraction.candidates import name as names
from kontorist.extraction.fields import Choice, Watch, absent, unwatched
from kontorist.extraction.labels import squeeze
from kontorist.extraction.layout import Sheet, is_label
from kontorist.extraction.page_text import Segment
from kontorist.extraction.profile import BuyerProfile
from kontorist.extraction.scoring import Signs, log_odds, total, weights
from kontorist.extraction.solving import Scored

_SENTENCES = {
    "seller_label": "named as the seller",
    "sender_line": "in the sender's line above the address",
    "address_line": "with its address in one line",
    "account_holder": "holder of the account",
    "letterhead": "at the head of the page",
    "legal_form": "with the form of a firm",
    "domain": "like its web or mail address",
    "vat_near": "beside the VAT id",
    "repeated": "printed several times",
}


@dataclass(slots=True)
class _Person:
    """One name with all that speaks for and against it."""

    candidate: Candidate[str]
    signs: set[str] = field(default_factory=set)
    places: int = 0
    hint: float = 0.0  #: what memory says

    def scored(self) -> Scored:
        signs: Signs = dict.fromkeys(sorted(self.signs), 1.0)
        score = total(weights()["name"], signs) + self.hint
        return Scored(self.candidate, self.candidate.value, score, signs=signs)


def supplier_name(
    sheet: Sheet, profile: BuyerProfile, vat_place: Candidate[str] | None, watch: Watch = unwatched
) -> Choice:
    """The name with most signs of being the seller's: labels, sender's line, letterhead, legal form, web address."""
    people: dict[str, _Person] = {}
    for candidate, signs in _everyone(sheet):
        if profile.owns_name(candidate.value):
            continue
        person = people.setdefault(_key(candidate.value), _Person(candidate))
        person.places += 1
        hint = sheet.hints.evidence("supplier_name", candidate)
        person.hint = hint if abs(hint) > abs(person.hint) else person.hint
        person.signs |= signs | _place_signs(sheet, candidate, vat_place)
    _seen_elsewhere(sheet, people)
    ranked = sorted((person.scored() for person in people.values()), key=lambda one: -one.score)
    watch("supplier_name", ranked)
    none = weights()["name"]["none"]
    if not ranked or ranked[0].score < none:
        return absent(log_odds(none, [each.score for each in ranked[:8]]), witness=False)
    winner, signs = ranked[0], set(ranked[0].signs)
    firm = _firm(winner.value)  # with and without its legal form it is one firm, and no rival of itself
    odds = log_odds(winner.score, [*(each.score for each in ranked[1:8] if _firm(each.value) != firm), none])
    told = [text for sign, text in _SENTENCES.items() if sign in signs]
    strong = signs & {"seller_label", "sender_line", "address_line"}
    witness = signs & {"repeated", "domain", "legal_form", "vat_near", "account_holder"}
    sure = bool((strong and witness) or _by_its_head(signs)) and not any(
        _contradicts(one, signs) for one in ranked[1:8] if _firm(one.value) != firm
    )
    return Choice(winner.value, odds, sure, ", ".join(told) or "by its place", winner.candidate)


def _contradicts(other: Scored, signs: set[str]) -> bool:
    """Another firm, not the buyer, has the VAT id or the web address that the one chosen has not."""
    proofs = {"vat_near", "domain"}
    return bool(
        "legal_form" in other.signs
        and proofs & other.signs.keys()
        and not proofs & signs
        and not {"buyer", "recipient"} & other.signs.keys()
    )


def _by_its_head(signs: set[str]) -> bool:
    """A letterhead with the form of a firm, or its address below it, that web address, VAT id or repetition confirm."""
    if "letterhead" not in signs or "buyer" in signs:
        return False
    return bool(
        ("legal_form" in signs and signs & {"domain", "vat_near", "repeated"}) or {"domain", "address_below"} <= signs
    )


def _key(text: str) -> str:
    return _NO_LETTERS.sub("", text).casefold()


def _firm(text: str) -> str:
    return _key(names.without_form(text))


def _everyone(sheet: Sheet) -> Iterator[tuple[Candidate[str], set[str]]]:
    for segment in sheet.segments:
        yield from _in_segment(sheet, segment)
        yield from _over_two_lines(sheet, segment)
    for segment in sheet.segments:
        for hit in sheet.mark(segment).hits:
            for role, sign in (("seller", "seller_label"), ("account_holder", "account_holder")):
                if role in hit.roles and is_label(sheet, segment, hit):
                    yield from _beside_label(sheet, segment, hit.end, sign)


def _in_segment(sheet: Sheet, segment: Segment) -> Iterator[tuple[Candidate[str], set[str]]]:
    text = _without_label(sheet, segment)
    sender = names.sender_in(text)
    if sender:
        place = "sender_line" if sheet.in_zone(segment, "sender") else "address_line"
        signs = {place} | ({"legal_form"} if names.has_legal_form(sender) else set())
        yield _candidate(segment, sender), signs
        return
    firm = names.firm_in(text)
    if firm:
        yield _candidate(segment, firm), {"legal_form"} | _head_signs(sheet, segment, firm)
    elif _may_head(sheet, segment):
        yield _candidate(segment, text.strip(" *")), _head_signs(sheet, segment, text)
    elif _heads_an_address(sheet, segment):
        yield _candidate(segment, text.strip()), {"address_below"}


def _over_two_lines(sheet: Sheet, segment: Segment) -> Iterator[tuple[Candidate[str], set[str]]]:
    """A letterhead of two lines in one large print: ``Lea | Brandström``. It is the whole, each line a part of it."""
    if not _may_head(sheet, segment) or names.firm_in(segment.text):
        return
    signs = _head_signs(sheet, segment, segment.text)
    below = next(iter(sheet.block_below(segment, most=1)), None)
    if "large" not in signs or below is None or abs(below.size - segment.size) > 0.08 * segment.size:
        return
    if names.plausible(below.text) and not sheet.mark(below).hits and not sheet.mark(segment).hits:
        yield Candidate(f"{segment.text} {below.text}", segment, 0, len(segment.text)), signs
        for part in (segment, below):
            yield _candidate(part, part.text.strip(" *")), {"part"}


def _without_label(sheet: Sheet, segment: Segment) -> str:
    """``Account holder: Muster GmbH`` without what stands before the colon, ``Receipt from Muster`` without that."""
    for hit in sheet.mark(segment).hits[:1]:
        rest = segment.text[hit.end :].lstrip()
        if segment.text[: hit.start].strip():
            continue
        if rest[:1] == ":" and rest[1:].strip():
            return rest[1:].strip()
        if "seller" in hit.roles and " " in segment.text[hit.start : hit.end] and rest[:1].isupper():
            return rest
        lead = _FROM.match(rest)
        if lead and any(role.startswith("kind_") for role in hit.roles):
            return rest[lead.end() :]
    return segment.text


def _candidate(segment: Segment, text: str) -> Candidate[str]:
    start = max(0, segment.text.find(text))
    return Candidate(text, segment, start, start + len(text))


def _may_head(sheet: Sheet, segment: Segment) -> bool:
    return segment.page == sheet.first and sheet.height(segment) < 0.25 and names.plausible(segment.text)


_NO_LETTERS = re.compile(r"[\W_]+")
_BANK = re.compile(
    r"bank\b|\b(?:bank|sparkasse|volksbank|banque|banco|banca|kreissparkasse|postbank|raiffeisen)", re.IGNORECASE
)
_FROM = re.compile(r"(?:from|by|von|van|de|di)\s+(?=[^\W\d_])")


def _heads_an_address(sheet: Sheet, segment: Segment) -> bool:
    """The first line of a block of name, street and town, as in a foot line's column."""
    if not sheet.town_below(segment) or not names.plausible(segment.text) or names.address_like(segment.text):
        return False
    below = [each.text for each in sheet.block_below(segment, most=4)]
    return len(below) >= 2 and names.address_like(below[0]) and any(map(names.town_in, below[1:3]))


def _head_signs(sheet: Sheet, segment: Segment, text: str) -> set[str]:
    """Signs of a letterhead: at the top, larger than the text, an address below it."""
    if segment.page != sheet.first or sheet.height(segment) > 0.25:
        return set()
    signs = {"letterhead"} if sheet.height(segment) < 0.16 else set()
    page = sheet.pages[segment.page]
    sizes = sorted(each.size for each in page.segments)
    if segment.size > 1.25 * sizes[len(sizes) // 2]:
        signs.add("large")
    if not any(each.y1 < segment.y0 and not _is_title(sheet, each) for each in page.segments):
        signs.add("topmost")
    under = sheet.block_below(segment, most=3)
    if any(names.address_like(each.text) for each in under):
        signs.add("address_below")
    return signs


def _is_title(sheet: Sheet, segment: Segment) -> bool:
    return any(role.startswith("kind_") for role in sheet.mark(segment).roles())


def _beside_label(sheet: Sheet, label: Segment, end: int, sign: str) -> Iterator[tuple[Candidate[str], set[str]]]:
    """The name behind, below or right of a label; ``Name:`` between them is stepped over."""
    rest = label.text[end:].strip(" :-")
    if rest:
        if names.plausible(rest):
            yield _candidate(label, rest), {sign}
        return
    right = sheet.right_of(label)[:1]
    below = sheet.block_below(label, most=3)
    for segment in [*right, *below] if sign == "account_holder" else [*below, *right]:
        value = _value_of(sheet, segment)
        if value is not None:
            yield value, {sign}
            return


def _value_of(sheet: Sheet, segment: Segment) -> Candidate[str] | None:
    mark = sheet.mark(segment)
    for hit in mark.hits:
        if "name_word" in hit.roles and is_label(sheet, segment, hit):
            rest = segment.text[hit.end :].strip(" :-")
            if rest:
                return _candidate(segment, rest)
            right = sheet.right_of(segment)[:1]
            return _candidate(right[0], right[0].text) if right else None
    if segment.text.startswith("(") or any(is_label(sheet, segment, hit) for hit in mark.hits):
        return None
    text = names.firm_in(segment.text) or segment.text.strip()
    return _candidate(segment, text) if names.plausible(text) else None


def _place_signs(sheet: Sheet, candidate: Candidate[str], vat_place: Candidate[str] | None) -> set[str]:
    segment = candidate.segment
    signs = {zone for zone in ("buyer", "recipient", "table") if sheet.in_zone(segment, zone)}
    if names.street_like(candidate.value):
        signs.add("street")
    if sheet.in_zone(segment, "seller"):
        signs.discard("buyer")
    if sheet.height(segment) > 0.82:
        signs.add("footer")
    hits = [hit for hit in sheet.mark(segment).hits if candidate.start <= hit.start < candidate.end]
    covered = sum(hit.end - hit.start for hit in hits)
    titles = [hit for hit in hits if any(role.startswith("kind_") for role in hit.roles)]
    leads = any(hit.start == candidate.start and hit.end - hit.start > 5 for hit in titles)
    if titles and (covered > 0.5 * len(candidate.value) or (leads and not names.has_legal_form(candidate.value))):
        signs.add("title")
    elif squeeze(candidate.value) and covered >= 0.75 * len(candidate.value):
        signs.add("label")
    if _BANK.search(candidate.value):
        signs.add("bank")
    if vat_place is not None and _close(candidate, vat_place):
        signs.add("vat_near")
    return signs


def _close(one: Candidate[str], other: Candidate[str]) -> bool:
    if one.page != other.page:
        return False
    left, right = one.segment, other.segment
    return abs(left.line - right.line) <= 6 and min(left.x1, right.x1) - max(left.x0, right.x0) > -40


def _seen_elsewhere(sheet: Sheet, people: dict[str, _Person]) -> None:
    """A name that comes again, or that the web address speaks of, is the writer's own more often than not."""
    mine = {
        domain for segment in sheet.segments if not sheet.in_zone(segment, "buyer") for domain in names.domains(segment)
    }
    buyers = {_key(segment.text) for segment in sheet.segments if sheet.in_zone(segment, "buyer")}
    for key, person in people.items():
        if key in buyers:
            person.signs.add("buyer")
        if person.places > 1:
            person.signs.add("repeated")
        if any(names.named_by(person.candidate.value, domain) for domain in mine):
            person.signs.add("domain")
