"""What operators were told of, and what of our own tables they should be told of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Final

from sqlalchemy import Connection, func, literal_column, select

from kontorist.domain.operations import Alert, Trouble, TroubleKind
from kontorist.failpoints import failpoint, register
from kontorist.store.tables import SETTLED, alert, effect, inbox
from kontorist.store.upsert import upsert

register("alerts.before_put", "alerts.after_put")

_PUT: Final = upsert(alert, "cause")
_LEFT: Final[Mapping[str, TroubleKind]] = {"unknown": "unknown_effect", "failed": "failed_effect"}


class Alerts:
    """Keeps alerts by their cause. Every method works inside the transaction it is given."""

    def all(self, tx: Connection) -> dict[str, Alert]:
        """Every cause that was ever told, as it stands."""
        return {
            row.cause: Alert(
                trouble=Trouble(**row.data),
                since=row.since,
                told=row.told,
                times=row.times,
                absent_since=row.absent_since,
                over=row.over,
            )
            for row in tx.execute(select(*alert.c))
        }

    def put(self, tx: Connection, new: Alert) -> None:
        """Keep `new` in place of what was known of its cause."""
        values = {name: getattr(new, name) for name in ("since", "told", "times", "absent_since", "over")}
        failpoint("alerts.before_put")
        tx.execute(_PUT, values | {"cause": new.trouble.cause, "data": asdict(new.trouble)})
        failpoint("alerts.after_put")

    def troubles(self, tx: Connection) -> Iterator[Trouble]:
        """Events in quarantine, by reason, and effects that wait for a person (unknown, failed), by kind."""
        reason, code = func.max(inbox.c.reason), func.coalesce(inbox.c.reason_code, "unknown")
        stopped = select(code, func.count(), reason).where(inbox.c.state == "quarantined", literal_column(SETTLED))
        for subject, count, sentence in tx.execute(stopped.group_by(code)):
            yield Trouble(kind="quarantine", subject=subject, count=count, reason=sentence)
        left = select(effect.c.state, effect.c.kind, func.count(), func.max(effect.c.reason))
        left = left.where(effect.c.state.in_(_LEFT)).group_by(effect.c.state, effect.c.kind)
        for state, kind, count, sentence in tx.execute(left):
            yield Trouble(kind=_LEFT[state], subject=kind, count=count, reason=sentence)
