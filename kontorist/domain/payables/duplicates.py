"""Is this invoice one we already have? The one rule that everything in the product asks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kontorist.domain.ids import DocumentId, SupplierId
from kontorist.domain.payables.draft import Finding, InvoiceDraft

#: Two invoices of one supplier over the same amount this near to one another may be the same one (reliability.md).
NEAR_DAYS = 7

#: A longer "number" is not compared part by part.
_LONGEST = 60

#: Letters that are read for digits, and the other way round, on poor prints.
_LOOKALIKES = str.maketrans("oilsb", "01158")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownInvoice:
    """An invoice as the duplicate rule sees it: `number` as printed, `gross` in its currency, a credit below zero."""

    document: DocumentId
    supplier: SupplierId
    number: str | None
    gross: Decimal | None
    issue_date: date | None
    booked_on: date | None = None


def known_invoice(
    draft: InvoiceDraft, *, document: DocumentId, supplier: SupplierId, booked_on: date | None = None
) -> KnownInvoice:
    """`draft` as the duplicate rule sees it. Raises NotAnAmount or NotADate where a value is neither."""
    return KnownInvoice(
        document=document,
        supplier=supplier,
        number=draft.value("invoice_number"),
        gross=draft.signed("gross"),
        issue_date=draft.day("issue_date"),
        booked_on=booked_on,
    )


def normalised_number(number: str) -> str:
    """An invoice number for comparison: no case, punctuation or blanks, and no zeros in front of its digits.

    ``RE-0017/2024`` and ``re 17 2024`` are both ``re17/2024``. A mark stays between two runs of digits: without it
    ``FV 1/12/2024`` and ``FV 11/2/2024``, two invoices, would be one. `same_number` also sees through a lost mark.
    Empty where nothing is left.
    """
    return re.sub(r"(?<=\d) (?=\d)", "/", " ".join(map(_without_zeros, _parts(number)))).replace(" ", "")


def coarse_number(number: str) -> str:
    """A key to look candidates up by: the same for all that `same_number` takes for one, and for some others too."""
    return normalised_number(number).replace("/", "").replace("0", "")


def same_number(one: str, other: str) -> bool:
    """Whether two printed numbers are the same one written in two ways.

    Beside what `normalised_number` does, one of them may have lost its separators: ``RE-2024-001`` and ``RE2024001``.
    """
    if normalised_number(one) == normalised_number(other):
        return normalised_number(one) != ""
    if max(len(one), len(other)) > _LONGEST:
        return False
    first, second = _parts(one), _parts(other)
    if len(first) == len(second):
        return False
    finer, coarser = (first, other) if len(first) > len(second) else (second, one)
    return _fits(finer, _bare(coarser))


def _fits(parts: list[str], text: str) -> bool:
    """Whether `text` is `parts` one after the other, zeros in front of each run of digits aside.

    Follows all ways at once; a regular expression of the same meaning takes for ever on ``0-0-0-0-...``.
    """
    ends = {0}
    for part in parts:
        core = _without_zeros(part)
        starts = ends | {at for end in ends if part.isdigit() for at in _behind_zeros(text, end)}
        ends = {start + len(core) for start in starts if text.startswith(core, start)}
    return len(text) in ends


def _behind_zeros(text: str, start: int) -> range:
    zeros = len(text) - start - len(text[start:].lstrip("0"))
    return range(start + 1, start + zeros + 1)


def duplicate_finding(invoice: KnownInvoice, earlier: Iterable[KnownInvoice]) -> Finding | None:
    """The finding when `invoice` repeats one of `earlier` (those of the same supplier), None when it does not.

    Exact: the same number. Near: the same amount, and either dates at most seven days apart, or numbers that differ
    only by what a reader mistakes, or nothing (no number, no date) that would tell the two apart. A credit note never
    repeats the invoice it takes back: it has the other sign.
    """
    others = [each for each in earlier if each.supplier == invoice.supplier and each.document != invoice.document]
    for other in others:
        if invoice.number and other.number and same_number(invoice.number, other.number):
            return Finding(
                code="KON-DUPLICATE",
                sentence=f"Invoice {other.number} of this supplier {_state(other)}.",
                fields=("invoice_number",),
            )
    for other in others:
        if why := _near(invoice, other):
            return Finding(
                code="KON-DUPLICATE-NEAR",
                sentence=f"Looks like invoice {other.number or 'without number'} of this supplier: same amount, {why}; "
                f"that one {_state(other)}.",
                fields=("gross", "issue_date"),
            )
    return None


def _near(one: KnownInvoice, other: KnownInvoice) -> str | None:
    """Why two invoices over the same amount may be the same one."""
    if one.gross is None or other.gross is None or one.gross != other.gross:
        return None
    if one.number and other.number and _as_misread(one.number) == _as_misread(other.number):
        return "and a number that is easily read for the other"
    if one.issue_date is None or other.issue_date is None:
        return None if one.number and other.number else "and without number or date nothing tells them apart"
    if abs((one.issue_date - other.issue_date).days) <= NEAR_DAYS:
        return f"dates at most {NEAR_DAYS} days apart"
    return None


def _as_misread(number: str) -> str:
    """What is left of a number when a word before it ("No.", "RE-") and mistaken letters do not count."""
    tail = re.sub(r"^[^\W\d_]+(?=[\W_]*\d)", "", unicodedata.normalize("NFKC", number).casefold())
    return "".join(_without_zeros(part) for part in _parts(_bare(tail).translate(_LOOKALIKES)))


def _bare(number: str) -> str:
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", number).casefold())


def _parts(number: str) -> list[str]:
    return re.findall(r"\d+|[^\W\d_]+", unicodedata.normalize("NFKC", number).casefold())


def _without_zeros(part: str) -> str:
    return part.lstrip("0") or "0" if part.isdigit() else part


def _state(other: KnownInvoice) -> str:
    if other.booked_on is None:
        return "is here already and not yet booked"
    return f"was booked on {other.booked_on.day} {other.booked_on:%B %Y}"  # %-d is not known everywhere
