"""From the line of an entry back to the page: which fields of the paper its amount was taken from."""

from __future__ import annotations

from kontorist.domain.payables.draft import FIELDS, Field, FieldName, InvoiceDraft


def fields_behind(draft: InvoiceDraft, origin: str) -> tuple[tuple[FieldName, Field], ...]:
    """The fields behind a line with this `origin` (`Line.origin`), each with its evidence.

    A difference of rounding comes from all three amounts; a net amount that the page does not state, from total and VAT
    (`entry_for`). An origin that is no field has none.
    """
    names: tuple[FieldName, ...] = tuple(name for name in FIELDS if name == origin)
    if origin == "rounding":
        names = ("net", "tax", "gross")
    elif origin == "net" and draft.value("net") is None:
        names = ("gross", "tax")
    return tuple((name, draft.fields[name]) for name in names if name in draft.fields)
