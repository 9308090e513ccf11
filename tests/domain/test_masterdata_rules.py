"""What a row of a table makes of a record, and what it may not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from kontorist.domain.ids import BankChangeId, CustomerId, DocumentId, PersonKey, SupplierId
from kontorist.domain.ledger.open_items import Side
from kontorist.domain.masterdata.address import NOWHERE, Address
from kontorist.domain.masterdata.bank_changes import BankChange, ChangeState, PartyKind
from kontorist.domain.masterdata.kinds import COLUMNS
from kontorist.domain.masterdata.matching import Ambiguous, Known
from kontorist.domain.masterdata.names import Kind
from kontorist.domain.masterdata.records import (
    customer_from,
    difference,
    employee_doubt,
    employee_from,
    partner_doubt,
    protected_change,
    supplier_from,
)
from kontorist.domain.masterdata.trade import (
    open_item_doubt,
    open_item_from,
    opening_balance_from,
    opening_doubt,
    order_doubt,
    order_line_from,
    receipt_from,
)
from kontorist.domain.money import Money
from kontorist.domain.payables.suppliers import Supplier
from kontorist.domain.procurement.orders import OrderSide
from kontorist.domain.receivables.customers import Customer

OLD, NEW = "DE02120300000000202051", "NL91ABNA0417164300"
MEYER = Supplier(id=SupplierId("S1"), name="Meyer GmbH", number="1", vat_id="DE136695976", ibans=(OLD,), trusted=True)
SISTER = Supplier(id=SupplierId("S2"), name="Meyer AG", vat_id="DE811907980")
BRANCH = Supplier(id=SupplierId("S3"), name="Meyer Nord", vat_id="DE811907980")


def found(
    *known: Supplier, number: str | None = None, vat_id: str | None = None, name: str | None = None
) -> str | None:
    match = Known(known).find(number=number, vat_id=vat_id, name=name)
    return match.id if match else None


def test_a_number_that_is_known_decides_alone() -> None:
    assert found(MEYER, SISTER, number="1", vat_id="DE811907980", name="Meyer AG") == "S1"
    assert found(MEYER, SISTER, number="01") is None


def test_a_vat_id_decides_where_no_number_does() -> None:
    assert found(MEYER, SISTER, vat_id="DE 811 907 980", name="Otto") == "S2"
    assert found(MEYER, number="2", vat_id="DE136695976") is None  # it has another number: a branch


def test_branches_under_one_vat_id_are_told_apart_by_name() -> None:
    assert found(SISTER, BRANCH, vat_id="DE811907980", name="Meyer Nord") == "S3"
    with pytest.raises(Ambiguous):
        found(SISTER, BRANCH, vat_id="DE811907980", name="Otto")


def test_a_name_decides_last_and_never_against_a_vat_id() -> None:
    assert found(MEYER, name="MEYER") == "S1"
    assert found(MEYER, name="") is None
    assert found(MEYER, vat_id="DE811907980", name="Meyer") is None
    with pytest.raises(Ambiguous):
        found(MEYER, SISTER, name="Meyer")


def test_a_partner_that_changed_is_known_by_what_it_is_now() -> None:
    known = Known([MEYER])

    known.put(replace(MEYER, number="9", vat_id=None, name="Otto GmbH"))

    assert known.find(number="1", vat_id="DE136695976", name="Meyer") is None
    assert known.find(number="9", vat_id=None, name=None) == known.find(number=None, vat_id=None, name="Otto")


def test_a_new_supplier_has_neither_bank_details_nor_trust() -> None:
    row = {"name": "Neu GmbH", "iban": (NEW,), "trusted": True, "town": "Bonn", "vat_id": None}

    supplier = supplier_from(row, None)

    assert (supplier.ibans, supplier.trusted, supplier.provisional) == ((), False, False)
    assert supplier.address == Address(town="Bonn")
    assert supplier.id.startswith("S")
    assert supplier_from({"name": "neu gmbh"}, None).id == supplier.id


def test_a_column_of_the_file_says_what_is_and_another_leaves_what_is_known() -> None:
    known = replace(MEYER, address=Address(town="Bonn"), email="a@example.org")

    assert supplier_from({"name": "Meyer GmbH", "town": None}, known) == replace(known, address=NOWHERE)
    assert supplier_from({"name": "Meyer SE", "trusted": None}, known) == replace(known, name="Meyer SE")
    assert supplier_from({"name": "Meyer GmbH", "trusted": False}, known).trusted is False


def test_customers_and_employees_are_made_of_their_rows() -> None:
    customer = customer_from({"name": "Kunde", "number": "7", "language": "nl"}, None)
    employee = employee_from(
        {"number": "0042", "name": "Beispiel", "first_name": "Eva", "monthly_hours": Decimal(150)}, None
    )

    assert (customer.number, customer.language, customer.ibans) == ("7", "nl", ())
    assert customer_from({"name": "Kunde AG"}, customer) == replace(customer, name="Kunde AG")
    assert (employee.name, employee.number, employee.monthly_hours) == ("Eva Beispiel", "0042", Decimal(150))
    assert employee_from({"number": "0042", "name": "Muster"}, employee) == replace(employee, name="Muster")


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({}, None),
        ({"iban": None}, None),
        ({"iban": (OLD,)}, None),
        ({"iban": (NEW,)}, ((NEW,), False)),
        ({"iban": (NEW, OLD)}, ((NEW, OLD), False)),
        ({"trusted": True}, ((OLD,), True)),
        ({"trusted": False}, None),
        ({"iban": (NEW,), "trusted": True}, ((NEW,), True)),
    ],
)
def test_what_two_people_have_to_agree_on(row: dict[str, Any], expected: tuple[tuple[str, ...], bool] | None) -> None:
    change = protected_change(row, (OLD,))

    assert (None if change is None else (change.ibans, change.trusted)) == expected


def test_trust_that_is_there_stays_with_new_bank_details() -> None:
    change = protected_change({"iban": (NEW,), "trusted": True}, (OLD,), trusted=True)

    assert change is not None
    assert change.trusted


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ({"default_account": "6400", "payment_terms_days": 14}, None),
        ({"default_account": "9876"}, "default_account"),
        ({"payment_terms_days": -1}, "payment_terms_days"),
        ({"payment_terms_days": 366}, "payment_terms_days"),
    ],
)
def test_what_a_partner_cannot_have(row: dict[str, Any], column: str | None) -> None:
    doubt = partner_doubt(row)

    assert (doubt[0] if doubt else None) == column


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ({"active_from": date(2026, 1, 1), "active_until": date(2026, 1, 1), "iban": (OLD,)}, None),
        ({"active_from": date(2026, 1, 1)}, None),
        ({"active_from": date(2026, 1, 2), "active_until": date(2026, 1, 1)}, "active_until"),
        ({"monthly_hours": Decimal(745)}, "monthly_hours"),
        ({"monthly_hours": Decimal(-1)}, "monthly_hours"),
        ({"iban": (OLD, NEW)}, "iban"),
    ],
)
def test_what_an_employee_cannot_have(row: dict[str, Any], column: str | None) -> None:
    doubt = employee_doubt(row)

    assert (doubt[0] if doubt else None) == column


def test_the_difference_names_only_what_changed() -> None:
    assert difference({"a": 1, "b": 2}, {"a": 1, "b": 3}) == ({"b": 2}, {"b": 3})
    assert difference(None, {"a": 1, "b": None}) == ({}, {"a": 1})


LINE: dict[str, Any] = {
    "order": "B1", "position": 1, "text": "Kabel", "quantity": Decimal(2), "unit_price": Decimal("1.5")
}  # fmt: skip


def test_an_order_line_is_made_of_its_row() -> None:
    line = order_line_from({**LINE, "unit": "St", "currency": None}, side=OrderSide.SALES, partner="C1", currency="EUR")

    assert (line.side, line.partner, line.currency, line.unit, line.due) == (OrderSide.SALES, "C1", "EUR", "St", None)
    assert line.net == Money("3.00", "EUR")


@pytest.mark.parametrize(
    ("changes", "column"),
    [({}, None), ({"position": 0}, "position"), ({"quantity": Decimal(0)}, "quantity"), ({"account": "1"}, "account"),
     ({"account": "5000"}, None)],
)  # fmt: skip
def test_what_an_order_line_cannot_have(changes: dict[str, Any], column: str | None) -> None:
    doubt = order_doubt({**LINE, **changes})

    assert (doubt[0] if doubt else None) == column


def test_a_receipt_is_made_of_its_row() -> None:
    row = {"number": "L1", "order": "B1", "position": 1, "quantity": Decimal(1), "received": date(2026, 5, 1)}

    assert receipt_from(row).order == "B1"


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ({"account": "1100", "debit": Decimal(5), "credit": None}, None),
        ({"account": "1100", "amount": Decimal(5)}, None),
        ({"account": "99"}, "account"),
        ({"account": "1100", "debit": Decimal(5), "credit": Decimal(1)}, "credit"),
        ({"account": "1100", "amount": Decimal(5), "debit": Decimal(5)}, "debit"),
    ],
)
def test_an_opening_balance_has_one_figure(row: dict[str, Any], column: str | None) -> None:
    doubt = opening_doubt(row)

    assert (doubt[0] if doubt else None) == column


def test_debit_is_positive() -> None:
    assert opening_balance_from({"account": "1100", "credit": Decimal(5)}, currency="EUR").amount == Money("-5", "EUR")
    assert opening_balance_from({"account": "1100", "currency": "CHF"}, currency="EUR").amount == Money("0", "CHF")


ITEM: dict[str, Any] = {"side": "payable", "number": "RE-1", "amount": Decimal("5.00"), "issue_date": date(2026, 1, 2)}


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({}, None),
        ({"due": date(2026, 1, 2)}, None),
        ({"amount": Decimal(0)}, "amount"),
        ({"amount": Decimal("5.50"), "currency": "JPY"}, "amount"),
        ({"due": date(2026, 1, 1)}, "due"),
    ],
)
def test_what_an_open_item_cannot_have(changes: dict[str, Any], column: str | None) -> None:
    doubt = open_item_doubt({**ITEM, **changes}, currency="EUR")

    assert (doubt[0] if doubt else None) == column


def test_an_open_item_is_made_of_its_row() -> None:
    item = open_item_from(ITEM, partner="S1", currency="EUR", document=DocumentId("D1"))

    assert (item.side, item.amount, item.due) == (Side.PAYABLE, Money("5.00", "EUR"), None)
    assert Known([Customer(id=CustomerId("C1"), name="x")]).find(number=None, vat_id=None, name="y") is None


def test_no_kind_of_master_data_has_a_column_of_pay() -> None:
    assert list(COLUMNS) == list(Kind)
    for columns in COLUMNS.values():
        names = [each.name for each in columns]
        assert len(set(names)) == len(names)
        assert any(each.required for each in columns)
    employee = {each.name for each in COLUMNS[Kind.EMPLOYEES]}
    assert not employee & {"pay", "salary", "wage", "gross"}


def test_bank_details_wait_before_they_are_anything_else() -> None:
    change = BankChange(
        id=BankChangeId("B1"),
        party="S1",
        kind=PartyKind.SUPPLIER,
        ibans=(NEW,),
        document=DocumentId("D1"),
        prepared_by=PersonKey("anna"),
    )

    assert (change.state, change.trusted) == (ChangeState.WAITING, False)
