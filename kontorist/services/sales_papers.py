"""Our sales invoices and credit notes: drafted, booked, archived, mailed. A repeated act does nothing twice.

A paper comes about in two transactions. The first takes its number, posts its entry and keeps the finished PDF; the
second, once the PDF is in the archive, plans the mail and the answer to the front office. What is cut off in between
is taken up from there: no number without an entry, and no letter without the archived paper.
"""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import Connection

from kontorist.archive.ingest import document_id
from kontorist.config import Config
from kontorist.domain.approvals import Actor
from kontorist.domain.ids import SYSTEM, DocumentId, EventId, OrderId, PersonKey
from kontorist.domain.ledger.chart import CHART
from kontorist.domain.ledger.journal import JournalEntry, check_accounts
from kontorist.domain.ports import Archive, ArchivedDocument, Clock
from kontorist.domain.receivables.invoices import (
    PaperKind,
    SalesPaper,
    credit_note_for,
    entry_for_credit_note,
    entry_for_invoice,
    invoice_for,
    open_item_for,
)
from kontorist.notifications.letters import Kind
from kontorist.services.letters import LetterBox
from kontorist.services.receivables import Receivables
from kontorist.store.database import Store
from kontorist.store.sales import Issued, SalesOrder

SOURCE: Final = "/kontorist/receivables"
DOCUMENT_CLASS: Final = "sales_invoice"
_LETTERS: Final[dict[PaperKind, Kind]] = {PaperKind.INVOICE: "sales_invoice", PaperKind.CREDIT_NOTE: "credit_note"}
_DONE: Final = {PaperKind.INVOICE: "invoiced", PaperKind.CREDIT_NOTE: "credited"}


class SalesPapers:
    """Writes the papers of an order."""

    def __init__(
        self,
        config: Config,
        *,
        clock: Clock,
        store: Store,
        archive: Archive,
        letters: LetterBox,
        receivables: Receivables,
    ) -> None:
        self._settings = config.receivables
        self._language = config.company.language
        self._clock = clock
        self._store = store
        self._archive = archive
        self._letters = letters
        self._receivables = receivables
        self.seller = receivables.seller

    # --- drafting

    def draft(self, order: OrderId) -> SalesPaper | None:
        """The paper this order needs next, under the number it would get now; None where it needs none."""
        with self._store.read() as tx:
            return self._draft(tx, self._store.sales.get(tx, order))

    def _draft(self, tx: Connection, row: SalesOrder) -> SalesPaper | None:
        if row.state == "crediting":
            return self._credit_note(tx, row)
        return self._invoice(tx, row) if row.state == "received" else None

    def _invoice(self, tx: Connection, row: SalesOrder) -> SalesPaper | None:
        ruling, customer = self._receivables.ruling(tx, row)
        doubts = ruling.open_doubts(agreed=bool(row.agreed))
        if doubts or row.order is None or customer is None or ruling.treatment is None:
            return None
        terms, day = customer.payment_terms_days, self._receivables.today()
        return invoice_for(
            row.order,
            customer,
            ruling.treatment,
            number=self._number(tx, PaperKind.INVOICE, day),
            day=day,
            due=day + timedelta(days=self._settings.payment_terms_days if terms is None else terms),
            language=customer.language or self._language,
            form=self.seller.form_for(customer),
        )

    def _credit_note(self, tx: Connection, row: SalesOrder) -> SalesPaper | None:
        papers = self._papers(tx, row)
        if PaperKind.CREDIT_NOTE in papers:
            return None
        day = self._receivables.today()
        number = self._number(tx, PaperKind.CREDIT_NOTE, day)
        return credit_note_for(papers[PaperKind.INVOICE].paper, number=number, day=day)

    def _papers(self, tx: Connection, row: SalesOrder) -> dict[PaperKind, Issued]:
        """Those of the version of the order that counts."""
        written = self._store.sales.papers(tx, row.id)
        return {each.paper.kind: each for each in written if each.revision == row.revision}

    def _number(self, tx: Connection, kind: PaperKind, day: date) -> str:
        settings = self._settings
        form = settings.invoice_number if kind is PaperKind.INVOICE else settings.credit_note_number
        return form.format(number=self._store.sales.coming_count(tx, kind), year=day.year)

    # --- booking

    def book(self, order: OrderId, paper: SalesPaper, pdf: bytes, *, xml: bytes | None = None) -> bool:
        """Take the number, post the entry, keep the paper, and the `xml` that goes beside it: all or nothing.

        False, and nothing changed, when `paper` is no longer what the order needs (another took the number, midnight
        passed, it was cancelled): draft it again.
        """
        with self._store.write() as tx:
            row = self._store.sales.get(tx, order)
            if self._draft(tx, row) != paper:
                return False
            sha256 = hashlib.sha256(pdf).hexdigest()
            entry = self._entry(tx, row, paper, sha256)
            issued = Issued(
                paper=paper,
                order=order,
                revision=row.revision,
                document=document_id(SOURCE, paper.number, sha256),
                document_sha256=sha256,
                entry=entry.id,
                pdf=pdf,
                xml=xml,
            )
            self._post(tx, row, issued, entry)
            return True

    def _entry(self, tx: Connection, row: SalesOrder, paper: SalesPaper, sha256: str) -> JournalEntry:
        document = document_id(SOURCE, paper.number, sha256)
        if paper.kind is PaperKind.INVOICE:
            return entry_for_invoice(paper, document=document, sha256=sha256, approved_by=row.agreed)
        invoiced = self._store.journal.get(tx, self._papers(tx, row)[PaperKind.INVOICE].entry).entry
        return entry_for_credit_note(paper, invoiced, document=document, sha256=sha256)

    def _post(self, tx: Connection, row: SalesOrder, issued: Issued, entry: JournalEntry) -> None:
        check_accounts(entry, CHART)
        number = self._store.journal.post(tx, entry)
        self._store.sales.write_paper(tx, issued)
        self._store.open_items.put(tx, open_item_for(issued.paper, document=issued.document, entry=entry.id))
        if issued.paper.kind is PaperKind.INVOICE:
            self._store.sales.change(tx, row.id, "booked", customer=issued.paper.customer)
        actor = row.agreed[-1] if row.agreed else SYSTEM
        facts = {"paper": issued.paper.number, "entry": entry.id, "number": number, "approved_by": list(row.agreed)}
        self._receivables.note(tx, actor, "booked", row.id, facts)

    # --- handing over

    def hand_over(self, order: OrderId, cause: EventId) -> None:
        """Archive the papers of an order that are not yet; with each, plan its mail and the answer to the source."""
        with self._store.read() as tx:
            waiting = [each for each in self._store.sales.papers(tx, order) if each.pdf is not None]
        for issued in waiting:
            paper = issued.paper
            record = self._archive.add(
                issued.pdf or b"",
                name=f"{paper.number}.pdf",
                media_type="application/pdf",
                source=SOURCE,
                source_id=paper.number,
                actor=SYSTEM,
                document_class=DOCUMENT_CLASS,
            )
            self._archive.add_text(record.id, _words(paper), title=f"{paper.name} {paper.number}", date=paper.day)
            beside = self._archive_xml(issued)
            with self._store.write() as tx:
                if self._store.sales.file_paper(tx, paper.number):
                    for each in (record, *beside):
                        self._store.documents.add(tx, each, cause)
                        self._store.documents.settle(tx, each.id, "booked", entry_id=issued.entry)
                    self._tell(tx, issued, cause, [each.id for each in (record, *beside)])

    def _archive_xml(self, issued: Issued) -> list[ArchivedDocument]:
        """The e-invoice that goes beside the paper, archived under the same number; none where there is none."""
        if issued.xml is None:
            return []
        name = f"{issued.paper.number}.xml"
        record = self._archive.add(
            issued.xml,
            name=name,
            media_type="application/xml",
            source=SOURCE,
            source_id=name,
            actor=SYSTEM,
            document_class=DOCUMENT_CLASS,
        )
        return [record]

    def _tell(self, tx: Connection, issued: Issued, cause: EventId, files: list[DocumentId]) -> None:
        paper, row = issued.paper, self._store.sales.get(tx, issued.order)
        if paper.kind is PaperKind.CREDIT_NOTE or row.state == "booked":
            self._store.sales.change(tx, row.id, _DONE[paper.kind])
        self._mail(tx, issued, cause, files)
        self._receivables.answer(tx, row, _DONE[paper.kind], cause, _facts(paper))
        self._receivables.note(tx, SYSTEM, "handed over", row.id, {"paper": paper.number, "document": issued.document})

    def _mail(self, tx: Connection, issued: Issued, cause: EventId, files: list[DocumentId]) -> None:
        paper = issued.paper
        facts = {
            "company": self.seller.name,
            "number": paper.number,
            "order": paper.order,
            "day": paper.day,
            "amount": paper.gross,
        }
        self._letters.plan(
            tx,
            _LETTERS[paper.kind],
            [Actor(person=PersonKey(paper.customer), email=paper.email, language=paper.language)],
            facts | ({"due": paper.due} if paper.corrects is None else {"corrects": paper.corrects}),
            key=f"{_LETTERS[paper.kind]}/{paper.number}",
            thread=issued.order,
            written=self._clock.now(),
            cause=cause,
            attachments=files,
        )


def _facts(paper: SalesPaper) -> dict[str, Any]:
    facts = {"number": paper.number, "date": paper.day.isoformat(), "corrects": paper.corrects}
    return facts | {"total": str(paper.gross.amount), "currency": paper.currency}


def _words(paper: SalesPaper) -> str:
    """What the paper says, to be found by."""
    head = [paper.number, paper.corrects or "", paper.order, paper.name, paper.customer_number or ""]
    return "\n".join([*head, *(each.description for each in paper.positions), str(paper.gross)])
