"""Events coming into the inbox: a whole group in one statement, because it happens thousands of times a second.

What that gave is in docs/decisions/0025-how-events-are-taken-in.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import chain
from typing import Any, Final

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.sqlite import insert

from kontorist.domain.events import Event
from kontorist.domain.ids import EventId, derived_id
from kontorist.failpoints import failpoint, register
from kontorist.store.columns import json_text, utc_text
from kontorist.store.tables import inbox

register("inbox.before_accept", "inbox.after_accept")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One event to be stored under (source, id), which is unique for ever.

    Lower `priority` goes first. `state` may be "quarantined" or "done" from the first, with a reason.
    """

    event: Event
    raw_hash: str  #: SHA-256 of the raw body
    state: str = "new"
    reason_code: str | None = None
    reason: str | None = None
    priority: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """What became of an offered event: stored, or `duplicate` (known, same body), or `conflict` (known, other body)."""

    id: EventId
    duplicate: bool = False
    conflict: bool = False


def event_id(source: str, key: str) -> EventId:
    """The id of the inbox row for the sender's key; known before the event is stored."""
    return EventId(derived_id("E", source, key))


#: In the order of the table, which is the order in which SQLAlchemy writes them into the statement.
COLUMNS: Final = (
    "id", "source", "dedupe", "type", "subject", "body", "body_hash", "received", "state", "attempts", "priority",
    "fence", "reason_code", "reason", "changed",
)  # fmt: skip
_AT_ONCE: Final = 64  #: rows of one statement; the driver keeps the statement of each number of rows prepared


@cache
def insertion(rows: int) -> str:
    """The statement that stores so many rows, as far as they are not known.

    One statement, not one for each row: after each the writing thread would have to wait for its turn again, while
    the other thread reads requests.
    """
    one = insert(inbox).on_conflict_do_nothing().compile(dialect=sqlite.dialect(), column_keys=COLUMNS)
    values = f"({', '.join('?' * len(COLUMNS))})"
    return str(one).replace(values, ", ".join([values] * rows))


def accept_many(tx: Connection, offers: Sequence[Offer], now: datetime) -> list[Accepted]:
    """Store what is not known yet; what became of each, as if they had come one after the other."""
    if not offers:
        return []
    moment = utc_text(now)
    rows = [_row(offer, moment) for offer in offers]
    failpoint("inbox.before_accept")
    stored = 0
    for begin in range(0, len(rows), _AT_ONCE):
        some = rows[begin : begin + _AT_ONCE]
        stored += tx.exec_driver_sql(insertion(len(some)), tuple(chain.from_iterable(some))).rowcount
    failpoint("inbox.after_accept")
    ids = [row[0] for row in rows]
    if stored == len(offers):
        return [Accepted(id=each) for each in ids]
    return _compared(offers, ids, _known(tx, ids), _stored_last(tx, stored))


def _row(offer: Offer, moment: str) -> tuple[Any, ...]:
    event = offer.event
    return (
        event_id(event.source, event.id), event.source, event.id, event.type, event.subject,
        json_text(event.envelope()), offer.raw_hash, moment, offer.state, 0, offer.priority,
        0, offer.reason_code, offer.reason, moment,
    )  # fmt: skip


def _known(tx: Connection, ids: Iterable[EventId]) -> dict[str, str]:
    """The hash of the body that is stored under each id."""
    found = select(inbox.c.id, inbox.c.body_hash).where(inbox.c.id.in_(set(ids)))
    return {row.id: row.body_hash for row in tx.execute(found)}


def _stored_last(tx: Connection, count: int) -> set[str]:
    """The ids of the last `count` rows: nobody else writes meanwhile, so they are those just stored."""
    newest = select(func.max(inbox.c.seq)).scalar_subquery()
    return set(tx.execute(select(inbox.c.id).where(inbox.c.seq > newest - count)).scalars())


def _compared(offers: Sequence[Offer], ids: list[EventId], known: dict[str, str], fresh: set[str]) -> list[Accepted]:
    """The first of an id that is fresh was stored; each other has the body that is known, or another one."""
    answers = []
    for offer, id_ in zip(offers, ids, strict=True):
        if id_ in fresh:
            fresh.remove(id_)
            answers.append(Accepted(id=id_))
        else:
            same = known[id_] == offer.raw_hash
            answers.append(Accepted(id=id_, duplicate=same, conflict=not same))
    return answers
