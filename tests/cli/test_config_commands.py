"""kontorist config check, show, schema."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import COMPANY, Kontorist


def test_a_right_configuration_is_said_to_be_right(kontorist: Kontorist, company: Path) -> None:
    said = kontorist("config", "check")

    assert (said.code, said.stderr) == (0, "")
    assert said.stdout.startswith("config.yaml is right (hash ")


def test_faults_go_to_stderr_with_their_lines(kontorist: Kontorist, company: Path) -> None:
    (company / "config.yaml").write_text(COMPANY.replace("people:", "peple:"), encoding="utf-8")

    said = kontorist("config", "check")

    assert (said.code, said.stdout) == (3, "")
    assert 'KON-320: config.yaml:3:1: peple: unknown key; did you mean "people"?' in said.stderr


def test_faults_as_json(kontorist: Kontorist, company: Path) -> None:
    (company / "config.yaml").write_text(COMPANY.replace("country: NL", "country: NLD"), encoding="utf-8")

    said = kontorist("config", "check", "--json")

    assert said.code == 3
    assert said.json["schema_version"] == 1
    assert said.json["faults"] == [
        {
            "file": "config.yaml",
            "line": 2,
            "column": 48,
            "key": "company.country",
            "sentence": "a country is two capital letters, such as NL",
        }
    ]


def test_a_missing_secret_is_a_fault_unless_one_says_otherwise(kontorist: Kontorist, company: Path) -> None:
    door = "  shop: {use: webhook/standard, key: {secret: shop}, emits: order.created}\n"
    (company / "config.yaml").write_text(COMPANY + door, encoding="utf-8")

    assert "KONTORIST_SECRET_SHOP" in kontorist("config", "check").stderr
    assert kontorist("config", "check", "--without-secrets").code == 0


def test_show_gives_each_value_with_its_place(kontorist: Kontorist, company: Path) -> None:
    said = kontorist("--set", "company.language=nl", "config", "show", "--json")

    settings = {each["key"]: each for each in said.json["settings"]}
    assert settings["company.name"]["from"] == "config.yaml:2:17"
    assert settings["company.language"] == {"key": "company.language", "value": "nl", "from": "argument --set"}
    assert kontorist("config", "show").stdout.startswith("key ")
