"""The event inbox: what was accepted is here, until it is done or stands visibly in quarantine.

    new -> claimed -> done | retry | quarantined

A claim carries a fence that only grows; every later write about the event names it, and one who was overtaken gets
`LeaseLost`. At most one event of a (source, subject) is in flight, in order of arrival; one waiting for its next
attempt holds back those behind it, a quarantined one does not. Keys are kept for ever.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.sqlite import insert

from kontorist.domain.errors import LeaseLost
from kontorist.domain.events import Event
from kontorist.domain.ids import EventId
from kontorist.domain.ports import Clock, Cursor
from kontorist.failpoints import failpoint, register
from kontorist.store.arrivals import Accepted, Offer, accept_many
from kontorist.store.backoff import INBOX_ATTEMPTS, Random, after_worker_died, evenly
from kontorist.store.counts import count_states
from kontorist.store.errors import NotInStore
from kontorist.store.tables import IN_FLIGHT, OPEN, SETTLED, WAITING, cursor, inbox

LEASE_SECONDS: Final = 15.0  #: the engine renews every 5 s; a dead holder's events are taken up within 30 s
CONFLICTING_BODY: Final = "conflicting_body"  #: why an event is held: its id is known with another body
STATES: Final = ("new", "claimed", "retry", "quarantined", "done")

_STEPS: Final = (
    "claim", "renew", "done", "retry", "quarantine", "replay", "expire", "set_run", "set_cursor", "release",
    "put_away", "take_over",
)  # fmt: skip
for _step in _STEPS:
    register(f"inbox.before_{_step}", f"inbox.after_{_step}")


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    """One event with its state. `body` is the CloudEvents envelope.

    `attempts` counts the claims since it came or was last replayed; `fence` is never counted anew.
    """

    seq: int
    id: EventId
    source: str
    dedupe: str
    type: str
    subject: str | None
    body: Mapping[str, Any]
    body_hash: str
    received: datetime
    state: str
    attempts: int
    not_before: datetime | None
    priority: int
    lease_owner: str | None
    fence: int
    run_id: str | None
    reason_code: str | None
    reason: str | None
    outcome: Mapping[str, Any] | None
    changed: datetime

    def event(self) -> Event:
        """The event as it was accepted, without its files (they are in the archive)."""
        return event_from(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to work on one event, as long as nobody else has taken it over."""

    event_id: EventId
    owner: str
    fence: int
    attempt: int
    row: InboxRow


def event_from(envelope: Mapping[str, Any]) -> Event:
    """Read what `Event.envelope` wrote."""
    time = envelope.get("time")
    return Event(
        id=envelope["id"],
        source=envelope["source"],
        type=envelope["type"],
        subject=envelope.get("subject"),
        time=datetime.fromisoformat(time) if time else None,
        datacontenttype=envelope.get("datacontenttype", "application/json"),
        dataschema=envelope.get("dataschema"),
        data=envelope.get("data", {}),
        correlationid=envelope.get("correlationid"),
        causationid=envelope.get("causationid"),
        position=envelope.get("position"),
    )


@contextmanager
def _step_points(step: str) -> Iterator[None]:
    failpoint(f"inbox.before_{step}")
    yield
    failpoint(f"inbox.after_{step}")


# Built once: they are asked several times for each event of a batch.
_BY_ID: Final = select(*inbox.c).where(inbox.c.id == bindparam("this"))
_HELD: Final = (inbox.c.id == bindparam("this"), inbox.c.state == "claimed", inbox.c.fence == bindparam("its_fence"))
_FIND_HELD: Final = select(inbox.c.seq).where(*_HELD)
_CHANGE_HELD: Final = update(inbox).where(*_HELD)


class Inbox:
    """All there is to do with events. Every method works inside the transaction it is given."""

    def __init__(self, clock: Clock, boot: str, draw: Random = evenly) -> None:
        self._clock = clock
        self._boot = boot
        self._draw = draw

    # Taking in

    def accept(
        self,
        tx: Connection,
        event: Event,
        *,
        raw_hash: str,
        state: str = "new",
        reason_code: str | None = None,
        reason: str | None = None,
        priority: int = 100,
    ) -> Accepted:
        """Store one event; the words are those of `Offer`."""
        offer = Offer(
            event=event, raw_hash=raw_hash, state=state, reason_code=reason_code, reason=reason, priority=priority
        )
        return self.accept_many(tx, [offer])[0]

    def accept_many(self, tx: Connection, offers: Sequence[Offer]) -> list[Accepted]:
        """Store a whole group in one statement; the answers are those of `accept` one after the other."""
        return accept_many(tx, offers, self._clock.now())

    def cursor(self, tx: Connection, source: str) -> Cursor | None:
        """How far `source` was read; None from the beginning."""
        found: Cursor | None = tx.execute(select(cursor.c.position).where(cursor.c.source == source)).scalar()
        return found

    def set_cursor(self, tx: Connection, source: str, position: Cursor) -> None:
        """Remember how far `source` was read, in the transaction that stores its events."""
        values = {"source": source, "position": dict(position), "changed": self._clock.now()}
        statement = insert(cursor).values(values)
        with _step_points("set_cursor"):
            tx.execute(statement.on_conflict_do_update(index_elements=["source"], set_=values))

    # Working

    def waiting(self, tx: Connection, now: datetime, limit: int, besides: Sequence[int] = ()) -> list[InboxRow]:
        """The first `limit` events that could be claimed at `now`, in the order in which they would be.

        `besides` are numbers of rows that are left out.
        """
        wanted = claimable(now).with_only_columns(*inbox.c).limit(limit)
        if besides:
            wanted = wanted.where(inbox.c.seq.not_in(_numbers(besides)))
        return [_row(row) for row in tx.execute(wanted)]

    def claim(
        self, tx: Connection, *, owner: str, now: datetime, limit: int, only: Iterable[int] | None = None
    ) -> list[Claim]:
        """Take up to `limit` events for `owner`: lower priority number first, then in order of arrival.

        With `only` (numbers of rows) no others than these.
        """
        wanted = claimable(now).limit(limit)
        if only is not None:
            wanted = wanted.where(inbox.c.seq.in_(_numbers(only)))
        chosen = tx.execute(wanted).scalars().all()
        if not chosen:
            return []
        taken = (
            update(inbox)
            .where(inbox.c.seq.in_(chosen))
            .values(
                state="claimed",
                attempts=inbox.c.attempts + 1,
                fence=inbox.c.fence + 1,
                not_before=None,
                run_id=None,
                changed=self._clock.now(),
                **self._lease(owner),
            )
            .returning(*inbox.c)
        )
        with _step_points("claim"):
            rows = {row.seq: _row(row) for row in tx.execute(taken)}
        return [_claim(rows[seq], owner) for seq in chosen]

    def _lease(self, owner: str) -> dict[str, Any]:
        until = self._clock.monotonic() + LEASE_SECONDS
        return {"lease_owner": owner, "lease_boot": self._boot, "lease_until": until}

    def renew(self, tx: Connection, owner: str, now: datetime) -> int:
        """Give all leases of `owner` another 15 seconds; how many there are."""
        mine = update(inbox).where(literal_column(IN_FLIGHT), inbox.c.lease_owner == owner)
        with _step_points("renew"):
            return tx.execute(mine.values(changed=now, **self._lease(owner))).rowcount

    def take_over(self, tx: Connection, run_id: str, *, giver: str, owner: str) -> Claim:
        """The claim for which the run `run_id` was made, from now on `owner`'s, under the same fence.

        Raises LeaseLost unless it still belongs to somebody whose name begins with `giver`.
        """
        handed = update(inbox).where(
            literal_column(IN_FLIGHT), inbox.c.run_id == run_id, inbox.c.lease_owner.startswith(giver, autoescape=True)
        )
        with _step_points("take_over"):
            taken = handed.values(changed=self._clock.now(), **self._lease(owner)).returning(*inbox.c)
            row = tx.execute(taken).one_or_none()
        if row is None:
            raise LeaseLost("The event of this run has gone on without it.")
        return _claim(_row(row), owner)

    def held_by(self, tx: Connection, owners: str) -> int:
        """How many events are in flight with somebody whose name begins with `owners`."""
        theirs = select(func.count()).select_from(inbox).where(literal_column(IN_FLIGHT))
        return tx.execute(theirs.where(inbox.c.lease_owner.startswith(owners, autoescape=True))).scalar_one()

    def set_run(self, tx: Connection, claim: Claim, run_id: str) -> None:
        """Name the flow run that works on the event. Raises LeaseLost."""
        with _step_points("set_run"):
            self._change(tx, claim, run_id=run_id)

    def set_run_of_all(self, tx: Connection, claims: Sequence[Claim], run_id: str) -> None:
        """Name the flow run that works on all of them. Raises LeaseLost when one has been taken over."""
        theirs = tuple_(inbox.c.id, inbox.c.fence).in_([(claim.event_id, claim.fence) for claim in claims])
        named = update(inbox).where(literal_column(IN_FLIGHT), theirs)
        with _step_points("set_run"):
            count = tx.execute(named.values(changed=self._clock.now(), run_id=run_id)).rowcount
        if count != len(claims):
            raise LeaseLost("One of these events has been taken over by another worker.")

    def done(self, tx: Connection, claim: Claim, outcome: Mapping[str, Any]) -> None:
        """The event is dealt with; `outcome` says what became of it, as plain data. Raises LeaseLost."""
        with _step_points("done"):
            self._change(tx, claim, state="done", outcome=dict(outcome), reason_code=None, reason=None, **_NO_LEASE)

    def retry(self, tx: Connection, claim: Claim, not_before: datetime, reason_code: str, reason: str) -> None:
        """Try again, not before `not_before`. Raises LeaseLost."""
        values = {"not_before": not_before, "reason_code": reason_code, "reason": reason}
        with _step_points("retry"):
            self._change(tx, claim, state="retry", **values, **_NO_LEASE)

    def quarantine(self, tx: Connection, claim: Claim | EventId, reason_code: str, reason: str) -> None:
        """Stop the event, visibly; those behind it go on. By claim (raises LeaseLost), or by id when not in flight."""
        values = {"state": "quarantined", "reason_code": reason_code, "reason": reason, **_NO_LEASE}
        with _step_points("quarantine"):
            if isinstance(claim, Claim):
                self._change(tx, claim, **values)
            else:
                self._quarantine_waiting(tx, claim, values)

    def _quarantine_waiting(self, tx: Connection, event: EventId, values: dict[str, Any]) -> None:
        waiting = update(inbox).where(inbox.c.id == event, inbox.c.state.in_(("new", "retry")))
        if tx.execute(waiting.values(changed=self._clock.now(), **values)).rowcount != 1:
            raise LeaseLost(f"Event {event} is in flight or settled.")

    def _change(self, tx: Connection, claim: Claim, **values: Any) -> None:
        if tx.execute(_CHANGE_HELD, {"changed": self._clock.now(), **values, **_named(claim)}).rowcount != 1:
            raise LeaseLost(f"Event {claim.event_id} has been taken over by another worker.")

    def replay(self, tx: Connection, event: EventId, reason: str) -> bool:
        """Have a settled or waiting event worked on again: at once, with all its attempts, under the keys it had.

        False when it is in flight or new, so that there is nothing to be asked for.
        """
        again = update(inbox).where(inbox.c.id == event, inbox.c.state.in_(("retry", "done", "quarantined")))
        values = {"state": "retry", "attempts": 0, "not_before": None, "reason_code": "replayed", "reason": reason}
        with _step_points("replay"):
            return tx.execute(again.values(changed=self._clock.now(), **values)).rowcount == 1

    def check(self, tx: Connection, claim: Claim) -> None:
        """Raise LeaseLost unless `claim` still holds its event."""
        if tx.execute(_FIND_HELD, _named(claim)).scalar() is None:
            raise LeaseLost(f"Event {claim.event_id} has been taken over by another worker.")

    # What people decided

    def release(self, tx: Connection, event: EventId) -> bool:
        """Let a held event go its way as a new one; False where it is not held (or was released before)."""
        free = {"state": "new", "attempts": 0, "not_before": None, "reason_code": None, "reason": None}
        with _step_points("release"):
            return self._from_held(tx, event, free)

    def put_away(self, tx: Connection, event: EventId, outcome: Mapping[str, Any]) -> bool:
        """Settle a held event without working on it; False where it is not held."""
        with _step_points("put_away"):
            return self._from_held(tx, event, {"state": "done", "outcome": dict(outcome)})

    def _from_held(self, tx: Connection, event: EventId, values: Mapping[str, Any]) -> bool:
        held = update(inbox).where(
            inbox.c.id == event, inbox.c.state == "quarantined", inbox.c.reason_code == CONFLICTING_BODY
        )
        return tx.execute(held.values(changed=self._clock.now(), **values)).rowcount == 1

    # What a dead worker left

    def expired(
        self, tx: Connection, now: datetime, *, attempts_allowed: Callable[[InboxRow], int] = lambda _: INBOX_ATTEMPTS
    ) -> list[InboxRow]:
        """Take the events of expired leases away from their holders; the rows as they are now, `run_id` still named.

        They go back to retry: at once after the first death, later after the next, to quarantine when all attempts
        are used up. A lease of another boot of this machine has expired.
        """
        over = or_(inbox.c.lease_boot != self._boot, inbox.c.lease_until <= self._clock.monotonic())
        dead = [_row(row) for row in tx.execute(select(*inbox.c).where(literal_column(IN_FLIGHT), over))]
        return [self._take_away(tx, row, now, attempts_allowed(row)) for row in dead]

    def _take_away(self, tx: Connection, row: InboxRow, now: datetime, allowed: int) -> InboxRow:
        values: dict[str, Any] = {"fence": row.fence + 1, "changed": self._clock.now(), **_NO_LEASE}
        if row.attempts >= allowed:
            sentence = f"The worker died {row.attempts} times over this event; it is not tried again by itself."
            values |= {"state": "quarantined", "reason_code": "too_many_attempts", "reason": sentence}
        else:
            pause = after_worker_died(row.attempts, self._draw)
            sentence = "The worker that had it died or stood still; it is taken up again."
            values |= {"state": "retry", "not_before": now + pause, "reason_code": "worker_died", "reason": sentence}
        with _step_points("expire"):
            after = tx.execute(update(inbox).where(inbox.c.seq == row.seq).values(**values).returning(*inbox.c)).one()
        return _row(after)

    # Looking

    def get(self, tx: Connection, event: EventId) -> InboxRow:
        """One event. Raises NotInStore."""
        found = tx.execute(_BY_ID, {"this": event}).one_or_none()
        if found is None:
            raise NotInStore(f"There is no event {event}.")
        return _row(found)

    def list(
        self,
        tx: Connection,
        *,
        states: Iterable[str] | None = None,
        source: str | None = None,
        type: str | None = None,  # noqa: A002  # the CloudEvents word
        subject: str | None = None,
        limit: int | None = 100,
    ) -> list[InboxRow]:
        """The newest `limit` events that match (None: all), newest first."""
        wanted = select(*inbox.c).order_by(inbox.c.seq.desc()).limit(limit)
        if states is not None:
            wanted = wanted.where(inbox.c.state.in_(tuple(states)))
        for column, value in ((inbox.c.source, source), (inbox.c.type, type), (inbox.c.subject, subject)):
            if value is not None:
                wanted = wanted.where(column == value)
        return [_row(row) for row in tx.execute(wanted)]

    def states_of_run(self, tx: Connection, run_id: str) -> set[str]:
        """The states of the events that the flow run `run_id` was the last to work on; reads the whole table."""
        return set(tx.execute(select(inbox.c.state).where(inbox.c.run_id == run_id)).scalars())

    def counts(self, tx: Connection) -> dict[str, int]:
        """How many events are in each state."""
        return count_states(tx, inbox, STATES, OPEN, SETTLED)

    def backlog(self, tx: Connection) -> int:
        """How many events wait to be claimed; cheap, for the receiver's limit."""
        return tx.execute(select(func.count()).select_from(inbox).where(literal_column(WAITING))).scalar_one()


_NO_LEASE: Final[dict[str, Any]] = {"lease_owner": None, "lease_boot": None, "lease_until": None}


def claimable(now: datetime) -> Select[tuple[int]]:
    """The numbers of the events that may be taken at `now`, first things first."""
    other = inbox.alias("other")
    same_subject = and_(other.c.source == inbox.c.source, other.c.subject == inbox.c.subject)
    earlier = and_(other.c.seq < inbox.c.seq, literal_column(f"other.{OPEN}"))
    return (
        select(inbox.c.seq)
        .where(
            literal_column(f"inbox.{WAITING}"),
            or_(inbox.c.not_before.is_(None), inbox.c.not_before <= now),
            ~exists().where(same_subject, earlier),
            ~exists().where(same_subject, literal_column(f"other.{IN_FLIGHT}")),
        )
        .order_by(inbox.c.priority, inbox.c.seq)
    )


def _named(claim: Claim) -> dict[str, Any]:
    return {"this": claim.event_id, "its_fence": claim.fence}


def _numbers(seqs: Iterable[int]) -> Select[tuple[int]]:
    """Numbers of rows as one parameter, however many there are."""
    numbers = func.json_each(json.dumps(list(seqs))).table_valued("value")
    return select(numbers.c.value)


def _claim(row: InboxRow, owner: str) -> Claim:
    return Claim(event_id=row.id, owner=owner, fence=row.fence, attempt=row.attempts, row=row)


def _row(row: Row[Any]) -> InboxRow:
    known = row._mapping
    return InboxRow(**{name: known[name] for name in InboxRow.__slots__})
