"""From facts to a page and back: what the generator prints, the reader reads."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kontorist.domain.payables.draft import FIELDS, DocumentKind, FieldName, InvoiceDraft
from kontorist.extraction.reading import open_pool, read_invoice
from kontorist.sandbox import Pool
from kontorist.testing.documents import einvoice, spoiled
from kontorist.testing.documents.facts import LANGUAGES, InvoiceFacts, Language
from kontorist.testing.documents.layouts import LAYOUTS, Layout, drawn_layout, layout
from kontorist.testing.documents.pages import render
from kontorist.testing.documents.suppliers import drawn_invoice


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    opened = open_pool()
    yield opened
    opened.close()


def misread(draft: InvoiceDraft, facts: InvoiceFacts) -> dict[FieldName, tuple[str | None, str | None]]:
    """The fields that differ: what the paper says, what was read."""
    printed = facts.printed()
    return {name: (printed[name], draft.value(name)) for name in FIELDS if printed[name] != draft.value(name)}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("design", LAYOUTS, ids=lambda each: each.name)
def test_a_clean_invoice_is_read_back_as_it_was_meant(pool: Pool, design: Layout, language: Language) -> None:
    facts = drawn_invoice(7, language)

    draft = read_invoice(pool, render(facts, design), name="invoice.pdf")

    assert misread(draft, facts) == {}
    assert draft.kind is DocumentKind.INVOICE
    assert [line.total for line in draft.lines] == [item.total for item in facts.items]


@pytest.mark.parametrize("seed", range(40))
def test_nothing_misread_is_called_safe_in_designs_drawn_at_random(pool: Pool, seed: int) -> None:
    facts = drawn_invoice(seed, LANGUAGES[seed % 4])

    draft = read_invoice(pool, render(facts, drawn_layout(seed)), name="invoice.pdf")

    assert [name for name in misread(draft, facts) if draft.fields[name].safe] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_e_invoice_is_read_from_its_structured_part(pool: Pool, language: Language) -> None:
    facts = drawn_invoice(21, language)
    xml = einvoice.cii_xml(facts)

    hybrid = read_invoice(pool, einvoice.hybrid(render(facts, layout("grid")), xml), name="invoice.pdf")
    plain = read_invoice(pool, xml, name="invoice.xml")

    assert misread(hybrid, facts) == {} == misread(plain, facts)
    assert hybrid.syntax == "cii" == plain.syntax


def test_an_e_invoice_whose_page_says_something_else_is_never_safe(pool: Pool) -> None:
    facts = drawn_invoice(21, "de")
    other = spoiled.with_account(facts, "DE30999000310077004711")

    draft = read_invoice(pool, einvoice.hybrid(render(other, layout("grid")), einvoice.cii_xml(facts)), name="a.pdf")

    assert draft.value("iban") == facts.supplier.iban
    assert draft.status == "review"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_credit_note_is_recognised_as_one(pool: Pool, language: Language) -> None:
    facts = drawn_invoice(3, language, kind=DocumentKind.CREDIT_NOTE)

    draft = read_invoice(pool, render(facts, layout("window")), name="credit.pdf")

    assert draft.kind is DocumentKind.CREDIT_NOTE
    assert draft.value("invoice_number") == facts.number


def test_a_wrong_total_is_read_as_printed(pool: Pool) -> None:
    facts = spoiled.misprinted(drawn_invoice(7, "de"))

    draft = read_invoice(pool, render(facts, layout("window")), name="invoice.pdf")

    assert draft.value("gross") == facts.printed()["gross"]


def test_a_picture_waits_for_a_person_and_a_broken_file_is_refused_with_a_sentence(pool: Pool) -> None:
    page = render(drawn_invoice(7, "de"), layout("window"))

    picture = read_invoice(pool, spoiled.picture_of(page), name="scan.pdf")
    broken = read_invoice(pool, spoiled.broken(page), name="download.pdf")

    assert picture.status == "review"
    assert broken.status == "quarantined"
    assert broken.reason
