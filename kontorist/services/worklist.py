"""What people do with the worklist. The command line calls this, and the web application will call the same.

A decision is recorded in the transaction that checks it; the one that completes the policy also puts
`approval.granted`, `.refused` or `.returned` into the inbox, and the flow started by that carries it out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection

from kontorist.domain.approvals import (
    Actor,
    Decision,
    ItemClosed,
    ItemState,
    NotAllowed,
    Timeline,
    Verdict,
    WorkItem,
    check_decision,
    progress,
)
from kontorist.domain.errors import NeedsAPerson
from kontorist.domain.events import Event, content_hash
from kontorist.domain.ids import DocumentId, EventId, PersonKey, WorkItemId
from kontorist.domain.ledger.chart import CHART
from kontorist.domain.ledger.journal import AccountUnknown
from kontorist.domain.payables.corrections import corrected
from kontorist.domain.payables.draft import Finding
from kontorist.domain.payables.intake_rules import Fate, Ruling
from kontorist.domain.ports import Clock
from kontorist.services.desk import Desk, shown
from kontorist.services.letters import LetterBox
from kontorist.services.payables import Payables, draft_of
from kontorist.store.database import Store
from kontorist.store.documents import Document
from kontorist.store.errors import DuplicateInvoice

SOURCE: Final = "/kontorist/worklist"
_EVENT: Final = {Verdict.APPROVE: "granted", Verdict.REJECT: "refused", Verdict.RETURN: "returned"}
_STATE: Final = {
    Verdict.APPROVE: ItemState.APPROVED,
    Verdict.REJECT: ItemState.REJECTED,
    Verdict.RETURN: ItemState.RETURNED,
}
_UNSETTLED: Final = (ItemState.OPEN, ItemState.RETURNED)


class NothingChanged(NeedsAPerson):
    """This correction changes nothing."""

    code = "KON-112"
    next_step = "Name at least one field: `kontorist worklist correct ID net=100.00 tax=19.00`."


class ReasonMissing(NeedsAPerson):
    """A rejection or a question needs its words."""

    code = "KON-113"
    next_step = "Say it with `--note TEXT`."


class Worklist:
    """Decide, correct, assign, postpone; each acts as one person and leaves its line in the audit trail."""

    def __init__(
        self,
        *,
        clock: Clock,
        store: Store,
        desk: Desk,
        letters: LetterBox,
        payables: Payables,
    ) -> None:
        self._clock = clock
        self._store = store
        self._desk = desk
        self._letters = letters
        self._payables = payables

    def items(self, *, settled: bool = False) -> list[WorkItem]:
        """What waits, oldest first; with `settled` everything there ever was."""
        with self._store.read() as tx:
            return self._store.worklist.list(tx, **({"states": None} if settled else {}))

    def show(self, item: WorkItemId) -> tuple[Timeline, Document]:
        """An item with all that was said about it, and its document with the evidence. Raises NotInStore."""
        with self._store.read() as tx:
            timeline = self._store.worklist.timeline(tx, item)
            return timeline, self._store.documents.get(tx, DocumentId(timeline.item.subject))

    # --- deciding

    def decide(
        self, item: WorkItemId, actor: Actor, verdict: Verdict, *, note: str = "", version: int | None = None
    ) -> WorkItem:
        """Record what `actor` says and give the item as it stands then.

        `version` is the one that was shown; another by now raises ItemChanged. Raises NotAllowed, ItemClosed,
        ReasonMissing, and for an approval everything that keeps the entry from being posted.
        """
        if verdict in (Verdict.REJECT, Verdict.RETURN) and not note.strip():
            raise ReasonMissing
        with self._store.write() as tx:
            found = self._store.worklist.get(tx, item)
            decision = self._decision(found, actor, verdict, note, version)
            earlier = self._store.worklist.decisions(tx, item)
            check_decision(found, decision, earlier, self._desk.people)
            if verdict is Verdict.APPROVE:
                self._check_bookable(tx, found)
            self._store.worklist.decide(tx, decision)
            self._note(tx, actor, _PAST[verdict], found, note)
            return self._after(tx, found, decision, [*earlier, decision])

    def _decision(self, item: WorkItem, actor: Actor, verdict: Verdict, note: str, version: int | None) -> Decision:
        return Decision(
            item=item.id,
            version=item.version if version is None else version,
            content_hash=item.content_hash,
            person=actor.person,
            verdict=verdict,
            time=self._clock.now(),
            note=note.strip(),
        )

    def _check_bookable(self, tx: Connection, item: WorkItem) -> None:
        """Nobody approves what cannot be posted: the sentence says what is missing."""
        row = self._store.documents.get(tx, DocumentId(item.subject))
        self._payables.entry(tx, row, account=item.content.get("account"))
        if row.supplier_id is not None and row.invoice_number is not None:
            self._store.documents.claim_number(tx, row.id, row.supplier_id, row.invoice_number)

    def _after(self, tx: Connection, item: WorkItem, last: Decision, decisions: list[Decision]) -> WorkItem:
        if last.verdict is Verdict.APPROVE and not progress(item, decisions, self._desk.people).complete:
            row = self._store.documents.get(tx, DocumentId(item.subject))
            self._desk.tell_deciders(tx, item, row)  # the next step's people
            return item
        settled = replace(item, state=_STATE[last.verdict])
        self._store.worklist.replace(tx, settled, item.version)
        self._announce(tx, settled, last)
        return settled

    def _announce(self, tx: Connection, item: WorkItem, last: Decision) -> None:
        """The event that starts what follows; its key makes a repeated decision the same event."""
        verdict = _EVENT[last.verdict]
        data = {
            "item": item.id,
            "document": item.subject,
            "version": item.version,
            "content_hash": item.content_hash,
            "by": last.person,
            "note": last.note,
        }
        event = Event(
            id=f"{item.id}:{item.version}:{verdict}",
            source=SOURCE,
            type=f"approval.{verdict}",
            subject=item.subject,
            time=last.time,
            data=data,
        )
        self._store.inbox.accept(tx, event, raw_hash=content_hash(data))

    # --- correcting

    def correct(self, item: WorkItemId, actor: Actor, changes: Mapping[str, str]) -> WorkItem:
        """Set fields of the draft (`net=100.00`), its kind, or the account to book to; the rules look again.

        A corrected field is what a person says. The item gets a new version: earlier approvals are void, and who
        corrected cannot approve. Raises NothingChanged, ItemClosed, or the sentence of a value that is not one.
        """
        if not changes:
            raise NothingChanged
        if actor.person not in self._desk.people:
            raise NotAllowed(f"{actor.person} is not among the people in config.yaml.")
        if "account" in changes and changes["account"] not in CHART:
            raise AccountUnknown(f"There is no account {changes['account']!r} in the chart.")
        with self._store.write() as tx:
            found = self._open(tx, item)
            row = self._store.documents.get(tx, DocumentId(found.subject))
            fields = {name: value for name, value in changes.items() if name != "account"}
            draft = corrected(draft_of(row), fields, by=actor.person)
            supplier = self._payables.keep_draft(tx, row.id, draft)
            row = self._store.documents.get(tx, row.id)
            ruling = self._payables.ruling(tx, row)
            account = changes.get("account") or found.content.get("account") or supplier.default_account
            renewed = self._desk.renew_item(tx, found, row, supplier, ruling, by=actor.person, account=account)
            self._store.documents.settle(
                tx, row.id, "worklist", reason_code=renewed.codes[0], reason=renewed.reasons[0]
            )
            self._note(tx, actor, "corrected", renewed, ", ".join(f"{key}={value}" for key, value in changes.items()))
            return renewed

    def assign(self, item: WorkItemId, actor: Actor, to: PersonKey) -> WorkItem:
        """Make `to` the one who looks after the item. Raises NotAllowed for somebody config.yaml does not know."""
        if to not in self._desk.people:
            raise NotAllowed(f"{to} is not among the people in config.yaml.")
        return self._touch(item, actor, f"assigned to {to}", owner=to)

    def postpone(self, item: WorkItemId, actor: Actor, until: date, note: str = "") -> WorkItem:
        """Put the item off until `until`; it stays open and shows the day."""
        return self._touch(item, actor, f"postponed until {until}", note, postponed_until=until)

    def _touch(self, item: WorkItemId, actor: Actor, what: str, note: str = "", **changes: Any) -> WorkItem:
        with self._store.write() as tx:
            found = self._open(tx, item)
            changed = replace(found, **changes)
            self._store.worklist.replace(tx, changed, found.version)
            self._note(tx, actor, what, changed, note)
            return changed

    def _open(self, tx: Connection, item: WorkItemId) -> WorkItem:
        found = self._store.worklist.get(tx, item)
        if found.state not in _UNSETTLED:
            raise ItemClosed(f"{found.title}: already {found.state.value}.")
        return found

    # --- carrying out what was decided (called by the flow payables/approval)

    def book_approved(self, item: WorkItemId) -> None:
        """Post what was approved, with the names of those who agreed; if the facts have changed, ask again."""
        with self._store.write() as tx:
            found = self._store.worklist.get(tx, item)
            row = self._store.documents.get(tx, DocumentId(found.subject))
            if row.state != "worklist" or found.state is not ItemState.APPROVED:
                return
            account = found.content.get("account")
            supplier = self._payables.supplier_of(tx, row)
            if content_hash(shown(row, supplier, account=account)) != found.content_hash:
                self._ask_again(tx, found, row, "The facts have changed since this was approved.")
                return
            agreed = progress(found, self._store.worklist.decisions(tx, item), self._desk.people).agreed
            try:
                self._payables.post(tx, row, account=account, approved_by=agreed)
            except (NeedsAPerson, DuplicateInvoice) as refused:
                self._ask_again(tx, found, row, refused.sentence)

    def _ask_again(self, tx: Connection, item: WorkItem, row: Document, sentence: str) -> None:
        supplier = self._payables.supplier_of(tx, row)
        findings = (Finding(code="KON-ASK-AGAIN", sentence=sentence),)
        ruling = Ruling(fate=Fate.WORKLIST, findings=findings, kind=item.kind, steps=item.steps)
        self._desk.renew_item(
            tx, item, row, supplier, ruling, by=item.prepared_by[-1], account=item.content.get("account")
        )

    def file_refused(self, item: WorkItemId) -> None:
        """The document of a rejected item stays in the archive, marked as rejected with the reason given."""
        with self._store.write() as tx:
            found = self._store.worklist.get(tx, item)
            row = self._store.documents.get(tx, DocumentId(found.subject))
            if row.state != "worklist" or found.state is not ItemState.REJECTED:
                return
            said = self._store.worklist.decisions(tx, item)[-1]
            reason = f"Rejected by {said.person}: {said.note}"
            self._store.documents.settle(tx, row.id, "rejected", reason_code="KON-REJECTED", reason=reason)

    def ask_back(self, item: WorkItemId, cause: EventId) -> None:
        """Write the question to the item's owner, else to the clerks."""
        with self._store.write() as tx:
            found = self._store.worklist.get(tx, item)
            if found.state is not ItemState.RETURNED:
                return
            row = self._store.documents.get(tx, DocumentId(found.subject))
            said = self._store.worklist.decisions(tx, item)[-1]
            owner = self._desk.people.get(found.owner) if found.owner else None
            self._letters.plan(
                tx,
                "question",
                [owner] if owner else self._desk.with_role("clerk"),
                {"item": item, "title": found.title, "by": said.person, "question": said.note, "document": row.name},
                key=f"question/{item}/{found.version}",
                thread=item,
                written=said.time,
                cause=cause,
            )

    def _note(self, tx: Connection, actor: Actor, verb: str, item: WorkItem, note: str) -> None:
        facts = {"item": item.id, "version": item.version, "content_hash": item.content_hash, "note": note}
        self._store.audit.note(
            tx, actor=actor.person, verb=verb, subject=item.subject, at=self._clock.now(), after=facts
        )


_PAST: Final = {
    Verdict.APPROVE: "approved",
    Verdict.REJECT: "rejected",
    Verdict.RETURN: "returned with a question",
    Verdict.POSTPONE: "postponed",
}
