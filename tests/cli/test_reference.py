"""The reference names every command with its options, every key of config.yaml and every error code."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer.main

from kontorist.cli.app import app
from kontorist.config.schema import config_schema

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"


def commands(command: Any, words: tuple[str, ...] = ("kontorist",)) -> Iterator[tuple[str, list[str]]]:
    """Every command as one types it, with the long form of its own options."""
    if hasattr(command, "commands"):
        for name, inner in command.commands.items():
            yield from commands(inner, (*words, name))
    else:
        options = [
            names[-1] for parameter in command.params if (names := parameter.opts) and names[-1].startswith("--")
        ]
        yield " ".join(words), [option for option in options if option != "--help"]


COMMANDS = dict(commands(typer.main.get_command(app)))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_its_entry_with_all_its_options(command: str) -> None:
    page = (REFERENCE / "commands.md").read_text(encoding="utf-8")
    heading = f"### `{command}"
    assert heading in page, f"docs/reference/commands.md has no entry {heading!r}"

    entry = page.split(heading, 1)[1].split("\n##", 1)[0]
    assert [option for option in COMMANDS[command] if f"`{option}" not in entry and f"[{option}" not in entry] == []


def test_the_commands_page_describes_no_command_that_there_is_not() -> None:
    page = (REFERENCE / "commands.md").read_text(encoding="utf-8")
    described = [line.removeprefix("### `").rstrip("`") for line in page.splitlines() if line.startswith("### `")]

    assert [line for line in described if not any(line.startswith(command) for command in COMMANDS)] == []


def keys(schema: dict[str, Any], definitions: dict[str, Any], path: str) -> Iterator[str]:
    """Every key below a schema, written as in the reference: `people.NAME.login`, `routes[].run`."""
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    for key, inner in schema.get("properties", {}).items():
        yield f"{path}.{key}".lstrip(".")
        yield from keys(inner, definitions, f"{path}.{key}")
    if isinstance(schema.get("additionalProperties"), dict):
        yield from keys(schema["additionalProperties"], definitions, f"{path}.NAME")
    if "items" in schema:
        yield from keys(schema["items"], definitions, f"{path}[]")
    for each in schema.get("anyOf", ()):  # a section that may be left out
        if "$ref" in each:
            yield from keys(each, definitions, path)


def config_keys() -> list[str]:
    schema = config_schema()
    definitions = schema["$defs"]
    products = [each for name, each in definitions.items() if name.startswith("connector-")]
    connectors = [key for each in products for key in keys(each, definitions, f"{each['title']}:")]
    return [*keys(schema, definitions, ""), *(key.replace(":.", " ") for key in connectors if not key.endswith(".use"))]


@pytest.mark.parametrize("key", config_keys())
def test_every_key_of_the_configuration_has_its_line(key: str) -> None:
    assert f"| `{key}` |" in (REFERENCE / "config.md").read_text(encoding="utf-8")


def test_the_configuration_page_describes_no_key_that_there_is_not() -> None:
    page = (REFERENCE / "config.md").read_text(encoding="utf-8")
    described = [line.split("`")[1] for line in page.splitlines() if line.startswith("| `")]

    assert sorted(described) == sorted(config_keys())


@cache
def error_classes() -> list[tuple[str, str, str]]:
    """Code, name and sentence of every error in the source; read, not imported, since some modules are heavy."""
    found = []
    for package in ("kontorist", "connectors", "tasks", "flows"):
        for file in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef) and (code := _code_of(node)):
                    found.append((code, node.name, (ast.get_docstring(node) or "").splitlines()[0]))
    return sorted(found)


def _code_of(node: ast.ClassDef) -> str | None:
    for statement in node.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign) and isinstance(statement.value, ast.Constant):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            if [getattr(target, "id", "") for target in targets] == ["code"]:
                value = statement.value.value
                return value if isinstance(value, str) and value.startswith("KON-") else None
    return None


def test_every_error_code_belongs_to_one_error() -> None:
    counts = Counter(code for code, _, _ in error_classes())

    assert [code for code, count in counts.items() if count > 1] == []


def test_every_error_has_its_line_and_no_other_is_there() -> None:
    rows = [f"| {code} | {name} | {sentence} |" for code, name, sentence in error_classes() if code != "KON-000"]
    page = (REFERENCE / "errors.md").read_text(encoding="utf-8")
    written = [line for line in page.splitlines() if line.startswith("| KON-")]

    assert written == rows, "the table in docs/reference/errors.md should be:\n" + "\n".join(rows)
