"""A person says what a field is: checked for its form, then taken as true."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Final

from kontorist.domain.errors import NeedsAPerson
from kontorist.domain.ids import PersonKey
from kontorist.domain.money import Money, exact_decimal
from kontorist.domain.payables.draft import FIELDS, DocumentKind, Field, FieldName, FieldSource, InvoiceDraft
from kontorist.domain.payables.suppliers import compact

#: What a person writes to say that the page shows no such value.
NONE_WORDS: Final = ("", "none", "null", "-")


class NotAValue(NeedsAPerson):
    """This is not a value for this field."""

    code = "KON-109"
    next_step = "Amounts as 119.00, dates as 2026-11-22, currency as EUR; an empty value says that there is none."


def corrected(draft: InvoiceDraft, changes: Mapping[str, str], *, by: PersonKey) -> InvoiceDraft:
    """`draft` with fields, or the key ``kind``, as a person says they are. Raises NotAValue.

    The findings of the reader about a corrected field are settled by the correction and fall away.
    """
    fields = dict(draft.fields)
    kind = draft.kind
    touched: set[FieldName] = set()
    for name, text in changes.items():
        if name == "kind":
            kind = _kind(text)
            continue
        known = _field_name(name)
        touched.add(known)
        fields[known] = _manual(fields.get(known), _value(known, text), by)
    findings = tuple(each for each in draft.findings if not touched.intersection(each.fields))
    return replace(draft, fields=fields, kind=kind, findings=findings, refused=None, reason=None)


def _field_name(name: str) -> FieldName:
    for known in FIELDS:
        if known == name:
            return known
    raise NotAValue(f"There is no field {name!r}; there are {', '.join(FIELDS)}, kind and account.")


def _kind(text: str) -> DocumentKind:
    try:
        return DocumentKind(text)
    except ValueError:
        raise NotAValue(f"{text!r} is no kind of paper; there are {', '.join(DocumentKind)}.") from None


def _manual(before: Field | None, value: str | None, by: PersonKey) -> Field:
    """The box stays where the value was confirmed, and goes where it was changed."""
    same = before is not None and before.value == value
    return Field(
        value=value,
        confidence=1.0,
        safe=True,
        reason=f"{'Confirmed' if same else 'Entered'} by {by}.",
        page=before.page if before and same else None,
        box=before.box if before and same else None,
        source=FieldSource.MANUAL,
    )


def _value(name: FieldName, text: str) -> str | None:
    stripped = text.strip()
    if stripped.casefold() in NONE_WORDS:
        return None
    try:
        return _FORMS.get(name, _as_is)(stripped)
    except (NeedsAPerson, ValueError):
        raise NotAValue(f"{text!r} is not a value for {name}.") from None


def _amount(text: str) -> str:
    return f"{Money(exact_decimal(text), 'EUR').amount:.2f}"


def _day(text: str) -> str:
    return date.fromisoformat(text).isoformat()


def _currency(text: str) -> str:
    return Money(0, text.upper()).currency


def _as_is(text: str) -> str:
    return text


_FORMS: Final[Mapping[FieldName, Callable[[str], str]]] = {
    "net": _amount,
    "tax": _amount,
    "gross": _amount,
    "issue_date": _day,
    "due_date": _day,
    "currency": _currency,
    "iban": compact,
    "supplier_vat_id": compact,
}
