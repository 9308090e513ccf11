"""YAML as a tree of plain values that remembers where each of them was written.

A loader of our own, because YAML 1.1 turns the key `on` into true, the country NO into false and 19:00 into 1140, and
lets the second of two equal keys win in silence. Here only `true` and `false` are booleans, a repeated key is refused,
and the one tag is `!include FILE`. No message quotes a value: it may be a password.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from kontorist.config.faults import Fault, Place

KeyPath = tuple[str | int, ...]

_PLAIN_TAG = re.compile(r"tag:yaml\.org,2002:(str|int|float|bool|null|timestamp|value|merge|map|seq)")
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?[0-9]+\.[0-9]+([eE][-+]?[0-9]+)?")
_WORDS: Mapping[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}
_MOST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """Plain `data` with the place of each value and of each key, by path such as ``("routes", 0, "run")``."""

    data: dict[str, Any] = field(default_factory=dict)
    values: dict[KeyPath, Place] = field(default_factory=dict)
    keys: dict[KeyPath, Place] = field(default_factory=dict)
    #: What was read, also where nothing of it is left: where it lies, by the place at which it is included.
    files: Mapping[Path, Path] = field(default_factory=dict)

    def written(self, path: KeyPath) -> KeyPath:
        """The longest part of `path` that was written: a single value may stand for a list."""
        return next((path[:end] for end in range(len(path), 0, -1) if path[:end] in self.values), path)

    def place(self, path: KeyPath, *, key: bool = False) -> Place:
        """Where `path` was written; where it was not, where the nearest part above it was."""
        for end in range(len(path), 0, -1):
            found = (self.keys if key else self.values).get(path[:end]) or self.values.get(path[:end])
            if found:
                return found
            key = True  # what is missing is told at the key that should hold it
        return self.values.get((), Place(file="config.yaml", line=1, column=1))


def merged(base: Tree, over: Tree) -> Tree:
    """`over` laid upon `base`: mappings are joined key by key, everything else is replaced."""
    replaced: list[KeyPath] = []
    data = _joined(base.data, over.data, (), replaced)

    def remains(path: KeyPath) -> bool:
        return not any(path[: len(gone)] == gone for gone in replaced)

    return Tree(
        data=data,
        values={path: place for path, place in base.values.items() if remains(path)} | {**over.values, **_root(base)},
        keys={path: place for path, place in base.keys.items() if remains(path)} | over.keys,
        files={**base.files, **over.files},
    )


def _root(base: Tree) -> dict[KeyPath, Place]:
    return {(): base.values[()]} if () in base.values else {}


def _joined(base: Any, over: Any, path: KeyPath, replaced: list[KeyPath]) -> Any:
    if isinstance(base, dict) and isinstance(over, dict):
        joined = dict(base)
        for key, value in over.items():
            joined[key] = _joined(base[key], value, (*path, key), replaced) if key in base else value
        return joined
    replaced.append(path)
    return over


def read_tree(file: Path, *, name: str, faults: list[Fault]) -> Tree:
    """The tree of one file, called `name` in messages. What cannot be read goes to `faults`, the rest is returned."""
    reading = _Reading(faults)
    called = Path(os.path.abspath(file))
    node = reading.compose(called, file, name)
    if node is None:
        return Tree(values={(): Place(file=name, line=1, column=1)})
    data = reading.value(node, (), name, called, frozenset([file.resolve()]))
    if not isinstance(data, dict):
        faults.append(Fault(place=_place(name, node), key="", sentence="the file has to hold keys and values"))
        data = {}
    return Tree(data=data, values=reading.values, keys=reading.keys, files=reading.files)


class _Loader(yaml.SafeLoader):
    """PyYAML's parser; aliases are refused, since a few of them can stand for gigabytes."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "aliases are not used here", mark)
        return super().compose_node(parent, index)


class _Reading:
    """Turns nodes into values and notes their places as it goes."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        self.values: dict[KeyPath, Place] = {}
        self.keys: dict[KeyPath, Place] = {}
        self.files: dict[Path, Path] = {}

    def compose(self, called: Path, file: Path, name: str) -> yaml.Node | None:
        """What stands in `file`, which lies elsewhere than the place where it is `called` if that is a link."""
        self.files[called] = file
        try:
            content = file.read_bytes()
            if len(content) > _MOST_BYTES:
                raise ValueError
            text = content.decode("utf-8-sig")
        except OSError as error:
            self._unreadable(name, f"the file cannot be read ({(error.strerror or 'unknown reason').lower()})")
        except ValueError:  # UnicodeDecodeError is one
            self._unreadable(name, "this is not a text file in UTF-8 of at most 1 MB")
        else:
            return self.compose_text(text, name)
        return None

    def compose_text(self, text: str, name: str) -> yaml.Node | None:
        try:
            return yaml.compose(text, Loader=_Loader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self._unreadable(name, _syntax_sentence(error), *((mark.line, mark.column) if mark else (0, 0)))
        except yaml.reader.ReaderError:
            self._unreadable(name, "the file holds characters that YAML does not allow")
        return None

    def _unreadable(self, name: str, sentence: str, line: int = 0, column: int = 0) -> None:
        self.faults.append(Fault(place=Place(file=name, line=line + 1, column=column + 1), key="", sentence=sentence))

    def value(self, node: yaml.Node, path: KeyPath, name: str, file: Path, open_files: frozenset[Path]) -> Any:
        self.values[path] = _place(name, node)
        if node.tag == "!include":
            return self._included(node, path, name, file, open_files)
        if not _PLAIN_TAG.fullmatch(node.tag):
            self._fault(node, path, name, "the only tag is !include; a text that begins with ! needs quotes")
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path, name, file, open_files)
        if isinstance(node, yaml.SequenceNode):
            items = enumerate(node.value)
            return [self.value(item, (*path, index), name, file, open_files) for index, item in items]
        return _scalar(node)

    def _mapping(
        self, node: yaml.MappingNode, path: KeyPath, name: str, file: Path, open_files: frozenset[Path]
    ) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._fault(key_node, path, name, "a key has to be one word")
                continue
            key = str(key_node.value)
            if key in result:
                first = self.keys[(*path, key)]
                self._fault(key_node, (*path, key), name, f"this key is here twice; the first is in line {first.line}")
                continue
            self.keys[(*path, key)] = _place(name, key_node)
            result[key] = self.value(value_node, (*path, key), name, file, open_files)
        return result

    def _included(self, node: yaml.Node, path: KeyPath, name: str, file: Path, open_files: frozenset[Path]) -> Any:
        wanted = str(node.value)
        folder = self.files.get(file, file).parent
        target = (folder / wanted).resolve()
        if not isinstance(node, yaml.ScalarNode) or not target.is_file():
            self._fault(node, path, name, f'the included file "{wanted}" is not there (looked in {folder})')
            return None
        if target in open_files:
            self._fault(node, path, name, f'"{wanted}" includes itself')
            return None
        called = target if Path(wanted).is_absolute() else Path(os.path.normpath(file.parent / wanted))
        inner = self.compose(called, target, wanted)
        return None if inner is None else self.value(inner, path, wanted, called, open_files | {target})

    def _fault(self, node: yaml.Node, path: KeyPath, name: str, sentence: str) -> None:
        self.faults.append(Fault(place=_place(name, node), key=dotted(path), sentence=sentence))


def _place(name: str, node: yaml.Node) -> Place:
    return Place(file=name, line=node.start_mark.line + 1, column=node.start_mark.column + 1)


def _scalar(node: yaml.Node) -> Any:
    quoted = isinstance(node, yaml.ScalarNode) and node.style is not None
    return str(node.value) if quoted else plain_value(str(node.value))


def plain_value(text: str) -> Any:
    """An unquoted word: true and false, whole numbers, numbers with a point, nothing; everything else is text."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text) and len(text) < 20:
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def value_of(text: str) -> Any:
    """The value of a variable: text; lists and mappings are written as in YAML, true and false are booleans."""
    if text.lstrip().startswith(("[", "{")):
        reading = _Reading([])
        node = reading.compose_text(text, "")
        return text if node is None else reading.value(node, (), "", Path(), frozenset())
    word = plain_value(text)
    return word if isinstance(word, bool) else text


def _syntax_sentence(error: yaml.MarkedYAMLError) -> str:
    if isinstance(error, yaml.composer.ComposerError):
        return "a text that begins with * or & needs quotes"
    if "tag" in (error.problem or ""):
        return "a text that begins with ! needs quotes"
    if isinstance(error, yaml.parser.ParserError | yaml.scanner.ScannerError):
        return f"this is not YAML: {re.sub(r'[^ a-zA-Z]', '', (error.problem or 'unreadable'))[:80].strip()}"
    return "this is not YAML"


def dotted(path: KeyPath) -> str:
    """``approvals.rules.1.steps``"""
    return ".".join(str(part) for part in path)
