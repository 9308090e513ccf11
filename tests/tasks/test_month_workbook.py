"""The report pack of a month, read back by other programs."""

from __future__ import annotations

import csv
import subprocess
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from python_calamine import CalamineWorkbook
from test_report_workbook import _ALL_SHEETS, without_cached_values

from kontorist.domain.closing.balances import trial_balance
from kontorist.domain.closing.month import Check, Missing, MonthFigures, untied
from kontorist.domain.closing.references import FigureReference
from kontorist.domain.closing.sub_ledgers import open_items, tie_outs
from kontorist.domain.ids import SYSTEM, DocumentId, EntryId, PersonKey
from kontorist.domain.ledger.journal import Line
from kontorist.domain.ledger.posted import Movement, PostedEntry, PostedLine
from kontorist.domain.money import Money
from kontorist.domain.periods import Period
from tasks.reporting.month_summary import answer
from tasks.reporting.month_workbook import write_month_workbook
from tasks.reporting.words import word
from tasks.wording import LANGUAGES

OCTOBER = Period(2026, 10)
SHEETS = ["Summary", "Trial balance", "P&L", "Payables", "Receivables", "Exceptions", "Checks", "Sources"]


def movement(debit: str, credit: str, currency: str = "EUR") -> Movement:
    return Movement(debit=Money(debit, currency), credit=Money(credit, currency))


def owed(number: int, amount: str, due: date, partner: str | None = "S1", account: str = "2000") -> PostedLine:
    line = Line(account=account, amount=Money(amount, "EUR"), origin="gross", partner=partner, due=due)
    return PostedLine(
        number=number,
        position=1,
        entry=EntryId(f"J{number}"),
        day=date(2026, 10, 1),
        text=f"Papierhaus RE-{number}",
        line=line,
    )


def a_month(**changes: Any) -> MonthFigures:
    """Sales of 1,000.00, supplies of 500.25 and rent of 300.00; two suppliers' invoices open, one customer's."""
    accounts = trial_balance(
        {("1100", "EUR"): Money("200.00", "EUR"), ("3000", "EUR"): Money("-200.00", "EUR")},
        {
            ("4000", "EUR"): movement("0", "1000.00"),
            ("6200", "EUR"): movement("300.00", "0"),
            ("6400", "EUR"): movement("520.25", "20.00"),
            ("2000", "EUR"): movement("20.00", "820.25"),
            ("1300", "EUR"): movement("1000.00", "0"),
        },
    )
    payables = open_items([owed(1, "-300.00", date(2026, 11, 5)), owed(2, "-500.25", date(2026, 7, 1))], OCTOBER.last)
    receivables = open_items([owed(3, "1000.00", date(2026, 10, 20), "C1", "1300")], OCTOBER.last)
    ties = [*tie_outs("2000", accounts, payables), *tie_outs("1300", accounts, receivables)]
    usual = MonthFigures(
        company="Kontor Beispiel B.V.",
        period=OCTOBER,
        currency="EUR",
        timezone="Europe/Amsterdam",
        accounts=tuple(accounts),
        payables=tuple(payables),
        receivables=tuple(receivables),
        ties=tuple(ties),
        partners={"S1": "Papierhaus Lindner GmbH"},
        missing=(
            Missing(check=Check.WORKLIST, what="Elektro Brandt 2026/0881", reason="Net and VAT disagree.\nAsk.",
                    who=(PersonKey("joost"), PersonKey("carla")), reference="W0123456789abcdefghjk",
                    amount=Money("299.41", "EUR"), day=date(2026, 10, 6)),
            Missing(check=Check.BANK_FILE, reason="No bank statement dated 2026-10 is in the archive."),
        ),
        entries=(
            PostedEntry(number=1, id=EntryId("J1"), day=date(2026, 10, 1), text="Papierhaus RE-1",
                        document=DocumentId("D1"), document_sha256="ab" * 32, prepared_by=SYSTEM,
                        approved_by=(PersonKey("joost"),), hash="cd" * 32),
        ),
    )  # fmt: skip
    return replace(usual, **changes)


def opened(figures: MonthFigures, language: str = "en", *, values: bool = False) -> Workbook:
    return load_workbook(BytesIO(write_month_workbook(figures, language)), data_only=values)


def grid(figures: MonthFigures, sheet: str, language: str = "en") -> list[list[Any]]:
    """The cells of a sheet with the values the formulas carry, read by calamine."""
    workbook = CalamineWorkbook.from_filelike(BytesIO(write_month_workbook(figures, language)))
    return workbook.get_sheet_by_name(sheet).to_python()


def test_the_answer_stands_in_the_first_ten_rows() -> None:
    top = [cell for row in grid(a_month(), "Summary")[:10] for cell in row if cell != ""]

    assert "Not complete: 2 missing; “Exceptions” says who has them." in top
    assert {"Result", 199.75, 800.25, "result@2026-10", "A2000@2026-10"} <= set(top)


def test_a_complete_month_says_that_it_can_be_closed() -> None:
    figures = a_month(missing=())

    assert answer(figures, "de") == "Vollständig: nichts fehlt, der Monat kann abgeschlossen werden."
    assert grid(figures, "Exceptions")[1][0] == "none"


def test_every_total_carries_its_value_and_is_a_formula() -> None:
    figures = a_month()
    formulas, values = opened(figures), opened(figures, values=True)

    for sheet, cell, expected in (
        ("Summary", "C5", 1000), ("Summary", "C6", 800.25), ("Summary", "C7", 199.75), ("Summary", "C8", 800.25),
        ("Summary", "C9", 1000), ("Summary", "G5", 1), ("Summary", "G15", 2), ("Trial balance", "D9", 0),
        ("Trial balance", "G9", 0), ("P&L", "E5", 800.25), ("P&L", "F5", 199.75), ("Payables", "F4", 800.25),
        ("Payables", "G4", 300), ("Payables", "K4", 500.25), ("Exceptions", "D4", 299.41), ("Checks", "C10", 800.25),
        ("Checks", "D10", 800.25), ("Checks", "E10", 0), ("Checks", "C9", 0),
    ):  # fmt: skip
        assert str(formulas[sheet][cell].value).startswith("="), (sheet, cell)
        assert values[sheet][cell].value == pytest.approx(expected), (sheet, cell)


def test_each_account_has_opening_movement_and_closing() -> None:
    bank = next(row for row in grid(a_month(), "Trial balance") if row[0] == "1100")
    supplies = next(row for row in grid(a_month(), "Trial balance") if row[0] == "6400")

    assert bank[3:7] == [200, 0, 0, 200]
    assert supplies[1:] == ["Office supplies", "Expense", 0, 520.25, 20, 500.25, "EUR", "A6400@2026-10"]


def test_open_items_stand_in_the_column_of_their_age() -> None:
    old, new = grid(a_month(), "Payables")[2], grid(a_month(), "Payables")[1]
    if old[-1] != "2":
        old, new = new, old

    assert old[4:12] == [122, 500.25, "", "", "", "", 500.25, "EUR"]
    assert new[4:8] == [0, 300, 300, ""]
    assert old[0] == "Papierhaus Lindner GmbH"
    assert grid(a_month(), "Receivables")[1][0] == "C1"


def test_who_has_what_is_missing_is_said_and_nobody_too() -> None:
    rows = grid(a_month(), "Exceptions")

    assert rows[1][0] == "open items of the worklist"
    assert [row[6] for row in rows[1:3]] == ["joost, carla", "nobody"]
    assert rows[1][7] == "W0123456789abcdefghjk"


def test_every_row_with_a_figure_has_a_reference_that_can_be_traced() -> None:
    for sheet, column in (("Trial balance", 8), ("P&L", 7), ("Payables", 12), ("Receivables", 12), ("Sources", 0)):
        references = [row[column] for row in grid(a_month(), sheet)[1:] if row[column]]

        assert references, sheet
        assert all(each.isdigit() or FigureReference.parse(each) for each in references), sheet


def test_a_sub_ledger_that_does_not_tie_out_shows_in_the_checks() -> None:
    figures = a_month()
    ties = tie_outs("2000", figures.accounts, figures.payables[:1])
    broken = a_month(
        ties=tuple(ties), payables=figures.payables[:1], missing=tuple(untied(Check.PAYABLES, ties, OCTOBER, ()))
    )

    row = next(row for row in grid(broken, "Checks") if row[0] == "payables tie out")

    assert row[1] == "1 missing"
    assert row[2] - row[3] == pytest.approx(row[4])
    assert row[4] != 0


def test_two_currencies_are_never_added_up() -> None:
    francs = trial_balance(
        {}, {("6400", "CHF"): movement("50", "0", "CHF"), ("2000", "CHF"): movement("0", "50", "CHF")}
    )
    figures = a_month(accounts=(*a_month().accounts, *francs))
    sheets = opened(figures)

    assert not sheets["Trial balance"].tables["TrialBalance"].totalsRowCount
    rows = grid(figures, "Summary")
    assert [row[1:3] for row in rows if row[0] == "Expense"] == [["EUR", 800.25], ["CHF", 50]]
    assert len([row for row in grid(figures, "Checks") if row[0] == "trial balance is zero"]) == 2


def test_the_expenses_are_a_native_chart_over_the_rows_of_the_result() -> None:
    (chart,) = opened(a_month())["Summary"]._charts
    (series,) = chart.series

    assert series.val.numRef.f == "'P&L'!$E$3:$E$4"
    assert series.cat.strRef.f == "'P&L'!$C$3:$C$4"
    assert opened(a_month(accounts=()))["Summary"]._charts == []


def test_the_same_figures_give_the_same_bytes() -> None:
    assert write_month_workbook(a_month(), "nl") == write_month_workbook(a_month(), "nl")
    assert write_month_workbook(a_month(), "nl") != write_month_workbook(a_month(entries=()), "nl")


def test_a_month_without_anything_is_a_pack_too() -> None:
    empty = MonthFigures(company="K", period=OCTOBER, currency="EUR", timezone="Europe/Berlin", partners={})

    assert [grid(empty, sheet)[1][0] for sheet in ("Trial balance", "P&L", "Payables", "Sources")] == ["none"] * 4


def test_figures_have_names_that_other_workbooks_can_refer_to() -> None:
    names = opened(a_month()).defined_names

    assert names["Result_EUR"].attr_text.replace("'", "") == "Summary!$C$7"
    assert {"Income_EUR", "Expense_EUR", "Payables_EUR", "Receivables_EUR"} <= set(names)


@pytest.mark.parametrize("sheet", SHEETS)
def test_every_sheet_prints_across_one_page_wide(sheet: str) -> None:
    written = opened(a_month())[sheet]

    assert written.page_setup.orientation == "landscape"
    assert written.sheet_properties.pageSetUpPr.fitToPage
    assert written.print_area
    if sheet != "Summary":
        assert written.freeze_panes == "A2"
        assert written.print_title_rows == "$1:$1"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pack_speaks_the_readers_language_and_headings_differ(language: str) -> None:
    workbook = opened(a_month(), language, values=True)

    assert workbook.sheetnames[1:3] == [word("trial_balance", language), word("profit_and_loss", language)]
    assert workbook.worksheets[0]["A2"].value == answer(a_month(), language)
    assert workbook.worksheets[0]["C7"].value == pytest.approx(199.75)
    for sheet in workbook.worksheets[1:]:
        headings = [cell.value for cell in sheet[1]]
        assert len(set(headings)) == len(headings), (language, sheet.title)


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_a_partner_called_like_a_formula_stays_text(start: str) -> None:
    cell = opened(a_month(partners={"S1": f"{start}1+1"}))["Payables"]["A2"]

    assert (cell.data_type, cell.value, cell.quotePrefix) == ("s", f"{start}1+1", True)


@pytest.mark.systems("soffice", install="apt-get install libreoffice-calc")
def test_a_spreadsheet_program_computes_the_same_totals_and_tie_outs(tmp_path: Path) -> None:
    for language in LANGUAGES:
        (tmp_path / f"{language}.xlsx").write_bytes(without_cached_values(write_month_workbook(a_month(), language)))
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    files = [str(file) for file in tmp_path.glob("*.xlsx")]
    subprocess.run(
        ["soffice", profile, "--headless", "--convert-to", _ALL_SHEETS, "--outdir", str(tmp_path), *files],
        check=True,
        capture_output=True,
        timeout=100,
    )

    for language in LANGUAGES:
        summary, checks, payables = (
            list(csv.reader((tmp_path / f"{language}-{word(key, language)}.csv").read_text("utf-8").splitlines()))
            for key in ("summary", "checks", "payables")
        )
        assert [float(row[2]) for row in summary[4:9]] == [1000, 800.25, 199.75, 800.25, 1000], language
        assert [row[6] for row in summary[4:15]] == ["1", "0", "0", "1", *"000000", "2"], language
        assert [float(cell) for cell in checks[9][2:5]] == [800.25, 800.25, 0], language
        assert [float(cell) for cell in checks[10][2:5]] == [1000, 1000, 0], language
        assert float(payables[-1][5]) == 800.25, language
