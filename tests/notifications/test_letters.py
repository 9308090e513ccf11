"""Letters to people: in their language, with the decision first, and harmless whatever strangers wrote."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from hypothesis import given, settings
from hypothesis import strategies as st

from kontorist.domain.closing.month import Check
from kontorist.domain.money import Money
from kontorist.domain.operations import TROUBLES
from kontorist.notifications import letters
from kontorist.notifications.catalog import FOLDER
from kontorist.notifications.formats import date_text, moment_text, money_text
from kontorist.notifications.letters import FACTS, KINDS, LANGUAGES, Kind, Language, Letter, render
from kontorist.sandbox import SENTENCES

WAITING: dict[str, Any] = {
    "item": "W0123456789abcdefghjk",
    "decision": "approve",
    "title": None,
    "supplier": "Musterlieferant",
    "amount": Money("929.57", "EUR"),
    "due": date(2026, 11, 17),
    "invoice_number": "2026-117",
    "document": "scan 7.pdf",
    "reasons": ["The IBAN differs from the one we know."],
}
QUARANTINED: dict[str, Any] = {
    "event": "E0123456789abcdefghjk",
    "document": "broken.pdf",
    "reason": "The file is damaged.",
    "source": "/kontorist/folder/scanner",
    "received": datetime(2026, 11, 3, 8, 5, tzinfo=timezone(timedelta(hours=1), "CET")),
}
REPORT: dict[str, Any] = {
    "day": date(2026, 11, 3),
    "counts": {"booked": 1234, "waiting": 2, "quarantined": 1, "refused": 0},
    "totals": [Money("1190.10", "EUR"), Money("5.00", "CHF")],
    "exceptions": [
        {
            "document": "a.pdf",
            "supplier": "Müller & Söhne",
            "amount": Money("-12.00", "EUR"),
            "reason": "Already booked.",
        },
        {"document": "b.pdf", "supplier": None, "amount": None, "reason": "Not readable."},
    ],
    "workbook": "report-2026-11-03.xlsx",
}
QUESTION: dict[str, Any] = {
    "item": "W1",
    "title": "Müller & Söhne RE-1, 12.00 EUR",
    "document": "scan 7.pdf",
    "by": "joost",
    "question": "Which campaign?",
}
MONTH: dict[str, Any] = {
    "period": date(2026, 10, 1),
    "number": 2,
    "results": [Money("-1234.56", "EUR"), Money("5.00", "CHF")],
    "reference": "result@2026-10",
    "missing": [
        {
            "check": "worklist",
            "what": "Müller & Söhne RE-1, 12.00 EUR",
            "reason": "The total is not the sum.",
            "who": ["joost", "carla"],
            "amount": Money("12.00", "EUR"),
            "reference": "W0123456789abcdefghjk",
        },
        {
            "check": "bank_file",
            "what": None,
            "reason": "No statement.",
            "who": [],
            "amount": None,
            "reference": None,
        },
    ],
    "workbook": "month-end-2026-10-de.xlsx",
}
RECEIVED: dict[str, Any] = {"ticket": "4711", "subject": "Mahnung zu PL-2026-0417"}
OVERDUE: dict[str, Any] = {
    "item": "W1",
    "title": "reminder: Mahnung zu PL-2026-0417 (4711)",
    "requester": "Papierhaus Lindner GmbH",
    "owner": "anna",
    "due": datetime(2026, 5, 20, 14, 0, tzinfo=timezone(timedelta(hours=2), "CEST")),
    "escalated": False,
}
SALES_INVOICE: dict[str, Any] = {
    "company": "Kontor Beispiel B.V.",
    "number": "2026-00001",
    "order": "WEB-1001",
    "day": date(2026, 5, 20),
    "due": date(2026, 6, 3),
    "amount": Money("3085.15", "EUR"),
}
CREDIT_NOTE: dict[str, Any] = {name: each for name, each in SALES_INVOICE.items() if name != "due"} | {
    "number": "CN-00001",
    "corrects": "2026-00001",
}
TROUBLE: dict[str, Any] = {
    "kind": "quarantine",
    "subject": "too_many_attempts",
    "count": 1200,
    "since": datetime(2026, 11, 3, 8, 5, tzinfo=timezone(timedelta(hours=1), "CET")),
    "reason": "Tried 4 times. Last: The bank did not answer.",
}
ALERT: dict[str, Any] = {
    "new": [TROUBLE],
    "still": [TROUBLE | {"kind": "silent_source", "subject": "shop", "count": None, "reason": None}],
    "gone": [TROUBLE | {"kind": "dead_part", "subject": "prefect", "count": None, "reason": None}],
}
EXAMPLES: dict[Kind, dict[str, Any]] = {
    "work_waiting": WAITING,
    "question": QUESTION,
    "quarantined": QUARANTINED,
    "daily_report": REPORT,
    "month_end": MONTH,
    "ticket_received": RECEIVED,
    "ticket_overdue": OVERDUE,
    "payslip": {"period": "2026-10", "company": "Kontor Beispiel B.V."},
    "sales_invoice": SALES_INVOICE,
    "credit_note": CREDIT_NOTE,
    "alert": ALERT,
}

EVERY = [(kind, language) for kind in KINDS for language in LANGUAGES]


def visible(html: str) -> str:
    body = re.sub(r"<!--.*?-->|<style.*?</style>|<head>.*?</head>", "", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


@pytest.mark.parametrize(
    ("language", "subject"),
    [
        ("de", "Freigabe: 929,57\xa0€ Musterlieferant (fällig 17.11.)"),
        ("nl", "Goedkeuren: €\xa0929,57 Musterlieferant (vervalt 17 nov)"),
        ("en", "Approve: €929.57 Musterlieferant (due 17 Nov)"),
    ],
)
def test_the_subject_carries_the_decision_first(language: Language, subject: str) -> None:
    assert render("work_waiting", language, WAITING).subject == subject


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_forty_characters_hold_verb_and_amount_whoever_the_supplier_is(language: Language) -> None:
    facts = WAITING | {"supplier": "S" * 190, "amount": Money("-1234567.89", "EUR")}
    subject = render("work_waiting", language, facts).subject

    assert re.search(r"1[.,]234[.,]567[.,]89", subject[:40])
    assert len(subject) < 80


@pytest.mark.parametrize("sentence", SENTENCES.values())
def test_why_a_file_was_not_processed_stands_whole_with_what_to_do_next(sentence: str) -> None:
    letter = render("quarantined", "de", EXAMPLES["quarantined"] | {"reason": sentence})

    assert sentence in letter.text
    assert "…" not in letter.text


def test_a_title_too_long_for_the_subject_stands_whole_in_the_letter() -> None:
    title = "Payroll 2026-11, release 2: 14 employees, 3 of them for the second time"

    letter = render("work_waiting", "en", WAITING | {"title": title, "supplier": None, "document": None})

    assert title not in letter.subject
    assert title in letter.html
    assert title in letter.text


@pytest.mark.parametrize(
    ("language", "subject"),
    [("de", "Entscheiden: Two contents"), ("nl", "Beslissen: Two contents"), ("en", "Decide: Two contents")],
)
def test_two_contents_of_one_message_are_a_decision_of_their_own(language: Language, subject: str) -> None:
    unknown = dict.fromkeys(("supplier", "amount", "due", "invoice_number", "document"), None)
    letter = render("work_waiting", language, WAITING | unknown | {"decision": "choose", "title": "Two contents"})

    assert letter.subject == subject


def test_what_is_not_known_is_left_out() -> None:
    facts = WAITING | dict.fromkeys(("supplier", "amount", "due", "invoice_number"), None) | {"decision": "check"}
    letter = render("work_waiting", "de", facts | {"reasons": []})

    assert letter.subject == "Prüfen: scan 7.pdf"
    assert "Lieferant" not in letter.text + letter.html
    assert "Warum" not in letter.text + letter.html


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_text_and_html_say_the_same(kind: Kind, language: Language) -> None:
    letter = render(kind, language, EXAMPLES[kind])
    html = visible(letter.html)

    for line in letter.text.splitlines():
        words = [word.strip("-:,") for word in line.split()]
        assert [word for word in words if word.replace("&", "&amp;") not in html] == [], line


def test_a_daily_report_has_the_figures_and_what_needs_attention() -> None:
    text = render("daily_report", "de", REPORT).text

    assert render("daily_report", "de", REPORT).subject == "Tagesbericht 03.11.2026: 2 offen, 1.234 gebucht"
    assert "Gebucht: 1.234 (1.190,10\xa0€, 5,00\xa0CHF)" in text
    assert "- a.pdf, Müller & Söhne, -12,00\xa0€: Already booked." in text
    assert "- b.pdf: Not readable." in text
    assert "report-2026-11-03.xlsx" in text


def test_a_month_that_is_not_complete_says_what_is_missing_and_who_has_it() -> None:
    letter = render("month_end", "de", MONTH)

    assert letter.subject == "Monatsabschluss Oktober 2026: 2 fehlen (neue Zahlen)"
    assert "Ergebnis: -1.234,56\xa0€, 5,00\xa0CHF (result@2026-10)" in letter.text
    assert [line for line in letter.text.splitlines() if line.startswith("- ")] == [
        "- offener Vorgang: Müller & Söhne RE-1, 12.00 EUR, 12,00\xa0€ (W0123456789abcdefghjk): "
        "The total is not the sum. Bei: joost, carla",
        "- Kontoauszug fehlt: No statement. Bei: niemand",
    ]
    assert "dieser ersetzt ihn" in letter.text


@pytest.mark.parametrize("check", list(Check))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_check_has_its_name_in_a_letter(check: Check, language: Language) -> None:
    one = {"check": check.value, "what": None, "reason": "?", "who": ["anna"], "amount": None, "reference": None}

    line = next(
        line for line in render("month_end", language, MONTH | {"missing": [one]}).text.splitlines() if line[:2] == "- "
    )

    assert re.fullmatch(r"- [\w ]{8,}: \? \w+: anna", line)


def test_a_month_that_is_complete_says_so() -> None:
    letter = render("month_end", "nl", MONTH | {"missing": [], "number": 1})

    assert letter.subject == "Maandafsluiting oktober 2026: compleet"
    assert "de maand kan worden afgesloten" in letter.text
    assert "vervangt" not in letter.text


def test_a_quiet_day_says_so() -> None:
    quiet = REPORT | {"exceptions": [], "totals": [], "workbook": None}
    assert "Niets vraagt aandacht." in render("daily_report", "nl", quiet).text
    assert "werkmap" not in render("daily_report", "nl", quiet).html


@pytest.mark.parametrize(
    ("language", "subject", "said"),
    [
        ("de", "Rechnung 2026-00001: 3.085,15\xa0€ Kontor Beispiel B.V.", "Zahlbar bis: 03.06.2026"),
        ("nl", "Factuur 2026-00001: €\xa03.085,15 Kontor Beispiel B.V.", "Te betalen uiterlijk: 3 jun 2026"),
        ("en", "Invoice 2026-00001: €3,085.15 Kontor Beispiel B.V.", "Payable by: 3 Jun 2026"),
    ],
)
def test_a_customer_is_written_to_by_the_company_not_by_the_program(
    language: Language, subject: str, said: str
) -> None:
    letter = render("sales_invoice", language, SALES_INVOICE)

    assert letter.subject == subject
    assert said in letter.text
    assert "Kontorist" not in letter.text + visible(letter.html)


def test_a_quarantined_document_is_named_with_its_reason() -> None:
    letter = render("quarantined", "nl", QUARANTINED)

    assert letter.subject == "Niet verwerkt: broken.pdf"
    assert "3 nov 2026 08:05 CET" in letter.text
    assert "The file is damaged." in letter.text
    assert render("quarantined", "en", QUARANTINED | {"document": None}).subject.endswith(QUARANTINED["event"])


def test_an_alert_says_what_is_wrong_since_when_and_what_is_over() -> None:
    letter = render("alert", "en", ALERT)

    assert letter.subject == "Needs you: Events in quarantine (too_many_attempts)"
    assert letter.text.splitlines() == [
        "This is wrong and needs somebody:",
        "- Events in quarantine (too_many_attempts): 1,200, since 3 Nov 2026 08:05 CET",
        "  Tried 4 times. Last: The bank did not answer.",
        "",
        "This is still wrong:",
        "- Nothing comes any more (shop), since 3 Nov 2026 08:05 CET",
        "",
        "This is over:",
        "- A part does not run (prefect), since 3 Nov 2026 08:05 CET",
        "",
        "To look at it:",
        "  kontorist status",
    ]


@pytest.mark.parametrize(
    ("language", "subject"),
    [("de", "Vorbei: Ein Teil läuft nicht (prefect)"), ("nl", "Voorbij: Een onderdeel draait niet (prefect)")],
)
def test_an_alert_that_only_says_that_all_is_well_again_begins_with_that(language: Language, subject: str) -> None:
    assert render("alert", language, ALERT | {"new": [], "still": []}).subject == subject


@pytest.mark.parametrize("kind", TROUBLES)
def test_every_trouble_has_its_name_in_a_letter(kind: str) -> None:
    names = {render("alert", "de", ALERT | {"new": [TROUBLE | {"kind": each}]}).subject for each in (kind, "dead_part")}

    assert len(names) == (1 if kind == "dead_part" else 2)


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_a_letter_is_small_and_loads_nothing_from_elsewhere(kind: Kind, language: Language) -> None:
    html = render(kind, language, EXAMPLES[kind]).html

    assert len(html.encode()) < 20_000
    assert re.findall(r"<img|<script|<link|src=|@import|url\(|href=", html) == []
    assert set(re.findall(r"https?://[^\"'\s>]+", html)) <= {"http://www.w3.org/1999/xhtml"}
    assert f'lang="{language}"' in html


@pytest.mark.parametrize("letter", ["x", '"', "😀"])
def test_a_thousand_exceptions_still_make_a_letter_below_100_kb(letter: str) -> None:
    row = {"document": letter * 500, "supplier": letter * 500, "amount": Money("1.00", "EUR"), "reason": letter * 500}
    made = render("daily_report", "de", REPORT | {"exceptions": [row] * 1000})

    assert len(made.html.encode()) < 100_000
    assert re.search(r"und 9\d\d weitere", made.text)
    assert re.search(r"und 9\d\d weitere", made.html)


def test_fifty_exceptions_are_all_shown() -> None:
    rows = [{"document": f"{n}.pdf", "supplier": None, "amount": None, "reason": "?"} for n in range(50)]
    assert "49.pdf" in render("daily_report", "de", REPORT | {"exceptions": rows}).html


HOSTILE = [
    "<script>alert(1)</script>",
    "</mj-text><mj-image src='https://evil.example/x.png' />",
    "{{ 7 * 7 }}{% for x in y %}",
    "%(day)s %s %%",
    "--><img src=x>",
    "]]>&amp;&#x41;",
    "a\r\nBcc: x@example.org",
    "invoice\u202efdp.exe",
    "half \ud800 a character \0 \x1b[31m",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("kind", KINDS)
def test_what_strangers_write_is_shown_and_does_nothing(kind: Kind, text: str) -> None:
    letter = render(kind, "de", planted(EXAMPLES[kind], text))

    assert "<script" not in letter.html
    assert "<img" not in letter.html
    assert "49" not in letter.subject
    assert "\n" not in letter.subject
    assert not set(letter.html + letter.text + letter.subject) & set("\0\x1b\u202e\ud800\r")
    if text.startswith(("<s", "{{")):
        assert text in letter.text


def planted(facts: Any, text: str) -> Any:
    """`facts` with every text replaced, except the words the template decides by."""
    if isinstance(facts, dict):
        return {key: each if key in ("decision", "check") else planted(each, text) for key, each in facts.items()}
    if isinstance(facts, list):
        return [planted(each, text) for each in facts]
    return text if isinstance(facts, str) else facts


@settings(max_examples=40)
@given(st.text(max_size=300), st.sampled_from(LANGUAGES), st.sampled_from(KINDS))
def test_any_text_makes_a_letter_that_can_be_sent(text: str, language: Language, kind: Kind) -> None:
    letter = render(kind, language, planted(EXAMPLES[kind], text))

    assert letter.subject.isprintable() or "\xa0" in letter.subject
    assert "\n" not in letter.subject
    (letter.subject + letter.text + letter.html).encode()


@pytest.mark.corpus
def test_hostile_strings_in_letters(shared_corpus: Path) -> None:
    lines = (shared_corpus / "hostile" / "strings" / "blns.txt").read_text("utf-8").split("\n")
    rows = [{"document": line, "supplier": line, "amount": None, "reason": line} for line in lines]
    for start in range(0, len(rows), 25):
        html = render("daily_report", "en", REPORT | {"exceptions": rows[start : start + 25]}).html
        assert not re.search(
            r"<(script|img|svg|iframe|link|input|body on)", html.partition("</head>")[2], re.IGNORECASE
        )


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_or_unknown_fact_is_said(kind: Kind) -> None:
    facts = dict(EXAMPLES[kind])
    facts.popitem()
    with pytest.raises(ValueError, match="missing or unknown"):
        render(kind, "de", facts)
    with pytest.raises(ValueError, match="colour"):
        render(kind, "de", EXAMPLES[kind] | {"colour": "red"})
    assert EXAMPLES[kind].keys() == FACTS[kind]


def test_nothing_is_untranslated() -> None:
    """Every text of the templates is in every catalogue, translated and not in doubt; nothing else is."""
    folder = str(Path(letters.__file__).parent / "templates")
    patterns = [("**.*", "jinja2")]
    options = {"**.*": {"extensions": "jinja2.ext.i18n", "silent": "false", "trim_blocks": "true"}}
    wanted = {found[2] for found in extract_from_dir(folder, patterns, options)}
    assert len(wanted) > 20
    for language in LANGUAGES:
        with (FOLDER / f"{language}.po").open("rb") as file:
            catalogue = read_po(file, locale=language)
        entries = [message for message in catalogue if message.id]
        known = {tuple(m.id) if isinstance(m.id, list | tuple) else m.id for m in entries}
        assert known == {tuple(m) if isinstance(m, list | tuple) else m for m in wanted}, language
        assert catalogue.obsolete == {}
        for message in entries:
            texts = message.string if isinstance(message.string, tuple) else (message.string,)
            assert all(texts), f"{language}: {message.id}"
            assert not message.fuzzy
            assert list(message.check(catalogue)) == [], f"{language}: {message.id}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_years_have_four_digits_and_times_their_zone(language: Language) -> None:
    assert "2026" in date_text(date(2026, 3, 9), language)
    assert "2026" in moment_text(datetime(2026, 3, 9, 7, 5, tzinfo=UTC), language)
    assert moment_text(datetime(2026, 3, 9, 7, 5, tzinfo=UTC), language).endswith("07:05 UTC")
    with pytest.raises(ValueError, match="zone"):
        moment_text(datetime(2026, 3, 9), language)  # noqa: DTZ001 - the case under test


@given(st.decimals(-(10**12), 10**12, places=2), st.sampled_from(LANGUAGES))
def test_no_digit_of_an_amount_is_lost(amount: Any, language: Language) -> None:
    written = money_text(Money(amount, "EUR"), language)
    assert re.sub(r"\D", "", written).lstrip("0") == re.sub(r"\D", "", f"{amount:.2f}").lstrip("0")
    assert ("-" in written) == (amount < 0)


def test_a_letter_becomes_the_action_of_a_mail_connector() -> None:
    letter = Letter(subject="s", text="t", html="h")
    assert letter.action(["a@example.org"], thread="W1") == {
        "to": ["a@example.org"], "subject": "s", "text": "t", "html": "h", "thread": "W1",
    }  # fmt: skip
