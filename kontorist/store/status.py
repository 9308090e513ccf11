"""The figures of `kontorist status`: what waits, who works, what stands still."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, literal_column, select

from kontorist.domain.ports import Clock
from kontorist.store.counts import count_states
from kontorist.store.documents import STATES as DOCUMENTS
from kontorist.store.effect_ledger import STATES as EFFECTS
from kontorist.store.inbox import STATES as INBOX
from kontorist.store.tables import IN_FLIGHT, OPEN, SETTLED, document, effect, inbox, work_item
from kontorist.store.worklist import STATES as ITEMS


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """What one worker holds: how many events, and for how many seconds still (negative: it has expired)."""

    owner: str
    events: int
    seconds_left: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Counts per state, and what needs a look. `oldest_open_seconds` is the age of the oldest event not yet done."""

    inbox: dict[str, int]
    effects: dict[str, int]
    worklist: dict[str, int]
    documents: dict[str, int]
    oldest_open: datetime | None
    oldest_open_seconds: float | None
    leases: tuple[Lease, ...]
    unknown_effects: tuple[str, ...]

    def data(self) -> dict[str, Any]:
        """The figures as plain data for JSON."""
        plain = asdict(self)
        return plain | {"oldest_open": self.oldest_open.isoformat() if self.oldest_open else None}


def status(tx: Connection, clock: Clock, boot: str) -> Status:
    """The figures at this moment; `boot` names this start of the machine."""
    oldest: datetime | None = tx.execute(
        select(inbox.c.received).where(literal_column(OPEN)).order_by(inbox.c.seq).limit(1)
    ).scalar()
    unknown = select(effect.c.key).where(effect.c.state == "unknown").order_by(effect.c.planned)
    return Status(
        inbox=count_states(tx, inbox, INBOX, OPEN, SETTLED),
        effects=count_states(tx, effect, EFFECTS),
        worklist=count_states(tx, work_item, ITEMS),
        documents=count_states(tx, document, DOCUMENTS),
        oldest_open=oldest,
        oldest_open_seconds=(clock.now() - oldest).total_seconds() if oldest else None,
        leases=tuple(_leases(tx, clock, boot)),
        unknown_effects=tuple(tx.execute(unknown).scalars()),
    )


def _leases(tx: Connection, clock: Clock, boot: str) -> Iterator[Lease]:
    held = select(inbox.c.lease_owner, inbox.c.lease_boot, func.count(), func.min(inbox.c.lease_until))
    held = held.where(literal_column(IN_FLIGHT)).group_by(inbox.c.lease_owner, inbox.c.lease_boot)
    for owner, lease_boot, events, until in tx.execute(held.order_by(inbox.c.lease_owner)):
        left = until - clock.monotonic() if lease_boot == boot else -1.0
        yield Lease(owner=owner, events=events, seconds_left=left)
