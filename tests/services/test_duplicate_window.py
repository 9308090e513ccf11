"""How far back the office looks for a twin is said in config.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from kontorist.config import load
from kontorist.domain.ids import SYSTEM, DocumentId
from kontorist.domain.payables.draft import FIELDS, Field, FieldName, InvoiceDraft
from kontorist.services import Services, open_services
from kontorist.testing.office import CONFIG

PAGE: Mapping[FieldName, str] = {
    "supplier_name": "Muster GmbH",
    "supplier_vat_id": "DE136695976",
    "invoice_number": "2026-1107",
    "issue_date": "2026-05-20",
    "currency": "EUR",
    "net": "100.00",
    "tax": "19.00",
    "gross": "119.00",
    "iban": "DE89370400440532013000",
}


def received(services: Services, name: str, page: Mapping[FieldName, str]) -> list[str]:
    """The codes of what the rules find in a document that says `page`."""
    document = services.archive.add(
        name.encode(), name=name, media_type="application/pdf", source="/test", source_id=name, actor=SYSTEM
    )
    fields = {
        field: Field(value=page.get(field), confidence=0.99, safe=True, reason="printed", page=1) for field in FIELDS
    }
    with services.store.write() as tx:
        services.store.documents.add(tx, document)
        services.payables.keep_draft(tx, DocumentId(document.id), InvoiceDraft(fields=fields))
    return [finding.code for finding in services.payables.rule_on(DocumentId(document.id)).findings]


@pytest.mark.parametrize(("window", "found"), [("400d", True), ("30d", False)])
def test_a_misread_number_is_recognised_within_the_window(tmp_path: Path, window: str, found: bool) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG + f"payables: {{duplicate_window: {window}}}\n", encoding="utf-8")
    with open_services(load(tmp_path, environment={})) as services:
        received(services, "May.pdf", PAGE)
        codes = received(services, "August.pdf", {**PAGE, "invoice_number": "2026-11O7", "issue_date": "2026-08-20"})

    assert ("KON-DUPLICATE-NEAR" in codes) is found
