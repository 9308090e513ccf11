"""How many rows are in each state."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, Table, func, literal_column, select, true


def count_states(tx: Connection, table: Table, states: Iterable[str], *conditions: str) -> dict[str, int]:
    """Rows of `table` per state, with a zero for each of `states` that has none.

    With `conditions`, which are those of partial indexes and together cover all rows, only the indexes are read.
    """
    counted = dict.fromkeys(states, 0)
    for condition in conditions or (None,):
        where = true() if condition is None else literal_column(condition)
        found = tx.execute(select(table.c.state, func.count()).where(where).group_by(table.c.state))
        counted |= dict(found.all())
    return counted
