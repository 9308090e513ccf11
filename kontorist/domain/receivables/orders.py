"""Orders of customers, as the front office sends them: read from plain data, each fault named with its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, NoReturn

from kontorist.domain.errors import NeedsAPerson
from kontorist.domain.events import content_hash
from kontorist.domain.money import Money, NotAnAmount, exact_decimal
from kontorist.domain.payables.vat_rates import HIGHEST

_MOST_LINES: Final = 500
_LONGEST_TEXT: Final = 500
_MOST_PLACES: Final = 6  #: decimals of quantities and unit prices


class OrderUnreadable(NeedsAPerson):
    """This is not an order that can be read."""

    code = "KON-180"
    next_step = "Ask the sender for the order in the form of docs/processes/receivables-order-to-invoice.md."


class Supply(StrEnum):
    """What is sold: VAT treats goods and services across a border differently."""

    GOODS = "goods"
    SERVICES = "services"


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """The customer as the order names them; at least one of the signs is there."""

    name: str | None = None
    number: str | None = None
    vat_id: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """One line of an order. `unit_price` is net, for one piece; `tax_rate` in percent, None where it is not said."""

    description: str
    quantity: Decimal
    unit_price: Decimal
    tax_rate: Decimal | None = None

    def net(self, currency: str) -> Money:
        """Quantity times price, rounded half up to the coin."""
        return Money.rounded(self.quantity * self.unit_price, currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order. `number` names it over all sources; `delivered` is the day of delivery where it is said."""

    number: str
    buyer: Buyer
    positions: tuple[Position, ...]
    currency: str
    delivered: date | None = None
    supply: Supply | None = None

    def data(self) -> dict[str, Any]:
        """The order as plain data, in the form `order_from` reads; the same order is always the same data."""
        signs = {name: getattr(self.buyer, name) for name in _SIGNS}
        return {
            "order_number": self.number,
            "customer": {name: sign for name, sign in signs.items() if sign},
            "lines": [_line_data(each) for each in self.positions],
            "currency": self.currency,
            "delivery_date": self.delivered.isoformat() if self.delivered else None,
            "supply": self.supply.value if self.supply else None,
        }

    def content_hash(self) -> str:
        """SHA-256 over `data`: what else the sender's message holds does not make it another order."""
        return content_hash(self.data())


_SIGNS: Final = ("name", "number", "vat_id", "email")


def _line_data(position: Position) -> dict[str, Any]:
    return {
        "description": position.description,
        "quantity": _plain(position.quantity),
        "unit_price": _plain(position.unit_price),
        "tax_rate": None if position.tax_rate is None else _plain(position.tax_rate),
    }


def _plain(number: Decimal) -> str:
    """``2`` for 2, 2.0 and 2E+0."""
    return f"{number.normalize():f}"


def order_number_of(data: Mapping[str, Any]) -> str:
    """The number of the order that an event is about. Raises OrderUnreadable."""
    return _text(data, "order_number", longest=60) or _missing("order_number")


def order_from(data: Mapping[str, Any]) -> Order:
    """The order in the data of an event `order.created`.

    ``{order_number, customer: {name?, number?, vat_id?, email?}, lines: [{description, quantity, unit_price,
    tax_rate?}], currency, delivery_date?, supply?}``: numbers are text or whole, never floats. Raises OrderUnreadable
    with the field in `place`.
    """
    currency = _text(data, "currency") or _missing("currency")
    order = Order(
        number=order_number_of(data),
        buyer=_buyer(data.get("customer")),
        positions=_positions(data.get("lines")),
        currency=currency,
        delivered=_day(data, "delivery_date"),
        supply=_supply(_text(data, "supply")),
    )
    try:
        total = Money.total([each.net(currency) for each in order.positions], currency)
    except NotAnAmount as error:
        raise OrderUnreadable(error.sentence, place="lines") from None
    if total.amount <= 0:
        raise OrderUnreadable(f"The lines of the order come to {total}: there is nothing to invoice.", place="lines")
    return order


def _buyer(value: object) -> Buyer:
    if not isinstance(value, Mapping):
        _missing("customer")
    found = Buyer(**{name: _text(value, name, f"customer.{name}") for name in _SIGNS})
    if found == Buyer():
        raise OrderUnreadable("The order names no customer.", place="customer")
    return found


def _positions(value: object) -> tuple[Position, ...]:
    if not isinstance(value, list) or not value:
        raise OrderUnreadable("The order has no lines.", place="lines")
    if len(value) > _MOST_LINES:
        raise OrderUnreadable(f"The order has more than {_MOST_LINES} lines.", place="lines")
    return tuple(_position(each, f"lines[{number}]") for number, each in enumerate(value))


def _position(line: object, place: str) -> Position:
    if not isinstance(line, Mapping):
        raise OrderUnreadable("A line is not an object.", place=place)
    quantity = _number(line, "quantity", place)
    if quantity <= 0:
        raise OrderUnreadable("A quantity has to be above zero.", place=f"{place}.quantity")
    rate = None if line.get("tax_rate") in (None, "") else _number(line, "tax_rate", place)
    if rate is not None and not 0 <= rate <= HIGHEST:
        raise OrderUnreadable(f"{rate} is not a VAT rate in percent.", place=f"{place}.tax_rate")
    return Position(
        description=_text(line, "description", f"{place}.description") or _missing(f"{place}.description"),
        quantity=quantity,
        unit_price=_number(line, "unit_price", place),
        tax_rate=rate,
    )


def _number(line: Mapping[str, Any], name: str, place: str) -> Decimal:
    place = f"{place}.{name}"
    if line.get(name) is None:
        _missing(place)
    try:
        number = exact_decimal(line[name])
    except NotAnAmount as error:
        raise OrderUnreadable(error.sentence, place=place) from None
    if number != round(number, _MOST_PLACES):
        raise OrderUnreadable(f"{number} has more than {_MOST_PLACES} decimals.", place=place)
    return number


def _text(data: Mapping[str, Any], name: str, place: str | None = None, longest: int = _LONGEST_TEXT) -> str | None:
    value = data.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > longest:
        raise OrderUnreadable(f"A text of at most {longest} characters is expected here.", place=place or name)
    return " ".join(value.split()) or None


def _day(data: Mapping[str, Any], name: str) -> date | None:
    text = _text(data, name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise OrderUnreadable(f"{text!r} is not a date such as 2026-05-31.", place=name) from None


def _supply(text: str | None) -> Supply | None:
    try:
        return Supply(text) if text else None
    except ValueError:
        raise OrderUnreadable(f"{text!r} is neither goods nor services.", place="supply") from None


def _missing(place: str) -> NoReturn:
    raise OrderUnreadable(f"The order has no {place.rpartition('.')[2].replace('_', ' ')}.", place=place)
