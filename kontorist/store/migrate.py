"""Bring the database to the shape this version needs, whole or not at all.

Alembic is imported only when there is something to do: the receiver opens the store within its two seconds.
"""

from __future__ import annotations

import io
from typing import Final

from sqlalchemy import Connection, text

from kontorist.store.errors import StoreTooNew

HEAD: Final = "r0009"  #: the newest revision under migrations/versions; a test compares


def migrate(tx: Connection) -> bool:
    """Apply what is missing inside the open write transaction `tx`; whether there was something to do.

    Raises StoreTooNew for a revision this version does not know.
    """
    current = _revision(tx)
    if current == HEAD:
        return False
    _upgrade(tx, current)
    return True


def up_to_date(tx: Connection) -> bool:
    """Whether there is nothing to apply; looks only."""
    return _revision(tx) == HEAD


def _revision(tx: Connection) -> str | None:
    known = tx.execute(text("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'")).scalar()
    return tx.execute(text("SELECT version_num FROM alembic_version")).scalar() if known else None


def _upgrade(tx: Connection, current: str | None) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config(stdout=io.StringIO(), attributes={"connection": tx})
    config.set_main_option("script_location", "kontorist.store:migrations")
    config.set_main_option("path_separator", "os")
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if current is not None and current not in known:
        raise StoreTooNew(f"The database has revision {current}, which this version does not know.")
    command.upgrade(config, HEAD)
