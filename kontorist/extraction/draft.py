"""The line that `kontorist read invoice --jsonl` prints for one file."""

from __future__ import annotations

from typing import Any

from kontorist.domain.payables.draft import FIELDS, Field, InvoiceDraft, InvoiceLine, box_data


def json_line(name: str, draft: InvoiceDraft) -> dict[str, Any]:
    """`draft` as one JSON object: the ten fields flat, lines, references, evidence, status, kind, findings, reason.

    Amounts are text with a dot and two decimals, dates ISO 8601; what the page does not show is None. `reason` is
    always a sentence when the status is ``quarantined``.
    """
    line: dict[str, Any] = {"file": name}
    line.update({field: draft.value(field) for field in FIELDS})
    line["lines"] = [_line(each) for each in draft.lines]
    line["references"] = {name: _evidence(each) for name, each in draft.references.items()}
    line["evidence"] = {field: _evidence(draft.fields.get(field)) for field in FIELDS}
    line["status"] = draft.status.value
    line["kind"] = draft.kind.value
    line["findings"] = [{"code": each.code, "sentence": each.sentence} for each in draft.findings]
    line["reason_code"] = draft.refused
    line["reason"] = draft.reason
    return line


def _evidence(field: Field | None) -> dict[str, Any]:
    if field is None:
        return {"value": None, "confidence": 0.0, "safe": False, "page": None, "box": None, "reason": "not read"}
    return {
        "value": field.value,
        "confidence": field.confidence,
        "safe": field.safe,
        "page": field.page,
        "box": box_data(field.box),
        "reason": field.reason,
        "source": field.source.value,
    }


def _line(each: InvoiceLine) -> dict[str, Any]:
    return {
        "position": each.position,
        "description": each.description,
        "quantity": None if each.quantity is None else str(each.quantity),
        "unit": each.unit,
        "unit_price": None if each.unit_price is None else str(each.unit_price),
        "tax_rate": None if each.tax_rate is None else str(each.tax_rate),
        "total": None if each.total is None else str(each.total),
        "page": each.page,
        "box": box_data(each.box),
    }
