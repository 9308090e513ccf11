"""When something that failed is tried again: longer and longer, and not all at the same moment.

Full jitter: the pause is drawn evenly between nothing and the step, so that a thousand events that failed together do
not come back together (AWS Architecture Blog, "Exponential Backoff And Jitter").
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Final

Random = Callable[[], float]  #: evenly distributed in [0, 1)

INBOX_ATTEMPTS: Final = 4  #: how often an event is tried before it is quarantined
EFFECT_ATTEMPTS: Final = 8  #: how often an effect is tried before it has failed

_INBOX_STEPS: Final = (60.0, 300.0, 1800.0)  # seconds: 1, 5, 30 minutes
_EFFECT_FIRST: Final = 10.0
_EFFECT_MOST: Final = 900.0


def evenly() -> float:
    """The usual draw."""
    return random.random()  # noqa: S311  # spreads load, keeps no secret


def after_event_failed(attempt: int, draw: Random = evenly) -> timedelta:
    """The pause after the `attempt`-th failure of an event, counted from 1: up to 1, 5, then 30 minutes."""
    return timedelta(seconds=_INBOX_STEPS[min(attempt, len(_INBOX_STEPS)) - 1] * draw())


def after_worker_died(attempt: int, draw: Random = evenly) -> timedelta:
    """The pause after a worker died over an event: none after the first death, then as after a failure.

    The first death is almost always the worker's own (a restart, a kill) and the event is taken up at once; an event
    that its workers die of twice is suspected itself.
    """
    return timedelta(0) if attempt <= 1 else after_event_failed(attempt - 1, draw)


def after_effect_failed(attempt: int, draw: Random = evenly) -> timedelta:
    """The pause after the `attempt`-th failure of an effect, counted from 1: up to 10 s, doubling to 15 minutes."""
    return timedelta(seconds=min(_EFFECT_FIRST * 2 ** (attempt - 1), _EFFECT_MOST) * draw())
