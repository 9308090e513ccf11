"""How many rows are in each state."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, Table, func, select


def count_states(tx: Connection, table: Table, states: Iterable[str]) -> dict[str, int]:
    """Rows of `table` per state, with a zero for each of `states` that has none."""
    found = tx.execute(select(table.c.state, func.count()).group_by(table.c.state))
    return dict.fromkeys(states, 0) | dict(found.all())
