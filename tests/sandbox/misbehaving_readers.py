"""Readers that do what hostile files make parsers do. They run in the children of the sandbox tests only."""

from __future__ import annotations

import contextlib
import ctypes
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from kontorist.sandbox import ReasonCode, Refused

_served = 0


def length(content: bytes) -> int:
    return len(content)


def echo(content: bytes, *, word: str) -> dict[str, Any]:
    print("libraries may print what they like")  # noqa: T201 - that is the example
    return {"word": word, "text": content.decode(), "pid": os.getpid()}


def spin(content: bytes, *, seconds: float = 1e9) -> float:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return seconds


def sleep(content: bytes) -> None:
    time.sleep(3600)


def wait_at(content: bytes, *, path: str) -> str:
    """Until somebody writes into the pipe at `path`."""
    return Path(path).read_text()


def grow(content: bytes) -> int:
    return len(bytearray(2 << 30))


def grow_in_c(content: bytes) -> None:
    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    if not libc.malloc(ctypes.c_size_t(2 << 30)):
        libc.abort()  # what pdfium does when it has no memory


def abort(content: bytes, *, diary: str | None = None) -> None:
    if diary:
        with Path(diary).open("a") as opened:
            opened.write("tried\n")
    os.abort()


def abort_when_warm(content: bytes) -> str:
    global _served
    _served += 1
    if _served > 1:
        os.abort()
    return "read by a fresh child"


def leave(content: bytes) -> None:
    os._exit(3)


def refuse(content: bytes) -> None:
    raise Refused(ReasonCode.ENCRYPTED)


def refuse_at_length(content: bytes) -> None:
    raise Refused(ReasonCode.UNSUPPORTED, "x" * 100_000)


def stumble(content: bytes) -> None:
    raise KeyError("a bug of ours")


def much(content: bytes) -> str:
    return "x" * 5_000_000


def deep(content: bytes) -> Any:
    value: Any = 1
    for _ in range(100_000):
        value = [value]
    return value


def no_number(content: bytes) -> float:
    return float("nan")


def scribble(content: bytes) -> str:
    """Write rubbish into every open descriptor, as a parser taken over by its file could."""
    for number in range(3, 64):
        with contextlib.suppress(OSError):
            os.write(number, b"\x00\x00\x00\x04junk")
    return "never seen"


def refuse_by_a_list(content: bytes) -> None:
    """What no reader of ours answers, as one that a file took over may."""
    said = b'{"refused": [], "sentence": {}}'
    for number in range(3, 64):
        with contextlib.suppress(OSError):
            os.write(number, len(said).to_bytes(4, "big") + said)
    time.sleep(3600)


def promise_too_much(content: bytes) -> None:
    for number in range(3, 64):
        with contextlib.suppress(OSError):
            os.write(number, b"\xff\xff\xff\xff")
    time.sleep(3600)


def call_home(content: bytes) -> str:
    try:
        with socket.socket() as opened:
            opened.connect(("127.0.0.1", 9))
    except PermissionError:
        return "no socket"
    except OSError:
        return "no way out"
    return "connected"


def run_a_program(content: bytes) -> str:
    try:
        subprocess.run([sys.executable, "-c", ""], check=True)
    except (OSError, subprocess.SubprocessError):
        return "not run"
    return "run"


def write_and_read(content: bytes, *, target: str) -> None:
    """Leave a file where it has no business, and look at one that is nobody's business."""
    Path("inside").write_bytes(b"allowed")
    Path(target).write_bytes(b"was here")
    Path("/etc/passwd").read_bytes()
    with contextlib.suppress(OSError):
        os.unlink("/etc/no-such-file")


def call_home_by_a_program(content: bytes) -> str:
    call = "import socket; socket.socket().connect(('127.0.0.1', 9)); print('connected')"
    done = subprocess.run([sys.executable, "-c", call], capture_output=True, text=True, check=False)
    return "not connected" if "PermissionError" in done.stderr or "unreachable" in done.stderr else done.stderr


def surroundings(content: bytes) -> dict[str, Any]:
    Path("left-behind").write_bytes(content)
    return {
        "environment": dict(os.environ),
        "folder": os.getcwd(),
        "descriptors": sorted(int(each) for each in os.listdir("/proc/self/fd")),
        "group": os.getpgrp(),
        "pid": os.getpid(),
    }


def fill_the_disk(content: bytes) -> int:
    Path("big").write_bytes(bytes(1 << 20))
    return 1


def reserve(content: bytes) -> bool:
    """What a runtime of its own does: far more address space than it fills, and a thread."""
    import mmap
    import threading

    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
    with mmap.mmap(-1, 8 << 30, flags=flags, prot=mmap.PROT_READ):
        thread = threading.Thread(target=int)
        thread.start()
        thread.join()
    return True
