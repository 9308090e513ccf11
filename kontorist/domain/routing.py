"""Whether an event has what a route asks for: fields equal to a value, or to one of a list; never an expression."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kontorist.domain.events import Event


def fits(event: Event, condition: Mapping[str, Any]) -> bool:
    """Whether every field that `condition` names has its value in `event`."""
    return all(matches(value_of(event, name), wanted) for name, wanted in condition.items())


def value_of(event: Event, name: str) -> Any:
    """The field `name` of the event's data (``ticket.group`` looks inside), else `source` or `subject`; else None."""
    value: Any = event.data
    for part in name.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return {"source": event.source, "subject": event.subject}.get(name)
        value = value[part]
    return value


def matches(found: Any, wanted: Any) -> bool:
    """Whether `found` is `wanted`, or one of them where `wanted` is a list."""
    if isinstance(wanted, list | tuple):
        return any(_same(found, one) for one in wanted)
    return _same(found, wanted)


def _same(found: Any, wanted: Any) -> bool:
    # In YAML and JSON true is not 1; in Python it is.
    return isinstance(found, bool) is isinstance(wanted, bool) and bool(found == wanted)
