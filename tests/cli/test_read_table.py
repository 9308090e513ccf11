"""kontorist read table: typed rows and named doubts, for every file a line."""

from __future__ import annotations

from pathlib import Path

from kontorist.testing.documents import tables
from tests.cli.conftest import Kontorist

PRICES = """Preisliste Herbst;;;;
Artikel-Nr.;Bezeichnung;ME;Preis (EUR);Gültig ab;Gültig bis
0815;Papier A4;Pack;4,95;01.10.2026;31.12.2026
0816;=HYPERLINK("http://x");Stk;1.234,50;01.10.2026;30.09.2026
0817;Stift;Stk;zwölf;01.10.2026;
0815;Papier A4;Pack;5,05;01.10.2026;31.12.2026
Summe;;;99,99;;
"""


def test_a_price_list_becomes_rows_and_doubts(kontorist: Kontorist, tmp_path: Path) -> None:
    (tmp_path / "preise.csv").write_text(PRICES, encoding="cp1252")

    (line,) = kontorist("read", "table", "prices", str(tmp_path / "preise.csv"), "--jsonl").lines

    values = {"item": "0815", "text": "Papier A4", "unit": "Pack", "unit_price": "4.95"}
    assert line["rows"] == [
        {"sheet": None, "row": 3, "values": {**values, "valid_from": "2026-10-01", "valid_until": "2026-12-31"}}
    ]
    assert {each["place"]: each["seen"] for each in line["doubts"]} == {
        "D5": "zwölf", "F4": "2026-09-30", "D6": "5.05"
    }  # fmt: skip
    assert [each["seen"] for each in line["skipped"]] == ["Summe"]
    assert line["reason"] is None


def test_a_time_sheet_is_shown_with_what_is_wrong_in_it(kontorist: Kontorist, tmp_path: Path) -> None:
    sample = tables.time_sheet_table(rows=440)
    (tmp_path / sample.name).write_bytes(sample.content)

    said = kontorist("read", "table", "hours", str(tmp_path / sample.name))

    assert said.stdout.startswith(f"{sample.name}: 430 good rows, 10 cells in doubt")
    assert all(place in said.stdout for place in sample.planted)
    assert "hours such as 7,5 or 7:30" in said.stdout


def test_more_doubts_than_anybody_reads_are_counted(kontorist: Kontorist, tmp_path: Path) -> None:
    rows = "".join(f"{number};x\n" for number in range(1000, 1030))
    (tmp_path / "p.csv").write_text("Artikel;Preis\n" + rows)

    assert "10 more with --json" in kontorist("read", "table", "prices", str(tmp_path / "p.csv")).stderr


def test_every_file_has_its_line_whatever_it_is(kontorist: Kontorist, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Farbe;Form\nrot;rund\n")
    (tmp_path / "b.xlsx").write_bytes(b"PK\x03\x04 and no more")
    files = [str(tmp_path / name) for name in ("a.csv", "b.xlsx", "c.csv")]

    said = kontorist("read", "table", "orders", *files, "--json")

    assert said.code == 0
    assert [each["reason_code"] for each in said.json["files"]] == ["unfit", "damaged", "no_file"]
    assert "no column for" in kontorist("read", "table", "orders", files[0]).stdout
