"""Invoices as PDF: what stands on the page, in every design and language."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal

import pypdfium2
import pytest

from kontorist.domain.payables.draft import DocumentKind
from kontorist.testing.documents import notation, spoiled
from kontorist.testing.documents.facts import LANGUAGES, InvoiceFacts, Item, Language
from kontorist.testing.documents.layouts import LAYOUTS, Layout, drawn_layout, layout
from kontorist.testing.documents.pages import render
from kontorist.testing.documents.suppliers import drawn_invoice, drawn_items

EACH_DESIGN = pytest.mark.parametrize("design", LAYOUTS, ids=lambda each: each.name)
EACH_LANGUAGE = pytest.mark.parametrize("language", LANGUAGES)


def words(pdf: bytes) -> str:
    """The text of all pages with every run of blanks made one."""
    document = pypdfium2.PdfDocument(pdf)
    found = " ".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    return " ".join(found.replace("\u00a0", " ").split())


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def shown(facts: InvoiceFacts, design: Layout) -> list[str]:
    """The ten fields in the notation of the page; a missing one is left out."""
    supplier = facts.supplier
    amounts = [notation.number(each, facts.language) for each in (facts.net, facts.tax, facts.gross)]
    days = [notation.day(each, facts.language, design.dates) for each in (facts.issued, facts.due) if each]
    account = [] if facts.paid else [notation.grouped_iban(supplier.iban or "")]
    numbers = [notation.spoken_vat_id(supplier.vat_id or ""), facts.number]
    if design.totals == "block" and len(facts.taxes) > 1:
        amounts.pop(1)  # by rate only: the sum of the rates stands nowhere
    return [supplier.name, *numbers, *days, *account, *map(plain, amounts)]


@EACH_LANGUAGE
@EACH_DESIGN
def test_everything_an_invoice_says_stands_on_its_page(design: Layout, language: Language) -> None:
    facts = drawn_invoice(7, language)

    text = words(render(facts, design))

    assert [each for each in shown(facts, design) if each not in text] == []
    assert "€" in text or "EUR" in text


@pytest.mark.parametrize("seed", range(12))
def test_designs_drawn_at_random_say_everything_too(seed: int) -> None:
    facts, design = drawn_invoice(seed, LANGUAGES[seed % 4]), drawn_layout(seed)

    text = words(render(facts, design))

    assert [each for each in shown(facts, design) if each not in text] == []


def test_the_same_paper_has_the_same_bytes_and_another_seed_other_ones() -> None:
    pages = [render(drawn_invoice(seed, "fr"), drawn_layout(seed)) for seed in (3, 3, 4)]

    assert pages[0] == pages[1] != pages[2]


def test_a_long_invoice_breaks_in_its_table_and_repeats_the_heading() -> None:
    facts = drawn_invoice(1, "nl")
    long = replace(facts, items=drawn_items(random.Random(1), "nl", "NL", 60))

    document = pypdfium2.PdfDocument(render(long, layout("ledger")))
    texts = [page.get_textpage().get_text_range() for page in document]
    document.close()

    assert len(texts) > 1
    assert all("Omschrijving" in each for each in texts[:-1])
    assert "Pagina 2" in texts[1]
    assert long.number in texts[1]


def test_three_rates_stand_in_three_rows_and_add_up() -> None:
    rates = (Decimal(0), Decimal(9), Decimal(21))
    items = tuple(
        Item(description=f"Artikel {rate}", quantity=Decimal(3), unit="stuk", unit_price=Decimal("33.33"), rate=rate)
        for rate in rates
    )
    facts = replace(drawn_invoice(1, "nl"), items=items)

    text = words(render(facts, layout("centred")))

    assert [line.rate for line in facts.taxes] == [21, 9, 0]
    assert facts.tax == Decimal("30.00") == Decimal("21.00") + Decimal("9.00")
    assert facts.gross == facts.net + facts.tax
    assert all(f"{rate}%" in text for rate in rates)


def test_a_reverse_charge_invoice_says_so_and_prints_no_tax_but_zero() -> None:
    facts = drawn_invoice(2, "en")
    free = replace(facts, reverse_charge=True, items=tuple(replace(item, rate=Decimal(0)) for item in facts.items))

    text = words(render(free, layout("modern")))

    assert "Reverse charge" in text
    assert "€0.00" in text
    assert free.gross == free.net


def test_a_paid_receipt_asks_for_nothing() -> None:
    receipt = drawn_invoice(5, "de", kind=DocumentKind.RECEIPT)

    text = words(render(receipt, layout("formal")))

    assert "dankend erhalten" in text
    assert "IBAN" not in text
    assert receipt.printed()["iban"] is None
    assert receipt.printed()["due_date"] is None


def test_a_credit_note_names_the_invoice_it_corrects() -> None:
    credit = drawn_invoice(6, "fr", kind=DocumentKind.CREDIT_NOTE)

    text = words(render(credit, layout("window")))

    assert "Avoir" in text
    assert credit.corrects is not None
    assert credit.corrects in text


def test_a_misprinted_total_is_printed_and_not_the_sum() -> None:
    wrong = spoiled.misprinted(drawn_invoice(8, "de"), Decimal("10.00"))

    text = words(render(wrong, layout("window")))

    assert wrong.gross == wrong.net + wrong.tax + 10
    assert notation.number(wrong.gross, "de") in text
    assert notation.number(wrong.gross - 10, "de") not in text


def test_a_copy_is_another_file_with_the_same_words() -> None:
    facts = drawn_invoice(9, "nl")

    original, copy = (render(each, layout("ledger")) for each in (facts, spoiled.copy_of(facts)))

    assert original != copy
    assert words(copy).replace("KOPIE ", "") == words(original)


def test_a_changed_account_is_the_only_difference() -> None:
    facts = drawn_invoice(9, "nl")
    changed = spoiled.with_account(facts, "NL32KTRB0004711003")

    before, after = facts.printed(), changed.printed()

    assert {name for name in before if before[name] != after[name]} == {"iban"}


def test_a_picture_has_no_text_and_looks_like_its_page() -> None:
    page = render(drawn_invoice(4, "de"), layout("typewriter"))

    picture = spoiled.picture_of(page)

    assert picture == spoiled.picture_of(page)
    assert words(picture) == ""
    assert _darkness(picture) == pytest.approx(_darkness(page), rel=0.2)


def _darkness(pdf: bytes) -> float:
    document = pypdfium2.PdfDocument(pdf)
    image = document[0].render(scale=1, grayscale=True).to_pil()
    document.close()
    pixels = image.tobytes()
    return sum(255 - each for each in pixels) / len(pixels)


@EACH_DESIGN
def test_a_broken_file_cannot_be_opened(design: Layout) -> None:
    with pytest.raises(pypdfium2.PdfiumError):
        pypdfium2.PdfDocument(spoiled.broken(render(drawn_invoice(4, "de"), design)))
