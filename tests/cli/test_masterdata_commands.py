"""`kontorist masterdata import` at the keyboard."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Kontorist

TABLE = "Kreditor;Name;IBAN;Aufwandskonto\n1;Gut GmbH;DE02120300000000202051;6400\n2;Schlecht GmbH;DE00;6400\n"


def test_good_rows_are_taken_and_a_doubt_is_exit_code_one(kontorist: Kontorist, company: Path) -> None:
    (company / "suppliers.csv").write_text(TABLE, encoding="utf-8")

    said = kontorist("masterdata", "import", "suppliers", "suppliers.csv")

    assert said.code == 1
    assert "suppliers: 1 new, 0 changed, 0 as before, 1 cells in doubt" in said.stdout
    assert "C3    iban    DE00  an IBAN whose check digits fit" in said.stdout
    assert "bank details wait for a second person" in said.stdout


def test_a_dry_run_says_the_same_and_keeps_nothing(kontorist: Kontorist, company: Path) -> None:
    (company / "suppliers.csv").write_text(TABLE, encoding="utf-8")

    dry = kontorist("masterdata", "import", "suppliers", "suppliers.csv", "--dry-run", "--json")
    real = kontorist("masterdata", "import", "suppliers", "suppliers.csv", "--json")
    again = kontorist("masterdata", "import", "suppliers", "suppliers.csv", "--json")

    assert (dry.json["dry_run"], dry.json["new"], real.json["new"], again.json["unchanged"]) == (True, 1, 1, 1)
    assert dry.json["doubts"] == real.json["doubts"]
    assert real.json["doubts"][0]["place"] == "C3"


def test_totals_notes_and_other_sheets_are_told_on_the_side(kontorist: Kontorist, company: Path) -> None:
    from kontorist.testing.documents.tables import order_table, supplier_table

    (company / "suppliers.csv").write_bytes(supplier_table().content)
    (company / "orders.xlsx").write_bytes(order_table(lines=6, planted=False).content)
    kontorist("masterdata", "import", "suppliers", "suppliers.csv")

    said = kontorist("masterdata", "import", "orders", "orders.xlsx")

    assert said.code == 0
    assert "orders: 6 new" in said.stdout
    assert "a total, no record" in said.stderr
    assert "Hinweise" in said.stderr


def test_opening_figures_are_posted_and_what_is_refused_is_said(kontorist: Kontorist, company: Path) -> None:
    (company / "config.yaml").write_text(
        (company / "config.yaml").read_text(encoding="utf-8").replace("roles: [clerk]", "roles: [controller]"),
        encoding="utf-8",
    )
    (company / "right.csv").write_text("Konto;Betrag\n1100;5,00\n3000;-5,00", encoding="utf-8")
    (company / "wrong.csv").write_text("Konto;Betrag\n1100;5,00\n3000;-6,00", encoding="utf-8")

    wrong = kontorist("masterdata", "import", "opening-balances", "wrong.csv", "--day", "2026-01-01")
    right = kontorist("masterdata", "import", "opening-balances", "right.csv", "--day", "2026-01-01")
    without = kontorist("masterdata", "import", "opening-balances", "right.csv")

    assert (wrong.code, right.code, without.code) == (1, 0, 1)
    assert "differ from zero by -1.00 EUR" in wrong.stdout
    assert "posted as entry 1" in right.stdout
    assert "KON-116" in without.stderr


def test_the_columns_that_config_yaml_names_have_to_be_ours(kontorist: Kontorist, company: Path) -> None:
    config = (company / "config.yaml").read_text(encoding="utf-8")
    (company / "config.yaml").write_text(
        config + "masterdata: {files: {suppliers: {columns: {colour: Farbe}}}}\n", encoding="utf-8"
    )

    said = kontorist("config", "check")

    assert said.code == 3
    assert "suppliers have no column 'colour'" in said.stdout + said.stderr
