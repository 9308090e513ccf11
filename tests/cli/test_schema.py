"""kontorist.schema.json, for editors: it takes what the check takes and refuses what the check refuses."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from kontorist.config.schema import config_schema
from tests.cli.conftest import COMPANY, Kontorist
from tests.config.conftest import OFFICE

ROOT = Path(__file__).parents[2]


def test_the_committed_schema_is_that_of_the_models(kontorist: Kontorist) -> None:
    committed = json.loads((ROOT / "kontorist.schema.json").read_text(encoding="utf-8"))

    assert kontorist("config", "schema").json == committed, (
        "write it anew: kontorist config schema > kontorist.schema.json"
    )


@pytest.mark.parametrize("text", [COMPANY, OFFICE])
def test_right_examples_satisfy_the_schema(text: str) -> None:
    jsonschema.validate(yaml.safe_load(text), config_schema())


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("country: NL", "country: NL, nmae: x"),
        ("settle: 10s", "settle: soon"),
        ("use: folder/local", "use: folder/elsewhere"),
        ("roles: [clerk]", "roles: [clark]"),
        ("version: 1", "version: 2"),
    ],
)
def test_the_schema_refuses_what_the_check_refuses(right: str, wrong: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yaml.safe_load(COMPANY.replace(right, wrong)), config_schema())


def test_the_schema_takes_secrets_by_reference_only() -> None:
    door = {"use": "webhook/standard", "key": [{"secret": "shop"}], "emits": "order.created"}
    company = yaml.safe_load(COMPANY)

    jsonschema.validate({**company, "connectors": {"shop": door}}, config_schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**company, "connectors": {"shop": {**door, "key": ["whsec_x"]}}}, config_schema())
