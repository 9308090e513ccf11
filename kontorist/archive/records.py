"""Records: what is said about a document, apart from the log so that it can be erased.

A record carries 32 random bytes, so its hash in the log tells nothing about the names in it once it is gone.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from kontorist.archive.disk import NewFile
from kontorist.archive.layout import Layout
from kontorist.domain.events import canonical_json
from kontorist.domain.ids import SYSTEM, PersonKey, derived_id


def new_record(actor: PersonKey, facts: Mapping[str, Any]) -> tuple[NewFile, str, str]:
    """The record's file, its hash, and the opaque name under which the log knows the actor."""
    salt = secrets.token_hex(32)
    content = canonical_json({**facts, "actor": actor, "salt": salt}) + b"\n"
    address = sha256(content).hexdigest()
    return NewFile(f"record.{address}", content), address, opaque(actor, salt)


def opaque(actor: PersonKey, salt: str) -> str:
    """The machine is called by its name; a person only by a hash that needs the record's salt."""
    return actor if actor == SYSTEM else derived_id("A", salt, actor)


def read_record(layout: Layout, address: str) -> dict[str, Any] | None:
    """What the record says; None where it is gone or not the one that was written."""
    try:
        content = layout.record(address).read_bytes()
    except OSError:
        return None
    if sha256(content).hexdigest() != address:
        return None
    facts: dict[str, Any] = json.loads(content)
    return facts
