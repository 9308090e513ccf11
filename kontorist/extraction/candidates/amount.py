"""Amounts as printed; what their separators mean is decided once for the document."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from kontorist.extraction.candidates import Candidate
from kontorist.extraction.page_text import Segment


@dataclass(frozen=True, slots=True)
class AmountReading:
    """Digits with their separators, the sign, and the currency printed at it (symbol or code, upper case)."""

    digits: str
    negative: bool
    currency: str | None

    @property
    def cents(self) -> bool:
        """Does it end in a separator and two digits (or dashes for none), as money does?"""
        return _CENTS.search(self.digits) is not None

    def value(self, decimal_sign: str) -> Decimal:
        """The number when `decimal_sign` (comma or dot) is the document's; a form that tells itself overrules it."""
        number = Decimal(_plain(self.digits, decimal_sign))
        return -number if self.negative else number


SYMBOLS: Final = {
    "€": "EUR",
    "EURO": "EUR",
    "EUROS": "EUR",
    "$": "USD",
    "US$": "USD",
    "CA$": "CAD",
    "A$": "AUD",
    "£": "GBP",
    "¥": "JPY",
    "₹": "INR",
    "FR.": "CHF",
    "SFR": "CHF",
    "ZŁ": "PLN",
    "KČ": "CZK",
}
CODES: Final = frozenset(
    re.findall(
        r"[A-Z]{3}",
        "EUR USD GBP CHF SEK NOK DKK PLN CZK HUF RON BGN ISK JPY CNY CAD AUD NZD INR TRY ZAR BRL MXN SGD HKD AED",
    )
)
_SIGN = "|".join(re.escape(each) for each in sorted({*SYMBOLS, *CODES}, key=len, reverse=True))
_NUMBER = r"\d{1,3}(?:[.,'’ ]\d{3})+(?:[.,]\d{1,4}(?!\d)|[.,]-{1,2})?|\d+(?:[.,](?:\d{1,4}(?!\d)|-{1,2}))?"
_AMOUNT = re.compile(
    rf"(?P<open>\()?(?P<minus>(?<![\w.])-\s?)?(?:(?<![A-Z])(?P<before>{_SIGN})\s?)?(?P<minus2>(?<!\w)-\s?)?"
    rf"(?(before)|(?<![\w/:]))(?<!\d[.,])(?<!\w-)"
    rf"(?P<number>{_NUMBER})(?P<behind>-(?![\w-]))?"
    rf"(?:\s?(?P<after>{_SIGN}|e)(?![\w]))?(?P<close>\))?(?:\s?(?P<credit>CR)\b)?",
    re.IGNORECASE,
)
#: ``19 % of 120.00``: what stands behind is the base of the tax, not the tax.
_BASE = re.compile(r"\d\s?%\)?\s*(?:über|ueber|over|von|auf|aus|of|on|sur|de|op|van|su|di|sobre)\s*$", re.IGNORECASE)
#: ``19 %: 120.00 22.80``: the same, where another amount follows.
_BASE_BEFORE = re.compile(r"\d\s?%\)?\s*:\s*$")
_CENTS = re.compile(r"[.,](?:\d\d|-{1,2})$")
_MONEY = re.compile(r"\d[.,]\d\d")
_NO_CENTS = re.compile(r"[.,]-{1,2}$")
_SEPARATOR = re.compile(r"[.,]")
_COMMA_LAST = re.compile(r",(?:\d\d|-{1,2})$|\.\d{3},")
_DOT_LAST = re.compile(r"\.\d\d$|,\d{3}\.")
_GROUPING = re.compile(r"[ '’]")
_PERCENT = re.compile(r"^\s?(?:%|v\.?\s?H\.?|pct|procent|prozent)", re.IGNORECASE)
_PER_CENT = re.compile(r"(?<![\d.,])(\d{1,2}(?:[.,]\d{1,2})?)\s?%")


def _plain(digits: str, decimal_sign: str) -> str:
    text = _NO_CENTS.sub("", _GROUPING.sub("", digits))
    last = max(text.rfind("."), text.rfind(","))
    if last < 0:
        return text
    whole, fraction, sign = text[:last], text[last + 1 :], text[last]
    grouped = len(fraction) == 3 and _grouped(text, whole, sign, decimal_sign)
    return _SEPARATOR.sub("", text) if grouped else _SEPARATOR.sub("", whole) + "." + fraction


def _grouped(text: str, whole: str, sign: str, decimal_sign: str) -> bool:
    """Is the last separator, with three digits behind it, one of thousands?"""
    other = "." if sign == "," else ","
    if other in whole:
        return False  # 1.234,567: the last of two kinds is the decimal sign
    return text.count(sign) > 1 or sign != decimal_sign


def amounts(segment: Segment, taken: Iterable[tuple[int, int]] = ()) -> list[Candidate[AmountReading]]:
    """The amounts of one segment outside the spans already `taken` by dates, IBANs and the like; rates are left out."""
    spans = list(taken)
    found: list[Candidate[AmountReading]] = []
    for match in _AMOUNT.finditer(segment.text):
        if spans and any(match.start("number") < end and match.end("number") > start for start, end in spans):
            continue
        if _is_no_amount(segment.text, match):
            continue
        found.append(_candidate(segment, match))
    return found


def _is_no_amount(text: str, match: re.Match[str]) -> bool:
    rest = text[match.end("number") :]
    if _PERCENT.match(rest) or len(match["number"]) > 18:
        return True
    following = rest[:1]
    glued = following.isalnum() or following in tuple("/_:")
    return glued and match["after"] is None


def _candidate(segment: Segment, match: re.Match[str]) -> Candidate[AmountReading]:
    sign = match["before"] or match["after"]
    negative = bool(match["minus"] or match["minus2"] or match["behind"] or match["credit"])
    negative = negative or bool(match["open"] and match["close"])
    reading = AmountReading(match["number"], negative, _currency(sign))
    start = match.start("number")
    for group in ("minus2", "before", "minus"):
        start = match.start(group) if match[group] else start
    end = match.end("after") if match["after"] else match.end("behind") if match["behind"] else match.end("number")
    lead, rest = segment.text[:start], segment.text[end:]
    base = _BASE.search(lead) or (_BASE_BEFORE.search(lead) and _MONEY.search(rest))
    marks = {"base"} if base else set()
    return Candidate(reading, segment, start, end, marks)


def _currency(sign: str | None) -> str | None:
    if sign is None:
        return None
    upper = sign.upper()
    return "EUR" if upper == "E" else SYMBOLS.get(upper, upper)


def decimal_sign_of(found: Iterable[Candidate[AmountReading]]) -> str | None:
    """Comma or dot by the amounts that end in a separator and two digits; None without any."""
    comma = dot = 0
    for each in found:
        digits = each.value.digits
        if _COMMA_LAST.search(digits):
            comma += 1
        if _DOT_LAST.search(digits):
            dot += 1
    if comma == dot:
        return None
    return "," if comma > dot else "."


def rates(text: str) -> set[Decimal]:
    """The percentages printed in `text`."""
    return {Decimal(each.replace(",", ".")) for each in _PER_CENT.findall(text)}
