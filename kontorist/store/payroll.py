"""Months of pay: their sheets, releases and payslips. Ids, states and hashes; what people earn never stands here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, func, select, update
from sqlalchemy.dialects.sqlite import insert

from kontorist.domain.ids import DocumentId, EmployeeId, EntryId, EventId, PersonKey, WorkItemId, derived_id
from kontorist.domain.ports import ArchivedDocument, Clock
from kontorist.failpoints import failpoint, register
from kontorist.store.errors import NotInStore
from kontorist.store.tables import payroll_file, payroll_release, payroll_run, payslip

for _step in ("enter", "file", "checked", "let_through", "release", "payslip"):
    register(f"payroll.before_{_step}", f"payroll.after_{_step}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One month. `doubts` are plain data (code, file, sheet, cell, number, key); `let_through` keys of doubts.

    `figures` is the document of the good lines that are not released yet, for `employees` people; it is made for the
    release `release`.
    """

    id: str
    period: str
    event_id: EventId | None
    rows: int
    good_rows: int
    doubts: Sequence[Mapping[str, Any]]
    figures: DocumentId | None
    figures_sha256: str | None
    employees: int
    release: int
    let_through: Sequence[str]
    prepared_by: Sequence[PersonKey]


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetFile:
    """One file of a month; `replaced` by a later one of its name."""

    document: DocumentId
    run: str
    name: str
    sha256: str
    seq: int
    replaced: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What is, or was, released of a month at one time. States: prepared -> approved -> released; or withdrawn."""

    run: str
    number: int
    state: str
    figures: DocumentId
    figures_sha256: str
    employees: int
    item: WorkItemId
    approved_by: Sequence[PersonKey] = ()
    event_id: EventId | None = None
    register: DocumentId | None = None
    register_sha256: str | None = None
    entry_id: EntryId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Payslip:
    """One employee's slip of a release: written -> ordered (its mail is planned), or waiting with the reason."""

    run: str
    release: int
    employee: EmployeeId
    document: DocumentId
    state: str
    effect: str
    reason: str | None = None


_T = TypeVar("_T", Run, SheetFile, Release, Payslip)


class Payroll:
    """Keeps months, sheets, releases and slips. Every method works inside the transaction it is given."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    # --- months and their sheets

    def enter(self, tx: Connection, period: str, event: EventId | None) -> Run:
        """The run of a month, made at its first sheet; `event` is the one that brought its latest."""
        failpoint("payroll.before_enter")
        values = {"id": run_id(period), "period": period, "event_id": event, "changed": self._clock.now()}
        nothing = {
            "rows": 0,
            "good_rows": 0,
            "doubts": [],
            "employees": 0,
            "release": 1,
            "let_through": [],
            "prepared_by": [],
        }
        entered = insert(payroll_run).values(**values, **nothing)
        tx.execute(entered.on_conflict_do_update(index_elements=["period"], set_=values))
        failpoint("payroll.after_enter")
        return self.get(tx, run_id(period))

    def get(self, tx: Connection, wanted: str) -> Run:
        """One month. Raises NotInStore."""
        found = tx.execute(select(*payroll_run.c).where(payroll_run.c.id == wanted)).one_or_none()
        if found is None:
            raise NotInStore(f"There is no payroll run {wanted}.")
        return _made(Run, found)

    def of_period(self, tx: Connection, period: str) -> Run | None:
        """The run of a month, if it has begun."""
        found = tx.execute(select(*payroll_run.c).where(payroll_run.c.period == period)).one_or_none()
        return None if found is None else _made(Run, found)

    def runs(self, tx: Connection) -> list[Run]:
        """All months, the newest first."""
        return [_made(Run, row) for row in tx.execute(select(*payroll_run.c).order_by(payroll_run.c.period.desc()))]

    def file(self, tx: Connection, run: str, record: ArchivedDocument) -> bool:
        """Enter a sheet; an earlier one of its name is replaced.

        False, and nothing changed, for a document that was entered before and for bytes that are among the sheets.
        """
        failpoint("payroll.before_file")
        known = select(payroll_file.c.document).where(payroll_file.c.document == record.id)
        same = (payroll_file.c.run == run, payroll_file.c.sha256 == record.sha256, payroll_file.c.replaced.is_(False))
        if tx.execute(known.union_all(select(payroll_file.c.document).where(*same))).first() is not None:
            return False
        earlier = (payroll_file.c.run == run, payroll_file.c.name == record.name)
        tx.execute(update(payroll_file).where(*earlier).values(replaced=True))
        values = {
            "document": record.id,
            "run": run,
            "name": record.name,
            "sha256": record.sha256,
            "seq": record.seq,
            "replaced": False,
        }
        tx.execute(insert(payroll_file).values(values))
        failpoint("payroll.after_file")
        return True

    def files(self, tx: Connection, run: str) -> list[SheetFile]:
        """The sheets of a month that count, in the order of their arrival."""
        mine = (payroll_file.c.run == run, payroll_file.c.replaced.is_(False))
        rows = tx.execute(select(*payroll_file.c).where(*mine).order_by(payroll_file.c.seq))
        return [_made(SheetFile, row) for row in rows]

    def checked(self, tx: Connection, run: str, **found: Any) -> None:
        """Keep what the checks say of a month; `found` are columns of the run."""
        failpoint("payroll.before_checked")
        self._change(tx, run, found)
        failpoint("payroll.after_checked")

    def let_through(self, tx: Connection, run: Run, keys: Sequence[str], by: Sequence[PersonKey]) -> None:
        """Remember the doubts that people have waved on, and who: they do not release what they prepared."""
        people = list(dict.fromkeys([*run.prepared_by, *by]))
        failpoint("payroll.before_let_through")
        self._change(tx, run.id, {"let_through": sorted({*run.let_through, *keys}), "prepared_by": people})
        failpoint("payroll.after_let_through")

    def _change(self, tx: Connection, run: str, values: Mapping[str, Any]) -> None:
        tx.execute(update(payroll_run).where(payroll_run.c.id == run).values(**values, changed=self._clock.now()))

    # --- releases

    def put_release(self, tx: Connection, new: Release) -> None:
        """Enter a release, or make the one with this number look like `new`."""
        failpoint("payroll.before_release")
        values = {name: getattr(new, name) for name in Release.__slots__}
        values |= {"approved_by": list(new.approved_by), "changed": self._clock.now()}
        entered = insert(payroll_release).values(values)
        tx.execute(entered.on_conflict_do_update(index_elements=["run", "number"], set_=values))
        failpoint("payroll.after_release")

    def release(self, tx: Connection, run: str, number: int) -> Release:
        """One release. Raises NotInStore."""
        mine = (payroll_release.c.run == run, payroll_release.c.number == number)
        found = tx.execute(select(*payroll_release.c).where(*mine)).one_or_none()
        if found is None:
            raise NotInStore(f"There is no release {number} of payroll run {run}.")
        return _made(Release, found)

    def releases(self, tx: Connection, run: str) -> list[Release]:
        """All releases of a month, in their order."""
        mine = select(*payroll_release.c).where(payroll_release.c.run == run)
        return [_made(Release, row) for row in tx.execute(mine.order_by(payroll_release.c.number))]

    # --- payslips

    def put_payslip(self, tx: Connection, new: Payslip) -> None:
        """Enter a slip, or make the one of this employee and release look like `new`."""
        failpoint("payroll.before_payslip")
        values = {name: getattr(new, name) for name in Payslip.__slots__} | {"changed": self._clock.now()}
        entered = insert(payslip).values(values)
        tx.execute(entered.on_conflict_do_update(index_elements=["run", "release", "employee"], set_=values))
        failpoint("payroll.after_payslip")

    def payslips(self, tx: Connection, run: str, release: int | None = None) -> list[Payslip]:
        """The slips of a month, or of one of its releases."""
        wanted = select(*payslip.c).where(payslip.c.run == run)
        if release is not None:
            wanted = wanted.where(payslip.c.release == release)
        return [_made(Payslip, row) for row in tx.execute(wanted.order_by(payslip.c.release, payslip.c.employee))]

    def counts(self, tx: Connection, run: str) -> dict[str, int]:
        """How many slips of a month are in each state."""
        rows = tx.execute(select(payslip.c.state, func.count()).where(payslip.c.run == run).group_by(payslip.c.state))
        return {row[0]: row[1] for row in rows}


def run_id(period: str) -> str:
    """The id of the run of a month."""
    return derived_id("R", "payroll", period)


def _made(kind: type[_T], row: Row[Any]) -> _T:
    return kind(**{name: row._mapping[name] for name in kind.__slots__})
