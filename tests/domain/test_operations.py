"""When operators are told, and how often."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kontorist.domain.operations import Alert, Step, Trouble, dead, fallen_silent, lasting, next_step

NOON = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)
SILENT = Trouble(kind="silent_source", subject="shop")


@pytest.mark.parametrize(
    ("hours_ago", "limit", "silent"),
    [(25, timedelta(days=1), True), (24, timedelta(days=1), False), (1000, None, False), (None, timedelta(1), False)],
)
def test_a_source_is_silent_when_nothing_came_for_longer_than_its_limit(
    hours_ago: int | None, limit: timedelta | None, silent: bool
) -> None:
    last = None if hours_ago is None else NOON - timedelta(hours=hours_ago)

    assert fallen_silent(last, limit, NOON) is silent


def after(known: Alert | None, there: bool, now: datetime) -> tuple[Alert | None, Step | None]:
    """One look: what is kept in mind afterwards, and what was done."""
    step = next_step(known, there, now)
    if step == "told":
        return Alert(trouble=SILENT, since=now, told=now, times=1), step
    if known is None or step is None:
        return known, step
    told, times, absent, over = known.told, known.times, known.absent_since, known.over
    if step == "told_again":
        told, times, absent = now, times + 1, None
    elif step == "absent":
        absent = now
    elif step == "present":
        absent = None
    else:
        over = True
    return Alert(trouble=SILENT, since=known.since, told=told, times=times, absent_since=absent, over=over), step


def told_of(history: list[tuple[int, bool]]) -> list[Step]:
    """What is told over looks at (minutes after noon, there or not)."""
    known, steps = None, []
    for minutes, there in history:
        known, step = after(known, there, NOON + timedelta(minutes=minutes))
        steps += [step] if step in ("told", "told_again", "over") else []
    return steps


def test_a_trouble_is_told_once_however_often_it_is_seen() -> None:
    assert told_of([(minute, True) for minute in range(24 * 60)]) == ["told"]


def test_it_is_told_again_once_a_day_while_it_lasts() -> None:
    days = [(minute, True) for minute in range(0, 3 * 24 * 60 + 1, 30)]

    assert told_of(days) == ["told", "told_again", "told_again", "told_again"]


def test_its_end_is_told_once() -> None:
    assert told_of([(0, True), (5, False), (14, False), (15, False), (16, False), (999, False)]) == ["told", "over"]


def test_what_comes_and_goes_is_one_trouble() -> None:
    flapping = [(minute, minute % 2 == 0) for minute in range(600)]

    assert told_of(flapping) == ["told"]


def test_a_trouble_that_comes_back_after_its_end_is_told_anew() -> None:
    assert told_of([(0, True), (1, False), (20, False), (30, True)]) == ["told", "over", "told"]


def test_what_never_was_is_not_told() -> None:
    assert told_of([(0, False), (60, False)]) == []


def test_the_same_trouble_has_the_same_cause_whatever_its_count() -> None:
    one, many = (Trouble(kind="quarantine", subject="damaged", count=count) for count in (1, 500))

    assert one.cause == many.cause == "quarantine/damaged"


@pytest.mark.parametrize(("minutes", "too_long"), [(None, False), (9, False), (10, True)])
def test_most_failures_end_by_themselves(minutes: int | None, too_long: bool) -> None:
    assert lasting(None if minutes is None else NOON - timedelta(minutes=minutes), NOON) is too_long


@pytest.mark.parametrize(
    ("running", "minutes", "restarts", "gone"),
    [
        (True, 1, 0, False),
        (True, 1, 2, False),
        (True, 1, 3, True),  # again and again
        (True, 60, 30, False),  # long over
        (False, 1, 0, False),  # it is being started
        (False, 1, 3, True),
        (False, 60, 0, True),
    ],
)
def test_a_part_is_dead_when_it_is_away_for_long_or_does_not_last(
    running: bool, minutes: int, restarts: int, gone: bool
) -> None:
    assert dead(running=running, since=NOON - timedelta(minutes=minutes), restarts=restarts, now=NOON) is gone
