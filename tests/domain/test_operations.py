"""When operators are told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kontorist.domain.operations import fallen_silent

NOON = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours_ago", "limit", "silent"),
    [(25, timedelta(days=1), True), (24, timedelta(days=1), False), (1000, None, False), (None, timedelta(1), False)],
)
def test_a_source_is_silent_when_nothing_came_for_longer_than_its_limit(
    hours_ago: int | None, limit: timedelta | None, silent: bool
) -> None:
    last = None if hours_ago is None else NOON - timedelta(hours=hours_ago)

    assert fallen_silent(last, limit, NOON) is silent
