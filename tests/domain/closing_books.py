"""Lines of a small journal, as the store hands them out."""

from __future__ import annotations

from datetime import date
from typing import Any

from kontorist.domain.ids import DocumentId, EntryId
from kontorist.domain.ledger.journal import Line
from kontorist.domain.ledger.posted import PostedLine
from kontorist.domain.money import Money
from kontorist.domain.periods import Period

OCTOBER = Period(2026, 10)


def euro(amount: str | int) -> Money:
    return Money(amount, "EUR")


def posted(number: int, amount: str | Money, **changes: Any) -> PostedLine:
    """A line on the payables account, of Papierhaus, of 1 October, unless said otherwise."""
    line = {"account": "2000", "origin": "gross", "partner": "S1", "due": date(2026, 10, 15)}
    line |= {name: changes.pop(name) for name in ("account", "partner", "due") if name in changes}
    entry: dict[str, Any] = {
        "entry": EntryId(f"J{number}"), "day": date(2026, 10, 1), "text": f"Papierhaus RE-{number}",
        "document": DocumentId(f"D{number}"),
    }  # fmt: skip
    money = amount if isinstance(amount, Money) else euro(amount)
    return PostedLine(number=number, position=1, line=Line(amount=money, **line), **(entry | changes))
