"""When operators are told: sources that have fallen silent."""

from __future__ import annotations

from datetime import datetime, timedelta


def fallen_silent(last: datetime | None, silent_after: timedelta | None, now: datetime) -> bool:
    """Whether nothing came for longer than `silent_after`.

    `last` is when something last came, or when the watch began; without it, or without a limit, nothing is silent.
    """
    return last is not None and silent_after is not None and now - last > silent_after
