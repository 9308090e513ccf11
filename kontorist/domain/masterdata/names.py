"""What can be imported. Apart from the columns, so that the command line has the names without loading anything."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """The kinds of `kontorist masterdata import KIND FILE`."""

    SUPPLIERS = "suppliers"
    CUSTOMERS = "customers"
    EMPLOYEES = "employees"
    ORDERS = "orders"
    RECEIPTS = "receipts"
    OPENING_BALANCES = "opening-balances"
    OPEN_ITEMS = "open-items"


class Direction(StrEnum):
    """Which orders a file holds that does not say it."""

    PURCHASE = "purchase"
    SALES = "sales"
