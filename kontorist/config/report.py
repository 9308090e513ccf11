"""The configuration in force, value by value, with where each comes from and without any secret."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from kontorist.config.models import Config
from kontorist.config.secrets import Secret, secrets_in, variable_of
from kontorist.config.tree import KeyPath, Tree, dotted
from kontorist.domain.durations import write_duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One value; `source` is ``config.yaml:6:5``, ``environment NAME``, ``secret NAME`` or ``default``."""

    key: str
    value: Any
    source: str


def settings_in_force(config: Config, tree: Tree) -> list[Setting]:
    """Every leaf of the configuration, in the order of the reference."""
    hidden = dict(_hidden(config))
    return [
        hidden.get(path) or Setting(key=dotted(path), value=value, source=_source(tree, path))
        for path, value in leaves(config)
    ]


def leaves(config: Config) -> list[tuple[KeyPath, Any]]:
    """Every single value with its path, as one would write it into the file; secrets are asterisks."""
    return list(_leaves(_flat(config.model_dump(by_alias=True)), ()))


def _flat(data: dict[str, Any]) -> dict[str, Any]:
    """As the file writes it: a connector's settings stand beside its `use`."""
    for name, connector in data["connectors"].items():
        data["connectors"][name] = {"use": connector["use"], **connector["settings"]}
    return data


def _hidden(config: Config) -> Iterator[tuple[KeyPath, Setting]]:
    for name, connector in config.connectors.items():
        for path, secret in secrets_in(connector.settings, ("connectors", name)):
            if isinstance(secret, Secret):
                state = "set" if secret.present else f"missing: set {variable_of(secret.name)}"
                yield path, Setting(key=dotted(path), value=f"********** ({state})", source=f"secret {secret.name}")


def _leaves(data: Any, path: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
    inner = list(data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list | tuple) else ())
    if not inner:
        yield path, written(data)
    for key, value in inner:
        yield from _leaves(value, (*path, key))


def written(value: Any) -> Any:
    """A value as one writes it into the file."""
    if isinstance(value, timedelta):
        return write_duration(value)
    return (
        value if isinstance(value, str | int | dict | None) else list(value) if isinstance(value, tuple) else str(value)
    )


def _source(tree: Tree, path: KeyPath) -> str:
    return str(tree.values[path]) if path in tree.values else "default"
