"""A draft says what the page says, and comes back from the pipe unchanged."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from domain_office import invoice, read
from hypothesis import given, settings
from hypothesis import strategies as st

from kontorist.domain.money import NotAnAmount
from kontorist.domain.payables.draft import (
    FIELDS,
    REFERENCES,
    Box,
    DocumentKind,
    DraftStatus,
    Field,
    FieldName,
    FieldSource,
    Finding,
    InvoiceDraft,
    InvoiceLine,
    NotADate,
    Severity,
    TaxLine,
    box_data,
    from_data,
    to_data,
)

WORDS = st.text(max_size=20)
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15, places=4)
BOXES = st.builds(Box, **dict.fromkeys(("x0", "y0", "x1", "y1"), st.floats(0, 100)))
MAYBE = st.none() | DECIMALS
FIELD = st.builds(
    Field,
    value=st.none() | WORDS,
    confidence=st.floats(0, 1),
    safe=st.booleans(),
    reason=WORDS,
    page=st.none() | st.integers(1, 50),
    box=st.none() | BOXES,
    source=st.sampled_from(FieldSource),
)
LINES = st.builds(
    InvoiceLine,
    description=st.none() | WORDS,
    position=st.none() | WORDS,
    quantity=MAYBE,
    unit=st.none() | WORDS,
    unit_price=MAYBE,
    tax_rate=MAYBE,
    total=MAYBE,
    page=st.none() | st.integers(1, 50),
    box=st.none() | BOXES,
)
FINDINGS = st.builds(
    Finding,
    code=WORDS,
    sentence=WORDS,
    fields=st.lists(st.sampled_from(FIELDS), max_size=3).map(tuple),
    severity=st.sampled_from(Severity),
)
DRAFTS = st.builds(
    InvoiceDraft,
    fields=st.dictionaries(st.sampled_from(FIELDS), FIELD),
    kind=st.sampled_from(DocumentKind),
    lines=st.lists(LINES, max_size=3).map(tuple),
    tax_lines=st.lists(st.builds(TaxLine, rate=DECIMALS, base=MAYBE, amount=DECIMALS), max_size=3).map(tuple),
    findings=st.lists(FINDINGS, max_size=2).map(tuple),
    pages=st.integers(0, 500),
    language=st.none() | WORDS,
    syntax=st.none() | WORDS,
    refused=st.none() | WORDS,
    reason=st.none() | WORDS,
    references=st.dictionaries(st.sampled_from(REFERENCES), FIELD),
)


@settings(max_examples=50)
@given(DRAFTS)
def test_a_draft_comes_back_from_json_unchanged(draft: InvoiceDraft) -> None:
    assert from_data(json.loads(json.dumps(to_data(draft)))) == draft


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        ({"kind": "novel"}, ValueError),
        ({"lines": None}, TypeError),
        ({"pages": "many"}, ValueError),
        ({"tax_lines": [{"rate": 19.0, "base": None, "amount": "1"}]}, NotAnAmount),
    ],
)
def test_data_of_another_shape_are_refused(spoil: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        from_data(to_data(invoice()) | spoil)


def test_missing_data_are_refused() -> None:
    with pytest.raises(KeyError):
        from_data({"kind": "invoice"})


def test_a_box_is_four_percentages() -> None:
    assert box_data(Box(x0=1.0, y0=2.0, x1=3.0, y1=4.5)) == [1.0, 2.0, 3.0, 4.5]
    assert box_data(None) is None


def test_values_come_as_text_decimal_and_date() -> None:
    paper = invoice(due_date=None)

    assert paper.value("invoice_number") == "2024-117"
    assert paper.amount("gross") == Decimal("119.00")
    assert paper.day("issue_date") == date(2024, 5, 3)
    assert paper.day("due_date") is paper.amount("due_date") is InvoiceDraft(fields={}).value("iban") is None


@pytest.mark.parametrize("entered", ["3.5.2024", "2024-13-01", "20240503", "2024-W18-5", "", "tomorrow"])
def test_a_date_entered_otherwise_is_refused_in_a_sentence(entered: str) -> None:
    with pytest.raises(NotADate, match="is not a date"):
        invoice(issue_date=entered).day("issue_date")


def test_an_amount_entered_otherwise_is_refused_in_a_sentence() -> None:
    with pytest.raises(NotAnAmount, match="'1,50' is not an amount"):
        invoice(gross="1,50").amount("gross")


def test_safe_means_every_field_and_no_finding() -> None:
    assert invoice().status is DraftStatus.SAFE


@pytest.mark.parametrize("name", FIELDS)
def test_one_unsure_or_missing_field_sends_the_draft_to_review(name: FieldName) -> None:
    fields = dict(invoice().fields)
    unsure = fields | {name: read(fields[name].value, safe=False)}
    del fields[name]

    assert InvoiceDraft(fields=unsure).status is DraftStatus.REVIEW
    assert InvoiceDraft(fields=fields).status is DraftStatus.REVIEW


def test_a_field_that_is_surely_not_on_the_page_is_safe() -> None:
    assert invoice(due_date=None).status is DraftStatus.SAFE


@pytest.mark.parametrize(
    ("severity", "status"),
    [
        (Severity.INFORMATION, DraftStatus.SAFE),
        (Severity.WARNING, DraftStatus.REVIEW),
        (Severity.ERROR, DraftStatus.REVIEW),
    ],
)
def test_a_warning_is_a_finding_an_information_is_none(severity: Severity, status: DraftStatus) -> None:
    seen = Finding(code="KON-PAGE-XML-gross", sentence="The page says 118.00.", severity=severity)

    assert invoice({"findings": (seen,)}).status is status


def test_an_unreadable_file_is_quarantined_with_its_reason() -> None:
    refused = InvoiceDraft.quarantined("encrypted", "The file has a password.")

    assert (refused.status, refused.refused, refused.reason) == (
        DraftStatus.QUARANTINED,
        "encrypted",
        "The file has a password.",
    )


@pytest.mark.parametrize(
    ("kind", "printed", "owed"),
    [
        (DocumentKind.INVOICE, "119.00", "119.00"),
        (DocumentKind.INVOICE, "-119.00", "-119.00"),
        (DocumentKind.CREDIT_NOTE, "119.00", "-119.00"),
        (DocumentKind.CREDIT_NOTE, "-119.00", "-119.00"),
        (DocumentKind.RECEIPT, "119.00", "119.00"),
    ],
)
def test_a_credit_is_one_by_its_name_or_by_its_minus_never_by_both_at_once(
    kind: DocumentKind, printed: str, owed: str
) -> None:
    paper = invoice({"kind": kind}, gross=printed)

    assert paper.signed("gross") == Decimal(owed)
    assert paper.credit == owed.startswith("-")


def test_all_amounts_turn_together_so_that_a_contradiction_stays_one() -> None:
    credit = invoice({"kind": DocumentKind.CREDIT_NOTE}, net="-100.00", gross="119.00")

    assert [credit.signed(name) for name in ("net", "tax", "gross")] == [Decimal(100), Decimal(-19), Decimal(-119)]


def test_amounts_that_are_not_there_have_no_sign() -> None:
    assert invoice(net=None).signed("net") is None
    assert invoice({"kind": DocumentKind.CREDIT_NOTE}, gross=None).signed("net") == Decimal("-100.00")
    assert replace(invoice(gross=None), kind=DocumentKind.CREDIT_NOTE).credit
