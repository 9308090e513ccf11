"""The figures of one day, from which workbook and mail are made.

Counts and totals are computed from the rows, never handed in, so that no sheet can contradict another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from kontorist.domain.money import Money
from kontorist.domain.references import figure_reference, line_reference


class Outcome(StrEnum):
    """What became of a document."""

    BOOKED = "booked"
    FILED = "filed"  #: kept by type, partner and period; there was nothing to book
    WORKLIST = "worklist"
    QUARANTINED = "quarantined"
    REJECTED = "rejected"
    IN_PROGRESS = "in_progress"  #: archived or read, not yet decided

    @classmethod
    def of_state(cls, state: str) -> Outcome:
        """The outcome for a document's state in the store; what is archived or read is in progress."""
        return cls.IN_PROGRESS if state in ("archived", "read") else cls(state)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRow:
    """Line `line` (from 1) of the journal entry `number`; `amount` is positive on the debit side."""

    number: int
    line: int
    day: date
    text: str
    account: str
    account_name: str
    amount: Money
    tax_key: str | None = None
    document: str | None = None
    prepared_by: str = "system"
    approved_by: tuple[str, ...] = ()

    @property
    def reference(self) -> str:
        """What `kontorist trace` takes."""
        return line_reference(self.number, self.line)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionRow:
    """Something that is not done: an open item of the worklist, or a document in quarantine.

    `id` is what `kontorist worklist show` takes, or the document; `reasons` are sentences, `codes` the codes behind
    them; `waits_for` are the people who can bring it on; `since` knows its zone.
    """

    outcome: Outcome
    id: str
    title: str
    reasons: tuple[str, ...]
    since: datetime
    codes: tuple[str, ...] = ()
    supplier: str | None = None
    invoice_number: str | None = None
    amount: Money | None = None
    due: date | None = None
    waits_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """One document received that day: where the figures come from. `received` knows its zone.

    `run` is the id of the run that handled it, `config_hash` the SHA-256 of the configuration in force then, `seq`
    its line in the archive's log.
    """

    document: str
    name: str
    sha256: str
    received: datetime
    source: str
    outcome: Outcome
    seq: int | None = None
    run: str | None = None
    config_hash: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyFigures:
    """One day of one company. `generated` is when the figures were taken, `timezone` the company's (IANA name).

    `event` is what the report was made for: with a figure's name it is the reference that `kontorist trace` takes.
    """

    company: str
    day: date
    generated: datetime
    timezone: str
    currency: str = "EUR"
    event: str | None = None
    run: str | None = None
    config_hash: str | None = None
    entries: tuple[EntryRow, ...] = ()
    exceptions: tuple[ExceptionRow, ...] = ()
    sources: tuple[SourceRow, ...] = ()

    @property
    def counts(self) -> Mapping[Outcome, int]:
        """How many of the day's documents ended how, every outcome named."""
        outcomes = [source.outcome for source in self.sources]
        return {outcome: outcomes.count(outcome) for outcome in Outcome}

    @property
    def received(self) -> int:
        """How many documents came in."""
        return len(self.sources)

    @property
    def currencies(self) -> tuple[str, ...]:
        """Every currency of the day, the company's own first."""
        amounts = [*(row.amount for row in self.entries), *(row.amount for row in self.exceptions)]
        seen = {amount.currency for amount in amounts if amount is not None}
        return (self.currency, *sorted(seen - {self.currency}))

    @property
    def references(self) -> Mapping[str, list[str]]:
        """What each figure is made of: ``posted/EUR`` of lines, ``waiting/EUR`` of items, ``booked`` of documents."""
        made: dict[str, list[str]] = {}
        for row in self.entries:
            if row.amount.amount > 0:
                made.setdefault(f"posted/{row.amount.currency}", []).append(row.reference)
        for exception in self.exceptions:
            if exception.amount is not None:
                made.setdefault(f"waiting/{exception.amount.currency}", []).append(exception.id)
        for source in self.sources:
            made.setdefault(source.outcome.value, []).append(source.document)
        return made

    def reference(self, figure: str) -> str | None:
        """How a figure that is not zero is named; None without the event of the report."""
        return figure_reference(self.event, figure) if self.event and figure in self.references else None

    @property
    def posted(self) -> tuple[Money, ...]:
        """What was posted on the debit side, by currency; the credit side is the same."""
        return self._by_currency(row.amount for row in self.entries if row.amount.amount > 0)

    @property
    def waiting(self) -> tuple[Money, ...]:
        """What the exceptions are about, by currency."""
        return self._by_currency(row.amount for row in self.exceptions if row.amount is not None)

    def _by_currency(self, amounts: Iterable[Money]) -> tuple[Money, ...]:
        found = list(amounts)
        return tuple(
            Money.total([each for each in found if each.currency == currency], currency) for currency in self.currencies
        )
