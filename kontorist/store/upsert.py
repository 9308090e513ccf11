"""One statement that enters a row or makes the one with its key look like it; built once, run with many values."""

from __future__ import annotations

from sqlalchemy import Table
from sqlalchemy.dialects.sqlite import Insert, insert


def upsert(table: Table, *keys: str) -> Insert:
    """Insert into `table`; where a row with the same `keys` is there, every other column takes the new value."""
    entered = insert(table)
    others = {column: entered.excluded[column.key] for column in table.c if column.key not in keys}
    return entered.on_conflict_do_update(index_elements=list(keys), set_=others)
