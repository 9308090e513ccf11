"""Where a partner is to be found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """The parts of a postal address; `street` has the house number, `country` is ISO 3166 (``DE``).

    Payments want town and country at least, or no address at all.
    """

    street: str | None = None
    postcode: str | None = None
    town: str | None = None
    country: str | None = None


#: An address of which nothing is known.
NOWHERE: Final = Address()
