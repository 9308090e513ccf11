"""Customers, employees, orders, receipts, open items and waiting bank details come back as they were put in."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy.exc import IntegrityError
from store_master_data import BAKERY, CHANGE, EVA, HOME, ITEM, LINE, RECEIPT

from kontorist.domain.ids import BankChangeId, CustomerId, SupplierId
from kontorist.domain.ledger.open_items import Side, open_item_id
from kontorist.domain.masterdata.bank_changes import ChangeState
from kontorist.domain.payables.suppliers import Supplier
from kontorist.domain.payroll.employees import employee_id
from kontorist.domain.procurement.orders import OrderSide, order_line_id, receipt_id
from kontorist.domain.receivables.customers import Customer
from kontorist.store.database import Store
from kontorist.store.errors import NotInStore


def test_a_customer_comes_back_whole_and_is_found_by_each_sign(store: Store) -> None:
    with store.write() as tx:
        store.customers.put(tx, replace(BAKERY, ibans=("DE02 1203 0000 0000 2020 51",)))
        store.customers.put(tx, BAKERY)
        store.customers.put(tx, Customer(id=CustomerId("C2"), name="Andere"))

    with store.read() as tx:
        assert store.customers.get(tx, BAKERY.id) == BAKERY
        assert store.customers.find(tx, number="010017") == BAKERY
        assert store.customers.find(tx, number="10017") is None
        assert store.customers.find(tx, vat_id="DE 136 695 976") == BAKERY
        assert store.customers.find(tx, email="buero@example.org") == BAKERY
        assert store.customers.find(tx, name="BACKEREI KRUGER") == BAKERY
        assert store.customers.with_iban(tx, "NL91 ABNA 0417 1643 00") == [BAKERY]
        assert [each.id for each in store.customers.list(tx)] == ["C2", "C1"]
        assert store.customers.count(tx) == 2
        with pytest.raises(NotInStore):
            store.customers.get(tx, CustomerId("C9"))


def test_two_customers_never_share_a_number(store: Store) -> None:
    with store.write() as tx:
        store.customers.put(tx, BAKERY)
        with pytest.raises(IntegrityError):
            store.customers.put(tx, replace(BAKERY, id=CustomerId("C2")))


def test_a_supplier_keeps_number_and_address(store: Store) -> None:
    paper = Supplier(id=SupplierId("S1"), name="Papierhaus", number="070001", email="post@example.org", address=HOME)
    with store.write() as tx:
        store.suppliers.put(tx, replace(paper, number="old"))
        store.suppliers.put(tx, paper)
        store.suppliers.put(tx, Supplier(id=SupplierId("S2"), name="Ohne"))

    with store.read() as tx:
        assert store.suppliers.get(tx, paper.id) == paper
        assert store.suppliers.with_number(tx, "070001") == paper
        assert store.suppliers.with_number(tx, "70001") is None


def test_an_employee_comes_back_whole_by_the_number_as_text(store: Store) -> None:
    with store.write() as tx:
        store.employees.put(tx, replace(EVA, cost_centre=None))
        store.employees.put(tx, EVA)

    with store.read() as tx:
        assert store.employees.get(tx, EVA.id) == EVA
        assert store.employees.with_number(tx, "0042") == EVA
        assert store.employees.with_number(tx, "42") is None
        assert store.employees.list(tx) == [EVA]
        assert store.employees.count(tx) == 1
        with pytest.raises(NotInStore):
            store.employees.get(tx, employee_id("42"))


def test_order_lines_and_what_came_in_of_them_come_back_whole(store: Store) -> None:
    with store.write() as tx:
        store.orders.put(tx, replace(LINE, quantity=Decimal(1)))
        store.orders.put(tx, LINE)
        store.orders.receive(tx, replace(RECEIPT, quantity=Decimal(1)))
        store.orders.receive(tx, RECEIPT)

    with store.read() as tx:
        assert store.orders.get(tx, LINE.id) == LINE
        assert store.orders.lines(tx, OrderSide.PURCHASE, order="B-7", partner="S1") == [LINE]
        assert store.orders.lines(tx, OrderSide.SALES) == []
        assert store.orders.count(tx) == 1
        assert store.orders.receipt(tx, RECEIPT.id) == RECEIPT
        assert store.orders.receipt(tx, receipt_id("L-2", "B-7", 1)) is None
        assert store.orders.receipts(tx, LINE.id) == store.orders.receipts(tx) == [RECEIPT]
        with pytest.raises(NotInStore):
            store.orders.get(tx, order_line_id(OrderSide.SALES, "B-7", 1))


def test_nothing_comes_in_of_an_order_line_that_is_not_there(store: Store) -> None:
    with store.write() as tx, pytest.raises(IntegrityError):
        store.orders.receive(tx, RECEIPT)


def test_an_open_item_comes_back_whole(store: Store) -> None:
    with store.write() as tx:
        store.open_items.put(tx, replace(ITEM, due=None))
        store.open_items.put(tx, ITEM)

    with store.read() as tx:
        assert store.open_items.get(tx, ITEM.id) == ITEM
        assert store.open_items.get(tx, open_item_id(Side.RECEIVABLE, "S1", "RE-17")) is None
        assert store.open_items.list(tx, side=Side.PAYABLE, partner="S1") == [ITEM]
        assert store.open_items.list(tx, side=Side.RECEIVABLE) == []
        assert store.open_items.count(tx) == 1


def test_of_one_party_only_one_change_waits(store: Store) -> None:
    with store.write() as tx:
        store.bank_changes.put(tx, CHANGE)
        store.bank_changes.put(tx, replace(CHANGE, party="S2", ibans=()))
        with pytest.raises(IntegrityError):
            store.bank_changes.put(tx, replace(CHANGE, id=BankChangeId("B2")))

    with store.write() as tx:
        assert store.bank_changes.waiting(tx, "S1") == CHANGE
        assert [each.party for each in store.bank_changes.of(tx, CHANGE.id)] == ["S1", "S2"]
        store.bank_changes.settle(tx, CHANGE.id, ChangeState.AGREED)

    with store.read() as tx:
        assert store.bank_changes.waiting(tx, "S1") is None
        assert {each.state for each in store.bank_changes.of(tx, CHANGE.id)} == {ChangeState.AGREED}
