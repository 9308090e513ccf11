"""Bank accounts and VAT ids of companies that do not exist, with check digits that do.

The stems lie in ranges that are not given out (bank codes beginning with 999 or with our own letters), so a sample can
never name the account of a real person; python-stdnum is the judge of the check digits.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

#: Bank and branch of the invented bank, by country, and the length of the account number behind it.
_BANKS = {
    "DE": ("99900031", 10),
    "NL": ("KTRB", 10),
    "BE": ("999", 7),
    "FR": ("9990000031", 11),
    "IE": ("KTRB999031", 8),
    "GB": ("KTRB999031", 8),
    "AT": ("99931", 11),
}


def iban(country: str, account: int) -> str:
    """A valid IBAN of `country` for the invented account number; ValueError for a country not in our table."""
    if country not in _BANKS:
        raise ValueError(f"no invented bank in {country}")
    bank, digits = _BANKS[country]
    bban = bank + f"{account:0{digits}d}" + _national_check(country, bank, f"{account:0{digits}d}")
    return f"{country}{_iso_check(country, bban):02d}{bban}"


def _iso_check(country: str, bban: str) -> int:
    """Check digits by ISO 7064 mod 97-10 (ISO 13616)."""
    return 98 - int("".join(str(int(letter, 36)) for letter in f"{bban}{country}00")) % 97


def _national_check(country: str, bank: str, account: str) -> str:
    if country == "BE":  # the first ten digits modulo 97, 97 for 0
        return f"{int(bank + account) % 97 or 97:02d}"
    if country == "FR":  # clé RIB over bank, branch and account
        weighted = 89 * int(bank[:5]) + 15 * int(bank[5:]) + 3 * int(account)
        return f"{97 - weighted % 97:02d}"
    return ""


def vat_id(country: str, stem: int) -> str:
    """A VAT id of `country` beginning with the digits of `stem`, completed to pass its check digit.

    ValueError for a country whose form we do not know.
    """
    from stdnum.eu import vat

    for candidate in _vat_ids(country, stem):
        if vat.is_valid(candidate):
            return candidate
    raise ValueError(f"no valid VAT id of {country} begins with {stem}")


def _vat_ids(country: str, stem: int) -> Iterator[str]:
    if country == "DE":
        yield from (f"DE{stem:08d}{last}" for last in range(10))
    elif country == "NL":
        yield from (f"NL{stem:08d}{last}B{suffix:02d}" for suffix, last in product(range(1, 10), range(10)))
    elif country == "FR":
        yield from (f"FR{key:02d}{stem:08d}{last}" for last, key in product(range(10), range(97)))
    elif country == "BE":
        yield from (f"BE0{stem:07d}{key:02d}" for key in range(98))
    elif country == "IE":
        yield from (f"IE{stem:07d}{letter}" for letter in "ABCDEFGHIJKLMNOPQRSTUVW")
    elif country == "AT":
        yield from (f"ATU{stem:07d}{last}" for last in range(10))


def broken_check(identifier: str) -> str:
    """The same id with its third digit one higher, so that the check digit fails: a defect asked for.

    The third is the first that no country uses as the check digit itself; the last two of a Dutch id are not covered.
    """
    position = [index for index, letter in enumerate(identifier) if letter.isdigit()][2]
    digit = (int(identifier[position]) + 1) % 10
    return f"{identifier[:position]}{digit}{identifier[position + 1 :]}"
