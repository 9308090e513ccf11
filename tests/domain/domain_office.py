"""The office of these examples: one invoice of Muster GmbH over 119.00 EUR, and people who may look at it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from kontorist.domain.approvals import Actor, Decision, Step, Verdict, WorkItem
from kontorist.domain.ids import DocumentId, PersonKey, SupplierId, WorkItemId
from kontorist.domain.payables.booking import Voucher
from kontorist.domain.payables.checks import Circumstances
from kontorist.domain.payables.draft import FIELDS, Field, InvoiceDraft, TaxLine
from kontorist.domain.payables.suppliers import Supplier

TODAY = date(2024, 5, 20)
NOW = datetime(2024, 5, 20, 9, 30, tzinfo=UTC)
IBAN = "DE89370400440532013000"
OTHER_IBAN = "NL91ABNA0417164300"
VOUCHER = Voucher(document=DocumentId("D1"), sha256="ab" * 32)

MUSTER = Supplier(
    id=SupplierId("Smuster"),
    name="Muster GmbH",
    vat_id="DE136695976",
    ibans=(IBAN,),
    default_account="6400",
    trusted=True,
    payment_terms_days=14,
)

_ON_THE_PAGE: dict[str, str | None] = {
    "supplier_name": "Muster GmbH",
    "supplier_vat_id": "DE136695976",
    "invoice_number": "2024-117",
    "issue_date": "2024-05-03",
    "due_date": "2024-05-17",
    "currency": "EUR",
    "net": "100.00",
    "tax": "19.00",
    "gross": "119.00",
    "iban": IBAN,
}


def read(value: str | None, **evidence: Any) -> Field:
    """A field read surely, unless `evidence` says otherwise."""
    return replace(Field(value=value, confidence=0.99, safe=True, reason="label found"), **evidence)


def invoice(changes: dict[str, Any] | None = None, **fields: str | None) -> InvoiceDraft:
    """The invoice of Muster GmbH with some fields printed otherwise; `changes` are of the draft itself."""
    printed = _ON_THE_PAGE | fields
    return replace(InvoiceDraft(fields={name: read(printed[name]) for name in FIELDS}), **changes or {})


def rates(*lines: str) -> tuple[TaxLine, ...]:
    """A VAT table, each line as "rate base amount"."""
    table = (tuple(map(Decimal, line.split())) for line in lines)
    return tuple(TaxLine(rate=rate, base=base, amount=amount) for rate, base, amount in table)


def around(**others: Any) -> Circumstances:
    """An ordinary day in which Muster GmbH is known."""
    return replace(Circumstances(today=TODAY, supplier=MUSTER), **others)


def person(key: str, *roles: str) -> Actor:
    return Actor(person=PersonKey(key), roles=frozenset(roles))


PEOPLE = {
    actor.person: actor
    for actor in (
        person("anna", "clerk"),
        person("bert", "approver"),
        person("carla", "approver", "controller"),
        person("dirk", "controller"),
        person("eva", "auditor"),
    )
}
ONE_APPROVER = (Step(any_of=("approver",)),)
APPROVER_THEN_CONTROLLER = (Step(any_of=("approver",)), Step(any_of=("controller",)))


def item(**others: Any) -> WorkItem:
    """An invoice that waits for one approver."""
    waiting = WorkItem(
        id=WorkItemId("W1"),
        kind="invoice_approval",
        subject="D1",
        title="Invoice 2024-117 of Muster GmbH",
        reasons=("119.00 EUR is above what the machine may book alone.",),
        codes=("KON-LIMIT",),
        content={"gross": "119.00"},
        content_hash="h1",
        created=NOW,
    )
    return replace(waiting, **others)


def says(who: str, verdict: Verdict = Verdict.APPROVE, about: WorkItem | None = None) -> Decision:
    """What `who` says about the item as it is shown now."""
    shown = about or item()
    return Decision(
        item=shown.id,
        version=shown.version,
        content_hash=shown.content_hash,
        person=PersonKey(who),
        verdict=verdict,
        time=NOW,
    )
