"""The worklist: what waits for people, and what they said about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, Row, select, update
from sqlalchemy.dialects.sqlite import insert

from kontorist.domain.approvals import Decision, ItemChanged, ItemState, Step, Timeline, Verdict, WorkItem
from kontorist.domain.ids import PersonKey, WorkItemId
from kontorist.domain.ports import Clock
from kontorist.failpoints import failpoint, register
from kontorist.store.counts import count_states
from kontorist.store.errors import NotInStore
from kontorist.store.tables import decision, work_item

STATES: Final = tuple(state.value for state in ItemState)
#: What is not settled yet.
UNSETTLED: Final = (ItemState.OPEN, ItemState.RETURNED)

for _step in ("add", "replace", "decide"):
    register(f"worklist.before_{_step}", f"worklist.after_{_step}")


class Worklist:
    """Keeps items and decisions. The rules (who may decide, when it is enough) are the domain's."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def add(self, tx: Connection, item: WorkItem) -> WorkItem:
        """Put an item on the list and give it back; one with this id that is there already stays as it is."""
        failpoint("worklist.before_add")
        values = _values(item) | {"changed": self._clock.now()}
        tx.execute(insert(work_item).values(values).on_conflict_do_nothing(index_elements=["id"]))
        failpoint("worklist.after_add")
        return self.get(tx, item.id)

    def replace(self, tx: Connection, item: WorkItem, expected_version: int) -> None:
        """Store `item` in place of its version `expected_version`. Raises ItemChanged when there is another by now."""
        failpoint("worklist.before_replace")
        same = (work_item.c.id == item.id, work_item.c.version == expected_version)
        changed = update(work_item).where(*same).values(**_values(item), changed=self._clock.now())
        if tx.execute(changed).rowcount != 1:
            raise ItemChanged(f"{item.title}: changed by somebody else since version {expected_version}.")
        failpoint("worklist.after_replace")

    def decide(self, tx: Connection, said: Decision) -> None:
        """Write down what a person said. Raises ItemChanged unless it is about the version that is on the list now."""
        failpoint("worklist.before_decide")
        item = self.get(tx, said.item)
        if (said.version, said.content_hash) != (item.version, item.content_hash):
            raise ItemChanged(f"{item.title}: changed since it was shown (version {item.version}).")
        tx.execute(insert(decision).values(**(asdict(said) | {"verdict": said.verdict.value})))
        failpoint("worklist.after_decide")

    def find(self, tx: Connection, wanted: WorkItemId) -> WorkItem | None:
        """One item, None where there is none."""
        found = tx.execute(select(*work_item.c).where(work_item.c.id == wanted)).one_or_none()
        return None if found is None else _item(found)

    def get(self, tx: Connection, wanted: WorkItemId) -> WorkItem:
        """One item. Raises NotInStore."""
        found = self.find(tx, wanted)
        if found is None:
            raise NotInStore(f"There is no item {wanted} on the worklist.")
        return found

    def decisions(self, tx: Connection, wanted: WorkItemId) -> list[Decision]:
        """All that was said about an item, about earlier versions too, oldest first."""
        rows = tx.execute(select(*decision.c).where(decision.c.item == wanted).order_by(decision.c.seq))
        return [_decision(row) for row in rows]

    def timeline(self, tx: Connection, wanted: WorkItemId) -> Timeline:
        """An item with its decisions. Raises NotInStore."""
        return Timeline(item=self.get(tx, wanted), decisions=tuple(self.decisions(tx, wanted)))

    def list(
        self,
        tx: Connection,
        *,
        states: Iterable[ItemState] | None = UNSETTLED,
        subject: str | None = None,
        kind: str | None = None,
        owner: PersonKey | None = None,
        limit: int | None = None,
    ) -> list[WorkItem]:
        """The items that match, oldest first; without `states` given, those that are not settled yet."""
        wanted = select(*work_item.c).order_by(work_item.c.created, work_item.c.id).limit(limit)
        if states is not None:
            wanted = wanted.where(work_item.c.state.in_([state.value for state in states]))
        columns = ((work_item.c.subject, subject), (work_item.c.kind, kind), (work_item.c.owner, owner))
        for column, value in columns:
            if value is not None:
                wanted = wanted.where(column == value)
        return [_item(row) for row in tx.execute(wanted)]

    def counts(self, tx: Connection) -> dict[str, int]:
        """How many items are in each state."""
        return count_states(tx, work_item, STATES)


_COLUMNS: Final = ("id", "kind", "subject", "version", "content_hash", "owner", "due", "created")
_IN_DATA: Final = ("title", "four_eyes")
_LISTS: Final = ("reasons", "codes", "prepared_by")


def _values(item: WorkItem) -> dict[str, Any]:
    data: dict[str, Any] = {name: getattr(item, name) for name in _IN_DATA}
    data |= {name: list(getattr(item, name)) for name in _LISTS}
    data["content"] = dict(item.content)
    data["steps"] = [{"any_of": list(step.any_of), "needed": step.needed} for step in item.steps]
    data["postponed_until"] = item.postponed_until.isoformat() if item.postponed_until else None
    return {name: getattr(item, name) for name in _COLUMNS} | {"state": item.state.value, "data": data}


def _item(row: Row[Any]) -> WorkItem:
    data = row.data
    until = data["postponed_until"]
    values: dict[str, Any] = {name: row._mapping[name] for name in _COLUMNS}
    values |= {name: data[name] for name in _IN_DATA}
    values |= {name: tuple(data[name]) for name in _LISTS}
    return WorkItem(
        **values,
        content=data["content"],
        state=ItemState(row.state),
        steps=tuple(Step(any_of=tuple(step["any_of"]), needed=step["needed"]) for step in data["steps"]),
        postponed_until=date.fromisoformat(until) if until else None,
    )


def _decision(row: Row[Any]) -> Decision:
    known = row._mapping
    said = {name: known[name] for name in Decision.__slots__}
    return Decision(**(said | {"verdict": Verdict(row.verdict)}))
