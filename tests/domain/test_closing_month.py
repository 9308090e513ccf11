"""A month's figures as a whole, what is missing, and the references under which figures are traced."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from closing_books import OCTOBER, euro, posted

from kontorist.domain.closing.balances import trial_balance
from kontorist.domain.closing.month import Check, Missing, MonthFigures, unbalanced, untied
from kontorist.domain.closing.references import FigureReference, NoSuchFigure
from kontorist.domain.closing.sub_ledgers import open_items, tie_outs
from kontorist.domain.ids import SYSTEM, EntryId, PersonKey
from kontorist.domain.ledger.chart import CHART
from kontorist.domain.ledger.posted import Movement, PostedEntry
from kontorist.domain.money import Money
from kontorist.domain.periods import NotAPeriod

CARLA = (PersonKey("carla"),)


def a_month(**changes: object) -> MonthFigures:
    moved = {
        ("4000", "EUR"): Movement.none("EUR").plus(euro(-500)),
        ("1100", "EUR"): Movement.none("EUR").plus(euro(500)),
    }
    usual = MonthFigures(
        company="Kontor Beispiel B.V.",
        period=OCTOBER,
        currency="EUR",
        timezone="Europe/Amsterdam",
        accounts=tuple(trial_balance({}, moved)),
        payables=tuple(open_items([posted(1, "-119.00")], OCTOBER.last)),
        partners={"S1": "Papierhaus"},
        entries=(
            PostedEntry(
                number=1, day=date(2026, 10, 1), text="Papierhaus RE-1", id=EntryId("J1"), document=None,
                document_sha256=None, prepared_by=SYSTEM, approved_by=CARLA, hash="ab",
            ),
        ),
    )  # fmt: skip
    return replace(usual, **changes)  # type: ignore[arg-type]  # by name


def test_a_month_without_anything_missing_is_ready() -> None:
    assert a_month().ready
    assert set(a_month().checks.values()) == {0}


def test_a_check_counts_what_it_found_missing() -> None:
    month = a_month(missing=(Missing(check=Check.BANK_FILE, reason="No bank statement."),) * 2)

    assert not month.ready
    assert month.checks[Check.BANK_FILE] == 2
    assert month.checks[Check.WORKLIST] == 0


def test_the_result_names_every_currency_the_companys_own_first() -> None:
    francs = Missing(check=Check.WORKLIST, reason="?", amount=Money(3, "CHF"))

    assert dict(a_month(missing=(francs,)).results) == {"EUR": euro(500), "CHF": Money(0, "CHF")}
    assert a_month(missing=(francs,)).currencies == ("EUR", "CHF")


def test_open_items_are_summed_by_currency_and_named_by_their_partner() -> None:
    month = a_month()

    assert month.owed("EUR") == (euro(119), euro(0))
    assert month.owed("CHF") == (Money(0, "CHF"), Money(0, "CHF"))
    assert (month.partner("S1"), month.partner("S9")) == ("Papierhaus", "S9")


def test_the_same_books_have_the_same_fingerprint_and_others_another() -> None:
    assert a_month().fingerprint() == a_month().fingerprint()
    assert a_month().fingerprint() != a_month(entries=()).fingerprint()
    assert a_month().fingerprint() != a_month(payables=()).fingerprint()


def test_figures_are_plain_data() -> None:
    data = a_month(missing=(Missing(check=Check.WORKLIST, reason="?", day=date(2026, 10, 2)),)).data()

    assert json.loads(json.dumps(data)) == data
    assert data["period"] == "2026-10"
    assert data["payables"][0]["amount"] == {"amount": "119.00", "currency": "EUR"}
    assert data["missing"][0] | {"check": "worklist", "day": "2026-10-02"} == data["missing"][0]


def test_accounts_that_do_not_add_up_are_missing_something() -> None:
    rows = trial_balance({("1100", "EUR"): euro("0.01")}, {})

    (missing,) = unbalanced(rows, OCTOBER, CARLA)

    assert (missing.check, missing.who, missing.amount) == (Check.TRIAL_BALANCE, CARLA, euro("0.01"))
    assert missing.reference == "balance@2026-10"
    assert missing.reason == "The accounts add up to 0.01 EUR, not to zero."
    assert unbalanced([], OCTOBER, CARLA) == []


def test_a_sub_ledger_that_does_not_tie_out_names_account_and_difference() -> None:
    ties = tie_outs("2000", trial_balance({("2000", "EUR"): euro(-130)}, {}), a_month().payables)

    (missing,) = untied(Check.PAYABLES, ties, OCTOBER, CARLA)

    assert (missing.reference, missing.amount) == ("A2000@2026-10", euro(11))
    assert missing.reason == "Account 2000 says 130.00 EUR, its open items add up to 119.00 EUR."
    assert untied(Check.PAYABLES, tie_outs("2000", [], []), OCTOBER, CARLA) == []


@pytest.mark.parametrize(
    ("text", "accounts"),
    [("A6400@2026-10", ["6400"]), ("income@2026-10", ["4000", "4100", "4900"])],
)
def test_a_reference_is_read_back_and_names_its_accounts(text: str, accounts: list[str]) -> None:
    reference = FigureReference.parse(text)

    assert str(reference) == text
    assert (reference.accounts, reference.period) == (accounts, OCTOBER)
    assert FigureReference.looks_like(text)


def test_the_result_is_made_of_income_and_expenses() -> None:
    accounts = FigureReference.parse("result@2026-10").accounts
    assert FigureReference.of_all_accounts(OCTOBER).accounts == list(CHART)

    assert {"4000", "6400"} <= set(accounts)
    assert not {"1100", "2000"} & set(accounts)
    assert str(FigureReference.of_account("6400", OCTOBER)) == "A6400@2026-10"


@pytest.mark.parametrize("text", ["12", "A6400", "A9999@2026-10", "profit@2026-10", "A6400@2026-1", "A6400@2026-10 "])
def test_what_is_not_a_figure_is_refused(text: str) -> None:
    with pytest.raises(NoSuchFigure):
        FigureReference.parse(text)


def test_a_reference_to_a_month_that_there_is_not_is_refused() -> None:
    assert FigureReference.looks_like("A6400@2026-13")
    with pytest.raises(NotAPeriod):
        FigureReference.parse("A6400@2026-13")
