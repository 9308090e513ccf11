"""What people do with the worklist. The command line calls this, and the web application will call the same.

A decision is recorded in the transaction that checks it; the one that completes the policy also puts
`approval.granted`, `.refused` or `.returned` into the inbox, and the flow started by that carries it out. What an item
is about, and what follows from a decision, the carrier of its kind knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
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
from kontorist.domain.ports import Clock
from kontorist.services.carriers import About, Carrier, NobodyCarries, Prepares
from kontorist.services.desk import Desk
from kontorist.services.letters import LetterBox
from kontorist.store.database import Store

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What an approval event says: the item, the document it is about, the verdict (granted, refused, returned)."""

    item: WorkItemId
    document: DocumentId | None
    verdict: str


class Worklist:
    """Decide, correct, assign, postpone; each acts as one person and leaves its line in the audit trail."""

    def __init__(
        self,
        *,
        clock: Clock,
        store: Store,
        desk: Desk,
        letters: LetterBox,
        carriers: Mapping[str, Carrier],
    ) -> None:
        self._clock = clock
        self._store = store
        self._desk = desk
        self._letters = letters
        self._carriers = carriers

    def items(self, *, settled: bool = False) -> list[WorkItem]:
        """What waits, oldest first; with `settled` everything there ever was."""
        with self._store.read() as tx:
            return self._store.worklist.list(tx, **({"states": None} if settled else {}))

    def show(self, item: WorkItemId) -> tuple[Timeline, About]:
        """An item with all that was said about it, and what it is about. Raises NotInStore."""
        with self._store.read() as tx:
            timeline = self._store.worklist.timeline(tx, item)
            return timeline, self.about(tx, timeline.item)

    def about(self, tx: Connection, item: WorkItem) -> About:
        """What `item` is about; nothing is known of an item whose kind nobody carries."""
        carrier = self._carriers.get(item.kind)
        return About() if carrier is None else carrier.about(tx, item)

    def _carrier(self, item: WorkItem) -> Carrier:
        try:
            return self._carriers[item.kind]
        except KeyError:
            raise NobodyCarries(f"{item.title}: nobody here knows what to do with a {item.kind!r}.") from None

    # --- deciding

    def decide(
        self, item: WorkItemId, actor: Actor, verdict: Verdict, *, note: str = "", version: int | None = None
    ) -> WorkItem:
        """Record what `actor` says and give the item as it stands then.

        `version` is the one that was shown; another by now raises ItemChanged. Raises NotAllowed, ItemClosed,
        ReasonMissing, and for an approval everything that keeps it from being carried out.
        """
        if verdict in (Verdict.REJECT, Verdict.RETURN) and not note.strip():
            raise ReasonMissing
        with self._store.write() as tx:
            found = self._store.worklist.get(tx, item)
            decision = self._decision(found, actor, verdict, note, version)
            earlier = self._store.worklist.decisions(tx, item)
            check_decision(found, decision, earlier, self._desk.people)
            if verdict is Verdict.APPROVE:
                self._carrier(found).check_approvable(tx, found)
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

    def _after(self, tx: Connection, item: WorkItem, last: Decision, decisions: list[Decision]) -> WorkItem:
        if last.verdict is Verdict.APPROVE and not progress(item, decisions, self._desk.people).complete:
            self._desk.tell_deciders(tx, item, self.about(tx, item))  # the next step's people
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
            "kind": item.kind,
            "subject": item.subject,
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
        """Change the item as its kind allows it (an invoice: `net=100.00`, `account=6400`); the rules look again.

        The item gets a new version: earlier approvals are void, and who corrected cannot approve. Raises
        NothingChanged, ItemClosed, NothingToCorrect, or the sentence of a value that is not one.
        """
        if not changes:
            raise NothingChanged
        if actor.person not in self._desk.people:
            raise NotAllowed(f"{actor.person} is not among the people in config.yaml.")
        with self._store.read() as tx:
            found = self._open(tx, item)
        carrier = self._carrier(found)
        also = carrier.prepared(found, changes) if isinstance(carrier, Prepares) else None
        with self._store.write() as tx:
            found = self._open(tx, item)
            renewed = carrier.corrected(tx, found, changes, actor)
            if also is not None:
                also(tx, actor)
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

    # --- carrying out what was decided (called by the flows payables/approval and worklist/decision)

    def decided(self, event: EventId) -> Decided:
        """What an approval event is about."""
        with self._store.read() as tx:
            found = self._store.inbox.get(tx, event).event()
            item = self._store.worklist.get(tx, WorkItemId(found.data["item"]))
            document = self.about(tx, item).document
        verdict = found.type.removeprefix("approval.")
        return Decided(item=item.id, document=document.id if document else None, verdict=verdict)

    def carry_out(self, item: WorkItemId) -> None:
        """Do what was decided: what was granted is done, what was refused is filed. May be repeated."""
        with self._store.write() as tx:
            found = self._store.worklist.get(tx, item)
            decisions = self._store.worklist.decisions(tx, item)
            if found.state is ItemState.APPROVED:
                agreed = progress(found, decisions, self._desk.people).agreed
                self._carrier(found).granted(tx, found, agreed)
            elif found.state is ItemState.REJECTED and found.kind in self._carriers:
                self._carriers[found.kind].refused(tx, found, decisions[-1])

    def summary(self, item: WorkItemId) -> dict[str, Any]:
        """Where an item stands, as plain data: item, kind, subject, title, state."""
        with self._store.read() as tx:
            found = self._store.worklist.get(tx, item)
        facts = {"item": found.id, "kind": found.kind, "subject": found.subject}
        return facts | {"title": found.title, "state": found.state.value}

    def ask_back(self, item: WorkItemId, cause: EventId) -> None:
        """Write the question to the item's owner, else to the clerks."""
        with self._store.write() as tx:
            found = self._store.worklist.get(tx, item)
            if found.state is not ItemState.RETURNED:
                return
            document = self.about(tx, found).document
            said = self._store.worklist.decisions(tx, item)[-1]
            owner = self._desk.people.get(found.owner) if found.owner else None
            facts = {"item": item, "title": found.title, "by": said.person, "question": said.note}
            self._letters.plan(
                tx,
                "question",
                [owner] if owner else self._desk.with_role("clerk"),
                {**facts, "document": document.name if document else None},
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
