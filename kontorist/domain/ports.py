"""What the office needs from outside, as protocols. Connectors, store and archive satisfy them; so do the fakes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol, runtime_checkable

from kontorist.domain.events import Event
from kontorist.domain.ids import SYSTEM, DocumentId, PersonKey

Cursor = Mapping[str, Any]  #: opaque JSON of a source; None stands for "from the beginning"


class Clock(Protocol):
    """All time comes through here; wall times know their zone."""

    def now(self) -> datetime:
        """The present moment, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds of a clock that never goes back and is the same in all processes of this machine."""
        ...


class Identity(Protocol):
    """Who is at the keyboard."""

    def login(self) -> str:
        """The operating-system user (effective uid), never taken from an environment variable."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """One sentence of a connector's `check()`; `repair` is what to do where it is not fine."""

    ok: bool
    sentence: str
    repair: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Something that arrived but cannot be taken (too large, unreadable): stored at once as quarantined, then acked.

    It is neither lost nor tried for ever; `reason` is a sentence for the clerk, `reason_code` stays the same.
    """

    event: Event
    reason_code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What a source gave at one reading. `next_cursor` is stored in the same transaction as the events."""

    events: Sequence[Event] = ()
    refused: Sequence[Refused] = ()
    next_cursor: Cursor | None = None
    more: bool = False


@runtime_checkable
class EventSource(Protocol):
    """A polling consumer. The same cursor gives the same events; nothing is changed outside by reading."""

    def check(self) -> list[CheckResult]:
        """Connect, authenticate, right to read, right to write: each a sentence with what to do."""
        ...

    def read(self, cursor: Cursor | None, limit: int) -> Batch:
        """At most `limit` events after `cursor`."""
        ...

    def ack(self, event: Event) -> None:
        """Called only after the event is stored (moves the mail, files the file away); may be repeated."""
        ...


@runtime_checkable
class PushSource(Protocol):
    """Takes what others send us over HTTP."""

    def parse(self, raw_body: bytes, headers: Mapping[str, str], now: datetime) -> list[Event]:
        """Verify the signature over the raw bytes, then read; an empty list where there is nothing to store.

        Raises SignatureRefused, UnreadableBody or NothingToDo.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the other side said when it took something: `status` such as ``accepted``."""

    external_id: str
    status: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def data(self) -> dict[str, Any]:
        """The receipt as plain data."""
        return {"external_id": self.external_id, "status": self.status, "facts": dict(self.facts)}


@runtime_checkable
class ActionSink(Protocol):
    """Does something outside, under a key that makes a repetition recognisable."""

    def check(self) -> list[CheckResult]:
        """As for a source."""
        ...

    def find(self, key: str) -> Receipt | None:
        """The receipt of what was done under `key`, None when it surely was not; UncertainOutcome otherwise."""
        ...

    def apply(self, action: Mapping[str, Any], key: str) -> Receipt:
        """Do it. Raises BusinessError, TransientError, AuthError or UncertainOutcome."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedDocument:
    """One receipt of one file in the archive. `sha256` addresses the bytes, `seq` is its line in the log."""

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
    status: str = "archived"  #: archived | already | duplicate
    duplicate_of: DocumentId | None = None


class Archive(Protocol):
    """Keeps originals, unchanged and provable. A repeated `add` of the same receipt adds nothing."""

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
        """Store durably, then return. (source, source_id, SHA-256) is the identity of the receipt."""
        ...

    def get(self, document: DocumentId) -> ArchivedDocument:
        """Its record. Raises DocumentUnknown."""
        ...

    def content(self, document: DocumentId) -> bytes:
        """The original bytes, re-hashed on the way out. Raises DocumentUnknown or DocumentChanged."""
        ...

    def link(self, document: DocumentId, relation: str, target: str, *, actor: PersonKey) -> None:
        """Record that this document belongs to a voucher, order, ticket or other document."""
        ...

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
        """Make it findable by what it says, and name what it is; the original stays as it is. May be repeated."""
        ...

    def dated(self, document_class: str, first: date, last: date) -> list[DocumentId]:
        """The documents of a class whose date lies from `first` to `last`; without one of its own, its arrival."""
        ...

    def faults(self) -> list[str]:
        """A sentence for every file that is not as it was written, found without reading every byte again."""
        ...

    def describe(
        self,
        document: DocumentId,
        *,
        title: str | None = None,
        date: date | None = None,
        document_class: str | None = None,
        actor: PersonKey = SYSTEM,
    ) -> None:
        """Correct title, date (of the document itself) or class. May be repeated."""
        ...


class SignatureRefused(Exception):
    """The signature is missing, wrong or too old: answered 401, counted, not stored."""


class UnreadableBody(Exception):
    """Signed, but not readable: stored, quarantined, answered 202. `event` carries the sender's id and the reason."""

    def __init__(self, reason: str, event: Event) -> None:
        super().__init__(reason)
        self.reason = reason
        self.event = event


class NothingToDo(Exception):
    """Signed and read, but nothing follows from it (a test order, say): stored as done with the reason, answered 202.

    `event` is what is stored.
    """

    def __init__(self, reason: str, event: Event) -> None:
        super().__init__(reason)
        self.reason = reason
        self.event = event
