"""From the values of a row to order lines, receipts, opening balances and open items."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from kontorist.domain.ids import DocumentId
from kontorist.domain.ledger.chart import CHART
from kontorist.domain.ledger.open_items import OpenItem, Side, open_item_id
from kontorist.domain.ledger.opening import OpeningBalance
from kontorist.domain.masterdata.records import Doubt
from kontorist.domain.money import Money, places_of
from kontorist.domain.procurement.orders import GoodsReceipt, OrderLine, OrderSide, order_line_id, receipt_id

Values = Mapping[str, Any]


def order_doubt(values: Values) -> Doubt | None:
    """What cannot be in the line of an order."""
    account = values.get("account")
    if values["position"] < 1:
        return ("position", "a position from 1")
    if not values["quantity"]:
        return ("quantity", "a quantity that is not zero")
    if account is not None and account not in CHART:
        return ("account", "an account of the chart of accounts")
    return None


def order_line_from(values: Values, *, side: OrderSide, partner: str, currency: str) -> OrderLine:
    """The line a row describes; `currency` is that of the company, for files that say none."""
    order, position = values["order"], values["position"]
    plain = ("item", "unit", "tax_rate", "ordered", "due", "account", "cost_centre")
    return OrderLine(
        id=order_line_id(side, order, position),
        side=side,
        order=order,
        position=position,
        partner=partner,
        text=values["text"],
        quantity=values["quantity"],
        unit_price=values["unit_price"],
        currency=values.get("currency") or currency,
        **{name: values.get(name) for name in plain},
    )


def receipt_from(values: Values) -> GoodsReceipt:
    """What came in, as a row describes it."""
    facts = {name: values[name] for name in ("number", "order", "position", "quantity", "received")}
    return GoodsReceipt(id=receipt_id(facts["number"], facts["order"], facts["position"]), **facts)


def opening_doubt(values: Values) -> Doubt | None:
    """What cannot be in the row of an opening balance: one amount, or debit or credit, on an account we have."""
    if values["account"] not in CHART:
        return ("account", "an account of the chart of accounts")
    given = [name for name in ("amount", "debit", "credit") if values.get(name)]
    if "amount" in given and len(given) > 1:
        return (given[1], "nothing beside an amount")
    if len(given) > 1:
        return ("credit", "either debit or credit")
    return None


def opening_balance_from(values: Values, *, currency: str) -> OpeningBalance:
    """The balance a row describes; debit is positive, and a row without figure stands at zero."""
    zero = Decimal(0)
    amount = (values.get("amount") or zero) + (values.get("debit") or zero) - (values.get("credit") or zero)
    return OpeningBalance(account=values["account"], amount=Money(amount, values.get("currency") or currency))


def open_item_doubt(values: Values, *, currency: str) -> Doubt | None:
    """What cannot be in the row of an open item."""
    if not values["amount"]:
        return ("amount", "an amount that is not zero")
    if values["amount"] != round(values["amount"], places_of(values.get("currency") or currency)):
        return ("amount", "an amount without decimals that its currency does not have")
    due = values.get("due")
    if due is not None and due < values["issue_date"]:
        return ("due", f"a day not before the invoice date {values['issue_date'].isoformat()}")
    return None


def open_item_from(values: Values, *, partner: str, currency: str, document: DocumentId) -> OpenItem:
    """The open item a row describes."""
    side = Side(values["side"])
    return OpenItem(
        id=open_item_id(side, partner, values["number"]),
        side=side,
        partner=partner,
        number=values["number"],
        amount=Money(values["amount"], values.get("currency") or currency),
        issue_date=values["issue_date"],
        due=values.get("due"),
        document=document,
    )
