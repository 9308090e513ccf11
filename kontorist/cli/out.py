"""Data goes to stdout, talk to stderr. Tables have colour on a terminal only and are never cut off in a pipe."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

SCHEMA_VERSION = 1

_LINE_ENDS = {code: f"\\u{code:04x}" for code in (0x85, 0x2028, 0x2029)}

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def json_object(facts: Mapping[str, Any]) -> None:
    """One object with `schema_version`, for programs."""
    line(json.dumps({"schema_version": SCHEMA_VERSION, **facts}, ensure_ascii=_plain_json(), indent=2, default=str))


def json_line(facts: Mapping[str, Any]) -> None:
    """One bare line of JSON, written at once; a line also for programs that end lines as Unicode does."""
    line(json.dumps(facts, ensure_ascii=_plain_json(), default=str).translate(_LINE_ENDS))


def _plain_json() -> bool:
    """Where not every letter can be written as it is, JSON's own escapes are; ``\\xfc`` would be none of them."""
    return (sys.stdout.encoding or "utf-8").lower().replace("_", "-") not in ("utf-8", "utf8")


def line(text: str) -> None:
    """One line of data; characters that the terminal cannot show are replaced, not a reason to stop."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
    sys.stdout.flush()


def talk(text: str) -> None:
    """A sentence for the person at the terminal."""
    encoding = sys.stderr.encoding or "utf-8"
    sys.stderr.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")


def plain(value: object) -> str:
    """`value` on one line, without control characters: names of files and suppliers are foreign text."""
    text = "" if value is None else str(value)
    return "".join(each if each.isprintable() else " " for each in text)


def new_file(target: Path, content: bytes, *, hint: str, private: bool = False) -> None:
    """Write a new file, where `private` for its owner only; one that is there is never replaced."""
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if private else 0o666)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
    except OSError as error:
        raise typer.BadParameter(f"{target}: {error.strerror}", param_hint=hint) from None


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
    """A table of `rows`, or the sentence `empty` (as talk) when there are none."""
    cells = [[plain(value) for value in row] for row in rows]
    if not cells:
        talk(empty)
    elif sys.stdout.isatty():
        _rich_table(columns, cells)
    else:
        _plain_table(columns, cells)


def _rich_table(columns: Sequence[str], cells: list[list[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        shown.add_column(column, overflow="fold")
    for row in cells:
        shown.add_row(*(Text(cell) for cell in row))  # Text: foreign words are not markup
    Console().print(shown)


def _plain_table(columns: Sequence[str], cells: list[list[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    for row in [list(columns), *cells]:
        line("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
