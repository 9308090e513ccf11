"""What can be wrong with an invoice: each example says what a clerk would read."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from domain_office import IBAN, MUSTER, OTHER_IBAN, around, invoice, rates, read
from hypothesis import given
from hypothesis import strategies as st

from kontorist.domain.payables.checks import country_of, findings_of, word_for
from kontorist.domain.payables.draft import (
    FIELDS,
    DocumentKind,
    FieldName,
    Finding,
    InvoiceDraft,
    InvoiceLine,
    Severity,
)
from kontorist.domain.payables.suppliers import provisional_supplier


def codes(draft: InvoiceDraft, **day: Any) -> list[str]:
    return [each.code for each in findings_of(draft, around(**day))]


def sentence(draft: InvoiceDraft, code: str, **day: Any) -> str:
    (found,) = [each.sentence for each in findings_of(draft, around(**day)) if each.code == code]
    return found


def items(*totals: str | None) -> dict[str, object]:
    return {"lines": tuple(InvoiceLine(total=None if each is None else Decimal(each)) for each in totals)}


def test_nothing_is_wrong_with_an_ordinary_invoice() -> None:
    assert codes(invoice()) == []


def test_what_the_reader_found_stands_first_and_nothing_is_said_twice() -> None:
    wrong = invoice(gross="120.00")
    (seen,) = findings_of(wrong, around())
    hidden = Finding(code="KON-HIDDEN", sentence="There is hidden text on the page.")

    assert [each.code for each in findings_of(replace(wrong, findings=(hidden, seen)), around())] == [
        "KON-HIDDEN",
        "KON-TOTALS",
    ]


@pytest.mark.parametrize("name", ["supplier_name", "invoice_number", "issue_date", "currency", "gross"])
def test_an_invoice_cannot_be_booked_without(name: FieldName) -> None:
    assert "KON-MISSING" in codes(invoice(**{name: None}))
    assert sentence(invoice(**{name: None}), "KON-MISSING") == f"The {word_for(name)} was not found."


@pytest.mark.parametrize("name", ["due_date", "iban", "supplier_vat_id"])
def test_an_invoice_may_do_without(name: FieldName) -> None:
    assert codes(invoice(**{name: None})) == []


# Surely read or not


def unsure(name: FieldName, value: str | None, **evidence: Any) -> InvoiceDraft:
    return InvoiceDraft(fields=dict(invoice().fields) | {name: read(value, safe=False, **evidence)})


def test_an_unsure_reading_is_shown_to_be_compared_and_never_called_completely_sure() -> None:
    draft = unsure("invoice_number", "2024-117", confidence=0.9999, reason="No label beside it.")

    assert sentence(draft, "KON-UNSURE") == (
        "The invoice number was read as 2024-117, please compare it with the page (99 % sure). No label beside it."
    )


def test_a_doubtful_absence_asks_to_look_for_it() -> None:
    draft = unsure("iban", None, confidence=0.6, reason="")

    assert sentence(draft, "KON-UNSURE") == "No IBAN was found; please look whether there is none (60 % sure)."


def test_a_field_that_was_not_even_looked_for_is_named_too() -> None:
    fields = dict(invoice().fields)
    del fields["due_date"]

    assert sentence(InvoiceDraft(fields=fields), "KON-UNSURE") == "Nobody has looked for the due date yet."


def test_a_missing_needed_field_is_said_once() -> None:
    assert codes(unsure("gross", None)) == ["KON-MISSING"]
    assert codes(InvoiceDraft(fields={})).count("KON-MISSING") == 5
    assert codes(InvoiceDraft(fields={})).count("KON-UNSURE") == 5


# What sort of paper


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (DocumentKind.INVOICE, []),
        (DocumentKind.CREDIT_NOTE, []),
        (DocumentKind.RECEIPT, ["KON-PAID"]),
        (DocumentKind.REMINDER, ["KON-KIND"]),
        (DocumentKind.OTHER, ["KON-KIND"]),
    ],
)
def test_only_invoices_and_credit_notes_are_booked_without_a_look(kind: DocumentKind, code: list[str]) -> None:
    assert codes(invoice({"kind": kind})) == code


def test_a_total_of_zero_leaves_nothing_to_book() -> None:
    assert codes(invoice(net="0.00", tax="0.00", gross="0.00")) == ["KON-ZERO"]


# Arithmetic


@pytest.mark.parametrize(("gross", "code"), [("119.02", []), ("119.03", ["KON-TOTALS"]), ("118.97", ["KON-TOTALS"])])
def test_net_plus_vat_is_the_total_up_to_two_cents(gross: str, code: list[str]) -> None:
    assert codes(invoice(gross=gross)) == code


def test_the_clerk_reads_what_the_sum_should_be() -> None:
    assert sentence(invoice(gross="191.00"), "KON-TOTALS") == (
        "Net 100.00 plus VAT 19.00 is 119.00, but the total says 191.00."
    )


def test_a_minus_that_stands_at_the_total_only_is_a_contradiction() -> None:
    assert codes(invoice(gross="-119.00")) == ["KON-TOTALS"]
    assert codes(invoice(net="-100.00", tax="-19.00", gross="-119.00")) == []


def test_vat_that_the_page_does_not_state_is_not_made_up() -> None:
    assert sentence(invoice(tax=None), "KON-TAX-MISSING") == (
        "Net 100.00 and total 119.00 differ by 19.00, but no VAT amount was found."
    )
    assert codes(invoice(tax=None, gross="100.00")) == []
    assert codes(invoice(tax=None, net=None)) == []


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (("60.00", "40.00"), []),
        (("71.40", "47.60"), []),  # prices with VAT
        (("-60.00", "-40.00"), []),  # a credit note may print a minus
        (("60.01", "40.01"), []),  # a cent a line
        (("60.00", "45.00"), ["KON-LINES"]),
        (("60.00", None), []),  # a line without total proves nothing
        ((), []),
    ],
)
def test_the_lines_add_up_to_net_or_total(lines: tuple[str | None, ...], code: list[str]) -> None:
    assert codes(invoice(items(*lines))) == code


def test_lines_say_nothing_without_an_amount_to_compare() -> None:
    assert "KON-LINES" not in codes(invoice(items("1.00"), net=None, tax=None, gross=None))


def test_lines_that_do_not_add_up_are_a_warning_as_a_discount_may_explain_them() -> None:
    (found,) = findings_of(invoice(items("60.00")), around())

    assert found.severity is Severity.WARNING
    assert found.sentence == "The lines add up to 60.00, which is neither the net amount nor the total."


@given(st.integers(1, 10**7), st.sampled_from([Decimal(19), Decimal(7)]), st.booleans())
def test_any_correct_german_invoice_or_credit_passes(cents: int, rate: Decimal, credit: bool) -> None:
    net = Decimal(-cents if credit else cents) / 100
    tax = (net * rate / 100).quantize(Decimal("0.01"))
    draft = invoice(net=str(net), tax=str(tax), gross=str(net + tax))

    assert codes(draft) == []


# VAT


@pytest.mark.parametrize(
    ("day", "tax", "code"),
    [
        ("2020-06-30", "19.00", []),
        ("2020-07-01", "16.00", []),
        ("2020-07-01", "5.00", []),
        ("2020-07-01", "19.00", ["KON-TAX-RATE"]),
        ("2024-05-03", "7.00", []),
        ("2024-05-03", "16.00", []),  # may be a mixture of 19 and 7 without a table
        ("2024-05-03", "0.00", []),
        ("2024-05-03", "21.00", ["KON-TAX-RATE"]),
    ],
)
def test_vat_fits_the_rates_of_the_day(day: str, tax: str, code: list[str]) -> None:
    paper = invoice(tax=tax, gross=str(100 + Decimal(tax)), issue_date=day, due_date=None)

    assert codes(paper) == code


def test_vat_is_checked_against_the_total_where_no_net_amount_is_printed() -> None:
    assert codes(invoice(net=None)) == []
    assert codes(invoice(net=None, tax="40.00", gross="119.00")) == ["KON-TAX-RATE"]
    assert codes(invoice(net=None, gross=None)) == ["KON-MISSING"]


MIXED = {"net": "150.00", "tax": "22.50", "gross": "172.50"}


def test_two_rates_are_checked_line_by_line() -> None:
    assert codes(invoice({"tax_lines": rates("19 100.00 19.00", "7 50.00 3.50")}, **MIXED)) == []
    assert codes(invoice({"tax_lines": rates("20 100.00 20.00", "5 50.00 2.50")}, **MIXED)) == ["KON-TAX-RATE"] * 2
    wrong = invoice({"tax_lines": rates("19 100.00 18.00", "7 50.00 4.50", "0 10.00 0.00")}, **MIXED)
    assert codes(wrong) == ["KON-TAX-SUM"] * 2
    assert sentence(invoice({"tax_lines": rates("19 10.00 22.50")}, **MIXED), "KON-TAX-SUM") == (
        "19 % of 10.00 is 1.90, not 22.50."
    )


def test_a_vat_table_adds_up_to_the_vat_amount() -> None:
    paper = invoice({"tax_lines": rates("19 100.00 19.00", "7 50.00 3.50")})

    assert sentence(paper, "KON-TAX-SUM") == (
        "The VAT of the single rates adds up to 22.50, but the VAT amount says 19.00."
    )
    assert codes(invoice({"tax_lines": rates("19 100.00 19.00")}, tax=None, gross="100.00")) == []


def test_where_the_country_is_not_known_only_the_impossible_is_refused() -> None:
    paper = {"supplier_vat_id": None, "iban": None}
    unknown = replace(MUSTER, vat_id=None)

    assert codes(invoice(tax="25.50", gross="125.50", **paper), supplier=unknown) == []
    assert sentence(invoice(tax="90.00", gross="190.00", **paper), "KON-TAX-RATE", supplier=unknown) == (
        "VAT of 90.00 on 100.00 is more than the highest rate of 27 % in Europe."
    )
    mixed = invoice({"tax_lines": rates("33 100.00 19.00")}, **(MIXED | {"net": "100.00", "tax": "19.00"}), **paper)
    assert "KON-TAX-SUM" in codes(mixed, supplier=unknown)
    assert "KON-TAX-RATE" not in codes(mixed, supplier=unknown)


def test_without_an_invoice_date_the_rates_of_the_day_are_not_known() -> None:
    assert codes(invoice(issue_date=None, tax="25.00", gross="125.00")) == ["KON-MISSING"]


@pytest.mark.parametrize(
    ("fields", "master", "country"),
    [
        ({"supplier_vat_id": "NL004495445B01"}, "DE136695976", "NL"),
        ({"supplier_vat_id": None, "iban": OTHER_IBAN}, "DE136695976", "DE"),
        ({"supplier_vat_id": None, "iban": OTHER_IBAN}, None, "NL"),
        ({"supplier_vat_id": None, "iban": None}, None, None),
        ({"supplier_vat_id": "EL094259216"}, None, "GR"),
    ],
)
def test_the_country_is_that_of_the_vat_id_and_of_the_account_only_for_want_of_one(
    fields: dict[str, str | None], master: str | None, country: str | None
) -> None:
    assert country_of(invoice(**fields), around(supplier=replace(MUSTER, vat_id=master))) == country
    assert country_of(invoice(supplier_vat_id=None), around(supplier=None)) == "DE"


def test_vat_of_another_country_is_not_deducted() -> None:
    assert codes(invoice(), country="DE") == []
    assert sentence(invoice(), "KON-FOREIGN-VAT", country="NL") == (
        "This is VAT of DE; it cannot be deducted in NL but has to be claimed back."
    )


@pytest.mark.parametrize("tax", ["19.00", "0.00"])
def test_vat_of_a_country_where_a_branch_is_registered_is_our_own(tax: str) -> None:
    paper = invoice(tax=tax, gross="119.00" if tax == "19.00" else "100.00")

    assert codes(paper, country="NL", registered_in=("DE",)) == []
    assert codes(paper, country="NL", registered_in=("FR",)) != []


@pytest.mark.parametrize("tax", ["0.00", None])
def test_an_invoice_from_abroad_without_vat_may_be_reverse_charge(tax: str | None) -> None:
    assert codes(invoice(tax=tax, gross="100.00"), country="NL") == ["KON-REVERSE-CHARGE"]
    assert codes(invoice(tax=tax, gross="100.00"), country="DE") == []


def test_an_account_abroad_does_not_make_a_supplier_foreign() -> None:
    here = replace(MUSTER, vat_id=None, ibans=(OTHER_IBAN,))

    assert codes(invoice(supplier_vat_id=None, iban=OTHER_IBAN), supplier=here, country="DE") == []


@pytest.mark.parametrize(
    ("vat_id", "code"),
    [
        ("DE136695978", ["KON-VAT-ID"]),
        ("12/345/67890", ["KON-VAT-ID"]),
        ("CHE-107.787.577 MWST", []),
        ("GB980780684", []),
        ("US123456789", []),
    ],
)
def test_the_check_digits_of_the_vat_id(vat_id: str, code: list[str]) -> None:
    assert codes(invoice(supplier_vat_id=vat_id, tax=None, net=None), supplier=replace(MUSTER, vat_id=None)) == code


# Bank details and supplier


@pytest.mark.parametrize("iban", ["DE89370400440532013001", "DE8937040044053201300", "IBAN", "DE"])
def test_an_iban_with_wrong_check_digits_is_a_finding(iban: str) -> None:
    assert codes(invoice(iban=iban), supplier=replace(MUSTER, ibans=(iban,))) == ["KON-IBAN"]


def test_other_bank_details_than_the_known_ones_need_two_people_and_a_telephone() -> None:
    said = sentence(invoice(iban=OTHER_IBAN), "KON-IBAN-CHANGED")

    assert OTHER_IBAN in said
    assert IBAN in said
    assert "Two people" in said
    assert "number you already had" in said


def test_the_first_bank_details_of_a_known_supplier_count_as_changed() -> None:
    assert "we know none" in sentence(invoice(), "KON-IBAN-CHANGED", supplier=replace(MUSTER, ibans=()))


def test_an_unknown_supplier_who_changes_the_account_between_two_papers_is_looked_at_by_two() -> None:
    seen = provisional_supplier(invoice())

    assert codes(invoice(iban=OTHER_IBAN), supplier=seen) == ["KON-SUPPLIER", "KON-IBAN-CHANGED"]
    assert codes(invoice(), supplier=replace(seen, ibans=())) == ["KON-SUPPLIER"]


def test_the_same_account_printed_with_blanks_is_the_same() -> None:
    assert codes(invoice(iban="DE89 3704 0044 0532 0130 00")) == []


def test_an_unknown_supplier_is_never_booked_by_the_machine() -> None:
    assert codes(invoice(), supplier=None) == ["KON-SUPPLIER"]
    assert codes(invoice(), supplier=provisional_supplier(invoice())) == ["KON-SUPPLIER"]
    assert sentence(invoice(supplier_name=None), "KON-SUPPLIER", supplier=None) == (
        "The supplier on this paper is not in the master data."
    )


def test_a_supplier_without_account_cannot_be_booked_by_the_machine() -> None:
    assert codes(invoice(), supplier=replace(MUSTER, default_account=None)) == ["KON-ACCOUNT"]


def test_the_vat_id_on_the_page_is_that_of_the_supplier_it_was_put_down_to() -> None:
    assert sentence(invoice(supplier_vat_id="DE811907980"), "KON-SUPPLIER-VAT-ID") == (
        "The VAT id on the invoice is DE811907980, that of Muster GmbH is DE136695976."
    )


def test_an_account_of_somebody_else_does_not_make_the_invoice_his() -> None:
    factored = invoice(supplier_vat_id=None, supplier_name="Beispiel Handel AG")

    assert codes(factored) == ["KON-SUPPLIER-NAME"]
    assert codes(invoice(supplier_vat_id=None, supplier_name="Muster Vertrieb")) == []
    assert codes(invoice(supplier_name="Marke M")) == []  # the VAT id says who it is


# Days and currency


@pytest.mark.parametrize(
    ("issued", "due", "code"),
    [
        ("2024-05-03", "2024-05-03", []),
        ("2024-05-03", "2024-05-02", ["KON-DUE"]),
        ("2024-05-21", None, []),  # it is tomorrow already where the supplier sits
        ("2024-05-22", None, ["KON-FUTURE"]),
    ],
)
def test_due_is_not_before_the_invoice_and_the_invoice_not_in_the_future(
    issued: str, due: str | None, code: list[str]
) -> None:
    assert codes(invoice(issue_date=issued, due_date=due)) == code


def test_the_books_are_kept_in_one_currency() -> None:
    assert sentence(invoice(currency="USD"), "KON-CURRENCY") == ("The invoice is in USD, the books are kept in EUR.")


def test_every_field_has_a_word_a_clerk_knows() -> None:
    assert all(word_for(name) and "_" not in word_for(name) for name in FIELDS)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "supplier_vat_id": st.none() | st.text(max_size=15),
            "iban": st.none() | st.text(max_size=30),
            "supplier_name": st.none() | st.text(max_size=30),
            "invoice_number": st.none() | st.text(max_size=30),
            "currency": st.none() | st.text(max_size=3),
            "gross": st.none() | st.decimals(-(10**9), 10**9, places=2).map(str),
            "tax": st.none() | st.decimals(-(10**9), 10**9, places=2).map(str),
            "issue_date": st.none() | st.dates().map(date.isoformat),
        },
    )
)
def test_whatever_stands_on_the_page_is_answered_with_sentences(fields: dict[str, str | None]) -> None:
    for each in findings_of(invoice(**fields), around(country="NL")):
        assert each.code.startswith("KON-")
        assert each.sentence.endswith(".")


def test_what_the_reader_said_is_not_said_again_in_other_words() -> None:
    said = Finding(code="KON-TOTALS", sentence="They do not give the total.", fields=("net", "tax", "gross"))
    draft = replace(invoice(gross="120.00"), findings=(said,))

    totals = [each for each in findings_of(draft, around()) if each.code == "KON-TOTALS"]

    assert totals == [said]


def test_of_a_picture_only_that_it_is_one_is_said() -> None:
    picture = Finding(code="KON-PICTURE", sentence="this page is a picture")
    draft = InvoiceDraft(fields={}, findings=(picture,))

    assert findings_of(draft, around()) == (picture,)
