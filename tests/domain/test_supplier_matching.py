"""Whose invoice is it? Better nobody than the wrong one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from domain_office import IBAN, MUSTER, OTHER_IBAN, invoice

from kontorist.domain.ids import SupplierId
from kontorist.domain.payables.suppliers import (
    Supplier,
    compact,
    find_supplier,
    folded_name,
    provisional_supplier,
    same_identifier,
)


def supplier(key: str, **facts: object) -> Supplier:
    return replace(Supplier(id=SupplierId(key), name=f"Firma {key}"), **facts)


def found(*known: Supplier, vat_id: str | None = None, iban: str | None = None, name: str | None = None) -> str | None:
    match = find_supplier(known, vat_id=vat_id, iban=iban, name=name)
    return match.id if match else None


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Müller & Söhne GmbH", "MULLER + SOHNE"),
        ("Muster GmbH & Co. KG", "Muster"),
        ("Kontor Beispiel B.V.", "Kontor Beispiel BV"),
        ("Café René S.A.R.L.", "Cafe Rene SARL"),
        ("Huber e.K.", "Huber"),
        ("Kleinbetrieb UG (haftungsbeschränkt)", "Kleinbetrieb UG"),
        ("Strauß AG", "STRAUSS AG"),
        ("A.B. Schmidt Ltd.", "AB Schmidt Limited"),
        ("Firma Sp. z o.o.", "FIRMA SP.Z O.O."),
        ("Oﬃce Supplies Ltd", "Office Supplies Ltd"),
    ],
)
def test_a_name_is_the_same_without_accents_punctuation_and_legal_form(name: str, other: str) -> None:
    assert folded_name(name) == folded_name(other) != ""


@pytest.mark.parametrize(
    ("name", "folded"),
    [("AS Roma GmbH", "as roma"), ("SAS", "sas"), ("Bauer GmbH", "bauer"), ("Baur", "baur"), ("", "")],
)
def test_only_an_ending_is_a_legal_form_and_never_the_whole_name(name: str, folded: str) -> None:
    assert folded_name(name) == folded


def test_identifiers_are_compared_without_blanks_and_dots() -> None:
    assert compact("DE 136.695-976") == "DE136695976"
    assert same_identifier("EL 123456789", "GR123456789")
    assert not same_identifier("GR16 0110 1250 0000 0001 2300 695", "EL1601101250000000012300695")
    assert not same_identifier("-", "")


def test_a_supplier_is_known_by_vat_id_before_iban_before_name() -> None:
    other = supplier("Sother", ibans=(OTHER_IBAN,))

    assert found(MUSTER, other, vat_id="DE 136 695 976", iban=OTHER_IBAN, name="Firma Sother") == "Smuster"
    assert found(MUSTER, other, iban=OTHER_IBAN, name="Muster GmbH") == "Sother"
    assert found(MUSTER, other, name="MUSTER gmbh") == "Smuster"
    assert found(MUSTER, other, name="Somebody") is None
    assert found(MUSTER) is None


def test_a_factoring_account_shared_by_two_firms_finds_neither_by_itself() -> None:
    client = supplier("Sclient", vat_id="DE811907980", ibans=(IBAN,))

    assert found(MUSTER, client, iban=IBAN) is None
    assert found(MUSTER, client, iban=IBAN, vat_id="DE811907980") == "Sclient"
    assert found(MUSTER, client, iban=IBAN, name="Firma Sclient") == "Sclient"


def test_an_iban_does_not_overrule_another_vat_id() -> None:
    assert found(MUSTER, iban=IBAN, vat_id="DE811907980", name="Muster GmbH") is None


def test_branches_under_one_vat_id_are_told_apart_by_account_and_name() -> None:
    north = replace(MUSTER, id=SupplierId("Snorth"), name="Muster Nord GmbH", ibans=(OTHER_IBAN,))

    assert found(MUSTER, north, vat_id=MUSTER.vat_id) is None
    assert found(MUSTER, north, vat_id=MUSTER.vat_id, iban=OTHER_IBAN) == "Snorth"
    assert found(MUSTER, north, vat_id=MUSTER.vat_id, name="Muster Nord") == "Snorth"
    stranger = supplier("Sstranger", ibans=("FR7630006000011234567890189",))
    assert found(MUSTER, north, stranger, vat_id=MUSTER.vat_id, iban=stranger.ibans[0]) is None


def test_two_firms_of_one_name_are_none() -> None:
    assert found(supplier("S1", name="Meier"), supplier("S2", name="Meier e.K."), name="Meier") is None


def test_a_supplier_of_the_master_data_comes_before_a_provisional_one() -> None:
    seen = provisional_supplier(invoice())
    bare = supplier("Sbare", name="Muster GmbH")

    assert found(seen, bare, vat_id=MUSTER.vat_id, name="Muster GmbH") == "Sbare"
    assert found(seen, vat_id=MUSTER.vat_id) == seen.id


def test_an_unknown_supplier_has_the_same_provisional_id_next_time() -> None:
    first = provisional_supplier(invoice())
    again = provisional_supplier(invoice(supplier_name="MUSTER", supplier_vat_id="DE 136695976", iban=OTHER_IBAN))

    assert first.id == again.id
    assert first.id.startswith("P")
    assert first.provisional
    assert (first.name, first.vat_id, first.ibans) == ("Muster GmbH", MUSTER.vat_id, (IBAN,))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"supplier_vat_id": None}, {"supplier_vat_id": None, "supplier_name": "other reading"}),
        ({"supplier_vat_id": "-"}, {"supplier_vat_id": None}),
        ({"supplier_vat_id": None, "iban": None}, {"supplier_vat_id": None, "iban": None, "supplier_name": "muster"}),
    ],
)
def test_without_vat_id_the_account_and_then_the_name_tell_who_it_is(
    one: dict[str, str | None], other: dict[str, str | None]
) -> None:
    assert provisional_supplier(invoice(**one)).id == provisional_supplier(invoice(**other)).id


def test_a_supplier_of_whom_nothing_is_known_still_has_an_id() -> None:
    nobody = provisional_supplier(invoice(supplier_name=None, supplier_vat_id=None, iban=None))

    assert (nobody.name, nobody.ibans) == ("unknown supplier", ())
