"""Tables as offices keep them: what a cell is, the file tells; what cannot be is a doubt with its cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, time, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kontorist.domain.masterdata.columns import CellType, Column
from kontorist.domain.masterdata.kinds import COLUMNS
from kontorist.domain.masterdata.names import Kind
from kontorist.domain.masterdata.sheets import HOUR_COLUMNS, PRICE_COLUMNS
from kontorist.extraction.tables import PayInTheOpen, Table, TableFormat, TableUnfit, read_table
from kontorist.extraction.tables.grid import cell_name
from kontorist.extraction.tables.header import header_words
from kontorist.extraction.tables.notation import Notation, notation_of, written_date, written_number
from kontorist.extraction.tables.values import Unfit, read_column
from kontorist.sandbox import Pool, ReasonCode, Refused
from kontorist.testing.documents import tables
from kontorist.testing.documents.notation import number

HOURS = (
    Column(name="number", type=CellType.IDENTIFIER, words="personnel_number", required=True, filled=True),
    Column(name="day", type=CellType.DATE, words="received", required=True, filled=True),
    Column(name="hours", type=CellType.HOURS, words="worked_hours", required=True, filled=True),
)
NAMED = TableFormat(named={"hours": "Stunden", "day": "Datum"})


@pytest.fixture(scope="module")
def children() -> Iterator[Pool]:
    with Pool(size=1, preload=("kontorist.extraction.tables.intake",)) as pool:
        yield pool


def read(pool: Pool, content: bytes, *columns: Column, **form: Any) -> Table:
    return read_table(pool, content, name="table", columns=columns or COLUMNS[Kind.SUPPLIERS], form=TableFormat(**form))


def column(cells: Sequence[Any], kind: CellType, sheet: Notation | None = None, **rest: Any) -> list[Any]:
    values = read_column(cells, Column(name="x", type=kind, **rest), sheet or Notation())
    return [f"? {value}" if isinstance(value, Unfit) else value for value in values]


# --- whole files


def test_a_month_of_hours_with_planted_errors(children: Pool) -> None:
    sample = tables.time_sheet_table()

    table = read_table(children, sample.content, name=sample.name, columns=HOURS, form=NAMED)

    assert {each.place for each in table.doubts} == sample.planted
    assert len(table.rows) == sample.good == 1_990
    assert table.rows[0].values == {"number": "00001", "day": date(2026, 5, 1), "hours": Decimal("4")}
    assert table.rows[0].cells == {"number": "A3", "day": "C3", "hours": "D3"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_a_csv_file_tells_its_encoding_and_delimiter(children: Pool, encoding: str, delimiter: str) -> None:
    content = tables.delimited(
        [("Name", "Straße"), ("Müller, Söhne; Co", "Weg 1")], delimiter=delimiter, encoding=encoding
    )

    (row,) = read(children, content).rows

    assert (row.values["name"], row.values["street"]) == ("Müller, Söhne; Co", "Weg 1")
    assert row.row == 2


def test_what_is_declared_is_not_found_out(children: Pool) -> None:
    assert read(children, b"Name|Ort\nA,B|C", delimiter="|").rows[0].values == {"name": "A,B", "town": "C"}
    assert read(children, "Name;Ort\nŁódź;X".encode("cp1250"), encoding="cp1250").rows[0].values["name"] == "Łódź"
    with pytest.raises(Refused, match="no encoding"):
        read(children, b"Name", encoding="klingon")
    with pytest.raises(Refused, match="UTF-8"):
        read(children, b"Name\n\x81\x8d", encoding=None)


def test_the_line_that_excel_writes_for_itself_is_no_row(children: Pool) -> None:
    assert [row.row for row in read(children, b"sep=|\nName|Ort\nA|B").rows] == [3]


def test_a_separator_inside_a_text_is_a_doubt_and_the_next_row_is_read(children: Pool) -> None:
    table = read(children, b"Name;Ort\nMeyer; Sohn;Bonn\nSchulz;Ulm")

    assert [(each.cell, each.seen) for each in table.doubts] == [("C2", "Bonn")]
    assert [row.values["name"] for row in table.rows] == ["Schulz"]


def test_a_guarded_cell_loses_its_quote_and_a_formula_stays_text(children: Pool) -> None:
    table = read(children, b"Name;Ort\n'=SUM(A1);=cmd|x\n'tHooft;-")

    assert [tuple(row.values.values()) for row in table.rows] == [("=SUM(A1)", "=cmd|x"), ("'tHooft", "-")]


def test_merged_cells_formulas_titles_and_totals_of_a_workbook(children: Pool) -> None:
    sample = tables.order_table(lines=12, planted=False)

    table = read(children, sample.content, *COLUMNS[Kind.ORDERS])

    assert [row.values["order"] for row in table.rows[:4]] == ["B000001", "B000001", "B000001", "B000002"]
    assert table.rows[3].values["unit_price"] == Decimal("0.3")  # 0.1 + 0.2, as the spreadsheet shows it
    assert [(each.cell, each.reason) for each in table.skipped] == [("A17", "a total, no record")]
    assert table.ignored_sheets == ("Hinweise",)
    assert not table.doubts


def test_what_hidden_sheets_hold_is_not_taken(children: Pool) -> None:
    import xlsxwriter

    file = BytesIO()
    book = xlsxwriter.Workbook(file)
    for name in ("Lieferanten", "Archiv"):
        sheet = book.add_worksheet(name)
        sheet.write_row(0, 0, ["Name"])
        sheet.write_row(1, 0, [f"Aus {name}"])
    sheet.hide()
    book.close()

    assert [row.values["name"] for row in read(children, file.getvalue()).rows] == ["Aus Lieferanten"]


def test_the_columns_that_are_missing_are_named_with_their_words(children: Pool) -> None:
    with pytest.raises(TableUnfit, match=r"no column for: name \(Name / Firma"):
        read(children, b"Spalte 1;Spalte 2\nA;B")
    with pytest.raises(TableUnfit, match="A1 and C1"):
        read(children, b"Name;Ort;Firma\nA;B;C")


def test_a_column_may_be_called_otherwise_in_a_file(children: Pool) -> None:
    (row,) = read(children, b"Kto-Bez;Name\nMuster;x", named={"name": "Kto-Bez"}).rows

    assert row.values == {"name": "Muster"}


def test_unit_and_currency_in_a_header_do_not_hide_the_column(children: Pool) -> None:
    columns = (Column(name="unit_price", type=CellType.AMOUNT, required=True),)

    for header in ("Preis (EUR)", "Einzelpreis in EUR", "EINZELPREIS [€]", "unit price", "Prijs"):
        (row,) = read(children, f"{header};x\n1,50;y".encode(), *columns).rows
        assert row.values == {"unit_price": Decimal("1.50")}


@pytest.mark.parametrize("header", ["Bruttogehalt", "Stundenlohn", "Salaris", "Gross salary", "Uurloon", "Pay"])
def test_a_column_of_pay_is_found_and_nothing_of_it_repeated(children: Pool, header: str) -> None:
    content = f"Pers.-Nr.;Name;{header}\n1;Eva;4711".encode()

    with pytest.raises(PayInTheOpen, match="earn") as refused:
        read_table(children, content, name="x.csv", columns=COLUMNS[Kind.EMPLOYEES], refuse_pay=True)
    assert refused.value.place == "x.csv: C1"


# --- hostile files


@pytest.mark.corpus
def test_every_hostile_workbook_ends_in_a_named_state(children: Pool, shared_corpus: Path) -> None:
    folder = shared_corpus / "hostile"
    files = sorted([*(folder / "xlsx").iterdir(), *(folder / "made-xlsx").iterdir(), *(folder / "strings").iterdir()])
    assert len(files) > 15
    ends: dict[str, str] = {}
    for file in files:
        try:
            table = read(children, file.read_bytes())
            ends[file.name] = f"{len(table.rows)} rows"
        except TableUnfit:
            ends[file.name] = "unfit"
        except Refused as refused:
            ends[file.name] = refused.reason.value

    assert ends["far-cell.xlsx"] == "too_large"
    assert ends["lol.xlsx"] == "forbidden_construct"
    assert set(ends.values()) <= {"unfit", "too_large", "forbidden_construct", "damaged", "unsupported"}
    assert read(children, b"Name\nA").rows  # the neighbour is read as usual


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", ReasonCode.DAMAGED),
        (b"PK\x03\x04", ReasonCode.DAMAGED),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", ReasonCode.UNSUPPORTED),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), ReasonCode.ENCRYPTED),
        (b"\x00\x01\x02", ReasonCode.UNSUPPORTED),
        (b"a," * 2_000, ReasonCode.TOO_LARGE),
    ],
)
def test_what_is_no_table_is_refused_by_name(children: Pool, content: bytes, reason: ReasonCode) -> None:
    with pytest.raises(Refused) as refused:
        read(children, content)
    assert refused.value.reason is reason


def zipped(**parts: str) -> bytes:
    import zipfile

    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in parts.items():
            package.writestr(name.replace("__", "/"), text)
    return file.getvalue()


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"word__document.xml": "<a/>"}, ReasonCode.UNSUPPORTED),
        ({"xl__workbook.xml": "<a>" * 300 + "</a>" * 300}, ReasonCode.FORBIDDEN_CONSTRUCT),
        ({"xl__workbook.xml": "<!DOCTYPE a><a/>"}, ReasonCode.FORBIDDEN_CONSTRUCT),
        ({"xl__workbook.xml": "<a/>", "..__x.xml": "<a/>"}, ReasonCode.FORBIDDEN_CONSTRUCT),
        ({"xl__workbook.xml": "<a/>", "xl__big.xml": " " * 20_000_000}, ReasonCode.FORBIDDEN_CONSTRUCT),
        ({"xl__workbook.xml": "<a>"}, ReasonCode.DAMAGED),
        (
            {"xl__workbook.xml": "<a/>", "s.xml": "<worksheet><c r='ZZZ9'><v>1</v></c></worksheet>"},
            ReasonCode.TOO_LARGE,
        ),
        ({"xl__workbook.xml": "<a/>", "s.xml": "<worksheet><c r='9A'/></worksheet>"}, ReasonCode.DAMAGED),
    ],
)
def test_a_workbook_that_is_a_trap_is_refused_before_anything_opens_it(
    children: Pool, parts: dict[str, str], reason: ReasonCode
) -> None:
    with pytest.raises(Refused) as refused:
        read(children, zipped(**parts))
    assert refused.value.reason is reason


# --- numbers and days


@pytest.mark.parametrize(
    ("text", "comma", "dot"),
    [
        ("1.234,56", "1234.56", None),
        ("1,234.56", None, "1234.56"),
        ("1.234", "1234", "1.234"),
        ("1,5", "1.5", None),
        ("0.125", None, "0.125"),
        ("12", "12", "12"),
        ("€ 1.190,00", "1190.00", None),
        ("EUR 5", "5", "5"),
        ("119,-", "119", "119"),
        ("119,--", "119", "119"),
        ("1 234,50", "1234.50", None),
        ("1\u202f234,50", "1234.50", None),
        ("1'234.50", None, "1234.50"),
        ("-5,00", "-5.00", None),
        ("5,00-", "-5.00", None),
        ("(5,00)", "-5.00", None),
        ("−3", "-3", "-3"),
        ("1.234.567", "1234567", None),
        ("19 %", "19", "19"),
    ],
)
def test_numbers_as_people_write_them(text: str, comma: str | None, dot: str | None) -> None:
    written = written_number(text)

    assert written is not None
    assert written.comma == (None if comma is None else Decimal(comma))
    assert written.dot == (None if dot is None else Decimal(dot))


@pytest.mark.parametrize(
    "text", ["", "zwölf", "1O,50", "1.2.3,4", "12,34,56", "--5", "(-5)", "1e5", "٣", "7:30", "1,23.45"]
)
def test_what_is_no_number(text: str) -> None:
    assert written_number(text) is None


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2), st.sampled_from(["de", "nl", "en", "fr"]))
def test_a_number_written_in_any_notation_is_read_back(value: Decimal, language: Any) -> None:
    written = written_number(number(value, language))

    assert written is not None
    assert written.value("." if language == "en" else ",") == value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("31.12.2026", ("2026-12-31", "2026-12-31")),
        ("2026-12-31", ("2026-12-31", "2026-12-31")),
        ("20261231", ("2026-12-31", "2026-12-31")),
        ("31-12-26", ("2026-12-31", None)),
        ("12/31/2026", (None, "2026-12-31")),
        ("03/04/2026", ("2026-04-03", "2026-03-04")),
        ("3. März 2026", ("2026-03-03", "2026-03-03")),
        ("3 mrt 2026", ("2026-03-03", "2026-03-03")),
        ("March 3rd, 2026", ("2026-03-03", "2026-03-03")),
        ("31.12.2026 08:30", ("2026-12-31", "2026-12-31")),
        ("2026-12-31T08:30:00Z", ("2026-12-31", "2026-12-31")),
    ],
)
def test_days_as_people_write_them(text: str, expected: tuple[str | None, str | None]) -> None:
    written = written_date(text)

    assert written is not None
    found = tuple(day.isoformat() if day else None for day in (written.day_first, written.month_first))
    assert found == expected


@pytest.mark.parametrize(
    "text", ["31.02.2026", "irgendwann", "", "2026", "32/13/2026", "1.1.0026", "3 foo 2026", "2026-1231"]
)
def test_what_is_no_day(text: str) -> None:
    assert written_date(text) is None


def test_a_column_decides_what_one_of_its_cells_leaves_open() -> None:
    assert column(["1.234", "1,50"], CellType.AMOUNT) == ["1234", "1.50"]
    assert column(["1,234", "1.50"], CellType.AMOUNT) == ["1234", "1.50"]
    assert column(["03/04/2026", "13/04/2026"], CellType.DATE) == ["2026-04-03", "2026-04-13"]
    assert column(["03/04/2026", "04/13/2026"], CellType.DATE) == ["2026-03-04", "2026-04-13"]


def test_what_the_column_leaves_open_the_rest_of_the_sheet_decides() -> None:
    sheet = notation_of(["1.234,50", "13-04-2026", "x"])

    assert column(["1.234"], CellType.AMOUNT, sheet) == ["1234"]
    assert column(["03-04-2026"], CellType.DATE, sheet) == ["2026-04-03"]


def test_what_nothing_decides_is_a_doubt_with_both_readings() -> None:
    (amount,) = column(["1.234"], CellType.AMOUNT)
    (day,) = column(["03/04/2026"], CellType.DATE)

    assert "1234 or 1.234" in amount
    assert "2026-04-03 or 2026-03-04" in day


def test_a_cell_in_the_other_notation_is_a_doubt() -> None:
    assert column(["1,50", "2,50", "1,234.56"], CellType.AMOUNT)[:2] == ["1.50", "2.50"]
    assert "like the others" in column(["1,50", "2,50", "1,234.56"], CellType.AMOUNT)[2]
    assert "with commas and with dots" in column(["1,50", "2.50"], CellType.AMOUNT)[0]
    assert "like the others" in column(["13/04/2026", "14/04/2026", "04/15/2026"], CellType.DATE)[2]


def test_a_number_of_the_spreadsheet_is_exact_or_a_doubt() -> None:
    assert column([0.1 + 0.2, 1190.0, 99.99, -0.5], CellType.AMOUNT) == ["0.3", "1190", "99.99", "-0.5"]
    assert column([99999999999999.99], CellType.AMOUNT) == ["99999999999999.98"]  # the nearest there is, as repr has it
    assert "at most 2 decimals" in column([33.333], CellType.AMOUNT)[0]
    assert column([33.333], CellType.AMOUNT, places=4) == ["33.333"]
    assert "too large" in column([1e16], CellType.AMOUNT)[0]
    assert "amount" in column([True], CellType.AMOUNT)[0]
    assert "amount" in column([date(2026, 5, 1)], CellType.AMOUNT)[0]


@given(st.decimals(min_value=-(10**10), max_value=10**10, places=2))
def test_every_amount_survives_the_way_through_a_spreadsheet(value: Decimal) -> None:
    (back,) = column([float(value)], CellType.AMOUNT)

    assert Decimal(back) == value


def test_hours_are_numbers_times_and_spans() -> None:
    cells = [7.5, "7,5", "7:30", time(7, 30), timedelta(hours=31, minutes=20), "8 Std.", "7.5h"]

    read = column(cells[:6], CellType.HOURS)
    assert read == ["7.5", "7.5", "7.50", "7.50", "31.33", "8"]
    assert "hours" in column(["acht"], CellType.HOURS)[0]


def test_zeros_in_front_are_kept_and_missed_where_they_are_lost() -> None:
    assert column(["00017", "00018"], CellType.IDENTIFIER) == ["00017", "00018"]
    assert "5 digits" in column(["00017", 18.0], CellType.IDENTIFIER)[1]
    assert column([4711.0, "A1"], CellType.IDENTIFIER) == ["4711", "A1"]
    assert "without decimals" in column([2.5], CellType.IDENTIFIER)[0]


@pytest.mark.parametrize(
    ("kind", "cell", "expected"),
    [
        (CellType.TEXT, " a\tb\u00a0 c\x00", "a b c"),
        (CellType.TEXT, 5.0, "5"),
        (CellType.PERCENT, "19 %", "19"),
        (CellType.PERCENT, 0.19, "19"),
        (CellType.PERCENT, 7.0, "7"),
        (CellType.PERCENT, 0.0, "0"),
        (CellType.INTEGER, "14", 14),
        (CellType.FLAG, "Ja", True),
        (CellType.FLAG, "nee", False),
        (CellType.FLAG, 1.0, True),
        (CellType.FLAG, False, False),
        (CellType.EMAIL, "office@example.org", "office@example.org"),
        (CellType.IBANS, "de02 1203 0000 0000 2020 51", ["DE02120300000000202051"]),
        (
            CellType.IBANS,
            "DE02120300000000202051; NL91 ABNA 0417 1643 00",
            ["DE02120300000000202051", "NL91ABNA0417164300"],
        ),
        (CellType.VAT_ID, "DE 136.695.976", "DE136695976"),
        (CellType.COUNTRY, "Niederlande", "NL"),
        (CellType.COUNTRY, "Duitsland", "DE"),
        (CellType.COUNTRY, "at", "AT"),
        (CellType.CURRENCY, "€", "EUR"),
        (CellType.CURRENCY, "chf", "CHF"),
        (CellType.LANGUAGE, "Niederländisch", "nl"),
        (CellType.DATE, 20260501.0, "2026-05-01"),
    ],
)
def test_cells_become_what_their_column_holds(kind: CellType, cell: Any, expected: Any) -> None:
    assert column([cell], kind) == [expected]


@pytest.mark.parametrize(
    ("kind", "cell"),
    [
        (CellType.TEXT, True),
        (CellType.TEXT, date(2026, 5, 1)),
        (CellType.TEXT, "x" * 1_001),
        (CellType.PERCENT, "119"),
        (CellType.PERCENT, "-5"),
        (CellType.INTEGER, 2.5),
        (CellType.FLAG, "vielleicht"),
        (CellType.EMAIL, "office at example.org"),
        (CellType.IBANS, "DE02120300000000202052"),
        (CellType.VAT_ID, "DE136695977"),
        (CellType.COUNTRY, "Atlantis"),
        (CellType.CURRENCY, "Taler"),
        (CellType.LANGUAGE, "Klingonisch"),
        (CellType.DATE, 46_100.0),
        (CellType.DATE, True),
        (CellType.CHOICE, "x"),
    ],
)
def test_what_cannot_be_is_a_doubt(kind: CellType, cell: Any) -> None:
    assert str(column([cell], kind)[0]).startswith("? ")


def test_choices_are_known_by_their_words() -> None:
    choices = (("payable", ("kreditor",)), ("receivable", ("debitor",)))

    assert column(["Kreditor", "RECEIVABLE", None], CellType.CHOICE, choices=choices) == ["payable", "receivable", None]


@pytest.mark.parametrize(("place", "name"), [((1, 1), "A1"), ((17, 3), "C17"), ((9, 27), "AA9"), ((1, 16_384), "XFD1")])
def test_cells_are_named_as_spreadsheets_do(place: tuple[int, int], name: str) -> None:
    assert cell_name(*place) == name


def test_every_column_of_master_data_has_words_in_three_languages() -> None:
    bare = [
        f"{kind.value}.{each.name}"
        for kind, columns in COLUMNS.items()
        for each in columns
        if len(header_words(each)) < 3
    ]

    assert bare == []
    assert [each.name for each in (*PRICE_COLUMNS, *HOUR_COLUMNS) if len(header_words(each)) < 3] == []


def test_the_reference_has_every_column_with_its_words() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "masterdata.md").read_text(encoding="utf-8")

    for kind, columns in COLUMNS.items():
        section = page.split(f"## {kind.value}\n")[1].split("\n## ")[0]
        rows = [line for line in section.splitlines() if line.startswith(("| `", "| **`"))]
        assert [row.split("`")[1] for row in rows] == [each.name for each in columns]
        for row, each in zip(rows, columns, strict=True):
            assert ("**" in row) is each.required
            assert header_words(each)[0] in row
