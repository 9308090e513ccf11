"""config.yaml as an office writes it, rightly and wrongly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kontorist.config import Config, ConfigMissing, ConfigWrong, load

OFFICE = """\
version: 1
company:
  name: Kontor Beispiel B.V.
  country: NL
people:
  anna: {login: anna, email: anna@example.org, language: de, roles: [clerk]}
  joost: {login: joost, roles: [approver]}
payables:
  duplicate_window: 400d
  tolerance: "0.02"
approvals:
  rules:
    - {below: "250.00", supplier_trusted: true, steps: []}
    - {steps: [{any_of: [approver], needed: 1}]}
"""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a config.yaml and gives its folder."""

    def write(text: str = OFFICE, name: str = "config.yaml") -> Path:
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return tmp_path

    return write


def faults_of(folder: Path, **rest: object) -> list[str]:
    with pytest.raises(ConfigWrong) as caught:
        load(folder, environment={}, **rest)  # type: ignore[arg-type]  # keyword names are spelt out at each call
    return [str(fault) for fault in caught.value.faults]


def office(folder: Path, **environment: str) -> Config:
    return load(folder, environment=environment)


def test_an_office_is_read_from_its_folder(write: Write) -> None:
    config = office(write())

    assert config.company.name == "Kontor Beispiel B.V."
    assert config.archive_path == config.root / "var" / "archive"
    assert config.database_url == f"sqlite:///{config.root}/var/kontorist.db"


def test_a_folder_without_configuration_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigMissing, match=r"There is no config\.yaml in"):
        load(tmp_path)


def test_a_misspelt_key_is_shown_with_line_column_and_the_word_meant(write: Write) -> None:
    folder = write(OFFICE.replace("steps: []", "stepps: []"))

    assert faults_of(folder) == [
        "config.yaml:13:7: approvals.rules.0.steps: is missing",
        'config.yaml:13:49: approvals.rules.0.stepps: unknown key; did you mean "steps"?',
    ]
