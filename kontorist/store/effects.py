"""Effects on the outside: each has a business key, and is done once, or stopped and shown.

`EffectRunner` is the only one that acts: it commits `sending` with a fence, acts outside any transaction, and commits
`done` with the receipt. Who finds a row in `sending` asks the other side first, and only after the act's own timeout
has passed, because a slow commit may still land there.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from sqlalchemy import Connection

from kontorist.domain.errors import (
    AuthError,
    BusinessError,
    KontoristError,
    LeaseLost,
    OutsideFailed,
    UncertainOutcome,
)
from kontorist.domain.ids import EffectKey, EventId
from kontorist.domain.ports import Receipt
from kontorist.store.backoff import EFFECT_ATTEMPTS
from kontorist.store.effect_ledger import Effect, points
from kontorist.store.errors import EffectFailed, EffectKindUnknown, EffectUnderWay, EffectUnknown

if TYPE_CHECKING:
    from kontorist.store.database import Store

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What `run_due` did about one effect: its state now, and what went wrong, if anything."""

    key: EffectKey
    kind: str
    state: str
    error: Exception | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOver:
    """Open effects that `run_due` does not touch: their kind, how many, and why."""

    kind: str
    count: int
    reason: str


_T = TypeVar("_T")


class EffectRunner:
    """Carries effects out, by the protocol; nothing else calls a sink.

    `declared` are further handlers by kind, which may grow while the runner is at work.
    """

    def __init__(
        self,
        store: Store,
        handlers: Iterable[EffectHandler] = (),
        declared: MutableMapping[str, EffectHandler] | None = None,
    ) -> None:
        self._store = store
        # what is registered goes before what is only declared; a ChainMap writes to its first part alone
        self._handlers = ChainMap({handler.kind: handler for handler in handlers}, {} if declared is None else declared)

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

    def passed_over(self) -> list[PassedOver]:
        """What is open and nobody here can carry out: its connector or its flow is not in config.yaml any more."""
        with self._store.read() as tx:
            open_ = self._store.effects.besides(tx, self._handlers)
        reason = EffectKindUnknown.next_step
        return [PassedOver(kind=kind, count=count, reason=reason) for kind, count in open_.items()]

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
        with points("begin"):
            begun = self._write(lambda tx: effects.begin(tx, known, handler.timeout))
        try:
            with points("act"):
                self._refuse_late(begun)
                receipt = handler.act(begun.request, begun.key)
        except BusinessError as error:
            with points("failed"):
                self._store.record(
                    partial(effects.failed, known=begun, reason_code=error.reason_code, reason=str(error))
                )
            raise
        except (OutsideFailed, AuthError) as error:
            self._again(begun, error)
            raise
        except UncertainOutcome as error:
            self._leave_open(handler, begun, error)
            raise
        return self._done(begun, receipt)

    def _refuse_late(self, begun: Effect) -> None:
        """An act cannot be fenced, only timed: who slept through its time does not begin it any more."""
        if self._store.effects.overdue(begun):
            raise LeaseLost(f"{begun.kind} {begun.key} was to be carried out by now; another one looks after it.")

    def _again(self, begun: Effect, error: KontoristError) -> None:
        with points("again"):
            self._store.record(lambda tx: self._store.effects.again(tx, begun, error.code, str(error)))

    def _leave_open(self, handler: EffectHandler, begun: Effect, error: UncertainOutcome) -> None:
        """With a probe it stays in `sending` and is asked about after the timeout; without one it is decided now."""
        if handler.probe is not None:
            return
        if handler.on_uncertain == "repeat":
            self._again(begun, error)
        else:
            self._unknown(begun, error)

    def _unknown(self, begun: Effect, error: KontoristError) -> None:
        with points("unknown"):
            self._store.record(lambda tx: self._store.effects.unknown(tx, begun, error.code, str(error)))

    def _done(self, begun: Effect, receipt: Receipt) -> Receipt:
        with points("done"):
            self._store.record(lambda tx: self._store.effects.done(tx, begun, receipt))
        return receipt

    def _look_first(self, handler: EffectHandler, left: Effect) -> Receipt:
        """Somebody died between `sending` and `done`, or left it open: ask, then decide."""
        with points("take_over"):
            taken = self._write(lambda tx: self._store.effects.begin(tx, left, handler.timeout, acting=False))
        if handler.probe is None:
            return self._without_answer(
                handler, taken, UncertainOutcome("It was interrupted, and there is no way to ask.")
            )
        try:
            with points("probe"):
                found = handler.probe(taken.request, taken.key)
        except UncertainOutcome as error:
            return self._without_answer(handler, taken, error)
        except (OutsideFailed, AuthError) as error:
            if taken.attempts >= EFFECT_ATTEMPTS:
                return self._without_answer(handler, taken, UncertainOutcome(str(error)))
            with points("ask_later"):
                later = partial(self._store.effects.ask_later, known=taken, reason_code=error.code, reason=str(error))
                self._store.record(later)
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
            with points("failed"):
                self._store.record(lambda tx: self._store.effects.failed(tx, taken, "too_many_attempts", sentence))
            raise EffectFailed(sentence)
        return self._act(handler, taken)
