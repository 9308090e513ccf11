"""The ledger of outside effects, which is their outbox too: one row per business key.

    planned -> sending -> done | failed | unknown

Only `EffectRunner` (effects.py) moves rows on; everybody else plans and looks. What is unknown or has failed a person
settles: it was done after all, or it is planned anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, func, literal_column, select, update
from sqlalchemy.dialects.sqlite import insert

from kontorist.domain.errors import LeaseLost
from kontorist.domain.events import content_hash
from kontorist.domain.ids import EffectKey, EventId
from kontorist.domain.ports import Clock, Receipt
from kontorist.failpoints import failpoint, register
from kontorist.store.backoff import EFFECT_ATTEMPTS, Random, after_effect_failed, evenly
from kontorist.store.counts import count_states
from kontorist.store.errors import EffectConflict, EffectNotOpen, NotInStore
from kontorist.store.tables import EFFECT_OPEN, audit, effect

#: The dispatcher leaves what was just planned to the flow that planned it, for this long.
GRACE: Final = timedelta(seconds=10)
STATES: Final = ("planned", "sending", "unknown", "failed", "done")
UNSETTLED: Final = ("unknown", "failed")  #: waits for a person

#: What the audit trail says about all of it: it came from a backup; what was done since is known again.
INSTALLATION, RESTORED, CAUGHT_UP = "installation", "restored", "caught up"

#: As an effect stands that may have been carried out by somebody we know nothing of: the other side is asked first.
_ASK_FIRST: Final[Mapping[str, Any]] = {
    "state": "sending",
    "not_before": None,
    "probe_boot": RESTORED,
    "probe_after": 0.0,
    "timeout": 0.0,
}

_STEPS: Final = (
    "plan", "begin", "act", "done", "take_over", "probe", "ask_later", "again", "failed", "unknown", "settle",
)  # fmt: skip
for _point in _STEPS:
    register(f"effects.before_{_point}", f"effects.after_{_point}")


register("restored.before_interrupt", "restored.after_interrupt")


@contextmanager
def points(step: str) -> Iterator[None]:
    """The failpoints before and after a step."""
    failpoint(f"effects.before_{step}")
    yield
    failpoint(f"effects.after_{step}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One row of the ledger. `request` is what is to be done, as plain data; `cause` the event behind it."""

    key: EffectKey
    kind: str
    state: str
    fence: int
    request: Mapping[str, Any]
    request_hash: str
    cause: EventId | None
    attempts: int
    not_before: datetime | None
    probe_boot: str | None
    probe_after: float | None
    timeout: float | None
    receipt: Receipt | None
    reason_code: str | None
    reason: str | None
    planned: datetime
    changed: datetime


class Effects:
    """The ledger. Every change names the fence it knows; whoever was overtaken gets LeaseLost."""

    def __init__(self, clock: Clock, boot: str, draw: Random = evenly) -> None:
        self._clock = clock
        self._boot = boot
        self._draw = draw

    def plan(
        self,
        tx: Connection,
        *,
        key: str,
        kind: str,
        request: Mapping[str, Any],
        cause: EventId | None = None,
        grace: timedelta = GRACE,
    ) -> None:
        """Order an effect, in the transaction of the booking that causes it. The same order again changes nothing.

        The dispatcher runs it when it was left for `grace`. In a database that came from a backup it may have been
        carried out since then, so the other side is asked first. Raises EffectConflict when `key` was ordered with
        another request or kind.
        """
        now = self._clock.now()
        values = {
            "key": key,
            "kind": kind,
            "state": "planned",
            "request": dict(request),
            "request_hash": content_hash(dict(request)),
            "cause": cause,
            "not_before": now + grace,
            "planned": now,
            "changed": now,
        }
        if self.after_restore(tx):
            values |= _ASK_FIRST
        with points("plan"):
            stored = tx.execute(insert(effect).values(values).on_conflict_do_nothing()).rowcount == 1
        if not stored:
            self._same_order(tx, key, kind, values["request_hash"])

    def _same_order(self, tx: Connection, key: str, kind: str, request_hash: object) -> None:
        known = self.get(tx, key)
        if (known.kind, known.request_hash) != (kind, request_hash):
            raise EffectConflict(f"{kind} {key} was ordered before with other content; nothing was done.")

    # Moving on; each gives the row as it is now

    def begin(self, tx: Connection, known: Effect, timeout: float, *, acting: bool = True) -> Effect:
        """Commit `sending` under a new fence; nobody looks or acts before `timeout` seconds have passed.

        With `acting` false the row is only taken over, to ask the other side.
        """
        return self._move(
            tx,
            known,
            state="sending",
            fence=known.fence + 1,
            attempts=known.attempts + int(acting),
            not_before=None,
            timeout=timeout,
            probe_boot=self._boot,
            probe_after=self._clock.monotonic() + timeout,
        )

    def done(self, tx: Connection, known: Effect, receipt: Receipt) -> Effect:
        """It was carried out."""
        self._move(tx, known, state="done", receipt=receipt.data(), reason_code=None, reason=None)
        return replace(known, state="done", receipt=receipt)

    def failed(self, tx: Connection, known: Effect, reason_code: str, reason: str) -> Effect:
        """It is refused for good."""
        return self._move(tx, known, state="failed", reason_code=reason_code, reason=reason)

    def unknown(self, tx: Connection, known: Effect, reason_code: str, reason: str) -> Effect:
        """Nobody can tell whether it was carried out; a person decides."""
        return self._move(tx, known, state="unknown", reason_code=reason_code, reason=reason)

    def again(self, tx: Connection, known: Effect, reason_code: str, reason: str) -> Effect:
        """It was surely not carried out: try later, up to eight times in all, then it has failed."""
        if known.attempts >= EFFECT_ATTEMPTS:
            return self.failed(tx, known, "too_many_attempts", f"Tried {known.attempts} times. Last: {reason}")
        not_before = self._clock.now() + after_effect_failed(known.attempts, self._draw)
        values = {"not_before": not_before, "reason_code": reason_code, "reason": reason}
        return self._move(tx, known, state="planned", **values)

    def ask_later(self, tx: Connection, known: Effect, reason_code: str, reason: str) -> Effect:
        """The other side could not be asked now: it stays in `sending` and is asked later."""
        attempts = known.attempts + 1
        pause = after_effect_failed(attempts, self._draw).total_seconds()
        values = {"attempts": attempts, "probe_boot": self._boot, "probe_after": self._clock.monotonic() + pause}
        return self._move(tx, known, reason_code=reason_code, reason=reason, **values)

    def settle(self, tx: Connection, known: Effect, receipt: Receipt | None, reason: str) -> Effect:
        """A person has decided: it was done (`receipt`), or it is done again, now, under a new fence and the same key.

        Raises EffectNotOpen when there is nothing to decide.
        """
        if known.state not in UNSETTLED:
            raise EffectNotOpen(f"{known.kind} {known.key} is {known.state}; nobody has to decide about it.")
        fresh = {"state": "planned", "fence": known.fence + 1, "attempts": 0, "not_before": self._clock.now()}
        with points("settle"):
            if receipt is not None:
                return self.done(tx, known, receipt)
            return self._move(tx, known, reason_code="settled", reason=reason, **fresh)

    def interrupted(self, tx: Connection) -> int:
        """Take every open effect for one that was begun and cut off, so that it is asked about first; how many.

        For a database that comes from a backup: what was planned then may have been carried out since.
        """
        cut_off = {**_ASK_FIRST, "fence": effect.c.fence + 1, "changed": self._clock.now()}
        failpoint("restored.before_interrupt")
        count = tx.execute(update(effect).where(literal_column(EFFECT_OPEN)).values(**cut_off)).rowcount
        failpoint("restored.after_interrupt")
        return count

    def after_restore(self, tx: Connection) -> bool:
        """Whether the database came from a backup and nobody has said yet that all that happened since is in it."""
        said = (audit.c.subject == INSTALLATION, audit.c.verb.in_((RESTORED, CAUGHT_UP)))
        last = select(audit.c.verb).where(*said).order_by(audit.c.seq.desc()).limit(1)
        return tx.execute(last).scalar() == RESTORED

    def _move(self, tx: Connection, known: Effect, **values: Any) -> Effect:
        mine = (effect.c.key == known.key, effect.c.fence == known.fence, effect.c.state == known.state)
        values |= {"changed": self._clock.now()}
        if tx.execute(update(effect).where(*mine).values(**values)).rowcount != 1:
            raise LeaseLost(f"{known.kind} {known.key} has been taken over by another worker.")
        values.pop("receipt", None)
        return replace(known, **values)

    # Looking

    def get(self, tx: Connection, key: str) -> Effect:
        """One effect. Raises NotInStore."""
        found = tx.execute(select(*effect.c).where(effect.c.key == key)).one_or_none()
        if found is None:
            raise NotInStore(f"Nothing was ordered under {key}.")
        return _effect(found)

    def wait(self, known: Effect, now: datetime) -> float:
        """Seconds until something may be done about a planned or sending effect; 0 when it is due.

        `sending` counts in monotonic seconds. After a restart of the machine they count from its start: all of the
        act's timeout has passed since the act when it has passed since then.
        """
        if known.state == "planned":
            return max(0.0, (known.not_before - now).total_seconds()) if known.not_before else 0.0
        if known.probe_boot == self._boot:
            return max(0.0, (known.probe_after or 0.0) - self._clock.monotonic())
        return max(0.0, (known.timeout or 0.0) - self._clock.monotonic())

    def overdue(self, begun: Effect) -> bool:
        """Whether the time of an act that was begun is over: by now another one may ask about it, or repeat it."""
        return begun.probe_after is not None and self._clock.monotonic() >= begun.probe_after

    def due(
        self, tx: Connection, now: datetime, *, kinds: Iterable[str] | None = None, limit: int = 100
    ) -> list[Effect]:
        """What was left: planned and its time has come, or in `sending` and may be asked about; oldest first."""
        wanted = select(*effect.c).where(literal_column(EFFECT_OPEN)).order_by(effect.c.planned, effect.c.key)
        if kinds is not None:
            wanted = wanted.where(effect.c.kind.in_(tuple(kinds)))
        ready = (each for each in map(_effect, tx.execute(wanted)) if self.wait(each, now) == 0)
        return [each for each, _ in zip(ready, range(limit), strict=False)]

    def besides(self, tx: Connection, kinds: Iterable[str]) -> dict[str, int]:
        """How many effects are open of each kind that is not among `kinds`."""
        wanted = select(effect.c.kind, func.count()).where(literal_column(EFFECT_OPEN))
        wanted = wanted.where(effect.c.kind.not_in(tuple(kinds))).group_by(effect.c.kind).order_by(effect.c.kind)
        return dict(tx.execute(wanted).all())

    def list(
        self, tx: Connection, *, states: Iterable[str] | None = None, cause: EventId | None = None, limit: int = 100
    ) -> list[Effect]:
        """The effects that match, oldest first."""
        wanted = select(*effect.c).order_by(effect.c.planned, effect.c.key).limit(limit)
        if states is not None:
            wanted = wanted.where(effect.c.state.in_(tuple(states)))
        if cause is not None:
            wanted = wanted.where(effect.c.cause == cause)
        return [_effect(row) for row in tx.execute(wanted)]

    def counts(self, tx: Connection) -> dict[str, int]:
        """How many effects are in each state."""
        return count_states(tx, effect, STATES)


def _effect(row: Row[Any]) -> Effect:
    known = row._mapping
    values = {name: known[name] for name in Effect.__slots__}
    if values["receipt"] is not None:
        values["receipt"] = Receipt(**values["receipt"])
    return Effect(**values)
