"""Suppliers, customers and employees from tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Generic, TypeVar

from kontorist.domain.ids import BankChangeId
from kontorist.domain.masterdata.bank_changes import PartyKind
from kontorist.domain.masterdata.matching import Ambiguous, Known
from kontorist.domain.masterdata.records import (
    Doubt,
    Values,
    customer_from,
    difference,
    employee_doubt,
    employee_from,
    partner_doubt,
    protected_change,
    supplier_from,
)
from kontorist.domain.payables.suppliers import Supplier, same_identifier
from kontorist.domain.payroll.employees import Employee
from kontorist.domain.receivables.customers import Customer
from kontorist.extraction.tables import TableRow
from kontorist.services.invoice_decisions import InvoiceDecisions
from kontorist.services.masterdata.bank_details import BankDetails
from kontorist.services.masterdata.run import ImportRun, plain

R = TypeVar("R", Supplier, Customer, Employee)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way(Generic[R]):
    """How records of one kind are found, made, kept and noted."""

    kind: PartyKind
    find: Callable[[Values], R | None]
    know: Callable[[R], None]
    make: Callable[[Values, R | None], R]
    doubt: Callable[[Values], Doubt | None]
    put: Callable[[R], None]
    ibans: Callable[[R], tuple[str, ...]]
    facts: Callable[[R | None, R], tuple[dict[str, Any], dict[str, Any]]]


class Parties:
    """Takes rows of suppliers, customers and employees."""

    def __init__(self, *, bank_details: BankDetails, invoices: InvoiceDecisions) -> None:
        self._bank_details = bank_details
        self._invoices = invoices

    def suppliers(self, run: ImportRun) -> None:
        """Each row a supplier; provisional ones that turn out to be one of them are merged into it."""
        every = run.store.suppliers.list(run.tx)
        known = Known(each for each in every if not each.provisional)
        provisional = {each.id: each for each in every if each.provisional}
        way: _Way[Supplier] = _Way(
            kind=PartyKind.SUPPLIER,
            find=lambda values: _find(known, values),
            know=known.put,
            make=supplier_from,
            doubt=partner_doubt,
            put=lambda new: run.store.suppliers.put(run.tx, new),
            ibans=lambda each: each.ibans,
            facts=_facts,
        )
        for supplier, values in self._take(run, way):
            for paper in [each for each in provisional.values() if _same(each, supplier, values)]:
                del provisional[paper.id]
                self._merge(run, paper, supplier)

    def customers(self, run: ImportRun) -> None:
        """Each row a customer."""
        known = Known(run.store.customers.list(run.tx))
        way: _Way[Customer] = _Way(
            kind=PartyKind.CUSTOMER,
            find=lambda values: _find(known, values),
            know=known.put,
            make=customer_from,
            doubt=partner_doubt,
            put=lambda new: run.store.customers.put(run.tx, new),
            ibans=lambda each: each.ibans,
            facts=_facts,
        )
        self._take(run, way)

    def employees(self, run: ImportRun) -> None:
        """Each row an employee, known by personnel number alone."""
        known = {each.number: each for each in run.store.employees.list(run.tx)}
        way: _Way[Employee] = _Way(
            kind=PartyKind.EMPLOYEE,
            find=lambda values: known.get(values["number"]),
            know=lambda each: known.update({each.number: each}),
            make=employee_from,
            doubt=employee_doubt,
            put=lambda new: run.store.employees.put(run.tx, new),
            ibans=lambda each: (each.iban,) if each.iban else (),
            facts=_names_only,
        )
        self._take(run, way)

    def _take(self, run: ImportRun, way: _Way[R]) -> list[tuple[R, Values]]:
        """Take the good rows in; bank details among them wait, and those who can agree are asked."""
        taken: list[tuple[R, Values]] = []
        rows: dict[str, TableRow] = {}
        asked: dict[BankChangeId, None] = {}
        for row in run.table.rows:
            if (found := _known_and_new(run, way, row)) is None:
                continue
            before, after = found
            if (earlier := rows.get(after.id)) is not None:
                run.doubt(row, _key(row), f"each {way.kind.value} once; row {earlier.row} is the same")
                continue
            rows[after.id] = row
            way.know(after)
            _keep(run, way, before, after)
            taken.append((after, row.values))
            if (change := self._protected(run, way, before, after, row.values)) is not None:
                asked[change] = None
        for change in asked:
            run.report.waiting.append(self._bank_details.ask(run.tx, change, run.actor.person))
        return taken

    def _protected(
        self, run: ImportRun, way: _Way[R], before: R | None, after: R, values: Values
    ) -> BankChangeId | None:
        trusted = bool(getattr(after, "trusted", False))  # customers and employees know no trust
        wanted = protected_change(values, way.ibans(after), trusted=trusted)
        if wanted is None:
            return None
        first = not way.ibans(after)
        by, document = run.actor.person, run.document
        return self._bank_details.propose(run.tx, after.id, way.kind, wanted, by=by, document=document, first=first)

    def _merge(self, run: ImportRun, paper: Supplier, supplier: Supplier) -> None:
        """Documents of a supplier that was known from paper only are this one's; what waits is ruled on anew."""
        moved = run.store.documents.reassign(run.tx, paper.id, supplier.id)
        run.store.suppliers.put(run.tx, replace(paper, vat_id=None, ibans=()))  # so that it is never meant again
        run.note("merged", paper.id, after={"into": supplier.id, "documents": list(moved)})
        self._invoices.look_again(run.tx, supplier.id, by=run.actor.person)
        run.report.merged.append(paper.id)


def _known_and_new(run: ImportRun, way: _Way[R], row: TableRow) -> tuple[R | None, R] | None:
    """What is known and what the row makes of it; None where the row was put in doubt."""
    doubt = way.doubt(row.values)
    if doubt is not None:
        run.doubt(row, *doubt)
        return None
    try:
        before = way.find(row.values)
    except Ambiguous:
        run.doubt(row, _key(row), f"a sign that tells which {way.kind.value} is meant: several have this one")
        return None
    return before, way.make(row.values, before)


def _keep(run: ImportRun, way: _Way[R], before: R | None, after: R) -> None:
    run.count(known=before is not None, changed=before != after)
    if before != after:
        way.put(after)
        was, became = way.facts(before, after)
        run.note("changed" if before else "entered", after.id, before=was if before else None, after=became)


def _find(known: Known[Any], values: Values) -> Any:
    return known.find(number=values.get("number"), vat_id=values.get("vat_id"), name=values["name"])


def _key(row: TableRow) -> str:
    return next((each for each in ("number", "vat_id") if row.values.get(each)), "name")


def _same(paper: Supplier, supplier: Supplier, values: Values) -> bool:
    """Whether a supplier known from paper only is this one: by VAT id, or by an IBAN where no VAT id says otherwise."""
    if paper.vat_id and supplier.vat_id:
        return same_identifier(paper.vat_id, supplier.vat_id)
    return bool(set(paper.ibans) & {*supplier.ibans, *(values.get("iban") or ())})


def _facts(before: Supplier | Customer | None, after: Supplier | Customer) -> tuple[dict[str, Any], dict[str, Any]]:
    return difference(_data(before), _data(after) or {})


def _data(record: Supplier | Customer | None) -> dict[str, Any] | None:
    if record is None:
        return None
    facts: Mapping[str, Any] = asdict(record)
    return {name: plain(value) for name, value in facts.items() if name not in ("id", "provisional")}


def _names_only(before: Employee | None, after: Employee) -> tuple[dict[str, Any], dict[str, Any]]:
    """Which fields of an employee changed, not what they say: the audit trail is no master data."""
    _, became = difference(asdict(before) if before else None, asdict(after))
    return {}, {"fields": sorted(became)}
