"""Flows and their steps reach outside by the ledger of effects alone (docs/decisions/0003), or they fail here."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for top in ("flows", "tasks") for path in (ROOT / top).rglob("*.py"))

#: What connects, sends or starts something. `urllib.parse` only takes addresses apart.
OUTSIDE = {
    "aiohttp", "asyncssh", "boto3", "connectors", "ftplib", "http", "httpx", "httpx2", "imaplib", "paramiko",
    "playwright", "poplib", "psycopg", "pymongo", "pyodbc", "requests", "selenium", "smtplib", "socket", "subprocess",
    "urllib", "urllib3", "websockets", "xmlrpc", "yagmail",
}  # fmt: skip
HARMLESS = {"urllib.parse"}
#: Methods of what acts outside: a sink's own, and the ways to get at one.
REACHES = {"apply", "sink", "connector", "carried_by", "system", "popen"}


def faults(source: str) -> list[str]:
    """A line for every place that reaches outside and does not stand below `@outside_effect`."""
    return [f"line {node.lineno}: {name}" for node, name in _reaching(ast.parse(source))]


def _reaching(node: ast.AST) -> Iterator[tuple[ast.expr | ast.stmt, str]]:
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, ast.FunctionDef) and any(map(_is_effect, inner.decorator_list)):
            continue
        if isinstance(inner, ast.Import | ast.ImportFrom):
            yield from ((inner, name) for name in _imported(inner) if _is_outside(name))
        elif isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute) and inner.func.attr in REACHES:
            yield inner, inner.func.attr
        yield from _reaching(inner)


def _is_effect(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Call) and ast.unparse(decorator.func).split(".")[-1] == "outside_effect"


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [each.name for each in node.names]
    return [f"{node.module}.{each.name}" for each in node.names]


def _is_outside(name: str) -> bool:
    return name.split(".")[0] in OUTSIDE and not any(f"{name}.".startswith(f"{each}.") for each in HARMLESS)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_flow_or_step_reaches_outside_by_itself(path: Path) -> None:
    assert faults(path.read_text(encoding="utf-8")) == [], (
        "put the act into a function below @outside_effect (kontorist/services/outside.py)"
    )


STEP = """
@task
def register(order):
    {act}
"""


@pytest.mark.parametrize(
    "act",
    [
        "import httpx; httpx.post('https://erp.example', json=order)",
        "from urllib.request import urlopen; urlopen('https://erp.example')",
        "import smtplib",
        "import subprocess",
        "from connectors.mail.smtp import build",
        "current_services().sink('erp').apply(order, 'key')",
        "erp.apply(order, 'key')",
    ],
)
def test_a_step_that_acts_without_the_ledger_is_found(act: str) -> None:
    assert faults(STEP.format(act=act)) != []
    assert faults(STEP.format(act=act).replace("@task", "@outside_effect('erp_record')")) == []


@pytest.mark.parametrize("act", ["from urllib.parse import quote", "import json", "reapply(order)", "return order"])
def test_a_step_that_stays_inside_is_left_alone(act: str) -> None:
    assert faults(STEP.format(act=act)) == []


def test_the_act_may_be_used_where_it_is_declared() -> None:
    source = "@services.outside_effect('erp_record', probe=find)\ndef create(request, key):\n    import httpx\n"

    assert faults(source) == []
    assert faults(source + "\nimport httpx\n") == ["line 5: httpx"]
