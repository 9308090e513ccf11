"""Secrets are named in the configuration and never written there.

``{secret: smtp}`` is looked up as KONTORIST_SECRET_SMTP, then as the content of the file that
KONTORIST_SECRET_SMTP_FILE names, then in the system's keyring where the package `keyring` is installed.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr

from kontorist.domain.errors import SetupWrong
from kontorist.secrecy import keep_secret


class SecretMissing(SetupWrong):
    """A secret that the configuration names is not there."""

    code = "KON-322"

    def __init__(self, name: str, sentence: str | None = None, **rest: Any) -> None:
        variable = variable_of(name)
        rest.setdefault("next_step", f"Set {variable}, or {variable}_FILE to the path of a file that holds it.")
        super().__init__(sentence or f'The secret "{name}" is not there.', **rest)
        self.name = name


class Secret(SecretStr):
    """A secret with the name it was asked for; where it is missing, only its use fails, with SecretMissing."""

    def __init__(self, name: str, value: str | None, why_not: str | None = None) -> None:
        super().__init__(value or "")
        self.name = name
        self.present = value is not None
        keep_secret(value or "")
        self.why_not = why_not or f'the secret "{name}" is not there'

    def get_secret_value(self) -> str:
        """The secret itself. Raises SecretMissing."""
        if not self.present:
            raise SecretMissing(self.name, f"{self.why_not[0].upper()}{self.why_not[1:]}.")
        return super().get_secret_value()


def variable_of(name: str) -> str:
    """``KONTORIST_SECRET_SMTP`` for ``smtp``."""
    return "KONTORIST_SECRET_" + name.upper().replace("-", "_")


def look_up(name: str, environment: Mapping[str, str] = os.environ) -> Secret:
    """The secret called `name`, present or not."""
    variable = variable_of(name)
    if value := environment.get(variable):
        return Secret(name, value)
    if file := environment.get(variable + "_FILE"):
        return _from_file(name, Path(file))
    return Secret(name, _from_keyring(name))


def _from_file(name: str, file: Path) -> Secret:
    try:
        return Secret(name, file.read_text(encoding="utf-8").rstrip("\r\n"))
    except (OSError, UnicodeDecodeError):
        return Secret(name, None, f'the file of the secret "{name}" cannot be read: {file}')


def _from_keyring(name: str) -> str | None:
    try:
        keyring = importlib.import_module("keyring")  # not among our dependencies: used where somebody installed it
    except ImportError:
        return None
    found: str | None = keyring.get_password("kontorist", name)
    return found


def is_reference(value: object) -> bool:
    """Whether `value` is ``{secret: NAME}``."""
    return isinstance(value, dict) and set(value) == {"secret"} and isinstance(value["secret"], str)


def with_secrets(value: Any, environment: Mapping[str, str]) -> Any:
    """`value` with every reference replaced by its Secret."""
    if is_reference(value):
        return look_up(value["secret"], environment)
    if isinstance(value, dict):
        return {key: with_secrets(inner, environment) for key, inner in value.items()}
    return [with_secrets(inner, environment) for inner in value] if isinstance(value, list) else value


def secrets_in(model: BaseModel, path: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], SecretStr]]:
    """Every SecretStr in `model` with its path: those that are not a Secret were written out in the file."""
    found: list[tuple[tuple[str | int, ...], SecretStr]] = []
    for name in type(model).model_fields:
        _collect(getattr(model, name), (*path, name), found)
    return found


def _collect(value: Any, path: tuple[str | int, ...], found: list[tuple[tuple[str | int, ...], SecretStr]]) -> None:
    if isinstance(value, SecretStr):
        found.append((path, value))
    elif isinstance(value, BaseModel):
        found.extend(secrets_in(value, path))
    elif isinstance(value, dict):
        for key, inner in value.items():
            _collect(inner, (*path, key), found)
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            _collect(inner, (*path, index), found)
