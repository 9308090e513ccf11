"""Sheets of a month come in, are read and checked cell by cell; doubts and releases are put before people."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection

from kontorist.config import Config
from kontorist.domain.approvals import ItemState, Step, WorkItem
from kontorist.domain.errors import NeedsAPerson
from kontorist.domain.events import content_hash
from kontorist.domain.ids import SYSTEM, DocumentId, EventId, WorkItemId
from kontorist.domain.payroll import cells
from kontorist.domain.payroll.checks import Found, Month, check
from kontorist.domain.payroll.doubts import Code, Doubt, Place
from kontorist.domain.payroll.figures import next_release
from kontorist.domain.payroll.headings import Role
from kontorist.domain.payroll.sheets import Sheet, Table, sheets_of
from kontorist.domain.payroll.staff import Staff
from kontorist.domain.periods import Period
from kontorist.domain.ports import Archive, ArchivedDocument, Clock
from kontorist.extraction.payroll_sheets import read_sheets
from kontorist.services.carriers import About
from kontorist.services.desk import Asked, Desk
from kontorist.services.payroll.vault import STANDING, Vault
from kontorist.store.database import Store
from kontorist.store.payroll import Release, Run

if TYPE_CHECKING:
    from kontorist.sandbox import Pool

DOUBTS: Final = "payroll_doubts"
RELEASE: Final = "payroll_release"
#: Only they see what people earn, so only they decide about it.
PAYROLL: Final = ("payroll",)

_IN_NAME = re.compile(r"(?<!\d)(20\d{2})[-_. ](0[1-9]|1[0-2])(?!\d)", re.ASCII)
_MOST_REASONS: Final = 100


class PeriodUnknown(NeedsAPerson):
    """For which month this payroll sheet is cannot be told."""

    code = "KON-189"
    next_step = "Put the month into the file's name, such as hours-2026-10.xlsx, or run it with -p period=2026-10."


class Months:
    """The months of pay up to their release. Every act may be repeated."""

    def __init__(
        self,
        config: Config,
        *,
        clock: Clock,
        store: Store,
        archive: Archive,
        desk: Desk,
        vault: Vault,
        pool: Callable[[], Pool],
    ) -> None:
        self._clock = clock
        self._store = store
        self._archive = archive
        self._desk = desk
        self._vault = vault
        self._pool = pool
        self._currency = config.company.currency
        self._columns = config.payroll.columns.by_role()
        self._limits = config.payroll.limits()
        self._steps = (Step(any_of=PAYROLL, needed=config.payroll.release_needed),)

    # --- arriving

    def file_sheets(self, event: EventId, period: str | None) -> list[str]:
        """Enter the sheets that came with `event` in the run of their month; gives the runs that are to be checked.

        The month is `period`, else the one in the file's name, else the one most of its days are in. An event without
        sheets (a schedule, a person) means the month it names. Raises PeriodUnknown, NotAPeriod.
        """
        with self._store.read() as tx:
            data = self._store.inbox.get(tx, event).event().data
        records = [self._archive.get(DocumentId(each["id"])) for each in data.get("documents", ())]
        if not records:
            return self._begun(period)
        return list(dict.fromkeys(self._enter(record, event, period) for record in records))

    def _begun(self, period: str | None) -> list[str]:
        if period is None:
            raise PeriodUnknown("This run names neither a month nor a sheet.")
        with self._store.read() as tx:
            run = self._store.payroll.of_period(tx, str(Period.parse(period)))
        return [run.id] if run else []

    def _enter(self, record: ArchivedDocument, event: EventId, period: str | None) -> str:
        month = Period.parse(period) if period is not None else self._month_of(record)
        with self._store.write() as tx:
            run = self._store.payroll.enter(tx, str(month), event)
            if self._store.payroll.file(tx, run.id, record):
                self._note(tx, run.id, "received a payroll sheet", {"document": record.id, "sha256": record.sha256})
        return run.id

    def _month_of(self, record: ArchivedDocument) -> Period:
        if named := _IN_NAME.search(record.name):
            return Period(int(named[1]), int(named[2]))
        read = self._read(record.id, record.name)
        sheets, _ = sheets_of(read if isinstance(read, list) else (), self._columns)
        days = (cells.day(row.value(Role.DATE)) for sheet in sheets for row in sheet.rows)
        months = Counter(Period.of(day) for day in days if not isinstance(day, Code))
        if not months:
            raise PeriodUnknown(place=record.name)
        return months.most_common(1)[0][0]

    # --- checking

    def check(self, run_id: str) -> None:
        """Read all sheets of the month, hold them against the master data and last month, and keep what was found.

        The good lines that are not released yet become an encrypted document; of the doubts the places are kept.
        """
        with self._store.read() as tx:
            run = self._store.payroll.get(tx, run_id)
            period = Period.parse(run.period)
            releases = self._store.payroll.releases(tx, run_id)
            month = Month(
                period=period,
                currency=self._currency,
                staff=Staff(self._store.employees.list(tx)),
                last_gross=self._vault.last_gross(tx, period),
                limits=self._limits,
                let_through=frozenset(run.let_through),
            )
        found = check(*self._sheets(run_id), month)
        number = 1 + sum(each.state in STANDING for each in releases)
        figures = next_release(period, number, self._currency, found.lines, self._vault.standing(releases))
        record = self._vault.keep_figures(run_id, figures) if figures else None
        with self._store.write() as tx:
            before = self._store.payroll.get(tx, run_id)
            self._store.payroll.checked(
                tx,
                run_id,
                rows=found.rows,
                good_rows=found.good_rows,
                doubts=[each.data() | {"key": each.key(), "sentence": each.sentence} for each in found.doubts],
                figures=record.id if record else None,
                figures_sha256=record.sha256 if record else None,
                employees=len(figures.lines) if figures else 0,
                release=number,
            )
            if self._store.payroll.get(tx, run_id) != before:  # a look that finds the same is no news
                self._note(tx, run_id, "checked", _counts(found))

    def _sheets(self, run_id: str) -> tuple[tuple[Sheet, ...], tuple[Doubt, ...]]:
        with self._store.read() as tx:
            files = self._store.payroll.files(tx, run_id)
        tables: list[Table] = []
        unread: list[Doubt] = []
        for file in files:
            read = self._read(file.document, file.name)
            if isinstance(read, list):
                tables += read
            else:
                unread.append(read)
        sheets, strange = sheets_of(tables, self._columns)
        return sheets, (*unread, *strange)

    def _read(self, document: DocumentId, name: str) -> list[Table] | Doubt:
        read = read_sheets(self._pool(), self._archive.content(document), document=document, name=name)
        if isinstance(read, list) and read:
            return read
        return Doubt(code=Code.UNREADABLE, place=Place(document=document, file=name, sheet="", cell=""))

    # --- asking

    def ask_about_doubts(self, run_id: str) -> None:
        """Put the doubts of the month on the worklist; the item goes by itself when there are none any more."""
        with self._store.write() as tx:
            run = self._store.payroll.get(tx, run_id)
            item = self._item(tx, DOUBTS, run_id)
            asked = _doubts_of(run)
            if run.doubts and item is None:
                self._desk.open(tx, run_id, asked, about(run))
            elif run.doubts and item is not None and self._is_news(tx, item, asked):
                self._desk.renew(tx, item, asked, about(run), by=SYSTEM)
            elif not run.doubts and item is not None:
                self._close(tx, item, "no doubt is left")

    def _is_news(self, tx: Connection, item: WorkItem, asked: Asked) -> bool:
        """Whether the doubts are others than people were shown, or back after the item was closed by itself."""
        said = any(each.version == item.version for each in self._store.worklist.decisions(tx, item.id))
        closed = item.state is ItemState.REJECTED and not said
        return closed or content_hash(dict(asked.content)) != item.content_hash

    def ask_for_release(self, run_id: str) -> None:
        """Put the good lines that are not released yet before those who release; what is bound is the figures' hash."""
        while not self._asked_for_release(run_id):
            self.check(run_id)  # a release was approved since: the figures are counted from it

    def _asked_for_release(self, run_id: str) -> bool:
        with self._store.write() as tx:
            run = self._store.payroll.get(tx, run_id)
            releases = self._store.payroll.releases(tx, run_id)
            number = 1 + sum(each.state in STANDING for each in releases)
            if run.release != number:
                return False
            known = next((each for each in releases if each.number == number), None)
            if run.figures is None or run.figures_sha256 is None:
                self._withdraw(tx, known)
            elif known is None or (known.state, known.figures_sha256) != ("prepared", run.figures_sha256):
                self._prepare(tx, run, run.figures, run.figures_sha256)
        return True

    def _prepare(self, tx: Connection, run: Run, figures: DocumentId, sha256: str) -> None:
        identity = (RELEASE, run.id, str(run.release))
        asked = self._release_of(run)
        item = next((each for each in self._items(tx, RELEASE, run.id) if each.content["release"] == run.release), None)
        if item is None:
            people = (SYSTEM, *run.prepared_by)
            item = self._desk.open(tx, run.id, asked, about(run), identity=identity, prepared_by=people)
        else:
            by = run.prepared_by[-1] if run.prepared_by else SYSTEM
            item = self._desk.renew(tx, item, asked, about(run), by=by)
        prepared = Release(
            run=run.id,
            number=run.release,
            state="prepared",
            figures=figures,
            figures_sha256=sha256,
            employees=run.employees,
            item=item.id,
        )
        self._store.payroll.put_release(tx, prepared)
        self._note(tx, run.id, "prepared a release", {"release": run.release, "figures": sha256, "item": item.id})

    def _release_of(self, run: Run) -> Asked:
        reasons = [f"Somebody else with the role payroll has to release it: `kontorist payroll show {run.period}`."]
        codes = ["KON-PAY-RELEASE"]
        if run.doubts:
            reasons.append("Doubts wait on the worklist; whom they are about is not part of it.")
            codes.append("KON-PAY-DOUBTS")
        if run.employees == 1:
            reasons.append("It is about one employee only, so the totals in the journal will say what was paid.")
            codes.append("KON-PAY-ALONE")
        content = {
            "run": run.id,
            "period": run.period,
            "release": run.release,
            "figures": run.figures_sha256,
            "employees": run.employees,
        }
        return Asked(
            kind=RELEASE,
            title=f"Payroll {run.period}, release {run.release}: {_counted(run.employees, 'employee')}",
            reasons=tuple(reasons),
            codes=tuple(codes),
            content=content,
            steps=self._steps,
        )

    def _withdraw(self, tx: Connection, known: Release | None) -> None:
        """Nothing is left to release: what was prepared is taken off the worklist."""
        if known is None or known.state != "prepared":
            return
        item = self._store.worklist.get(tx, known.item)
        self._close(tx, item, "nothing is left to release")
        self._store.payroll.put_release(tx, replace(known, state="withdrawn"))

    def _close(self, tx: Connection, item: WorkItem, why: str) -> None:
        """Take an item off the list without a decision: its subject is gone, and earlier decisions with it."""
        if item.state not in (ItemState.OPEN, ItemState.RETURNED):
            return
        self._store.worklist.replace(
            tx, replace(item, state=ItemState.REJECTED, version=item.version + 1), item.version
        )
        self._note(tx, item.subject, "closed a work item", {"item": item.id, "why": why})

    def _item(self, tx: Connection, kind: str, run_id: str) -> WorkItem | None:
        return next(iter(self._items(tx, kind, run_id)), None)

    def _items(self, tx: Connection, kind: str, run_id: str) -> list[WorkItem]:
        return self._store.worklist.list(tx, states=None, subject=run_id, kind=kind)

    # --- telling

    def runs_of(self, items: Iterable[WorkItemId]) -> list[str]:
        """The runs that work items are about."""
        with self._store.read() as tx:
            return [self._store.worklist.get(tx, each).subject for each in items]

    def summary(self, run_id: str) -> dict[str, Any]:
        """How a month stands, as plain data without any amount."""
        with self._store.read() as tx:
            run = self._store.payroll.get(tx, run_id)
            releases = self._store.payroll.releases(tx, run_id)
            files = self._store.payroll.files(tx, run_id)
            slips = self._store.payroll.counts(tx, run_id)
        return {
            "run": run.id,
            "period": run.period,
            "sheets": len(files),
            "rows": run.rows,
            "good_rows": run.good_rows,
            "doubts": len(run.doubts),
            "employees_to_release": run.employees,
            "releases": [{"number": each.number, "state": each.state} for each in releases],
            "payslips": slips,
        }

    def _note(self, tx: Connection, run_id: str, verb: str, after: dict[str, Any]) -> None:
        self._store.audit.note(tx, actor=SYSTEM, verb=verb, subject=run_id, at=self._clock.now(), after=after)


def about(run: Run) -> About:
    """What letters and lists say of an item beside its title and reasons: only which event is behind it."""
    return About(cause=run.event_id)


def _doubts_of(run: Run) -> Asked:
    sentences = [str(each["sentence"]) for each in run.doubts]
    codes = [str(each["code"]) for each in run.doubts]
    if len(sentences) > _MOST_REASONS:
        more = len(sentences) - _MOST_REASONS
        sentences = [*sentences[:_MOST_REASONS], f"And {more} more: `kontorist payroll show {run.period}`."]
        codes = [*codes[:_MOST_REASONS], "KON-PAY-MORE"]
    return Asked(
        kind=DOUBTS,
        title=f"Payroll {run.period}: {_counted(len(run.doubts), 'doubt')}",
        reasons=tuple(sentences),
        codes=tuple(codes),
        content={"run": run.id, "period": run.period, "doubts": [dict(each) for each in run.doubts]},
        steps=(Step(any_of=PAYROLL),),
    )


def _counts(found: Found) -> dict[str, Any]:
    return {"rows": found.rows, "good_rows": found.good_rows, "doubts": len(found.doubts), "lines": len(found.lines)}


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
