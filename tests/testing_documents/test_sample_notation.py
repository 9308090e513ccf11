"""Amounts, dates and numbers as offices write them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from kontorist.testing.documents import notation, wording
from kontorist.testing.documents.facts import LANGUAGES, Language


@pytest.mark.parametrize(
    ("language", "expected"),
    [("de", "1.234,50"), ("nl", "1.234,50"), ("en", "1,234.50"), ("fr", "1\u00a0234,50")],
)
def test_an_amount_is_written_as_in_its_country(language: Language, expected: str) -> None:
    assert notation.number(Decimal("1234.5"), language) == expected


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("symbol_after", "12,00\u00a0€"),
        ("symbol_before", "€\u00a012,00"),
        ("code_after", "12,00\u00a0EUR"),
        ("code_before", "EUR\u00a012,00"),
        ("heading", "12,00"),
    ],
)
def test_the_currency_stands_where_the_design_wants_it(style: notation.CurrencyStyle, expected: str) -> None:
    assert notation.money(Decimal(12), "EUR", "de", style) == expected


def test_in_english_the_symbol_is_glued_to_the_amount() -> None:
    assert notation.money(Decimal(12), "GBP", "en", "symbol_before") == "£12.00"


@pytest.mark.parametrize(
    ("language", "numeric", "long"),
    [
        ("de", "09.03.2026", "9. März 2026"),
        ("nl", "09-03-2026", "9 maart 2026"),
        ("en", "09/03/2026", "9 March 2026"),
        ("fr", "09/03/2026", "9 mars 2026"),
    ],
)
def test_a_date_is_written_as_in_its_country(language: Language, numeric: str, long: str) -> None:
    day = date(2026, 3, 9)

    assert notation.day(day, language, "numeric") == numeric
    assert notation.day(day, language, "long") == long
    assert notation.day(day, language, "iso") == "2026-03-09"


def test_rates_and_quantities_have_no_superfluous_zeros() -> None:
    assert notation.percent(Decimal("13.50"), "en") == "13.5%"
    assert notation.percent(Decimal(19), "de") == "19\u00a0%"
    assert notation.quantity(Decimal("2500"), "nl") == "2.500"
    assert notation.quantity(Decimal("2.50"), "de") == "2,5"


def test_account_and_french_vat_numbers_are_grouped() -> None:
    assert notation.grouped_iban("NL32KTRB0004711003") == "NL32 KTRB 0004 7110 03"
    assert notation.spoken_vat_id("FR37999047111") == "FR37 999 047 111"
    assert notation.spoken_vat_id("DE999047110") == "DE999047110"


def test_no_word_is_missing_in_any_language() -> None:
    assert {wording.keys(language) for language in LANGUAGES} == {wording.keys("de")}
