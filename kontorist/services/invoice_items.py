"""Work items about incoming invoices: what people see and decide on."""

from __future__ import annotations

from typing import Any

from kontorist.domain.money import Money
from kontorist.domain.payables.intake_rules import Fate, Ruling
from kontorist.domain.payables.suppliers import Supplier
from kontorist.services.carriers import About
from kontorist.services.desk import ANYBODY, Asked
from kontorist.store.documents import Document


def asked_about(row: Document, supplier: Supplier | None, ruling: Ruling, *, account: str | None) -> Asked:
    """What people are asked. A document the rules would let through still needs another person."""
    content = shown(row, supplier, account=account)
    title = title_of(row, supplier)
    if ruling.fate is Fate.BOOK:
        sentence = "Nothing is left to clear; somebody else has to agree."
        return Asked(kind=ruling.kind, title=title, reasons=(sentence,), codes=("KON-CLEARED",), content=content)
    return Asked(
        kind=ruling.kind,
        title=title,
        reasons=tuple(each.sentence for each in ruling.findings) or ("A field needs a look.",),
        codes=tuple(each.code for each in ruling.findings) or ("KON-UNSURE",),
        content=content,
        steps=ruling.steps or ANYBODY,
    )


def about_invoice(row: Document, supplier: Supplier | None) -> About:
    """The facts of the paper for letters and lists."""
    return About(
        document=row,
        partner=_known_name(row, supplier),
        number=row.invoice_number,
        amount=amount_of(row),
        due=row.draft.day("due_date") if row.draft else None,
        cause=row.event_id,
    )


def shown(row: Document, supplier: Supplier | None, *, account: str | None) -> dict[str, Any]:
    """What a person sees and decides on: its hash binds the decision."""
    draft = row.draft
    return {
        "document": row.id,
        "sha256": row.sha256,
        "file": row.name,
        "kind": draft.kind.value if draft else None,
        "fields": {name: each.value for name, each in draft.fields.items()} if draft else {},
        "supplier": {"id": supplier.id, "name": supplier.name, "provisional": supplier.provisional}
        if supplier
        else None,
        "account": account,
    }


def amount_of(row: Document) -> Money | None:
    """The document's total as money, None where amount or currency is not known."""
    if row.gross is None or row.currency is None:
        return None
    return Money.rounded(row.gross, row.currency)


def title_of(row: Document, supplier: Supplier | None) -> str:
    """One line that names the item: supplier, number, amount."""
    name = _known_name(row, supplier) or row.name
    amount = f", {row.gross:.2f} {row.currency or ''}".rstrip() if row.gross is not None else ""
    return f"{name} {row.invoice_number or '(no number)'}{amount}"


def _known_name(row: Document, supplier: Supplier | None) -> str | None:
    """The supplier's name, unless it is one we made up for a paper that shows none."""
    read = row.draft is not None and row.draft.value("supplier_name") is not None
    return supplier.name if supplier and (read or not supplier.provisional) else None
