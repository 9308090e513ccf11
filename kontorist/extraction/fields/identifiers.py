"""VAT id, IBAN and currency."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Container, Iterator, Sequence
from typing import Any, Final

from kontorist.domain.payables.draft import FieldName
from kontorist.extraction.candidates import Candidate
from kontorist.extraction.candidates import iban as iban_numbers
from kontorist.extraction.candidates import vat_id as vat_numbers
from kontorist.extraction.candidates.amount import AmountReading
from kontorist.extraction.candidates.currency import currencies, letter_for_euro, most_frequent
from kontorist.extraction.fields import Choice, Watch, absent, found_by, unwatched
from kontorist.extraction.layout import Mark, Sheet
from kontorist.extraction.page_text import Segment
from kontorist.extraction.profile import BuyerProfile
from kontorist.extraction.scoring import Link, labelled, links, log_odds, total, weights
from kontorist.extraction.solving import Scored


def find_ibans(sheet: Sheet) -> list[Candidate[str]]:
    """All account numbers; one broken at the end of its line goes on below."""
    found = []
    for segment in sheet.segments:
        if _ACCOUNT.search(segment.text):
            below = next(iter(sheet.below(segment, reach=2)), None)
            found += [each for each in iban_numbers.ibans(segment, below) if not vat_numbers.shaped(each.value)]
    return found


def find_vat_ids(sheet: Sheet, taken: dict[int, list[tuple[int, int]]]) -> list[Candidate[str]]:
    """All VAT ids outside the places of IBANs."""
    found = []
    for segment in sheet.segments:
        if not _TWO_DIGITS.search(segment.text):
            continue
        spans = taken.get(segment.index, [])
        for each in vat_numbers.vat_ids(segment):
            if not any(start < each.end and end > each.start for start, end in spans):
                found.append(each)
    return [*found, *_at_home(sheet, {each.segment.index for each in found} | taken.keys())]


_ACCOUNT = re.compile(r"[A-Z]{2}\s?\d{2}")
_TWO_DIGITS = re.compile(r"\d{2}")
#: Labels of numbers that are VAT ids without the letters of a country.
_HOME_LABEL = re.compile(r"n?(?:nif|cif|nip|piva|partitaiva|partiva|nipc|contribuinte|vat(?:reg)?(?:no|number))\w*")


def _at_home(sheet: Sheet, settled: Container[int]) -> Iterator[Candidate[str]]:
    """``NIF: B12345678``, ``NIP 525-000-11-22``, ``VAT No. 123 4567 89``: behind such a label or beside it."""
    for label in sheet.segments:
        for hit in sheet.mark(label).hits:
            if not hit.roles & {"vat_id", "vat_id_buyer"} or not _HOME_LABEL.fullmatch(hit.phrase):
                continue
            rest = label.text[hit.end :].strip(" .:ºo°n#")
            beside = label if rest else next(iter(sheet.right_of(label)), None)
            each = vat_numbers.at_home(beside, hit.end if rest else 0) if beside is not None else None
            if each is not None and each.segment.index not in settled:
                yield each
            break


def iban(sheet: Sheet, found: Sequence[Candidate[str]], profile: BuyerProfile, watch: Watch = unwatched) -> Choice:
    """The account to pay to."""
    own = [each for each in found if not profile.owns_id(each.value)]
    if not self_billed(sheet):
        own = [each for each in own if not _debited(sheet, each)]
    announced = any("iban" in hit.roles for mark in sheet.marks for hit in mark.hits)
    return _choose(sheet, own, "iban", iban_numbers.valid, watch, nowhere=not own and not announced)


def vat_id(sheet: Sheet, found: Sequence[Candidate[str]], profile: BuyerProfile, watch: Watch = unwatched) -> Choice:
    """The supplier's VAT id; the buyer's, by zone or label, counts against every place where it is printed."""
    own = [each for each in found if not profile.owns_id(each.value)]
    announced = any("vat_id" in hit.roles and "tax" not in hit.roles for mark in sheet.marks for hit in mark.hits)
    shaped = any("loose" not in each.marks for each in own)
    nowhere = not shaped and not announced and not any(map(_unknown_id, sheet.segments, sheet.marks))
    return _choose(sheet, own, "vat_id", vat_numbers.valid, watch, nowhere=nowhere)


def self_billed(sheet: Sheet) -> bool:
    """Is it the buyer who writes (Directive 2006/112/EC art. 226)? Then head and sender's line are the buyer's."""
    return any("self_billing" in hit.roles for mark in sheet.marks for hit in mark.hits)


_ANOTHER_CLAUSE = re.compile(r"[.;|·•](?:\s|$)")


def _debited(sheet: Sheet, each: Candidate[str]) -> bool:
    """``from your account IBAN DE89...``: the account of who pays, in one clause with the words that say so."""
    before = [hit for hit in sheet.mark(each.segment).hits if "iban_buyer" in hit.roles and hit.end <= each.start]
    return bool(before) and not _ANOTHER_CLAUSE.search(each.segment.text[before[-1].end : each.start])


_ID_OF_A_FIRM = re.compile(
    r"(?<![^\W\d_])[^\W\d_]{2,20}[-. ]{0,3}(?:nr|no|num)[\w.]{0,9}\W{0,3}(?=(?:\d[ .-]?){8,12}(?!\w))", re.IGNORECASE
)


def _unknown_id(segment: Segment, mark: Mark) -> bool:
    """``CVR-nr. 12345678``: what no lexicon calls by its name may be the VAT id of a country unknown to us."""
    match = _ID_OF_A_FIRM.search(segment.text)
    if match is None:
        return False
    names = [hit for hit in mark.hits if hit.end <= match.end() and hit.start >= match.start()]
    return all("number_word" in hit.roles for hit in names)


_FIELDS: Final[dict[str, FieldName]] = {"iban": "iban", "vat_id": "supplier_vat_id"}


def _choose(
    sheet: Sheet,
    found: Sequence[Candidate[str]],
    field: str,
    valid: Callable[[str], bool],
    watch: Watch,
    *,
    nowhere: bool,
) -> Choice:
    none = weights()[field]["none"]
    ranked = _ranked(sheet, found, field, valid)
    watch(_FIELDS[field], ranked)
    if not ranked or ranked[0].score < none:
        return absent(log_odds(none, [each.score for each in ranked[:8]]), witness=nowhere)
    winner = ranked[0]
    rivals = [each.score for each in ranked[1:8]]
    checked = valid(winner.value)
    reason = found_by(winner.link, otherwise="by its form")
    reason += ", check digits right" if checked else ", check digits wrong"
    # A wrong check digit in the text of a page is no misreading: label and place are the witness then.
    placed = field == "iban" or winner.link is not None or bool(winner.signs.keys() & {"footer", "seller"})
    witness = (checked and placed) or _named(winner.link, field)
    return Choice(winner.value, log_odds(winner.score, [*rivals, none]), witness, reason, winner.candidate)


def _ranked(sheet: Sheet, found: Sequence[Candidate[str]], field: str, valid: Callable[[str], bool]) -> list[Scored]:
    """Each value once, where it stands best, the likeliest first."""
    best: dict[str, Scored] = {}
    spoilt = {each.value for each in found if sheet.in_zone(each.segment, "buyer") or _is_the_buyers(sheet, each)}
    counts = Counter(each.value for each in found)
    for each in found:
        scored = _score(sheet, each, field, valid(each.value), each.value in spoilt, counts[each.value])
        if each.value not in best or best[each.value].score < scored.score:
            best[each.value] = scored
    return sorted(best.values(), key=lambda one: -one.score)


def _named(link: Link | None, field: str) -> bool:
    return link is not None and field in link.roles and link.strength >= 0.8


def _score(sheet: Sheet, each: Candidate[str], field: str, valid: bool, spoilt: bool, count: int) -> Scored:
    table = weights()[field]
    signs, link = labelled(table, links(sheet, each))
    height = sheet.height(each.segment)
    seen = {
        "loose": _loose(each, field),
        "buyer": spoilt,
        "valid": valid,
        "footer": height > 0.8,
        "header": height < 0.2,
        "repeated": count > 1,
        **{zone: sheet.in_zone(each.segment, zone) for zone in ("seller", "recipient", "table")},
    }
    signs.update({name: 1.0 for name, true in seen.items() if true})
    score = total(table, signs) + sheet.hints.evidence(_FIELDS[field], each)
    return Scored(each, each.value, score, link, signs=signs)


def _is_the_buyers(sheet: Sheet, each: Candidate[str]) -> bool:
    return any(link.roles & {"vat_id_buyer", "iban_buyer"} and link.strength > 0.7 for link in links(sheet, each)[:1])


def _loose(each: Candidate[str], field: str) -> bool:
    """A VAT id of no known shape, or an account number of no known country."""
    return "loose" in each.marks or (field == "iban" and each.value[:2] not in iban_numbers.LENGTHS)


def currency(sheet: Sheet, amounts: Sequence[Candidate[AmountReading]], gross: Candidate[Any] | None) -> Choice:
    """The invoice's currency: said in words, printed at the total, or the only one on the pages."""
    found = [each for segment in sheet.segments for each in currencies(segment)]
    counted = most_frequent(found)
    said = _said(sheet, found)
    at_total = next((each.value.currency for each in amounts if _at_total(each, gross)), None)
    if not counted and letter_for_euro(amounts):
        return Choice("EUR", 1.0, False, "the euro sign is printed as the letter e", gross)
    if not counted:
        return absent(0.0, witness=False)
    value = (said.value if said else None) or at_total or counted[0][0]
    only = len(counted) == 1
    witness = only or (said is not None and at_total in {None, said.value})
    share = dict(counted).get(value, 0) / sum(count for _, count in counted)
    place = said or next((each for each in found if each.value == value), None)
    reason = "the only currency on the page" if only else "named as the currency" if said else "printed at the amounts"
    certain = witness and value not in {"KR"} and (value != "USD" or _dollar_is_clear(sheet))
    return Choice(value, 4.0 if witness else 4.0 * share - 2.0, certain, reason, place)


def _at_total(each: Candidate[AmountReading], gross: Candidate[Any] | None) -> bool:
    """Is it the total with its currency, there or where it is printed once more?"""
    total = gross.value if gross is not None else None
    return bool(each.value.currency) and isinstance(total, AmountReading) and each.value.digits == total.digits


def _said(sheet: Sheet, found: Sequence[Candidate[str]]) -> Candidate[str] | None:
    for each in found:
        if len(each.text) == 1:
            continue
        if any("currency" in link.roles and link.strength >= 0.6 for link in links(sheet, each)):
            return each
    return None


def _dollar_is_clear(sheet: Sheet) -> bool:
    """A bare $ is the dollar of several countries; USD in words or an American address makes it one."""
    return bool(re.search(r"\bUSD\b|US\$|U\.?S\.? Dollar|United States|\bUSA\b|,\s?[A-Z]{2}\.?,?\s\d{5}\b", sheet.text))
