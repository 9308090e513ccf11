"""The daily report as a workbook, read back by other programs."""

from __future__ import annotations

import csv
import re
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from python_calamine import CalamineWorkbook

from kontorist.domain.money import Money
from tasks.reporting.figures import DailyFigures, EntryRow, ExceptionRow, Outcome, SourceRow
from tasks.reporting.sheets import FONT, new_workbook
from tasks.reporting.words import answer, open_items, outcome_word, word
from tasks.reporting.workbook import write_workbook
from tasks.wording import LANGUAGES

MORNING = datetime(2026, 11, 22, 7, 30, tzinfo=UTC)  # half past eight in Amsterdam
DAY = date(2026, 11, 22)


def entry(number: int, net: str, tax: str, currency: str = "EUR") -> list[EntryRow]:
    """The three lines of a booked invoice."""
    amounts = {"6400": Money(net, currency), "1500": Money(tax, currency)}
    amounts["2000"] = -(amounts["6400"] + amounts["1500"])
    return [
        EntryRow(
            number=number, line=place, day=DAY - timedelta(days=3), text=f"Papierhaus RE-{number}", account=account,
            account_name={"6400": "Office supplies", "1500": "Input VAT", "2000": "Payables"}[account], amount=amount,
            tax_key="IN19", document=f"D{number:020d}", approved_by=("joost", "carla"),
        )
        for place, (account, amount) in enumerate(amounts.items(), 1)
    ]  # fmt: skip


def exception(**changes: Any) -> ExceptionRow:
    usual = ExceptionRow(
        outcome=Outcome.WORKLIST,
        id="W0123456789abcdefghjk",
        title="Elektro Brandt 2026/0881",
        reasons=("Net 243.20 plus VAT 46.21 is 289.41, but the total says 299.41.",),
        codes=("KON-TOTALS",),
        supplier="Elektro Brandt & Söhne KG",
        invoice_number="00881",
        amount=Money("299.41", "EUR"),
        since=MORNING,
        due=date(2026, 12, 6),
        waits_for=("joost",),
    )
    return replace(usual, **changes)


def source(index: int, outcome: Outcome) -> SourceRow:
    return SourceRow(
        document=f"D{index:020d}", name=f"paper-{index}.pdf", sha256=f"{index:064x}", received=MORNING,
        source="scanner", outcome=outcome, seq=index, run="0190d2a4", config_hash="cd34" * 16,
    )  # fmt: skip


def a_day(**changes: Any) -> DailyFigures:
    outcomes = (Outcome.BOOKED, Outcome.BOOKED, Outcome.WORKLIST, Outcome.QUARANTINED)
    usual = DailyFigures(
        company="Kontor Beispiel B.V.",
        day=DAY,
        generated=MORNING,
        timezone="Europe/Amsterdam",
        run="0190d2a4",
        config_hash="cd34" * 16,
        entries=(*entry(1, "154.95", "29.44"), *entry(2, "257.25", "33.35")),
        exceptions=(
            exception(),
            exception(outcome=Outcome.QUARANTINED, title="download.pdf", amount=None, supplier=None, codes=()),
        ),
        sources=tuple(source(index, outcome) for index, outcome in enumerate(outcomes, start=1)),
    )
    return replace(usual, **changes)


def opened(figures: DailyFigures, language: str = "en", *, values: bool = False) -> Workbook:
    return load_workbook(BytesIO(write_workbook(figures, language=language)), data_only=values)


def grid(figures: DailyFigures, sheet: str, language: str = "en") -> list[list[Any]]:
    """The cells of a sheet with the values the formulas carry, read by calamine."""
    workbook = CalamineWorkbook.from_filelike(BytesIO(write_workbook(figures, language=language)))
    return workbook.get_sheet_by_name(sheet).to_python()


def test_the_answer_stands_in_the_first_ten_rows() -> None:
    top = [cell for row in grid(a_day(), "Summary")[:10] for cell in row if cell != ""]

    assert "4 documents received: 2 booked, 1 waiting for a person, 1 unreadable." in top
    assert {"booked", 2.0, "unreadable", 474.99, 299.41}.issubset(set(top))


def test_every_total_carries_its_value_and_is_a_formula() -> None:
    figures = a_day()
    formulas, values = opened(figures), opened(figures, values=True)

    for sheet, cell, expected in (
        ("Summary", "B5", 2), ("Summary", "B9", 4), ("Summary", "E5", 474.99), ("Summary", "F5", 299.41),
        ("Entries", "F8", 474.99), ("Entries", "G8", 474.99), ("Exceptions", "G4", 299.41),
    ):  # fmt: skip
        assert str(formulas[sheet][cell].value).startswith("="), (sheet, cell)
        assert values[sheet][cell].value == pytest.approx(expected), (sheet, cell)


def test_the_totals_are_those_of_the_figures() -> None:
    figures = a_day()

    assert [str(each) for each in figures.posted] == ["474.99 EUR"]
    assert [str(each) for each in figures.waiting] == ["299.41 EUR"]
    assert figures.counts[Outcome.BOOKED] == 2
    assert open_items(figures, "de") == "Insgesamt offen: 2, zusammen 299,41\u00a0EUR."


def test_two_currencies_are_never_added_up() -> None:
    figures = a_day(entries=(*entry(1, "100.00", "19.00"), *entry(2, "50.00", "0.00", "GBP")))

    sheet = opened(figures, values=True)["Summary"]
    tables = opened(figures)["Entries"].tables["Entries"]

    assert [sheet["D5"].value, sheet["E5"].value] == ["EUR", 119]
    assert [sheet["D6"].value, sheet["E6"].value] == ["GBP", 50]
    assert not tables.totalsRowCount


@pytest.mark.parametrize(("name", "sheet"), [("Entries", 1), ("Exceptions", 2), ("Sources", 3)])
def test_each_list_is_a_real_table_with_filters_and_a_frozen_heading(name: str, sheet: int) -> None:
    written = opened(a_day()).worksheets[sheet]

    table = written.tables[name]

    assert table.autoFilter is not None
    assert written.freeze_panes == "A2"
    assert written.print_title_rows == "$1:$1"
    assert not written.merged_cells.ranges


def test_every_sheet_prints_across_one_page_wide_with_page_numbers() -> None:
    for sheet in opened(a_day()).worksheets:
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.page_setup.paperSize == 9
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)  # 1 is the default
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.oddFooter.right.text in (
            "Page &P of &N",
            "Page &[Page] of &N",
        )  # the same code, by version of openpyxl
        assert sheet.print_area


def test_dates_are_dates_and_times_are_those_of_the_company() -> None:
    workbook = opened(a_day())

    assert workbook["Entries"]["B2"].value == datetime(2026, 11, 19)  # noqa: DTZ001 (a spreadsheet knows no zone)
    assert workbook["Sources"]["C2"].value == datetime(2026, 11, 22, 8, 30)  # noqa: DTZ001
    assert workbook["Entries"]["B2"].is_date


def test_amounts_are_numbers_with_the_format_of_their_currency() -> None:
    figures = a_day(entries=tuple(entry(1, "1000", "100", "JPY")), exceptions=(), currency="JPY")

    cell = opened(figures)["Entries"]["F2"]

    assert cell.value == 1000
    assert cell.number_format == "#,##0;[Red]-#,##0"
    assert opened(a_day())["Entries"]["F2"].number_format == "#,##0.00;[Red]-#,##0.00"


def test_an_invoice_number_keeps_its_leading_zeros() -> None:
    assert opened(a_day())["Exceptions"]["F2"].value == "00881"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r="])
def test_a_supplier_called_like_a_formula_stays_text(start: str) -> None:
    name = f"{start}cmd|' /C calc'!A0"

    cell = opened(a_day(exceptions=(exception(supplier=name),)))["Exceptions"]["E2"]

    assert cell.data_type == "s"
    assert cell.quotePrefix
    assert str(cell.value).endswith("cmd|' /C calc'!A0")


def test_an_address_from_outside_becomes_no_link() -> None:
    figures = a_day(exceptions=(exception(supplier="https://evil.example/login", title="mailto:a@b.example"),))

    with zipfile.ZipFile(BytesIO(write_workbook(figures))) as parts:
        assert not any(b"hyperlink" in parts.read(name) for name in parts.namelist())


@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(exclude_categories=()), min_size=1, max_size=40))
@example("a\x00b\x0bc")
@example("\ud800")
@example("\ufffe_x0041_")
@example("x" * 40_000)
def test_whatever_a_supplier_is_called_the_workbook_opens(name: str) -> None:
    figures = a_day(exceptions=(exception(supplier=name, title=name),), company=name)

    rows = grid(figures, "Exceptions")

    assert rows[1][2].startswith("Net 243.20")
    assert load_workbook(BytesIO(write_workbook(figures)))


@pytest.mark.corpus
def test_names_of_the_hostile_corpus_come_back_as_they_are(shared_corpus: Path) -> None:
    lines = [
        line
        for file in sorted((shared_corpus / "hostile" / "strings").iterdir())
        for line in file.read_bytes().decode("utf-8", "replace").split("\n")[:600]
        if line.strip() and line.isprintable() and len(line) < 1000
    ]
    figures = a_day(exceptions=tuple(exception(supplier=line) for line in lines))

    rows = grid(figures, "Exceptions")

    assert [row[4] for row in rows[1 : len(lines) + 1]] == lines


def test_the_same_figures_give_the_same_bytes() -> None:
    assert write_workbook(a_day(), language="nl") == write_workbook(a_day(), language="nl")
    assert write_workbook(a_day()) != write_workbook(a_day(currency="USD"))


def test_a_day_without_anything_is_a_report_too() -> None:
    figures = a_day(entries=(), exceptions=(), sources=())

    assert grid(figures, "Summary")[1][0].startswith("0 documents received")
    assert [grid(figures, sheet)[1][0] for sheet in ("Entries", "Exceptions", "Sources")] == ["none"] * 3


def test_what_is_in_progress_shows_only_when_something_is() -> None:
    quiet, busy = a_day(), a_day(sources=(source(1, Outcome.of_state("archived")),))

    assert "in progress" not in [row[0] for row in grid(quiet, "Summary")]
    assert "in progress" in [row[0] for row in grid(busy, "Summary")]
    assert Outcome.of_state("quarantined") is Outcome.QUARANTINED


@pytest.mark.parametrize(
    ("language", "sheets", "total"),
    [
        ("de", ["Zusammenfassung", "Buchungen", "Ausnahmen", "Quellen"], "Summe"),
        ("nl", ["Samenvatting", "Boekingen", "Uitzonderingen", "Bronnen"], "Totaal"),
        ("en", ["Summary", "Entries", "Exceptions", "Sources"], "Total"),
        ("fr", ["Summary", "Entries", "Exceptions", "Sources"], "Total"),
    ],
)
def test_the_report_speaks_the_readers_language(language: str, sheets: list[str], total: str) -> None:
    workbook = opened(a_day(), language, values=True)

    assert workbook.sheetnames == sheets
    assert workbook.worksheets[0]["A9"].value == total
    assert workbook.worksheets[0]["A2"].value == answer(a_day(), language)
    assert workbook.worksheets[0]["A5"].value == outcome_word(Outcome.BOOKED, language)
    assert workbook.worksheets[0]["E5"].value == pytest.approx(474.99)


def test_headings_of_one_table_differ_in_every_language() -> None:
    for language in LANGUAGES:
        for sheet in opened(a_day(), language).worksheets[1:]:
            headings = [cell.value for cell in sheet[1]]
            assert len(set(headings)) == len(headings), (language, sheet.title)


def test_figures_have_names_that_other_workbooks_can_refer_to() -> None:
    names = opened(a_day()).defined_names

    assert names["Posted_EUR"].attr_text.replace("'", "") == "Summary!$E$5"
    assert names["Waiting_EUR"].attr_text.replace("'", "") == "Summary!$F$5"


def test_every_figure_says_how_to_see_what_it_is_made_of() -> None:
    workbook = opened(a_day(event="E0123456789abcdefghjk"))

    comments = {cell: workbook["Summary"][cell].comment.text for cell in ("B5", "E5", "F5")}
    assert comments == {
        "B5": "What this is made of:\nkontorist trace E0123456789abcdefghjk/booked",
        "E5": "What this is made of:\nkontorist trace E0123456789abcdefghjk/posted/EUR",
        "F5": "What this is made of:\nkontorist trace E0123456789abcdefghjk/waiting/EUR",
    }
    assert [row[12].value for row in workbook["Entries"].iter_rows(min_row=2, max_row=4)] == ["E1.1", "E1.2", "E1.3"]


def test_a_figure_of_nothing_and_a_report_of_no_event_refer_to_nothing() -> None:
    empty = opened(a_day(entries=(), event="E0123456789abcdefghjk"))

    assert empty["Summary"]["E5"].comment is None
    assert opened(a_day())["Summary"]["E5"].comment is None


def test_the_references_are_the_rows_behind_the_figures() -> None:
    references = a_day().references

    assert references["posted/EUR"] == ["E1.1", "E1.2", "E2.1", "E2.2"]
    assert references["waiting/EUR"] == ["W0123456789abcdefghjk"]
    assert references["booked"] == [f"D{1:020d}", f"D{2:020d}"]


def test_a_long_reason_gets_a_row_high_enough_for_it() -> None:
    short, long = exception(), exception(reasons=("Two people have to look. " * 12,))

    sheet = opened(a_day(exceptions=(short, long)))["Exceptions"]

    assert sheet.row_dimensions[3].height > 2 * sheet.row_dimensions[2].height


#: Filter options of LibreOffice: comma, quote, UTF-8, every sheet to a file of its own.
_ALL_SHEETS = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"


@pytest.fixture(scope="module")
def computed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], list[list[str]]]:
    """What LibreOffice computes, by file and sheet, the values that we had written taken out before."""
    folder = tmp_path_factory.mktemp("computed")
    pounds = a_day(
        entries=(*entry(1, "100.00", "19.00"), *entry(2, "50.25", "0.00", "GBP")),
        exceptions=(exception(supplier="=1+1"),),
    )
    reports = {language: write_workbook(a_day(), language=language) for language in LANGUAGES}
    for name, report in {**reports, "pounds": write_workbook(pounds)}.items():
        (folder / f"{name}.xlsx").write_bytes(without_cached_values(report))
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    files = [str(file) for file in folder.glob("*.xlsx")]
    subprocess.run(
        ["soffice", profile, "--headless", "--convert-to", _ALL_SHEETS, "--outdir", str(folder), *files],
        check=True,
        capture_output=True,
        timeout=100,
    )

    def sheet(file: str, name: str) -> list[list[str]]:
        return list(csv.reader((folder / f"{file}-{name}.csv").read_text(encoding="utf-8").splitlines()))

    return sheet


@pytest.mark.systems("soffice", install="apt-get install libreoffice-calc")
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_spreadsheet_program_computes_the_same_totals(
    computed: Callable[[str, str], list[list[str]]], language: str
) -> None:
    summary, entries, exceptions = (
        computed(language, word(key, language)) for key in ("summary", "entries", "exceptions")
    )

    assert [summary[4][1], summary[4][4], summary[4][5]] == ["2", "474.99", "299.41"]
    assert summary[8][:2] == [word("total", language), "4"]
    assert entries[-1][5:7] == ["474.99", "474.99"]
    assert exceptions[-1][6] == "299.41"


@pytest.mark.systems("soffice", install="apt-get install libreoffice-calc")
def test_a_spreadsheet_program_keeps_currencies_apart_and_runs_no_formula_of_others(
    computed: Callable[[str, str], list[list[str]]],
) -> None:
    summary = computed("pounds", "Summary")

    assert [float(summary[4][4]), float(summary[5][4])] == [119.00, 50.25]
    assert computed("pounds", "Exceptions")[1][4] == "=1+1"


def without_cached_values(workbook: bytes) -> bytes:
    """The same workbook with every formula's value taken out, so that a program has to compute it."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(workbook)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name.startswith("xl/worksheets/sheet"):
                content = re.sub(rb"</f><v>[^<]*</v>", b"</f>", content)
            new.writestr(name, content)
    return out.getvalue()


def test_a_workbook_leaves_no_mark_on_the_next_one() -> None:
    """XlsxWriter writes into the font it is given: the first workbook of a process had other bytes than the second."""
    before = dict(FONT)

    new_workbook(BytesIO()).close()

    assert before == FONT == {"font_name": "Arial", "font_size": 10}
