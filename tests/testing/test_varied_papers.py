"""Papers drawn at random: the same seed, the same bytes; what is true of one stands on it."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from kontorist.extraction.intake import pdf_pages
from kontorist.testing.documents.varied import paper
from kontorist.testing.documents.varied.words import WORDS


def printed(content: bytes) -> str:
    pages, _ = pdf_pages(content)
    return "".join(re.sub(r"\W", "", segment.text) for page in pages for segment in page.segments)


def test_the_same_seed_prints_the_same_bytes() -> None:
    assert paper(7) == paper(7)
    assert paper(7)[0] != paper(8)[0]


@pytest.mark.parametrize("seed", range(30))
def test_what_is_true_of_a_paper_stands_on_it(seed: int) -> None:
    content, truth = paper(seed)
    text = printed(content)

    for name in ("invoice_number", "supplier_vat_id", "iban"):
        if truth[name]:
            assert re.sub(r"\W", "", truth[name]) in text, name
    assert any(re.sub(r"\W", "", name) in text for name in truth["supplier_name"])
    for name in ("net", "gross"):
        amount = Decimal(truth[name])
        assert re.sub(r"\D", "", f"{amount:.2f}") in text or name == "net"


def test_net_and_tax_give_the_gross_of_every_paper() -> None:
    for seed in range(60, 90):
        _, truth = paper(seed)
        tax = Decimal(truth["tax"] or 0)
        assert Decimal(truth["net"]) + tax == Decimal(truth["gross"])


def test_every_language_has_words_for_the_same_things() -> None:
    assert len({frozenset(words) for words in WORDS.values()}) == 1
