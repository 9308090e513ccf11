"""The readable page of an e-invoice: complete, in the reader's language, harmless."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from einvoice_samples import UBL, ZUGFERD_1, spoiled

from kontorist.extraction.checking import unread
from kontorist.extraction.einvoice import reader
from kontorist.extraction.einvoice.plain import finding_data, invoice_data
from kontorist.extraction.einvoice.terms import TERMS
from kontorist.extraction.einvoice.view import html_of
from kontorist.extraction.einvoice.view_words import WORDS


def found(content: bytes) -> dict[str, Any]:
    """As the checker gives it, without the rules."""
    invoice = reader.read(content)
    return {
        "file": "a.xml",
        "verdict": "accept",
        "reason": None,
        "checked": ["XSD"],
        "findings": [finding_data(each) for each in invoice.defects],
        "invoice": invoice_data(invoice),
    }


def page(text: str = UBL, changes: dict[str, str] | None = None, language: str = "de") -> str:
    return html_of(found(spoiled(text, changes or {})), language)


def words(html: str) -> str:
    body = html.partition("<body>")[2]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("de", ["Rechnung RE-4711", "Datum 4. Mai 2026", "Fällig am 18. Mai 2026", "107,10 EUR", "SEPA-Überweisung",
                "Nachlässe Discount", "2 Stk. 50,00 19 % 100,00 EUR", "Regelsatz", "Niederlande", "Angenommen"]),
        ("nl", ["Factuur RE-4711", "Datum 4 mei 2026", "107,10 EUR", "SEPA-overschrijving", "2 st.", "Aanvaard"]),
        ("en", ["Invoice RE-4711", "Date 4 May 2026", "107.10 EUR", "SEPA credit transfer", "2 pcs", "Accepted"]),
    ],
)  # fmt: skip
def test_it_says_everything_in_the_readers_language(language: str, said: list[str]) -> None:
    shown = words(page(language=language))

    facts = ["Hofladen Celle GmbH", "DE136695976", "PO-77", "Kontor Beispiel B.V.", "COBADEFFXXX", "Thank you."]
    assert [each for each in (*said, *facts, "14 days net", "29221 Celle") if each not in shown] == []


def test_zugferd_1_and_freight_are_shown_too() -> None:
    freight = ("<ram:SpecifiedLogisticsServiceCharge><ram:Description>Fracht</ram:Description>"
               "<ram:AppliedAmount>3.00</ram:AppliedAmount></ram:SpecifiedLogisticsServiceCharge>"
               "<ram:SpecifiedTradeSettlementMonetarySummation>")  # fmt: skip
    shown = words(page(ZUGFERD_1, {"<ram:SpecifiedTradeSettlementMonetarySummation>": freight}))

    assert "Zuschläge Fracht 3,00 EUR" in shown
    assert "5. März 2014" in shown


ATTACK = "&lt;script&gt;alert(1)&lt;/script&gt;&quot; onload=&quot;x"


@pytest.mark.parametrize(
    "place", ["RE-4711", "Thank you.", "Crate of apples", "Hofladen Celle GmbH", "14 days net", "C62", "COBADEFFXXX"]
)
def test_what_the_file_says_is_text_and_nothing_else(place: str) -> None:
    html = page(UBL, {place: ATTACK})

    assert "<script" not in html
    assert 'onload="' not in html
    assert "alert(1)" in words(html)


def test_it_loads_nothing_from_elsewhere() -> None:
    html = page(UBL, {"Thank you.": "https://evil.example/x.png"})

    assert "default-src 'none'" in html
    assert re.findall(r"<(?:a|img|link|iframe|form|object|base)\b", html) == []
    assert re.findall(r"\b(?:src|href|action)=|url\(|@import", html) == []


def test_defects_and_verdict_stand_on_it() -> None:
    shown = words(page(UBL, {">107.10<": ">many<"}))

    assert "KON-EINVOICE-AMOUNT Fehler BT-112 is not an amount: 'many'." in shown


def test_a_file_that_is_not_read_shows_its_reason() -> None:
    shown = words(html_of(unread("<b>.pdf", "damaged", "The file is damaged."), "nl"))

    assert "<b>.pdf Niet geheel gecontroleerd · The file is damaged." in shown


def test_every_part_has_its_word_in_three_languages() -> None:
    parts = {
        name.rpartition(".")[2]
        for name in TERMS
        if not name.startswith(("lines.", "documents.", "logistics.", "discounts."))
    }
    hidden = {"street", "street2", "street3", "town", "postcode", "region", "country", "name", "size", "subject",
              "percent", "category", "reason_code", "period_start", "period_end"}  # fmt: skip

    unnamed = {name for name in parts if name not in WORDS and not name.endswith("_scheme")}
    assert unnamed <= hidden
    assert all(len(each) == 3 and all(each) for each in WORDS.values())


def test_a_cash_discount_is_shown_with_its_last_day() -> None:
    shown = words(page(changes={"14 days net": "#SKONTO#TAGE=7#PROZENT=2.50#"}))

    assert "Skonto bei Zahlung bis 2,5 % – 11. Mai 2026" in shown
