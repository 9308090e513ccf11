"""A connector that acts outside, built when it first has to act: who only looks needs no secret of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from kontorist.domain.ports import ActionSink, CheckResult, Receipt


class LateSink:
    """`ActionSink`. Whatever building it raises (SecretMissing, ConnectorUnfit) comes at its first use."""

    def __init__(self, build: Callable[[], ActionSink]) -> None:
        self._build = build

    @cached_property
    def _sink(self) -> ActionSink:
        return self._build()

    def check(self) -> list[CheckResult]:
        """What the connector says of itself."""
        return self._sink.check()

    def find(self, key: str) -> Receipt | None:
        """The receipt of what was done under `key`."""
        return self._sink.find(key)

    def apply(self, action: Mapping[str, Any], key: str) -> Receipt:
        """Do it."""
        return self._sink.apply(action, key)
