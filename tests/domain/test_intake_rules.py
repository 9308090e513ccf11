"""Booked, a person, or quarantine: the machine books only what is beyond doubt."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from domain_office import (
    APPROVER_THEN_CONTROLLER,
    MUSTER,
    ONE_APPROVER,
    OTHER_IBAN,
    around,
    invoice,
    item,
    read,
)
from hypothesis import given
from hypothesis import strategies as st

from kontorist.domain.approvals import ApprovalPolicy, ApprovalRule
from kontorist.domain.payables.checks import findings_of
from kontorist.domain.payables.draft import DocumentKind, DraftStatus, Finding, InvoiceDraft, Severity
from kontorist.domain.payables.intake_rules import ANYBODY, Fate, Ruling, rule_on
from kontorist.domain.payables.suppliers import Supplier, provisional_supplier

POLICY = ApprovalPolicy(
    rules=(
        ApprovalRule(below=Decimal("250.00"), supplier_trusted=True, steps=()),
        ApprovalRule(below=Decimal("5000.00"), steps=ONE_APPROVER),
        ApprovalRule(steps=APPROVER_THEN_CONTROLLER),
    )
)
LARGE = {"net": "10000.00", "tax": "1900.00", "gross": "11900.00"}


def ruling(draft: InvoiceDraft, supplier: Supplier | None = MUSTER, *more: Finding) -> Ruling:
    found = findings_of(draft, around(supplier=supplier))
    return rule_on(draft, (*found, *more), supplier, POLICY)


def codes(ruled: Ruling) -> list[str]:
    return [each.code for each in ruled.findings]


def test_a_small_safe_invoice_of_a_trusted_supplier_is_booked_by_the_machine() -> None:
    assert ruling(invoice()) == Ruling(fate=Fate.BOOK)


def test_above_the_limit_people_are_asked_though_nothing_is_wrong() -> None:
    ruled = ruling(invoice(**LARGE))

    assert (ruled.fate, ruled.kind, ruled.steps) == (Fate.WORKLIST, "invoice_approval", APPROVER_THEN_CONTROLLER)
    assert ruled.findings[0].sentence == "11900.00 EUR is above what the machine may book alone."


def test_a_credit_note_needs_the_people_its_amount_would_need() -> None:
    credit = invoice({"kind": DocumentKind.CREDIT_NOTE}, **{name: f"-{value}" for name, value in LARGE.items()})

    assert ruling(credit).steps == APPROVER_THEN_CONTROLLER


def test_a_supplier_who_is_not_trusted_needs_an_approver_for_any_amount() -> None:
    assert ruling(invoice(), replace(MUSTER, trusted=False)).steps == ONE_APPROVER


def test_changed_bank_details_need_two_people_however_small_the_amount() -> None:
    ruled = ruling(invoice(iban=OTHER_IBAN))

    assert (ruled.fate, ruled.kind, codes(ruled)) == (Fate.WORKLIST, "bank_change", ["KON-IBAN-CHANGED"])
    assert sum(step.needed for step in ruled.steps) == 2


def test_a_duplicate_is_work_of_its_own_kind() -> None:
    for code in ("KON-DUPLICATE", "KON-DUPLICATE-NEAR"):
        assert ruling(invoice(), MUSTER, Finding(code=code, sentence="Already there.")).kind == "duplicate"


def test_a_doubt_below_the_limit_may_be_cleared_by_anybody_of_the_office() -> None:
    ruled = ruling(invoice(gross="119.50"))

    assert (ruled.fate, ruled.kind, ruled.steps) == (Fate.WORKLIST, "invoice_review", ANYBODY)


@pytest.mark.parametrize("fields", [{"gross": None}, {"currency": None}, {"currency": "KWD"}])
def test_an_amount_that_is_not_known_in_our_currency_needs_the_people_of_the_largest(
    fields: dict[str, str | None],
) -> None:
    assert ruling(invoice(**fields)).steps == APPROVER_THEN_CONTROLLER


def test_a_warning_stops_the_machine_an_information_does_not() -> None:
    for severity, fate in [(Severity.WARNING, Fate.WORKLIST), (Severity.INFORMATION, Fate.BOOK)]:
        assert ruling(invoice(), MUSTER, Finding(code="KON-X", sentence="Look.", severity=severity)).fate is fate


def test_an_unsure_reading_stops_the_machine_even_if_nobody_made_a_finding_of_it() -> None:
    unsure = InvoiceDraft(fields=dict(invoice().fields) | {"gross": read("119.00", safe=False)})

    assert rule_on(unsure, (), MUSTER, POLICY).fate is Fate.WORKLIST
    assert codes(ruling(unsure)) == ["KON-UNSURE"]


@pytest.mark.parametrize(
    "supplier", [None, replace(MUSTER, default_account=None), replace(provisional_supplier(invoice()), trusted=True)]
)
def test_without_a_known_supplier_and_account_the_machine_books_nothing_even_without_findings(
    supplier: Supplier | None,
) -> None:
    anything_goes = ApprovalPolicy(rules=(ApprovalRule(steps=()),))

    assert rule_on(invoice(), (), supplier, anything_goes).fate is Fate.WORKLIST


def test_trust_in_a_supplier_seen_on_paper_only_counts_for_nothing() -> None:
    seen = replace(provisional_supplier(invoice()), trusted=True)

    assert ruling(invoice(), seen).steps == ONE_APPROVER


def test_what_the_reader_found_counts_where_no_checks_were_made() -> None:
    seen = Finding(code="KON-PAGE-XML-gross", sentence="The page says 118.00, the data say 119.00.")

    assert codes(rule_on(invoice({"findings": (seen,)}), (), MUSTER, POLICY)) == ["KON-PAGE-XML-gross"]


def test_an_unreadable_file_goes_to_quarantine_with_its_reason() -> None:
    ruled = ruling(InvoiceDraft.quarantined("encrypted", "The file has a password."))
    nameless = rule_on(InvoiceDraft(fields={}, refused=""), (), None, POLICY)

    assert (ruled.fate, codes(ruled), ruled.findings[0].sentence) == (
        Fate.QUARANTINE,
        ["KON-FILE-ENCRYPTED"],
        "The file has a password.",
    )
    assert (codes(nameless), nameless.findings[0].sentence) == (["KON-FILE-DAMAGED"], "Not readable.")


AMOUNTS = st.none() | st.decimals(-20000, 20000, places=2).map(str)


@given(
    fields=st.fixed_dictionaries(
        {}, optional={"gross": AMOUNTS, "net": AMOUNTS, "tax": AMOUNTS, "iban": st.sampled_from([None, OTHER_IBAN])}
    ),
    kind=st.sampled_from(DocumentKind),
    supplier=st.sampled_from([None, MUSTER, replace(MUSTER, trusted=False), provisional_supplier(invoice())]),
    doubted=st.booleans(),
)
def test_the_machine_never_books_more_than_it_may(
    fields: dict[str, str | None], kind: DocumentKind, supplier: Supplier | None, doubted: bool
) -> None:
    draft = invoice({"kind": kind}, **fields)
    if doubted:
        draft = replace(draft, fields=dict(draft.fields) | {"net": read("100.00", safe=False)})

    ruled = ruling(draft, supplier)

    if ruled.fate is Fate.BOOK:
        assert draft.status is DraftStatus.SAFE
        assert findings_of(draft, around(supplier=supplier)) == ()
        assert supplier == MUSTER
        assert abs(draft.amount("gross") or 10**9) < 250
    else:
        assert ruled.findings
        assert item(steps=ruled.steps).steps  # somebody has to decide
