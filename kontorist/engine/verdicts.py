"""What becomes of an event whose flow raised an error: decided by the error's family.

A flow puts what needs a person on the worklist itself; where such an error escapes it, the event is quarantined.
What failed outside is tried again, at most `max_attempts` times. A wrong set-up and an absent Prefect are nobody's
fault but ours: such events wait as long as it takes, visibly (`kontorist status`), and are never given up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from kontorist.domain.errors import KontoristError, LeaseLost, NeedsAPerson, SetupWrong
from kontorist.engine.prefect_bridge import PrefectAway
from kontorist.store.backoff import Random, after_event_failed

_UNTIL_PREFECT_IS_BACK = timedelta(seconds=5)
_UNTIL_SETUP_IS_RIGHT = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class TryAgain:
    """The event waits for `after`."""

    after: timedelta
    reason_code: str
    reason: str
    state: ClassVar[str] = "retry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """The event goes to quarantine."""

    reason_code: str
    reason: str
    state: ClassVar[str] = "quarantined"


@dataclass(frozen=True, slots=True)
class GoneOn:
    """Another worker has it; nothing is written."""

    reason_code: ClassVar[str] = LeaseLost.code
    state: ClassVar[str] = "taken over"


Verdict = TryAgain | Stop | GoneOn


def verdict(error: Exception, attempt: int, max_attempts: int, draw: Random) -> Verdict:
    """What to do after the `attempt`-th try (counted from 1) ended in `error`."""
    code, sentence = named(error)
    if isinstance(error, LeaseLost):
        return GoneOn()
    if isinstance(error, PrefectAway):
        return TryAgain(after=_UNTIL_PREFECT_IS_BACK, reason_code=code, reason=sentence)
    if isinstance(error, SetupWrong):
        return TryAgain(after=_UNTIL_SETUP_IS_RIGHT, reason_code=code, reason=sentence)
    if isinstance(error, NeedsAPerson):
        return Stop(reason_code=code, reason=sentence)
    if attempt >= max_attempts:
        return Stop(reason_code="too_many_attempts", reason=f"Tried {attempt} times. Last: {sentence}")
    return TryAgain(after=_pause(error, attempt, draw), reason_code=code, reason=sentence)


def _pause(error: Exception, attempt: int, draw: Random) -> timedelta:
    asked: float | None = getattr(error, "retry_after", None)
    return timedelta(seconds=asked) if asked is not None else after_event_failed(attempt, draw)


def named(error: Exception) -> tuple[str, str]:
    """Code and sentence of `error`; of a fault in a program only its kind, since its text may hold anything."""
    if isinstance(error, KontoristError):
        return error.code, str(error)
    return "application_fault", f"The flow failed with {type(error).__name__}; the worker's log has the details."
