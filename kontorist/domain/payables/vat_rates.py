"""VAT rates by country and date.

Source for the member states: European Commission, "VAT rates applied in the Member States" (taxes in Europe database);
the temporary German rates: § 28 UStG (1 July to 31 December 2020); Switzerland: Art. 25 MWSTG; United Kingdom: Value
Added Tax Act 1994, sections 2 and 29A. Rates are percent. A rate that a country had for single goods and a short
time (food in 2022, electricity) may be missing: a person then says that it is right.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

#: No country of the union has a higher one (Hungary); what exceeds it is no VAT, wherever the supplier sits.
HIGHEST: Final = Decimal(27)

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
    _row("AT", "20 12 10", _BEGIN, date(2015, 12, 31)),
    _row("AT", "20 13 10", date(2016, 1, 1)),
    _row("BE", "21 12 6"),
    _row("FR", "19.6 5.5 2.1", _BEGIN, date(2011, 12, 31)),
    _row("FR", "19.6 7 5.5 2.1", date(2012, 1, 1), date(2013, 12, 31)),
    _row("FR", "20 10 5.5 2.1", date(2014, 1, 1)),
    _row("LU", "15 12 6 3", _BEGIN, date(2014, 12, 31)),
    _row("LU", "17 14 8 3", date(2015, 1, 1), date(2022, 12, 31)),
    _row("LU", "16 13 7 3", date(2023, 1, 1), date(2023, 12, 31)),
    _row("LU", "17 14 8 3", date(2024, 1, 1)),
    _row("ES", "18 8 4", date(2010, 7, 1), date(2012, 8, 31)),
    _row("ES", "21 10 4", date(2012, 9, 1)),
    _row("IT", "21 10 4", date(2011, 9, 17), date(2013, 9, 30)),
    _row("IT", "22 10 4", date(2013, 10, 1), date(2015, 12, 31)),
    _row("IT", "22 10 5 4", date(2016, 1, 1)),
    _row("PL", "22 7 3", _BEGIN, date(2010, 12, 31)),
    _row("PL", "23 8 5", date(2011, 1, 1)),
    _row("CZ", "21 15 10", date(2015, 1, 1), date(2023, 12, 31)),
    _row("CZ", "21 12", date(2024, 1, 1)),
    _row("DK", "25"),
    _row("SE", "25 12 6"),
    _row("CH", "8 3.8 2.5", date(2011, 1, 1), date(2017, 12, 31)),
    _row("CH", "7.7 3.7 2.5", date(2018, 1, 1), date(2023, 12, 31)),
    _row("CH", "8.1 3.8 2.6", date(2024, 1, 1)),
    _row("GB", "20 5", date(2011, 1, 4)),
)


def rates_of(country: str, day: date) -> tuple[Decimal, ...] | None:
    """The rates of `country` (ISO 3166, two letters) on `day`, zero not named; None where we do not know them."""
    for row in RATES:
        if row.country == country and row.valid_from <= day <= row.valid_to:
            return row.rates
    return None
