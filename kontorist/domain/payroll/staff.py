"""Who may stand in the sheets of a month: the employees of the master data, found by their personnel number."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from kontorist.domain.payroll.employees import Employee
from kontorist.domain.payroll.sheets import Cell
from kontorist.domain.periods import Period


class Staff:
    """The employees by personnel number, and which of them are employed in a month."""

    def __init__(self, employees: Iterable[Employee]) -> None:
        self.all = tuple(employees)
        self._by_number = {each.number: each for each in self.all}
        self._by_digits: dict[str, list[Employee]] = {}
        for each in self.all:
            self._by_digits.setdefault(each.number.lstrip("0"), []).append(each)

    def find(self, number: str, cell: Cell) -> Employee | None:
        """The employee with `number`, read from `cell`.

        A spreadsheet that keeps a personnel number as a number has lost its leading zeros; then the digits decide, if
        only one employee has them. Written as text, the zeros count.
        """
        known = self._by_number.get(number)
        if known is not None or not isinstance(cell, Decimal):
            return known
        alike = self._by_digits.get(number, [])
        return alike[0] if len(alike) == 1 else None

    def active(self, period: Period) -> list[Employee]:
        """Those employed on at least one day of the month, by personnel number."""
        return [each for each in self.all if each.active_between(period.first, period.last)]
