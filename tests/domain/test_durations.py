"""Spans of time, as the configuration writes them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kontorist.domain.durations import parse_duration, write_duration


@pytest.mark.parametrize(
    ("text", "seconds"), [("10s", 10), ("5m", 300), ("2h", 7200), (" 1d ", 86400), ("400d", 34560000), ("0s", 0)]
)
def test_a_span_is_a_number_and_its_unit(text: str, seconds: int) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "10", "s", "1.5h", "-1d", "1w", "1 d", "1000000s", "٣d", "1H"])
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match='such as "10s"'):
        parse_duration(text)


@given(st.integers(0, 999_999), st.sampled_from("smhd"))
def test_a_span_is_written_as_it_is_read(number: int, unit: str) -> None:
    span = parse_duration(f"{number}{unit}")

    assert parse_duration(write_duration(span)) == span


@pytest.mark.parametrize(("span", "text"), [(90, "90s"), (300, "5m"), (7200, "2h"), (172800, "2d")])
def test_the_largest_whole_unit_is_written(span: int, text: str) -> None:
    assert write_duration(timedelta(seconds=span)) == text
