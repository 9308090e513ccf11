"""What the demo shows of reading: evidence on an unknown form, what one correction taught, e-invoices in and out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from kontorist.cli.demo.month import KNOWN_FORM, UNKNOWN_FORM

if TYPE_CHECKING:
    from kontorist.domain.payables.draft import FieldName, InvoiceDraft
    from kontorist.services import Services
    from kontorist.store.documents import Document

_UNKNOWN_SUPPLIER: Final = "sonnental.pdf"
_E_INVOICE: Final = "blitzblank-e-rechnung.pdf"
_SHOWN: Final[tuple[FieldName, ...]] = ("invoice_number", "due_date", "gross")


def shown(services: Services, lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """As plain data. One of our e-invoices that breaks a rule would not have been booked."""
    with services.store.read() as tx:
        documents = {row.name: row for row in services.store.documents.list(tx)}
        ours = min(issued.paper.number for issued in services.store.sales.papers(tx))
    return {
        "unknown": _evidence(documents[_UNKNOWN_SUPPLIER]),
        "taught": _taught(documents, {line["came"].partition(",")[0]: line for line in lines}),
        "e_invoice": _came_in(documents[_E_INVOICE]),
        "ours": {"file": f"{ours}.pdf", "accepted": documents[f"{ours}.pdf"].state == "booked"},
    }


def _draft(row: Document) -> InvoiceDraft:
    if row.draft is None:
        raise ValueError(f"{row.name} was not read")
    return row.draft


def _evidence(row: Document) -> dict[str, Any]:
    """Value, confidence and place of some fields, and how many of all are safe."""
    from kontorist.domain.payables.draft import FIELDS

    fields = _draft(row).fields
    places = {name: fields[name].box for name in _SHOWN}
    return {
        "file": row.name,
        "safe": sum(fields[name].safe for name in FIELDS),
        "of": len(FIELDS),
        "fields": [
            {
                "field": name,
                "value": fields[name].value,
                "confidence": round(fields[name].confidence, 3),
                "page": fields[name].page,
                "box": [round(edge) for edge in (box.x0, box.y0, box.x1, box.y1)] if (box := places[name]) else None,
                "reason": fields[name].reason,
            }
            for name in _SHOWN
        ],
    }


def _taught(documents: Mapping[str, Document], lines: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The paper that was corrected, and the next one on the same form."""
    number = _draft(documents[KNOWN_FORM]).fields["invoice_number"]
    return {
        "before": {"file": UNKNOWN_FORM, "why": lines[UNKNOWN_FORM]["why"], "did": lines[UNKNOWN_FORM]["did"]},
        "after": {
            "file": KNOWN_FORM,
            "value": number.value,
            "confidence": round(number.confidence, 3),
            "reason": number.reason,
            "did": lines[KNOWN_FORM]["did"],
        },
    }


def _came_in(row: Document) -> dict[str, Any]:
    """What the check of an incoming e-invoice found; each trouble would be a finding."""
    codes = [finding.code for finding in _draft(row).findings]
    refused = any(code in ("KON-EINVOICE-RULES", "KON-EINVOICE-UNCHECKED") for code in codes)
    return {
        "file": row.name,
        "accepted": not refused,
        "page_agrees": not any(code.startswith("KON-PAGE-XML") for code in codes),
    }
