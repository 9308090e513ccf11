"""Open items: invoices not settled yet, by partner. Those of the time before us are taken over from a table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kontorist.domain.ids import DocumentId, EntryId, OpenItemId, PersonKey, derived_id
from kontorist.domain.ledger.journal import JournalEntry, Line
from kontorist.domain.money import Money
from kontorist.domain.payables.duplicates import normalised_number


class Side(StrEnum):
    """Whether we owe it or are owed it."""

    PAYABLE = "payable"
    RECEIVABLE = "receivable"


#: The control account of each side (kontorist/domain/ledger/chart.py).
CONTROL = {Side.PAYABLE: "2000", Side.RECEIVABLE: "1300"}


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenItem:
    """One invoice that is open: `amount` is what is still to be paid, above zero; below zero for a credit note.

    `partner` is the supplier or customer id, `number` the invoice number as printed, `document` the file it comes from.
    """

    id: OpenItemId
    side: Side
    partner: str
    number: str
    amount: Money
    issue_date: date
    due: date | None = None
    document: DocumentId | None = None
    entry: EntryId | None = None


def open_item_id(side: Side, partner: str, number: str) -> OpenItemId:
    """The id of an open item: one per side, partner and number (compared as the duplicate rule does)."""
    return OpenItemId(derived_id("I", side, partner, normalised_number(number) or number))


def takeover_entry(item: OpenItem, *, day: date, sha256: str | None, by: PersonKey) -> JournalEntry:
    """The entry that gives an open item of the time before us its place in the sub-ledger, posted on `day`.

    The opening balance of the control account stands there without partner; this moves the item's share of it to the
    partner, so the account's balance stays as it is. When all open items are taken over, what stands without a partner
    is zero; what is left is the difference between opening balance and open items.
    """
    amount = item.amount if item.side is Side.RECEIVABLE else -item.amount
    account, text = CONTROL[item.side], f"Open item {item.number}"
    return JournalEntry(
        id=EntryId(derived_id("J", "open-item", item.id)),
        day=day,
        text=text,
        lines=(
            Line(account=account, amount=amount, origin="open_item", partner=item.partner, due=item.due, text=text),
            Line(account=account, amount=-amount, origin="opening_balance", text=text),
        ),
        document=item.document,
        document_sha256=sha256,
        purpose=f"open-item:{item.id}",
        prepared_by=by,
    )
