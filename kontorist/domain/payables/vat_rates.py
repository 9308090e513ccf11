"""VAT rates by country and date.

Source for all rows: European Commission, "VAT rates applied in the Member States" (taxes in Europe database); the
temporary German rates: § 28 UStG (1 July to 31 December 2020). Rates are percent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

_BEGIN: Final = date(2007, 1, 1)
_END: Final = date.max


@dataclass(frozen=True, slots=True)
class RateInterval:
    """The rates (percent, highest first) of one country from `valid_from` to `valid_to`, both included."""

    country: str
    valid_from: date
    valid_to: date
    rates: tuple[Decimal, ...]


def _row(country: str, rates: str, valid_from: date = _BEGIN, valid_to: date = _END) -> RateInterval:
    return RateInterval(country, valid_from, valid_to, tuple(Decimal(rate) for rate in rates.split()))


RATES: Final = (
    _row("DE", "19 7", _BEGIN, date(2020, 6, 30)),
    _row("DE", "16 5", date(2020, 7, 1), date(2020, 12, 31)),
    _row("DE", "19 7", date(2021, 1, 1)),
    _row("NL", "19 6", _BEGIN, date(2012, 9, 30)),
    _row("NL", "21 6", date(2012, 10, 1), date(2018, 12, 31)),
    _row("NL", "21 9", date(2019, 1, 1)),
    _row("AT", "20 13 10"),
    _row("BE", "21 12 6"),
    _row("FR", "19.6 7 5.5 2.1", _BEGIN, date(2013, 12, 31)),
    _row("FR", "20 10 5.5 2.1", date(2014, 1, 1)),
    _row("LU", "17 14 8 3", date(2015, 1, 1)),
    _row("ES", "21 10 4", date(2012, 9, 1)),
    _row("IT", "22 10 5 4", date(2013, 10, 1)),
    _row("PL", "23 8 5", date(2011, 1, 1)),
)


def rates_of(country: str, day: date) -> tuple[Decimal, ...] | None:
    """The rates of `country` (ISO 3166, two letters) on `day`, zero not named; None where we do not know them."""
    for row in RATES:
        if row.country == country and row.valid_from <= day <= row.valid_to:
            return row.rates
    return None
