"""Cash discounts of an e-invoice: as XRechnung writes them into the terms of payment, or as CII has them in elements.

``#SKONTO#TAGE=14#PROZENT=2.25#BASISBETRAG=1000.00#``: XRechnung, semantic data type of BT-20 (BR-DE-18).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from kontorist.extraction.einvoice.terms import Terms

_WRITTEN: Final = re.compile(r"#SKONTO#TAGE=([0-9]{1,4})#PROZENT=([0-9]{1,2}(?:\.[0-9]{1,4})?)#", re.IGNORECASE)
#: Units of a period that are a number of days (UN/ECE recommendation 20); a month is none.
_DAYS: Final = {"DAY": 1, "WEE": 7}
_LONGEST: Final = 3660  #: days; beyond it nobody grants a discount, and a date ends somewhere


@dataclass(frozen=True, slots=True, kw_only=True)
class CashDiscount:
    """So many percent less for whoever pays until a day (None where the invoice leaves it open)."""

    percent: Decimal
    until: date | None


def cash_discounts(terms: Terms) -> list[CashDiscount]:
    """Those an invoice grants, the largest first."""
    found = {each.percent: each for each in (*_elements(terms), *_written(terms))}
    return sorted(found.values(), key=lambda each: -each.percent)


def _elements(terms: Terms) -> Iterator[CashDiscount]:
    for each in terms.get("discounts", ()):
        if each.get("percent"):
            days = each.get("days")
            scale = _DAYS.get(each.get("unit") or "DAY")
            start = each.get("date") or terms.get("issue_date")
            counted = None if days is None or scale is None else int(days * scale)
            yield CashDiscount(
                percent=each["percent"], until=_day(start, counted) if days is not None else each.get("date")
            )


def _written(terms: Terms) -> Iterator[CashDiscount]:
    for text in terms.get("payment_terms", ()):
        for days, percent in _WRITTEN.findall(text):
            yield CashDiscount(percent=Decimal(percent), until=_day(terms.get("issue_date"), int(days)))


def _day(start: date | None, days: int | None) -> date | None:
    within = start is not None and days is not None and 0 <= days <= _LONGEST and start.year < 9900
    return start + timedelta(days=days or 0) if start is not None and within else None
