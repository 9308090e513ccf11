"""What the reading processes ask of the system, seen from outside them by strace: files, sockets, programs.

A wrapper stands in for the interpreter and lets strace follow each `kontorist.sandbox.child` and nothing else. A call
is seen although the child's own filter refuses it, so that both can be told: what was tried, and what was done.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

Kind = Literal["socket", "write", "read", "program"]

_CALLS: Final = "%network,%file,execve,execveat,fork,vfork,clone,clone3"
_CALL = re.compile(r"^(?P<pid>\d+)\s+(?P<name>\w+)\((?P<arguments>.*?)\)?\s*(?:= (?P<answer>.*)|<unfinished \.\.\.>)$")
_PATH = re.compile(r'(?:(?:AT_FDCWD|\d+)<(?P<folder>[^>]*)>, )?"(?P<path>(?:[^"\\]|\\.)*)"')
_FOLDER = re.compile(r"AT_FDCWD<([^>]*)>")
_WRITING = re.compile(r"\bO_(?:WRONLY|RDWR|CREAT|TRUNC|APPEND)\b")
_CHANGES: Final = frozenset((
    "creat", "unlink", "unlinkat", "rename", "renameat", "renameat2", "mkdir", "mkdirat", "rmdir", "link", "linkat",
    "symlink", "symlinkat", "truncate", "chmod", "fchmodat", "chown", "lchown", "fchownat", "mknod", "mknodat", "utime",
    "utimes", "utimensat", "setxattr", "lsetxattr", "removexattr", "mount", "umount2", "chroot", "pivot_root",
))  # fmt: skip
_LOOKS: Final = frozenset(("open", "openat", "openat2"))
_STARTS: Final = frozenset(("execve", "execveat"))
_FORKS: Final = frozenset(("fork", "vfork", "clone", "clone3"))
_MAY_BE_STARTED: Final = frozenset(filter(None, [shutil.which("tesseract")]))
#: Only asked about, never opened or changed: whether a file is there.
_QUESTIONS: Final = frozenset((
    "access", "faccessat", "faccessat2", "stat", "lstat", "newfstatat", "statx", "readlink", "readlinkat", "getcwd",
    "chdir", "statfs", "getxattr", "lgetxattr",
))  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """A reading process went, or wanted to go, outside of its folder."""

    kind: Kind
    call: str
    target: str
    refused: bool


def cannot_watch() -> str | None:
    """Why nothing can be watched here; None where it can."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    tried = subprocess.run(["strace", "-qq", "-o", os.devnull, "true"], capture_output=True, check=False, timeout=20)
    return None if tried.returncode == 0 else "strace may not follow processes here"


class Watch:
    """Follows every reading process that is started through `interpreter`; the traces lie in `folder`."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self.interpreter = folder / "python"
        real = shlex.quote(sys.executable)
        follow = f"strace -DDD -f -qq -y -e trace={_CALLS} -o {shlex.quote(str(folder))}/$$.trace"
        self.interpreter.write_text(
            f'#!/bin/sh\ncase " $* " in\n*" kontorist.sandbox.child "*) exec {follow} {real} "$@";;\n'
            f'*) exec {real} "$@";;\nesac\n'
        )
        self.interpreter.chmod(0o755)

    def for_a_service(self) -> str:
        """A folder for PYTHONPATH by which a program takes the wrapper for its interpreter."""
        place = self._folder / "first-on-path"
        place.mkdir(exist_ok=True)
        (place / "sitecustomize.py").write_text(f"import sys\n\nsys.executable = {str(self.interpreter)!r}\n")
        return str(place)

    def processes(self) -> int:
        """How many reading processes were followed."""
        return len(list(self._folder.glob("*.trace")))

    def sights(self) -> list[Sight]:
        """All that was seen outside, each once. Waits until the traces have stopped growing."""
        self._settled()
        found: dict[Sight, None] = {}
        for trace in sorted(self._folder.glob("*.trace")):
            with trace.open(encoding="utf-8", errors="replace") as lines:
                found.update(dict.fromkeys(sights_in(lines)))
        own = str(self._folder)
        return [each for each in found if not each.target.startswith(own)]

    def _settled(self) -> None:
        before: list[int] | None = None
        while (now := [trace.stat().st_size for trace in sorted(self._folder.glob("*.trace"))]) != before:
            before = now
            time.sleep(0.3)


def sights_in(lines: Iterator[str]) -> list[Sight]:
    """What one trace shows. The first line is the start of the process itself, in its folder.

    A child of the pool that recognises text may start that one program, and the process for it.
    """
    seen = list(_all_in(lines))
    started = {each.target for each in seen if each.call in _STARTS and not each.refused}
    if started and started <= _MAY_BE_STARTED:
        return [each for each in seen if each.kind != "program"]
    return seen


def _all_in(lines: Iterator[str]) -> Iterator[Sight]:
    home = ""
    for number, line in enumerate(lines):
        call = _CALL.match(line.rstrip("\n"))
        if call is None or (number == 0 and call["name"] == "execve"):
            continue
        if not home and (place := _FOLDER.search(call["arguments"])):
            home = place[1]
        yield from _seen(call["name"], call["arguments"], call["answer"] or "", home)


def _seen(name: str, arguments: str, answer: str, home: str) -> Iterator[Sight]:
    refused = answer.startswith("-1")
    if name in _STARTS:
        yield Sight(kind="program", call=name, target=next(_paths(arguments, home), ""), refused=refused)
    elif name in _FORKS:
        if "CLONE_THREAD" not in arguments:
            yield Sight(kind="program", call=name, target=arguments[:80], refused=refused)
    elif name in _LOOKS or name in _CHANGES:
        writing = name in _CHANGES or _WRITING.search(arguments) is not None
        for path in _paths(arguments, home):
            if writing and not _inside(path, (home, os.devnull)):
                yield Sight(kind="write", call=name, target=path, refused=refused)
            elif not writing and not refused and not _inside(path, (home, *_readable())):
                yield Sight(kind="read", call=name, target=path, refused=False)
    elif name not in _QUESTIONS:
        yield Sight(kind="socket", call=name, target=arguments[:80], refused=refused)


def _paths(arguments: str, home: str) -> Iterator[str]:
    for each in _PATH.finditer(arguments):
        yield os.path.normpath(os.path.join(each["folder"] or home, each["path"]))


def _inside(path: str, places: tuple[str, ...]) -> bool:
    return any(path == place or path.startswith(f"{place}/") for place in places if place)


def _readable() -> tuple[str, ...]:
    """Where a Python process reads its own code, its libraries and the facts of the system."""
    own = [os.path.abspath(each) for each in (*sys.path, sys.prefix, sys.base_prefix, os.path.realpath(sys.prefix))]
    system = (
        "/lib", "/lib64", "/usr", "/etc/ld.so.cache", "/etc/localtime", "/etc/os-release", "/.dockerenv", "/proc",
        "/sys", "/dev/urandom", "/dev/null",
    )  # fmt: skip
    return tuple(own) + system
