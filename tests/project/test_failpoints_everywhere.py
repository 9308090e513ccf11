"""Each write of the ledger and each act on the outside has a failpoint before it and one after it.

Read from the code, not from a run: a write that no test happens to pass is one that nobody ever tried to die at.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import pytest

import kontorist.archive
import kontorist.engine.dispatcher
import kontorist.engine.intake
import kontorist.engine.writer
import kontorist.services.opening  # noqa: F401  # with those above it registers every failpoint of the product
from kontorist.failpoints import REGISTRY

ROOT = Path(__file__).parents[2]
STORE = ROOT / "kontorist" / "store"
#: What makes a statement that changes rows, and what puts a failpoint on both sides of a block.
WRITES: Final = {"insert", "insertion", "update", "delete", "upsert"}
EXECUTES: Final = {"execute", "exec_driver_sql"}
STEPS: Final = {"points", "_step_points"}
#: Tables and triggers are made and changed here, once at opening, in a transaction of its own.
NO_LEDGER: Final = {"migrate.py"}

Function = ast.FunctionDef


class Module:
    """One file of the store: its functions, what they refer to, and where its failpoints stand."""

    def __init__(self, name: str, source: str) -> None:
        self.name = name
        self.tree = ast.parse(source)
        self.functions = [node for node in ast.walk(self.tree) if isinstance(node, Function)]
        self.constants = _assigned(self.tree.body)

    def writes(self) -> Iterator[tuple[Function, ast.Call]]:
        """Every `tx.execute(...)` of a statement that changes rows, with the function it stands in."""
        for function in self.functions:
            known = self.constants | _assigned(ast.walk(function))
            for node in ast.walk(function):
                if _called(node) in EXECUTES and isinstance(node, ast.Call) and _changes(node.args[0], known):
                    yield function, node

    def references(self, name: str) -> Iterator[tuple[Function, ast.AST]]:
        """Every place that names the function or method `name`, with the function it stands in."""
        for function in self.functions:
            for node in ast.walk(function):
                if name in (getattr(node, "attr", None), getattr(node, "id", None)):
                    yield function, node


def _assigned(nodes: Iterable[ast.AST]) -> dict[str, list[ast.expr]]:
    """All that each name is made of."""
    found: dict[str, list[ast.expr]] = {}
    for node in nodes:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if isinstance(target, ast.Name):
                found.setdefault(target.id, []).append(node.value)
    return found


def _called(node: ast.AST) -> str | None:
    if not isinstance(node, ast.Call):
        return None
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)


def _changes(statement: ast.AST, known: dict[str, list[ast.expr]], seen: frozenset[str] = frozenset()) -> bool:
    names = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
    if names & WRITES:
        return True
    return any(
        _changes(made_of, known, seen | {name}) for name in (names & known.keys()) - seen for made_of in known[name]
    )


def _between_failpoints(function: Function, node: ast.AST) -> bool:
    """Whether `node` stands in a block with failpoints on both sides, or between two of the same step."""
    line = node.lineno  # type: ignore[attr-defined]
    blocks = [each for each in ast.walk(function) if isinstance(each, ast.With) and _holds(each, line)]
    if any(_called(item.context_expr) in STEPS for each in blocks for item in each.items):
        return True
    steps = [(_step(each), each.lineno) for each in ast.walk(function) if isinstance(each, ast.Call) and _step(each)]
    before = {step.split(".before_")[-1] for step, at in steps if ".before_" in step and at < line}
    after = {step.split(".after_")[-1] for step, at in steps if ".after_" in step and at > line}
    return bool(before & after)


def _holds(block: ast.With, line: int) -> bool:
    return block.lineno < line <= (block.end_lineno or line)


def _step(call: ast.Call) -> str:
    first = call.args[0] if _called(call) == "failpoint" and call.args else None
    return str(first.value) if isinstance(first, ast.Constant) else ""


def without_failpoints(modules: Iterable[Module]) -> list[str]:
    """The writes that can be reached past the failpoints: ``file:line function``."""
    known = list(modules)
    return sorted({place for module in known for place in _bare(module, known)})


def _bare(module: Module, modules: list[Module]) -> Iterator[str]:
    for function, node in module.writes():
        yield from _ways_past(module, function, node, modules, frozenset())


def _ways_past(
    module: Module, function: Function, node: ast.AST, modules: list[Module], seen: frozenset[str]
) -> Iterator[str]:
    """Where a write is not between failpoints, all that call its function have to be."""
    if _between_failpoints(function, node) or function.name in seen:
        return
    callers = [
        (each, caller, reference)
        for each in _may_call(module, function, modules)
        for caller, reference in each.references(function.name)
        if caller is not function
    ]
    if not callers or module.name == "effects.py":
        yield f"{module.name}:{node.lineno} {function.name}"  # type: ignore[attr-defined]
        return
    for other, caller, reference in callers:
        yield from _ways_past(other, caller, reference, modules, seen | {function.name})


def _may_call(module: Module, function: Function, modules: list[Module]) -> list[Module]:
    """A private helper is called in its own file, a function by all, a method of the ledger by its runner too."""
    if function.name.startswith("_"):
        return [module]
    if module.name == "effect_ledger.py":
        return [each for each in modules if each.name in ("effect_ledger.py", "effects.py")]
    is_method = bool(function.args.args) and function.args.args[0].arg == "self"
    return [] if is_method else modules  # a method is called from anywhere: it has its failpoints itself


def store() -> list[Module]:
    files = (file for file in STORE.glob("*.py") if file.name not in NO_LEDGER)
    return [Module(file.name, file.read_text(encoding="utf-8")) for file in files]


def test_each_write_of_the_ledger_stands_between_two_failpoints() -> None:
    assert without_failpoints(store()) == []


def test_there_are_writes_at_all() -> None:
    assert sum(1 for module in store() for _ in module.writes()) > 40


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("failpoint('a.before_put')\ntx.execute(insert(t))\nfailpoint('a.after_put')", []),
        ("with points('put'):\n    tx.execute(insert(t).values(a=1))", []),
        ("tx.execute(select(t))", []),
        ("tx.execute(insert(t))", ["example.py:2 put"]),
        ("changed = update(t)\nchanged = changed.values(a=1)\ntx.execute(changed)", ["example.py:4 put"]),
        ("failpoint('a.before_put')\ntx.execute(delete(t))", ["example.py:3 put"]),
        ("failpoint('a.before_put')\ntx.execute(delete(t))\nfailpoint('a.after_get')", ["example.py:3 put"]),
        ("tx.execute(delete(t))\nwith points('put'):\n    pass", ["example.py:2 put"]),
    ],
)
def test_a_write_without_them_is_found(source: str, found: list[str]) -> None:
    body = textwrap.indent(source, "    ")

    assert without_failpoints([Module("example.py", f"def put(tx):\n{body}\n")]) == found


def test_a_write_behind_a_helper_is_found_where_one_caller_has_none() -> None:
    source = """\
    class Rows:
        def put(self, tx):
            with points("put"):
                self._write(tx)

        def put_quickly(self, tx):
            self._write(tx)

        def _write(self, tx):
            tx.execute(insert(t))
    """

    assert without_failpoints([Module("example.py", textwrap.dedent(source))]) == ["example.py:7 put_quickly"]


# Acts on the outside -------------------------------------------------------------------------------------------------


def handlers_called() -> Iterator[tuple[str, Function, ast.Call]]:
    for file in (ROOT / "kontorist").rglob("*.py"):
        if "testing" in file.relative_to(ROOT).parts:
            continue
        module = Module(str(file.relative_to(ROOT)), file.read_text(encoding="utf-8"))
        for function in module.functions:
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and ast.unparse(node.func) in ("handler.act", "handler.probe"):
                    yield module.name, function, node


def test_each_act_and_each_question_to_the_outside_stands_between_two_failpoints() -> None:
    """Only effects.py carries effects out (tests/project/test_docs.py watches the sinks)."""
    found = list(handlers_called())

    assert {(name, ast.unparse(call.func)) for name, _, call in found} == {
        ("kontorist/store/effects.py", "handler.act"),
        ("kontorist/store/effects.py", "handler.probe"),
    }
    assert [name for name, function, call in found if not _between_failpoints(function, call)] == []


def test_every_failpoint_has_its_other_half() -> None:
    """A place that is registered before a step is registered after it, too; `after_` alone marks the end of one."""
    before = {name for name in REGISTRY if ".before_" in name or name.endswith(".before")}
    pairs = {name: name.replace(".before", ".after") for name in before}

    assert [name for name, other in pairs.items() if other not in REGISTRY] == []
    assert len(pairs) > 60
