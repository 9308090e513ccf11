"""Whether an event has what a route asks for: fields equal to a value, or to one of a list; never an expression.

And which events may share a run.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

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


#: Flows that book, pay or release, and those that carry out what people decided.
_OF_MONEY: Final = frozenset({"banking", "closing", "payables", "payroll", "receivables", "worklist"})
_DECIDED_OR_PAID: Final = ("approval.", "payment.", "payroll.")


def carries_money(event_type: str, flow: str) -> bool:
    """Whether each such event needs a flow run of its own: money, pay and approvals are never done in a batch."""
    return flow.partition("/")[0] in _OF_MONEY or event_type.startswith(_DECIDED_OR_PAID)
