"""The store: one database, opened safely, written in whole transactions."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Final, Self, TypeVar

from sqlalchemy import Connection, Engine

from kontorist.domain.ports import Clock
from kontorist.failpoints import failpoint, register
from kontorist.store.alerts import Alerts
from kontorist.store.audit import Audit
from kontorist.store.bank_changes import BankChanges
from kontorist.store.clock import SystemClock, boot_id
from kontorist.store.connection import BUSY_SECONDS, WRITES, connect, sqlite_file, translated
from kontorist.store.customers import Customers
from kontorist.store.documents import Documents
from kontorist.store.effect_ledger import Effects
from kontorist.store.employees import Employees
from kontorist.store.errors import StoreBusy, StoreFull
from kontorist.store.filings import Filings
from kontorist.store.inbox import Claim, Inbox
from kontorist.store.journal import Journal
from kontorist.store.lessons import Lessons
from kontorist.store.migrate import migrate, up_to_date
from kontorist.store.news import News
from kontorist.store.open_items import OpenItems
from kontorist.store.orders import Orders
from kontorist.store.payroll import Payroll
from kontorist.store.reserve import Reserve
from kontorist.store.sales import Sales
from kontorist.store.sources import Sources
from kontorist.store.status import Status, status
from kontorist.store.suppliers import Suppliers
from kontorist.store.worklist import Worklist

register("store.before_commit", "store.after_commit")

_T = TypeVar("_T")

#: Which event this thread of work holds, and in which file: every write checks its fence.
_held: ContextVar[tuple[Path, Claim] | None] = ContextVar("kontorist_held", default=None)
#: Whether this thread of work is inside a write transaction of which file.
_writing: ContextVar[Path | None] = ContextVar("kontorist_writing", default=None)


class Store:
    """Our database. `write` and `read` give a transaction; each subject has its own part that works inside one."""

    def __init__(self, engine: Engine, file: Path, clock: Clock, boot: str, patience: float = BUSY_SECONDS) -> None:
        self.clock: Final = clock
        self.file: Final = file
        self._engine = engine
        self._writer = engine.execution_options(**{WRITES: True})
        self._patience = patience
        self._kept: Connection | None = None  # of the thread that writes all the time
        self._turn = threading.Lock()  # writers of this process queue here, not in SQLite's polling
        self._boot = boot
        self.reserve: Final = Reserve(file)
        self.news: Final = News(file)
        self.inbox: Final = Inbox(clock, boot)
        self.effects: Final = Effects(clock, boot)
        self.documents: Final = Documents(clock)
        self.filings: Final = Filings(clock)
        self.suppliers: Final = Suppliers(clock)
        self.lessons: Final = Lessons(clock)
        self.customers: Final = Customers(clock)
        self.employees: Final = Employees(clock)
        self.orders: Final = Orders(clock)
        self.open_items: Final = OpenItems(clock)
        self.sales: Final = Sales(clock)
        self.sources: Final = Sources(clock)
        self.alerts: Final = Alerts()
        self.bank_changes: Final = BankChanges(clock)
        self.worklist: Final = Worklist(clock)
        self.journal: Final = Journal(clock)
        self.payroll: Final = Payroll(clock)
        self.audit: Final = Audit()

    @classmethod
    def open(
        cls, url: str, *, clock: Clock | None = None, boot: str | None = None, patience: float = BUSY_SECONDS
    ) -> Self:
        """Open the database at `url` (``sqlite:///path``), make it if it is not there, bring it up to date.

        `boot` names this start of the machine; `patience` is how many seconds to wait while others write.
        Raises StoreNotSupported, StoreNotDurable, StoreTooNew or StoreUnavailable.
        """
        file = sqlite_file(url)
        store = cls(connect(file, patience), file, clock or SystemClock(), boot or boot_id(), patience)
        try:
            with store.read() as tx:  # who only looks does not queue behind writers
                current = up_to_date(tx)
            if not current:
                with store.write() as tx:
                    migrate(tx)
        except BaseException:
            store.close()
            raise
        return store

    def close(self) -> None:
        """Close all connections."""
        self.news.close()
        if self._kept is not None:
            self._kept.close()
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One BEGIN IMMEDIATE transaction; on disk when it ends, undone when an exception leaves it.

        While an event is held, its fence is checked first. Raises LeaseLost, StoreBusy, StoreFull, StoreUnwritable.
        """
        with self._transaction(new=True) as tx:
            yield tx

    @contextmanager
    def write_often(self) -> Iterator[Connection]:
        """As `write`, on a connection that stays open, which halves what a transaction costs; for one thread only."""
        with self._transaction(new=True, begin=self._begin_kept) as tx:
            yield tx

    @contextmanager
    def _begin_kept(self) -> Iterator[Connection]:
        if self._kept is None:
            self._kept = self._writer.connect()
        with self._kept.begin():
            yield self._kept

    def record(self, change: Callable[[Connection], _T]) -> _T:
        """`change` in a write transaction of its own, for what has already happened and must not be forgotten.

        On a full disk it takes the room of the reserve, so `change` may be called twice. Raises as `write` does.
        """
        try:
            return self._recorded(change)
        except StoreFull:
            if not self.reserve.give_up():
                raise
        return self._recorded(change)

    def _recorded(self, change: Callable[[Connection], _T]) -> _T:
        with self._transaction(new=False) as tx:
            return change(tx)

    @contextmanager
    def _transaction(
        self, *, new: bool, begin: Callable[[], AbstractContextManager[Connection]] | None = None
    ) -> Iterator[Connection]:
        self.refuse_inside_transaction()
        with self._my_turn(), translated(self.file):
            if new:
                self.reserve.keep()
            with (begin or self._writer.begin)() as tx:
                self._check_fence(tx)
                yield tx
                failpoint("store.before_commit")
            failpoint("store.after_commit")

    @contextmanager
    def _my_turn(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=self._patience):
            raise StoreBusy(f"Another part of this process has been writing to the database for {self._patience:g} s.")
        token = _writing.set(self.file)
        try:
            yield
        finally:
            _writing.reset(token)
            self._turn.release()

    def _check_fence(self, tx: Connection) -> None:
        held = _held.get()
        if held is not None and held[0] == self.file:
            self.inbox.check(tx, held[1])

    def refuse_inside_transaction(self) -> None:
        """RuntimeError inside a write transaction: a second one would wait for the first for ever."""
        if _writing.get() == self.file:
            raise RuntimeError("inside a write transaction of the store nothing else is begun and nothing is sent")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view that cannot write. Raises StoreBusy or StoreUnwritable."""
        with translated(self.file), self._engine.begin() as tx:
            yield tx

    @contextmanager
    def holding(self, claim: Claim) -> Iterator[None]:
        """Inside, this thread of work acts for `claim`: each of its writes raises LeaseLost once it was overtaken."""
        token = _held.set((self.file, claim))
        try:
            yield
        finally:
            _held.reset(token)

    def scratch_copy(self, path: Path) -> Store:
        """A copy of the whole database in the new file `path`, to try things out; the original is not touched."""
        self.copy_to(path)
        return Store.open(f"sqlite:///{path}", clock=self.clock, boot=self._boot)

    def copy_to(self, path: Path) -> None:
        """The database as it is at this moment in the new file `path`; others go on reading and writing.

        SQLite's online backup, in one step, which is a snapshot of all that was committed.
        """
        with (
            translated(self.file),
            closing(sqlite3.connect(self.file)) as source,
            closing(sqlite3.connect(path)) as target,
        ):
            source.backup(target)

    def status(self, tx: Connection) -> Status:
        """The figures of `kontorist status`."""
        return status(tx, self.clock, self._boot)
