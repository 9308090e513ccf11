"""What a paper is, whose, and of which month: each with its reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kontorist.domain.documents.filing import (
    TO_BE_DONE,
    USUAL_RULES,
    FilingRule,
    NotAType,
    Paper,
    Partner,
    checked_type,
    file_paper,
)

CAME = date(2026, 5, 20)
LINDNER = Partner(
    id="S1",
    name="Papierhaus Lindner GmbH",
    kind="supplier",
    vat_id="DE136695976",
    ibans=("DE89370400440532013000",),
    domain="lindner.example",
)
SHORT = Partner(id="S2", name="Lindner", kind="customer")
BRANDT = Partner(id="C3", name="Elektro Brandt & Söhne KG", kind="customer", domain="brandt.example")
PARTNERS = (LINDNER, SHORT, BRANDT)


def paper(text: str = "", **others: Any) -> Paper:
    return replace(Paper(name="scan.pdf", media_type="application/pdf", received=CAME, text=text), **others)


def type_of(found: Paper, *rules: FilingRule) -> str | None:
    return file_paper(found, rules, ()).document_type


@pytest.mark.parametrize(
    ("text", "document_type"),
    [
        ("Muster GmbH\n\nMIETVERTRAG über Büroräume", "contract"),
        ("Pakbon 4711", "delivery_note"),
        ("Our quotation of today", "offer"),
        ("Auftragsbestätigung", "order_confirmation"),
        ("AUFTRAGSBESTATIGUNG", "order_confirmation"),  # a font without umlauts
        ("Bekanntmachung über Vertragswesen", None),  # part of a word is no word
        ("Die Kaffeemaschine tropft", None),
        ("", None),
    ],
)
def test_the_usual_words_say_what_it_is(text: str, document_type: str | None) -> None:
    assert type_of(paper(text)) == document_type


def test_only_the_first_lines_say_what_it_is() -> None:
    assert type_of(paper("\n\n".join(["Zeile"] * 19 + ["Vertrag"]))) == "contract"
    assert type_of(paper("\n\n".join(["Zeile"] * 20 + ["gemäß Vertrag"]))) is None


def test_of_a_line_without_end_only_the_beginning_is_looked_at() -> None:
    """A file of a million letters in one line is looked through for hundreds of words: seconds of the worker's time."""
    assert type_of(paper("Mietvertrag " + "x" * 1_000_000)) == type_of(paper("Mietvertrag"))
    assert type_of(paper("x" * 1_000_000 + " Mietvertrag")) is None


def test_name_and_subject_say_it_as_well() -> None:
    assert type_of(paper(name="Lieferschein_4711.pdf")) == "delivery_note"
    assert type_of(paper(subject="Uw offerte")) == "offer"


def test_a_paper_says_more_of_itself_than_the_mail_it_came_with() -> None:
    assert type_of(paper("Rahmenvertrag", subject="Kontoauszug und mehr")) == "contract"


@pytest.mark.parametrize("word", ["Rechnung", "factuur", "Gutschrift", "Mahnung"])
def test_what_may_have_to_be_booked_or_answered_is_never_just_put_away(word: str) -> None:
    filing = file_paper(paper(word), (), ())

    assert filing.document_type is None
    assert filing.reasons[0] in TO_BE_DONE.values()
    own = FilingRule(document_type="private", words=(word,))
    assert file_paper(paper(word), [own], ()).document_type == "private"


def test_the_offices_own_rules_come_first_and_the_first_that_fits_wins() -> None:
    lease = FilingRule(document_type="lease", words=("huurovereenkomst", "Mietvertrag"))
    other = FilingRule(document_type="other", words=("Mietvertrag",))

    assert type_of(paper("Mietvertrag"), lease, other) == "lease"
    assert type_of(paper("Mietvertrag"), FilingRule(document_type="no", words=("Pacht",)), other) == "other"
    assert file_paper(paper("Mietvertrag"), [lease], ()).reasons[0] == 'Filed as lease: it says "Mietvertrag".'


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        (FilingRule(document_type="x", sender="*@bank.example"), True),
        (FilingRule(document_type="x", sender="*@BANK.example", name="*.PDF", media_type="application/*"), True),
        (FilingRule(document_type="x", sender="*@bank.example", words=("Zinsen",)), False),
        (FilingRule(document_type="x", name="*.csv"), False),
        (FilingRule(document_type="x"), False),
    ],
)
def test_all_conditions_of_a_rule_must_fit(rule: FilingRule, fits: bool) -> None:
    reason = rule.reason(paper("Kontostand", sender="post@bank.example"))

    assert (reason is not None) is fits
    if fits:
        assert "it came from post@bank.example" in str(reason)


def test_a_paper_that_came_without_a_mail_has_no_sender() -> None:
    assert FilingRule(document_type="x", sender="*").reason(paper()) is None


@pytest.mark.parametrize(
    ("found", "partner", "why"),
    [
        (paper(vat_ids=("DE136695976",)), "S1", "its VAT id"),
        (paper(ibans=("DE89370400440532013000",)), "S1", "its bank account"),
        (paper(sender="Anna@Brandt.example"), "C3", "the sender of the mail"),
        (paper("An Elektro Brandt & Soehne KG"), None, "nobody"),
        (paper("An Elektro Brandt & Söhne"), "C3", "its name in the text"),
        (paper("Papierhaus Lindner grüßt"), "S1", "its name in the text"),  # not the Lindner inside it
        (paper("Herr Lindner grüßt"), "S2", "its name in the text"),
        (paper("Papierhaus Lindner an Elektro Brandt & Söhne"), None, "fits Papierhaus Lindner GmbH, Elektro"),
        (paper("niemand"), None, "Of nobody that we know."),
    ],
)
def test_the_partner_is_found_by_his_signs(found: Paper, partner: str | None, why: str) -> None:
    filing = file_paper(found, (), PARTNERS)

    assert (filing.partner.id if filing.partner else None) == partner
    assert why in filing.reasons[1]


def test_a_name_of_three_letters_is_not_looked_for() -> None:
    assert file_paper(paper("der hat es"), (), [Partner(id="S9", name="Hat BV", kind="supplier")]).partner is None


@pytest.mark.parametrize(
    ("found", "day", "why"),
    [
        (paper(dates=(date(1961, 3, 1), date(2026, 7, 1), date(2026, 5, 3), date(2026, 4, 1))), "2026-05-03", "first"),
        (paper(mailed=date(2026, 5, 19)), "2026-05-19", "mail"),
        (paper(dates=(CAME + timedelta(days=2),)), "2026-05-20", "came"),
    ],
)
def test_the_day_is_that_of_the_paper_else_of_the_mail_else_of_its_coming(found: Paper, day: str, why: str) -> None:
    filing = file_paper(found, (), ())

    assert filing.day.isoformat() == day
    assert filing.period == day[:7]
    assert why in filing.reasons[2]


@given(st.text(max_size=60), st.text(max_size=30), st.lists(st.dates(), max_size=4))
def test_whatever_comes_has_a_place_or_a_question(text: str, name: str, days: list[date]) -> None:
    filing = file_paper(paper(text, name=name, dates=tuple(days)), (), PARTNERS)

    assert len(filing.reasons) == 3
    assert all(filing.reasons)
    assert filing.document_type in {None, *(rule.document_type for rule in USUAL_RULES)} - set(TO_BE_DONE)


@pytest.mark.parametrize(("said", "kept"), [("contract", "contract"), (" Delivery Note ", "delivery_note")])
def test_a_type_is_a_short_word(said: str, kept: str) -> None:
    assert checked_type(said) == kept


@pytest.mark.parametrize("said", ["", "4711", "Verträge", "a" * 41, "x;y"])
def test_what_is_no_word_is_no_type(said: str) -> None:
    with pytest.raises(NotAType):
        checked_type(said)
