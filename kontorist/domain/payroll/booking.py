"""The journal entry of a release: totals by cost centre, never what one person earns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from kontorist.domain.ids import DocumentId, EmployeeId, EntryId, PersonKey, derived_id
from kontorist.domain.ledger.journal import JournalEntry, Line
from kontorist.domain.money import Money
from kontorist.domain.payroll.figures import Figures, PayLine

WAGES: Final = "6000"
EMPLOYER_SOCIAL: Final = "6100"
WAGES_PAYABLE: Final = "2200"
TAX_AND_SOCIAL_PAYABLE: Final = "2300"
FEWEST: Final = 2  #: people whose total may stand under a cost centre


def entry_for(
    figures: Figures, run: str, *, register: DocumentId, register_sha256: str, approved_by: tuple[PersonKey, ...]
) -> JournalEntry | None:
    """Gross pay and employer's social security by cost centre, against net pay and what tax office and funds get.

    The voucher is the register. A later release of the month posts the difference to what was released before; None
    where nothing is to be posted because it is all zero.
    """
    lines = tuple(line for line in _lines(figures) if line.amount)
    if not lines:
        return None
    later = f", release {figures.release}" if figures.release > 1 else ""
    return JournalEntry(
        id=EntryId(derived_id("J", "payroll", run, str(figures.release))),
        day=figures.period.last,
        text=f"Payroll {figures.period}{later}",
        lines=lines,
        document=register,
        document_sha256=register_sha256,
        purpose="payroll",
        approved_by=approved_by,
    )


def _lines(figures: Figures) -> Iterator[Line]:
    centres = _centres(figures)
    for name, account in (("gross", WAGES), ("employer", EMPLOYER_SOCIAL)):
        for centre, total in _by_centre(figures, name, centres).items():
            yield Line(account=account, amount=total, origin=name, cost_centre=centre)
    net, deductions, employer = (_total(figures, name) for name in ("net", "deductions", "employer"))
    yield Line(account=WAGES_PAYABLE, amount=-net, origin="net")
    yield Line(account=TAX_AND_SOCIAL_PAYABLE, amount=-(deductions + employer), origin="deductions")


def _centres(figures: Figures) -> dict[str | None, str | None]:
    """Under which cost centre each one is posted.

    A total of one person is that person's pay: a centre with a single employee in this release is posted without a
    cost centre, together with others of its kind or with the smallest of the others.
    """
    people: dict[str | None, set[EmployeeId]] = {}
    for line in (*figures.lines, *figures.replaced):
        people.setdefault(line.cost_centre, set()).add(line.employee)
    hidden: set[EmployeeId] = set()
    posted: dict[str | None, str | None] = {}
    for centre in sorted(people, key=lambda each: (len(people[each]), each or "")):
        alone = len(people[centre]) < FEWEST or 0 < len(hidden) < FEWEST
        hidden |= people[centre] if alone else set()
        posted[centre] = None if alone else centre
    return posted


def _by_centre(figures: Figures, name: str, centres: Mapping[str | None, str | None]) -> dict[str | None, Money]:
    totals: dict[str | None, Money] = {}
    for line, sign in _signed(figures):
        amount = getattr(line, name)
        centre = centres[line.cost_centre]
        totals[centre] = totals.get(centre, Money.zero(figures.currency)) + (amount if sign > 0 else -amount)
    return dict(sorted(totals.items(), key=lambda item: item[0] or ""))


def _total(figures: Figures, name: str) -> Money:
    signed = ((getattr(line, name), sign) for line, sign in _signed(figures))
    return Money.total((amount if sign > 0 else -amount for amount, sign in signed), figures.currency)


def _signed(figures: Figures) -> Iterator[tuple[PayLine, int]]:
    yield from ((line, 1) for line in figures.lines)
    yield from ((line, -1) for line in figures.replaced)
