"""Lines of orders, bought and sold, and what came in of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from kontorist.domain.ids import OrderLineId, ReceiptId, derived_id
from kontorist.domain.money import Money


class OrderSide(StrEnum):
    """Whether we buy or sell."""

    PURCHASE = "purchase"
    SALES = "sales"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """One line of an order. `order` is its number, `position` counts from 1, `partner` the supplier or customer id.

    `unit_price` is net in `currency`, for one `unit`, and may have more decimals than the currency; `tax_rate` in
    percent; `account` and `cost_centre` are where it is booked.
    """

    id: OrderLineId
    side: OrderSide
    order: str
    position: int
    partner: str
    text: str
    quantity: Decimal
    unit_price: Decimal
    currency: str
    item: str | None = None
    unit: str | None = None
    tax_rate: Decimal | None = None
    ordered: date | None = None
    due: date | None = None
    account: str | None = None
    cost_centre: str | None = None

    @property
    def net(self) -> Money:
        """Quantity times price, rounded to the coin."""
        return Money.rounded(self.quantity * self.unit_price, self.currency)


def order_line_id(side: OrderSide, order: str, position: int) -> OrderLineId:
    """The id of a line: one per side, number and position."""
    return OrderLineId(derived_id("L", side, order, str(position)))


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodsReceipt:
    """What came in of one line of a purchase order, on one delivery note `number`; a return is below zero."""

    id: ReceiptId
    number: str
    order: str
    position: int
    quantity: Decimal
    received: date

    @property
    def line(self) -> OrderLineId:
        """The line of the purchase order that this belongs to."""
        return order_line_id(OrderSide.PURCHASE, self.order, self.position)


def receipt_id(number: str, order: str, position: int) -> ReceiptId:
    """The id of a receipt: one per delivery note and order line."""
    return ReceiptId(derived_id("G", number, order, str(position)))
