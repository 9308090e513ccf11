"""Runs without Prefect, for tests in which workers are killed: a flow is a function that is called."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from kontorist.engine.dispatcher import Work
from kontorist.engine.prefect_bridge import OpenRun


class RunsWithoutPrefect(ABC):
    """In place of the bridge, for the dispatcher and the reconciler; a subclass says what a flow does."""

    @abstractmethod
    def flow(self, name: str, parameters: Mapping[str, Any]) -> Any:
        """What flow `name` does with its parameters, of which one is `event`; its outcome."""

    def named(self, key: str) -> str:
        """The id of the run that is begun under `key`."""
        return key

    def reachable(self) -> bool:
        """Nothing has to be reached."""
        return True

    def run(
        self,
        name: str,
        *,
        parameters: Mapping[str, Any],
        key: str,
        tags: Sequence[str] = (),
        created: Callable[[str], None] = lambda run: None,
    ) -> Any:
        """Call the flow and return what it returns; `created` is told the run's id before."""
        created(self.named(key))
        return self.flow(name, parameters)

    def run_batch(
        self,
        name: str,
        *,
        events: Sequence[str],
        work: Work,
        key: str,
        tags: Sequence[str] = (),
        created: Callable[[str], None] = lambda run: None,
    ) -> None:
        """Call the flow once for each of `events`, by way of `work`."""
        created(self.named(key))
        for event in events:
            work(event, partial(self.flow, name, {"event": event}))

    def open_runs(self) -> list[OpenRun]:
        """None: nobody keeps a list."""
        return []

    def crash(self, run: str, reason: str) -> None:
        """Never asked for, because there are no runs to be shown."""
        raise AssertionError("there are no runs to be shown")

    def complete(self, run: str, reason: str) -> None:
        """Never asked for, because there are no runs to be shown."""
        raise AssertionError("there are no runs to be shown")
