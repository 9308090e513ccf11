"""What was said of one paper bears on another when supplier or layout are the same, and on nothing else."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from kontorist.domain.ids import SupplierId
from kontorist.domain.payables.draft import Box, Field, InvoiceDraft
from kontorist.domain.payables.memory import (
    Bearing,
    Lesson,
    Said,
    Signs,
    Spot,
    bearing,
    bearing_on,
    from_data,
    key_of,
    of_masterdata,
    to_data,
)
from kontorist.domain.payables.suppliers import Supplier

FORM = frozenset(f"label {number}" for number in range(12))
OTHER_FORM = frozenset(f"other label {number}" for number in range(12))
SPOT = Spot(
    page=1,
    box=Box(x0=10, y0=20, x1=30, y1=22),
    zone="head",
    form="A-9999",
    left="rechnungsnummer",
    above="kontor",
    offset=(12.5, 0.0),
)
BARE = replace(SPOT, left="", above="", offset=None)
PAPER = Signs(
    vat_ids=frozenset({"DE136695976"}),
    ibans=frozenset({"DE02120300000000202051"}),
    domains=frozenset({"tischlerei"}),
    names=frozenset({"tischlerei holz"}),
    cells=FORM,
)
NUMBER = Said(spots=(SPOT,), wrong=(BARE,))
NAME = Said(value="Tischlerei Holz GmbH", mistaken="PayPal")
LESSON = Lesson(
    key="vat_id:DE136695976",
    name="Tischlerei Holz GmbH",
    signs=PAPER,
    said={"invoice_number": NUMBER, "supplier_name": NAME},
)


def draft(**values: str | None) -> InvoiceDraft:
    return InvoiceDraft(
        fields={name: Field(value=value, confidence=1.0, safe=True, reason="") for name, value in values.items()}  # type: ignore[misc]
    )


def test_a_lesson_survives_the_way_through_json() -> None:
    lesson = replace(
        LESSON,
        said={**LESSON.said, "due_date": Said(days=14), "tax": Said(absent=True), "issue_date": Said(day_first=True)},
    )

    assert from_data(json.loads(json.dumps(to_data(lesson)))) == lesson


def test_a_lesson_of_a_later_version_is_refused() -> None:
    with pytest.raises(ValueError, match="version 2"):
        from_data({**to_data(LESSON), "version": 2})


def test_a_supplier_is_known_by_vat_id_then_account_then_web_then_name() -> None:
    said = draft(supplier_vat_id="DE 136 695 976", iban="DE02 1203 0000 0000 2020 51", supplier_name="Tischlerei Holz")

    assert key_of(said, PAPER) == "vat_id:DE136695976"
    assert key_of(said, replace(PAPER, vat_ids=frozenset())) == "iban:DE02120300000000202051"
    assert key_of(draft(), PAPER) == "domain:tischlerei"
    assert key_of(draft(supplier_name="Tischlerei Holz GmbH"), Signs()) == "name:tischlerei holz"
    assert key_of(said, Signs()) == "vat_id:DE136695976"
    assert key_of(draft(), Signs()) is None


def test_the_same_supplier_on_the_same_form_is_both() -> None:
    assert bearing(LESSON, PAPER) is Bearing.BOTH
    assert bearing(LESSON, replace(PAPER, cells=FORM - {"label 3"} | {"a new label"})) is Bearing.BOTH


def test_of_a_new_form_of_the_same_supplier_no_place_is_known() -> None:
    renewed = replace(PAPER, cells=OTHER_FORM)

    assert bearing(LESSON, renewed) is Bearing.SUPPLIER
    assert bearing_on([LESSON], renewed) == {"supplier_name": (NAME, Bearing.SUPPLIER)}


def test_of_a_stranger_on_the_same_form_only_the_places_are_known() -> None:
    stranger = Signs(vat_ids=frozenset({"NL000099998B57"}), cells=FORM)

    assert bearing(LESSON, stranger) is Bearing.LAYOUT
    assert bearing_on([LESSON], stranger)["invoice_number"] == (NUMBER, Bearing.LAYOUT)


def test_a_stranger_on_another_form_is_not_known_at_all() -> None:
    stranger = Signs(vat_ids=frozenset({"NL000099998B57"}), cells=OTHER_FORM)

    assert bearing(LESSON, stranger) is Bearing.NONE
    assert bearing_on([LESSON], stranger) == {}


def test_a_few_labels_in_common_make_no_form() -> None:
    stranger = Signs(cells=frozenset({"label 1", "label 2", "label 3", "label 4"}))

    assert bearing(LESSON, stranger) is Bearing.NONE


def test_two_suppliers_with_the_account_of_one_factoring_firm_are_two() -> None:
    factoring = Lesson(
        key="iban:DE02120300000000202051",
        name="Tischlerei Holz GmbH",
        signs=replace(PAPER, vat_ids=frozenset()),
        said={"supplier_name": NAME},
    )
    same_account = Signs(ibans=PAPER.ibans, names=frozenset({"glaserei klar"}), cells=OTHER_FORM)
    with_vat_id = replace(same_account, vat_ids=frozenset({"NL000099998B57"}), names=PAPER.names)

    assert bearing(factoring, same_account) is Bearing.NONE
    assert bearing(factoring, with_vat_id) is Bearing.NONE
    assert bearing(factoring, replace(same_account, names=PAPER.names)) is Bearing.SUPPLIER


def test_a_vat_id_that_was_the_recipients_does_not_make_all_papers_one_suppliers() -> None:
    ours = replace(LESSON, key="vat_id:NL000099998B57", signs=replace(PAPER, vat_ids=frozenset({"NL000099998B57"})))
    elsewhere = Signs(
        vat_ids=frozenset({"NL000099998B57", "DE136695976"}), names=frozenset({"glaserei klar"}), cells=OTHER_FORM
    )

    assert bearing(ours, elsewhere) is Bearing.NONE
    assert bearing(ours, replace(elsewhere, names=PAPER.names)) is Bearing.SUPPLIER


def test_a_name_that_was_only_in_the_picture_is_not_asked_for() -> None:
    logo = Lesson(key="domain:tischlerei", name=None, signs=replace(PAPER, vat_ids=frozenset()), said={})

    assert bearing(logo, Signs(domains=PAPER.domains)) is Bearing.SUPPLIER


def test_the_newest_word_counts_and_silence_does_not_outweigh_one() -> None:
    newer = replace(LESSON, said={"invoice_number": Said(spots=(BARE,))})
    silent = replace(LESSON, said={"invoice_number": Said(silent=True, spots=(BARE,))})

    assert bearing_on([LESSON, newer], PAPER)["invoice_number"][0].spots == (BARE,)
    assert bearing_on([newer, LESSON], PAPER)["invoice_number"][0] == NUMBER
    assert bearing_on([LESSON, silent], PAPER)["invoice_number"][0] == NUMBER
    assert bearing_on([silent, LESSON], PAPER)["invoice_number"][0] == NUMBER


def test_a_lesson_of_the_supplier_itself_outweighs_a_strangers() -> None:
    stranger = replace(LESSON, key="vat_id:NL000099998B57", said={"invoice_number": Said(spots=(BARE,))})

    assert bearing_on([LESSON, stranger], PAPER)["invoice_number"] == (NUMBER, Bearing.BOTH)


def test_master_data_are_a_lesson_without_places() -> None:
    known = Supplier(id=SupplierId("S1"), name="Tischlerei Holz GmbH", vat_id="DE 136695976")

    lesson = of_masterdata(known)

    assert bearing(lesson, PAPER) is Bearing.SUPPLIER
    assert bearing_on([lesson], PAPER)["supplier_vat_id"][0].value == "DE136695976"
    assert of_masterdata(replace(known, vat_id=None, ibans=("NL91 ABNA 0417164300",))).key == "iban:NL91ABNA0417164300"
    assert of_masterdata(replace(known, vat_id=None)).key == "name:tischlerei holz"
