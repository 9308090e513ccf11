"""What is released, when, and how it is booked: by cost centre, never by person."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from payroll_desk import OCTOBER, employee

from kontorist.domain.events import canonical_json
from kontorist.domain.ids import DocumentId, PersonKey
from kontorist.domain.ledger.chart import CHART
from kontorist.domain.ledger.journal import JournalEntry, check_accounts
from kontorist.domain.money import Money
from kontorist.domain.payroll.booking import entry_for
from kontorist.domain.payroll.employees import employee_id
from kontorist.domain.payroll.figures import Figures, PayLine, latest_lines, next_release
from kontorist.domain.payroll.slip_secrets import read_secrets, unfit_secrets, why_no_slip


def eur(amount: str | Decimal) -> Money:
    return Money(amount, "EUR")


def line(
    number: str, gross: str = "3000.00", *, centre: str | None = "100", net: str = "2000.00", **facts: object
) -> PayLine:
    return PayLine(
        employee=employee_id(number),
        number=number,
        name=f"Person {number}",
        cost_centre=centre,
        gross=eur(gross),
        deductions=eur(gross) - eur(net),
        net=eur(net),
        employer=eur("620.00"),
        **facts,  # type: ignore[arg-type]  # the rest by name
    )


def figures(*lines: PayLine, replaced: tuple[PayLine, ...] = (), release: int = 1) -> Figures:
    return Figures(period=OCTOBER, release=release, currency="EUR", lines=lines, replaced=replaced)


def booked(released: Figures) -> JournalEntry | None:
    return entry_for(
        released, "R1", register=DocumentId("D1"), register_sha256="ab" * 32, approved_by=(PersonKey("carla"),)
    )


def rows(entry: JournalEntry | None) -> list[tuple[str, str | None, str]]:
    assert entry is not None
    check_accounts(entry, CHART)
    return [(each.account, each.cost_centre, str(each.amount.amount)) for each in entry.lines]


def test_pay_is_booked_by_cost_centre_against_what_is_owed() -> None:
    entry = booked(figures(line("1"), line("2"), line("3", centre="200", gross="4000.00"), line("4", centre="200")))

    assert rows(entry) == [
        ("6000", "100", "6000.00"),
        ("6000", "200", "7000.00"),
        ("6100", "100", "1240.00"),
        ("6100", "200", "1240.00"),
        ("2200", None, "-8000.00"),
        ("2300", None, "-7480.00"),
    ]
    assert entry is not None
    assert (entry.text, entry.day, entry.approved_by) == ("Payroll 2026-10", OCTOBER.last, ("carla",))


def test_a_cost_centre_of_one_is_not_named() -> None:
    entry = booked(figures(line("1"), line("2"), line("3", centre="200"), line("4", centre="300")))

    assert [(account, centre) for account, centre, _ in rows(entry)][:2] == [("6000", None), ("6000", "100")]


def test_a_single_one_hides_among_the_smallest_other_centre() -> None:
    people = [
        line("1"),
        line("2"),
        line("3"),
        line("4", centre="200"),
        line("5", centre="200"),
        line("6", centre="300"),
    ]

    assert rows(booked(figures(*people)))[:2] == [("6000", None, "9000.00"), ("6000", "100", "9000.00")]


@given(st.lists(st.sampled_from([None, "100", "200", "300", "400"]), min_size=2, max_size=12))
def test_no_total_under_a_cost_centre_is_the_pay_of_one(centres: list[str | None]) -> None:
    people = [line(str(number), gross=f"{3000 + number}.00", centre=centre) for number, centre in enumerate(centres)]
    entry = booked(figures(*people))

    assert not {eur(f"{3000 + number}.00") for number in range(len(people))} & {
        each.amount for each in (entry.lines if entry else ()) if each.account == "6000"
    }
    assert entry is not None
    assert sum(each.amount.amount for each in entry.lines) == 0


def test_a_later_release_books_the_difference_only() -> None:
    later = figures(
        line("1", gross="3100.00", net="2050.00"),
        line("2"),
        replaced=(line("1"), line("2", gross="2900.00")),
        release=2,
    )
    entry = booked(later)

    assert rows(entry) == [("6000", "100", "200.00"), ("2200", None, "-50.00"), ("2300", None, "-150.00")]
    assert entry is not None
    assert entry.text == "Payroll 2026-10, release 2"


def test_a_correction_that_moves_no_money_posts_nothing() -> None:
    assert booked(figures(line("1"), replaced=(line("1", wage_tax=eur("400.00")),), release=2)) is None


def test_only_what_is_new_or_differs_is_released_again() -> None:
    first = figures(line("1"), line("2"))
    released = latest_lines([first])
    good = [line("1", minutes=60), line("2", gross="3100.00"), line("3")]

    later = next_release(OCTOBER, 2, "EUR", good, released)

    assert later is not None
    assert [each.number for each in later.lines] == ["2", "3"]
    assert later.former(employee_id("2")) == line("2")
    assert later.former(employee_id("3")) is None
    assert next_release(OCTOBER, 2, "EUR", [line("1")], released) is None


def test_figures_come_back_from_their_document_as_they_were() -> None:
    whole = figures(
        line(
            "1", wage_tax=eur("400.00"), social=eur("600.00"), last_gross=eur("2900.00"), minutes=450, origin="D1 S!A2"
        ),
        line("2", centre=None),
        replaced=(line("1"),),
        release=3,
    )

    assert Figures.from_data(json.loads(canonical_json(whole.data()))) == whole


def test_passwords_are_read_line_by_line_and_doubtful_ones_are_none() -> None:
    twice = "00034: first-one\n00034: second-one\n"
    text = f"# handed over on paper\n00017: korn-blume-9\n 00021 = blaues : boot \n\n{twice}nonsense\n"

    assert read_secrets(text) == {"00017": "korn-blume-9", "00021": "blaues : boot"}


@pytest.mark.parametrize(
    ("facts", "secret", "why"),
    [
        ({"email": None}, "korn-blume-9", "mail address"),
        ({}, None, "no secret"),
        ({}, "short", "shorter than 10"),
        ({}, "17.03.1984", "looks like a date"),
        ({}, "somebody-elses", "somebody else"),
        ({}, "korn-blume-9", None),
    ],
)
def test_without_an_address_and_a_password_of_ones_own_the_slip_waits(
    facts: dict[str, object], secret: str | None, why: str | None
) -> None:
    secrets = {"00021": "somebody-elses"} | ({"00017": secret} if secret else {})
    sentence = why_no_slip(employee("00017", **facts), secrets)

    assert (sentence is None) if why is None else (why in str(sentence) and "00017" in str(sentence))


def test_secrets_that_open_no_payslip_are_named_by_their_numbers() -> None:
    secrets = {"1": "korn-blume-9", "2": "short", "3": "01.02.1980 ", "4": "same-as-next", "5": "same-as-next"}

    assert unfit_secrets(secrets) == ["2", "3", "4", "5"]
