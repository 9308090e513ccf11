"""What becomes of an invoice that was read and checked: booked, a person, or quarantine."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from kontorist.domain.approvals import ApprovalPolicy, Step, with_two_people
from kontorist.domain.payables.draft import DraftStatus, Finding, InvoiceDraft
from kontorist.domain.payables.suppliers import Supplier

#: What a work item about an invoice may be called; it changes with what is found.
ITEM_KINDS: Final = ("invoice_review", "invoice_approval", "bank_change", "duplicate")
#: Anybody of the office may clear a doubt that the limits leave to the machine.
ANYBODY = (Step(any_of=("clerk", "approver", "controller")),)


class Fate(StrEnum):
    """Where a document goes."""

    BOOK = "book"
    WORKLIST = "worklist"
    QUARANTINE = "quarantine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """The fate of a document, with the reasons a person reads. `kind` is the kind of work item, `steps` who decides.

    `steps` is empty only where the machine books alone.
    """

    fate: Fate
    findings: tuple[Finding, ...] = ()
    kind: str = "invoice_review"
    steps: tuple[Step, ...] = ()


def rule_on(
    draft: InvoiceDraft, findings: Sequence[Finding], supplier: Supplier | None, policy: ApprovalPolicy
) -> Ruling:
    """The machine books only what is safe, without finding, within its limit, from a supplier with an account."""
    if draft.status is DraftStatus.QUARANTINED:
        return Ruling(fate=Fate.QUARANTINE, findings=(_refusal(draft),), steps=ANYBODY)
    reasons = tuple(each for each in (findings or draft.findings) if each.stops_the_machine)
    codes = {each.code for each in reasons}
    known = supplier is not None and not supplier.provisional and supplier.default_account is not None
    steps = _deciders(draft, codes, supplier, policy)
    if "KON-IBAN-CHANGED" in codes:
        return Ruling(fate=Fate.WORKLIST, findings=reasons, kind="bank_change", steps=with_two_people(steps))
    if reasons or draft.status is not DraftStatus.SAFE or not known:
        kind = "duplicate" if codes & {"KON-DUPLICATE", "KON-DUPLICATE-NEAR"} else "invoice_review"
        return Ruling(fate=Fate.WORKLIST, findings=reasons, kind=kind, steps=steps or ANYBODY)
    if steps:
        return Ruling(fate=Fate.WORKLIST, findings=(_above_limit(draft),), kind="invoice_approval", steps=steps)
    return Ruling(fate=Fate.BOOK)


def _deciders(
    draft: InvoiceDraft, codes: Set[str], supplier: Supplier | None, policy: ApprovalPolicy
) -> tuple[Step, ...]:
    """The steps that the amount needs. One that is not known, or not in the company's currency, needs the people of
    the largest: 900 that may be dinars, or a misread 9,000, is not "below 1000".
    """
    foreign = "KON-CURRENCY" in codes or draft.value("currency") is None
    trusted = supplier is not None and supplier.trusted and not supplier.provisional
    amount = None if foreign else draft.amount("gross")
    return policy.steps_for(amount, supplier_trusted=trusted, kind=draft.kind.value)


def _refusal(draft: InvoiceDraft) -> Finding:
    return Finding(code=f"KON-FILE-{(draft.refused or 'damaged').upper()}", sentence=draft.reason or "Not readable.")


def _above_limit(draft: InvoiceDraft) -> Finding:
    return Finding(
        code="KON-LIMIT",
        sentence=f"{draft.value('gross')} {draft.value('currency')} is above what the machine may book alone.",
        fields=("gross",),
    )
