"""Papers drawn at random: the same seed, the same bytes; what is true of one stands on it."""

from __future__ import annotations

import random
import re
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest

from kontorist.extraction.intake import pdf_pages
from kontorist.testing.documents.varied import breadth, paper
from kontorist.testing.documents.varied.amended import amended, bill, include, till
from kontorist.testing.documents.varied.invented import Invented, invoice
from kontorist.testing.documents.varied.second_writer import SecondWriter
from kontorist.testing.documents.varied.words import WORDS


def printed(content: bytes) -> str:
    pages, _ = pdf_pages(content)
    return "".join(re.sub(r"\W", "", segment.text) for page in pages for segment in page.segments)


def each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("generator", [1, 2])
def test_the_same_seed_prints_the_same_bytes(generator: int) -> None:
    assert paper(7, generator=generator) == paper(7, generator=generator)
    assert paper(7, generator=generator)[0] != paper(8, generator=generator)[0]


@pytest.mark.parametrize("generator", [1, 2])
@pytest.mark.parametrize("seed", range(40, 62))
def test_what_is_true_of_a_paper_stands_on_it(seed: int, generator: int) -> None:
    content, truth = paper(seed, generator=generator)
    text = printed(content)

    for name in ("invoice_number", "supplier_vat_id", "iban"):
        for value in each(truth[name] or []):
            assert re.sub(r"\W", "", value) in text, name
    assert any(re.sub(r"\W", "", name) in text for name in truth["supplier_name"])
    for name in ("net", "gross"):
        for value in each(truth.get(name, [])):
            assert re.sub(r"\D", "", f"{Decimal(value):.2f}") in text, name


@pytest.mark.parametrize("generator", [1, 2])
def test_net_and_tax_give_the_gross_of_every_paper(generator: int) -> None:
    for seed in range(60, 90):
        _, truth = paper(seed, generator=generator)
        if "net" in truth:
            assert Decimal(truth["net"]) + Decimal(truth["tax"] or 0) == Decimal(each(truth["gross"])[0])


def test_every_language_has_words_for_the_same_things() -> None:
    assert len({frozenset(words) for words in WORDS.values()}) == 1


def taxed_invoice() -> Invented:
    found = (invoice(seed) for seed in range(500))
    return next(one for one in found if one.kind == "invoice" and one.tax and one.paid is None and len(one.lines) > 3)


def test_prices_with_tax_give_the_same_sum_as_the_lines() -> None:
    drawn = taxed_invoice()
    drawn.charges = []
    include(drawn)

    assert drawn.gross == sum(line.total for line in drawn.lines)
    assert drawn.net + drawn.tax == drawn.gross
    assert drawn.net < drawn.gross


def test_a_till_asks_for_no_transfer() -> None:
    drawn = till(taxed_invoice(), random.Random(1))

    truth = drawn.truth()
    assert (drawn.kind, truth["due_date"], truth["iban"]) == ("receipt", None, None)
    assert drawn.paid == drawn.gross == sum(line.total for line in drawn.lines)


def test_instalments_of_a_bill_leave_its_gross_as_it_is() -> None:
    bills = (bill(taxed_invoice(), random.Random(seed)) for seed in range(50))
    drawn = next(one for one in bills if one.advance)

    assert drawn.advance is not None
    assert 0 < drawn.advance < drawn.gross
    assert drawn.truth()["gross"] == str(taxed_invoice().gross)


def test_where_a_share_is_held_back_both_sums_count_as_the_gross() -> None:
    held = next(one for seed in range(900) if (one := amended(invoice(seed), random.Random(seed))).held)

    assert held.held is not None
    assert held.truth()["gross"] == [str(held.gross), str(held.gross - held.held[1])]


def test_sections_hold_every_line_once() -> None:
    for seed in range(200):
        drawn = amended(invoice(seed), random.Random(seed))
        assert sum(count for _, count in drawn.parts) in (0, len(drawn.lines))
        assert all(count > 0 for _, count in drawn.parts)


@pytest.mark.parametrize("seed", range(12))
def test_the_second_writer_prints_all_text_at_its_place_in_whatever_order_and_pieces(seed: int) -> None:
    out = BytesIO()
    writer = SecondWriter(out, 300.0, 200.0, random.Random(seed))
    writer.setFont("Helvetica", 10.0)
    writer.drawString(20, 150, "Rechnung 4711")
    writer.setFont("Vera", 9.0)
    writer.drawRightString(280, 100, "1.234,00 €")
    writer.save()

    [page], _ = pdf_pages(out.getvalue())
    upper, lower = sorted(page.segments, key=lambda segment: segment.y0)
    assert re.sub(r"\s", "", upper.text + lower.text) == "Rechnung47111.234,00€"
    assert upper.x0 == pytest.approx(20, abs=1.0)
    assert lower.x1 == pytest.approx(280, abs=1.0)


def test_both_writers_print_their_share() -> None:
    contents = [breadth.paper(seed)[0] for seed in range(60)]

    assert 15 < sum(b"ReportLab" in content for content in contents) < 45
