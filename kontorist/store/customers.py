"""Customers as master data, with the IBANs known of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, func, or_, select
from sqlalchemy.dialects.sqlite import insert

from kontorist.domain.ids import CustomerId
from kontorist.domain.payables.suppliers import compact, folded_name
from kontorist.domain.ports import Clock
from kontorist.domain.receivables.customers import Customer, find_customer
from kontorist.domain.receivables.einvoice import EInvoiceForm
from kontorist.failpoints import failpoint, register
from kontorist.store.addresses import address_of, address_values
from kontorist.store.errors import NotInStore
from kontorist.store.tables import customer, customer_iban
from kontorist.store.upsert import upsert

register("customers.before_put", "customers.after_put")

_ENTER: Final = upsert(customer, "id")


class Customers:
    """Keeps and finds customers. Every method works inside the transaction it is given."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def put(self, tx: Connection, new: Customer) -> None:
        """Enter a customer, or make the one with its id look like `new`; the caller notes it in the audit trail."""
        failpoint("customers.before_put")
        values = {name: getattr(new, name) for name in _COLUMNS} | address_values(new.address)
        values |= {"folded_name": folded_name(new.name), "changed": self._clock.now()}
        values["folded_email"] = new.email.casefold() if new.email else None
        values["vat_id"] = compact(new.vat_id) if new.vat_id else None
        tx.execute(_ENTER, values)
        tx.execute(delete(customer_iban).where(customer_iban.c.customer_id == new.id))
        ibans = dict.fromkeys(map(compact, new.ibans))  # each once, in the given order
        if ibans:
            rows = [{"customer_id": new.id, "iban": iban, "position": place} for place, iban in enumerate(ibans, 1)]
            tx.execute(insert(customer_iban), rows)
        failpoint("customers.after_put")

    def get(self, tx: Connection, wanted: CustomerId) -> Customer:
        """One customer. Raises NotInStore."""
        found = _customers(tx, tx.execute(select(*customer.c).where(customer.c.id == wanted)).all())
        if not found:
            raise NotInStore(f"There is no customer {wanted}.")
        return found[0]

    def find(
        self,
        tx: Connection,
        *,
        number: str | None = None,
        vat_id: str | None = None,
        email: str | None = None,
        name: str | None = None,
    ) -> Customer | None:
        """The customer meant by an order, by the rule of the domain: number, VAT id, e-mail, name; None in doubt."""
        possible = or_(
            customer.c.number == (number or ""),
            customer.c.vat_id == compact(vat_id or ""),
            customer.c.folded_email == (email or "").strip().casefold(),
            customer.c.folded_name == folded_name(name or ""),
        )
        rows = tx.execute(select(*customer.c).where(possible).order_by(customer.c.id)).all()
        return find_customer(_customers(tx, rows), number=number, vat_id=vat_id, email=email, name=name)

    def with_iban(self, tx: Connection, iban: str) -> list[Customer]:
        """The customers who pay from this account."""
        owners = select(customer_iban.c.customer_id).where(customer_iban.c.iban == compact(iban))
        return _customers(tx, tx.execute(select(*customer.c).where(customer.c.id.in_(owners))).all())

    def list(self, tx: Connection) -> list[Customer]:
        """All customers, by name."""
        return _customers(tx, tx.execute(select(*customer.c).order_by(customer.c.folded_name, customer.c.id)).all())

    def count(self, tx: Connection) -> int:
        """How many customers there are."""
        return tx.execute(select(func.count()).select_from(customer)).scalar_one()


_COLUMNS: Final = (
    "id", "name", "number", "vat_id", "email", "language", "payment_terms_days", "default_account", "einvoice",
    "buyer_reference", "electronic_address",
)  # fmt: skip


def _customers(tx: Connection, rows: Sequence[Row[Any]]) -> list[Customer]:
    ibans: dict[str, list[str]] = {row.id: [] for row in rows}
    known = select(customer_iban.c.customer_id, customer_iban.c.iban).order_by(customer_iban.c.position)
    if len(rows) == 1:
        known = known.where(customer_iban.c.customer_id == rows[0].id)
    for owner, iban in tx.execute(known):
        if owner in ibans:
            ibans[owner].append(iban)
    return [_customer(row, tuple(ibans[row.id])) for row in rows]


def _customer(row: Row[Any], ibans: tuple[str, ...]) -> Customer:
    known = row._mapping
    facts = {name: known[name] for name in _COLUMNS}
    facts["einvoice"] = EInvoiceForm(row.einvoice) if row.einvoice else None
    return Customer(**facts, address=address_of(known), ibans=ibans)
