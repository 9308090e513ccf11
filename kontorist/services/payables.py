"""Incoming invoices: read, ruled on, booked, asked about, or set aside. A repeated act does nothing twice.

What an act changes, it changes in one transaction: the document's state, the entry or work item, the audit trail and
the planned letters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from kontorist.config import Config
from kontorist.domain.approvals import ItemState
from kontorist.domain.ids import SYSTEM, DocumentId, EventId, PersonKey
from kontorist.domain.ledger.chart import CHART
from kontorist.domain.ledger.journal import JournalEntry, check_accounts
from kontorist.domain.payables.booking import CannotBeBooked, Voucher, entry_for
from kontorist.domain.payables.checks import Circumstances, findings_of
from kontorist.domain.payables.draft import Finding, InvoiceDraft
from kontorist.domain.payables.duplicates import KnownInvoice, duplicate_finding
from kontorist.domain.payables.intake_rules import Fate, Ruling, rule_on
from kontorist.domain.payables.suppliers import Supplier, provisional_supplier
from kontorist.domain.payables.witness import witnessed
from kontorist.domain.ports import Archive, Clock
from kontorist.extraction.reading import read_invoice
from kontorist.services.desk import Desk
from kontorist.services.einvoices import EInvoices
from kontorist.services.invoice_items import about_invoice, asked_about
from kontorist.services.mails import AUTOMATIC, Mails
from kontorist.services.mails import MEDIA_TYPE as MAIL
from kontorist.services.memory import SupplierMemory, buyer_profile
from kontorist.store.database import Store
from kontorist.store.documents import Document
from kontorist.store.errors import DuplicateInvoice

if TYPE_CHECKING:
    from kontorist.sandbox import Pool

#: Documents in these states are settled: a repeated run leaves them alone.
SETTLED: Final = ("booked", "filed", "worklist", "quarantined", "rejected")


class Payables:
    """What the office does with an incoming invoice."""

    def __init__(
        self,
        config: Config,
        *,
        clock: Clock,
        store: Store,
        archive: Archive,
        desk: Desk,
        mails: Mails,
        einvoices: EInvoices,
        memory: SupplierMemory,
        pool: Callable[[], Pool],
    ) -> None:
        self._config = config
        self._clock = clock
        self._store = store
        self._archive = archive
        self._desk = desk
        self._mails = mails
        self._einvoices = einvoices
        self._pool = pool
        self._policy = config.approvals.policy()
        self._memory = memory
        self._profile = buyer_profile(config)

    # --- arriving and reading

    def documents_of(self, event: EventId, papers: Sequence[DocumentId]) -> list[DocumentId]:
        """The `papers` that came with `event`, entered in our books."""
        records = [self._archive.get(paper) for paper in papers]
        with self._store.write() as tx:
            for record in records:
                self._store.documents.add(tx, record, event)
        return list(papers)

    def unsettled(self, documents: Iterable[DocumentId]) -> list[DocumentId]:
        """Those of `documents` nothing has been decided about yet."""
        with self._store.read() as tx:
            return [each for each in documents if self._store.documents.get(tx, each).state not in SETTLED]

    def read(self, document: DocumentId) -> None:
        """Read the paper once; what was read is kept with its evidence. A document read before is left alone."""
        with self._store.read() as tx:
            row = self._store.documents.get(tx, document)
        if row.draft is not None:
            return
        draft = self._draft(row)
        with self._store.write() as tx:
            self.keep_draft(tx, document, draft)

    def _draft(self, row: Document) -> InvoiceDraft:
        if row.media_type == MAIL:  # one without a paper: those that hold papers are not entered themselves
            return self._mails.without_paper(row.id)
        content = self._archive.content(row.id)
        draft = read_invoice(self._pool(), content, name=row.name, profile=self._profile, recall=self._memory.recall)
        if draft.syntax is None:
            return draft
        return replace(draft, findings=(*draft.findings, *self._einvoices.findings_on(content)))

    def keep_draft(self, tx: Connection, document: DocumentId, draft: InvoiceDraft) -> Supplier:
        """Keep what was read or corrected, under the supplier it means; an unknown one gets a provisional id."""
        supplier = self._supplier(tx, draft)
        self._store.documents.read(tx, document, draft, supplier_id=supplier.id)
        return supplier

    def _supplier(self, tx: Connection, draft: InvoiceDraft) -> Supplier:
        known = self._store.suppliers.find(
            tx, vat_id=draft.value("supplier_vat_id"), iban=draft.value("iban"), name=draft.value("supplier_name")
        )
        if known is not None:
            return known
        unknown = provisional_supplier(draft)
        self._store.suppliers.put(tx, unknown)
        return unknown

    # --- ruling

    def rule_on(self, document: DocumentId) -> Ruling:
        """What the rules say of the document as the books stand now."""
        with self._store.read() as tx:
            return self.ruling(tx, self._store.documents.get(tx, document))

    def ruling(self, tx: Connection, row: Document) -> Ruling:
        """As `rule_on`, inside a transaction."""
        supplier = self.supplier_of(tx, row)
        draft = witnessed(draft_of(row), supplier)
        around = Circumstances(
            today=self._today(),
            currency=self._config.company.currency,
            supplier=supplier,
            tolerance=self._config.payables.tolerance,
            country=self._config.company.country,
            registered_in=self._config.company.registered_in,
        )
        twin = self._twin(tx, row)
        findings = [*([twin] if twin else []), *findings_of(draft, around)]
        return rule_on(draft, findings, supplier, self._policy)

    def supplier_of(self, tx: Connection, row: Document) -> Supplier | None:
        """The supplier a document was read as."""
        return None if row.supplier_id is None else self._store.suppliers.get(tx, row.supplier_id)

    def _twin(self, tx: Connection, row: Document) -> Finding | None:
        """Whether the books hold this invoice already: one that came earlier, or one that is booked."""
        if row.supplier_id is None:
            return None
        window = self._config.payables.duplicate_window.days
        similar = self._store.documents.similar(
            tx, row.supplier_id, row.gross, row.issue_date, window, number=row.invoice_number
        )
        place = next((index for index, each in enumerate(similar) if each.document == row.id), len(similar))
        earlier = [each for index, each in enumerate(similar) if index < place or each.booked_on]
        return duplicate_finding(_as_known(row), earlier)

    def _today(self) -> date:
        return self._clock.now().astimezone(ZoneInfo(self._config.company.timezone)).date()

    # --- settling

    def book(self, document: DocumentId) -> bool:
        """Post the entry of a clear document. False, and nothing changed, when the rules no longer let it through."""
        try:
            with self._store.write() as tx:
                row = self._store.documents.get(tx, document)
                if row.state in SETTLED:
                    return True
                if self.ruling(tx, row).fate is not Fate.BOOK:
                    return False
                self.post(tx, row, account=None, approved_by=())
        except DuplicateInvoice:
            return False
        return True

    def post(
        self, tx: Connection, row: Document, *, account: str | None, approved_by: tuple[PersonKey, ...]
    ) -> JournalEntry:
        """Claim the invoice number, post the entry, mark the document: all or nothing.

        Raises DuplicateInvoice, CannotBeBooked, EntryNotBalanced or AccountUnknown.
        """
        entry = self.entry(tx, row, account=account, approved_by=approved_by)
        if row.supplier_id is not None and row.invoice_number is not None:
            self._store.documents.claim_number(tx, row.id, row.supplier_id, row.invoice_number)
        number = self._store.journal.post(tx, entry)
        self._store.documents.settle(tx, row.id, "booked", entry_id=entry.id)
        actor = approved_by[-1] if approved_by else SYSTEM
        self._note(tx, actor, "booked", row.id, {"entry": entry.id, "number": number, "approved_by": list(approved_by)})
        return entry

    def entry(
        self, tx: Connection, row: Document, *, account: str | None, approved_by: tuple[PersonKey, ...] = ()
    ) -> JournalEntry:
        """The entry this document would get on `account`, or on its supplier's. Raises as `post`, save duplicates."""
        supplier = self.supplier_of(tx, row)
        chosen = account or (supplier.default_account if supplier else None)
        if supplier is None or chosen is None:
            raise CannotBeBooked(
                f"{row.name}: there is no account to book to.",
                next_step="Name one: `kontorist worklist correct ID account=6400`.",
            )
        entry = entry_for(
            draft_of(row),
            Voucher(document=row.id, sha256=row.sha256),
            supplier,
            account=chosen,
            tolerance=self._config.payables.tolerance,
            approved_by=approved_by,
            time=self._time(tx, row),
        )
        check_accounts(entry, CHART)
        return entry

    def _time(self, tx: Connection, row: Document) -> int:
        """How often the document has been booked, this time included: once more than its entries were taken back."""
        entries = [posted.entry for posted in self._store.journal.of_document(tx, row.id)]
        taken_back = {entry.reversal_of for entry in entries}
        return 1 + sum(entry.id in taken_back for entry in entries)

    def ask_people(self, document: DocumentId) -> None:
        """Put a doubtful document on the worklist with its reasons; those who can decide get a letter."""
        with self._store.write() as tx:
            row = self._store.documents.get(tx, document)
            if row.state in SETTLED:
                return
            supplier = self.supplier_of(tx, row)
            account = supplier.default_account if supplier else None
            asked = asked_about(row, supplier, self.ruling(tx, row), account=account)
            about = about_invoice(row, supplier)
            item = self._desk.open(tx, row.id, asked, about, identity=("invoice", row.id))
            self._store.documents.settle(tx, row.id, "worklist", reason_code=item.codes[0], reason=item.reasons[0])
            self._note(tx, SYSTEM, "asked people", row.id, {"item": item.id, "reasons": list(item.reasons)})

    def ask_again(self, tx: Connection, row: Document, reason: Finding) -> None:
        """Put a document back on the worklist because of `reason`, beside what the rules say of it today."""
        supplier = self.supplier_of(tx, row)
        ruling = self.ruling(tx, row)
        findings = (reason, *ruling.findings)
        asked = asked_about(
            row,
            supplier,
            replace(ruling, fate=Fate.WORKLIST, findings=findings),
            account=supplier.default_account if supplier else None,
        )
        about = about_invoice(row, supplier)
        item = self._desk.open(tx, row.id, asked, about, identity=("invoice", row.id))
        if item.state in (ItemState.APPROVED, ItemState.REJECTED):
            self._desk.renew(tx, item, asked, about, by=SYSTEM)

    def set_aside(self, document: DocumentId) -> None:
        """Quarantine a document that cannot be read, with its reason; the clerks get a letter.

        Not about what a machine wrote: an out-of-office note would answer the letter, and so for ever.
        """
        with self._store.write() as tx:
            row = self._store.documents.get(tx, document)
            if row.state in SETTLED:
                return
            reason = self.ruling(tx, row).findings[0]
            self._store.documents.settle(tx, row.id, "quarantined", reason_code=reason.code, reason=reason.sentence)
            self._note(tx, SYSTEM, "set aside", row.id, {"code": reason.code, "reason": reason.sentence})
            if draft_of(row).refused != AUTOMATIC:
                self._desk.tell_of_quarantine(tx, row, reason)

    def summary(self, document: DocumentId) -> dict[str, Any]:
        """What became of a document, as plain data: document, name, state, reason_code, reason, entry."""
        with self._store.read() as tx:
            row = self._store.documents.get(tx, document)
        return {
            "document": row.id,
            "name": row.name,
            "state": row.state,
            "reason_code": row.reason_code,
            "reason": row.reason,
            "entry": row.entry_id,
        }

    def _note(self, tx: Connection, actor: PersonKey, verb: str, subject: str, after: Mapping[str, Any]) -> None:
        self._store.audit.note(tx, actor=actor, verb=verb, subject=subject, at=self._clock.now(), after=after)


def draft_of(row: Document) -> InvoiceDraft:
    """What was read from a document; one that was not read yet is a fault in the order of steps."""
    if row.draft is None:
        raise ValueError(f"document {row.id} has not been read")
    return row.draft


def _as_known(row: Document) -> KnownInvoice:
    if row.supplier_id is None:
        raise ValueError(f"document {row.id} has no supplier")
    return KnownInvoice(
        document=row.id,
        supplier=row.supplier_id,
        number=row.invoice_number,
        gross=row.gross,
        issue_date=row.issue_date,
    )
