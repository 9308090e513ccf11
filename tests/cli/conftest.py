"""A company's folder and somebody at its keyboard."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kontorist.cli.main import main
from kontorist.cli.session import Session

COMPANY = """\
version: 1
company: {name: Kontor Beispiel B.V., country: NL}
people:
  anna: {login: anna, email: anna@example.org, language: de, roles: [clerk]}
  joost: {login: joost, roles: [approver]}
connectors:
  scanner: {use: folder/local, path: in/scan, pattern: "*.pdf", settle: 10s}
"""


@dataclass(frozen=True, slots=True)
class Keyboard:
    """A stand-in for the operating system's user."""

    user: str

    def login(self) -> str:
        return self.user


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a command answered."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        return json.loads(self.stdout)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.stdout.splitlines()]


Kontorist = Callable[..., Said]


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a config.yaml."""
    folder = tmp_path / "company"
    folder.mkdir()
    (folder / "config.yaml").write_text(COMPANY, encoding="utf-8")
    (folder / "in" / "scan").mkdir(parents=True)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def kontorist(capsys: pytest.CaptureFixture[str]) -> Kontorist:
    """Runs a command as anna (or `user`) and gives what it said."""

    def run(*words: str, user: str = "anna") -> Said:
        capsys.readouterr()
        code = main(words, Session(identity=Keyboard(user)))
        captured = capsys.readouterr()
        return Said(code=code, stdout=captured.out, stderr=captured.err)

    return run
