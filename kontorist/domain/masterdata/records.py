"""From the values of a row to the record it describes, on top of what is known.

A column that the file has says what is, also where its cell is empty; a column that it lacks leaves what is known. Bank
details and trust are never taken from a row at once: `protected_change` says what would have to be agreed on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from kontorist.domain.ids import SupplierId, derived_id
from kontorist.domain.ledger.chart import CHART
from kontorist.domain.masterdata.address import NOWHERE, Address
from kontorist.domain.payables.suppliers import Supplier, compact, folded_name
from kontorist.domain.payroll.employees import Employee, employee_id
from kontorist.domain.receivables.customers import Customer, customer_id
from kontorist.domain.receivables.einvoice import EInvoiceForm

Values = Mapping[str, Any]  #: column name -> value, None where the cell is empty; a column the file lacks is not in it

_ADDRESS: Final = ("street", "postcode", "town", "country")
_MOST_TERMS: Final = 365


def supplier_from(values: Values, known: Supplier | None) -> Supplier:
    """The supplier a row describes; a new one has no bank details and no trust yet, and trust may only be lost."""
    base = known or Supplier(id=_supplier_id(values), name=values["name"])
    changes = _present(
        values, "name", "number", "vat_id", "default_account", "payment_terms_days", "email", "mail_domain"
    )
    trusted = base.trusted and values.get("trusted") is not False
    return replace(base, **changes, address=_address(values, base.address), trusted=trusted, provisional=False)


def _supplier_id(values: Values) -> SupplierId:
    return SupplierId(
        derived_id("S", values.get("number") or compact(values.get("vat_id") or "") or folded_name(values["name"]))
    )


def customer_from(values: Values, known: Customer | None) -> Customer:
    """The customer a row describes; a new one has no bank details yet."""
    new_id = customer_id(number=values.get("number"), vat_id=values.get("vat_id"), name=values["name"])
    base = known or Customer(id=new_id, name=values["name"])
    changes = _present(
        values, "name", "number", "vat_id", "default_account", "payment_terms_days", "email", "language",
        "buyer_reference", "electronic_address",
    )  # fmt: skip
    if "einvoice" in values:
        changes["einvoice"] = EInvoiceForm(values["einvoice"]) if values["einvoice"] else None
    return replace(base, **changes, address=_address(values, base.address))


def employee_from(values: Values, known: Employee | None) -> Employee:
    """The employee a row describes; a new one has no bank details yet. A first name goes before the name."""
    name = " ".join(filter(None, (values.get("first_name"), values["name"])))
    base = known or Employee(id=employee_id(values["number"]), number=values["number"], name=name)
    changes = _present(values, "email", "language", "cost_centre", "active_from", "active_until", "monthly_hours")
    return replace(base, **changes, name=name)


def _present(values: Values, *names: str) -> dict[str, Any]:
    return {name: values[name] for name in names if name in values}


def _address(values: Values, known: Address) -> Address:
    changed = replace(known, **_present(values, *_ADDRESS))
    return NOWHERE if changed == NOWHERE else changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Protected:
    """What takes two people: the IBANs as they shall be, and whether to trust the supplier."""

    ibans: tuple[str, ...]
    trusted: bool = False


def protected_change(values: Values, ibans: tuple[str, ...], *, trusted: bool = False) -> Protected | None:
    """What a row would change of bank details `ibans` and trust as they are; None where nothing.

    A file often has room for one IBAN of several: one that is known changes nothing, a new one takes the place of all.
    An empty cell takes nothing away.
    """
    wanted = tuple(values.get("iban") or ())
    new = wanted if set(wanted) - set(ibans) else ibans
    gains_trust = values.get("trusted") is True and not trusted
    if new == ibans and not gains_trust:
        return None
    return Protected(ibans=new, trusted=trusted or gains_trust)


#: (column, what was expected): what the reader of the table cannot know.
Doubt = tuple[str, str]


def partner_doubt(values: Values) -> Doubt | None:
    """What cannot be in the row of a supplier or customer."""
    account, terms = values.get("default_account"), values.get("payment_terms_days")
    if account is not None and account not in CHART:
        return ("default_account", "an account of the chart of accounts")
    if terms is not None and not 0 <= terms <= _MOST_TERMS:
        return ("payment_terms_days", f"days from 0 to {_MOST_TERMS}")
    return None


def employee_doubt(values: Values) -> Doubt | None:
    """What cannot be in the row of an employee."""
    first: date | None = values.get("active_from")
    last: date | None = values.get("active_until")
    hours = values.get("monthly_hours")
    if first is not None and last is not None and last < first:
        return ("active_until", f"a day not before {first.isoformat()}")
    if hours is not None and not 0 <= hours <= 744:  # 31 days of 24 hours
        return ("monthly_hours", "hours of a month, from 0 to 744")
    if len(values.get("iban") or ()) > 1:
        return ("iban", "one IBAN")
    return None


def difference(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What changed, as (before, after) of the fields that differ; all fields that are set of a new record."""
    old = before or {}
    changed = [name for name, value in after.items() if old.get(name) != value]
    return {name: old[name] for name in changed if name in old}, {name: after[name] for name in changed}
