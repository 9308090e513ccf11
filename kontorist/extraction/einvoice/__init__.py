"""E-invoices: structured invoices as XML, alone or inside a PDF, read with values and defects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kontorist.domain.payables.draft import DocumentKind, FieldName, Finding, InvoiceLine, TaxLine
from kontorist.extraction.einvoice.terms import Terms


@dataclass(slots=True)
class EInvoice:
    """What one structured invoice says. A value that is missing or unreadable is None and has its defect.

    `terms` is everything of EN 16931-1 that it says; `values`, `lines` and `tax_lines` are the same for our books.
    """

    syntax: str  #: cii, zugferd1, ubl-invoice, ubl-creditnote
    profile: str | None
    kind: DocumentKind
    values: Mapping[FieldName, str | None]
    lines: list[InvoiceLine] = field(default_factory=list)
    tax_lines: list[TaxLine] = field(default_factory=list)
    defects: list[Finding] = field(default_factory=list)
    terms: Terms = field(default_factory=dict)
