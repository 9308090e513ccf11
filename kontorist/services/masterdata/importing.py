"""`kontorist masterdata import`: archive the file, read it in a child, take its good rows in one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Final

from kontorist.config import Config
from kontorist.domain.approvals import Actor, NotAllowed
from kontorist.domain.ids import DocumentId
from kontorist.domain.masterdata.kinds import COLUMNS
from kontorist.domain.masterdata.names import Kind
from kontorist.domain.ports import Archive, ArchivedDocument, Clock
from kontorist.domain.procurement.orders import OrderSide
from kontorist.extraction.tables import Table, TableFormat, read_table
from kontorist.services.masterdata import books, trade
from kontorist.services.masterdata.parties import Parties
from kontorist.services.masterdata.report import ImportReport
from kontorist.services.masterdata.run import ImportRun
from kontorist.store.database import Store

if TYPE_CHECKING:
    from kontorist.sandbox import Pool

_OFFICE: Final = ("clerk", "approver", "controller")
_ROLES: Final = {
    Kind.EMPLOYEES: ("payroll", "controller"),
    Kind.OPENING_BALANCES: ("approver", "controller"),
    Kind.OPEN_ITEMS: ("approver", "controller"),
}
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class MasterData:
    """Takes master data in from files. The same file a second time changes nothing."""

    def __init__(
        self,
        config: Config,
        *,
        clock: Clock,
        store: Store,
        archive: Archive,
        parties: Parties,
        pool: Callable[[], Pool],
    ) -> None:
        self._config = config
        self._clock = clock
        self._store = store
        self._archive = archive
        self._pool = pool
        self._importers: dict[Kind, Callable[[ImportRun], None]] = {
            Kind.SUPPLIERS: parties.suppliers,
            Kind.CUSTOMERS: parties.customers,
            Kind.EMPLOYEES: parties.employees,
            Kind.ORDERS: trade.take_orders,
            Kind.RECEIPTS: trade.take_receipts,
            Kind.OPENING_BALANCES: books.take_opening_balances,
            Kind.OPEN_ITEMS: books.take_open_items,
        }

    def import_file(
        self,
        kind: Kind,
        content: bytes,
        *,
        name: str,
        actor: Actor,
        day: date | None = None,
        side: OrderSide = OrderSide.PURCHASE,
    ) -> ImportReport:
        """Take the good rows of a .csv or .xlsx file and say which cells are in doubt.

        `day` is when the books begin (opening balances, open items), `side` that of orders whose file does not say it.
        Raises NotAllowed, Refused (not readable), TableUnfit (columns missing), PayInTheOpen, DayMissing.
        """
        _check_role(kind, actor)
        if kind is Kind.EMPLOYEES:  # a file that says what people earn must not even reach the archive
            table = self._read(kind, content, name)
            document = self._archived(kind, content, name, actor)
        else:
            document = self._archived(kind, content, name, actor)
            table = self._read(kind, content, name)
        report = ImportReport(kind=kind, file=name, document=document.id)
        with self._store.write() as tx:
            run = ImportRun(
                tx=tx,
                store=self._store,
                clock=self._clock,
                actor=actor,
                table=table,
                document=DocumentId(document.id),
                sha256=document.sha256,
                currency=self._config.company.currency,
                report=report,
                day=day,
                side=side,
            )
            self._importers[kind](run)
        _tell(report, table)
        return report

    def _read(self, kind: Kind, content: bytes, name: str) -> Table:
        form = self._config.masterdata.form(kind)
        return read_table(
            self._pool(),
            content,
            name=name,
            columns=COLUMNS[kind],
            form=TableFormat(encoding=form.encoding, delimiter=form.delimiter, named=form.columns),
            refuse_pay=kind is Kind.EMPLOYEES,
        )

    def _archived(self, kind: Kind, content: bytes, name: str, actor: Actor) -> ArchivedDocument:
        return self._archive.add(
            content,
            name=name,
            media_type=_XLSX if content.startswith(b"PK") else "text/csv",
            source=f"/kontorist/masterdata/{kind.value}",
            source_id=hashlib.sha256(content).hexdigest(),
            actor=actor.person,
            document_class="masterdata",
        )


def _check_role(kind: Kind, actor: Actor) -> None:
    roles = _ROLES.get(kind, _OFFICE)
    if actor.roles.isdisjoint(roles):
        raise NotAllowed(f"{actor.person} may not import {kind.value}; it needs the role {' or '.join(roles)}.")


def _tell(report: ImportReport, table: Table) -> None:
    report.doubts = sorted([*table.doubts, *report.doubts], key=lambda each: (each.sheet or "", each.row, each.cell))
    report.skipped = list(table.skipped)
    report.ignored_sheets = list(table.ignored_sheets)
