"""What follows from what people decide about an incoming invoice: the carrier of its work items."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from kontorist.domain.approvals import Actor, Decision, WorkItem
from kontorist.domain.errors import NeedsAPerson
from kontorist.domain.events import content_hash
from kontorist.domain.ids import SYSTEM, DocumentId, PersonKey, SupplierId
from kontorist.domain.ledger.chart import CHART
from kontorist.domain.ledger.journal import AccountUnknown
from kontorist.domain.payables.corrections import corrected
from kontorist.domain.payables.draft import FIELDS, Finding
from kontorist.domain.payables.intake_rules import Fate, Ruling
from kontorist.domain.ports import Archive
from kontorist.services.carriers import About, Also
from kontorist.services.desk import Desk
from kontorist.services.invoice_items import about_invoice, asked_about, shown
from kontorist.services.memory import SupplierMemory
from kontorist.services.payables import Payables, draft_of
from kontorist.store.database import Store
from kontorist.store.documents import Document
from kontorist.store.errors import DuplicateInvoice


class InvoiceDecisions:
    """Satisfies `Carrier` for the kinds `ITEM_KINDS` of incoming invoices."""

    def __init__(
        self, *, store: Store, archive: Archive, desk: Desk, payables: Payables, memory: SupplierMemory
    ) -> None:
        self._store = store
        self._archive = archive
        self._memory = memory
        self._desk = desk
        self._payables = payables

    def about(self, tx: Connection, item: WorkItem) -> About:
        """The paper, its supplier, number, amount and due date."""
        row = self._row(tx, item)
        return about_invoice(row, self._payables.supplier_of(tx, row))

    def check_approvable(self, tx: Connection, item: WorkItem) -> None:
        """Nobody approves what cannot be posted: the sentence says what is missing."""
        row = self._row(tx, item)
        self._payables.entry(tx, row, account=item.content.get("account"))
        if row.supplier_id is not None and row.invoice_number is not None:
            self._store.documents.claim_number(tx, row.id, row.supplier_id, row.invoice_number)

    def granted(self, tx: Connection, item: WorkItem, agreed: tuple[PersonKey, ...]) -> None:
        """Post the entry with the names of those who agreed; if the facts have changed, ask again."""
        row = self._row(tx, item)
        if row.state != "worklist":
            return
        account = item.content.get("account")
        supplier = self._payables.supplier_of(tx, row)
        if content_hash(shown(row, supplier, account=account)) != item.content_hash:
            self._ask_again(tx, item, row, "The facts have changed since this was approved.")
            return
        try:
            self._payables.post(tx, row, account=account, approved_by=agreed)
        except (NeedsAPerson, DuplicateInvoice) as refused:
            self._ask_again(tx, item, row, refused.sentence)

    def _ask_again(self, tx: Connection, item: WorkItem, row: Document, sentence: str) -> None:
        supplier = self._payables.supplier_of(tx, row)
        findings = (Finding(code="KON-ASK-AGAIN", sentence=sentence),)
        ruling = Ruling(fate=Fate.WORKLIST, findings=findings, kind=item.kind, steps=item.steps)
        asked = asked_about(row, supplier, ruling, account=item.content.get("account"))
        self._desk.renew(tx, item, asked, about_invoice(row, supplier), by=item.prepared_by[-1])

    def refused(self, tx: Connection, item: WorkItem, said: Decision) -> None:
        """The document stays in the archive, marked as rejected with the reason given."""
        row = self._row(tx, item)
        if row.state == "worklist":
            reason = f"Rejected by {said.person}: {said.note}"
            self._store.documents.settle(tx, row.id, "rejected", reason_code="KON-REJECTED", reason=reason)

    def prepared(self, item: WorkItem, changes: Mapping[str, str]) -> Also:
        """What the correction teaches about the supplier's papers, to be kept together with it. Raises NotAValue."""
        with self._store.read() as tx:
            row = self._row(tx, item)
        draft = draft_of(row)
        fields: dict[str, str] = {name: value for name, value in changes.items() if name in FIELDS}
        after = corrected(draft, fields, by=SYSTEM)
        told = {name: after.value(name) for name in FIELDS if name in fields}
        lesson = self._memory.study(self._archive.content(row.id), draft, told).lesson if told else None

        def keep(tx: Connection, by: Actor) -> None:
            if lesson is not None:
                self._memory.keep(tx, lesson, paper=row.sha256, by=by.person, about=row.id)

        return keep

    def corrected(self, tx: Connection, item: WorkItem, changes: Mapping[str, str], by: Actor) -> WorkItem:
        """Set fields of the draft (`net=100.00`), its kind, or the account to book to; the rules look again.

        A corrected field is what a person says. Raises NotAValue or AccountUnknown.
        """
        if "account" in changes and changes["account"] not in CHART:
            raise AccountUnknown(f"There is no account {changes['account']!r} in the chart.")
        row = self._row(tx, item)
        fields = {name: value for name, value in changes.items() if name != "account"}
        supplier = self._payables.keep_draft(tx, row.id, corrected(draft_of(row), fields, by=by.person))
        row = self._row(tx, item)
        account = changes.get("account") or item.content.get("account") or supplier.default_account
        asked = asked_about(row, supplier, self._payables.ruling(tx, row), account=account)
        renewed = self._desk.renew(tx, item, asked, about_invoice(row, supplier), by=by.person)
        self._store.documents.settle(tx, row.id, "worklist", reason_code=renewed.codes[0], reason=renewed.reasons[0])
        return renewed

    def look_again(self, tx: Connection, supplier_id: SupplierId, *, by: PersonKey) -> None:
        """Rule anew on what waits of one supplier after `by` changed its master data; who did, cannot approve it."""
        for row in self._store.documents.list(tx, states=["worklist"], supplier_id=supplier_id):
            for item in self._store.worklist.list(tx, subject=row.id):
                self._ruled_anew(tx, item, row, by)

    def _ruled_anew(self, tx: Connection, item: WorkItem, row: Document, by: PersonKey) -> None:
        supplier = self._payables.supplier_of(tx, row)
        account = item.content.get("account") or (supplier.default_account if supplier else None)
        asked = asked_about(row, supplier, self._payables.ruling(tx, row), account=account)
        if (content_hash(dict(asked.content)), asked.codes) == (item.content_hash, item.codes):
            return
        renewed = self._desk.renew(tx, item, asked, about_invoice(row, supplier), by=by)
        self._store.documents.settle(tx, row.id, "worklist", reason_code=renewed.codes[0], reason=renewed.reasons[0])

    def _row(self, tx: Connection, item: WorkItem) -> Document:
        return self._store.documents.get(tx, DocumentId(item.subject))
