"""Journal entries: they add up to zero, never change, and are corrected only by their reversal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from kontorist.domain.errors import NeedsAPerson
from kontorist.domain.events import content_hash
from kontorist.domain.ids import SYSTEM, DocumentId, EntryId, PersonKey, derived_id
from kontorist.domain.money import Money


class EntryNotBalanced(NeedsAPerson):
    """The lines of this entry do not add up to zero."""

    code = "KON-104"
    next_step = "Correct the amounts with `kontorist worklist correct ID field=value`."


class AccountUnknown(NeedsAPerson):
    """There is no such account to post to."""

    code = "KON-105"
    next_step = "Give the supplier a default account that is in the chart of accounts."


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of an entry: debit is positive, credit negative.

    `origin` names where the figure comes from, such as ``net`` or ``tax``: with the entry's document it leads to the
    field and its box on the page. `tax_key` is our own key, such as ``IN19``; `due` the day a payable falls due.
    """

    account: str
    amount: Money
    origin: str
    tax_key: str | None = None
    cost_centre: str | None = None
    partner: str | None = None
    due: date | None = None
    text: str = ""

    def data(self) -> dict[str, Any]:
        """The line as plain data; the amount is text."""
        return {
            "account": self.account,
            "amount": str(self.amount.amount),
            "currency": self.amount.currency,
            "origin": self.origin,
            "tax_key": self.tax_key,
            "cost_centre": self.cost_centre,
            "partner": self.partner,
            "due": self.due.isoformat() if self.due else None,
            "text": self.text,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """What is posted: at least two lines whose amounts add up to zero in each currency.

    `day` is the posting date, `document` and `document_sha256` the voucher behind it (GoBD: no entry without voucher),
    `purpose` what the voucher is booked for: one entry per document and purpose. Raises EntryNotBalanced.
    """

    id: EntryId
    day: date
    text: str
    lines: tuple[Line, ...]
    document: DocumentId | None = None
    document_sha256: str | None = None
    purpose: str = "invoice"
    reversal_of: EntryId | None = None
    prepared_by: PersonKey = SYSTEM
    approved_by: tuple[PersonKey, ...] = ()

    def __post_init__(self) -> None:
        if len(self.lines) < 2:
            raise EntryNotBalanced(f"{self.text}: an entry needs at least two lines.")
        for total in sums(self.lines).values():
            if total:
                raise EntryNotBalanced(f"{self.text}: the lines differ from zero by {total}.")
        if not any(line.amount for line in self.lines):
            raise EntryNotBalanced(f"{self.text}: every line is zero.")

    def data(self) -> dict[str, Any]:
        """The entry as plain data, the form that is hashed and chained."""
        return {
            "id": self.id,
            "day": self.day.isoformat(),
            "text": self.text,
            "document": self.document,
            "document_sha256": self.document_sha256,
            "purpose": self.purpose,
            "reversal_of": self.reversal_of,
            "prepared_by": self.prepared_by,
            "approved_by": list(self.approved_by),
            "lines": [line.data() for line in self.lines],
        }

    def content_hash(self) -> str:
        """SHA-256 over `data`."""
        return content_hash(self.data())


def sums(lines: Iterable[Line]) -> dict[str, Money]:
    """The total of `lines` per currency."""
    totals: dict[str, Money] = {}
    for line in lines:
        currency = line.amount.currency
        totals[currency] = totals.get(currency, Money.zero(currency)) + line.amount
    return totals


def reversal(
    entry: JournalEntry, *, day: date, reason: str, by: PersonKey, approved_by: tuple[PersonKey, ...] = ()
) -> JournalEntry:
    """The entry that takes `entry` back: the same lines with the other sign; the original stays as it is."""
    return JournalEntry(
        id=EntryId(derived_id("J", "reversal", entry.id)),
        day=day,
        text=f"Reversal of {entry.text}: {reason}",
        lines=tuple(replace(line, amount=-line.amount) for line in entry.lines),
        document=entry.document,
        document_sha256=entry.document_sha256,
        purpose=f"reversal:{entry.id}",
        reversal_of=entry.id,
        prepared_by=by,
        approved_by=approved_by,
    )


def balances(entries: Iterable[JournalEntry]) -> dict[tuple[str, str], Money]:
    """What stands on each account: ``{(account, currency): Money}``, debit positive."""
    result: dict[tuple[str, str], Money] = {}
    for entry in entries:
        for line in entry.lines:
            key = (line.account, line.amount.currency)
            result[key] = result.get(key, Money.zero(line.amount.currency)) + line.amount
    return result


def check_accounts(entry: JournalEntry, chart: Mapping[str, Any]) -> None:
    """Refuse an entry that posts to an account the chart does not have. Raises AccountUnknown."""
    for line in entry.lines:
        if line.account not in chart:
            raise AccountUnknown(f"{entry.text}: there is no account {line.account!r} in the chart.")
