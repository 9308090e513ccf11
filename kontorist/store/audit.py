"""The audit trail: who did what to what, before and after. Only ever added to, and chained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, Text, select, type_coerce
from sqlalchemy.dialects.sqlite import insert

from kontorist.domain.events import canonical_json
from kontorist.domain.ids import PersonKey
from kontorist.failpoints import failpoint, register
from kontorist.store.chain import GENESIS, last_number, link_hash, next_number
from kontorist.store.columns import utc_text
from kontorist.store.tables import audit

_SERIES: Final = "audit"
_WRITE: Final = insert(audit)  # built once: an import notes thousands of lines
_HEAD: Final = select(audit.c.hash).order_by(audit.c.seq.desc()).limit(1)

register("audit.before_note", "audit.after_note")


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One line of the trail. `verb` is in the past tense ("approved"), `subject` the id of what it was done to."""

    seq: int
    at: datetime
    actor: PersonKey
    verb: str
    subject: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    hash: str


class Audit:
    """Writes and reads the trail."""

    def note(
        self,
        tx: Connection,
        *,
        actor: PersonKey,
        verb: str,
        subject: str,
        at: datetime,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> int:
        """Write down what happened, in the transaction in which it happens; the number of the line."""
        failpoint("audit.before_note")
        number = next_number(tx, _SERIES)
        previous = self.head(tx)
        facts = _facts(number, utc_text(at), actor, verb, subject, _text(before), _text(after))
        values = {"seq": number, "at": at, "actor": actor, "verb": verb, "subject": subject}
        values |= {"before": _plain(before), "after": _plain(after)}
        tx.execute(_WRITE, values | {"previous_hash": previous, "hash": link_hash(previous, facts)})
        failpoint("audit.after_note")
        return number

    def head(self, tx: Connection) -> str:
        """The hash of the last line; it goes into the archive's log once a day."""
        found: str | None = tx.execute(_HEAD).scalar()
        return found or GENESIS

    def of(self, tx: Connection, subject: str) -> list[Note]:
        """All that happened to `subject`, oldest first."""
        rows = tx.execute(select(*audit.c).where(audit.c.subject == subject).order_by(audit.c.seq))
        return [_note(row) for row in rows]

    def newest(self, tx: Connection, limit: int = 100) -> list[Note]:
        """The newest `limit` lines, newest first."""
        return [_note(row) for row in tx.execute(select(*audit.c).order_by(audit.c.seq.desc()).limit(limit))]

    def verify(self, tx: Connection) -> list[str]:
        """A sentence for every line that was changed, removed or moved; none when the trail is whole."""
        return list(_findings(tx))


def _findings(tx: Connection) -> Iterator[str]:
    raw = [type_coerce(column, Text) for column in (audit.c.at, audit.c.before, audit.c.after)]
    rest = (audit.c.seq, audit.c.actor, audit.c.verb, audit.c.subject, audit.c.previous_hash, audit.c.hash)
    expected, previous = 1, GENESIS
    for row in tx.execute(select(*rest, *raw).order_by(audit.c.seq)):
        if row.seq != expected:
            yield f"Before line {row.seq} of the audit trail {row.seq - expected} lines are missing."
        if row.previous_hash != previous:
            yield f"Line {row.seq} of the audit trail does not follow the line before it."
        facts = _facts(row.seq, row.at, row.actor, row.verb, row.subject, row.before, row.after)
        if row.hash != link_hash(row.previous_hash, facts):
            yield f"Line {row.seq} of the audit trail was changed after it was written."
        expected, previous = row.seq + 1, row.hash
    if (written := last_number(tx, _SERIES)) != expected - 1:
        yield f"The audit trail ends at line {expected - 1}, but {written} lines were written."


def _facts(
    number: int, at: str, actor: str, verb: str, subject: str, before: str | None, after: str | None
) -> dict[str, Any]:
    """What is hashed: the columns as text, exactly as they stand in the database."""
    return {
        "seq": number,
        "at": at,
        "actor": actor,
        "verb": verb,
        "subject": subject,
        "before": before,
        "after": after,
    }


def _plain(data: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if data is None else dict(data)


def _text(data: Mapping[str, Any] | None) -> str | None:
    return None if data is None else canonical_json(dict(data)).decode()


def _note(row: Row[Any]) -> Note:
    known = row._mapping
    return Note(**{name: known[name] for name in Note.__slots__})
