"""What stands in the journal, seen from its accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kontorist.domain.ids import DocumentId, EntryId, PersonKey
from kontorist.domain.ledger.journal import Line
from kontorist.domain.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedLine:
    """One line in the journal with what its entry says.

    `number` counts the entries, `position` the lines of one from 1; `day` is the posting date.
    """

    number: int
    position: int
    entry: EntryId
    day: date
    text: str
    line: Line
    document: DocumentId | None = None
    reversal_of: EntryId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedEntry:
    """What an entry in the journal says above its lines; `hash` is its link in the chain."""

    number: int
    id: EntryId
    day: date
    text: str
    document: DocumentId | None
    document_sha256: str | None
    prepared_by: PersonKey
    approved_by: tuple[PersonKey, ...]
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """What was posted on one account in a span of time: both are zero or above."""

    debit: Money
    credit: Money

    def plus(self, amount: Money) -> Movement:
        """With one more line on it; `amount` is above zero on the debit side."""
        if amount.amount > 0:
            return Movement(debit=self.debit + amount, credit=self.credit)
        return Movement(debit=self.debit, credit=self.credit - amount)

    @classmethod
    def none(cls, currency: str) -> Movement:
        """Nothing posted, in `currency`."""
        return cls(debit=Money.zero(currency), credit=Money.zero(currency))
