"""config.yaml, checked whole at the door: `load` gives a Config or says everything that is wrong, line by line."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from kontorist.config.checking import checked, known_flows
from kontorist.config.connector import Connector
from kontorist.config.faults import ConfigMissing, ConfigWrong, Fault, Place
from kontorist.config.layers import find_config, read_layers
from kontorist.config.models import Config, NobodyHere, Person, Route, Rule
from kontorist.config.schedules import Calendar, Schedule
from kontorist.config.secrets import Secret, SecretMissing
from kontorist.config.tree import Tree

__all__ = [
    "Calendar",
    "Config",
    "ConfigMissing",
    "ConfigWrong",
    "Connector",
    "Fault",
    "NobodyHere",
    "Person",
    "Place",
    "Route",
    "Rule",
    "Schedule",
    "Secret",
    "SecretMissing",
    "known_flows",
    "load",
    "load_with_places",
]


def load(
    path: Path | str,
    *,
    arguments: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
    need_secrets: bool = True,
) -> Config:
    """The configuration in the file `path`, or in config.yaml of the folder `path`.

    `arguments` are dotted keys that win over everything (``{"company.language": "de"}``). With
    `need_secrets=False` a missing secret is no fault until it is used: for commands that only read.
    Raises ConfigMissing, or ConfigWrong with every fault at its line.
    """
    return load_with_places(path, arguments=arguments, environment=environment, need_secrets=need_secrets)[0]


def load_with_places(
    path: Path | str,
    *,
    arguments: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
    need_secrets: bool = True,
) -> tuple[Config, Tree]:
    """As `load`, with the tree that knows where each value was written."""
    file = find_config(Path(path))
    variables = os.environ if environment is None else environment
    faults: list[Fault] = []
    tree = read_layers(file, environment=variables, arguments=arguments or {}, faults=faults)
    config = checked(tree, faults, variables, need_secrets=need_secrets) if tree.data or not faults else None
    if faults or config is None:
        raise ConfigWrong(faults)
    config._path = file  # pydantic keeps private attributes changeable in a frozen model
    return config, tree
