"""The desk where things wait for people: items are opened and renewed here, and those concerned are written to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from kontorist.config import Config
from kontorist.domain.approvals import Actor, ItemState, Step, WorkItem, next_people
from kontorist.domain.events import content_hash
from kontorist.domain.ids import PersonKey, WorkItemId, derived_id
from kontorist.domain.money import Money
from kontorist.domain.payables.draft import Finding
from kontorist.domain.payables.intake_rules import Fate, Ruling
from kontorist.domain.payables.suppliers import Supplier
from kontorist.domain.ports import Clock
from kontorist.services.letters import LetterBox
from kontorist.store.database import Store
from kontorist.store.documents import Document

_ANYBODY = (Step(any_of=("clerk", "approver", "controller")),)


class Desk:
    """Opens and renews work items; every change of an item goes through here."""

    def __init__(self, config: Config, *, clock: Clock, store: Store, letters: LetterBox) -> None:
        self._clock = clock
        self._store = store
        self._letters = letters
        self._four_eyes = config.approvals.four_eyes
        self._zone = ZoneInfo(config.company.timezone)
        self.people = config.actors()

    def open_item(self, tx: Connection, row: Document, supplier: Supplier | None, ruling: Ruling) -> WorkItem:
        """Put a document on the worklist and write to those who can decide. A repeated call changes nothing."""
        content = shown(row, supplier, account=supplier.default_account if supplier else None)
        item = WorkItem(
            id=WorkItemId(derived_id("W", "invoice", row.id)),
            kind=ruling.kind,
            subject=row.id,
            title=title_of(row, supplier),
            content=content,
            content_hash=content_hash(content),
            created=self._clock.now(),
            four_eyes=self._four_eyes,
            **_asked(ruling),
        )
        item = self._store.worklist.add(tx, item)
        self.tell_deciders(tx, item, row)
        return item

    def renew_item(
        self,
        tx: Connection,
        item: WorkItem,
        row: Document,
        supplier: Supplier | None,
        ruling: Ruling,
        *,
        by: PersonKey,
        account: str | None,
    ) -> WorkItem:
        """A new version after a change by `by`: what was said before is void, and `by` cannot approve any more."""
        content = shown(row, supplier, account=account)
        prepared = item.prepared_by if by in item.prepared_by else (*item.prepared_by, by)
        renewed = replace(
            item,
            kind=ruling.kind,
            title=title_of(row, supplier),
            content=content,
            content_hash=content_hash(content),
            version=item.version + 1,
            state=ItemState.OPEN,
            prepared_by=prepared,
            **_asked(ruling),
        )
        self._store.worklist.replace(tx, renewed, item.version)
        self.tell_deciders(tx, renewed, row)
        return renewed

    def tell_deciders(self, tx: Connection, item: WorkItem, row: Document) -> None:
        """Write to everybody who can bring the item on."""
        decisions = self._store.worklist.decisions(tx, item.id)
        self._letters.plan(
            tx,
            "work_waiting",
            next_people(item, decisions, self.people),
            _facts(item, row),
            key=f"work_waiting/{item.id}/{item.version}/{len(decisions)}",
            thread=item.id,
            written=self._clock.now(),
            cause=row.event_id,
        )

    def tell_of_quarantine(self, tx: Connection, row: Document, reason: Finding) -> None:
        """Write to the clerks that a file could not be read."""
        self._letters.plan(
            tx,
            "quarantined",
            self.with_role("clerk"),
            {
                "event": row.event_id or row.id,
                "document": row.name,
                "reason": reason.sentence,
                "source": row.source,
                "received": row.received.astimezone(self._zone),
            },
            key=f"quarantined/{row.id}",
            thread=row.id,
            written=self._clock.now(),
            cause=row.event_id,
        )

    def with_role(self, role: str) -> list[Actor]:
        """Everybody with `role`."""
        return [actor for actor in self.people.values() if role in actor.roles]


def shown(row: Document, supplier: Supplier | None, *, account: str | None) -> dict[str, Any]:
    """What a person sees and decides on: its hash binds the decision."""
    draft = row.draft
    return {
        "document": row.id,
        "sha256": row.sha256,
        "file": row.name,
        "kind": draft.kind.value if draft else None,
        "fields": {name: each.value for name, each in draft.fields.items()} if draft else {},
        "supplier": {"id": supplier.id, "name": supplier.name, "provisional": supplier.provisional}
        if supplier
        else None,
        "account": account,
    }


def amount_of(row: Document) -> Money | None:
    """The document's total as money, None where amount or currency is not known."""
    if row.gross is None or row.currency is None:
        return None
    return Money.rounded(row.gross, row.currency)


def title_of(row: Document, supplier: Supplier | None) -> str:
    """One line that names the item: supplier, number, amount."""
    read = row.draft is not None and row.draft.value("supplier_name") is not None
    name = supplier.name if supplier and (read or not supplier.provisional) else row.name
    amount = f", {row.gross:.2f} {row.currency or ''}".rstrip() if row.gross is not None else ""
    return f"{name} {row.invoice_number or '(no number)'}{amount}"


def _asked(ruling: Ruling) -> dict[str, Any]:
    """Reasons, codes and steps of an item. A document the rules would let through still needs another person."""
    if ruling.fate is Fate.BOOK:
        sentence = "Nothing is left to clear; somebody else has to agree."
        return {"reasons": (sentence,), "codes": ("KON-CLEARED",), "steps": _ANYBODY}
    return {
        "reasons": tuple(each.sentence for each in ruling.findings) or ("A field needs a look.",),
        "codes": tuple(each.code for each in ruling.findings) or ("KON-UNSURE",),
        "steps": ruling.steps or _ANYBODY,
    }


def _facts(item: WorkItem, row: Document) -> Mapping[str, Any]:
    return {
        "item": item.id,
        "decision": "approve" if item.kind == "invoice_approval" else "check",
        "supplier": row.draft.value("supplier_name") if row.draft else None,
        "invoice_number": row.invoice_number,
        "amount": amount_of(row),
        "due": row.draft.day("due_date") if row.draft else None,
        "document": row.name,
        "reasons": list(item.reasons),
    }
