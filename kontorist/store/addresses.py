"""Postal addresses in their columns, the same in every table that has them."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import RowMapping

from kontorist.domain.masterdata.address import Address

_COLUMNS: Final = ("street", "postcode", "town", "country")


def address_values(address: Address) -> dict[str, Any]:
    """The columns of `address`."""
    return {name: getattr(address, name) for name in _COLUMNS}


def address_of(row: RowMapping) -> Address:
    """The address in the columns of `row`."""
    return Address(**{name: row[name] for name in _COLUMNS})
