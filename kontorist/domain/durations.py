"""Spans of time as the configuration writes them: a number and its unit, such as ``10s``, ``5m``, ``2h``, ``400d``."""

from __future__ import annotations

import re
from datetime import timedelta

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_FORM = re.compile(r"([0-9]{1,6})([smhd])")


def parse_duration(text: str) -> timedelta:
    """``"5m"`` as five minutes. ValueError, with a sentence, for anything else: a bare number has no unit."""
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise ValueError('a span of time is a number and its unit, such as "10s", "5m", "2h" or "1d"')
    return timedelta(seconds=int(match[1]) * _UNITS[match[2]])


def write_duration(span: timedelta) -> str:
    """The shortest text that `parse_duration` reads back as `span` (whole seconds)."""
    seconds = int(span.total_seconds())
    unit = next(unit for unit in reversed(_UNITS) if seconds % _UNITS[unit] == 0)
    return f"{seconds // _UNITS[unit]}{unit}"
