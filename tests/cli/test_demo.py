"""The demo's company is one that works, and nothing of anybody else's is touched. `make demo` runs it whole."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kontorist.cli.demo.company import NotOurFolder, settle_in, webhook_secret
from kontorist.config import load
from kontorist.engine.worker import flows_of

FLOWS = Path(__file__).parents[2] / "flows"


def test_its_configuration_is_right_and_starts_every_flow(tmp_path: Path) -> None:
    company = settle_in(tmp_path / "demo", shop="http://127.0.0.1:1/hooks", shop_secret=webhook_secret())

    config = load(tmp_path / "demo", environment=os.environ | company.environment, need_secrets=True)

    every = {f"{path.parent.name}/{path.stem}" for path in FLOWS.glob("*/*.py") if path.stem != "__init__"}
    assert set(flows_of(config)) == every


def test_its_secrets_are_for_their_owner_only(tmp_path: Path) -> None:
    company = settle_in(tmp_path / "demo", shop="http://127.0.0.1:1/hooks", shop_secret=webhook_secret())

    assert {Path(file).stat().st_mode & 0o777 for file in company.environment.values()} == {0o600}


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "to-anna.txt").write_text("Dear Anna")

    with pytest.raises(NotOurFolder):
        settle_in(tmp_path / "letters", shop="http://127.0.0.1:1/hooks", shop_secret=webhook_secret())

    assert [path.name for path in (tmp_path / "letters").iterdir()] == ["to-anna.txt"]
