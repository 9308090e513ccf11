"""What one child may use, and how a child gives up its own freedom before it reads anything."""

from __future__ import annotations

import contextlib
import ctypes
import math
import os
import platform
import resource
import signal
import struct
import sys
from dataclasses import dataclass
from typing import Final

MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one child; sizes in bytes, times in seconds, `cpu` and `wall` for each file.

    `runtime` is for a library with a runtime of its own, which reserves address space and starts threads: then memory
    is counted as what is written to (RLIMIT_DATA), and threads are allowed. `programs` lets the child start a program,
    which inherits its limits and the closed network; only for children that never see a file as it came.
    """

    memory: int = 1024 * MIB
    runtime: bool = False
    programs: bool = False
    cpu: int = 20
    wall: float = 60.0
    start: float = 60.0
    file_size: int = 16 * MIB
    open_files: int = 64
    result: int = 16 * MIB
    files_per_child: int = 200


def confine(limits: Limits, parent: int) -> str | None:
    """Take from this process what reading a file does not need; call once, first thing, single-threaded.

    Returns how the network is closed (``seccomp`` or ``namespace``), or None where this system offers neither.
    Exits when the parent is already gone: nobody would kill us later.
    """
    _bound(resource.RLIMIT_DATA if limits.runtime else resource.RLIMIT_AS, limits.memory)
    _bound(resource.RLIMIT_FSIZE, limits.file_size)
    _bound(resource.RLIMIT_NOFILE, limits.open_files)
    _bound(resource.RLIMIT_CORE, 0)
    if not (limits.runtime or limits.programs):
        # Counts all processes of the user, so any low number forbids new ones; root is exempt from it.
        _bound(resource.RLIMIT_NPROC, 0)
    closed = _close_network(programs=limits.programs) if sys.platform == "linux" else None
    if os.getppid() != parent:
        os._exit(0)
    return closed


def allow_cpu(seconds: int) -> None:
    """Raise the soft limit so that the next file has `seconds` of processor time, whatever was used before."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = math.ceil(used.ru_utime + used.ru_stime) + seconds
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def _bound(what: int, value: int) -> None:
    # macOS refuses some of these; there the parent's wall clock remains (stated in the README).
    with contextlib.suppress(ValueError, OSError):
        _, hard = resource.getrlimit(what)
        limit = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(what, (limit, limit))


# Linux only from here: prctl(2), seccomp(2), unshare(2) by ctypes.
_PR_SET_PDEATHSIG = 1
_PR_SET_SECCOMP = 22
_PR_SET_NO_NEW_PRIVS = 38
_SECCOMP_MODE_FILTER = 2
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000


def _close_network(*, programs: bool) -> str | None:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if _filter_calls(libc, programs=programs):
        return "seccomp"
    for flags in (_CLONE_NEWNET, _CLONE_NEWUSER | _CLONE_NEWNET):
        if libc.unshare(flags) == 0:
            return "namespace"
    return None


#: Calls answered with EPERM, by machine: socket, socketpair, io_uring_setup, ptrace; execve and execveat
#: (linux/arch/x86/entry/syscalls/syscall_64.tbl, linux/include/uapi/asm-generic/unistd.h).
_REFUSED_CALLS: Final[dict[str, tuple[int, tuple[int, ...], tuple[int, ...]]]] = {
    "x86_64": (0xC000003E, (41, 53, 425, 101), (59, 322)),
    "aarch64": (0xC00000B7, (198, 199, 425, 117), (221, 281)),
}


class _Program(ctypes.Structure):
    """struct sock_fprog of linux/filter.h."""

    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_void_p))


def _filter_calls(libc: ctypes.CDLL, *, programs: bool) -> bool:
    known = _REFUSED_CALLS.get(platform.machine())
    if known is None:
        return False
    machine, always, starting = known
    code = _filter_code(machine, always if programs else (*always, *starting))
    buffer = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(code) // 8, ctypes.cast(buffer, ctypes.c_void_p))
    return bool(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) == 0)


def _filter_code(machine: int, calls: tuple[int, ...]) -> bytes:
    """Classic BPF over struct seccomp_data: another machine or one of `calls` gets EPERM, the rest passes."""
    load, equal, at_least, answer = 0x20, 0x15, 0x35, 0x06
    allow, refuse = 0x7FFF0000, 0x00050000 | 1  # SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO with EPERM
    steps = [(load, 0, 0, 4), (equal, 1, 0, machine), (answer, 0, 0, refuse), (load, 0, 0, 0)]
    steps.append((at_least, len(calls) + 1, 0, 0x40000000))  # the x32 numbers would pass by the list below
    steps += [(equal, len(calls) - index, 0, call) for index, call in enumerate(calls)]
    steps += [(answer, 0, 0, allow), (answer, 0, 0, refuse)]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
