"""Customers, employees, order lines, open items: what the rules need to know of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from kontorist.domain.ids import SYSTEM, CustomerId, DocumentId
from kontorist.domain.ledger.journal import EntryNotBalanced, balances
from kontorist.domain.ledger.open_items import OpenItem, Side, open_item_id, takeover_entry
from kontorist.domain.ledger.opening import OpeningBalance, opening_entry
from kontorist.domain.money import Money
from kontorist.domain.payroll.employees import Employee, employee_id
from kontorist.domain.procurement.orders import (
    GoodsReceipt,
    OrderLine,
    OrderSide,
    order_line_id,
    receipt_id,
)
from kontorist.domain.receivables.customers import Customer, customer_id, find_customer

BAKERY = Customer(
    id=CustomerId("C1"), name="Bäckerei Krüger GmbH", number="10017", vat_id="DE136695976", email="buero@example.org"
)
CHAIN = Customer(id=CustomerId("C2"), name="Backhaus Nord", number="010017", email="info@example.com")


def found(**signs: str) -> str | None:
    match = find_customer([BAKERY, CHAIN], **signs)
    return match.id if match else None


@pytest.mark.parametrize(
    ("signs", "expected"),
    [
        ({"number": "10017"}, "C1"),
        ({"number": "010017"}, "C2"),
        ({"vat_id": "de 136.695.976"}, "C1"),
        ({"email": " BUERO@example.org"}, "C1"),
        ({"name": "Baeckerei Krueger"}, None),
        ({"name": "Backerei Kruger"}, "C1"),
        ({"number": "10018", "name": "Bäckerei Krüger"}, None),
        ({"vat_id": "DE811907980", "email": "buero@example.org"}, None),
        ({"vat_id": "DE811907980", "email": "info@example.com"}, "C2"),
        ({}, None),
    ],
)
def test_a_customer_is_known_by_number_vat_id_mail_or_name(signs: dict[str, str], expected: str | None) -> None:
    assert found(**signs) == expected


def test_of_two_customers_with_one_address_the_name_decides() -> None:
    sister = replace(BAKERY, id=CustomerId("C3"), name="Café Krüger", number=None, vat_id=None)

    assert find_customer([BAKERY, sister], email="buero@example.org") is None
    assert find_customer([BAKERY, sister], email="buero@example.org", name="Cafe Kruger") == sister


def test_the_id_of_a_customer_comes_from_the_best_sign_there_is() -> None:
    assert customer_id(number="10017", vat_id="DE136695976", name="x") == customer_id(
        number="10017", vat_id=None, name="y"
    )
    assert customer_id(number=None, vat_id="DE 136695976", name="x") == customer_id(
        number=None, vat_id="DE136695976", name="y"
    )
    assert customer_id(number=None, vat_id=None, name="Backhaus Nord AG") == customer_id(
        number=None, vat_id=None, name="backhaus  nord"
    )


@pytest.mark.parametrize(
    ("joined", "left", "expected"),
    [
        (None, None, True),
        (date(2026, 5, 31), None, True),
        (date(2026, 6, 1), None, False),
        (None, date(2026, 5, 1), True),
        (None, date(2026, 4, 30), False),
    ],
)
def test_an_employee_is_active_in_a_month_with_one_day_in_it(
    joined: date | None, left: date | None, expected: bool
) -> None:
    somebody = Employee(id=employee_id("0042"), number="0042", name="Eva", active_from=joined, active_until=left)

    assert somebody.active_between(date(2026, 5, 1), date(2026, 5, 31)) is expected


def test_leading_zeros_make_another_personnel_number() -> None:
    assert employee_id("0042") != employee_id("42")


def test_an_order_line_is_worth_quantity_times_price_rounded_to_the_coin() -> None:
    line = OrderLine(
        id=order_line_id(OrderSide.PURCHASE, "B-7", 1),
        side=OrderSide.PURCHASE,
        order="B-7",
        position=1,
        partner="S1",
        text="cable",
        quantity=Decimal("2.5"),
        unit_price=Decimal("0.3333"),
        currency="EUR",
    )
    receipt = GoodsReceipt(
        id=receipt_id("L-1", "B-7", 1), number="L-1", order="B-7", position=1, quantity=Decimal(1),
        received=date(2026, 5, 4),
    )  # fmt: skip

    assert line.net == Money("0.83", "EUR")
    assert receipt.line == line.id
    assert receipt.id != receipt_id("L-1", "B-7", 2)


def test_opening_balances_become_one_entry_and_zeros_no_line() -> None:
    stood = [
        OpeningBalance(account="1100", amount=Money("100.00", "EUR")),
        OpeningBalance(account="1000", amount=Money("0.00", "EUR")),
        OpeningBalance(account="3000", amount=Money("-100.00", "EUR")),
    ]

    entry = opening_entry(stood, day=date(2026, 1, 1), document=DocumentId("D1"), sha256="ab", by=SYSTEM)

    assert [(line.account, str(line.amount)) for line in entry.lines] == [
        ("1100", "100.00 EUR"),
        ("3000", "-100.00 EUR"),
    ]
    with pytest.raises(EntryNotBalanced):
        opening_entry(stood[:2], day=date(2026, 1, 1), document=DocumentId("D1"), sha256="ab", by=SYSTEM)


@pytest.mark.parametrize(
    ("side", "account", "signed"), [(Side.RECEIVABLE, "1300", "119.00"), (Side.PAYABLE, "2000", "-119.00")]
)
def test_an_open_item_gets_its_partner_and_the_control_account_stays_as_it_is(
    side: Side, account: str, signed: str
) -> None:
    item = OpenItem(
        id=open_item_id(side, "S1", "RE-17"),
        side=side,
        partner="S1",
        number="RE-17",
        amount=Money("119.00", "EUR"),
        issue_date=date(2025, 12, 1),
        due=date(2026, 1, 2),
        document=DocumentId("D1"),
    )

    entry = takeover_entry(item, day=date(2026, 1, 1), sha256="ab", by=SYSTEM)

    assert not balances([entry])[account, "EUR"]
    assert [(line.partner, str(line.amount.amount), line.due) for line in entry.lines] == [
        ("S1", signed, date(2026, 1, 2)),
        (None, str(-Decimal(signed)), None),
    ]


def test_an_open_item_is_the_same_however_its_number_is_written() -> None:
    assert open_item_id(Side.PAYABLE, "S1", "RE-0017") == open_item_id(Side.PAYABLE, "S1", "re 17")
    assert open_item_id(Side.PAYABLE, "S1", "---") != open_item_id(Side.PAYABLE, "S1", "...")
