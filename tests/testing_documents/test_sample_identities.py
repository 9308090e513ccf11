"""Bank accounts and VAT ids of invented companies."""

from __future__ import annotations

import pytest
import schwifty
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban as stdnum_iban
from stdnum.eu import vat as stdnum_vat

from kontorist.testing.documents.identity import broken_check, iban, vat_id
from kontorist.testing.documents.suppliers import BY_LANGUAGE

COUNTRIES = ("DE", "NL", "BE", "FR", "IE", "GB", "AT")


@given(country=st.sampled_from(COUNTRIES), account=st.integers(1, 9_999_999))
def test_an_invented_account_passes_its_check_digits_everywhere(country: str, account: int) -> None:
    made = iban(country, account)

    assert stdnum_iban.is_valid(made)
    assert schwifty.IBAN(made, allow_invalid=True).is_valid


@given(country=st.sampled_from(COUNTRIES), account=st.integers(1, 9_999_999))
def test_a_broken_check_digit_is_seen(country: str, account: int) -> None:
    assert not stdnum_iban.is_valid(broken_check(iban(country, account)))


def test_a_country_without_an_invented_bank_is_refused() -> None:
    with pytest.raises(ValueError, match="PL"):
        iban("PL", 1)


@pytest.mark.parametrize(
    ("country", "stem"),
    [("DE", 99904711), ("NL", 99904711), ("FR", 99904711), ("BE", 9990471), ("IE", 9990471), ("AT", 9990471)],
)
def test_an_invented_vat_id_passes_its_check_digits(country: str, stem: int) -> None:
    made = vat_id(country, stem)

    assert stdnum_vat.is_valid(made)
    assert not stdnum_vat.is_valid(broken_check(made))


def test_a_country_without_a_known_form_of_vat_id_is_refused() -> None:
    with pytest.raises(ValueError, match="PL"):
        vat_id("PL", 1)


def test_every_invented_supplier_has_sound_numbers() -> None:
    for party in (party for parties in BY_LANGUAGE.values() for party in parties):
        assert stdnum_vat.is_valid(party.vat_id), party.name
        assert stdnum_iban.is_valid(party.iban), party.name
