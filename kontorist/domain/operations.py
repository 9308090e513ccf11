"""When operators are told: what troubles there are, and when a letter says so.

A trouble is told once when it begins, again once a day while it lasts, and once when it is over; never once an event.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, get_args

TroubleKind = Literal[
    "quarantine",
    "unknown_effect",
    "failed_effect",
    "passed_over_effect",
    "silent_source",
    "failing_source",
    "disk_low",
    "dead_part",
]
TROUBLES: Final[tuple[TroubleKind, ...]] = get_args(TroubleKind)

TOLD_AGAIN_AFTER: Final = timedelta(days=1)
#: A trouble that comes and goes within this time is one trouble.
OVER_AFTER: Final = timedelta(minutes=10)
#: So long a source may fail, and a part be away, before anybody is told: most such things end by themselves.
PATIENCE: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What is wrong: its kind, what it is about (a source, a part, a reason), how many, and a sentence."""

    kind: TroubleKind
    subject: str
    count: int | None = None
    reason: str | None = None

    @property
    def cause(self) -> str:
        """What makes it the same trouble tomorrow, whatever the count is by then."""
        return f"{self.kind}/{self.subject}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A trouble that was told: since when it lasts, when it was last told and how often, since when it is not seen."""

    trouble: Trouble
    since: datetime
    told: datetime
    times: int
    absent_since: datetime | None = None
    over: bool = False


Step = Literal["told", "told_again", "over", "absent", "present"]


def next_step(known: Alert | None, there: bool, now: datetime) -> Step | None:
    """What to do about a trouble that is `there` or not; None when nothing has to be told or noted."""
    if known is None or known.over:
        return "told" if there else None
    if not there:
        return _while_absent(known, now)
    if now - known.told >= TOLD_AGAIN_AFTER:
        return "told_again"
    return "present" if known.absent_since is not None else None


def _while_absent(known: Alert, now: datetime) -> Step | None:
    if known.absent_since is None:
        return "absent"
    return "over" if now - known.absent_since >= OVER_AFTER else None


def fallen_silent(last: datetime | None, silent_after: timedelta | None, now: datetime) -> bool:
    """Whether nothing came for longer than `silent_after`.

    `last` is when something last came, or when the watch began; without it, or without a limit, nothing is silent.
    """
    return last is not None and silent_after is not None and now - last > silent_after


def lasting(since: datetime | None, now: datetime) -> bool:
    """Whether something that began at `since` lasts too long to be let pass."""
    return since is not None and now - since >= PATIENCE


def dead(*, running: bool, since: datetime | None, restarts: int, now: datetime) -> bool:
    """Whether a part does not run for good: away for too long, or started again and again without lasting."""
    if not running:
        return lasting(since, now) or restarts >= 3
    return restarts >= 3 and not lasting(since, now)
