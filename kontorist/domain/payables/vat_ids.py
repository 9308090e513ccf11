"""VAT identification numbers: whose country they belong to, and whether their check digits hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from stdnum.ch import uid as swiss_uid
from stdnum.ch import vat as swiss_vat
from stdnum.eu import vat as union_vat
from stdnum.gb import vat as british_vat
from stdnum.no import mva as norwegian_vat

from kontorist.domain.payables.suppliers import compact

#: Where the prefix is not the country: Greece (Directive 2006/112/EC, Art. 215) and Northern Ireland.
_COUNTRY_OF_PREFIX: Final = {"EL": "GR", "XI": "GB"}
#: Prefixes of the one-stop shop (Council Implementing Regulation (EU) 282/2011): no member state's own number.
_ONE_STOP: Final = ("EU", "IM")
_UNION: Final[frozenset[str]] = frozenset(state.upper() for state in union_vat.MEMBER_STATES) | {"EL", *_ONE_STOP}


def vat_country(vat_id: str | None) -> str | None:
    """The ISO 3166 country of a VAT id: DE, GR for ``EL...``, CH for ``CHE...``; None where it names none."""
    prefix = compact(vat_id or "")[:2]
    if len(prefix) != 2 or not (prefix.isascii() and prefix.isalpha()) or prefix in _ONE_STOP:
        return None
    return _COUNTRY_OF_PREFIX.get(prefix, prefix)


def vat_id_holds(vat_id: str) -> bool | None:
    """Whether length and check digits are right (python-stdnum); None for a country whose rule we do not know."""
    number = compact(vat_id)
    prefix = number[:2]
    if not (prefix.isascii() and prefix.isalpha() and len(prefix) == 2):
        return False
    check = _CHECKS.get("EU" if prefix in _UNION else prefix)
    return None if check is None else bool(check(number))


def _swiss(number: str) -> bool:
    """With or without the ending that says VAT (MWST, TVA, IVA), which invoices often leave out."""
    return bool(swiss_vat.is_valid(number) or swiss_uid.is_valid(number))


_CHECKS: Final[dict[str, Callable[[str], Any]]] = {
    "EU": union_vat.is_valid,
    "GB": british_vat.is_valid,  # left the union's numbers on 1 January 2021
    "CH": _swiss,
    "NO": norwegian_vat.is_valid,
}
