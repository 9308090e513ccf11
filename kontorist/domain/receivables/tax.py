"""How VAT treats what we sell, by the countries of seller and buyer. Sources: Directive 2006/112/EC.

Where the order alone does not settle it, the answer says so and a person decides; the treatment given is then the one
that is invoiced once somebody has agreed.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from kontorist.domain.payables.vat_ids import vat_country
from kontorist.domain.receivables.orders import Supply

#: The member states (ISO 3166). Northern Ireland, for goods a part of the union's VAT area, is left to people.
MEMBER_STATES: Final = frozenset(
    {
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU",
        "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
    }
)  # fmt: skip


class Treatment(StrEnum):
    """What the invoice says about VAT."""

    DOMESTIC = "domestic"  #: our own rates
    REVERSE_CHARGE = "reverse_charge"  #: a service to a business in another member state (Art. 44, 196)
    INTRA_COMMUNITY = "intra_community"  #: goods to a business in another member state (Art. 138)
    EXPORT = "export"  #: goods to a country outside the union (Art. 146)
    OUTSIDE = "outside"  #: a service to a business outside the union: place of supply abroad (Art. 44)

    @property
    def charges_vat(self) -> bool:
        """Whether the invoice shows VAT of ours."""
        return self is Treatment.DOMESTIC


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRuling:
    """The treatment, and why a person has to agree to it first (None where the facts settle it)."""

    treatment: Treatment
    doubt: str | None = None


def treatment_of(*, seller: str, buyer: str, buyer_vat_id: str | None, supply: Supply) -> TaxRuling:
    """The treatment of a sale from country `seller` to country `buyer` (ISO 3166, both known)."""
    business = vat_country(buyer_vat_id)
    if seller == buyer:
        return TaxRuling(treatment=Treatment.DOMESTIC)
    if buyer not in MEMBER_STATES:
        return _beyond_the_union(supply)
    if business is None:
        return TaxRuling(
            treatment=Treatment.DOMESTIC,
            doubt="A customer without VAT id in another member state: our own VAT is right only below the threshold of "
            "10,000 EUR a year (Directive 2006/112/EC, Art. 59c).",
        )
    treatment = Treatment.INTRA_COMMUNITY if supply is Supply.GOODS else Treatment.REVERSE_CHARGE
    if business == seller or business not in MEMBER_STATES:
        return TaxRuling(
            treatment=Treatment.DOMESTIC, doubt=f"The customer is in {buyer}, but the VAT id is one of {business}."
        )
    return TaxRuling(treatment=treatment)


def _beyond_the_union(supply: Supply) -> TaxRuling:
    if supply is Supply.GOODS:
        return TaxRuling(treatment=Treatment.EXPORT)
    return TaxRuling(
        treatment=Treatment.OUTSIDE,
        doubt="A service to a country outside the union is without our VAT only where the customer is a business.",
    )


def tax_key(treatment: Treatment, rate: Decimal) -> str:
    """Our key of the output VAT: ``OUT21`` for 21 %, ``OUT-REVERSE-CHARGE`` and so on where we charge none."""
    if treatment.charges_vat:
        return f"OUT{rate.normalize():f}"
    return "OUT-" + treatment.value.upper().replace("_", "-")
