"""Letters read for digits, put right where check digits or a sum prove it. Runs in the reading child only.

Nothing is searched: a letter that cannot stand at its place is taken for the one digit that looks like it, and the
whole is kept only if its check digits then hold. Of amounts the caller finds out whether they then add up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final

from kontorist.extraction.candidates import iban, vat_id
from kontorist.extraction.page_text import Page, Segment, Word

_AS_DIGIT: Final = str.maketrans("OoQDIl|!iSsBZzGb", "0000111115582266")
_AS_LETTER: Final = str.maketrans("01582", "OISBZ")
#: After the country: d a digit, a a letter (ISO 13616 registry, by country).
_IBAN_FORMS: Final = {
    **{
        country: "d" * (iban.LENGTHS[country] - 2)
        for country in re.findall(r"[A-Z]{2}", "DE AT BE DK ES FI EE HR HU LT PL PT SE SI SK CZ NO")
    },
    "NL": "ddaaaa" + 10 * "d",
    "GB": "ddaaaa" + 14 * "d",
    "IE": "ddaaaa" + 14 * "d",
}
#: After the country (Council Directive 2006/112/EC art. 215; VIES).
_VAT_FORMS: Final = {
    "AT": "U" + 8 * "d",
    "BE": 10 * "d",
    "DE": 9 * "d",
    "DK": 8 * "d",
    "FI": 8 * "d",
    "IT": 11 * "d",
    "LU": 8 * "d",
    "NL": 9 * "d" + "Bdd",
    "PL": 10 * "d",
    "PT": 9 * "d",
}
_START: Final = re.compile(
    rf"(?<![A-Za-z0-9])({'|'.join(sorted({*_IBAN_FORMS, *_VAT_FORMS}))})(?=[ .]?[0-9OoQDIl|SsBZzGbU])"
)


def repaired(segments: list[Segment]) -> list[Segment]:
    """The segments, those with a proven repair made anew; the words changed say so in their `note`."""
    return [_repaired(segment) for segment in segments]


def _repaired(segment: Segment) -> Segment:
    text = segment.text
    for match in _START.finditer(text):
        for forms, valid in ((_IBAN_FORMS, iban.valid), (_VAT_FORMS, vat_id.valid)):
            places = _places(text, match.end(), len(forms.get(match[1], "")))
            better = _better(text, match[1], places, forms.get(match[1], ""), valid) if places else None
            if better:
                text = _put(text, places, better)
    if text == segment.text:
        return segment
    words = [
        _rewritten(word, text[at : at + len(word.text)]) for at, word in zip(segment.starts, segment.words, strict=True)
    ]
    return Segment(words, segment.page, line=segment.line)


def _places(text: str, start: int, count: int) -> list[int]:
    """Where the next `count` signs stand, single blanks and dots between them left out; none if there are fewer."""
    found: list[int] = []
    for at in range(start, len(text)):
        if len(found) == count:
            break
        if text[at] in " .":
            if text[at - 1] in " .":
                return []
            continue
        found.append(at)
    ends = not found or found[-1] + 1 >= len(text) or not text[found[-1] + 1].isalnum()
    return found if len(found) == count and ends else []


def _better(text: str, country: str, places: Iterable[int], form: str, valid: Callable[[str], bool]) -> str | None:
    """What should stand at `places`; None where nothing has to be changed or check digits do not prove it."""
    read = "".join(text[at] for at in places)
    meant = "".join(_as(sign, kind) for sign, kind in zip(read, form, strict=True))
    return meant if meant != read and not valid(country + read) and valid(country + meant) else None


def _as(sign: str, kind: str) -> str:
    if kind == "d":
        return sign.translate(_AS_DIGIT)
    return (
        sign.translate(_AS_LETTER)
        if kind == "a"
        else kind
        if sign.translate(_AS_DIGIT) == kind.translate(_AS_DIGIT)
        else sign
    )


def _put(text: str, places: Iterable[int], signs: str) -> str:
    letters = list(text)
    for at, sign in zip(places, signs, strict=True):
        letters[at] = sign
    return "".join(letters)


_AMOUNT: Final = re.compile(r"[-(]?\d{1,3}(?:[.,'’]?\d{3})*[.,]\d\d[-)]?")


def amounts_supposed(pages: Sequence[Page]) -> list[Page] | None:
    """The pages with letters in recognised amounts taken for digits; None where there are none."""
    supposed = [replace(page, segments=[_supposed(each) for each in page.segments]) for page in pages]
    same = all(
        one is other
        for page, changed in zip(pages, supposed, strict=True)
        for one, other in zip(page.segments, changed.segments, strict=True)
    )
    return None if same else supposed


def _supposed(segment: Segment) -> Segment:
    words = [
        _rewritten(word, word.text.translate(_AS_DIGIT), "the sum of the amounts") if _doubtful(word) else word
        for word in segment.words
    ]
    same = all(one is other for one, other in zip(words, segment.words, strict=True))
    return segment if same else Segment(words, segment.page, line=segment.line)


def _doubtful(word: Word) -> bool:
    """Would it be an amount if the letters among its digits were digits? At least half must be digits as read."""
    meant = word.text.translate(_AS_DIGIT)
    signs = sum(each.isalnum() for each in word.text)
    digits = sum(each.isdigit() for each in word.text)
    return word.trust < 1 and meant != word.text and 2 * digits >= signs and _AMOUNT.fullmatch(meant) is not None


def _rewritten(word: Word, text: str, proof: str = "the check digits") -> Word:
    if text == word.text:
        return word
    verb = "corrects" if proof.endswith("amounts") else "correct"
    note = f'read as "{word.text}", which {proof} {verb}'
    return Word(text, word.x0, word.y0, word.x1, word.y1, word.bold, trust=word.trust, note=note)
