"""Effects on the outside: each has a business key, and is done once, or stopped and shown.

    planned -> sending -> done | failed | unknown

`Effects` is the ledger (one row per key), `EffectRunner` the only one that acts: it commits `sending` with a fence,
acts outside any transaction, and commits `done` with the receipt. Who finds a row in `sending` asks the other side
first, and only after the act's own timeout has passed, because a slow commit may still land there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

from sqlalchemy import Connection, Row, literal_column, select, update
from sqlalchemy.dialects.sqlite import insert

from kontorist.domain.errors import (
    AuthError,
    BusinessError,
    KontoristError,
    LeaseLost,
    OutsideFailed,
    UncertainOutcome,
)
from kontorist.domain.events import content_hash
from kontorist.domain.ids import EffectKey, EventId
from kontorist.domain.ports import Clock, Receipt
from kontorist.failpoints import failpoint, register
from kontorist.store.backoff import EFFECT_ATTEMPTS, Random, after_effect_failed, evenly
from kontorist.store.counts import count_states
from kontorist.store.errors import (
    EffectConflict,
    EffectFailed,
    EffectKindUnknown,
    EffectUnderWay,
    EffectUnknown,
    NotInStore,
)
from kontorist.store.tables import EFFECT_OPEN, effect

if TYPE_CHECKING:
    from kontorist.store.database import Store

#: The dispatcher leaves what was just planned to the flow that planned it, for this long.
GRACE: Final = timedelta(seconds=10)
STATES: Final = ("planned", "sending", "unknown", "failed", "done")

for _point in ("plan", "begin", "act", "done", "probe", "again", "failed", "unknown"):
    register(f"effects.before_{_point}", f"effects.after_{_point}")


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


Act = Callable[[Mapping[str, Any], str], Receipt]
Probe = Callable[[Mapping[str, Any], str], Receipt | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectHandler:
    """How one kind of effect is carried out.

    `act(request, key)` does it and gives the receipt; it raises BusinessError (refused), TransientError or AuthError
    (surely not done), or UncertainOutcome. `probe(request, key)` finds the receipt of what was done under `key`, None
    when it surely was not, else UncertainOutcome. `timeout` is the longest that an act may take, in seconds.
    `on_uncertain`: "ask" stops for a person, "repeat" does it again (a notice, under the same id).
    """

    kind: str
    act: Act
    probe: Probe | None = None
    timeout: float = 60.0
    on_uncertain: Literal["ask", "repeat"] = "ask"


@contextmanager
def _points(step: str) -> Iterator[None]:
    failpoint(f"effects.before_{step}")
    yield
    failpoint(f"effects.after_{step}")


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

        The dispatcher runs it when it was left for `grace`. Raises EffectConflict when `key` was ordered with another
        request or kind.
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
        with _points("plan"):
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

    def due(
        self, tx: Connection, now: datetime, *, kinds: Iterable[str] | None = None, limit: int = 100
    ) -> list[Effect]:
        """What was left: planned and its time has come, or in `sending` and may be asked about; oldest first."""
        wanted = select(*effect.c).where(literal_column(EFFECT_OPEN)).order_by(effect.c.planned, effect.c.key)
        if kinds is not None:
            wanted = wanted.where(effect.c.kind.in_(tuple(kinds)))
        ready = (each for each in map(_effect, tx.execute(wanted)) if self.wait(each, now) == 0)
        return [each for each, _ in zip(ready, range(limit), strict=False)]

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What `run_due` did about one effect: its state now, and what went wrong, if anything."""

    key: EffectKey
    kind: str
    state: str
    error: Exception | None = None


_T = TypeVar("_T")


class EffectRunner:
    """Carries effects out, by the protocol; nothing else calls a sink."""

    def __init__(self, store: Store, handlers: Iterable[EffectHandler] = ()) -> None:
        self._store = store
        self._handlers = {handler.kind: handler for handler in handlers}

    def register(self, handler: EffectHandler) -> None:
        """From now on effects of its kind are carried out by `handler`."""
        self._handlers[handler.kind] = handler

    def run(self, key: str) -> Receipt:
        """Carry out what was planned under `key`, or give the receipt of what was done already.

        Raises what the act raises, EffectFailed or EffectUnknown when that was recorded before, EffectUnderWay when
        another is at it or its time has not come, LeaseLost when it was taken over meanwhile.
        """
        known = self._load(key)
        return self._settle(self._handler(known.kind), known)

    def once(
        self,
        kind: str,
        key: str,
        request: Mapping[str, Any],
        act: Act | None = None,
        probe: Probe | None = None,
        *,
        timeout: float = 60.0,
        on_uncertain: Literal["ask", "repeat"] = "ask",
        cause: EventId | None = None,
    ) -> Receipt:
        """Plan and run, for a task that needs the receipt now; without `act` the registered handler does it."""
        with self._store.write() as tx:
            self._store.effects.plan(tx, key=key, kind=kind, request=request, cause=cause)
        if act is None:
            return self.run(key)
        handler = EffectHandler(kind=kind, act=act, probe=probe, timeout=timeout, on_uncertain=on_uncertain)
        return self._settle(handler, self._load(key))

    def run_due(self, now: datetime, limit: int = 100) -> list[Settled]:
        """Carry out what was left, one after the other; a failing one does not keep the others waiting."""
        with self._store.read() as tx:
            left = self._store.effects.due(tx, now, kinds=self._handlers, limit=limit)
        return [self._attempt(each) for each in left]

    def _attempt(self, left: Effect) -> Settled:
        error: Exception | None = None
        try:
            self.run(left.key)
        except Exception as trouble:  # noqa: BLE001  # a connector's own mistake must not stop the other effects
            error = trouble
        return Settled(key=left.key, kind=left.kind, state=self._load(left.key).state, error=error)

    def _handler(self, kind: str) -> EffectHandler:
        if kind not in self._handlers:
            raise EffectKindUnknown(f"Nobody here carries out {kind!r}.")
        return self._handlers[kind]

    def _load(self, key: str) -> Effect:
        with self._store.read() as tx:
            return self._store.effects.get(tx, key)

    def _write(self, change: Callable[[Connection], _T]) -> _T:
        with self._store.write() as tx:
            return change(tx)

    def _settle(self, handler: EffectHandler, known: Effect) -> Receipt:
        self._store.refuse_inside_transaction()
        if known.state == "done" and known.receipt is not None:
            return known.receipt
        if known.state == "failed":
            raise EffectFailed(known.reason)
        if known.state == "unknown":
            raise EffectUnknown(known.reason)
        self._refuse_early(known)
        return self._act(handler, known) if known.state == "planned" else self._look_first(handler, known)

    def _refuse_early(self, known: Effect) -> None:
        if known.state == "planned" and not known.attempts:
            return  # the flow that planned it need not wait for the grace it gives the dispatcher
        wait = self._store.effects.wait(known, self._store.clock.now())
        if wait > 0:
            raise EffectUnderWay(f"{known.kind} {known.key} is looked at again in {wait:.0f} s.", retry_after=wait)

    def _act(self, handler: EffectHandler, known: Effect) -> Receipt:
        effects = self._store.effects
        with _points("begin"):
            begun = self._write(lambda tx: effects.begin(tx, known, handler.timeout))
        try:
            with _points("act"):
                receipt = handler.act(begun.request, begun.key)
        except BusinessError as error:
            with _points("failed"):
                self._write(partial(effects.failed, known=begun, reason_code=error.reason_code, reason=str(error)))
            raise
        except (OutsideFailed, AuthError) as error:
            self._again(begun, error)
            raise
        except UncertainOutcome as error:
            self._leave_open(handler, begun, error)
            raise
        return self._done(begun, receipt)

    def _again(self, begun: Effect, error: KontoristError) -> None:
        with _points("again"):
            self._write(lambda tx: self._store.effects.again(tx, begun, error.code, str(error)))

    def _leave_open(self, handler: EffectHandler, begun: Effect, error: UncertainOutcome) -> None:
        """With a probe it stays in `sending` and is asked about after the timeout; without one it is decided now."""
        if handler.probe is not None:
            return
        if handler.on_uncertain == "repeat":
            self._again(begun, error)
        else:
            self._unknown(begun, error)

    def _unknown(self, begun: Effect, error: KontoristError) -> None:
        with _points("unknown"):
            self._write(lambda tx: self._store.effects.unknown(tx, begun, error.code, str(error)))

    def _done(self, begun: Effect, receipt: Receipt) -> Receipt:
        with _points("done"):
            self._write(lambda tx: self._store.effects.done(tx, begun, receipt))
        return receipt

    def _look_first(self, handler: EffectHandler, left: Effect) -> Receipt:
        """Somebody died between `sending` and `done`, or left it open: ask, then decide."""
        taken = self._write(lambda tx: self._store.effects.begin(tx, left, handler.timeout, acting=False))
        if handler.probe is None:
            return self._without_answer(
                handler, taken, UncertainOutcome("It was interrupted, and there is no way to ask.")
            )
        try:
            with _points("probe"):
                found = handler.probe(taken.request, taken.key)
        except UncertainOutcome as error:
            return self._without_answer(handler, taken, error)
        except (OutsideFailed, AuthError) as error:
            if taken.attempts >= EFFECT_ATTEMPTS:
                return self._without_answer(handler, taken, UncertainOutcome(str(error)))
            later = partial(self._store.effects.ask_later, known=taken, reason_code=error.code, reason=str(error))
            self._write(later)
            raise
        return self._repeat(handler, taken) if found is None else self._done(taken, found)

    def _without_answer(self, handler: EffectHandler, taken: Effect, error: UncertainOutcome) -> Receipt:
        if handler.on_uncertain == "repeat":
            return self._repeat(handler, taken)
        self._unknown(taken, error)
        raise EffectUnknown(str(error))

    def _repeat(self, handler: EffectHandler, taken: Effect) -> Receipt:
        if taken.attempts >= EFFECT_ATTEMPTS:
            sentence = f"Tried {taken.attempts} times, and each time it was interrupted."
            with _points("failed"):
                self._write(lambda tx: self._store.effects.failed(tx, taken, "too_many_attempts", sentence))
            raise EffectFailed(sentence)
        return self._act(handler, taken)
