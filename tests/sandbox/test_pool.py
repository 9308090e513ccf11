"""Foreign files are read in children that cannot hurt the office."""

from __future__ import annotations

from kontorist.sandbox import Pool, ReasonCode


def test_a_function_that_is_no_reader_is_refused() -> None:
    with Pool() as pool:
        outcome = pool.call("os:system", b"true")

    assert outcome.refused is not None
    assert outcome.refused.code is ReasonCode.DAMAGED
