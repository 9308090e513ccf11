"""What a person says a field is, and what master data confirm."""

from __future__ import annotations

from dataclasses import replace

import pytest
from domain_office import IBAN, MUSTER, OTHER_IBAN, around, invoice, read

from kontorist.domain.ids import PersonKey
from kontorist.domain.payables.checks import findings_of
from kontorist.domain.payables.corrections import NotAValue, corrected
from kontorist.domain.payables.draft import (
    Box,
    DocumentKind,
    DraftStatus,
    FieldName,
    FieldSource,
    Finding,
    InvoiceDraft,
)
from kontorist.domain.payables.suppliers import provisional_supplier
from kontorist.domain.payables.witness import witnessed

ANNA = PersonKey("anna")
BOX = Box(x0=1.0, y0=2.0, x1=3.0, y1=4.0)


def unsure(*names: FieldName, draft: InvoiceDraft | None = None) -> InvoiceDraft:
    """The invoice with these fields read, but not surely."""
    paper = draft or invoice()
    doubted = {name: replace(paper.fields[name], safe=False, page=1, box=BOX) for name in names}
    return replace(paper, fields=dict(paper.fields) | doubted)


@pytest.mark.parametrize(
    ("name", "entered", "kept"),
    [
        ("gross", " 119.5 ", "119.50"),
        ("net", "-100", "-100.00"),
        ("issue_date", "2024-05-31", "2024-05-31"),
        ("currency", "usd", "USD"),
        ("iban", "nl91 abna 0417 1643 00", OTHER_IBAN),
        ("supplier_vat_id", "de 136.695.976", "DE136695976"),
        ("invoice_number", " RE 17/2024 ", "RE 17/2024"),
        ("due_date", "", None),
        ("iban", "none", None),
        ("tax", "-", None),
    ],
)
def test_a_value_is_entered_as_people_write_it_and_kept_in_its_form(name: str, entered: str, kept: str | None) -> None:
    field = corrected(invoice(), {name: entered}, by=ANNA).fields[name]

    assert (field.value, field.safe, field.confidence, field.source) == (kept, True, 1.0, FieldSource.MANUAL)


@pytest.mark.parametrize(
    ("name", "entered"),
    [
        ("gross", "1.190,50"),
        ("gross", "1.005"),
        ("tax", "NaN"),
        ("issue_date", "31.5.2024"),
        ("issue_date", "2024-02-30"),
        ("currency", "EURO"),
        ("kind", "novel"),
        ("colour", "blue"),
    ],
)
def test_what_is_no_value_for_the_field_is_refused_in_a_sentence(name: str, entered: str) -> None:
    with pytest.raises(NotAValue) as refused:
        corrected(invoice(), {name: entered}, by=ANNA)

    assert repr(entered) in str(refused.value) or repr(name) in str(refused.value)


def test_a_confirmed_value_keeps_its_place_on_the_page_a_changed_one_does_not() -> None:
    paper = unsure("gross", "net")

    after = corrected(paper, {"gross": "119.00", "net": "101.00"}, by=ANNA)

    assert (after.fields["gross"].reason, after.fields["gross"].box) == ("Confirmed by anna.", BOX)
    assert (after.fields["net"].reason, after.fields["net"].box) == ("Entered by anna.", None)


def test_a_field_that_was_never_read_can_be_entered() -> None:
    fields = dict(invoice().fields)
    del fields["due_date"]

    after = corrected(InvoiceDraft(fields=fields), {"due_date": "2024-06-01"}, by=ANNA)

    assert after.value("due_date") == "2024-06-01"
    assert after.status is DraftStatus.SAFE


def test_what_the_reader_found_about_a_corrected_field_is_settled_the_rest_stays() -> None:
    about_gross = Finding(code="KON-PAGE-XML-gross", sentence="The page says 118.00.", fields=("gross",))
    hidden = Finding(code="KON-HIDDEN", sentence="There is hidden text.")

    after = corrected(invoice({"findings": (about_gross, hidden)}), {"gross": "119.00"}, by=ANNA)

    assert after.findings == (hidden,)


def test_the_kind_of_paper_can_be_corrected() -> None:
    after = corrected(invoice({"kind": DocumentKind.OTHER}), {"kind": "credit_note"}, by=ANNA)

    assert after.kind is DocumentKind.CREDIT_NOTE
    assert after.credit


def test_a_picture_that_somebody_has_typed_in_is_no_longer_refused() -> None:
    picture = InvoiceDraft.quarantined("picture", "This page is a picture.")

    after = corrected(picture, {"gross": "119.00"}, by=ANNA)

    assert (after.status, after.refused, after.reason) == (DraftStatus.REVIEW, None, None)


# Master data as a second witness

IDENTITY: tuple[FieldName, ...] = ("supplier_name", "supplier_vat_id", "iban")


def test_master_data_make_an_agreeing_reading_safe_and_say_so() -> None:
    paper = unsure(*IDENTITY)

    sure = witnessed(paper, MUSTER)

    assert sure.status is DraftStatus.SAFE
    assert sure.fields["iban"].reason == "label found It agrees with the master data of Muster GmbH."
    assert {name: sure.value(name) for name in IDENTITY} == {name: paper.value(name) for name in IDENTITY}


def test_master_data_never_change_or_confirm_another_value() -> None:
    paper = unsure(*IDENTITY, draft=invoice(iban=OTHER_IBAN))

    sure = witnessed(paper, MUSTER)

    assert sure.value("iban") == OTHER_IBAN
    assert not sure.fields["iban"].safe
    assert "KON-IBAN-CHANGED" in [each.code for each in findings_of(sure, around())]


def test_an_account_that_fits_settles_that_the_page_shows_no_vat_id() -> None:
    sure = witnessed(unsure("supplier_vat_id", draft=invoice(supplier_vat_id=None)), MUSTER)

    assert sure.status is DraftStatus.SAFE


def test_that_somebody_taught_another_account_is_no_finding_where_the_master_data_know_this_one() -> None:
    taught = Finding(code="KON-IBAN-CHANGED", sentence="Another was named before.", fields=("iban",))
    other = Finding(code="KON-TOTALS", sentence="They do not add up.", fields=("gross",))
    known, strange = (unsure("iban", draft=invoice(iban=iban)) for iban in (invoice().value("iban"), OTHER_IBAN))

    assert witnessed(replace(known, findings=(taught, other)), MUSTER).findings == (other,)
    assert taught in witnessed(replace(strange, findings=(taught,)), MUSTER).findings


def test_a_name_alone_proves_nothing() -> None:
    paper = unsure(*IDENTITY, draft=invoice(supplier_vat_id=None, iban=None))

    assert witnessed(paper, MUSTER) == paper


def test_another_vat_id_is_not_confirmed_by_the_account() -> None:
    sure = witnessed(unsure(*IDENTITY, draft=invoice(supplier_vat_id="DE811907980")), MUSTER)

    assert not sure.fields["supplier_vat_id"].safe


def test_an_amount_is_no_business_of_master_data() -> None:
    paper = InvoiceDraft(fields=dict(unsure("iban").fields) | {"gross": read("119.00", safe=False)})

    assert not witnessed(paper, MUSTER).fields["gross"].safe


@pytest.mark.parametrize("supplier", [None, provisional_supplier(invoice())])
def test_a_supplier_seen_on_paper_only_is_no_witness(supplier: None) -> None:
    assert witnessed(unsure("iban"), supplier) == unsure("iban")


def test_fields_that_were_not_looked_for_stay_so() -> None:
    only_iban = InvoiceDraft(fields={"iban": read(IBAN, safe=False)})

    assert set(witnessed(only_iban, MUSTER).fields) == {"iban"}
