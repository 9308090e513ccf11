"""Employees as master data: who works here, since when, and where payslips go. No pay stands here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kontorist.domain.ids import EmployeeId, derived_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Employee:
    """One employee. `number` is the personnel number as text (leading zeros count), `email` the address of payslips.

    Employed from `active_from` to `active_until`, both days included, open where None. `monthly_hours` are those of
    the contract. What somebody earns is never kept here: it stands in encrypted objects only.
    """

    id: EmployeeId
    number: str
    name: str
    email: str | None = None
    language: str | None = None
    cost_centre: str | None = None
    active_from: date | None = None
    active_until: date | None = None
    monthly_hours: Decimal | None = None
    iban: str | None = None

    def active_between(self, first: date, last: date) -> bool:
        """Whether employed on at least one of the days from `first` to `last`, both included."""
        joined = self.active_from is None or self.active_from <= last
        return joined and (self.active_until is None or self.active_until >= first)


def employee_id(number: str) -> EmployeeId:
    """The id behind a personnel number: what flows, events and logs carry in place of number and name."""
    return EmployeeId(derived_id("M", number))
