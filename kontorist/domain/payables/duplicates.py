"""Is this invoice one we already have? The one rule that everything in the product asks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kontorist.domain.ids import DocumentId, SupplierId
from kontorist.domain.payables.draft import Finding

#: Two invoices of one supplier over the same amount this near to one another may be the same one (reliability.md).
NEAR_DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownInvoice:
    """An invoice as the duplicate rule sees it; `number` as printed, `gross` in the invoice's currency."""

    document: DocumentId
    supplier: SupplierId
    number: str | None
    gross: Decimal | None
    issue_date: date | None
    booked_on: date | None = None


def normalised_number(number: str) -> str:
    """An invoice number for comparison: no case, punctuation, blanks, and no zeros in front of its digits.

    ``RE-0017/2024`` and ``re 17 2024`` are the same number.
    """
    text = unicodedata.normalize("NFKC", number).casefold()
    parts = re.findall(r"\d+|[^\W\d_]+", text)
    return "".join(part.lstrip("0") or "0" if part.isdigit() else part for part in parts)


def duplicate_finding(invoice: KnownInvoice, earlier: Iterable[KnownInvoice]) -> Finding | None:
    """The finding when `invoice` repeats one of `earlier` (those of the same supplier), None when it does not.

    Exact: the normalised number is the same. Near: the amount is the same and the dates differ by at most seven days.
    """
    others = [each for each in earlier if each.supplier == invoice.supplier and each.document != invoice.document]
    for other in others:
        if invoice.number and other.number and normalised_number(invoice.number) == normalised_number(other.number):
            return Finding(
                code="KON-DUPLICATE",
                sentence=f"Invoice {other.number} of this supplier {_state(other)}.",
                fields=("invoice_number",),
            )
    for other in others:
        if _near(invoice, other):
            return Finding(
                code="KON-DUPLICATE-NEAR",
                sentence=f"Looks like invoice {other.number or 'without number'}: same amount, dates at most "
                f"{NEAR_DAYS} days apart; that one {_state(other)}.",
                fields=("gross", "issue_date"),
            )
    return None


def _near(one: KnownInvoice, other: KnownInvoice) -> bool:
    if one.gross is None or other.gross is None or one.issue_date is None or other.issue_date is None:
        return False
    return one.gross == other.gross and abs((one.issue_date - other.issue_date).days) <= NEAR_DAYS


def _state(other: KnownInvoice) -> str:
    return f"was booked on {other.booked_on:%-d %B %Y}" if other.booked_on else "is here already and not yet booked"
