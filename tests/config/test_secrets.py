"""Secrets: named in the file, held in the environment, shown nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from kontorist.config import ConfigWrong, SecretMissing, load, load_with_places
from kontorist.config.report import settings_in_force
from kontorist.config.secrets import look_up
from tests.config.conftest import OFFICE, Write

DOOR = OFFICE + "  shop: {use: webhook/standard, key: {secret: shop-key}, emits: order.created}\n"
KEY = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def key_of(folder: Path, **environment: str) -> str:
    settings = load(folder, environment=environment).connectors["shop"].settings
    value: str = settings.key[0].get_secret_value()  # type: ignore[attr-defined]  # the field of webhook/standard
    return value


def test_a_secret_is_taken_from_its_variable(write: Write) -> None:
    assert key_of(write(DOOR), KONTORIST_SECRET_SHOP_KEY=KEY) == KEY


def test_else_from_the_file_that_a_variable_names(write: Write, tmp_path: Path) -> None:
    file = tmp_path / "shop.key"
    file.write_text(KEY + "\n")

    assert key_of(write(DOOR), KONTORIST_SECRET_SHOP_KEY_FILE=str(file)) == KEY


def test_a_missing_secret_is_a_fault_at_its_line_with_what_to_set(write: Write) -> None:
    with pytest.raises(ConfigWrong) as caught:
        load(write(DOOR), environment={})

    assert str(caught.value) == (
        'config.yaml:17:38: connectors.shop.key: the secret "shop-key" is not there; '
        "set KONTORIST_SECRET_SHOP_KEY or KONTORIST_SECRET_SHOP_KEY_FILE"
    )


def test_a_secret_file_that_is_not_there_is_named(write: Write) -> None:
    with pytest.raises(ConfigWrong, match='the file of the secret "shop-key" cannot be read: /not/here'):
        load(write(DOOR), environment={"KONTORIST_SECRET_SHOP_KEY_FILE": "/not/here"})


def test_a_command_that_does_not_need_the_secret_works_without_it_until_it_is_used(write: Write) -> None:
    config = load(write(DOOR), environment={}, need_secrets=False)

    with pytest.raises(SecretMissing, match='The secret "shop-key" is not there') as caught:
        config.connectors["shop"].settings.key[0].get_secret_value()  # type: ignore[attr-defined]
    assert "KONTORIST_SECRET_SHOP_KEY" in caught.value.step


def test_a_secret_written_into_the_file_is_refused_without_printing_it(write: Write) -> None:
    with pytest.raises(ConfigWrong) as caught:
        load(write(DOOR.replace("{secret: shop-key}", KEY)), environment={})

    assert "config.yaml:17:38: connectors.shop.key: a secret is never written here" in str(caught.value)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("value", ["{secret: 3}", "{secrets: shop}", "3", "{secret: a, b: c}"])
def test_what_is_neither_secret_nor_reference_is_refused(write: Write, value: str) -> None:
    with pytest.raises(ConfigWrong, match=r"config\.yaml:17:38: connectors\.shop\.key: "):
        load(write(DOOR.replace("{secret: shop-key}", value)), environment={})


def test_nothing_shows_a_secret(write: Write) -> None:
    config, tree = load_with_places(write(DOOR), environment={"KONTORIST_SECRET_SHOP_KEY": KEY})
    (shown,) = [each for each in settings_in_force(config, tree) if each.key == "connectors.shop.key.0"]

    assert (shown.value, shown.source) == ("********** (set)", "secret shop-key")
    for text in (repr(config), str(config.connectors), config.model_dump_json()):
        assert KEY not in text


def test_the_fingerprint_does_not_depend_on_the_secret(write: Write) -> None:
    folder = write(DOOR)
    one = load(folder, environment={"KONTORIST_SECRET_SHOP_KEY": KEY})
    other = load(folder, environment={"KONTORIST_SECRET_SHOP_KEY": KEY.replace("M", "N")})

    assert one.fingerprint() == other.fingerprint()


def test_an_empty_variable_is_no_secret() -> None:
    assert not look_up("shop", {"KONTORIST_SECRET_SHOP": ""}).present
