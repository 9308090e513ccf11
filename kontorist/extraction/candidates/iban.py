"""Bank account numbers by their shape; a wrong check digit is a finding, never a reason to drop one."""

from __future__ import annotations

import re
from typing import Final

from kontorist.extraction.candidates import Candidate
from kontorist.extraction.page_text import Segment

#: Lengths by country (ISO 13616 registry) of the countries we meet; others are taken as printed.
LENGTHS: Final = {
    "AD": 24, "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20, "ES": 24,
    "FI": 18, "FR": 27, "GB": 22, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IS": 26, "IT": 27, "LI": 21, "LT": 20,
    "LU": 20, "LV": 21, "MC": 27, "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "SE": 24, "SI": 19,
    "SK": 24, "SM": 27, "TR": 26,
}  # fmt: skip
_START = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\s?\d{2}(?=[ ]?[A-Z0-9]|$)")
_GROUP = re.compile(r"([ .\-]?)([A-Z0-9]+)")
#: ``DE89370400440532013000BIC:COBADEFFXXX``
_BEHIND = re.compile(r"BIC|SWIFT|IBAN|KONTO|BANK")
_REST = re.compile(r"^[A-Z0-9]{1,4}(?: [0-9]{1,4})*(?![0-9A-Za-z]|[.,]\d)")
#: ``DE98ZZZ09999999999`` names who collects a direct debit (SEPA creditor id), no account.
_CREDITOR = re.compile(r"[A-Z]{2}\d\dZZZ")


def ibans(segment: Segment, below: Segment | None = None) -> list[Candidate[str]]:
    """The account numbers of one segment, without blanks; `below` is where a broken one may go on."""
    found = []
    for match in _START.finditer(segment.text):
        value, end = _collect(segment.text, match)
        length = LENGTHS.get(value[:2])
        if length and len(value) < length and end == len(segment.text) and below:
            value = _broken(value, below.text, length)
        if _plausible(value):
            found.append(Candidate(value, segment, match.start(), end))
    return found


def _broken(value: str, below: str, length: int) -> str:
    """With the groups that begin the next line, where they make it as long as its country wants."""
    rest = _REST.match(below)
    if rest and rest[0][0].isalpha() and len(value) > 4:  # letters of a bank follow the country alone
        return value
    joined = value + rest[0].replace(" ", "") if rest else value
    return joined if len(joined) == length else value


def _collect(text: str, match: re.Match[str]) -> tuple[str, int]:
    value, end = match[0].replace(" ", ""), match.end()
    length = LENGTHS.get(value[:2], 34)
    while end < len(text) and len(value) < length:
        group = _GROUP.match(text, end)
        if group is None or (group[1] and not _goes_on(group[2], len(value) + len(group[2]), length)):
            break
        if len(value) + len(group[2]) > length and _BEHIND.match(group[2], length - len(value)):
            return value + group[2][: length - len(value)], group.start(2) + length - len(value)
        value, end = value + group[2], group.end()
        if end < len(text) and text[end].isalpha() and text[end].islower():
            break
    return value, end


def _goes_on(group: str, size: int, length: int) -> bool:
    return size <= length and (any(each.isdigit() for each in group) or len(group) == 4)


def _plausible(value: str) -> bool:
    if len(value) > LENGTHS.get(value[:2], 34) or _CREDITOR.match(value):
        return False
    return len(value) >= 14 and sum(each.isdigit() for each in value) >= 8


def valid(value: str) -> bool:
    """Country, length and check digits (ISO 13616, ISO 7064 mod 97-10)."""
    from stdnum import iban

    return bool(iban.is_valid(value))
