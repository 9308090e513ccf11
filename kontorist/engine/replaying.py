"""Having events worked on again: a new attempt of the same row, so every effect keeps its key and is done once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from kontorist.config import Config
from kontorist.domain.approvals import Actor, NotAllowed
from kontorist.domain.ids import EventId
from kontorist.domain.ports import Clock
from kontorist.store.clock import SystemClock
from kontorist.store.database import Store
from kontorist.store.inbox import CONFLICTING_BODY, InboxRow

_MAY_REPLAY: Final = frozenset({"clerk", "approver", "controller", "payroll", "operator"})  # an auditor only looks


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """One event that was asked for: how it stood before, and why it is not worked on again (None: it is)."""

    event: EventId
    type: str
    state: str
    attempts: int
    reason: str | None
    why_not: str | None


def replay(
    config: Config,
    actor: Actor,
    events: Sequence[EventId] = (),
    *,
    reason: str,
    state: str | None = None,
    since: datetime | None = None,
    dry_run: bool = False,
    clock: Clock | None = None,
) -> list[Replayed]:
    """Have `events` worked on again, or all in `state` (received on or after the day `since`); oldest first.

    Effects that are done are skipped by their keys. Each leaves a line in the audit trail. A dry run changes nothing.
    Raises NotAllowed, and NotInStore for an id that is not there; then nothing was changed.
    """
    if _MAY_REPLAY.isdisjoint(actor.roles):
        raise NotAllowed(f"{actor.person} has no role that has events worked on again.")
    with Store.open(config.database_url, clock=clock or SystemClock()) as store:
        with store.read() as tx:
            rows = _wanted(store, tx, events, state)
        if since is not None:
            morning = since.replace(tzinfo=ZoneInfo(config.company.timezone))
            rows = [row for row in rows if row.received >= morning]
        if dry_run:
            return [_told(row, why_not(row)) for row in rows]
        with store.write() as tx:
            return [_replay(store, tx, row, actor, reason) for row in rows]


def _wanted(store: Store, tx: Connection, events: Sequence[EventId], state: str | None) -> list[InboxRow]:
    named = [store.inbox.get(tx, event) for event in dict.fromkeys(events)]
    found = store.inbox.list(tx, states=[state], limit=None) if state is not None else []
    return sorted([*named, *found], key=lambda row: row.seq)


def _replay(store: Store, tx: Connection, row: InboxRow, actor: Actor, reason: str) -> Replayed:
    refused = why_not(row)
    if refused is None and not store.inbox.replay(tx, row.id, f"{actor.person} asked for it again: {reason}"):
        refused = "It has been taken up meanwhile."
    if refused is None:
        before = {"state": row.state, "attempts": row.attempts, "reason_code": row.reason_code, "reason": row.reason}
        store.audit.note(
            tx,
            actor=actor.person,
            verb="replayed",
            subject=row.id,
            at=store.clock.now(),
            before=before,
            after={"reason": reason},
        )
    return _told(row, refused)


def why_not(row: InboxRow) -> str | None:
    """The sentence why a new attempt is no use; None when it is."""
    if row.state in ("new", "claimed"):
        return "It waits or is being worked on; there is nothing to be asked for."
    if row.reason_code == CONFLICTING_BODY:
        return "Which of two contents holds is decided on the worklist."
    if row.state == "quarantined" and not row.attempts:
        return "It was never complete here; the sender has to send it again."
    return None


def _told(row: InboxRow, refused: str | None) -> Replayed:
    return Replayed(
        event=row.id, type=row.type, state=row.state, attempts=row.attempts, reason=row.reason, why_not=refused
    )
