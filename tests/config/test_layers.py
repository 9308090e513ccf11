"""What wins over what, and what each value says of where it came from."""

from __future__ import annotations

from pathlib import Path

import pytest

from kontorist.config import ConfigWrong, load, load_with_places
from kontorist.config.report import settings_in_force
from tests.config.conftest import OFFICE, Write


def test_argument_wins_over_variable_over_drop_in_over_file_over_default(write: Write) -> None:
    write("company: {language: nl, currency: CHF}\n", name="config.d/10-dutch.yaml")
    folder = write()
    environment = {"KONTORIST_COMPANY__CURRENCY": "SEK", "KONTORIST_COMPANY__TIMEZONE": "Europe/Berlin"}

    company = load(folder, environment=environment, arguments={"company.timezone": "Europe/Oslo"}).company

    assert (company.name, company.language, company.currency, company.timezone) == (
        "Kontor Beispiel B.V.",
        "nl",
        "SEK",
        "Europe/Oslo",
    )


def test_drop_ins_are_read_in_the_order_of_their_names(write: Write) -> None:
    write("company: {language: nl}\n", name="config.d/20.yaml")
    write("company: {language: de}\n", name="config.d/10.yaml")

    assert load(write(), environment={}).company.language == "nl"


def test_a_list_is_replaced_not_mixed(write: Write) -> None:
    write("approvals: {rules: [{steps: [{any_of: [clerk]}]}]}\n", name="config.d/rules.yaml")

    config = load(write(), environment={})

    assert [rule.steps[0].any_of for rule in config.approvals.rules] == [("clerk",)]


def test_a_variable_reaches_into_lists_and_holds_lists(write: Write) -> None:
    environment = {
        "KONTORIST_APPROVALS__RULES__0__BELOW": "99.00",
        "KONTORIST_PEOPLE__ANNA__ROLES": "[clerk, auditor]",
        "KONTORIST_APPROVALS__FOUR_EYES": "false",
    }

    config = load(write(), environment=environment)

    assert str(config.approvals.rules[0].below) == "99.00"
    assert config.people["anna"].roles == ("clerk", "auditor")
    assert not config.approvals.four_eyes


def test_a_wrong_variable_is_named_as_the_place(write: Write) -> None:
    environment = {
        "KONTORIST_COMPANY__LANGUAGE": "fr",
        "KONTORIST_COMPNAY__NAME": "x",
        "KONTORIST_PEOPLE__A__ROLES": "[x",
    }

    with pytest.raises(ConfigWrong) as caught:
        load(write(), environment=environment, arguments={"payables.tolerance": "little"})

    assert [str(fault) for fault in caught.value.faults] == [
        'argument --set: payables.tolerance: an amount is written like "250.00", in the currency of the company',
        "environment KONTORIST_COMPANY__LANGUAGE: company.language: has to be one of de, en, nl",
        'environment KONTORIST_COMPNAY__NAME: compnay: unknown key; did you mean "company"?',
        "environment KONTORIST_PEOPLE__A__ROLES: people.a.roles: has to be a list",
    ]


def test_variables_for_other_purposes_are_not_settings(write: Write) -> None:
    environment = {"KONTORIST_CONFIG": "/elsewhere", "KONTORIST_SECRET_A__B": "x", "OTHER__THING": "y"}

    assert load(write(), environment=environment).company.language == "en"


def test_a_fault_in_a_drop_in_names_that_file(write: Write) -> None:
    write("company: {langauge: nl}\n", name="config.d/10.yaml")

    with pytest.raises(
        ConfigWrong, match=r'config\.d/10\.yaml:1:11: company\.langauge: unknown key; did you mean "lan'
    ):
        load(write(), environment={})


def test_show_tells_where_each_value_comes_from(write: Write) -> None:
    folder = write(OFFICE, name="config.yaml")
    environment = {"KONTORIST_COMPANY__LANGUAGE": "de"}

    config, tree = load_with_places(folder, environment=environment, arguments={"company.currency": "CHF"})
    sources = {each.key: (each.value, each.source) for each in settings_in_force(config, tree)}

    assert sources["company.name"] == ("Kontor Beispiel B.V.", "config.yaml:3:9")
    assert sources["company.language"] == ("de", "environment KONTORIST_COMPANY__LANGUAGE")
    assert sources["company.currency"] == ("CHF", "argument --set")
    assert sources["company.timezone"] == ("Europe/Amsterdam", "default")
    assert sources["connectors.scanner.settle"] == ("10s", "config.yaml:16:73")
    assert sources["connectors.scanner.path"] == ("in/scan", "config.yaml:16:38")
    assert sources["payables.tolerance"] == ("0.02", "config.yaml:10:14")
    assert sources["routes"] == ([], "default")


def test_a_replaced_list_leaves_no_places_of_the_old_one(write: Write) -> None:
    write("approvals: {rules: [{steps: []}]}\n", name="config.d/rules.yaml")

    config, tree = load_with_places(write(), environment={})
    sources = {each.key: each.source for each in settings_in_force(config, tree)}

    assert sources["approvals.rules.0.below"] == "default"
    assert sources["approvals.rules.0.steps"] == "config.d/rules.yaml:1:29"


def test_the_fingerprint_changes_with_the_settings_and_not_with_the_place(write: Write, tmp_path: Path) -> None:
    here = load(write(), environment={}).fingerprint()
    other = tmp_path / "other"
    other.mkdir()
    (other / "config.yaml").write_text("# moved\n" + OFFICE, encoding="utf-8")

    assert load(other, environment={}).fingerprint() == here
    assert load(other, environment={"KONTORIST_COMPANY__LANGUAGE": "de"}).fingerprint() != here
