"""Orders as shops tell them, brought into the form of `order.created`.

A shop rounds in its own way; our invoice rounds each line to the coin and VAT once for each rate (EN 16931, BR-CO-17).
Where the two come to different totals, the customer would be asked for another amount than the shop named: such an
order is refused here, never adjusted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Final

from kontorist.domain.money import Money
from kontorist.domain.receivables.orders import OrderUnreadable, Position, order_from

_PLACES: Final = Decimal("0.000001")  #: as many decimals as a unit price may have in an order


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopLine:
    """One line of a shop's order. `net` is what the whole line comes to, without VAT and after discounts.

    `tax_rate` is percent; 0 where the shop charged none.
    """

    description: str
    quantity: Decimal
    net: Decimal
    tax_rate: Decimal


def shop_order(
    *, number: str, customer: Mapping[str, str], lines: Iterable[ShopLine], currency: str, total: Decimal
) -> dict[str, Any]:
    """The data of `order.created` for an order of which the shop says that `total` is to be paid, VAT included.

    Lines without a quantity (taken out of the order) are left out. Raises OrderUnreadable, also where an invoice by
    our rules would not come to `total`; NotAnAmount for a number that is none.
    """
    data = {
        "order_number": number,
        "customer": dict(customer),
        "lines": [_line(each, currency) for each in lines if each.quantity],
        "currency": currency,
    }
    gross, asked = _gross(order_from(data).positions, currency), Money.rounded(total, currency)
    if gross != asked:
        raise OrderUnreadable(
            f"The shop asks for {asked}; an invoice over these lines would come to {gross}.", place="lines"
        )
    return data


def _line(line: ShopLine, currency: str) -> dict[str, Any]:
    net = Money.rounded(line.net, currency)
    price = (net.amount / line.quantity).quantize(_PLACES, ROUND_HALF_EVEN)
    if Money.rounded(price * line.quantity, currency) != net:
        raise OrderUnreadable(f"{net} cannot be shared out over {line.quantity} pieces.", place="lines")
    return {
        "description": line.description,
        "quantity": f"{line.quantity:f}",
        "unit_price": f"{price.normalize():f}",
        "tax_rate": f"{line.tax_rate.normalize():f}",
    }


def _gross(positions: Sequence[Position], currency: str) -> Money:
    """What the invoice will come to: VAT once for each rate, from the sum of its lines."""
    total = Money.zero(currency)
    for rate in {each.tax_rate or Decimal(0) for each in positions}:
        net = Money.total([each.net(currency) for each in positions if (each.tax_rate or Decimal(0)) == rate], currency)
        total = total + net + Money.rounded(net.amount * rate / 100, currency)
    return total
