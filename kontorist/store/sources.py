"""How the sources of events fare: when something last came, when reading last worked, what waits of each.

Events are not counted where they are accepted, which happens thousands of times a second: `look` goes over what has
been added to the inbox since the last look.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, literal_column, select
from sqlalchemy.dialects.sqlite import insert

from kontorist.domain.ports import Clock
from kontorist.failpoints import failpoint, register
from kontorist.store.tables import OPEN, inbox, source_health

register("sources.before_note", "sources.after_note")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """One source of events (as in `Event.source`), watched `since`.

    `last_success` is the last reading without trouble (polled sources only), `last_event` when something last came.
    While reading fails, `failing_since` and the reason say so. `waiting` events are not done yet, the oldest of them
    was received at `oldest_open`.
    """

    source: str
    since: datetime
    last_event: datetime | None = None
    last_success: datetime | None = None
    failing_since: datetime | None = None
    reason_code: str | None = None
    reason: str | None = None
    waiting: int = 0
    oldest_open: datetime | None = None


class Sources:
    """Notes and tells how sources fare. Every method works inside the transaction it is given."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def succeeded(self, tx: Connection, source: str) -> None:
        """It was read to its end."""
        well = {"failing_since": None, "reason_code": None, "reason": None}
        self._note(tx, source, {"last_success": self._clock.now(), **well})

    def failed(self, tx: Connection, source: str, reason_code: str, reason: str) -> None:
        """It could not be read; the first of several failures in a row gives the time."""
        now = self._clock.now()
        values = {"failing_since": now, "reason_code": reason_code, "reason": reason}
        since = func.coalesce(source_health.c.failing_since, literal_column("excluded.failing_since"))
        self._note(tx, source, values, {**values, "failing_since": since})

    def look(self, tx: Connection, expected: Iterable[str] = ()) -> None:
        """Take note of what came since the last look; `expected` sources are watched from now on."""
        for source, (received, seen) in self._new(tx).items():
            self._note(tx, source, {"last_event": received, "seen": seen})
        known = set(tx.execute(select(source_health.c.source)).scalars())
        for source in expected:
            if source not in known:
                self._note(tx, source, {})

    def unseen(self, tx: Connection, expected: Iterable[str] = ()) -> bool:
        """Whether `look` would find anything; cheap, and without a lock."""
        newest = tx.execute(select(func.max(inbox.c.seq))).scalar() or 0
        known = set(tx.execute(select(source_health.c.source)).scalars())
        return newest > self._seen(tx) or not known.issuperset(expected)

    def health(self, tx: Connection) -> dict[str, SourceHealth]:
        """Every source that is watched or has something waiting, by its name in the events."""
        columns = [column for column in source_health.c if column.name != "seen"]
        known = {row.source: SourceHealth(**row._mapping) for row in tx.execute(select(*columns))}
        for source, (received, _) in self._new(tx).items():
            known[source] = replace(_or_new(known, source, received), last_event=received)
        for source, (waiting, oldest) in self._open(tx).items():
            known[source] = replace(_or_new(known, source, oldest), waiting=waiting, oldest_open=oldest)
        return known

    def _note(
        self, tx: Connection, source: str, values: Mapping[str, Any], changes: Mapping[str, Any] | None = None
    ) -> None:
        failpoint("sources.before_note")
        new = insert(source_health).values({"source": source, "since": self._clock.now(), "seen": 0, **values})
        again = values if changes is None else changes
        if again:
            new = new.on_conflict_do_update(index_elements=["source"], set_=dict(again))
        tx.execute(new)
        failpoint("sources.after_note")

    def _seen(self, tx: Connection) -> int:
        return tx.execute(select(func.max(source_health.c.seen))).scalar() or 0

    def _new(self, tx: Connection) -> dict[str, tuple[datetime, int]]:
        """Per source the time and number of its newest event that no look has seen."""
        newest = (
            select(inbox.c.source, func.max(inbox.c.seq)).where(inbox.c.seq > self._seen(tx)).group_by(inbox.c.source)
        )
        found = dict(tx.execute(newest).all())
        received = _received(tx, found.values())
        return {source: (received[seq], seq) for source, seq in found.items()}

    def _open(self, tx: Connection) -> dict[str, tuple[int, datetime]]:
        """Per source how many events are not done, and when the oldest came; counted in the index alone."""
        counts = select(inbox.c.source, func.count(), func.min(inbox.c.seq)).where(literal_column(OPEN))
        found = tx.execute(counts.group_by(inbox.c.source)).all()
        received = _received(tx, [oldest for _, _, oldest in found])
        return {source: (count, received[oldest]) for source, count, oldest in found}


def _received(tx: Connection, numbers: Iterable[int]) -> dict[int, datetime]:
    wanted = select(inbox.c.seq, inbox.c.received).where(inbox.c.seq.in_(tuple(numbers)))
    return dict(tx.execute(wanted).all())


def _or_new(known: Mapping[str, SourceHealth], source: str, since: datetime) -> SourceHealth:
    return known.get(source) or SourceHealth(source=source, since=since)
