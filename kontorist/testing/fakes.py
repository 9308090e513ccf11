"""Stand-ins for the ports, without disk, network or clock. Tests use them in place of mocks."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from kontorist.domain.errors import KontoristError
from kontorist.domain.events import Event
from kontorist.domain.ids import SYSTEM, DocumentId, PersonKey, derived_id
from kontorist.domain.ports import ArchivedDocument, Batch, CheckResult, Cursor, Receipt


class FakeClock:
    """Time that goes on only when a test says so. Satisfies `ports.Clock`."""

    def __init__(self, now: datetime = datetime(2024, 5, 6, 8, 0, tzinfo=UTC)) -> None:
        if now.tzinfo is None:
            raise ValueError("times know their zone")
        self._now = now.astimezone(UTC)
        self._monotonic = 1000.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, step: timedelta | None = None, **units: float) -> None:
        """Let time pass on both clocks: ``advance(minutes=5)``."""
        passed = step or timedelta(**units)
        self._now += passed
        self._monotonic += passed.total_seconds()

    def set(self, now: datetime) -> None:
        """Set the wall clock, also backwards, as somebody at the machine might; the other clock does not move."""
        self._now = now.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class FakeIdentity:
    """Somebody at the keyboard. Satisfies `ports.Identity`."""

    user: str = "anna"

    def login(self) -> str:
        return self.user


@dataclass(slots=True)
class FakeSource:
    """A source that holds the given events until they are acknowledged. Satisfies `ports.EventSource`."""

    waiting: list[Event] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)

    def check(self) -> list[CheckResult]:
        return [CheckResult(ok=True, sentence="The source answers.")]

    def read(self, cursor: Cursor | None, limit: int) -> Batch:
        start = int((cursor or {}).get("after", 0))
        events = self.waiting[start : start + limit]
        following = start + len(events)
        return Batch(events=events, next_cursor={"after": following}, more=following < len(self.waiting))

    def ack(self, event: Event) -> None:
        self.acknowledged.append(event.id)


@dataclass(slots=True)
class RecordingSink:
    """A sink that remembers what was done under which key. Satisfies `ports.ActionSink`.

    `troubles` are raised one after another, each before or (with `acts_first`) after the act.
    """

    done: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    troubles: list[KontoristError] = field(default_factory=list)
    acts_first: bool = False

    def check(self) -> list[CheckResult]:
        return [CheckResult(ok=True, sentence="The sink answers.")]

    def find(self, key: str) -> Receipt | None:
        return Receipt(external_id=key, status="accepted") if key in self.done else None

    def apply(self, action: Mapping[str, Any], key: str) -> Receipt:
        self.calls.append(key)
        if self.troubles and not self.acts_first:
            raise self.troubles.pop(0)
        self.done[key] = dict(action)
        if self.troubles:
            raise self.troubles.pop(0)
        return Receipt(external_id=key, status="accepted")


@dataclass(slots=True)
class MemoryArchive:
    """Originals in memory. Satisfies `ports.Archive`; an unknown document is a KeyError."""

    clock: FakeClock = field(default_factory=FakeClock)
    documents: dict[DocumentId, ArchivedDocument] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    links: list[tuple[DocumentId, str, str]] = field(default_factory=list)
    texts: dict[DocumentId, str] = field(default_factory=dict)

    def add(
        self,
        content: bytes,
        *,
        name: str,
        media_type: str,
        source: str,
        source_id: str,
        actor: PersonKey,
        document_class: str = "document",
    ) -> ArchivedDocument:
        digest = hashlib.sha256(content).hexdigest()
        document = DocumentId(derived_id("D", source, source_id, digest))
        first = next((each.id for each in self.documents.values() if each.sha256 == digest), None)
        status = "already" if document in self.documents else "duplicate" if first else "archived"
        record = ArchivedDocument(
            id=document,
            sha256=digest,
            name=name,
            media_type=media_type,
            size=len(content),
            received=self.clock.now(),
            source=source,
            source_id=source_id,
            document_class=document_class,
            seq=len(self.documents) + 1,
            status=status,
            duplicate_of=first if status == "duplicate" else None,
        )
        self.documents.setdefault(document, record)
        self.contents[digest] = content
        return record

    def get(self, document: DocumentId) -> ArchivedDocument:
        return self.documents[document]

    def content(self, document: DocumentId) -> bytes:
        return self.contents[self.documents[document].sha256]

    def link(self, document: DocumentId, relation: str, target: str, *, actor: PersonKey) -> None:
        self.links.append((document, relation, target))

    def add_text(
        self,
        document: DocumentId,
        text: str,
        *,
        title: str | None = None,
        date: date | None = None,
        document_class: str | None = None,
        actor: PersonKey = SYSTEM,
    ) -> None:
        self.texts[document] = text
        self.describe(document, title=title, date=date, document_class=document_class, actor=actor)

    def describe(
        self,
        document: DocumentId,
        *,
        title: str | None = None,
        date: date | None = None,
        document_class: str | None = None,
        actor: PersonKey = SYSTEM,
    ) -> None:
        if document_class is not None:
            self.documents[document] = replace(self.documents[document], document_class=document_class)

    def dated(self, document_class: str, first: date, last: date) -> list[DocumentId]:
        return [
            each.id
            for each in self.documents.values()
            if each.document_class == document_class and first <= each.received.date() <= last
        ]

    def faults(self) -> list[str]:
        return []


def secrets(**values: str) -> Callable[[str], str]:
    """A secret resolver that knows only `values`; anything else is a KeyError."""
    return values.__getitem__


def sentences(results: Sequence[CheckResult]) -> list[str]:
    """What a `check()` found wrong, as the operator reads it."""
    return [each.sentence for each in results if not each.ok]
