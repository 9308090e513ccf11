"""Documents as the office sees them: what came in, what was read, what became of it and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, delete, func, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from kontorist.domain.ids import DocumentId, EntryId, EventId, SupplierId
from kontorist.domain.payables.draft import InvoiceDraft, from_data, to_data
from kontorist.domain.payables.duplicates import NEAR_DAYS, KnownInvoice, coarse_number, normalised_number
from kontorist.domain.ports import ArchivedDocument, Clock
from kontorist.failpoints import failpoint, register
from kontorist.store.counts import count_states
from kontorist.store.errors import DuplicateInvoice, NotInStore
from kontorist.store.tables import document, entry, payable

STATES: Final = ("archived", "read", "booked", "worklist", "quarantined", "rejected", "filed")

for _step in ("add", "read", "settle", "claim_number", "take_back", "reassign"):
    register(f"documents.before_{_step}", f"documents.after_{_step}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One receipt of one file, with its state.

    States: archived, read, booked, filed, worklist, quarantined, rejected; `reason` is a sentence for the last three.
    `gross` is in `currency`, below zero on a credit; `seq` its line in the archive's log.
    """

    id: DocumentId
    sha256: str
    name: str
    media_type: str
    size: int
    received: datetime
    source: str
    source_id: str
    document_class: str
    seq: int
    event_id: EventId | None
    state: str
    reason_code: str | None
    reason: str | None
    draft: InvoiceDraft | None
    supplier_id: SupplierId | None
    invoice_number: str | None
    invoice_number_normalised: str | None
    gross: Decimal | None
    currency: str | None
    issue_date: date | None
    entry_id: EntryId | None
    changed: datetime


class Documents:
    """All there is to do with documents. Every method works inside the transaction it is given."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def add(self, tx: Connection, archived: ArchivedDocument, event_id: EventId | None = None) -> bool:
        """Enter a document of the archive; False when it is entered already, which changes nothing."""
        failpoint("documents.before_add")
        values: dict[str, Any] = {name: getattr(archived, name) for name in _OF_ARCHIVE}
        values |= {"event_id": event_id, "state": "archived", "changed": self._clock.now()}
        added = tx.execute(insert(document).values(values).on_conflict_do_nothing()).rowcount == 1
        failpoint("documents.after_add")
        return added

    def read(
        self, tx: Connection, wanted: DocumentId, draft: InvoiceDraft, *, supplier_id: SupplierId | None = None
    ) -> None:
        """Keep what was read or corrected; the state becomes "read". Raises NotInStore."""
        failpoint("documents.before_read")
        number = draft.value("invoice_number")
        self._change(
            tx,
            wanted,
            state="read",
            draft=to_data(draft),
            supplier_id=supplier_id,
            invoice_number=number,
            invoice_number_normalised=normalised_number(number) if number else None,
            gross=draft.signed("gross"),
            currency=draft.value("currency"),
            issue_date=draft.day("issue_date"),
        )
        failpoint("documents.after_read")

    def settle(
        self,
        tx: Connection,
        wanted: DocumentId,
        state: str,
        *,
        reason_code: str | None = None,
        reason: str | None = None,
        entry_id: EntryId | None = None,
    ) -> None:
        """Say what became of a document: booked (with its entry), filed, or, with a reason, one of the others.

        Raises NotInStore.
        """
        failpoint("documents.before_settle")
        values = {"state": state, "reason_code": reason_code, "reason": reason}
        self._change(tx, wanted, **values, **({} if entry_id is None else {"entry_id": entry_id}))
        failpoint("documents.after_settle")

    def _change(self, tx: Connection, wanted: DocumentId, **values: Any) -> None:
        changed = update(document).where(document.c.id == wanted).values(changed=self._clock.now(), **values)
        if tx.execute(changed).rowcount != 1:
            raise NotInStore(f"There is no document {wanted}.")

    # Duplicates

    def claim_number(self, tx: Connection, wanted: DocumentId, supplier_id: SupplierId, number: str) -> None:
        """Make the invoice number this document's own; the same document again changes nothing.

        Numbers are compared as the duplicate rule does (no case, punctuation, leading zeros). Raises DuplicateInvoice
        naming the document that has it; the transaction may go on.
        """
        failpoint("documents.before_claim_number")
        normalised = normalised_number(number)
        values = {
            "supplier_id": supplier_id,
            "normalised_number": normalised,
            "document_id": wanted,
            "number": number,
            "claimed": self._clock.now(),
        }
        same = ["supplier_id", "normalised_number"]
        tx.execute(insert(payable).values(values).on_conflict_do_nothing(index_elements=same))
        mine = (payable.c.supplier_id == supplier_id, payable.c.normalised_number == normalised)
        holder = tx.execute(select(payable.c.document_id, payable.c.number).where(*mine)).one()
        if holder.document_id != wanted:
            raise DuplicateInvoice(earlier=holder.document_id, number=holder.number)
        failpoint("documents.after_claim_number")

    def take_back(self, tx: Connection, wanted: DocumentId, state: str, *, reason_code: str, reason: str) -> None:
        """The entry of a document was taken back: it has none any more, and its invoice number is free again.

        `state` is "worklist" or "rejected". Raises NotInStore.
        """
        failpoint("documents.before_take_back")
        tx.execute(delete(payable).where(payable.c.document_id == wanted))
        self._change(tx, wanted, state=state, reason_code=reason_code, reason=reason, entry_id=None)
        failpoint("documents.after_take_back")

    def reassign(self, tx: Connection, before: SupplierId, after: SupplierId) -> list[DocumentId]:
        """Make all documents of one supplier those of another, with the invoice numbers they hold; which ones.

        A number that the other supplier has in use already stays where it is: the duplicate rule sees it.
        """
        failpoint("documents.before_reassign")
        moved = list(tx.execute(select(document.c.id).where(document.c.supplier_id == before)).scalars())
        changed = update(document).where(document.c.supplier_id == before)
        tx.execute(changed.values(supplier_id=after, changed=self._clock.now()))
        taken = select(payable.c.normalised_number).where(payable.c.supplier_id == after)
        mine = (payable.c.supplier_id == before, payable.c.normalised_number.not_in(taken))
        tx.execute(update(payable).where(*mine).values(supplier_id=after))
        failpoint("documents.after_reassign")
        return moved

    def similar(
        self,
        tx: Connection,
        supplier_id: SupplierId,
        gross: Decimal | None,
        day: date | None,
        within_days: int = NEAR_DAYS,
        *,
        number: str | None = None,
    ) -> list[KnownInvoice]:
        """What the duplicate rule has to look at: invoices of this supplier with the same number, or amount and date.

        Rejected and quarantined documents do not count. Oldest first.
        """
        near = []
        if number:
            # As `coarse_number`: a number that lost its separators or zeros is found, and judged by the rule.
            kept = func.replace(func.replace(document.c.invoice_number_normalised, "/", ""), "0", "")
            near.append(kept == coarse_number(number))
        if gross is not None and day is not None:
            span = timedelta(days=within_days)
            near.append(document.c.issue_date.between(day - span, day + span))
        if not near:
            return []
        wanted = _known().where(document.c.supplier_id == supplier_id, or_(*near))
        key = coarse_number(number) if number else None
        found = [row for row in tx.execute(wanted) if row.gross == gross or coarse_number(row.normalised or "") == key]
        return [_invoice(row) for row in found]

    # Looking

    def get(self, tx: Connection, wanted: DocumentId) -> Document:
        """One document. Raises NotInStore."""
        found = tx.execute(select(*document.c).where(document.c.id == wanted)).one_or_none()
        if found is None:
            raise NotInStore(f"There is no document {wanted}.")
        return _document(found)

    def list(
        self,
        tx: Connection,
        *,
        states: Iterable[str] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        event_id: EventId | None = None,
        sha256: str | None = None,
        supplier_id: SupplierId | None = None,
        limit: int | None = None,
    ) -> list[Document]:
        """The documents that match, in order of arrival; received from `since` on and before `until`."""
        wanted = select(*document.c).order_by(document.c.received, document.c.seq).limit(limit)
        if states is not None:
            wanted = wanted.where(document.c.state.in_(tuple(states)))
        if since is not None:
            wanted = wanted.where(document.c.received >= since)
        if until is not None:
            wanted = wanted.where(document.c.received < until)
        columns = ((document.c.event_id, event_id), (document.c.sha256, sha256), (document.c.supplier_id, supplier_id))
        for column, value in columns:
            if value is not None:
                wanted = wanted.where(column == value)
        return [_document(row) for row in tx.execute(wanted)]

    def with_numbers(
        self, tx: Connection, normalised: Iterable[str], *, supplier_id: SupplierId | None = None, limit: int = 20
    ) -> Sequence[Document]:
        """The invoices with one of these numbers (as `normalised_number` writes them), oldest first; rejected too."""
        wanted = select(*document.c).where(document.c.invoice_number_normalised.in_(tuple(normalised)))
        if supplier_id is not None:
            wanted = wanted.where(document.c.supplier_id == supplier_id)
        return [_document(row) for row in tx.execute(wanted.order_by(document.c.received, document.c.seq).limit(limit))]

    def counts(self, tx: Connection) -> dict[str, int]:
        """How many documents are in each state."""
        return count_states(tx, document, STATES)


_OF_ARCHIVE: Final = (
    "id", "sha256", "name", "media_type", "size", "received", "source", "source_id", "document_class", "seq"
)  # fmt: skip


def _known() -> Select[Any]:
    return (
        select(
            document.c.id,
            document.c.supplier_id,
            document.c.invoice_number,
            document.c.invoice_number_normalised.label("normalised"),
            document.c.gross,
            document.c.issue_date,
            entry.c.posted,
        )
        .outerjoin(entry, entry.c.id == document.c.entry_id)
        .where(document.c.state.not_in(("quarantined", "rejected")))
        .order_by(document.c.received, document.c.seq)
    )


def _invoice(row: Row[Any]) -> KnownInvoice:
    return KnownInvoice(
        document=row.id,
        supplier=row.supplier_id,
        number=row.invoice_number,
        gross=row.gross,
        issue_date=row.issue_date,
        booked_on=row.posted.date() if row.posted else None,
    )


def _document(row: Row[Any]) -> Document:
    known = row._mapping
    values = {name: known[document.c[name]] for name in Document.__slots__}
    if values["draft"] is not None:
        values["draft"] = from_data(values["draft"])
    return Document(**values)
