"""E-invoices: structured invoices as XML, alone or inside a PDF, read with values and defects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kontorist.domain.payables.draft import DocumentKind, FieldName, Finding, InvoiceLine, TaxLine


@dataclass(slots=True)
class EInvoice:
    """What one structured invoice says. A value that is missing or unreadable is None and has its defect."""

    syntax: str  #: cii
    profile: str | None
    kind: DocumentKind
    values: Mapping[FieldName, str | None]
    lines: list[InvoiceLine] = field(default_factory=list)
    tax_lines: list[TaxLine] = field(default_factory=list)
    defects: list[Finding] = field(default_factory=list)
