"""One import under way: who, from which file, what is noted of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from kontorist.domain.approvals import Actor
from kontorist.domain.ids import DocumentId
from kontorist.domain.ports import Clock
from kontorist.domain.procurement.orders import OrderSide
from kontorist.extraction.tables import Table, TableRow
from kontorist.services.masterdata.report import ImportReport
from kontorist.store.database import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRun:
    """What every kind of import needs. All of it happens in the one transaction `tx`."""

    tx: Connection
    store: Store
    clock: Clock
    actor: Actor
    table: Table
    document: DocumentId
    sha256: str
    currency: str
    report: ImportReport
    day: date | None = None
    side: OrderSide = OrderSide.PURCHASE

    def doubt(self, row: TableRow, column: str, expected: str) -> None:
        """This row is not taken, because of what stands in `column`."""
        self.report.doubts.append(row.doubt(column, expected))

    def note(
        self, verb: str, subject: str, *, before: Mapping[str, Any] | None = None, after: Mapping[str, Any]
    ) -> None:
        """One line of the audit trail; the file is always in it."""
        self.store.audit.note(
            self.tx,
            actor=self.actor.person,
            verb=verb,
            subject=subject,
            at=self.clock.now(),
            before=before,
            after={**after, "document": self.document},
        )

    def count(self, *, known: bool, changed: bool) -> None:
        """Count a record."""
        if not known:
            self.report.new += 1
        elif changed:
            self.report.changed += 1
        else:
            self.report.unchanged += 1


def plain(value: Any) -> Any:
    """A field as plain data for the audit trail."""
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    return value if value is None or isinstance(value, bool | int | str) else str(value)
