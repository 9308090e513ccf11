"""What all tests share: the time they may take is said at their end."""

from __future__ import annotations

import time

import pytest
from hypothesis import settings

# Random examples take the time they take: on a busy machine a slow one is no fault of the code under test.
settings.register_profile("office", deadline=None)
settings.load_profile("office")

#: Seconds that `make test` may take on two cores without set-up (CONTRIBUTING.md).
BUDGET = 360

_started = time.monotonic()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if hasattr(terminalreporter.config, "workerinput"):
        return
    took = time.monotonic() - _started
    terminalreporter.write_line(f"{took:.0f} s of a budget of {BUDGET} s; what outgrows it moves to a make target.")
