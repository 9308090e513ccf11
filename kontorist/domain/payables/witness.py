"""Master data as a second witness of what was read: it can make a reading safe, never change one."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from kontorist.domain.payables.draft import Field, FieldName, InvoiceDraft
from kontorist.domain.payables.suppliers import Supplier, compact, folded_name

_KNOWN: Final = "It agrees with the master data of {name}."


def witnessed(draft: InvoiceDraft, supplier: Supplier | None) -> InvoiceDraft:
    """`draft` with name, VAT id and IBAN made safe where the supplier's master data say the same.

    Only where a VAT id or IBAN on the page is the supplier's: a name alone proves nothing. A VAT id that the page does
    not show is settled by an IBAN that fits, because the supplier is known by it. An IBAN of the master data has been
    agreed on by two people: that somebody taught another one before is then no finding.
    """
    if supplier is None or supplier.provisional:
        return draft
    same_vat = _is_one_of(draft.value("supplier_vat_id"), (supplier.vat_id,))
    same_iban = _is_one_of(draft.value("iban"), supplier.ibans)
    if not (same_vat or same_iban):
        return draft
    agree: dict[FieldName, bool] = {
        "supplier_vat_id": same_vat or draft.value("supplier_vat_id") is None,
        "iban": same_iban,
        "supplier_name": folded_name(draft.value("supplier_name") or "") == folded_name(supplier.name),
    }
    fields = dict(draft.fields)
    for name, agrees in agree.items():
        if agrees and name in fields and not fields[name].safe:
            fields[name] = _safe(fields[name], supplier)
    findings = tuple(each for each in draft.findings if not (same_iban and each.code == "KON-IBAN-CHANGED"))
    return replace(draft, fields=fields, findings=findings)


def _is_one_of(value: str | None, known: tuple[str | None, ...]) -> bool:
    return value is not None and compact(value) in {compact(each) for each in known if each}


def _safe(each: Field, supplier: Supplier) -> Field:
    return replace(each, safe=True, reason=f"{each.reason} {_KNOWN.format(name=supplier.name)}".strip())
