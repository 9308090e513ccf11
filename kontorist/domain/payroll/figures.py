"""What people earn in one month. These figures stand in encrypted documents only; logs and tables never see them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kontorist.domain.ids import EmployeeId
from kontorist.domain.money import Money
from kontorist.domain.periods import Period

_AMOUNTS = ("gross", "deductions", "net", "employer")
_OPTIONAL = ("wage_tax", "social", "last_gross")


@dataclass(frozen=True, slots=True, kw_only=True)
class PayLine:
    """One employee's month, in the company's currency.

    `deductions` are all between gross and net (wage tax, the employee's social security), of which `wage_tax` and
    `social` are known where the bureau names them; `employer` is the employer's social security on top of gross.
    `minutes` are the hours of the time sheets, 0 without any. `origin` is the row of the bureau's file.
    """

    employee: EmployeeId
    number: str
    name: str
    cost_centre: str | None
    gross: Money
    deductions: Money
    net: Money
    employer: Money
    wage_tax: Money | None = None
    social: Money | None = None
    last_gross: Money | None = None  #: last month's, None where nothing was paid or it is not known
    minutes: int = 0
    origin: str = ""

    def pays_like(self, other: PayLine | None) -> bool:
        """Whether nothing that is paid or booked differs."""
        return other is not None and self._facts() == other._facts()

    def _facts(self) -> tuple[object, ...]:
        return (self.cost_centre, *(getattr(self, name) for name in _AMOUNTS), self.wage_tax, self.social)

    def data(self) -> dict[str, Any]:
        """As plain data; amounts are text."""
        amounts = {name: _text(getattr(self, name)) for name in (*_AMOUNTS, *_OPTIONAL)}
        return amounts | {
            "employee": self.employee,
            "number": self.number,
            "name": self.name,
            "cost_centre": self.cost_centre,
            "minutes": self.minutes,
            "origin": self.origin,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any], currency: str) -> PayLine:
        """The other way round."""

        def amount(name: str) -> Money:
            return Money(data[name], currency)

        def maybe(name: str) -> Money | None:
            return None if data[name] is None else amount(name)

        return cls(
            employee=EmployeeId(data["employee"]),
            number=data["number"],
            name=data["name"],
            cost_centre=data["cost_centre"],
            gross=amount("gross"),
            deductions=amount("deductions"),
            net=amount("net"),
            employer=amount("employer"),
            wage_tax=maybe("wage_tax"),
            social=maybe("social"),
            last_gross=maybe("last_gross"),
            minutes=data["minutes"],
            origin=data["origin"],
        )


def _text(amount: Money | None) -> str | None:
    return None if amount is None else str(amount.amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one release of a month is about: its lines, and for corrected employees the line it takes the place of."""

    period: Period
    release: int
    currency: str
    lines: tuple[PayLine, ...]
    replaced: tuple[PayLine, ...] = ()

    def data(self) -> dict[str, Any]:
        """As plain data, the form that is archived."""
        return {
            "schema_version": 1,
            "period": str(self.period),
            "release": self.release,
            "currency": self.currency,
            "lines": [line.data() for line in self.lines],
            "replaced": [line.data() for line in self.replaced],
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Figures:
        """The other way round."""
        currency = data["currency"]
        return cls(
            period=Period.parse(data["period"]),
            release=data["release"],
            currency=currency,
            lines=tuple(PayLine.from_data(line, currency) for line in data["lines"]),
            replaced=tuple(PayLine.from_data(line, currency) for line in data["replaced"]),
        )

    def former(self, employee: EmployeeId) -> PayLine | None:
        """The line that this release takes the place of."""
        return next((line for line in self.replaced if line.employee == employee), None)


def latest_lines(releases: Iterable[Figures]) -> dict[EmployeeId, PayLine]:
    """What was released last for each employee, the releases of one month in their order."""
    return {line.employee: line for figures in releases for line in figures.lines}


def next_release(
    period: Period, number: int, currency: str, good: Iterable[PayLine], released: Mapping[EmployeeId, PayLine]
) -> Figures | None:
    """The figures that are good and not released yet, or released otherwise; None when there are none."""
    lines = tuple(line for line in good if not line.pays_like(released.get(line.employee)))
    if not lines:
        return None
    replaced = tuple(released[line.employee] for line in lines if line.employee in released)
    return Figures(period=period, release=number, currency=currency, lines=lines, replaced=replaced)
