"""The desk where things wait for people: items are opened and renewed here, and those concerned are written to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from kontorist.config import Config
from kontorist.domain.approvals import Actor, ItemState, Step, WorkItem, next_people
from kontorist.domain.conflicts import KIND as EVENT_CONFLICT
from kontorist.domain.events import content_hash
from kontorist.domain.ids import SYSTEM, PersonKey, WorkItemId, derived_id
from kontorist.domain.payables.draft import Finding
from kontorist.domain.payables.intake_rules import ITEM_KINDS as INVOICE_KINDS
from kontorist.domain.ports import Clock
from kontorist.services.carriers import About
from kontorist.services.letters import LetterBox
from kontorist.store.database import Store
from kontorist.store.documents import Document

#: Anybody of the office may decide.
ANYBODY: Final = (Step(any_of=("clerk", "approver", "controller")),)


#: What letters call the decision, where it is not "check" (a document) or "decide".
_DECISIONS: Final = {"invoice_approval": "approve", EVENT_CONFLICT: "choose"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What people are asked: `content` is what they see and decide on, `reasons` why, `steps` who has to agree."""

    kind: str
    title: str
    reasons: tuple[str, ...]
    codes: tuple[str, ...]
    content: Mapping[str, Any]
    steps: tuple[Step, ...] = ANYBODY


class Desk:
    """Opens and renews work items; every change of an item goes through here."""

    def __init__(self, config: Config, *, clock: Clock, store: Store, letters: LetterBox) -> None:
        self._clock = clock
        self._store = store
        self._letters = letters
        self._four_eyes = config.approvals.four_eyes
        self._zone = ZoneInfo(config.company.timezone)
        self.people = config.actors()

    def open(
        self,
        tx: Connection,
        subject: str,
        asked: Asked,
        about: About,
        *,
        identity: Iterable[str] = (),
        prepared_by: PersonKey | Sequence[PersonKey] = SYSTEM,
        owner: PersonKey | None = None,
        due: date | None = None,
        tell: Iterable[Actor] | None = None,
    ) -> WorkItem:
        """Put `asked` about `subject` on the worklist and write to those who can decide, or to `tell` only.

        The same `identity` (default: kind and subject) is the same item: a repeated call changes nothing and gives
        the item as it stands. `prepared_by` never approves it.
        """
        item_id = WorkItemId(derived_id("W", *(identity or (asked.kind, subject))))
        if (known := self._store.worklist.find(tx, item_id)) is not None:
            return known
        item = WorkItem(
            id=item_id,
            subject=subject,
            content_hash=content_hash(dict(asked.content)),
            created=self._clock.now(),
            four_eyes=self._four_eyes,
            prepared_by=(prepared_by,) if isinstance(prepared_by, str) else tuple(prepared_by),
            owner=owner,
            due=due,
            **_fields(asked),
        )
        item = self._store.worklist.add(tx, item)
        self.tell_deciders(tx, item, about, tell)
        return item

    def renew(self, tx: Connection, item: WorkItem, asked: Asked, about: About, *, by: PersonKey) -> WorkItem:
        """A new version after a change by `by`: what was said before is void, and `by` cannot approve any more."""
        prepared = item.prepared_by if by in item.prepared_by else (*item.prepared_by, by)
        renewed = replace(
            item,
            content_hash=content_hash(dict(asked.content)),
            version=item.version + 1,
            state=ItemState.OPEN,
            prepared_by=prepared,
            **_fields(asked),
        )
        self._store.worklist.replace(tx, renewed, item.version)
        self.tell_deciders(tx, renewed, about)
        return renewed

    def tell_deciders(self, tx: Connection, item: WorkItem, about: About, tell: Iterable[Actor] | None = None) -> None:
        """Write to everybody who can bring the item on, or to `tell` only."""
        decisions = self._store.worklist.decisions(tx, item.id)
        self._letters.plan(
            tx,
            "work_waiting",
            next_people(item, decisions, self.people) if tell is None else tell,
            _facts(item, about),
            key=f"work_waiting/{item.id}/{item.version}/{len(decisions)}",
            thread=item.id,
            written=self._clock.now(),
            cause=about.cause,
        )

    def can_tell(self, tx: Connection, item: WorkItem) -> bool:
        """Whether somebody who can bring the item on can be written to."""
        decisions = self._store.worklist.decisions(tx, item.id)
        return self._letters.reaches(next_people(item, decisions, self.people))

    def tell_of_quarantine(self, tx: Connection, row: Document, reason: Finding) -> None:
        """Write to the clerks that a file could not be read; it came when its event did, not when it was unpacked."""
        came = self._store.inbox.get(tx, row.event_id).received if row.event_id else row.received
        self._letters.plan(
            tx,
            "quarantined",
            self.with_role("clerk"),
            {
                "event": row.event_id or row.id,
                "document": row.name,
                "reason": reason.sentence,
                "source": row.source,
                "received": came.astimezone(self._zone),
            },
            key=f"quarantined/{row.id}",
            thread=row.id,
            written=self._clock.now(),
            cause=row.event_id,
        )

    def with_role(self, role: str) -> list[Actor]:
        """Everybody with `role`."""
        return [actor for actor in self.people.values() if role in actor.roles]


def _fields(asked: Asked) -> dict[str, Any]:
    return {
        "kind": asked.kind,
        "title": asked.title,
        "reasons": asked.reasons,
        "codes": asked.codes,
        "content": asked.content,
        "steps": asked.steps,
    }


def _facts(item: WorkItem, about: About) -> Mapping[str, Any]:
    invoice = item.kind in INVOICE_KINDS
    decision = _DECISIONS.get(item.kind, "check" if invoice else "decide")
    return {
        "item": item.id,
        "decision": decision,
        "title": None if invoice else item.title,
        "supplier": about.partner,
        "invoice_number": about.number,
        "amount": about.amount,
        "due": about.due or item.due,
        "document": about.document.name if about.document else None,
        "reasons": list(item.reasons),
    }
