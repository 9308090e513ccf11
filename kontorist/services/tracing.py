"""From a figure to the page: which entries it is made of, which document is behind each, which field on which page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection

from kontorist.domain.ids import DocumentId, EntryId, EventId, WorkItemId
from kontorist.domain.ledger.chart import CHART
from kontorist.domain.ledger.journal import Line
from kontorist.domain.payables.draft import Field, InvoiceDraft
from kontorist.domain.payables.evidence import fields_behind
from kontorist.domain.periods import Period
from kontorist.domain.references import Kind, Reference, ReferenceUnknown, line_reference, read_reference
from kontorist.services.ledger_trace import trace_figure
from kontorist.services.worklist import Worklist
from kontorist.store.database import Store
from kontorist.store.documents import Document
from kontorist.store.errors import NotInStore
from kontorist.store.journal import Posted


class Tracing:
    """Resolves references. Everything it gives is plain data, as `kontorist trace --json` prints it."""

    def __init__(self, *, store: Store, worklist: Worklist) -> None:
        self._store = store
        self._worklist = worklist

    def trace(self, text: str) -> dict[str, Any]:
        """What is behind `text`: ``{"reference", "kind", "balances": [...], "entries": [...], "documents": [...]}``.

        Each entry has its lines, each line its ``evidence`` (field, value, page, box in percent of the page, reason).
        ``documents`` are those without an entry, with all their fields; ``balances`` the accounts of a figure such as
        ``A6400@2026-10`` with opening, debit, credit and closing, and the reference that explains the opening. Raises
        ReferenceUnknown or NotInStore.
        """
        with self._store.read() as tx:
            return _Trace(self._store, self._worklist, tx).of(read_reference(text))


class _Trace:
    """One question, inside one transaction."""

    def __init__(self, store: Store, worklist: Worklist, tx: Connection) -> None:
        self._store = store
        self._worklist = worklist
        self._tx = tx
        self._lines: dict[int, set[int] | None] = {}  # entry number -> wanted lines, None for all
        self._unbooked: dict[DocumentId, None] = {}
        self._balances: list[dict[str, Any]] = []

    def of(self, reference: Reference) -> dict[str, Any]:
        self._follow(reference)
        return {
            "reference": str(reference),
            "kind": reference.kind.value,
            "balances": self._balances,
            "entries": [self._entry(number, wanted) for number, wanted in sorted(self._lines.items())],
            "documents": [self._unbooked_document(document) for document in self._unbooked],
        }

    def _follow(self, reference: Reference) -> None:
        if reference.kind is Kind.FIGURE:
            for each in self._figure(reference):
                self._follow(read_reference(each))
        elif reference.kind is Kind.BALANCE:
            self._follow_balance(reference.id)
        elif reference.kind is Kind.MONTH:
            self._follow_month(Period.parse(reference.id))
        elif reference.number:
            self._follow_entry(reference.number, reference.line)
        elif reference.kind is Kind.DOCUMENT:
            self._follow_document(self._store.documents.get(self._tx, DocumentId(reference.id)))
        elif reference.kind is Kind.ITEM:
            self._follow_item(WorkItemId(reference.id))
        else:
            self._follow_event(EventId(reference.id))

    def _follow_balance(self, reference: str) -> None:
        found = trace_figure(self._store, self._tx, reference)
        self._balances = found.balances()
        for line in found.lines:
            self._follow_entry(line.number, line.position)

    def _follow_month(self, month: Period) -> None:
        for heading in self._store.journal.headings(self._tx, month.first, month.last):
            self._follow_entry(heading.number, None)

    def _figure(self, reference: Reference) -> Iterable[str]:
        """What a report wrote down about one of its figures, in the audit trail of its event."""
        figures: dict[str, list[str]] = {}
        for note in self._store.audit.of(self._tx, reference.id):
            figures |= (note.after or {}).get("figures", {})
        if reference.figure not in figures:
            raise ReferenceUnknown(f"The report of {reference.id} has no figure {reference.figure!r}.")
        return figures[reference.figure]

    def _follow_entry(self, number: int, line: int | None) -> None:
        posted = self._store.journal.numbered(self._tx, number)
        if line is not None and line > len(posted.entry.lines):
            raise ReferenceUnknown(f"Entry {number} has {len(posted.entry.lines)} lines, but no line {line}.")
        wanted = self._lines.setdefault(number, set())
        if line is None:
            self._lines[number] = None
        elif wanted is not None:
            wanted.add(line)

    def _follow_document(self, row: Document) -> None:
        entries = self._store.journal.of_document(self._tx, row.id)
        for posted in entries:
            self._follow_entry(posted.number, None)
        if not entries:
            self._unbooked[row.id] = None

    def _follow_item(self, wanted: WorkItemId) -> None:
        item = self._store.worklist.get(self._tx, wanted)
        document = self._worklist.about(self._tx, item).document
        if document is not None:
            self._follow_document(document)

    def _follow_event(self, event: EventId) -> None:
        self._store.inbox.get(self._tx, event)
        for row in self._store.documents.list(self._tx, event_id=event):
            self._follow_document(row)

    # --- as data

    def _entry(self, number: int, wanted: set[int] | None) -> dict[str, Any]:
        posted = self._store.journal.numbered(self._tx, number)
        row = self._document(posted)
        draft = row.draft if row else None
        taken_back = self._store.journal.reversal_of(self._tx, posted.entry.id)
        return {
            **entry_data(posted),
            "reverses": self._number(posted.entry.reversal_of),
            "reversed_by": taken_back.number if taken_back else None,
            "document": _document_data(row) if row else _unseen_document(posted),
            "lines": [
                {**line_data(number, place, line), "evidence": _evidence(draft, line)}
                for place, line in enumerate(posted.entry.lines, 1)
                if wanted is None or place in wanted
            ],
        }

    def _number(self, entry: EntryId | None) -> int | None:
        return None if entry is None else self._store.journal.get(self._tx, entry).number

    def _document(self, posted: Posted) -> Document | None:
        try:
            return self._store.documents.get(self._tx, posted.entry.document) if posted.entry.document else None
        except NotInStore:
            return None

    def _unbooked_document(self, document: DocumentId) -> dict[str, Any]:
        row = self._store.documents.get(self._tx, document)
        fields = row.draft.fields if row.draft else {}
        return {**_document_data(row), "evidence": [_field_data(name, field) for name, field in fields.items()]}


def entry_data(posted: Posted) -> dict[str, Any]:
    """An entry without its lines, as plain data."""
    entry = posted.entry
    return {
        "number": posted.number,
        "id": entry.id,
        "day": entry.day.isoformat(),
        "text": entry.text,
        "posted": posted.posted.isoformat(),
        "prepared_by": entry.prepared_by,
        "approved_by": list(entry.approved_by),
    }


def line_data(number: int, place: int, line: Line) -> dict[str, Any]:
    """One line with the reference that `kontorist trace` takes."""
    account = CHART.get(line.account)
    named = {"reference": line_reference(number, place), "account_name": account.name if account else ""}
    return {**named, **line.data()}


def _document_data(row: Document) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "sha256": row.sha256,
        "received": row.received.isoformat(),
        "source": row.source,
        "state": row.state,
        "reason": row.reason,
    }


def _unseen_document(posted: Posted) -> dict[str, Any] | None:
    """A document that stands in the archive only, such as the register of a payroll: its id and hash."""
    entry = posted.entry
    if entry.document is None:
        return None
    named = dict.fromkeys(("name", "received", "source", "state", "reason"))
    return {"id": entry.document, "sha256": entry.document_sha256, **named}


def _evidence(draft: InvoiceDraft | None, line: Line) -> list[dict[str, Any]]:
    return [] if draft is None else [_field_data(name, field) for name, field in fields_behind(draft, line.origin)]


def _field_data(name: str, field: Field) -> dict[str, Any]:
    box = field.box
    corners = {"x0": box.x0, "y0": box.y0, "x1": box.x1, "y1": box.y1} if box else None
    return {
        "field": name,
        "value": field.value,
        "page": field.page,
        "box": corners,
        "confidence": field.confidence,
        "safe": field.safe,
        "source": field.source.value,
        "reason": field.reason,
    }
