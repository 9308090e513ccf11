"""The rules know no machinery: standard library, python-stdnum and schwifty, nothing else."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import kontorist.domain

HERE = Path(kontorist.domain.__file__).parent
ALLOWED = sys.stdlib_module_names | {"kontorist", "stdnum", "schwifty"}


def imported(module: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or ".")
    return found


@pytest.mark.parametrize("module", sorted(HERE.rglob("*.py")), ids=lambda path: str(path.relative_to(HERE)))
def test_a_rule_imports_the_standard_library_and_number_checkers_only(module: Path) -> None:
    names = imported(module)

    assert {name.split(".")[0] for name in names} <= ALLOWED
    # kontorist/secrecy.py is a leaf of the standard library only (docs/decisions/0022)
    ours = ("kontorist.domain", "kontorist.secrecy")
    assert all(name.startswith(ours) for name in names if name.startswith("kontorist"))
