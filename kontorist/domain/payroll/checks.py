"""The checks of a payroll month, cell by cell: good rows go on, each doubtful one keeps its reason.

A doubt about a row concerns its employee: as long as somebody has to look at it, this employee's pay waits. Everybody
else goes on.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from kontorist.domain.ids import EmployeeId
from kontorist.domain.money import Money
from kontorist.domain.payroll import cells
from kontorist.domain.payroll.doubts import Code, Doubt
from kontorist.domain.payroll.employees import Employee
from kontorist.domain.payroll.figures import PayLine
from kontorist.domain.payroll.headings import Kind, Role
from kontorist.domain.payroll.sheets import Row, Sheet
from kontorist.domain.payroll.staff import Staff
from kontorist.domain.periods import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """`hours_max` in a month; `max_change_percent` of gross pay against last month (None: not compared).

    `timesheets` says whether everybody has to have one.
    """

    hours_max: Decimal = Decimal(300)
    max_change_percent: Decimal | None = Decimal(20)
    timesheets: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the checks say of a month. `good_rows` of `rows` go on; `lines` are those whose pay may be released.

    `complete` means that everything is there that the month needs: a result, and time sheets where they are asked for.
    """

    doubts: tuple[Doubt, ...]
    rows: int
    good_rows: int
    lines: tuple[PayLine, ...]
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """What the sheets are held against: the staff, last month's gross pay, and the doubts let through by a person."""

    period: Period
    currency: str
    staff: Staff
    last_gross: Mapping[EmployeeId, Money]
    limits: Limits
    let_through: Container[str] = ()


def check(sheets: Iterable[Sheet], unread: Iterable[Doubt], month: Month) -> Found:
    """All checks over all sheets of a month; `unread` are the doubts of files and sheets that gave no rows."""
    known = list(sheets)
    times, results = _Times(month), _Results(month)
    for sheet in known:
        for row in sheet.rows:
            (times if sheet.kind is Kind.TIMES else results).take(row)
    complete = _complete(known, month.limits)
    missing = _missing(known, times, results, month) if complete else ()
    doubts = (*unread, *times.doubts, *results.doubts, *missing)
    rows = sum(len(sheet.rows) for sheet in known)
    doubtful = {(each.place.document, each.place.sheet, _row_of(each)) for each in doubts if each.place.cell}
    return Found(
        doubts=doubts,
        rows=rows,
        good_rows=rows - len(doubtful),
        lines=_lines(times, results, {each.number for each in doubts}) if complete else (),
        complete=complete,
    )


def _lines(times: _Times, results: _Results, waiting: Container[str | None]) -> tuple[PayLine, ...]:
    good = sorted(results.facts.values(), key=lambda facts: facts.who.number)
    return tuple(
        _line(each, times.minutes[each.who.id], results.month.last_gross.get(each.who.id))
        for each in good
        if each.who.number not in waiting
    )


def _row_of(doubt: Doubt) -> str:
    return doubt.place.cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def _complete(sheets: Sequence[Sheet], limits: Limits) -> bool:
    kinds = {sheet.kind for sheet in sheets}
    return Kind.RESULT in kinds and (Kind.TIMES in kinds or not limits.timesheets)


def _missing(sheets: Sequence[Sheet], times: _Times, results: _Results, month: Month) -> Iterator[Doubt]:
    """Everybody who is employed stands in the result, and in the time sheets where they are asked for."""
    for kind, seen in ((Kind.TIMES, times.seen), (Kind.RESULT, results.seen)):
        if kind is Kind.TIMES and not month.limits.timesheets:
            continue
        place = next(sheet.table.place() for sheet in sheets if sheet.kind is kind)
        for employee in month.staff.active(month.period):
            doubt = Doubt(code=Code.MISSING, place=place, number=employee.number)
            if employee.id not in seen and doubt.key() not in month.let_through:
                yield doubt


class _Checks:
    """What time sheets and results have in common: whose row it is."""

    unknown: Code

    def __init__(self, month: Month) -> None:
        self.month = month
        self.doubts: list[Doubt] = []
        self.seen: set[EmployeeId] = set()

    def doubt(self, row: Row, role: Role, code: Code, who: Employee | None = None, number: str | None = None) -> bool:
        """Note a doubt about one cell; True where a person has let it through, so that the row goes on.

        The doubt about somebody we know carries our number for him: his pay waits.
        """
        doubt = Doubt(code=code, place=row.place(role), number=who.number if who else number)
        if doubt.can_be_let_through and doubt.key() in self.month.let_through:
            return True
        self.doubts.append(doubt)
        return False

    def whose(self, row: Row) -> Employee | None:
        """The employee of a row; None, and a doubt, where nobody is found or the name is another's."""
        cell = row.value(Role.EMPLOYEE)
        number = cells.personnel_number(cell)
        if number is None:
            self.doubt(row, Role.EMPLOYEE, Code.NUMBER)
            return None
        who = self.month.staff.find(number, cell)
        if who is None:
            self.doubt(row, Role.EMPLOYEE, self.unknown, number=number)
            return None
        self.seen.add(who.id)
        written = row.value(Role.NAME)  # numbers are swapped easily; where the name stands too, both have to fit
        same = not isinstance(written, str) or _name(written) == _name(who.name)
        return who if same or self.doubt(row, Role.NAME, Code.NAME, who) else None

    def employed(self, row: Row, role: Role, who: Employee, period: Period) -> bool:
        """Whether the employee worked here in this month."""
        return who.active_between(period.first, period.last) or self.doubt(row, role, Code.LEFT, who)


class _Times(_Checks):
    """The rows of time sheets: one employee, one day, some hours."""

    unknown = Code.UNKNOWN

    def __init__(self, month: Month) -> None:
        super().__init__(month)
        self.minutes: dict[EmployeeId, int] = defaultdict(int)
        self._rows: set[tuple[object, ...]] = set()

    def take(self, row: Row) -> None:
        """Check one row; its hours count when nothing is doubtful."""
        who = self.whose(row)
        if who is None:
            return
        fits = self._day_fits(row, who)
        worked = cells.minutes(row.value(Role.HOURS))
        if isinstance(worked, Code):
            self.doubt(row, Role.HOURS, worked, who)
        elif fits and self._first(row, who):
            self._add(row, who, worked)

    def _add(self, row: Row, who: Employee, worked: int) -> None:
        """Count the hours; one doubt an employee, at the row with which the month is above the limit."""
        before, most = self.minutes[who.id], self.month.limits.hours_max * 60
        self.minutes[who.id] += worked
        if before <= most < before + worked:
            self.doubt(row, Role.HOURS, Code.LIMIT, who)

    def _day_fits(self, row: Row, who: Employee) -> bool:
        """The day is one of the month, on which the employee worked here."""
        if not row.has(Role.DATE):
            return self.employed(row, Role.EMPLOYEE, who, self.month.period)
        day = cells.day(row.value(Role.DATE))
        if isinstance(day, Code):
            return self.doubt(row, Role.DATE, day, who)
        if day not in self.month.period:
            return self.doubt(row, Role.DATE, Code.MONTH, who)
        return who.active_between(day, day) or self.doubt(row, Role.DATE, Code.LEFT, who)

    def _first(self, row: Row, who: Employee) -> bool:
        """No other good row is about the same: a second project on one day is none, the same day again is."""
        role = Role.DATE if row.has(Role.DATE) else Role.EMPLOYEE
        what = (who.id, cells.day(row.value(Role.DATE)), *row.others())
        if what in self._rows:
            return self.doubt(row, role, Code.DUPLICATE, who)
        self._rows.add(what)
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    who: Employee
    row: Row
    amounts: Mapping[Role, Money]


class _Results(_Checks):
    """The rows of the bureau's result: each employee once, with gross, net and what lies between."""

    unknown = Code.GHOST

    def __init__(self, month: Month) -> None:
        super().__init__(month)
        self.facts: dict[EmployeeId, _Facts] = {}
        self._named: set[EmployeeId] = set()

    def take(self, row: Row) -> None:
        """Check one row; what is good can be released."""
        who = self.whose(row)
        if who is None:
            return
        if who.id in self._named:
            self.doubt(row, Role.EMPLOYEE, Code.DUPLICATE, who)
        self._named.add(who.id)
        amounts = self._amounts(row, who)
        if amounts is None:
            return
        self.facts[who.id] = _Facts(who=who, row=row, amounts=amounts)
        self.employed(row, Role.EMPLOYEE, who, self.month.period)
        self._add_up(row, who, amounts)
        if self._changed(who, amounts[Role.GROSS]):
            self.doubt(row, Role.GROSS, Code.CHANGE, who)

    def _amounts(self, row: Row, who: Employee) -> dict[Role, Money] | None:
        """All amounts of the row; None, and a doubt for each, where one is not an amount."""
        amounts: dict[Role, Money] = {}
        fine = True
        for role in _AMOUNTS:
            if not row.has(role):
                continue
            found = cells.amount(row.value(role), self.month.currency)
            if isinstance(found, Code):
                self.doubt(row, role, found, who)
                fine = False
            else:
                amounts[role] = found
        return amounts if fine else None

    def _add_up(self, row: Row, who: Employee, amounts: Mapping[Role, Money]) -> None:
        gross, net = amounts[Role.GROSS], amounts[Role.NET]
        if net.amount < 0 or gross < net:
            self.doubt(row, Role.NET, Code.NET, who)
        elif _named_deductions(amounts) not in (None, gross - net):
            self.doubt(row, Role.NET, Code.SUM, who)

    def _changed(self, who: Employee, gross: Money) -> bool:
        """Whether gross pay differs from last month's by more than the limit; the limit itself is allowed."""
        most, last = self.month.limits.max_change_percent, self.month.last_gross.get(who.id)
        if most is None or last is None:
            return False
        return abs(gross.amount - last.amount) * 100 > most * abs(last.amount)


def _named_deductions(amounts: Mapping[Role, Money]) -> Money | None:
    """What the bureau names between gross and net; None where it does not name all of it."""
    tax, social = amounts.get(Role.WAGE_TAX), amounts.get(Role.SOCIAL)
    return None if tax is None or social is None else tax + social


_AMOUNTS = (Role.GROSS, Role.WAGE_TAX, Role.SOCIAL, Role.NET, Role.EMPLOYER)


def _line(facts: _Facts, minutes: int, last_gross: Money | None) -> PayLine:
    gross, net = facts.amounts[Role.GROSS], facts.amounts[Role.NET]
    place = facts.row.place(Role.EMPLOYEE)
    return PayLine(
        employee=facts.who.id,
        number=facts.who.number,
        name=facts.who.name,
        cost_centre=facts.who.cost_centre,
        gross=gross,
        deductions=gross - net,
        net=net,
        employer=facts.amounts.get(Role.EMPLOYER, Money.zero(gross.currency)),
        wage_tax=facts.amounts.get(Role.WAGE_TAX),
        social=facts.amounts.get(Role.SOCIAL),
        last_gross=last_gross,
        minutes=minutes,
        origin=f"{place.document} {place.sheet}!{place.cell}",
    )


def _name(text: str) -> frozenset[str]:
    """The words of a name without accents and order: "Müller, Jan" is "Jan Mueller"."""
    plain = text.casefold().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue").replace("ß", "ss")
    bare = "".join(each for each in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(each))
    return frozenset("".join(each if each.isalnum() else " " for each in bare).split())
