"""Employees as master data. Nothing here, nor anywhere else in this database, says what somebody earns."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, Row, func, select

from kontorist.domain.ids import EmployeeId
from kontorist.domain.payroll.employees import Employee
from kontorist.domain.ports import Clock
from kontorist.failpoints import failpoint, register
from kontorist.store.errors import NotInStore
from kontorist.store.tables import employee
from kontorist.store.upsert import upsert

register("employees.before_put", "employees.after_put")

_COLUMNS: Final = tuple(Employee.__slots__)

_ENTER: Final = upsert(employee, "id")


class Employees:
    """Keeps and finds employees. Every method works inside the transaction it is given."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def put(self, tx: Connection, new: Employee) -> None:
        """Enter an employee, or make the one with this id look like `new`; the caller notes it in the audit trail."""
        failpoint("employees.before_put")
        values: dict[str, Any] = {name: getattr(new, name) for name in _COLUMNS}
        values["changed"] = self._clock.now()
        tx.execute(_ENTER, values)
        failpoint("employees.after_put")

    def get(self, tx: Connection, wanted: EmployeeId) -> Employee:
        """One employee. Raises NotInStore."""
        found = tx.execute(select(*employee.c).where(employee.c.id == wanted)).one_or_none()
        if found is None:
            raise NotInStore(f"There is no employee {wanted}.")
        return _employee(found)

    def with_number(self, tx: Connection, number: str) -> Employee | None:
        """The employee with this personnel number, compared as text."""
        found = tx.execute(select(*employee.c).where(employee.c.number == number)).one_or_none()
        return None if found is None else _employee(found)

    def list(self, tx: Connection) -> list[Employee]:
        """All employees, those who left among them, by personnel number."""
        return [_employee(row) for row in tx.execute(select(*employee.c).order_by(employee.c.number))]

    def count(self, tx: Connection) -> int:
        """How many employees there are."""
        return tx.execute(select(func.count()).select_from(employee)).scalar_one()


def _employee(row: Row[Any]) -> Employee:
    return Employee(**{name: row._mapping[name] for name in _COLUMNS})
