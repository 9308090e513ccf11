"""What must never be called safe, and values printed in pieces; each paper is drawn here."""

from __future__ import annotations

import pytest
from paper import read

from kontorist.domain.payables.draft import InvoiceDraft

PAPER = """
Papierhaus Nord GmbH · Deichweg 4 · 20457 Hamburg

Spedition Beispiel GmbH                    Rechnungsnummer:   2024-117
Hafenstraße 61                             Rechnungsdatum:    03.05.2024
20459 Hamburg

Rechnung

Pos.   Bezeichnung           Menge      Einzelpreis      MwSt.      Gesamt
1      Kopierpapier A4           4          18,45 €       19 %      73,80 €
2      Briefumschläge            2          13,10 €       19 %      26,20 €

                             Zwischensumme (netto)                100,00 €
                             zzgl. 19 % MwSt.                      19,00 €
                             Gesamtbetrag                         119,00 €

Zahlbar bis 17.05.2024 ohne Abzug.

Papierhaus Nord GmbH        USt-IdNr. DE136695976         IBAN DE89 3704 0044 0532 0130 00
"""
TERM = "Zahlbar bis 17.05.2024 ohne Abzug."
ACCOUNT = "IBAN DE89 3704 0044 0532 0130 00"


def changed(*pairs: str) -> InvoiceDraft:
    """The plain paper with each second text in place of the one before it."""
    text = PAPER
    for old, new in zip(pairs[::2], pairs[1::2], strict=True):
        assert old in text
        text = text.replace(old, new)
    return read(text)


def test_the_account_that_is_debited_is_not_the_one_to_pay_to() -> None:
    debited = "Der Betrag wird von Ihrem Konto IBAN DE89 3704 0044 0532 0130 00 abgebucht."

    assert changed(ACCOUNT, "Musterbank", TERM, debited).value("iban") is None


def test_the_account_after_the_sentence_about_the_debit_is_the_suppliers() -> None:
    text = "Der Betrag wird von Ihrem Konto eingezogen. IBAN DE89 3704 0044 0532 0130 00"

    assert changed(ACCOUNT, "Musterbank", TERM, text).value("iban") == "DE89370400440532013000"


def test_the_id_of_who_collects_a_debit_is_no_account() -> None:
    assert changed(ACCOUNT, "Gläubiger-ID DE98ZZZ09999999999").value("iban") is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("IBAN DE89\n                                             3704 0044 0532 0130 00", "DE89370400440532013000"),
        ("IBAN GB29\n                                             NWBK 6016 1331 9268 19.", "GB29NWBK60161331926819"),
    ],
)
def test_an_account_broken_behind_its_country_goes_on_below(text: str, value: str) -> None:
    text = f"Zahlbar per Überweisung auf das Konto        {text}"

    assert changed(ACCOUNT, "Musterbank", TERM, text).value("iban") == value


def test_days_of_coming_instalments_are_no_due_date() -> None:
    term = "Ihr neuer Abschlag ist fällig am: 01.06.2024, 01.07.2024, 01.08.2024 und so weiter."
    due = changed(TERM, term).fields["due_date"]

    assert (due.value, due.safe) == (None, False)


def test_a_later_day_under_an_unknown_label_makes_no_due_date_unsafe() -> None:
    draft = changed(TERM, "", "Rechnungsdatum:    03.05.2024", "Rechnungsdatum:  03.05.2024   Forfaldsdag:  17.05.2024")

    assert not draft.fields["due_date"].safe


def test_who_writes_a_self_billed_invoice_is_not_safely_its_supplier() -> None:
    draft = changed("\nRechnung\n", "\nAbrechnung im Gutschriftverfahren\n")

    assert not any(draft.fields[name].safe for name in ("supplier_name", "supplier_vat_id", "iban"))


def test_a_number_under_an_unknown_label_makes_no_vat_id_unsafe() -> None:
    assert changed("USt-IdNr. DE136695976", "Musterstadt").fields["supplier_vat_id"].safe
    assert not changed("USt-IdNr. DE136695976", "CVR-nr. 12345678").fields["supplier_vat_id"].safe


def test_a_name_is_unsafe_where_another_firm_has_the_vat_id() -> None:
    draft = changed("Papierhaus Nord GmbH        USt-IdNr.", "Lager Süd GmbH\nUSt-IdNr.")

    assert not draft.fields["supplier_name"].safe


def test_a_number_broken_at_the_end_of_its_line_is_joined_but_never_safe() -> None:
    number = changed("Rechnungsnummer:   2024-117", f"Rechnungsnummer:   QX-2024-\n{'':62}0117").fields[
        "invoice_number"
    ]

    assert (number.value, number.safe) == ("QX-2024-0117", False)


@pytest.mark.parametrize("number", ["F 1903/0451", "MR 2020-04/018", "RG-770 41 188"])
def test_letters_and_groups_are_parts_of_the_number(number: str) -> None:
    assert changed("2024-117", number).value("invoice_number") == number


def test_a_number_glued_to_its_label_is_read_without_it() -> None:
    assert changed("Rechnungsnummer:   2024-117", "Rechnungsnummer:FM-2024117").value("invoice_number") == "FM-2024117"


def test_tax_contained_in_the_total_with_its_name_behind_it() -> None:
    sums = PAPER[PAPER.index("                             Zwischensumme") : PAPER.index("Zahlbar")]
    total = f"{'':29}Gesamtsumme     100,00 €\n{'':29}inkl. 15,97 € MwSt. (19 %)\n\n"
    draft = changed(sums, total)

    assert (draft.value("tax"), draft.value("gross")) == ("15.97", "100.00")


def test_sums_a_blank_apart_stand_below_their_heads() -> None:
    sums = PAPER[PAPER.index("                             Zwischensumme") : PAPER.index("Zahlbar")]
    totals = f"{'':36}Netto    MwSt  Brutto\n{'':29}Summe  100,00 19,00 119,00\n\n"
    draft = changed(sums, totals)

    assert (draft.value("net"), draft.value("tax"), draft.value("gross")) == ("100.00", "19.00", "119.00")


def test_the_currency_is_that_of_the_total_printed_once_more() -> None:
    sums = PAPER[PAPER.index("                             Zwischensumme") : PAPER.index("Zahlbar")]
    text = sums.replace(" €", "") + "Zu zahlen: 119,00 PLN\n"
    draft = changed(sums, text, "18,45 €", "18,45", "13,10 €", "13,10", "73,80 €", "73,80", "26,20 €", "26,20")

    assert draft.value("currency") == "PLN"


DEPOSITS = """
Auftragssumme netto    500,00 €
19 % MwSt.              95,00 €
Auftragssumme brutto   595,00 €
{word} netto         400,00 €
19 % MwSt.              76,00 €
{word} brutto        476,00 €
Nettobetrag            100,00 €
19 % MwSt.              19,00 €
Rechnungsbetrag        119,00 €

"""


@pytest.mark.parametrize(
    ("word", "gross"), [("Abschlag", "119.00"), ("abzgl. 1. Abschlag", "119.00"), ("Quelque", None)]
)
def test_of_several_sums_that_close_none_is_safe(word: str, gross: str | None) -> None:
    sums = PAPER[PAPER.index("                             Zwischensumme") : PAPER.index("Zahlbar")]
    draft = changed(sums, DEPOSITS.format(word=word))

    assert gross in (None, draft.value("gross"))
    assert not any(draft.fields[name].safe for name in ("net", "tax", "gross"))


@pytest.mark.parametrize(("due", "codes"), [("69,00", ["KON-LESS-DUE"]), ("119,00", [])])
def test_less_to_pay_than_the_total_is_for_a_person(due: str, codes: list[str]) -> None:
    draft = changed(TERM, f"{'':29}Offener Betrag                       {due} €\n\n{TERM}")

    assert (draft.value("gross"), [each.code for each in draft.findings]) == ("119.00", codes)
