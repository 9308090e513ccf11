"""Records of master data that the examples of the store share."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from kontorist.domain.ids import BankChangeId, CustomerId, DocumentId, PersonKey
from kontorist.domain.ledger.open_items import OpenItem, Side, open_item_id
from kontorist.domain.masterdata.address import Address
from kontorist.domain.masterdata.bank_changes import BankChange, PartyKind
from kontorist.domain.money import Money
from kontorist.domain.payables.memory import Lesson, Said, Signs
from kontorist.domain.payroll.employees import Employee, employee_id
from kontorist.domain.procurement.orders import GoodsReceipt, OrderLine, OrderSide, order_line_id, receipt_id
from kontorist.domain.receivables.customers import Customer

HOME = Address(street="Hauptstraße 5", postcode="01067", town="Dresden", country="DE")
BAKERY = Customer(
    id=CustomerId("C1"),
    name="Bäckerei Krüger GmbH",
    number="010017",
    vat_id="DE136695976",
    email="Buero@example.org",
    address=HOME,
    language="de",
    payment_terms_days=14,
    default_account="4000",
    ibans=("DE02120300000000202051", "NL91ABNA0417164300"),
)
EVA = Employee(
    id=employee_id("0042"),
    number="0042",
    name="Eva Beispiel",
    email="eva@example.org",
    language="nl",
    cost_centre="K100",
    active_from=date(2020, 1, 1),
    monthly_hours=Decimal("151.67"),
    iban="DE02120300000000202051",
)
LINE = OrderLine(
    id=order_line_id(OrderSide.PURCHASE, "B-7", 1),
    side=OrderSide.PURCHASE,
    order="B-7",
    position=1,
    partner="S1",
    text="Kabel 5 m",
    quantity=Decimal("2.500"),
    unit_price=Decimal("19.9000"),
    currency="EUR",
    item="00815",
    unit="St",
    tax_rate=Decimal("19"),
    ordered=date(2026, 4, 1),
    due=date(2026, 5, 1),
    account="5000",
    cost_centre="K100",
)
RECEIPT = GoodsReceipt(
    id=receipt_id("L-1", "B-7", 1),
    number="L-1",
    order="B-7",
    position=1,
    quantity=Decimal("2"),
    received=date(2026, 4, 9),
)
ITEM = OpenItem(
    id=open_item_id(Side.PAYABLE, "S1", "RE-17"),
    side=Side.PAYABLE,
    partner="S1",
    number="RE-17",
    amount=Money("-119.00", "EUR"),
    issue_date=date(2025, 12, 1),
    due=date(2026, 1, 2),
    document=DocumentId("D1"),
)
CHANGE = BankChange(
    id=BankChangeId("B1"),
    party="S1",
    kind=PartyKind.SUPPLIER,
    ibans=("DE02120300000000202051",),
    document=DocumentId("D1"),
    prepared_by=PersonKey("anna"),
    trusted=True,
)
LESSON = Lesson(
    key="vat_id:DE136695976",
    name="Holz GmbH",
    signs=Signs(vat_ids=frozenset({"DE136695976"}), cells=frozenset(f"cell{number}" for number in range(12))),
    said={"tax": Said(absent=True)},
)
