"""VAT rates by country and day, and VAT ids by country."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest

from kontorist.domain.payables.vat_ids import vat_country, vat_id_holds
from kontorist.domain.payables.vat_rates import HIGHEST, RATES, rates_of

TABLE = [
    ("DE", "2007-01-01", "19 7"),
    ("DE", "2020-06-30", "19 7"),
    ("DE", "2020-07-01", "16 5"),
    ("DE", "2020-12-31", "16 5"),
    ("DE", "2021-01-01", "19 7"),
    ("NL", "2012-09-30", "19 6"),
    ("NL", "2012-10-01", "21 6"),
    ("NL", "2018-12-31", "21 6"),
    ("NL", "2019-01-01", "21 9"),
    ("AT", "2015-12-31", "20 12 10"),
    ("AT", "2016-01-01", "20 13 10"),
    ("BE", "2024-05-03", "21 12 6"),
    ("FR", "2011-12-31", "19.6 5.5 2.1"),
    ("FR", "2012-01-01", "19.6 7 5.5 2.1"),
    ("FR", "2014-01-01", "20 10 5.5 2.1"),
    ("LU", "2014-12-31", "15 12 6 3"),
    ("LU", "2022-12-31", "17 14 8 3"),
    ("LU", "2023-06-01", "16 13 7 3"),
    ("LU", "2024-01-01", "17 14 8 3"),
    ("ES", "2012-08-31", "18 8 4"),
    ("ES", "2012-09-01", "21 10 4"),
    ("IT", "2013-09-30", "21 10 4"),
    ("IT", "2015-12-31", "22 10 4"),
    ("IT", "2016-01-01", "22 10 5 4"),
    ("PL", "2010-12-31", "22 7 3"),
    ("PL", "2011-01-01", "23 8 5"),
    ("CZ", "2023-12-31", "21 15 10"),
    ("CZ", "2024-01-01", "21 12"),
    ("DK", "2024-05-03", "25"),
    ("SE", "2024-05-03", "25 12 6"),
    ("CH", "2017-12-31", "8 3.8 2.5"),
    ("CH", "2023-12-31", "7.7 3.7 2.5"),
    ("CH", "2024-01-01", "8.1 3.8 2.6"),
    ("GB", "2011-01-04", "20 5"),
]


@pytest.mark.parametrize(("country", "day", "rates"), TABLE)
def test_the_rates_of_a_country_on_a_day(country: str, day: str, rates: str) -> None:
    assert rates_of(country, date.fromisoformat(day)) == tuple(Decimal(rate) for rate in rates.split())


@pytest.mark.parametrize(("country", "day"), [("US", "2024-05-03"), ("DE", "2006-12-31"), ("GB", "2011-01-03")])
def test_what_we_do_not_know_is_none_and_not_zero(country: str, day: str) -> None:
    assert rates_of(country, date.fromisoformat(day)) is None


def test_the_intervals_of_a_country_follow_one_another_without_gap_or_overlap() -> None:
    for country in {row.country for row in RATES}:
        rows = sorted((row for row in RATES if row.country == country), key=lambda row: row.valid_from)
        assert all((later.valid_from - earlier.valid_to).days == 1 for earlier, later in pairwise(rows))
        assert rows[-1].valid_to == date.max


def test_rates_stand_highest_first_and_below_the_highest_of_all() -> None:
    for row in RATES:
        assert list(row.rates) == sorted(set(row.rates), reverse=True)
        assert 0 < row.rates[-1] <= row.rates[0] <= HIGHEST


@pytest.mark.parametrize(
    ("vat_id", "country"),
    [
        ("DE136695976", "DE"),
        ("EL094259216", "GR"),
        ("GR094259216", "GR"),
        ("CHE-107.787.577 MWST", "CH"),
        ("GB980780684", "GB"),
        ("XI980780684", "GB"),
        ("EU372022452", None),
        ("136695976", None),
        ("", None),
        (None, None),
        ("ΔΕ123", None),
    ],
)
def test_the_country_of_a_vat_id(vat_id: str | None, country: str | None) -> None:
    assert vat_country(vat_id) == country


@pytest.mark.parametrize(
    ("vat_id", "holds"),
    [
        ("DE136695976", True),
        ("DE 136 695 976", True),
        ("DE136695978", False),
        ("DE13669597", False),
        ("EL094259216", True),
        ("GR094259216", True),
        ("EL094259217", False),
        ("NL004495445B01", True),
        ("ATU13585627", True),
        ("GB980780684", True),
        ("GB802311781", False),
        ("XI980780684", True),
        ("CHE107787577IVA", True),
        ("CHE-107.787.577 MWST", True),
        ("CHE107787577", True),
        ("CHE107787578", False),
        ("NO995525828MVA", True),
        ("NO995525829MVA", False),
        ("EU372022452", True),
        ("12/345/67890", False),
        ("US123456789", None),
        ("IS12345", None),
    ],
)
def test_check_digits_by_country_and_none_where_we_do_not_know_the_rule(vat_id: str, holds: bool | None) -> None:
    assert vat_id_holds(vat_id) is holds
