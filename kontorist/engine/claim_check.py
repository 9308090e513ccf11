"""The claim check: files that travel with an event go into the archive first; the event then names them.

`data.documents` of the stored event is ``[{id, sha256, name, media_type}]``. A repeated write adds nothing.
"""

from __future__ import annotations

from dataclasses import replace

from kontorist.domain.events import Blob, Event, content_hash
from kontorist.domain.ids import SYSTEM
from kontorist.domain.ports import Archive
from kontorist.engine.sources import named_flow


def documents_kept(archive: Archive, event: Event) -> Event:
    """`event` with its files in the archive and their documents in its data."""
    if not event.blobs:
        return event
    documents = [_kept(archive, event, number, blob) for number, blob in enumerate(event.blobs)]
    return replace(event, data={**event.data, "documents": documents}, blobs=())


def _kept(archive: Archive, event: Event, number: int, blob: Blob) -> dict[str, str]:
    with blob.open() as file:
        content = file.read()
    kept = archive.add(
        content,
        name=blob.name,
        media_type=blob.media_type,
        source=event.source,
        # two files of one message may bear the same name
        source_id=f"{event.id}/{number}/{blob.name}",
        actor=SYSTEM,
        document_class=_class_of(event),
    )
    return {"id": kept.id, "sha256": kept.sha256, "name": kept.name, "media_type": kept.media_type}


def _class_of(event: Event) -> str:
    """Sheets for payroll are ciphertext from their first moment here; they are known by the event or its flow."""
    flow = named_flow(event) or ""
    return "payroll" if event.type.startswith("payroll.") or flow.startswith("payroll/") else "document"


def hash_of(event: Event) -> str:
    """What tells two bodies of one id apart where no raw body was sent: all of the event but its time and place."""
    return content_hash({name: value for name, value in event.envelope().items() if name not in {"time", "position"}})
