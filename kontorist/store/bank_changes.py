"""Bank details that wait for a second person."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, Row, select, update

from kontorist.domain.ids import BankChangeId
from kontorist.domain.masterdata.bank_changes import BankChange, ChangeState, PartyKind
from kontorist.domain.ports import Clock
from kontorist.failpoints import failpoint, register
from kontorist.store.tables import bank_change
from kontorist.store.upsert import upsert

register(*(f"bank_changes.{side}_{step}" for step in ("put", "settle") for side in ("before", "after")))

_COLUMNS: Final = ("id", "party", "document", "prepared_by", "trusted")

_ENTER: Final = upsert(bank_change, "id", "party")


class BankChanges:
    """Keeps what waits and what became of it. Every method works inside the transaction it is given."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def put(self, tx: Connection, new: BankChange) -> None:
        """Enter a change, or make the one of this id and party look like `new`."""
        failpoint("bank_changes.before_put")
        values: dict[str, Any] = {name: getattr(new, name) for name in _COLUMNS}
        values |= {"kind": new.kind.value, "state": new.state.value, "ibans": list(new.ibans)}
        values["changed"] = self._clock.now()
        tx.execute(_ENTER, values)
        failpoint("bank_changes.after_put")

    def settle(self, tx: Connection, wanted: BankChangeId, state: ChangeState) -> None:
        """Say what became of all that waits under `wanted`."""
        failpoint("bank_changes.before_settle")
        waiting = (bank_change.c.id == wanted, bank_change.c.state == ChangeState.WAITING.value)
        settled = update(bank_change).where(*waiting)
        tx.execute(settled.values(state=state.value, changed=self._clock.now()))
        failpoint("bank_changes.after_settle")

    def of(self, tx: Connection, wanted: BankChangeId) -> list[BankChange]:
        """All that is decided together under `wanted`, by party."""
        rows = tx.execute(select(*bank_change.c).where(bank_change.c.id == wanted).order_by(bank_change.c.party))
        return [_change(row) for row in rows]

    def waiting(self, tx: Connection, party: str) -> BankChange | None:
        """What waits for this party."""
        mine = (bank_change.c.party == party, bank_change.c.state == ChangeState.WAITING.value)
        found = tx.execute(select(*bank_change.c).where(*mine)).one_or_none()
        return None if found is None else _change(found)


def _change(row: Row[Any]) -> BankChange:
    facts = {name: row._mapping[name] for name in _COLUMNS}
    return BankChange(**facts, kind=PartyKind(row.kind), state=ChangeState(row.state), ibans=tuple(row.ibans))
