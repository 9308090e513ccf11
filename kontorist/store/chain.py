"""Numbers without gaps and chains of hashes, for what must not change afterwards.

Each link holds the hash of the one before it, so that a changed, missing or moved row is found. Cutting off the end
is found by the counter, and by the daily heads that stand in the archive's log.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from kontorist.domain.events import content_hash
from kontorist.store.tables import counter

GENESIS: Final = "0" * 64  #: what stands before the first link


def link_hash(previous: str, facts: Mapping[str, Any]) -> str:
    """The hash of a link: SHA-256 over the canonical JSON of its facts and of the hash before it."""
    return content_hash({"previous": previous, **facts})


def next_number(tx: Connection, name: str) -> int:
    """The next number of the series `name`, from 1 without gaps: it is counted in the transaction that uses it."""
    first = insert(counter).values(name=name, value=1)
    counted = first.on_conflict_do_update(index_elements=["name"], set_={"value": counter.c.value + 1})
    number: int = tx.execute(counted.returning(counter.c.value)).scalar_one()
    return number


def last_number(tx: Connection, name: str) -> int:
    """How many numbers of the series were given out."""
    return tx.execute(select(counter.c.value).where(counter.c.name == name)).scalar() or 0
