"""An event as it reaches us: the CloudEvents 1.0 envelope, JSON form.

Types are in the past tense and carry no version (`order.created`); the version is in `dataschema`.
Money inside `data` is text. `source` + `id` is unique for ever.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO, Final

SPECVERSION = "1.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """A file that travels beside its event (claim check): stored in the archive first, then the event commits."""

    name: str  #: as the sender calls it; a label only, never a path
    media_type: str
    open: Callable[[], BinaryIO]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened outside. `subject` is its business key; at most one per subject is in flight."""

    id: str
    source: str  #: /kontorist/<connector kind>/<instance name>
    type: str
    subject: str | None = None
    time: datetime | None = None  #: with its zone
    datacontenttype: str = "application/json"
    dataschema: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    correlationid: str | None = None
    causationid: str | None = None
    position: str | None = None  #: where it lies in its source, for `ack`; may change while the event stays the same
    blobs: tuple[Blob, ...] = ()  #: not part of the envelope

    def envelope(self) -> dict[str, Any]:
        """The event as CloudEvents JSON; attributes that are not set are left out."""
        attributes = {
            "specversion": SPECVERSION,
            "id": self.id,
            "source": self.source,
            "type": self.type,
            "subject": self.subject,
            "time": self.time.isoformat() if self.time else None,
            "datacontenttype": self.datacontenttype,
            "dataschema": self.dataschema,
            "correlationid": self.correlationid,
            "causationid": self.causationid,
            "position": self.position,
        }
        return {key: value for key, value in attributes.items() if value is not None} | {"data": dict(self.data)}


#: Built once: `json.dumps` would build one at each call.
_CANONICAL: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def canonical_json(data: Any) -> bytes:
    """`data` as one line of JSON that is always the same: UTF-8, sorted keys, no blanks.

    Raises ValueError for NaN, infinities and text that is no valid Unicode, TypeError for what JSON does not know
    (a Decimal is written as text first).
    """
    return _CANONICAL.encode(data).encode()


def content_hash(data: Any) -> str:
    """SHA-256 over the canonical JSON of `data`, in hex."""
    return hashlib.sha256(canonical_json(data)).hexdigest()
