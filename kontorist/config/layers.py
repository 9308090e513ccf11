"""The layers of a configuration: arguments > KONTORIST_SECTION__KEY > config.d/*.yaml > config.yaml (> defaults)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from kontorist.config.faults import ConfigMissing, Fault, Place
from kontorist.config.tree import KeyPath, Tree, merged, read_tree, value_of

_PREFIX = "KONTORIST_"
_SECRETS = "KONTORIST_SECRET_"


def find_config(path: Path) -> Path:
    """The file itself, or the config.yaml in a folder. Raises ConfigMissing."""
    file = path / "config.yaml" if path.is_dir() else path
    if not file.is_file():
        raise ConfigMissing(f"There is no {file.name} in {file.parent.resolve()}.")
    return file.resolve()


def read_layers(
    file: Path, *, environment: Mapping[str, str], arguments: Mapping[str, str], faults: list[Fault]
) -> Tree:
    """All layers laid upon one another."""
    tree = read_tree(file, name=file.name, faults=faults)
    for extra in sorted((file.parent / "config.d").glob("*.yaml")):
        tree = merged(tree, read_tree(extra, name=f"config.d/{extra.name}", faults=faults))
    for name, text in sorted(_settings_in(environment)):
        path = name.removeprefix(_PREFIX).lower().split("__")
        tree = _with_value(tree, path, text, Place(file=f"environment {name}"))
    for key, text in arguments.items():
        tree = _with_value(tree, key.split("."), text, Place(file="argument --set"))
    return tree


def _settings_in(environment: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """Only names with a double underscore are settings: KONTORIST_CONFIG and the like mean something else."""
    for name, text in environment.items():
        if name.startswith(_PREFIX) and "__" in name and not name.startswith(_SECRETS):
            yield name, text


def _with_value(tree: Tree, words: list[str], text: str, place: Place) -> Tree:
    """`tree` with one value replaced; a number among `words` names an item of a list that is already there."""
    path = _path_in(tree.data, words)
    upper = {path[:end]: place for end in range(1, len(path)) if path[:end] not in tree.values}
    over = {**upper, path: place}
    data = _replaced(tree.data, path, value_of(text))
    return Tree(data=data, values=tree.values | over, keys=tree.keys | over, files=tree.files)


def _path_in(data: Any, words: list[str]) -> KeyPath:
    path: list[str | int] = []
    for word in words:
        if isinstance(data, list) and word.isdigit() and int(word) < len(data):
            path.append(int(word))
            data = data[int(word)]
        else:
            path.append(word)
            data = data.get(word) if isinstance(data, dict) else None
    return tuple(path)


def _replaced(data: Any, path: KeyPath, value: Any) -> Any:
    if not path:
        return value
    if isinstance(data, list) and isinstance(path[0], int):
        return [_replaced(item, path[1:], value) if index == path[0] else item for index, item in enumerate(data)]
    inner = data if isinstance(data, dict) else {}
    return {**inner, path[0]: _replaced(inner.get(path[0]), path[1:], value)}
