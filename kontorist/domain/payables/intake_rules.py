"""What becomes of an invoice that was read and checked: booked, a person, or quarantine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from kontorist.domain.approvals import ApprovalPolicy, Step, with_two_people
from kontorist.domain.payables.draft import DraftStatus, Finding, InvoiceDraft, Severity
from kontorist.domain.payables.suppliers import Supplier

#: Anybody of the office may clear a doubt that the limits leave to the machine.
_ANYBODY = (Step(any_of=("clerk", "approver", "controller")),)


class Fate(StrEnum):
    """Where a document goes."""

    BOOK = "book"
    WORKLIST = "worklist"
    QUARANTINE = "quarantine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """The fate of a document, with the reasons a person reads. `kind` is the kind of work item, `steps` who decides."""

    fate: Fate
    findings: tuple[Finding, ...] = ()
    kind: str = "invoice_review"
    steps: tuple[Step, ...] = ()


def rule_on(
    draft: InvoiceDraft, findings: Sequence[Finding], supplier: Supplier | None, policy: ApprovalPolicy
) -> Ruling:
    """The machine books only what is safe, without finding, within its limit, from a supplier with an account."""
    if draft.status is DraftStatus.QUARANTINED:
        return Ruling(fate=Fate.QUARANTINE, findings=(_refusal(draft),))
    errors = tuple(each for each in findings if each.severity is Severity.ERROR)
    codes = {each.code for each in errors}
    gross = draft.amount("gross") or Decimal(0)
    trusted = supplier is not None and supplier.trusted and not supplier.provisional
    steps = policy.steps_for(gross, supplier_trusted=trusted, kind=draft.kind.value)
    if "KON-IBAN-CHANGED" in codes:
        return Ruling(fate=Fate.WORKLIST, findings=errors, kind="bank_change", steps=with_two_people(steps))
    if errors or draft.status is not DraftStatus.SAFE:
        kind = "duplicate" if codes & {"KON-DUPLICATE", "KON-DUPLICATE-NEAR"} else "invoice_review"
        return Ruling(fate=Fate.WORKLIST, findings=errors, kind=kind, steps=steps or _ANYBODY)
    if steps:
        return Ruling(fate=Fate.WORKLIST, findings=(_above_limit(draft),), kind="invoice_approval", steps=steps)
    return Ruling(fate=Fate.BOOK)


def _refusal(draft: InvoiceDraft) -> Finding:
    return Finding(code=f"KON-FILE-{(draft.refused or 'damaged').upper()}", sentence=draft.reason or "Not readable.")


def _above_limit(draft: InvoiceDraft) -> Finding:
    return Finding(
        code="KON-LIMIT",
        sentence=f"{draft.value('gross')} {draft.value('currency')} is above what the machine may book alone.",
        fields=("gross",),
    )
