"""What became of an imported file."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from kontorist.domain.ids import DocumentId, WorkItemId
from kontorist.domain.masterdata.names import Kind
from kontorist.extraction.tables import Skipped, TableDoubt


@dataclass(slots=True, kw_only=True)
class ImportReport:
    """Counts of records; `doubts` name the cells of rows that were not taken, `refusals` say why the rest was not.

    `waiting` are the work items with bank details for a second person, `merged` the provisional suppliers that turned
    out to be imported ones, `entries` the numbers of entries that were posted.
    """

    kind: Kind
    file: str
    document: DocumentId | None = None
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    doubts: list[TableDoubt] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    ignored_sheets: list[str] = field(default_factory=list)
    waiting: list[WorkItemId] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)
    entries: list[int] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Everything of the file was taken."""
        return not (self.doubts or self.refusals)

    def data(self) -> dict[str, Any]:
        """The report as plain data."""
        return {**asdict(self), "kind": self.kind.value, "clean": self.clean}
