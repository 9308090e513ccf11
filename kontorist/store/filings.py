"""Where documents were filed: by type, partner and period."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from kontorist.domain.documents.filing import Filing
from kontorist.domain.ids import DocumentId, PersonKey
from kontorist.domain.ports import Clock
from kontorist.failpoints import failpoint, register
from kontorist.store.tables import filing

register("filings.before_put", "filings.after_put")


class Filings:
    """Keeps where a document was filed. Every method works inside the transaction it is given."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def put(self, tx: Connection, document: DocumentId, filed: Filing, *, by: PersonKey) -> None:
        """File a document, or file it anew. ValueError for a filing without a type."""
        failpoint("filings.before_put")
        if filed.document_type is None:
            raise ValueError("a document is filed under a type")
        partner = filed.partner
        values: dict[str, Any] = {
            "document_id": document,
            "document_type": filed.document_type,
            "partner_kind": partner.kind if partner else None,
            "partner_id": partner.id if partner else None,
            "partner_name": partner.name if partner else None,
            "day": filed.day,
            "period": filed.period,
            "reasons": list(filed.reasons),
            "filed_by": by,
            "changed": self._clock.now(),
        }
        tx.execute(insert(filing).values(values).on_conflict_do_update(index_elements=["document_id"], set_=values))
        failpoint("filings.after_put")

    def of(self, tx: Connection, document: DocumentId) -> dict[str, Any] | None:
        """Where a document was filed, as plain data; None where it was not."""
        found = tx.execute(select(*filing.c).where(filing.c.document_id == document)).one_or_none()
        return None if found is None else {name: found._mapping[name] for name in _SHOWN}


_SHOWN: Final = ("document_type", "partner_kind", "partner_id", "partner_name", "day", "period", "reasons", "filed_by")
