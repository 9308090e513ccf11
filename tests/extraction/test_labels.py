"""The words beside values, in eight languages."""

from __future__ import annotations

import json
from importlib import resources

import pytest

from kontorist.extraction.labels import LANGUAGES, fold, language_of, lexicon, squeeze


def roles(text: str) -> set[str]:
    return {role for hit in lexicon().find(text) for role in hit.roles}


@pytest.mark.parametrize(
    ("printed", "role"),
    [
        ("Rechnungs-Nr.:", "invoice_number"),
        ("R e c h n u n g s n r .", "invoice_number"),
        ("Invoice #", "invoice_number"),
        ("N° de facture", "invoice_number"),
        ("Factuurnummer:", "invoice_number"),
        ("Número de factura", "invoice_number"),
        ("USt.-Id.-Nr. :", "vat_id"),
        ("Ihre USt-IdNr.:", "vat_id_buyer"),
        ("Date d'échéance", "due_date"),
        ("Date d’échéance", "due_date"),
        ("Uiterste betaaldatum", "due_date"),
        ("zzgl. 19 % Ust.", "tax"),
        ("Total excl. VAT", "without_tax"),
        ("Kunden-Nr.", "other_number"),
        ("Rg.-Nr.", "invoice_number"),
        ("N.º da fatura", "invoice_number"),
        ("Nr. fattura", "invoice_number"),
        ("Fecha de vto.", "due_date"),
        ("Rechnungs-/Leistungsdatum", "issue_date"),
    ],
)
def test_a_label_in_all_its_spellings(printed: str, role: str) -> None:
    assert role in roles(printed)


def test_the_longest_phrase_wins() -> None:
    (hit,) = lexicon().find("Rechnungssumme Netto")

    assert hit.roles == {"net"}


def test_a_phrase_inside_a_word_is_none() -> None:
    assert lexicon().find("Bestandsrechnungsnummernkreis") == []


@pytest.mark.parametrize(
    ("printed", "role"),
    [
        ("Vertragskontonummer: 4711", "other_number"),
        ("Kühlhausrechnungsnummer 8", "invoice_number"),
        ("Abholdatum", "other_date"),
        ("Fälligkeitszeitpunkt", "due_date"),
        ("Leistungsnettosumme", None),
        ("Kranbereitstellungspauschale", "charge"),
    ],
)
def test_a_word_nobody_wrote_down_is_told_by_its_parts(printed: str, role: str | None) -> None:
    assert roles(printed) == ({role} if role else set())


def test_a_phrase_does_not_go_on_behind_a_comma() -> None:
    assert [hit.phrase for hit in lexicon().find("3 % Skonto, bis 2. Juni netto")] == ["skonto", "netto"]


def test_a_number_label_that_names_the_paper_names_its_kind() -> None:
    assert {"invoice_number", "kind_receipt"} <= roles("Quittung Nr. 5")


def test_all_languages_know_the_same_roles() -> None:
    data = {
        language: json.loads(
            resources.files("kontorist.extraction.labels").joinpath(f"{language}.json").read_text("utf-8")
        )
        for language in LANGUAGES
    }

    assert {language: sorted(each["roles"]) for language, each in data.items()} == {
        language: sorted(data["de"]["roles"]) for language in LANGUAGES
    }
    assert all(len(each["months"]) == 12 for each in data.values())


def test_folding_keeps_positions() -> None:
    text = "Müßiggang à l’école № ½ ﬁ"

    assert len(fold(text)) == len(text)
    assert squeeze("Réf. n° 7 %") == "refn7%"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Bitte zahlen Sie den Betrag und die Rechnung", "de"),
        ("Please pay the amount due for this invoice", "en"),
        ("Gelieve het bedrag van uw factuur te betalen", "nl"),
        ("Veuillez payer le montant de votre facture sur les comptes", "fr"),
        ("4711", None),
    ],
)
def test_the_language_by_its_small_words(text: str, language: str | None) -> None:
    assert language_of(text) == language
