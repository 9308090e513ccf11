"""Files of master data as the programs of an office write them, of people and partners that other samples name."""

from __future__ import annotations

from collections.abc import Iterable

from kontorist.domain.payroll.employees import Employee
from kontorist.domain.receivables.customers import Customer
from kontorist.testing.documents.identity import iban
from kontorist.testing.documents.tables import day_text, delimited

_CUSTOMERS = (
    "Klantnummer",
    "Naam",
    "BTW-nummer",
    "E-mail",
    "Straat",
    "Postcode",
    "Plaats",
    "Land",
    "Taal",
    "Termijn dagen",
)
_EMPLOYEES = ("Personalnummer", "Name", "E-Mail", "Sprache", "Kostenstelle", "Eintritt", "IBAN")


def customer_file(customers: Iterable[Customer]) -> bytes:
    """A Dutch .csv file of customers."""
    rows = [
        (
            each.number, each.name, each.vat_id or "", each.email, each.address.street, each.address.postcode,
            each.address.town, each.address.country, each.language, each.payment_terms_days or "",
        )
        for each in customers
    ]  # fmt: skip
    return delimited([_CUSTOMERS, *rows])


def employee_file(staff: Iterable[Employee]) -> bytes:
    """A German .csv file of employees with their bank accounts; nobody's pay stands in it."""
    rows = [
        (
            each.number, each.name, each.email, each.language, each.cost_centre,
            day_text(each.active_from, "de") if each.active_from else "", iban("NL", 60_000 + int(each.number)),
        )
        for each in staff
    ]  # fmt: skip
    return delimited([_EMPLOYEES, *rows])
