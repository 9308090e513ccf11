"""The same invoice is known again, however it is written; two invoices stay two."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from domain_office import MUSTER, invoice
from hypothesis import given
from hypothesis import strategies as st

from kontorist.domain.ids import DocumentId, SupplierId
from kontorist.domain.payables.draft import DocumentKind
from kontorist.domain.payables.duplicates import (
    NEAR_DAYS,
    KnownInvoice,
    coarse_number,
    duplicate_finding,
    known_invoice,
    normalised_number,
    same_number,
)

SAME = [
    ("RE-0017/2024", "re 17 2024"),
    ("RE-0017/2024", "RE_17-2024"),
    ("000123", "123"),
    ("2024–117", "2024-117"),  # an en dash
    ("２０２４-117", "2024-117"),  # full width
    ("RE 2024 001", "RE2024001"),
    ("RE-2024-001", "RE20241"),
    ("RE-2024-1", "RE2024-001"),
    ("INV.2024.05.0009", "INV202405009"),
    ("R-A-7", "RA7"),
    ("2024/117", "2024117"),
]
DIFFERENT = [
    ("2024-117", "2024-118"),
    ("FV 1/12/2024", "FV 11/2/2024"),  # January's twelfth by month, November's second
    ("RE-17", "GS-17"),
    ("2024-10", "2024-1"),
    ("2024-100", "2024-001"),
    ("1001", "101"),
    ("A1", "B1"),
    ("A1", "1"),
    ("--", "-"),
    ("", ""),
    ("2023-17", "2024-17"),
    ("7", "77"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_one_number_written_in_two_ways_is_one_number(one: str, other: str) -> None:
    assert same_number(one, other)
    assert same_number(other, one)
    assert coarse_number(one) == coarse_number(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_two_numbers_that_look_alike_are_two(one: str, other: str) -> None:
    assert not same_number(one, other)
    assert not same_number(other, one)


@pytest.mark.parametrize(
    ("printed", "normal"),
    [("RE-0017/2024", "re17/2024"), ("000", "0"), ("Ä 1", "ä1"), ("№ 5", "no5"), ("1/12/2024", "1/12/2024"), ("-", "")],
)
def test_the_normal_form_keeps_a_mark_between_two_runs_of_digits(printed: str, normal: str) -> None:
    assert normalised_number(printed) == normal


PARTS = st.lists(
    st.integers(0, 99999).map(str) | st.text("ABCXYZ", min_size=1, max_size=3), min_size=1, max_size=4
).filter(lambda parts: any(part.isdigit() for part in parts))


@given(PARTS, st.data())
def test_case_separators_and_zeros_in_front_change_no_number(parts: list[str], data: st.DataObject) -> None:
    def written() -> str:
        text = ""
        for part in parts:
            zeros = "0" * data.draw(st.integers(0, 3)) if part.isdigit() else ""
            part = part.lower() if data.draw(st.booleans()) else part
            text += data.draw(st.sampled_from(["-", "/", " ", " - ", "_", "."])) + zeros + part
        return text

    one, other = written(), written()
    assert normalised_number(one) == normalised_number(other) != ""
    assert same_number(one, other)


@given(PARTS)
def test_a_number_that_lost_its_separators_is_still_the_same(parts: list[str]) -> None:
    assert same_number("-".join(parts), "".join(parts))
    assert coarse_number("-".join(parts)) == coarse_number("".join(parts))
    assert same_number("".join(parts), "-".join(f"00{part}" if part.isdigit() else part for part in parts))


@given(st.text(), st.text())
def test_any_two_texts_can_be_compared_and_the_answer_is_the_same_both_ways(one: str, other: str) -> None:
    assert same_number(one, other) == same_number(other, one)
    assert coarse_number(one) == coarse_number(other) or not same_number(one, other)
    assert normalised_number(normalised_number(one)) == normalised_number(one)


@pytest.mark.parametrize("length", [29, 10_000])
def test_a_number_of_nothing_but_zeros_takes_no_time(length: int) -> None:
    assert not same_number("0-" * length + "1", "0" * length + "2")


# The rule itself


def known(document: str, **facts: object) -> KnownInvoice:
    first = KnownInvoice(
        document=DocumentId("D1"),
        supplier=MUSTER.id,
        number="2024-117",
        gross=Decimal("119.00"),
        issue_date=date(2024, 5, 3),
    )
    return replace(first, document=DocumentId(document), **facts)


FIRST = known("D1")


def code_for(second: KnownInvoice, first: KnownInvoice = FIRST) -> str | None:
    finding = duplicate_finding(second, [first])
    return finding.code if finding else None


def test_the_same_number_of_the_same_supplier_is_a_duplicate_whatever_the_amount() -> None:
    assert code_for(known("D2", number="2024/0117", gross=Decimal("120.00"), issue_date=None)) == "KON-DUPLICATE"


def test_the_clerk_reads_when_the_first_one_was_booked() -> None:
    booked = duplicate_finding(known("D2"), [replace(FIRST, booked_on=date(2024, 5, 3))])
    waiting = duplicate_finding(known("D2"), [FIRST])

    assert booked is not None
    assert waiting is not None
    assert booked.sentence == "Invoice 2024-117 of this supplier was booked on 3 May 2024."
    assert waiting.sentence == "Invoice 2024-117 of this supplier is here already and not yet booked."


def test_the_number_of_another_supplier_says_nothing() -> None:
    assert code_for(known("D2", supplier=SupplierId("Sother"))) is None


def test_a_document_is_no_duplicate_of_itself() -> None:
    assert code_for(FIRST) is None
    assert duplicate_finding(FIRST, []) is None


@pytest.mark.parametrize(("days", "code"), [(NEAR_DAYS, "KON-DUPLICATE-NEAR"), (NEAR_DAYS + 1, None)])
@pytest.mark.parametrize("sign", [1, -1])
def test_the_same_amount_within_a_week_is_looked_at(days: int, sign: int, code: str | None) -> None:
    second = known("D2", number="2024-118", issue_date=date(2024, 5, 3) + sign * timedelta(days=days))

    assert code_for(second) == code


def test_another_amount_within_a_week_is_another_invoice() -> None:
    assert code_for(known("D2", number="2024-118", gross=Decimal("119.01"))) is None
    assert code_for(known("D2", number="2024-118", gross=None)) is None


@pytest.mark.parametrize("misread", ["2O24-117", "2024-l17", "RE-2024-117", "No. 2024 117"])
def test_a_misread_number_over_the_same_amount_is_looked_at_whatever_its_date(misread: str) -> None:
    assert code_for(known("D2", number=misread, issue_date=date(2024, 9, 3))) == "KON-DUPLICATE-NEAR"


@pytest.mark.parametrize("missing", [{"number": None, "issue_date": None}, {"issue_date": None, "number": ""}])
def test_without_number_and_date_the_amount_alone_makes_it_doubtful(missing: dict[str, None]) -> None:
    finding = duplicate_finding(known("D2", **missing), [FIRST])

    assert finding is not None
    assert finding.code == "KON-DUPLICATE-NEAR"
    assert "nothing tells them apart" in finding.sentence


def test_two_numbers_tell_two_invoices_apart_where_a_date_is_missing() -> None:
    assert code_for(known("D2", number="2024-118", issue_date=None)) is None


def test_an_invoice_without_number_is_found_again_by_amount_and_date() -> None:
    nameless = replace(FIRST, number=None)

    finding = duplicate_finding(known("D2", number=None), [nameless])

    assert finding is not None
    assert "invoice without number" in finding.sentence


def test_an_exact_duplicate_is_named_before_a_near_one() -> None:
    near = known("D0", number="2024-116")

    assert duplicate_finding(known("D2"), [near, FIRST]).code == "KON-DUPLICATE"


def test_a_credit_note_over_the_whole_amount_is_no_copy_of_its_invoice() -> None:
    paper = invoice({"kind": DocumentKind.CREDIT_NOTE}, invoice_number="GS-9", issue_date="2024-05-05")

    credit = known_invoice(paper, document=DocumentId("D2"), supplier=MUSTER.id)

    assert credit.gross == Decimal("-119.00")
    assert code_for(credit) is None
    assert code_for(replace(credit, document=DocumentId("D3")), credit) == "KON-DUPLICATE"


def test_a_draft_is_compared_by_what_it_says() -> None:
    seen = known_invoice(invoice(), document=DocumentId("D1"), supplier=MUSTER.id)

    assert seen == FIRST


def test_labelled_pairs_recall_and_false_alarms() -> None:
    """reliability.md: recall at least 0.99, false alarms at most 1 %, over the pairs of this file as invoices."""
    month = timedelta(days=30)
    later = known("D2", issue_date=FIRST.issue_date + month, gross=Decimal("57.12"))

    missed = [pair for pair in SAME if not code_for(replace(later, number=pair[1]), replace(FIRST, number=pair[0]))]
    alarms = [pair for pair in DIFFERENT if code_for(replace(later, number=pair[1]), replace(FIRST, number=pair[0]))]

    assert (missed, alarms) == ([], [])
