"""Suppliers as master data, with the IBANs known of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, func, or_, select
from sqlalchemy.dialects.sqlite import insert

from kontorist.domain.helpdesk.partners import who_writes
from kontorist.domain.ids import SupplierId
from kontorist.domain.payables.suppliers import Supplier, compact, find_supplier, folded_name
from kontorist.domain.ports import Clock
from kontorist.failpoints import failpoint, register
from kontorist.store.addresses import address_of, address_values
from kontorist.store.errors import NotInStore
from kontorist.store.tables import supplier, supplier_detail, supplier_iban

register("suppliers.before_put", "suppliers.after_put")


class Suppliers:
    """Keeps and finds suppliers. Every method works inside the transaction it is given."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def put(self, tx: Connection, new: Supplier) -> None:
        """Enter a supplier, or make the one with its id look like `new`; the caller notes it in the audit trail."""
        failpoint("suppliers.before_put")
        values = {name: getattr(new, name) for name in _COLUMNS}
        values |= {"folded_name": folded_name(new.name), "changed": self._clock.now()}
        values["vat_id"] = compact(new.vat_id) if new.vat_id else None
        entered = insert(supplier).values(values)
        tx.execute(entered.on_conflict_do_update(index_elements=["id"], set_=values))
        tx.execute(delete(supplier_iban).where(supplier_iban.c.supplier_id == new.id))
        ibans = dict.fromkeys(map(compact, new.ibans))  # each once, in the given order
        if ibans:
            rows = [{"supplier_id": new.id, "iban": iban, "position": place} for place, iban in enumerate(ibans, 1)]
            tx.execute(insert(supplier_iban), rows)
        self._put_detail(tx, new)
        failpoint("suppliers.after_put")

    def _put_detail(self, tx: Connection, new: Supplier) -> None:
        details = {"number": new.number, "email": new.email, **address_values(new.address)}
        tx.execute(delete(supplier_detail).where(supplier_detail.c.supplier_id == new.id))
        if any(value is not None for value in details.values()):
            tx.execute(insert(supplier_detail).values(supplier_id=new.id, **details))

    def get(self, tx: Connection, wanted: SupplierId) -> Supplier:
        """One supplier. Raises NotInStore."""
        found = _suppliers(tx, tx.execute(select(*supplier.c).where(supplier.c.id == wanted)).all())
        if not found:
            raise NotInStore(f"There is no supplier {wanted}.")
        return found[0]

    def find(
        self, tx: Connection, *, vat_id: str | None = None, iban: str | None = None, name: str | None = None
    ) -> Supplier | None:
        """The supplier meant by an invoice, by the rule of the domain: VAT id, else IBAN, else name; None in doubt."""
        by_iban = select(supplier_iban.c.supplier_id).where(supplier_iban.c.iban == compact(iban or ""))
        possible = or_(
            supplier.c.vat_id == compact(vat_id or ""),
            supplier.c.id.in_(by_iban),
            supplier.c.folded_name == folded_name(name or ""),
        )
        rows = tx.execute(select(*supplier.c).where(possible).order_by(supplier.c.id)).all()
        return find_supplier(_suppliers(tx, rows), vat_id=vat_id, iban=iban, name=name)

    def who_writes(
        self, tx: Connection, *, number: str | None = None, email: str | None = None, name: str | None = None
    ) -> Supplier | None:
        """The supplier who writes, by the rule of the domain: our number, mail address or its domain, name."""
        address = (email or "").strip().casefold()
        detail = or_(supplier_detail.c.number == (number or ""), func.lower(supplier_detail.c.email) == address)
        possible = or_(
            supplier.c.id.in_(select(supplier_detail.c.supplier_id).where(detail)),
            func.lower(supplier.c.mail_domain) == (address.rpartition("@")[2] or None),
            supplier.c.folded_name == folded_name(name or ""),
        )
        rows = tx.execute(select(*supplier.c).where(possible).order_by(supplier.c.id)).all()
        return who_writes(_suppliers(tx, rows), number=number, email=email, name=name)

    def list(self, tx: Connection) -> list[Supplier]:
        """All suppliers, by name."""
        return _suppliers(tx, tx.execute(select(*supplier.c).order_by(supplier.c.folded_name, supplier.c.id)).all())

    def with_number(self, tx: Connection, number: str) -> Supplier | None:
        """The supplier with this number of ours, compared as text."""
        mine = select(supplier_detail.c.supplier_id).where(supplier_detail.c.number == number)
        found = _suppliers(tx, tx.execute(select(*supplier.c).where(supplier.c.id.in_(mine))).all())
        return found[0] if found else None

    def count(self, tx: Connection) -> int:
        """How many suppliers there are."""
        return tx.execute(select(func.count()).select_from(supplier)).scalar_one()


_COLUMNS: Final = (
    "id", "name", "vat_id", "default_account", "trusted", "payment_terms_days", "mail_domain", "provisional"
)  # fmt: skip


def _suppliers(tx: Connection, rows: Sequence[Row[Any]]) -> list[Supplier]:
    ids = tuple(row.id for row in rows)
    ibans: dict[str, list[str]] = {each: [] for each in ids}
    known = select(supplier_iban.c.supplier_id, supplier_iban.c.iban).order_by(supplier_iban.c.position)
    for owner, iban in tx.execute(known.where(supplier_iban.c.supplier_id.in_(ids))):
        ibans[owner].append(iban)
    described = select(*supplier_detail.c).where(supplier_detail.c.supplier_id.in_(ids))
    details = {row.supplier_id: row for row in tx.execute(described)}
    return [_supplier(row, tuple(ibans[row.id]), details.get(row.id)) for row in rows]


def _supplier(row: Row[Any], ibans: tuple[str, ...], detail: Row[Any] | None) -> Supplier:
    known = row._mapping
    facts: dict[str, Any] = {name: known[name] for name in _COLUMNS}
    if detail is not None:
        facts |= {"number": detail.number, "email": detail.email, "address": address_of(detail._mapping)}
    return Supplier(**facts, ibans=ibans)
