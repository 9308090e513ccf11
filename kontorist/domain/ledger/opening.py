"""Opening balances: where each account stood when our books begin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from kontorist.domain.ids import DocumentId, EntryId, PersonKey, derived_id
from kontorist.domain.ledger.journal import JournalEntry, Line
from kontorist.domain.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningBalance:
    """What stands on one account when our books begin; debit is positive."""

    account: str
    amount: Money


def opening_entry(
    balances: Sequence[OpeningBalance], *, day: date, document: DocumentId, sha256: str, by: PersonKey
) -> JournalEntry:
    """All opening balances of `day` as one entry; accounts at zero need no line.

    Raises EntryNotBalanced where they do not add up to zero: then nothing of them can be posted.
    """
    return JournalEntry(
        id=EntryId(derived_id("J", "opening", day.isoformat())),
        day=day,
        text=f"Opening balances at {day.isoformat()}",
        lines=tuple(
            Line(account=each.account, amount=each.amount, origin="opening_balance", text="Opening balance")
            for each in balances
            if each.amount
        ),
        document=document,
        document_sha256=sha256,
        purpose="opening",
        prepared_by=by,
    )
