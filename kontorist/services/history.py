"""The story of one thing: what came, what was said and done about it, by whom, oldest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from kontorist.domain.ids import SYSTEM, DocumentId, EntryId, EventId, WorkItemId
from kontorist.domain.references import Kind, Reference, read_reference
from kontorist.services.worklist import Worklist
from kontorist.store.audit import Note
from kontorist.store.database import Store
from kontorist.store.effect_ledger import Effect
from kontorist.store.errors import NotInStore
from kontorist.store.inbox import InboxRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One line of a story. `what` is in the past tense, `about` the id of what it was done to, `facts` plain data."""

    time: datetime
    who: str
    what: str
    about: str
    facts: Mapping[str, Any]

    def data(self) -> dict[str, Any]:
        """As `kontorist audit show --json` prints it."""
        return {
            "time": self.time.isoformat(),
            "who": self.who,
            "what": self.what,
            "about": self.about,
            "facts": dict(self.facts),
        }


class History:
    """Tells stories, and whether the chains behind them are whole."""

    def __init__(self, *, store: Store, worklist: Worklist) -> None:
        self._store = store
        self._worklist = worklist

    def of(self, text: str) -> list[Told]:
        """Everything said and done about a document, item, entry, event or month and what belongs to it, oldest first.

        Raises ReferenceUnknown or NotInStore.
        """
        with self._store.read() as tx:
            circle = _Circle(self._store, self._worklist, tx)
            circle.start(read_reference(text))
            lines = sorted(circle.told(), key=lambda each: each.time)  # stable: notes of one moment stay in order
        if not lines:
            raise NotInStore(f"Nothing was ever said about {text}.")
        return lines

    def verify(self) -> list[str]:
        """A sentence for everything in audit trail and journal that was changed, removed or moved; none when whole."""
        with self._store.read() as tx:
            return [*self._store.audit.verify(tx), *self._store.journal.verify(tx)]


class _Circle:
    """What belongs together: an event, its documents, their work items and entries, the letters about them."""

    def __init__(self, store: Store, worklist: Worklist, tx: Connection) -> None:
        self._store = store
        self._worklist = worklist
        self._tx = tx
        self._events: dict[EventId, None] = {}
        self._documents: dict[DocumentId, None] = {}
        self._items: dict[WorkItemId, None] = {}
        self._entries: dict[str, None] = {}
        self._months: dict[str, None] = {}
        self._payrolls: dict[str, None] = {}

    def start(self, reference: Reference) -> None:
        """Begin with what `reference` names. Raises NotInStore for an entry, item or event that is not here."""
        if reference.number:
            self._add_entry(reference.number)
        elif reference.kind is Kind.DOCUMENT:
            self._add_document(DocumentId(reference.id))
        elif reference.kind is Kind.ITEM:
            self._add_item(WorkItemId(reference.id))
        elif reference.kind is Kind.MONTH:
            self._add_month(reference.id)
        else:
            self._add_event(EventId(reference.id))

    def _add_month(self, month: str) -> None:
        """Its report packs and its pay, and the events that led to them."""
        self._months[month] = None
        for note in self._store.audit.of(self._tx, month):
            if isinstance(event := (note.after or {}).get("event"), str):
                self._events[EventId(event)] = None
        run = self._store.payroll.of_period(self._tx, month)
        if run is not None:
            self._payrolls[run.id] = None
            self._add_items_about(run.id)
            self._entries |= {
                each.entry_id: None for each in self._store.payroll.releases(self._tx, run.id) if each.entry_id
            }

    def _add_entry(self, number: int) -> None:
        posted = self._store.journal.numbered(self._tx, number)
        self._entries[posted.entry.id] = None
        self._add_items_about(posted.entry.id)
        if posted.entry.document is not None:
            self._add_document(posted.entry.document)

    def _add_item(self, wanted: WorkItemId) -> None:
        item = self._store.worklist.get(self._tx, wanted)
        self._items[item.id] = None
        self._add_events_about(item.subject)
        document = self._worklist.about(self._tx, item).document
        if document is not None:
            self._add_document(document.id)

    def _add_document(self, document: DocumentId) -> None:
        if document in self._documents:
            return
        self._documents[document] = None
        self._add_items_about(document)
        for posted in self._store.journal.of_document(self._tx, document):
            self._entries[posted.entry.id] = None
            self._add_items_about(posted.entry.id)
        try:
            came_with = self._store.documents.get(self._tx, document).event_id
        except NotInStore:  # a document of our own, such as a sales invoice
            return
        if came_with is not None:
            self._events[came_with] = None

    def _add_items_about(self, subject: str) -> None:
        self._add_events_about(subject)
        for item in self._store.worklist.list(self._tx, states=None, subject=subject):
            self._items[item.id] = None

    def _add_events_about(self, subject: str) -> None:
        for row in self._store.inbox.list(self._tx, subject=subject, limit=1000):
            self._events[row.id] = None

    def _add_event(self, event: EventId) -> None:
        row = self._store.inbox.get(self._tx, event)
        self._events[event] = None
        if isinstance(item := row.event().data.get("item"), str):
            self._add_item(WorkItemId(item))
        for document in self._store.documents.list(self._tx, event_id=event):
            self._add_document(document.id)

    # --- told

    def told(self) -> Iterator[Told]:
        """Every line, grouped by where it stands."""
        for event in self._events:
            yield from self._of_event(self._store.inbox.get(self._tx, event))
        for document in self._documents:
            yield from self._of_document(document)
        for subject in self._subjects():
            yield from map(_noted, self._store.audit.of(self._tx, subject))
        for entry in self._entries:
            yield self._of_entry(entry)
        for event in self._events:
            for effect in self._store.effects.list(self._tx, cause=event, limit=1000):
                yield _written(effect)
                yield from map(_noted, self._store.audit.of(self._tx, effect.key))  # what people decided about it

    def _subjects(self) -> list[str]:
        """What notes are filed under: the things themselves, and what the items are about; each once."""
        about = [self._store.worklist.get(self._tx, item).subject for item in self._items]
        own = (self._months, self._payrolls, self._documents, self._entries, self._items, self._events)
        return list(dict.fromkeys([*(each for group in own for each in group), *about]))

    def _of_event(self, row: InboxRow) -> Iterator[Told]:
        yield Told(time=row.received, who=row.source, what=f"{row.type} received", about=row.id, facts={})
        if row.state in ("done", "quarantined", "retry"):
            facts = {"reason": row.reason} if row.reason else {}
            yield Told(time=row.changed, who=SYSTEM, what=f"{row.type} {row.state}", about=row.id, facts=facts)

    def _of_document(self, document: DocumentId) -> Iterator[Told]:
        try:
            row = self._store.documents.get(self._tx, document)
        except NotInStore:
            return
        facts = {"name": row.name, "sha256": row.sha256}
        yield Told(time=row.received, who=row.source, what="archived", about=row.id, facts=facts)

    def _of_entry(self, entry: str) -> Told:
        posted = self._store.journal.get(self._tx, EntryId(entry))
        facts = {"number": posted.number, "text": posted.entry.text, "day": posted.entry.day.isoformat()}
        who = posted.entry.approved_by[-1] if posted.entry.approved_by else posted.entry.prepared_by
        return Told(time=posted.posted, who=who, what="posted", about=entry, facts=facts)


def _noted(note: Note) -> Told:
    before = {"before": dict(note.before)} if note.before else {}
    facts = {**before, **(note.after or {})}
    return Told(time=note.at, who=note.actor, what=note.verb, about=note.subject, facts=facts)


def _written(effect: Effect) -> Told:
    facts = {"key": effect.key, **{name: effect.request[name] for name in ("to", "subject") if name in effect.request}}
    if effect.reason:
        facts["reason"] = effect.reason
    what = f"{effect.kind} {'sent' if effect.state == 'done' else effect.state}"
    return Told(time=effect.changed, who=SYSTEM, what=what, about=effect.cause or "", facts=facts)
