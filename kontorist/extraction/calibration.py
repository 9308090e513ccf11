"""From log-odds to the share of such readings that were right, as cross-validation over layouts counted it."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

from kontorist.extraction.scoring import weights

NEVER = 2.0  #: a cut-off that no confidence reaches


def confidence(key: str, odds: float) -> float:
    """How many of ten such readings are right, as 0 to 1; `key` as ``due_date`` or ``due_date.absent``."""
    steps = _steps(key)
    at = bisect_right(steps["odds"], odds) - 1
    return float(steps["confidence"][max(0, at)])


def safe_from(key: str) -> float:
    """The confidence from which on readings with a second witness are safe."""
    return float(_steps(key)["safe"])


def _steps(key: str) -> dict[str, Any]:
    table: dict[str, dict[str, Any]] = weights()["calibration"]
    return table.get(key) or table["otherwise"]
